"""Choosing: shortlists walked again under each regime's mask, and one specialist per regime or none."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from tradewind.kernels.segment_sums import count_signals
from tradewind.model.bars import FloatArray, IntArray
from tradewind.search.cells import Walked
from tradewind.search.scoring import TRADES, OutOfSample, R, Shortlist, Weights, in_sample_sums
from tradewind.search.space import Space
from tradewind.search.universe import ALL, Columns, Mask, Universe
from tradewind.search.windows import Segmentation
from tradewind.stats import scores

SPECIALIST_TRADES_MIN = 100
PLENTY = 20 * SPECIALIST_TRADES_MIN  # signals of a period that need not be counted by label


@dataclass(frozen=True, slots=True)
class Specialist:
    """The configuration chosen for a regime on the figures of one period, or, with number -1, nobody.

    `edge` and `mean_r` are in R per trade, over `trades` trades under the regime's mask in that period; NaN and 0
    where the regime stands aside. `runner_up_edges` are the edges of the 10th, 50th and last of those compared.
    """

    mask: Mask
    number: int
    edge: float
    mean_r: float
    trades: int
    compared: int
    runner_up_edges: tuple[float, float, float]

    @property
    def stands_aside(self) -> bool:
        return self.number < 0


@dataclass(frozen=True, eq=False)
class MaskedSums:
    """Sums of masked walks. `trades` and `total_r` are periods × rows: in-sample parts of the windows among `periods`,
    and last all test segments; `test` is rows × 5 over these.

    `row_of[column, configuration]` is the row of a configuration under the mask of a label column, -1 where it was
    not walked; `window_mean_r` is rows × windows, out of sample, NaN without trades.
    """

    periods: IntArray
    trades: FloatArray
    total_r: FloatArray
    test: FloatArray
    window_mean_r: FloatArray
    row_of: IntArray

    @cached_property
    def enough(self) -> npt.NDArray[np.bool_]:
        """By period, whether anybody has as many trades as a specialist needs."""
        return np.asarray((self.trades >= SPECIALIST_TRADES_MIN).any(axis=1), np.bool_)

    @cached_property
    def place_of(self) -> Mapping[int, int]:
        """Where each period's sums stand."""
        return {period: place for place, period in enumerate(self.periods.tolist())}


@dataclass(frozen=True, slots=True, eq=False)
class MaskedUnit:
    """Masked walks of one unit, (mask, configuration) by row; the rest as in MaskedSums.

    Small, unlike the cells they are made of: all units' are kept until the last is walked.
    """

    rows: Sequence[tuple[Mask, int]]
    trades: FloatArray
    total_r: FloatArray
    test: FloatArray
    window_mean_r: FloatArray


def signals_given(universe: Universe, space: Space) -> IntArray:
    """At most how many trades a signal setting may open: label columns × periods (windows' in-sample parts, last all
    test segments) × signal settings.

    A trade takes a signal of its own, under every mask and plan. Signals of a list are not there to be counted, so
    PLENTY stand for each.
    """
    columns, segmentation = universe.columns, universe.segmentation
    rows, tested = segmentation.rows, segmentation.test_segments
    if not space.factors:
        return np.broadcast_to(np.int64(PLENTY), (columns.count, len(rows) + 1, space.signals))
    edges = [np.array(segmentation.boundaries(one.bars)) for one in universe.symbols]
    by_segment = np.zeros((columns.count, space.signals, segmentation.segments), np.int64)
    for one, boundaries in zip(universe.symbols, edges, strict=True):
        limits = (2 * boundaries).astype(np.int32)
        for signal in range(space.signals):
            by_segment[:, signal] += np.diff(np.searchsorted(one.codes(signal), limits))
    bound = _over_periods(by_segment[ALL], rows, tested)
    # Labels are only looked at where they may tell: where there are many signals there are many under each label.
    doubtful = np.any((bound >= SPECIALIST_TRADES_MIN) & (bound < PLENTY), axis=-1)
    for signal in np.flatnonzero(doubtful).tolist():
        by_segment[1:, signal] = _by_label(universe, edges, signal)
    return np.moveaxis(_over_periods(by_segment, rows, tested), 1, 2)


