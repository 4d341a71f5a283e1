"""The rival of the search: a loop over bars for one configuration, compiled, from cached features, early exit.

It obeys the same law and gives the same sums, so a ratio of speeds is of shapes of
work: bars × configurations here, trades there.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tradewind.features.features import Features
from tradewind.kernels.compare import above
from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import cost_paid, entry_fill, risk_is_too_small, settle
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, WIN_UNIT, flush_cells
from tradewind.model.bars import FloatArray, IntArray
from tradewind.search.cells import Walked
from tradewind.search.encoding import cost_array
from tradewind.search.prepare import Prepared
from tradewind.search.recorded import buckets_of
from tradewind.search.universe import Universe
from tradewind.strategies.lr_scalper import PIVOT_DELAY, LRScalper


@njit(cache=True, nogil=True, inline="always")
def first_long(
    high: FloatArray, low: FloatArray, entry: int, last: int, stop: float, target: float
) -> tuple[int, bool, bool]:
    """First bar before `last` that touches stop or target of a long, or `last`, and which of them it touches."""
    x = entry
    while x < last and low[x] > stop and high[x] < target:
        x += 1
    return x, x < last and low[x] <= stop, x < last and high[x] >= target


@njit(cache=True, nogil=True, inline="always")
def first_short(
    high: FloatArray, low: FloatArray, entry: int, last: int, stop: float, target: float
) -> tuple[int, bool, bool]:
    x = entry
    while x < last and high[x] < stop and low[x] > target:
        x += 1
    return x, x < last and high[x] >= stop, x < last and low[x] <= target


@kernel
def walk_bars(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    hole_before: npt.NDArray[np.bool_],
    score: FloatArray,
    gate: npt.NDArray[np.bool_],
    pivot_low: npt.NDArray[np.bool_],
    pivot_high: npt.NDArray[np.bool_],
    delay: int,
    threshold: float,
    atr: FloatArray,
    levels: tuple[float, float],
    hold: int,
    costs: FloatArray,
    row_of_bar: IntArray,
    day: npt.NDArray[np.int32],
    sums: FloatArray,
    daily: FloatArray,
) -> None:
    """Add every trade of one scalper to `sums` (flat; `row_of_bar` names a bar's first value) and `daily`.

    `delay` 0 means no pivots are asked for.
    """
    n = open_.shape[0]
    tick, slip, fee = costs[0], costs[1], costs[2]
    t = delay
    while t < n - 1:
        j = t - delay
        z = score[j]
        # Far scores are rare and come in runs: asked first, this branch is predicted well. NaN ends here too.
        if not abs(z) > threshold or not gate[j]:
            t += 1
            continue
        side = 0
        if above(-threshold, z):
            side = 1
        elif above(z, threshold):
            side = -1
        if side == 0 or (delay > 0 and not (pivot_low[t] if side > 0 else pivot_high[t])):
            t += 1
            continue
        to = row_of_bar[t]
        entry = t + 1
        entry_price = entry_fill(open_[entry], side, slip)
        distance = levels[0] * atr[t]
        if hole_before[entry] or math.isnan(distance) or risk_is_too_small(entry_price, distance, tick, slip):
            sums[to + 7] += DROPPED_UNIT
            t += 1
            continue
        stop = entry_price - side * distance
        target = entry_price + side * levels[1] * atr[t]
        last = min(entry + hold, n)
        if side > 0:
            x, stopped, reached = first_long(high, low, entry, last, stop, target)
        else:
            x, stopped, reached = first_short(high, low, entry, last, stop, target)
        if x == n:
            return
        at_open = x == last or (stopped and side * open_[x] <= side * stop)
        at_open |= reached and x > entry and side * open_[x] >= side * target
        raw_exit = open_[x] if at_open else (stop if stopped else target)
        ambiguous = stopped and reached and not at_open
        exit_price, fees, r, log_return = settle(side, entry_price, raw_exit, stop, slip, fee)
        sums[to] += 1.0
        sums[to + 1] += r
        sums[to + 2] += r * r
        if r > 0.0:
            sums[to] += WIN_UNIT
            sums[to + 3] += r
        sums[to + 4] += (side * (exit_price - entry_price) - fees) / entry_price
        sums[to + 5] += cost_paid(open_[entry], raw_exit, entry_price, fees, slip)
        sums[to + 6] += x - entry
        if ambiguous:
            sums[to + 7] += 1.0
        daily[day[t]] += log_return
        t = x


class Track(NamedTuple):
    """One symbol as the loop needs it; features are computed before any clock runs."""

    one: Prepared
    features: Features
    row_of_bar: IntArray


def tracks_of(universe: Universe) -> list[Track]:
    joint = len(universe.column_of_cell)
    tracks = []
    for one, cell in zip(universe.symbols, universe.cells, strict=True):
        segment, tail = buckets_of(one)
        tracks.append(Track(one, Features(one.bars), ((2 * segment + tail) * joint + cell) * SUMS))
    return tracks


def cache_features(track: Track, scalper: LRScalper) -> None:
    """Compute what the loop will read."""
    _score(track.features, scalper)
    track.features.volume_gate(scalper.vol_period)
    track.features.pivot_low()
    track.features.pivot_high()
    track.features.atr(scalper.atr_period)


def _score(features: Features, scalper: LRScalper) -> FloatArray:
    plain = scalper.mode == "no_lr_snapshot"
    return features.mean_z(scalper.lookback) if plain else features.regression_z(scalper.lookback)


def loop_over_bars(universe: Universe, tracks: list[Track], scalper: LRScalper) -> Walked:
    """One configuration over all symbols: the same sums as the search's, as the only row."""
    laid = universe.segmentation
    joint = len(universe.column_of_cell)
    cells = np.zeros((laid.segments, 2, 1, universe.columns.count, 5))
    totals = np.zeros((laid.segments, 2, 1, 4))
    daily = np.zeros(laid.days)
    sums = np.zeros(laid.segments * 2 * joint * SUMS)
    plan = scalper.plan
    for track in tracks:
        one, features = track.one, track.features
        bars = one.bars
        walk_bars(
            bars.open, bars.high, bars.low, one.hole_before, _score(features, scalper),
            features.volume_gate(scalper.vol_period), features.pivot_low(), features.pivot_high(),
            PIVOT_DELAY if scalper.mode == "lr_pivot_strict" else 0, scalper.entry_z,
            features.atr(scalper.atr_period), (plan.stop.multiple, plan.target.multiple), plan.hold,
            cost_array(one.instrument), track.row_of_bar, one.day, sums, daily,
        )  # fmt: skip
    for bucket, part in enumerate(sums.reshape(laid.segments * 2, joint, 1, SUMS)):
        segment, tail = divmod(bucket, 2)
        flush_cells(part, universe.column_of_cell, cells[segment, tail], totals[segment, tail])
    return Walked(np.zeros(1, np.int64), cells, totals, daily[np.newaxis])
