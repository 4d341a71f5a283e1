"""A walk-forward of far too many windows: 576 configurations, 1,794 windows, 180,000 15m bars resampled from 1m."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from benchmarks.harness import Asked, Figure, peak_memory_mb
from benchmarks.markets import series_of
from benchmarks.searching import COSTS, CountingKeeper, Threads

from tradewind.app.resample import resampled
from tradewind.features.features import Features
from tradewind.model.bars import Bars, IntArray
from tradewind.model.instrument import Instrument
from tradewind.model.regimes import Labels
from tradewind.regimes.detector import RegimeDetector
from tradewind.regimes.registry import build
from tradewind.search.cells import walk_unmasked
from tradewind.search.prepare import Prepared, prepare
from tradewind.search.recorded import replay_configuration
from tradewind.search.scoring import TRADES, R, in_sample_sums
from tradewind.search.search import SearchResult, run_search
from tradewind.search.space import Space
from tradewind.search.universe import ALL, Universe
from tradewind.search.windows import Scheme, Segmentation
from tradewind.strategies.lr_scalper import LRScalper

BARS = 180_000
SIMULATED_DAYS = BARS // 96
IN_SAMPLE, OUT_OF_SAMPLE, STEP = 500, 100, 100  # bars
WINDOWS = 1794
WANTED_S = 0.5
REPEATS = 5
CHECKED_WINDOWS, CHECKED_CONFIGURATIONS = 60, 8
LISTS = {
    "mode": ("lr_snapshot", "no_lr_snapshot", "lr_pivot_strict"),
    "lookback": (60, 90, 120, 180),
    "entry_z": (1.5, 2.0),
    "vol_period": (60,),
    "atr_period": (7, 14),
    "stop_atr": (1.0, 2.0, 3.0),
    "target_atr": (1.0, 1.5, 2.0, 3.0),
}
SPACE = Space.of(LRScalper, LISTS)  # 24 signal settings × 24 plans = 576 configurations


@dataclass(frozen=True, slots=True)
class OneRegime:
    """No regimes: every bar has the same label."""

    window: int = 1
    names: tuple[str, ...] = ("ANY",)
    name: str = "one_regime"

    def labels(self, features: Features) -> Labels:
        return Labels(np.zeros(len(features), np.int8), self.names)


@dataclass(slots=True)
class Stages:
    """Watch that notes when each stage began and when its last work was done."""

    begun: list[float] = field(default_factory=list)
    walked: float = 0.0

    def stage(self, name: str, total: int) -> None:
        self.begun.append(time.perf_counter())
        self.walked = self.begun[-1]

    def advance(self, amount: int) -> None:
        self.walked = time.perf_counter()


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of one run by stage, from loaded bars on, and what it found."""

    ready: float
    first: float
    second: float
    chosen: float
    trades: float
    universe: Universe
    result: SearchResult

    @property
    def whole(self) -> float:
        return self.ready + self.first + self.second + self.chosen


def measure(asked: Asked) -> list[Figure]:
    """Figures of the walk-forward; raises AssertionError where a window differs from the naive count."""
    bars, _, _ = resampled(series_of(asked, SIMULATED_DAYS, ("BTC",))[0], "15m")
    bars = bars.rows(len(bars) - BARS, len(bars))
    laid = segmentation(bars)
    figures = [
        Figure("bars", len(bars), "", f"15m, {sum(gap.missing for gap in bars.gaps())} more are missing between them"),
        Figure("configurations", len(SPACE), "", " × ".join(f"{len(values)} {name}" for name, values in LISTS.items())),
        Figure("windows", len(laid.windows), "", why_so_many(laid)),
        Figure("threads", asked.threads, ""),
    ]
    for detector, about in ((build("trend_stress"), "4 regimes"), (OneRegime(), "no regimes")):
        one_run(bars, detector, asked.threads)
        runs = [one_run(bars, detector, asked.threads) for _ in range(max(REPEATS, asked.repeats))]
        figures += of_runs(runs, about)
        checked = against_the_naive_count(runs[0].universe)
        figures.append(Figure("sums checked", checked, "", f"windows × configurations × labels, naively, {about}"))
    return [*figures, Figure("peak memory", peak_memory_mb(), "MB")]


def segmentation(bars: Bars) -> Segmentation:
    """The windows: as many segments at the start are left to warm-up as leave WINDOWS of them."""
    bar = bars.timeframe_ms
    scheme = Scheme(
        in_sample_ms=IN_SAMPLE * bar,
        out_of_sample_ms=OUT_OF_SAMPLE * bar,
        step_ms=STEP * bar,
        purge_bars=max(one.plan.reach_bars(bar) for one in SPACE.plan_strategies()),
    )
    start, end = int(bars.ts[0]), int(bars.ts[-1]) + bar
    needed = (WINDOWS - 1) * STEP + IN_SAMPLE + OUT_OF_SAMPLE
    warm_up = (end - start) // scheme.segment_ms - needed * bar // scheme.segment_ms
    laid = Segmentation.over(start, end, scheme, clean_from_ms=start + warm_up * scheme.segment_ms, force=True)
    assert len(laid.windows) == WINDOWS
    return laid