def _by_label(universe: Universe, edges: Sequence[IntArray], signal: int) -> IntArray:
    """Signals of one setting by label column (but ALL) and segment; `edges` bound the segments, by symbol."""
    columns = universe.columns
    counts = np.zeros((columns.count, universe.segmentation.segments), np.int64)
    for one, boundaries in zip(universe.symbols, edges, strict=True):
        for detector, names in enumerate(columns.names):
            by_label = count_signals(one.codes(signal), one.labels[detector], boundaries, len(names))
            counts[columns.slice_of(detector)] += by_label.T
    return counts[1:]


def _over_periods(by_segment: IntArray, rows: IntArray, tested: npt.NDArray[np.bool_]) -> IntArray:
    """Sums over the in-sample segments of each window, and last over all tested ones, along the last axis."""
    nothing = np.zeros((*by_segment.shape[:-1], 1), np.int64)
    before = np.concatenate([nothing, np.cumsum(by_segment, axis=-1)], axis=-1)
    inside = before[..., rows[:, 1]] - before[..., rows[:, 0]]
    return np.concatenate([inside, by_segment[..., tested].sum(axis=-1, keepdims=True)], axis=-1)


def able_signals(given: IntArray) -> npt.NDArray[np.bool_]:
    """False where fewer signals are given than a specialist needs trades; the shape of `signals_given`."""
    return given >= SPECIALIST_TRADES_MIN


def contested(able: npt.NDArray[np.bool_]) -> IntArray:
    """The periods in which somebody may be chosen, and the last in any case."""
    masked = able[1:]  # column 0 is no mask
    return np.unique(np.append(np.flatnonzero(masked.any(axis=(0, 2))), able.shape[1] - 1))


def static_contested(given: IntArray, universe: Universe, space: Space, weights: Weights) -> IntArray:
    """The windows in which enough signals are given for some configuration to be eligible in sample."""
    if not space.factors:
        return np.arange(len(universe.segmentation.windows))
    regimes = given[universe.columns.slice_of(0), :-1].transpose(1, 2, 0)
    fit = scores.eligible(regimes, weights.in_sample[:, np.newaxis]) & (given[ALL, :-1] >= scores.TRADES_MIN)
    return np.flatnonzero(fit.any(axis=1))


def wanted_by(
    shortlist: Shortlist, columns: Columns, able: npt.NDArray[np.bool_], space: Space
) -> list[tuple[Mask, int]]:
    """Every (mask, configuration) that is on the shortlist of a period in which it may be chosen, sorted."""
    wanted = []
    for place, mask in enumerate(columns.masks):
        numbers = shortlist.numbers[:, place]
        may = able[columns.of(*mask), shortlist.periods[:, np.newaxis], space.signals_of(numbers)]
        wanted += [(mask, number) for number in np.unique(numbers[may & (numbers >= 0)]).tolist()]
    return wanted


def masked_unit(
    wanted: Sequence[tuple[Mask, int]],
    order: IntArray,
    walked: Walked,
    segmentation: Segmentation,
    periods: IntArray,
) -> MaskedUnit:
    """Reduce masked walks, given with what was wanted of them and in which order they came, to sums per period."""
    rows = segmentation.rows
    outside = OutOfSample.of(walked, segmentation)
    test = outside.sums[:, ALL]
    trades, total = in_sample_sums(walked.cells, rows[periods[:-1]])[..., ALL]
    return MaskedUnit(
        [wanted[i] for i in order.tolist()],
        np.concatenate([trades, test[np.newaxis, :, TRADES]]),
        np.concatenate([total, test[np.newaxis, :, R]]),
        test,
        outside.mean_r,
    )


