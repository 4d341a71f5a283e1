"""The whole search on the reference space, and its walks against the loop over bars."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
from benchmarks.bar_loop import cache_features, loop_over_bars, tracks_of
from benchmarks.harness import Figure, interleaved, peak_memory_mb

from tradewind.model.bars import Bars
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.time import DAY_MS
from tradewind.regimes.registry import DETECTORS, build
from tradewind.search.cells import Walked, walk_unmasked
from tradewind.search.prepare import prepare
from tradewind.search.search import UNIT_PLANS, UnitScores, run_search
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Segmentation, reference_scheme
from tradewind.strategies.lr_scalper import LRScalper

SPACE = Space.of(LRScalper)
LOOPED = 32  # configurations the loop over bars runs; a random sample of the same space
COSTS = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)
MEMORY_LIMIT_MB = 3000
RATIO_WANTED = 10


class _Threads:
    def __init__(self, count: int) -> None:
        self._count = count

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        with ThreadPoolExecutor(self._count) as pool:
            yield from pool.map(task, units)


class _NothingKept:
    def recall(self, unit: int) -> UnitScores | None:
        return None

    def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
        return None


class _Clock:
    """Watch that notes when each stage begins and how much work it is."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.work: list[int] = []

    def stage(self, name: str, total: int) -> None:
        self.begun.append(time.perf_counter())
        self.work.append(total)

    def advance(self, amount: int) -> None:
        return None


def measure(series: Sequence[Bars], repeats: int, threads: int) -> list[Figure]:
    """Figures of the search on `series`; asserts that both ways give equal sums."""
    compiling = [bars.rows(0, min(len(bars), 40 * 1440)) for bars in series[:1]]
    _whole(_prepared(compiling, 1), 1)
    start = time.perf_counter()
    universe = _prepared(series, threads)
    ready = time.perf_counter()
    clock, end, trades = _whole(universe, threads)
    first, second = clock.begun
    memory = peak_memory_mb()
    work = clock.work[0]
    walked, both, whole = second - first, end - first, end - start
    per = 1e9 * threads
    figures = [
        Figure("symbols", len(series), ""),
        Figure("bars", universe.bars, ""),
        Figure("configurations", len(SPACE), ""),
        Figure("trades per 100 bars", 100 * trades / work, ""),
        Figure("threads", threads, ""),
        Figure("features, labels, signals", ready - start, "s"),
        Figure("every configuration", walked, "s"),
        Figure("shortlists under masks, choices, record", end - second, "s"),
        Figure("the whole search", whole, "s"),
        Figure("every configuration", walked * 1e9 / work, "ns", "per configuration and bar, wall"),
        Figure("both passes", both * 1e9 / work, "ns", "per configuration and bar, wall"),
        Figure("the whole search", whole * 1e9 / work, "ns", "per configuration and bar, wall"),
        Figure("every configuration", walked * per / trades, "ns", "per trade and thread"),
        Figure("peak memory", memory, "MB", f"limit {MEMORY_LIMIT_MB}"),
    ]
    assert memory < MEMORY_LIMIT_MB, f"{memory:.0f} MB"
    return figures + _against_the_loop(universe, repeats, threads, ready - start + (end - second))


def _prepared(series: Sequence[Bars], threads: int) -> Universe:
    start, end = min(int(b.ts[0]) for b in series), max(int(b.ts[-1]) for b in series) + series[0].timeframe_ms
    days = (end - start) // DAY_MS
    laid = Segmentation.over(start, end, reference_scheme(int(days), LRScalper().hold + 1))
    detectors = [build(name) for name in DETECTORS]

    def one(bars: Bars) -> Any:
        instrument = Instrument(venue=bars.venue, symbol=bars.symbol, tick=0.0, costs=COSTS)
        return prepare(bars, instrument, SPACE, detectors, laid)

    return Universe.of(list(_Threads(threads).map(one, series)), laid)


def _whole(universe: Universe, threads: int) -> tuple[_Clock, float, float]:
    """Clock of a search, when it ended, and how many trades its first pass made."""
    counted: list[float] = []

    class Counting(_NothingKept):
        def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
            counted.append(float(walked.cells[..., 0, 0].sum()))

    clock = _Clock()
    run_search(universe, SPACE, _Threads(threads), Counting(), clock)
    return clock, time.perf_counter(), sum(counted)


def _against_the_loop(universe: Universe, repeats: int, threads: int, other_seconds: float) -> list[Figure]:
    sample = sorted(np.random.default_rng(1).choice(len(SPACE), LOOPED, replace=False).tolist())
    scalpers = [cast(LRScalper, SPACE.strategy_at(number)) for number in sample]
    tracks = tracks_of(universe)
    for track in tracks:
        for scalper in scalpers:
            cache_features(track, scalper)
    _assert_equal(universe, tracks, sample, scalpers)
    units = [range(first, first + UNIT_PLANS) for first in range(0, SPACE.plans, UNIT_PLANS)]

    def loops(count: int) -> Callable[[], object]:
        return lambda: list(_Threads(count).map(lambda s: loop_over_bars(universe, tracks, s), scalpers))

    def walks(count: int) -> Callable[[], object]:
        def unit(plans: range) -> None:
            walk_unmasked(universe, SPACE, plans, lambda _: None)

        return lambda: list(_Threads(count).map(unit, units))

    figures = []
    for count in sorted({1, threads}):
        seconds = interleaved({"loop": loops(count), "walk": walks(count)}, repeats)
        loop = seconds["loop"] * 1e9 * count / (LOOPED * universe.bars)
        walk = seconds["walk"] * 1e9 * count / (len(SPACE) * universe.bars)
        per = f"per configuration and bar and thread, {count} thread{'s' * (count > 1)}"
        figures += [
            Figure("loop over bars", loop, "ns", per),
            Figure("search, every configuration", walk, "ns", per),
            Figure("the search is faster", loop / walk, "times", f"{RATIO_WANTED} or more is asked for"),
        ]
        if count == threads:
            all_loops = seconds["loop"] / LOOPED * len(SPACE)
            whole = seconds["walk"] + other_seconds
            figures.append(
                Figure("with features, masks and choices too", all_loops / whole, "times", "the loop has none of them")
            )
    return figures


def _assert_equal(universe: Universe, tracks: Any, sample: Sequence[int], scalpers: Sequence[LRScalper]) -> None:
    """Both ways give the same sums for the same configurations."""
    for number, scalper in zip(sample, scalpers, strict=True):
        loop = loop_over_bars(universe, tracks, scalper)
        walked = walk_unmasked(universe, SPACE, [number // SPACE.signals], lambda _: None)
        row = number % SPACE.signals
        assert np.array_equal(loop.cells[:, :, 0, :, :2], walked.cells[:, :, row, :, :2]), number
        np.testing.assert_allclose(loop.cells[:, :, 0], walked.cells[:, :, row], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(loop.totals[:, :, 0], walked.totals[:, :, row], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(loop.daily[0], walked.daily[row], rtol=1e-9, atol=1e-8)
