"""Random parameters, which share no tables: configurations walked one by one against the compiled loop over bars."""

from dataclasses import replace
from typing import cast

import numpy as np
from benchmarks.bar_loop import Track, cache_features, loop_over_bars, tracks_of
from benchmarks.harness import Asked, Figure, interleaved
from benchmarks.markets import series_of
from benchmarks.searching import SPACE, Threads, prepared

from tradewind.search.cells import Walked, walk_listed
from tradewind.search.listed import Listed, unit_size
from tradewind.search.methods import random_settings
from tradewind.search.prepare import OnDemand
from tradewind.search.universe import Universe
from tradewind.strategies.lr_scalper import LRScalper

SIMULATED_DAYS = 180
TRIED = 150  # random configurations between the ends of the reference space's lists: what a random search tries
WANTED_TIMES = 3


def measure(asked: Asked) -> list[Figure]:
    """Figures of both ways; raises AssertionError where they differ in any sum.

    Both read features that are there already; making signals of them is part of the search's time, as looking for
    signals is of the loop's.
    """
    space = Listed.among(SPACE, random_settings(SPACE, TRIED, seed=1))
    scalpers = [cast(LRScalper, space.strategy_at(number)) for number in range(TRIED)]
    bare = prepared(series_of(asked, SIMULATED_DAYS), 1, space)
    tracks = tracks_of(bare)
    for track in tracks:
        for scalper in scalpers:
            cache_features(track, scalper)
    universe = with_features(bare, tracks, space)
    tracks = [track._replace(one=one) for track, one in zip(tracks, universe.symbols, strict=True)]
    size = unit_size(TRIED)
    units = [range(first, min(first + size, TRIED)) for first in range(0, TRIED, size)]  # as the search walks them

    def walks(threads: int) -> list[Walked]:
        return list(Threads(threads).map(lambda unit: walk_listed(universe, space, unit, lambda _: None), units))

    def loops(threads: int) -> list[Walked]:
        return list(Threads(threads).map(lambda scalper: loop_over_bars(universe, tracks, scalper), scalpers))

    trades = _equal_trades(walks(1), loops(1))
    figures = [
        Figure("configurations", TRIED, ""),
        Figure("bars", universe.bars, ""),
        Figure("trades per 100 bars", 100 * trades / (TRIED * universe.bars), ""),
    ]
    for threads in sorted({1, asked.threads}):
        seconds = interleaved({"loop": lambda: loops(threads), "walk": lambda: walks(threads)}, asked.repeats)  # noqa: B023
        per = f"per configuration, bar and thread on {threads}"
        for name, arm in (("compiled loop over bars", "loop"), ("the search, one by one", "walk")):
            figures.append(Figure(name, seconds[arm] * threads * 1e9 / (TRIED * universe.bars), "ns", per))
        ratio = seconds["loop"] / seconds["walk"]
        figures.append(Figure("the search is faster", ratio, "times", f"{WANTED_TIMES} or more is asked for"))
    return figures


def with_features(universe: Universe, tracks: list[Track], space: Listed) -> Universe:
    """The same symbols, their signals made of the loop's cached features."""
    symbols = tuple(
        replace(one, features=track.features, on_demand=OnDemand(track.features, space))
        for one, track in zip(universe.symbols, tracks, strict=True)
    )
    return replace(universe, symbols=symbols)


def _equal_trades(units: list[Walked], loops: list[Walked]) -> float:
    """Trades of all configurations; both ways give the same cells, totals and daily returns for every one of them."""
    rows = [(walked, row) for walked in units for row in range(len(walked.numbers))]
    for (walked, row), loop in zip(rows, loops, strict=True):
        assert np.array_equal(loop.cells[:, :, 0, :, :2], walked.cells[:, :, row, :, :2]), walked.numbers[row]
        np.testing.assert_allclose(loop.cells[:, :, 0], walked.cells[:, :, row], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(loop.totals[:, :, 0], walked.totals[:, :, row], rtol=1e-9, atol=1e-8)
        np.testing.assert_allclose(loop.daily[0], walked.daily[row], rtol=1e-9, atol=1e-8)
    return float(sum(walked.cells[:, :, :, 0, 0].sum() for walked in units))
