"""Choosing: shortlists walked again under each regime's mask, and one specialist per regime or none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import FloatArray, IntArray
from tradewind.search.cells import Walked
from tradewind.search.scoring import TRADES, R, Shortlist, in_sample_sums, out_of_sample_mean_r, test_sums
from tradewind.search.space import Space
from tradewind.search.universe import ALL, Columns, Mask, Universe
from tradewind.search.windows import Segmentation
from tradewind.stats import scores
from tradewind.stats.payoff import expectancy

SPECIALIST_TRADES_MIN = 100


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


@dataclass(frozen=True, slots=True, eq=False)
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


def able_signals(universe: Universe, space: Space) -> npt.NDArray[np.bool_]:
    """Periods (windows' in-sample parts, last all test segments) × signal settings: True where as many signals are
    given as a specialist needs trades.

    A trade takes a signal of its own, under every mask and plan: where there are fewer, nobody can be chosen.
    """
    segmentation = universe.segmentation
    rows, counts = segmentation.rows, np.zeros((len(segmentation.windows) + 1, space.signals), np.int64)
    for one in universe.symbols:
        edges = (2 * np.array(segmentation.boundaries(one.bars))).astype(np.int32)
        for signal in range(space.signals):
            codes = one.events[one.offsets[signal] : one.offsets[signal + 1]]
            at = np.searchsorted(codes, edges)
            counts[:-1, signal] += at[rows[:, 1]] - at[rows[:, 0]]
            counts[-1, signal] += np.diff(at)[segmentation.test_segments].sum()
    return counts >= SPECIALIST_TRADES_MIN


def contested(able: npt.NDArray[np.bool_]) -> IntArray:
    """The periods in which somebody may be chosen, and the last in any case."""
    return np.unique(np.append(np.flatnonzero(able.any(axis=1)), len(able) - 1))


def wanted_by(
    shortlist: Shortlist, columns: Columns, able: npt.NDArray[np.bool_], space: Space
) -> list[tuple[Mask, int]]:
    """Every (mask, configuration) that is on the shortlist of a period in which it may be chosen, sorted."""
    able = able[shortlist.periods]
    wanted = []
    for mask in columns.masks:
        numbers = shortlist.numbers[:, columns.of(*mask)]
        own = numbers >= 0
        own &= able[np.arange(len(able))[:, np.newaxis], numbers % space.signals]
        wanted += [(mask, number) for number in np.unique(numbers[own]).tolist()]
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
    test = test_sums(walked.cells, segmentation.test_segments)[:, ALL]
    trades, total = in_sample_sums(walked.cells, rows[periods[:-1]], (TRADES, R))[..., ALL]
    return MaskedUnit(
        [wanted[i] for i in order.tolist()],
        np.concatenate([trades, test[np.newaxis, :, TRADES]]),
        np.concatenate([total, test[np.newaxis, :, R]]),
        test,
        out_of_sample_mean_r(walked.cells, rows),
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
) -> list[Specialist]:
    """The specialist of each regime of a detector on the figures of one period.

    Only configurations on that period's own shortlist compete (all that were walked, without a shortlist): one chosen
    with later data in view would look ahead. The best has at least 100 trades and a positive edge.
    """
    masks = [Mask(detector, label) for label in range(len(columns.names[detector]))]
    place = int(np.searchsorted(masked.periods, period))
    if place == len(masked.periods) or masked.periods[place] != period:
        return [_nobody(mask) for mask in masks]
    out = []
    for mask in masks:
        column = columns.of(*mask)
        rows = masked.row_of[column]
        numbers = np.flatnonzero(rows >= 0)
        if shortlist is not None:
            own = shortlist.numbers[place, column]
            numbers = own[(own >= 0) & (rows[own] >= 0)]
        out.append(_best(masked, mask, numbers, rows[numbers], place))
    return out


def _nobody(mask: Mask, compared: int = 0, spread: tuple[float, float, float] = (math.nan,) * 3) -> Specialist:
    return Specialist(mask, -1, math.nan, math.nan, 0, compared, spread)


def _best(masked: MaskedSums, mask: Mask, numbers: IntArray, rows: IntArray, place: int) -> Specialist:
    """The best of `numbers`, which ascend."""
    enough = masked.trades[place, rows] >= SPECIALIST_TRADES_MIN
    if not enough.any():
        return _nobody(mask)
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
    return Specialist(
        mask, int(numbers[best]), float(edge[best]), float(total[best] / count), count, len(edge), spread
    )


def _spread(edges: FloatArray) -> tuple[float, float, float]:
    """The 10th, 50th and last of edges sorted from the best; NaN where there are not so many."""
    nan = float("nan")
    tenth = float(edges[9]) if len(edges) > 9 else nan
    fiftieth = float(edges[49]) if len(edges) > 49 else nan
    return tenth, fiftieth, float(edges[-1]) if len(edges) else nan
