"""What benchmarks of the search share: space and costs, threads, a keeper of nothing, a clock of the stages."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.harness import Figure

from tradewind.model.bars import Bars
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.time import DAY_MS
from tradewind.regimes.detector import RegimeDetector
from tradewind.regimes.registry import DETECTORS, build
from tradewind.search.cells import Walked, walk_unmasked
from tradewind.search.prepare import Prepared, prepare
from tradewind.search.search import SearchResult, UnitScores, plans_together, run_search
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Segmentation, reference_scheme
from tradewind.strategies.lr_scalper import LRScalper

SPACE = Space.of(LRScalper)  # 192 signal settings × 64 plans = 12,288 configurations
COSTS = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)


class Threads:
    """Executor of so many threads."""

    def __init__(self, count: int) -> None:
        self._count = count

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        with ThreadPoolExecutor(self._count) as pool:
            yield from pool.map(task, units)


class CountingKeeper:
    """Keeps nothing of the first pass but how many trades it made."""

    def __init__(self) -> None:
        self._trades: list[float] = []

    @property
    def trades(self) -> float:
        return sum(self._trades)

    def recall(self, unit: int) -> UnitScores | None:
        return None

    def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
        self._trades.append(float(walked.cells[..., 0, 0].sum()))


@dataclass(slots=True)
class Clock:
    """Watch that notes when each stage begins and how much work it is, in bars × configurations."""

    begun: list[float] = field(default_factory=list)
    work: list[int] = field(default_factory=list)

    def stage(self, name: str, total: int) -> None:
        self.begun.append(time.perf_counter())
        self.work.append(total)

    def advance(self, amount: int) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of a search by stage, the bars × configurations of its first pass, and the trades made there."""

    ready: float
    first_pass: float
    rest: float
    work: int
    trades: float
    result: SearchResult

    @property
    def whole(self) -> float:
        return self.ready + self.first_pass + self.rest


def prepared(
    series: Sequence[Bars], threads: int, space: Space = SPACE, detectors: Sequence[RegimeDetector] = ()
) -> Universe:
    """The symbols made ready under the reference scheme; all registered detectors unless others are given."""
    start = min(int(bars.ts[0]) for bars in series)
    end = max(int(bars.ts[-1]) for bars in series) + series[0].timeframe_ms
    purge = max(one.plan.reach_bars(series[0].timeframe_ms) for one in space.plan_strategies())
    laid = Segmentation.over(start, end, reference_scheme((end - start) // DAY_MS, purge))
    asked = detectors or [build(name) for name in DETECTORS]

    def one(bars: Bars) -> Prepared:
        instrument = Instrument(venue=bars.venue, symbol=bars.symbol, tick=0.0, costs=COSTS)
        return prepare(bars, instrument, space, asked, laid, executor=Threads(threads))

    return Universe.of([one(bars) for bars in series], laid)


def searched(series: Sequence[Bars], threads: int, *, exact_masks: bool = False) -> Timed:
    """The whole search of the reference space from loaded bars on: features, labels, signals, both passes, choices."""
    keeper, clock = CountingKeeper(), Clock()
    start = time.perf_counter()
    universe = prepared(series, threads)
    ready = time.perf_counter()
    result = run_search(universe, SPACE, Threads(threads), keeper, clock, exact_masks=exact_masks)
    end = time.perf_counter()
    first, second = clock.begun
    return Timed(ready - start, second - first, end - second, clock.work[0], keeper.trades, result)


def warm_up(series: Sequence[Bars]) -> None:
    """Compile everything a search of these bars needs, on 40 days of one symbol."""
    searched([series[0].rows(0, min(len(series[0]), 40 * 1440))], 1)


def walks_of(universe: Universe, space: Space = SPACE, plans: int = 0) -> Callable[[int], float]:
    """The first pass without its scoring, in units as a search walks them, on so many threads; only the first
    `plans` plans if given. Returns the number of trades.
    """
    together, every = plans_together(universe, space), plans or space.plans
    units = [range(first, min(first + together, every)) for first in range(0, every, together)]

    def unit(plans: range) -> float:
        return float(walk_unmasked(universe, space, plans, lambda _: None).cells[..., 0, 0].sum())

    return lambda threads: sum(Threads(threads).map(unit, units))


def costs_of_walking(what: str, seconds: float, work: float, trades: float, threads: int) -> list[Figure]:
    """Nanoseconds per configuration and bar, and per trade and thread."""
    return [
        Figure(what, seconds * 1e9 / work, "ns", "per configuration and bar, wall"),
        Figure(what, seconds * 1e9 * threads / trades, "ns", "per trade and thread"),
    ]
