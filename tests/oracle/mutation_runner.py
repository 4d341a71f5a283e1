"""Compares copies of the package with the twin: JSON list of source folders in, how each first differs out.

Runs in a process of its own with numba's compiler off, so that a copy costs no compilation.
"""

import json
import random
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
from tests.oracle.comparing import array_of, bars_of, differences, our_scalper, our_walk, scalper_differences
from tests.oracle.fast_cells import alone_walk_differences, cell_walk_differences
from tests.oracle.plan_scenarios import random_plan_scenarios
from tests.oracle.scenarios import random_scenarios, random_walk
from tests.oracle.twin import TwinMarket, TwinScalper
from tests.oracle.twin_law import TwinBars, TwinPlan

MODES = ("lr_snapshot", "no_lr_snapshot", "lr_pivot_strict")
BARS_OF_SIGNALS = 200
Z_VALUES = (None, 0.0, -1.5, 1.5, -1.5 * (1 + 1e-12), 1.5 * (1 + 1e-12), -2.0, 2.0)


class Expectations:
    """The twin's answers, worked out once for all copies."""

    def __init__(self) -> None:
        self.walks = [(scenario, scenario.twin()) for scenario in random_scenarios(seed=2, count=150, bars=40)]
        self.walks += [(scenario, scenario.twin()) for scenario in random_plan_scenarios(seed=5, count=400, bars=50)]
        self.summed = [*random_scenarios(seed=6, count=60, bars=60), *random_plan_scenarios(seed=7, count=20, bars=60)]
        # The plain scenarios come on a coarse tick, where a swing of equal lows is common.
        self.markets = [TwinMarket(random_walk(seed=3, count=500)), TwinMarket(coarse_walk())]
        self.features = made_features()


def first_difference(expected: Expectations) -> str | None:
    """How the package on the path first differs from the twin, None where it does not."""
    return next(all_differences(expected), None)


def all_differences(expected: Expectations) -> Iterator[str]:
    for scenario, twin in expected.walks:
        yield from differences(twin, our_walk(scenario))
    for scenario in expected.summed:
        yield from cell_walk_differences(scenario, levels_beside(scenario.book.plan._replace(exit_on_opposite=False)))
        yield from alone_walk_differences(scenario, [scenario.book.plan])
    yield from signal_differences(expected.features)
    yield from feature_differences(expected.markets)


def levels_beside(plan: TwinPlan) -> list[TwinPlan]:
    """A plan and two that share one level of it each: what the fast walk looks up once for several plans."""
    stop, target = plan.stop[1], plan.target[1] if plan.target else 1.0
    return [
        plan,
        plan._replace(stop=("atr", 2 * stop)),
        plan._replace(target=("atr", 2 * target), hold=plan.hold + 3, exit_on_regime_change=True),
    ]


def made_features() -> dict[tuple[object, ...], list[object]]:
    """Arbitrary features by the twin's names: scores at and around the threshold, gates and pivots at random."""
    source = random.Random(4)
    n = BARS_OF_SIGNALS
    flags = [[source.random() < 0.5 for _ in range(n)] for _ in range(3)]
    flags[1][:6] = flags[2][:6] = [False] * 6  # no swing is confirmed before the seventh bar
    z = [source.choice(Z_VALUES) for _ in range(n)]
    return {
        ("regression_z", 60): z,
        ("mean_z", 60): z,
        ("volume_gate", 20): flags[0],
        ("pivot_lows",): flags[1],
        ("pivot_highs",): flags[2],
    }


def signal_differences(made: dict[tuple[object, ...], list[object]]) -> Iterator[str]:
    features = SimpleNamespace(
        regression_z=lambda _: array_of(made["regression_z", 60]),
        mean_z=lambda _: array_of(made["mean_z", 60]),
        volume_gate=lambda _: np.array(made["volume_gate", 20]),
        pivot_low=lambda: np.array(made["pivot_lows",]),
        pivot_high=lambda: np.array(made["pivot_highs",]),
    )
    empty = TwinBars(60_000, list(range(BARS_OF_SIGNALS)), [], [], [], [], [])
    for mode in MODES:
        scalper = TwinScalper(mode, 60, 1.5, 20, 7, 1.0, 1.0)
        ours = our_scalper(scalper).signals(features).direction.tolist()
        twin = TwinMarket(empty, made).signals(scalper)
        wrong = [t for t, (a, b) in enumerate(zip(twin, ours, strict=True)) if a != b]
        yield from (f"{mode} signal at {t}: twin {twin[t]}, ours {ours[t]}" for t in wrong)


def coarse_walk() -> TwinBars:
    """A walk on so coarse a tick that neighbouring lows are often equal."""
    fine = random_walk(seed=6, count=500)
    columns = [[round(price / 20) * 20.0 for price in column] for column in fine[2:6]]
    return TwinBars(fine.step, fine.ts, *columns, fine.volume)


def feature_differences(markets: list[TwinMarket]) -> Iterator[str]:
    from tradewind.features.features import Features
    from tradewind.model.instrument import Costs, Instrument

    costs = Costs(taker_fee=0.0004, maker_fee=0.0, half_spread_bps=0.5, slippage_bps=0.5)
    instrument = Instrument(venue="made", symbol="BTC/USDT:USDT", tick=0.1, costs=costs)
    for market in markets:
        features = Features(bars_of(market.bars))
        for mode in MODES:
            scalper = TwinScalper(mode, 10, 1.0, 3, 7, 1.0, 1.5, hold=10)
            yield from scalper_differences(market, features, scalper, instrument)


def main() -> None:
    expected = Expectations()
    found = {}
    for folder in json.load(sys.stdin):
        for name in [name for name in sys.modules if name.split(".")[0] == "tradewind"]:
            del sys.modules[name]
        sys.path.insert(0, folder)
        found[folder] = first_difference(expected)
        assert sys.modules["tradewind"].__file__.startswith(folder)
        sys.path.remove(folder)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