def masked_sums(
    units: Sequence[MaskedUnit], periods: IntArray, windows: int, columns: Columns, configurations: int
) -> MaskedSums:
    """All units' masked walks side by side."""
    row_of = np.full((columns.count, configurations), -1, np.int64)
    for row, (mask, number) in enumerate(pair for unit in units for pair in unit.rows):
        row_of[columns.of(*mask), number] = row
    nobody = np.zeros((len(periods), 0))
    return MaskedSums(
        periods,
        np.concatenate([nobody, *(unit.trades for unit in units)], axis=1),
        np.concatenate([nobody, *(unit.total_r for unit in units)], axis=1),
        np.concatenate([np.zeros((0, 5)), *(unit.test for unit in units)]),
        np.concatenate([np.zeros((0, windows)), *(unit.window_mean_r for unit in units)]),
        row_of,
    )


def choose(
    masked: MaskedSums, shortlist: Shortlist | None, columns: Columns, period: int, detector: int
) -> tuple[Specialist, ...]:
    """The specialist of each regime of a detector on the figures of one period.

    Only configurations on that period's own shortlist compete (all that were walked, without a shortlist): one chosen
    with later data in view would look ahead. The best has at least 100 trades and a positive edge.
    """
    labels, place = len(columns.names[detector]), masked.place_of.get(period)
    if place is None or not masked.enough[place]:
        return _no_contest(detector, labels)
    out = []
    for label in range(labels):
        mask = Mask(detector, label)
        column = columns.of(*mask)
        rows = masked.row_of[column]
        numbers = np.flatnonzero(rows >= 0)
        if shortlist is not None:
            own = shortlist.numbers[place, columns.masks.index(mask)]
            numbers = own[(own >= 0) & (rows[own] >= 0)]
        out.append(_best(masked, mask, numbers, rows[numbers], place))
    return tuple(out)


def _nobody(mask: Mask, compared: int, spread: tuple[float, float, float]) -> Specialist:
    return Specialist(mask, -1, math.nan, math.nan, 0, compared, spread)


# One object for all: thousands of them would keep the garbage collector busy.
@cache
def _nobody_competes(mask: Mask) -> Specialist:
    return _nobody(mask, 0, (math.nan, math.nan, math.nan))


@cache
def _no_contest(detector: int, labels: int) -> tuple[Specialist, ...]:
    return tuple(_nobody_competes(Mask(detector, label)) for label in range(labels))


def _best(masked: MaskedSums, mask: Mask, numbers: IntArray, rows: IntArray, place: int) -> Specialist:
    """The best of `numbers`, which ascend."""
    enough = masked.trades[place, rows] >= SPECIALIST_TRADES_MIN
    if not enough.any():
        return _nobody_competes(mask)
    numbers, rows = numbers[enough], rows[enough]
    trades, total = masked.trades[place, rows], masked.total_r[place, rows]
    edge = scores.shrunk_edge(total, trades)
    spread = _spread(np.sort(edge)[::-1])
    if not (edge > 0).any():
        return _nobody(mask, len(edge), spread)
    # Steadiness out of sample may break ties only where the period is the test itself.
    last = len(masked.periods) - 1
    steady = scores.stability(masked.window_mean_r[rows]) if place == last else np.full(len(rows), np.nan)
    best = int(scores.first_of(edge, steady, trades, edge > 0))
    count = int(trades[best])
    return Specialist(mask, int(numbers[best]), float(edge[best]), float(total[best] / count), count, len(edge), spread)


def _spread(edges: FloatArray) -> tuple[float, float, float]:
    """The 10th, 50th and last of edges sorted from the best; NaN where there are not so many."""
    nan = float("nan")
    tenth = float(edges[9]) if len(edges) > 9 else nan
    fiftieth = float(edges[49]) if len(edges) > 49 else nan
    return tenth, fiftieth, float(edges[-1]) if len(edges) else nan
