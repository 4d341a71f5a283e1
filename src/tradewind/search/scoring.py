"""Figures of configurations from their cells: in-sample edges per window, the candidate table over test segments."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from tradewind.kernels.rows import DROPPED_UNIT
from tradewind.kernels.segment_sums import largest, lowest_below_peak, sum_in_sample, sum_segments, sum_tests
from tradewind.model.bars import FloatArray, IntArray
from tradewind.search.cells import Walked
from tradewind.search.universe import ALL, Universe
from tradewind.search.windows import Segmentation
from tradewind.stats import scores
from tradewind.stats.payoff import expectancy

SHORTLIST = 256  # configurations per (window, label, detector) that are walked again under the mask
BLOCK_BYTES = 1 << 22  # of window sums handled at once
ROWS_AT_ONCE = 256  # configurations whose days are handled at once
TRADES, WINS, R, R2, R_OF_WINS = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Regime weights of the first detector: one row per window from its in-sample bars, and one over all test bars."""

    in_sample: FloatArray
    test: FloatArray
    test_shares: FloatArray

    @classmethod
    def of(cls, universe: Universe) -> "Weights":
        counts = _bars_by_label(universe)
        rows = universe.segmentation.rows
        before = np.concatenate([np.zeros((1, counts.shape[1]), np.int64), np.cumsum(counts, axis=0)])
        inside = before[rows[:, 1]] - before[rows[:, 0]]
        shares = _shares(counts[universe.segmentation.test_segments].sum(axis=0))
        return cls(scores.regime_weights(_shares(inside)), scores.regime_weights(shares), shares)


def _bars_by_label(universe: Universe) -> IntArray:
    """How many bars of each segment have each label of the first detector, all symbols together."""
    segmentation, labels = universe.segmentation, len(universe.columns.names[0])
    counts = np.zeros((segmentation.segments, labels), np.int64)
    for one in universe.symbols:
        edges = segmentation.boundaries(one.bars)
        for label in range(labels):
            before = np.concatenate([np.zeros(1, np.int64), np.cumsum(one.labels[0] == label)])
            counts[:, label] += np.diff(before[edges])
    return counts


def _shares(counts: IntArray) -> FloatArray:
    return np.asarray(counts / np.maximum(1.0, counts.sum(-1, keepdims=True)), np.float64)


def in_sample_sums(cells: FloatArray, rows: IntArray) -> FloatArray:
    """Trades and ΣR of windows' in-sample parts: 2 × windows × configurations × columns.

    `rows` are of `Segmentation.rows`. All buckets count but the purged tails at the end of each part.
    """
    segments, _, configurations, columns, _ = cells.shape
    flat = cells.reshape(segments, 2, configurations * columns, -1)
    return sum_in_sample(flat, rows[:, [0, 1, 3]]).reshape(2, len(rows), configurations, columns)


def test_sums(sums: FloatArray, test_segments: npt.NDArray[np.bool_]) -> FloatArray:
    """Sums over all out-of-sample segments, tails included."""
    return sum_segments(sums.reshape(len(sums), 2, -1), test_segments).reshape(sums.shape[2:])


