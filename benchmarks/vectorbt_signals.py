"""The search beside vectorbt's `Portfolio.from_signals`, on the part of our plans that it can express.

Every configuration that vectorbt runs gets one column: entries at the next open, stop and target as fractions of its
fill, no reversal, no second position. It has no longest hold, so ours is put out of reach. Signals, stops and targets
are computed before any clock runs, for both.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from benchmarks.harness import Asked, Figure, interleaved, memory_of
from benchmarks.markets import series_of
from benchmarks.searching import COSTS, prepared, walks_of

from tradewind.kernels.exits import SMALLEST_RISK
from tradewind.model.bars import Bars
from tradewind.model.plan import AtrDistance
from tradewind.model.time import DAY_MS
from tradewind.model.trades import ExitReason, TradeTable
from tradewind.search.prepare import Prepared
from tradewind.search.recorded import replay_configuration
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import reference_scheme
from tradewind.strategies.lr_scalper import LRScalper

DAYS = 730
COLUMNS = 32  # configurations that vectorbt runs at once: 18 MB each and million bars only to say what is wanted
LONGEST_HOLD = 10_000  # bars: beyond the reach of any stop or target
WANTED_TIMES = 300
ENGINES = ("numba", "rust")


class Columns(NamedTuple):
    """What vectorbt is given: bars × configurations."""

    long: npt.NDArray[np.bool_]
    short: npt.NDArray[np.bool_]
    stop: npt.NDArray[np.float64]
    target: npt.NDArray[np.float64]


def measure(asked: Asked) -> list[Figure]:
    """Both on the same bars; the trades of every configuration that vectorbt runs are compared one by one."""
    [bars] = series_of(replace(asked, days=asked.days or DAYS), DAYS, ("BTC",))
    space = Space.of(LRScalper, fixed={"hold": _hold(bars)})
    universe = prepared([bars], asked.threads, space)
    numbers = sorted(np.random.default_rng(1).choice(len(space), COLUMNS, replace=False).tolist())
    columns = _columns(universe.symbols[0], space, numbers)
    arms = {engine: _simulation(bars, columns, engine) for engine in ENGINES}
    _warm_up(bars, columns, universe, space)
    return [
        Figure("bars", len(bars), "", bars.symbol),
        *_same_trades(universe.symbols[0], space, numbers, arms),
        *_times(universe, space, arms, asked, sum(part.nbytes for part in columns) / 1e6),
    ]


def _hold(bars: Bars) -> int:
    """As long as a trade may last here: its purge has to fit into a segment."""
    durations = reference_scheme((int(bars.ts[-1]) - int(bars.ts[0])) // DAY_MS, 1)
    return min(LONGEST_HOLD, durations.segment_ms // bars.timeframe_ms - 1)


def _columns(one: Prepared, space: Space, numbers: list[int]) -> Columns:
    """Signals moved to their entry bar, without those our law refuses; distances as fractions of the entry's fill."""
    bars, slip = one.bars, COSTS.slip
    shape = (len(bars), len(numbers))
    long, short = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    stop, target = np.full(shape, np.nan), np.full(shape, np.nan)
    for column, number in enumerate(numbers):
        plan = cast(Any, space.strategy_at(number)).plan
        assert isinstance(plan.stop, AtrDistance)
        direction = one.direction(number % space.signals)[:-1]
        atr = one.atr(plan.stop.period)[:-1]
        fill = bars.open[1:] * (1 + direction * slip)
        risk = plan.stop.multiple * atr
        taken = (direction != 0) & ~one.hole_before[1:] & (risk >= np.maximum(2 * slip, SMALLEST_RISK) * fill)
        long[1:, column], short[1:, column] = taken & (direction > 0), taken & (direction < 0)
        stop[1:, column], target[1:, column] = risk / fill, plan.target.multiple * atr / fill
    return Columns(long, short, stop, target)


def _simulation(bars: Bars, columns: Columns, engine: str) -> Callable[[], Any]:
    """One call of vectorbt over all columns."""
    vectorbt = importlib.import_module("vectorbt")
    prices = {name: getattr(bars, name)[:, np.newaxis] for name in ("open", "high", "low")}

    def run() -> Any:
        return vectorbt.Portfolio.from_signals(
            bars.close[:, np.newaxis],
            entries=columns.long,
            short_entries=columns.short,
            **prices,
            price=-np.inf,  # the bar's open
            size=1.0,
            init_cash=1e12,
            fees=COSTS.taker_fee,
            slippage=COSTS.slip,
            sl_stop=columns.stop,
            tp_stop=columns.target,
            stop_entry_price="fillprice",
            stop_exit_price="stopmarket",
            upon_opposite_entry="ignore",
            accumulate=False,
            freq="1min",
            engine=engine,
        )

    return run


