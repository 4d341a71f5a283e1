"""On any bars, signals, labels and cuts into buckets the fast walk sums what the recording walk trades."""

from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.comparing import array_of, bars_of
from tests.oracle.scenarios import Scenario, random_scenarios
from tests.properties.made_bars import scenarios
from tests.unit.search.small import nothing

from tradewind.kernels.replay import first_other_label
from tradewind.kernels.tables import signal_events
from tradewind.model.bars import Bars
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.search.cells import walk_masked, walk_unmasked
from tradewind.search.encoding import holes_before
from tradewind.search.prepare import Prepared
from tradewind.search.recorded import replay_configuration, sums_of
from tradewind.search.space import Space
from tradewind.search.universe import Universe

PERIOD = 7
NAMES = ("a", "b", "c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """Signals come from the scenario: 0 both sides, 1 longs only, 2 every second bar."""

    part: int = choice(0, 1, 2)
    stop_atr: float = choice(1.0, 0.5, 3.0, exit=True)
    target_atr: float = choice(1.0, 2.0, exit=True)
    hold: int = choice(1, 3, 60, exit=True)
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False

    @property
    def plan(self) -> Plan:
        return Plan(
            stop=AtrDistance(PERIOD, self.stop_atr),
            target=AtrDistance(PERIOD, self.target_atr),
            hold=self.hold,
            exit_on_opposite=self.exit_on_opposite,
            exit_on_regime_change=self.exit_on_regime_change,
        )


def prepared(scenario: Scenario, cuts: list[int]) -> Prepared:
    """A scenario as a symbol of a search, its bars cut into buckets anywhere."""
    bars: Bars = bars_of(scenario.bars)
    direction = np.array(scenario.book.direction, np.int8)
    parts = [direction, np.maximum(direction, 0), np.where(np.arange(len(bars)) % 2, direction, 0).astype(np.int8)]
    events = [signal_events(part) for part in parts]
    labels = np.array(scenario.labels or [0] * len(bars), np.int8)
    edges = sorted({0, *(cut for cut in cuts if cut < len(bars)), len(bars)})
    features: Any = SimpleNamespace(atr=lambda _: array_of(scenario.book.atr))
    half_spread, slippage = scenario.basis_points
    costs = Costs(taker_fee=scenario.fee, maker_fee=0.0, half_spread_bps=half_spread, slippage_bps=slippage)
    return Prepared(
        bars=bars,
        instrument=Instrument(venue="made", symbol=bars.symbol, tick=scenario.tick, costs=costs, short=scenario.short),
        features=features,
        events=np.concatenate(events),
        offsets=np.cumsum([0, *(len(e) for e in events)]),
        labels=labels[np.newaxis],
        label_names=(NAMES,),
        hole_before=holes_before(bars),
        other_label=first_other_label(labels),
        day=(np.arange(len(bars)) // 7).astype(np.int32),
        spans=np.array([(*span, number // 2, number % 2) for number, span in enumerate(pairwise(edges))], np.int64),
    )


def check(scenario: Scenario, cuts: list[int], fixed: dict[str, bool]) -> int:
    one = prepared(scenario, cuts)
    laid: Any = SimpleNamespace(segments=len(cuts) + 2, days=len(one.bars) // 7 + 1)
    laid.purged_over = lambda _: laid
    universe, space = Universe.of([one], laid), Space.of(Scripted, fixed=fixed)
    bucket = {t: (segment, part) for first, end, segment, part in one.spans.tolist() for t in range(first, end)}
    walked = walk_unmasked(universe, space, range(space.plans), nothing)
    wanted = [(mask, number) for mask in universe.columns.masks for number in range(0, len(space), 5)]
    order, masked = walk_masked(universe, space, wanted, nothing)
    trades = 0
    for number in range(len(space)):
        table = replay_configuration(one, space, number)
        cells, totals = np.zeros(walked.cells[:, :, 0].shape), np.zeros(walked.totals[:, :, 0].shape)
        for at, values in zip(table.signal.tolist(), sums_of(table), strict=True):
            cells[bucket[at]][0] += values[:5]
            totals[bucket[at]] += values[5:]
            if one.labels[0, at] >= 0:
                cells[bucket[at]][1 + one.labels[0, at]] += values[:5]
        np.testing.assert_allclose(walked.cells[:, :, number], cells, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(walked.totals[:, :, number, :3], totals[..., :3], rtol=1e-9, atol=1e-9)
        flags = walked.totals[:, :, number, 3].sum()
        assert (flags // 2**26, flags % 2**26) == (table.dropped, table.ambiguous.sum())
        assert walked.daily[number].sum() == pytest.approx(table.log_return.sum(), abs=1e-9)
        trades += len(table)
    for row, i in enumerate(order.tolist()):
        mask, number = wanted[i]
        table = replay_configuration(one, space, number, mask)
        sums = masked.cells[:, :, row, 0].sum(axis=(0, 1))
        assert sums[0] == len(table)
        assert sums[2] == pytest.approx(table.r.sum(), abs=1e-9)
    return trades


@given(
    scenario=scenarios(),
    cuts=st.lists(st.integers(1, 60), max_size=6),
    opposite=st.booleans(),
    change=st.booleans(),
)
def test_cells_of_any_made_up_market_are_the_sums_of_its_trades(
    scenario: Scenario, cuts: list[int], opposite: bool, change: bool
) -> None:
    check(scenario, cuts, {"exit_on_opposite": opposite, "exit_on_regime_change": change})


def test_cells_of_long_random_markets_are_the_sums_of_their_trades() -> None:
    trades = 0
    for number, scenario in enumerate(random_scenarios(3, 6, 2600)):
        trades += check(scenario, [7, 61, 1023, 1024, 1025, 2047], {"exit_on_regime_change": number % 2 == 1})
    assert trades > 10_000