@dataclass(frozen=True, slots=True, eq=False)
class OutOfSample:
    """A unit out of sample: `sums` over all test segments, tails included (configurations × columns × 5), and `mean_r`
    of every trade in each window's test, whatever its label (configurations × windows; NaN without trades).
    """

    sums: FloatArray
    mean_r: FloatArray

    @classmethod
    def of(cls, walked: Walked, segmentation: Segmentation) -> "OutOfSample":
        tested = segmentation.test_segments
        sums, mean_r = sum_tests(walked.cells, tested, np.ascontiguousarray(segmentation.rows[:, 1:3]))
        return cls(sums.reshape(walked.cells.shape[2:]), mean_r)


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """For each of some periods and each mask the best configurations by edge, in order of number.

    Periods are windows by number, then the test segments as a whole; `periods` are those that have a list. `edges` and
    `numbers` are periods × masks (as `Columns.masks`) × SHORTLIST, or as many as there are configurations; unused
    places at the end have edge -inf, number -1.
    """

    periods: IntArray
    edges: FloatArray
    numbers: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class StaticChoice:
    """For each period the best eligible unmasked configuration by robust edge and the tie rules; number -1: none."""

    robust_edge: FloatArray
    stability: FloatArray
    trades: FloatArray
    number: IntArray

    def take(
        self,
        periods: IntArray,
        edge: FloatArray,
        steady: FloatArray,
        trades: FloatArray,
        fit: npt.NDArray[np.bool_],
        numbers: IntArray,
    ) -> None:
        """Fill in the best of each of these periods; figures are periods × configurations, some of each `fit`."""
        best = scores.first_of(edge, steady, trades, fit)
        at = np.arange(len(periods))
        self.robust_edge[periods] = edge[at, best]
        self.stability[periods] = steady[at, best]
        self.trades[periods] = trades[at, best]
        self.number[periods] = numbers[best]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The candidate table, one row per configuration, pooled over all test segments: selected on, so optimistic.

    `cells` is configurations × regimes of the first detector × (trades, wins, ΣR, ΣR², ΣR of wins); `overall` the
    same five over all trades, whatever their label; `mean_net_return` and `mean_cost` fractions per trade; `dropped`
    counts refused entries over all history; `daily_sum` and `daily_squares` are of daily log returns over the test
    days, summed over symbols and divided by their number.
    """

    numbers: IntArray
    overall: FloatArray
    cells: FloatArray
    mean_net_return: FloatArray
    mean_cost: FloatArray
    bars_held: FloatArray
    ambiguous: FloatArray
    dropped: FloatArray
    robust_edge: FloatArray
    robust_score: FloatArray
    break_even_score: FloatArray
    break_even_win_rate: FloatArray
    stability: FloatArray
    eligible: npt.NDArray[np.bool_]
    sharpe_per_day: FloatArray
    max_drawdown: FloatArray

    def merged(self, others: Sequence["Candidates"]) -> "Candidates":
        """This table and others as one, by configuration number."""
        tables = (self, *others)
        order = np.argsort(np.concatenate([table.numbers for table in tables]), kind="stable")
        return Candidates(
            **{f.name: np.concatenate([getattr(table, f.name) for table in tables])[order] for f in fields(self)}
        )


def shortlist_of(walked: Walked, outside: OutOfSample, segmentation: Segmentation, periods: IntArray) -> Shortlist:
    """The best of a unit by shrunk edge per mask, for the periods given; trades required.

    The last of `periods` is the test as a whole. Among equals the smaller number is on the list.
    """
    rows = segmentation.rows[periods[:-1]]
    parts = [
        _most_by_edge(in_sample_sums(walked.cells, rows[block]), walked.numbers)
        for block in _blocks(len(rows), walked.cells[0, 0, ..., 0].size)
    ]
    test = test_shortlist(outside.sums, walked.numbers)
    return Shortlist(
        periods,
        np.concatenate([*(edges for edges, _ in parts), test.edges]),
        np.concatenate([*(numbers for _, numbers in parts), test.numbers]),
    )


def test_shortlist(sums: FloatArray, numbers: IntArray) -> Shortlist:
    """The best by shrunk edge per mask over one period alone; `sums` are its configurations × columns × 5."""
    period = sums[np.newaxis, ..., [TRADES, R]].transpose(3, 0, 1, 2)
    return Shortlist(np.zeros(1, np.int64), *_most_by_edge(period, numbers))


def _most_by_edge(sums: FloatArray, numbers: IntArray) -> tuple[FloatArray, IntArray]:
    """Edges and numbers of the SHORTLIST best by shrunk edge of trades and ΣR: periods × masks × SHORTLIST."""
    trades, total = sums[..., ALL + 1 :]
    edge = np.where(trades > 0, scores.shrunk_edge(total, trades), -np.inf).transpose(0, 2, 1)
    return _best(edge, np.broadcast_to(numbers, edge.shape))


def merge_shortlists(lists: Sequence[Shortlist]) -> Shortlist:
    """The best over several units, which are given in order of configuration number."""
    edges = np.concatenate([one.edges for one in lists], axis=-1)
    numbers = np.concatenate([one.numbers for one in lists], axis=-1)
    return Shortlist(lists[0].periods, *_best(edges, numbers))


def _best(edges: FloatArray, numbers: IntArray) -> tuple[FloatArray, IntArray]:
    """The SHORTLIST largest of the last axis, in the order given; of equals the first."""
    most = min(SHORTLIST, edges.shape[-1])
    shape = (*edges.shape[:-1], most)
    rows = (-1, edges.shape[-1])
    top, chosen = largest(np.ascontiguousarray(edges).reshape(rows), np.ascontiguousarray(numbers).reshape(rows), most)
    return top.reshape(shape), chosen.reshape(shape)


def _blocks(count: int, places: int) -> list[slice]:
    """Ranges of `count` windows whose sums of `places` stay near the processor."""
    size = max(1, BLOCK_BYTES // (16 * places))
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


def static_choice(
    walked: Walked, universe: Universe, weights: Weights, candidates: Candidates, windows: IntArray
) -> StaticChoice:
    """The unit's best static configuration of each window, in sample, and last of all test segments.

    Only in `windows` is anybody looked for.
    """
    regimes, rows = universe.columns.slice_of(0), universe.segmentation.rows[windows]
    parts: _Parts | None = None
    count = len(universe.segmentation.windows) + 1
    choice = StaticChoice(np.full(count, np.nan), np.full(count, np.nan), np.zeros(count), np.full(count, -1, np.int64))
    for block in _blocks(len(rows), walked.cells[0, 0, ..., 0].size):
        trades, total = in_sample_sums(walked.cells, rows[block])[..., regimes]
        weight = weights.in_sample[windows[block], np.newaxis]
        fit = scores.eligible(trades, weight)
        held = np.flatnonzero(fit.any(axis=1))
        if len(held) == 0:
            continue
        parts = parts or _Parts.of(walked.cells)
        for some in np.array_split(held, 1 + parts.size_of(rows[block][held]) * 16 // BLOCK_BYTES):
            edge = scores.robust_edge(trades[some], total[some], weight[some])
            steady = parts.stability(rows[block][some])
            choice.take(windows[block][some], edge, steady, trades[some].sum(-1), fit[some], walked.numbers)
    fit = candidates.eligible[np.newaxis]
    if fit.any():
        pooled = candidates.cells[np.newaxis, ..., TRADES].sum(-1)
        edge, steady = candidates.robust_edge[np.newaxis], candidates.stability[np.newaxis]
        choice.take(np.array([count - 1]), edge, steady, pooled, fit, walked.numbers)
    return choice


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Mean R of every trade by segment and configuration: of whole segments, and of their bodies alone."""

    whole: FloatArray
    body: FloatArray

    @classmethod
    def of(cls, cells: FloatArray) -> "_Parts":
        body, tail = cells[:, 0, :, ALL], cells[:, 1, :, ALL]
        trades, total = body[..., TRADES] + tail[..., TRADES], body[..., R] + tail[..., R]
        return cls(expectancy(total, trades), expectancy(body[..., R], body[..., TRADES]))

    def size_of(self, rows: IntArray) -> int:
        """Numbers that `stability` of these windows handles."""
        longest = int((rows[:, 1] - rows[:, 0]).max())
        return len(rows) * longest * int(self.whole.shape[1])

    def stability(self, rows: IntArray) -> FloatArray:
        """Stability over the segments of each window's in-sample part, purged ones by their bodies."""
        first, end, purged = rows[:, 0], rows[:, 1], rows[:, 3]
        longest = int((end - first).max())
        # Shorter parts begin with segments that do not count.
        at = end - longest + np.arange(longest)[:, np.newaxis]
        means = np.where((at >= end - purged)[..., np.newaxis], self.body[at], self.whole[at])
        means[at < first] = np.nan
        return scores.stability(np.moveaxis(means, 0, -1))