def why_so_many(laid: Segmentation) -> str:
    """How the windows are counted: a gap of purged bars would cost one, the tail of the in-sample part costs none."""
    warm_up = laid.windows[0].in_first
    return (
        f"of {IN_SAMPLE} + {OUT_OF_SAMPLE} bars, step {STEP}, in {laid.segments - warm_up} segments after "
        f"{warm_up} of warm-up; {BARS:,} bars hold 1,795, or 1,794 where the purge is a gap before the test. Here the "
        f"purge is the last {laid.scheme.purge_bars} bars in sample, so segments are left to warm-up instead"
    )


def one_run(bars: Bars, detector: RegimeDetector, threads: int) -> Run:
    """The whole walk-forward once, from loaded bars to the procedure record and its accounts."""
    start = time.perf_counter()
    laid = segmentation(bars)
    instrument = Instrument(venue=bars.venue, symbol=bars.symbol, tick=0.0, costs=COSTS)
    universe = Universe.of([prepare(bars, instrument, SPACE, [detector], laid, executor=Threads(threads))], laid)
    ready = time.perf_counter()
    stages, keeper = Stages(), CountingKeeper()
    result = run_search(universe, SPACE, Threads(threads), keeper, stages)
    end = time.perf_counter()
    second = stages.begun[1]
    return Run(
        ready - start, second - ready, stages.walked - second, end - stages.walked, keeper.trades, universe, result
    )


def of_runs(runs: Sequence[Run], about: str) -> list[Figure]:
    def median(name: str) -> float:
        return statistics.median(getattr(run, name) for run in runs)

    one = runs[0]
    whole, work = median("whole"), len(one.universe.symbols[0].bars) * len(SPACE)
    traded = sum(any(not s.stands_aside for s in row) for row in one.result.window_specialists)
    return [
        Figure("features, labels, signals", median("ready"), "s", about),
        Figure("every configuration", median("first"), "s", "walked, and every window scored"),
        Figure("masked walks", median("second"), "s", f"{one.result.masked_walks} of them"),
        Figure("choices, records, replays", median("chosen"), "s", f"{traded} windows found somebody to trade"),
        Figure("whole", whole, "s", f"below {WANTED_S} is asked for: {'yes' if whole < WANTED_S else 'NO'}"),
        Figure("fastest of the runs", min(run.whole for run in runs), "s", f"of {len(runs)}"),
        Figure("per configuration and window", whole * 1e9 / len(SPACE) / WINDOWS, "ns"),
        Figure("trades per 100 bars", 100 * one.trades / work, ""),
    ]


def against_the_naive_count(universe: Universe) -> int:
    """Compare a sample of windows and configurations, in sample and out, with the continuous trade list filtered by
    signal bar; returns how many sums were compared.
    """
    laid, one = universe.segmentation, universe.symbols[0]
    draw = np.random.default_rng(1)
    numbers = np.sort(draw.choice(len(SPACE), CHECKED_CONFIGURATIONS, replace=False)).tolist()
    windows = sorted({0, 1, WINDOWS - 1, *draw.choice(WINDOWS, CHECKED_WINDOWS, replace=False).tolist()})
    compared = 0
    for number in numbers:
        walked = walk_unmasked(universe, SPACE, [number // SPACE.signals], lambda _: None)
        row = walked.numbers.tolist().index(number)
        inside = in_sample_sums(walked.cells, laid.rows)[:, :, row]
        trades = replay_configuration(one, SPACE, number)
        columns = universe.columns_at(one, trades.signal)
        for window in windows:
            rows = laid.windows[window]
            in_bars, out_bars = bars_of(laid, one, window)
            outside = walked.cells[rows.in_end : rows.out_end, :, row].sum(axis=(0, 1))
            for column in range(universe.columns.count):
                own = (columns == column).any(axis=1) if column != ALL else np.ones(len(trades), np.bool_)
                for bars, count, total in (
                    (in_bars, *inside[:, window, column]),
                    (out_bars, *outside[column, [TRADES, R]]),
                ):
                    kept = own & np.isin(trades.signal, bars)
                    assert count == kept.sum(), (number, window, column)
                    assert math.isclose(total, float(trades.r[kept].sum()), rel_tol=1e-9, abs_tol=1e-9)
                    compared += 1
    return compared


def bars_of(laid: Segmentation, one: Prepared, number: int) -> tuple[IntArray, IntArray]:
    """Bars in sample, counted one by one in plain time without the purged ones, and bars out of sample."""
    ts, window = one.bars.ts, laid.windows[number]
    starts = [laid.start_ms + segment * laid.segment_ms for segment in (window.in_first, window.in_end, window.out_end)]
    inside = np.flatnonzero((ts >= starts[0]) & (ts < starts[1]))
    for back in range(window.purged):
        end = starts[1] - back * laid.segment_ms
        begin = max(end - laid.segment_ms, starts[0])
        segment = inside[(ts[inside] >= begin) & (ts[inside] < end)]
        inside = np.setdiff1d(inside, segment[-laid.scheme.purge_bars :])
    return inside, np.flatnonzero((ts >= starts[1]) & (ts < starts[2]))
