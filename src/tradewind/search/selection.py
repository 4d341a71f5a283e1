"""Choosing: shortlists walked again under each regime's mask, and one specialist per regime or none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.model.bars import FloatArray, IntArray
from tradewind.search.cells import Walked
from tradewind.search.scoring import TRADES, R, Shortlist, in_sample_sums, test_sums
from tradewind.search.universe import ALL, Columns, Mask
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
    """Sums of masked walks: `sums` is periods × rows × 5 (windows' in-sample parts, last all test segments).

    `row_of[column, configuration]` is the row of a configuration under the mask of a label column, -1 where it was
    not walked; `window_mean_r` is rows × windows, out of sample, NaN without trades.
    """

    sums: FloatArray
    window_mean_r: FloatArray
    row_of: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class MaskedUnit:
    """Masked walks of one unit, (mask, configuration) by row; `sums` and `window_mean_r` as in MaskedSums.

    Small, unlike the cells they are made of: all units' are kept until the last is walked.
    """

    rows: Sequence[tuple[Mask, int]]
    sums: FloatArray
    window_mean_r: FloatArray


def wanted_by(shortlist: Shortlist, columns: Columns) -> list[tuple[Mask, int]]:
    """Every (mask, configuration) that some period has on its shortlist, sorted."""
    wanted = []
    for mask in columns.masks:
        numbers = np.unique(shortlist.numbers[:, columns.of(*mask)])
        wanted += [(mask, number) for number in numbers.tolist() if number >= 0]
    return wanted


def masked_unit(
    wanted: Sequence[tuple[Mask, int]], order: IntArray, walked: Walked, segmentation: Segmentation
) -> MaskedUnit:
    """Reduce masked walks, given with what was wanted of them and in which order they came, to sums per period."""
    periods = [in_sample_sums(walked.cells, window)[:, ALL] for window in segmentation.windows]
    periods.append(test_sums(walked.cells, segmentation.test_segments)[:, ALL])
    outside = [walked.cells[w.in_end : w.out_end, :, :, ALL].sum(axis=(0, 1)) for w in segmentation.windows]
    means = np.stack([expectancy(part[:, R], part[:, TRADES]) for part in outside], axis=-1)
    return MaskedUnit([wanted[i] for i in order.tolist()], np.stack(periods), means)


def masked_sums(units: Sequence[MaskedUnit], windows: int, columns: Columns, configurations: int) -> MaskedSums:
    """All units' masked walks side by side."""
    row_of = np.full((columns.count, configurations), -1, np.int64)
    for row, (mask, number) in enumerate(pair for unit in units for pair in unit.rows):
        row_of[columns.of(*mask), number] = row
    if not units:
        return MaskedSums(np.zeros((windows + 1, 0, 5)), np.zeros((0, windows)), row_of)
    return MaskedSums(
        np.concatenate([unit.sums for unit in units], axis=1),
        np.concatenate([unit.window_mean_r for unit in units]),
        row_of,
    )


def choose(
    masked: MaskedSums, shortlist: Shortlist | None, columns: Columns, period: int, detector: int
) -> list[Specialist]:
    """The specialist of each regime of a detector on the figures of one period.

    Only configurations on that period's own shortlist compete (all that were walked, without a shortlist): one chosen
    with later data in view would look ahead. The best has at least 100 trades and a positive edge.
    """
    out = []
    for label in range(len(columns.names[detector])):
        column = columns.of(detector, label)
        rows = masked.row_of[column]
        numbers = np.flatnonzero(rows >= 0)
        if shortlist is not None:
            own = shortlist.numbers[period, column]
            numbers = np.sort(own[own >= 0])
        out.append(_best(masked, Mask(detector, label), numbers, rows[numbers], period))
    return out


def _best(masked: MaskedSums, mask: Mask, numbers: IntArray, rows: IntArray, period: int) -> Specialist:
    sums = masked.sums[period, rows]
    edge = scores.shrunk_edge(sums[:, R], sums[:, TRADES])
    fit = (sums[:, TRADES] >= SPECIALIST_TRADES_MIN) & (edge > 0)
    enough = np.sort(edge[sums[:, TRADES] >= SPECIALIST_TRADES_MIN])[::-1]
    spread = _spread(enough)
    if not fit.any():
        return Specialist(mask, -1, float("nan"), float("nan"), 0, len(enough), spread)
    # Steadiness out of sample may break ties only where the period is the test itself.
    last = len(masked.sums) - 1
    steady = scores.stability(masked.window_mean_r[rows]) if period == last else np.full(len(rows), np.nan)
    best = int(scores.rank(edge, steady, sums[:, TRADES], fit)[0])
    trades = int(sums[best, TRADES])
    return Specialist(
        mask, int(numbers[best]), float(edge[best]), float(sums[best, R] / trades), trades, len(enough), spread
    )


def _spread(edges: FloatArray) -> tuple[float, float, float]:
    """The 10th, 50th and last of edges sorted from the best; NaN where there are not so many."""
    nan = float("nan")
    tenth = float(edges[9]) if len(edges) > 9 else nan
    fiftieth = float(edges[49]) if len(edges) > 49 else nan
    return tenth, fiftieth, float(edges[-1]) if len(edges) else nan