def merge_static(choices: Sequence[StaticChoice]) -> StaticChoice:
    """The best over several units, which are given in order of configuration number."""
    edge, steady, trades, number = (
        np.stack([getattr(choice, name) for choice in choices])
        for name in ("robust_edge", "stability", "trades", "number")
    )
    best = scores.first_of(edge.T, steady.T, trades.T, number.T >= 0)
    at = np.arange(edge.shape[1])
    return StaticChoice(edge[best, at], steady[best, at], trades[best, at], number[best, at])


def candidates_of(walked: Walked, outside: OutOfSample, universe: Universe, weights: Weights) -> Candidates:
    """The unit's rows of the candidate table."""
    segmentation, sums = universe.segmentation, outside.sums
    regimes = sums[:, universe.columns.slice_of(0)]
    n, wins, total, gained = (regimes[..., k] for k in (TRADES, WINS, R, R_OF_WINS))
    totals = test_sums(walked.totals, segmentation.test_segments)
    break_even = scores.break_even_win_rate(n, wins, total, gained)
    score, prior = scores.robust_score(n, wins, break_even, weights.test)
    sharpe, drawdown = _of_days(walked.daily, segmentation.test_days, len(universe.symbols))
    # Flags are whole numbers: added in whatever order they are the same.
    flags = totals[:, 3] + test_sums(walked.totals, ~segmentation.test_segments)[:, 3]
    return Candidates(
        numbers=walked.numbers,
        # Copies, so that the sums of the other detectors' labels need not be kept.
        overall=sums[:, ALL].copy(),
        cells=regimes.copy(),
        mean_net_return=expectancy(totals[:, 0], sums[:, ALL, TRADES]),
        mean_cost=expectancy(totals[:, 1], sums[:, ALL, TRADES]),
        bars_held=totals[:, 2],
        ambiguous=totals[:, 3] % DROPPED_UNIT,
        dropped=flags // DROPPED_UNIT,
        robust_edge=scores.robust_edge(n, total, weights.test),
        robust_score=score,
        break_even_score=prior,
        break_even_win_rate=break_even,
        stability=scores.stability(outside.mean_r),
        eligible=scores.eligible(n, weights.test),
        sharpe_per_day=sharpe,
        max_drawdown=drawdown,
    )


def _of_days(daily: FloatArray, tested: npt.NDArray[np.bool_], symbols: int) -> tuple[FloatArray, FloatArray]:
    """Sharpe per day and drawdown on the tested days, few rows at a time: each takes several copies of them."""
    some = map(np.ascontiguousarray, np.array_split(daily, -(-len(daily) // ROWS_AT_ONCE)))
    figures = [(_sharpe_per_day(part), _drawdown(part)) for part in (rows[:, tested] / symbols for rows in some)]
    return np.concatenate([sharpe for sharpe, _ in figures]), np.concatenate([loss for _, loss in figures])


def _sharpe_per_day(daily: FloatArray) -> FloatArray:
    deviation = daily.std(axis=1, ddof=1) if daily.shape[1] > 1 else np.zeros(len(daily))
    moving = deviation > 0
    return np.where(moving, daily.mean(axis=1) / np.where(moving, deviation, 1.0), np.nan)


def _drawdown(daily: FloatArray) -> FloatArray:
    """Largest loss from a peak of equity at the days' ends, as a fraction, from daily log returns."""
    return np.asarray(1.0 - np.exp(lowest_below_peak(daily)), np.float64)