def _warm_up(bars: Bars, columns: Columns, universe: Universe, space: Space) -> None:
    few = min(len(bars), 20_000)
    short = Columns(*(part[:few] for part in columns))
    for engine in ENGINES:
        _ = _simulation(bars.rows(0, few), short, engine)().trades.records
    walks_of(universe, space, plans=1)(1)


def _times(
    universe: Universe, space: Space, arms: dict[str, Callable[[], Any]], asked: Asked, given: float
) -> list[Figure]:
    walks = walks_of(universe, space)
    work = universe.bars * len(space)
    trades = walks(asked.threads)
    theirs = universe.bars * COLUMNS
    named: dict[str, Callable[[], object]] = {f"vectorbt, {engine}": arm for engine, arm in arms.items()}
    counts = sorted({1, asked.threads})
    ours = {count: f"the search on {count} thread{'s' * (count > 1)}" for count in counts}
    seconds = interleaved(named | {ours[count]: _on(walks, count) for count in counts}, asked.repeats)
    per = "per configuration and bar, wall"
    note = f"{COLUMNS} configurations at once, {given:.0f} of it input"
    figures = [
        Figure("trades per 100 bars", 100 * trades / work, "", "of the search"),
        *(Figure(f"memory of vectorbt, {engine}", given + memory_of(arm), "MB", note) for engine, arm in arms.items()),
        *(Figure(name, seconds[name] * 1e9 / theirs, "ns", f"{per}; {COLUMNS} configurations") for name in named),
        *(
            Figure(ours[count], seconds[ours[count]] * 1e9 / work, "ns", f"{per}; {len(space):,} configurations")
            for count in counts
        ),
        Figure(ours[1], seconds[ours[1]] * 1e9 / trades, "ns", "per trade"),
    ]
    for name in named:
        for count in counts:
            times = seconds[name] / theirs / (seconds[ours[count]] / work)
            figures.append(
                Figure(f"{ours[count]} is faster than {name}", times, "times", f"{WANTED_TIMES} or more is asked for")
            )
    return figures


def _on(walks: Callable[[int], float], threads: int) -> Callable[[], float]:
    return lambda: walks(threads)


@dataclass(slots=True)
class Compared:
    """Trades of both sides, and why they part: the first of every run of ours that vectorbt has not."""

    ours: int = 0
    theirs: int = 0
    same: int = 0
    same_price: int = 0
    in_entry_bar: int = 0
    at_hold: int = 0
    followed: int = 0
    unexplained: int = 0

    def add(self, trades: TradeTable, records: npt.NDArray[Any]) -> None:
        """Match closed trades by entry bar, exit bar and direction."""
        records = records[records["status"] == 1]
        exits = {
            (int(row["entry_idx"]), int(row["exit_idx"]), 1 - 2 * int(row["direction"])): float(row["exit_price"])
            for row in records
        }
        self.ours += len(trades)
        self.theirs += len(records)
        apart = False
        for i in range(len(trades)):
            entry, left = int(trades.entry[i]), int(trades.exit[i])
            price = exits.get((entry, left, int(trades.direction[i])))
            if price is not None:
                self.same += 1
                self.same_price += bool(np.isclose(price, trades.exit_price[i], rtol=1e-9, atol=0))
            elif apart:
                self.followed += 1
            elif left == entry:
                self.in_entry_bar += 1
            elif trades.reason[i] == ExitReason.TIME:
                self.at_hold += 1
            else:
                self.unexplained += 1
            apart = price is None


def _same_trades(one: Prepared, space: Space, numbers: list[int], arms: dict[str, Callable[[], Any]]) -> list[Figure]:
    compared = Compared()
    records = {engine: arm().trades.records for engine, arm in arms.items()}
    for column, number in enumerate(numbers):
        table = records[ENGINES[0]]
        compared.add(replay_configuration(one, space, number), table[table["col"] == column].to_records(index=False))
    keys = ["col", "entry_idx", "exit_idx", "direction"]
    first, *others = [table[keys].to_numpy() for table in records.values()]
    assert all(np.array_equal(first, other) for other in others), "vectorbt's engines differ"
    return [
        Figure("trades, ours", compared.ours, "", f"of {COLUMNS} configurations"),
        Figure("trades, vectorbt", compared.theirs, "", "the same configurations, closed trades"),
        Figure("the same trade", compared.same, "", "entry bar, exit bar and direction"),
        Figure("the same exit price too", compared.same_price, "", "to 1e-9"),
        Figure("ours left in their entry bar", compared.in_entry_bar, "", "vectorbt looks from the next bar on"),
        Figure("ours left at the hold", compared.at_hold, "", "vectorbt has none"),
        Figure("ours that followed one of these", compared.followed, "", "until both are flat together again"),
        Figure("ours that nothing explains", compared.unexplained, ""),
    ]
