"""The whole search on the reference space, with shortlists and with exact masks, and its walks against a loop."""

import statistics
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from benchmarks.bar_loop import Track, cache_features, loop_over_bars, tracks_of
from benchmarks.harness import Asked, Figure, interleaved, peak_memory_mb
from benchmarks.markets import series_of
from benchmarks.searching import SPACE, Threads, Timed, costs_of_walking, prepared, searched, walks_of, warm_up

from tradewind.model.bars import Bars
from tradewind.search.cells import walk_unmasked
from tradewind.search.universe import Universe
from tradewind.strategies.lr_scalper import LRScalper

SIMULATED_DAYS = 180
LOOPED = 32  # configurations the loop over bars runs; a random sample of the same space
WANTED_NS = 0.25
WANTED_WHOLE_S = 25
WANTED_EXACT_S = 60
WANTED_TIMES = 20


def measure(asked: Asked) -> list[Figure]:
    """Figures of the search; raises AssertionError where the loop and the search differ in any sum."""
    series = series_of(asked, SIMULATED_DAYS)
    warm_up(series)
    runs = [searched(series, asked.threads) for _ in range(asked.repeats)]
    memory = peak_memory_mb()
    exact = [searched(series, asked.threads, exact_masks=True).whole for _ in range(asked.repeats)]
    return [
        *_sizes(series, runs[0], asked.threads),
        *_of_the_search(runs, asked.threads),
        Figure("the whole search, exact masks", statistics.median(exact), "s", f"below {WANTED_EXACT_S} is asked for"),
        Figure("peak memory", memory, "MB", "of this process with all bars; see benchmark memory"),
        *_against_the_loop(prepared(series, asked.threads), asked),
    ]


def _sizes(series: Sequence[Bars], run: Timed, threads: int) -> list[Figure]:
    return [
        Figure("symbols", len(series), ""),
        Figure("bars", sum(len(bars) for bars in series), ""),
        Figure("configurations", len(SPACE), ""),
        Figure("trades per 100 bars", 100 * run.trades / run.work, ""),
        Figure("threads", threads, ""),
    ]


def _of_the_search(runs: Sequence[Timed], threads: int) -> list[Figure]:
    def median(seconds: Callable[[Timed], float]) -> float:
        return statistics.median(seconds(run) for run in runs)

    one = runs[0]
    first, whole = median(lambda run: run.first_pass), median(lambda run: run.whole)
    return [
        Figure("features, labels, signals", median(lambda run: run.ready), "s"),
        Figure("every configuration", first, "s", "walked and scored"),
        Figure("shortlists under masks, choices, record", median(lambda run: run.rest), "s"),
        Figure("the whole search", whole, "s", f"{WANTED_WHOLE_S} or less is asked for"),
        *costs_of_walking("every configuration", first, one.work, one.trades, threads),
        Figure("the whole search", whole * 1e9 / one.work, "ns", f"the same, wall; {WANTED_NS} or less is asked for"),
    ]


def _against_the_loop(universe: Universe, asked: Asked) -> list[Figure]:
    """Both ways side by side on one thread each, then on all."""
    sample = sorted(np.random.default_rng(1).choice(len(SPACE), LOOPED, replace=False).tolist())
    scalpers = [cast(LRScalper, SPACE.strategy_at(number)) for number in sample]
    tracks = tracks_of(universe)
    for track in tracks:
        for scalper in scalpers:
            cache_features(track, scalper)
    trades = _equal_trades(universe, tracks, sample, scalpers)
    walks = walks_of(universe)

    def loops(threads: int) -> object:
        return list(Threads(threads).map(lambda scalper: loop_over_bars(universe, tracks, scalper), scalpers))

    figures = []
    for threads in sorted({1, asked.threads}):
        seconds = interleaved({"loop": lambda: loops(threads), "walk": lambda: walks(threads)}, asked.repeats)  # noqa: B023
        loop = seconds["loop"] * threads / (LOOPED * universe.bars)
        walk = seconds["walk"] * threads / (len(SPACE) * universe.bars)
        per = f"per configuration, bar and thread on {threads}"
        figures += [
            Figure("compiled loop over bars", loop * 1e9, "ns", per),
            Figure("compiled loop over bars", seconds["loop"] * threads * 1e9 / trades, "ns", "per trade and thread"),
            Figure("the search, every configuration", walk * 1e9, "ns", per),
            Figure("the search is faster", loop / walk, "times", f"{WANTED_TIMES} or more is asked for"),
        ]
    return figures


def _equal_trades(
    universe: Universe, tracks: Sequence[Track], sample: Sequence[int], scalpers: Sequence[LRScalper]
) -> float:
    """Trades of the sample; both ways give the same cells, totals and daily returns for every one of it."""
    trades = 0.0
    for number, scalper in zip(sample, scalpers, strict=True):
        loop = loop_over_bars(universe, tracks, scalper)
        walked = walk_unmasked(universe, SPACE, [number // SPACE.signals], lambda _: None)
        row = number % SPACE.signals
        assert np.array_equal(loop.cells[:, :, 0, :, :2], walked.cells[:, :, row, :, :2]), number
        np.testing.assert_allclose(loop.cells[:, :, 0], walked.cells[:, :, row], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(loop.totals[:, :, 0], walked.totals[:, :, row], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(loop.daily[0], walked.daily[row], rtol=1e-9, atol=1e-8)
        trades += float(loop.cells[:, :, 0, 0, 0].sum())
    return trades
