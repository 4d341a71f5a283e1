"""Figures of configurations from their cells: in-sample edges per window, the candidate table over test segments."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from tradewind.kernels.rows import DROPPED_UNIT
from tradewind.model.bars import FloatArray, IntArray
from tradewind.search.cells import Walked
from tradewind.search.universe import ALL, Universe
from tradewind.search.windows import Window
from tradewind.stats import scores
from tradewind.stats.payoff import expectancy

SHORTLIST = 256  # configurations per (window, label, detector) that are walked again under the mask
TRADES, WINS, R, R2, R_OF_WINS = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Regime weights of the first detector: one row per window from its in-sample bars, and one over all test bars."""

    in_sample: FloatArray
    test: FloatArray
    test_shares: FloatArray

    @classmethod
    def of(cls, universe: Universe) -> "Weights":
        windows = universe.segmentation.windows
        inside = [scores.regime_weights(_shares(universe, [(w.in_first, w.in_end)])) for w in windows]
        test = np.flatnonzero(universe.segmentation.test_segments)
        shares = _shares(universe, [(int(s), int(s) + 1) for s in test])
        return cls(np.stack(inside), scores.regime_weights(shares), shares)


def _shares(universe: Universe, segments: Sequence[tuple[int, int]]) -> FloatArray:
    """Share of bars in each label of the first detector over ranges of segments, all symbols together."""
    counts = np.zeros(len(universe.columns.names[0]))
    for one in universe.symbols:
        edges = universe.segmentation.boundaries(one.bars)
        for first, end in segments:
            values = one.labels[0, edges[first] : edges[end]]
            counts += np.bincount(values[values >= 0], minlength=len(counts))
    shares: FloatArray = counts / max(1.0, float(counts.sum()))
    return shares


def in_sample_sums(cells: FloatArray, window: Window) -> FloatArray:
    """Sums of a window's in-sample part: all its buckets but the purged tails at its end."""
    return np.asarray(in_sample_parts(cells, window).sum(axis=0), np.float64)


def in_sample_parts(cells: FloatArray, window: Window) -> FloatArray:
    """Sums of each in-sample segment, the purged ones at the end without their tails.

    A purged tail is never touched, not even added and taken off again: its trades end in the test, and a rounding that
    depends on them would let the future decide between equals.
    """
    parts = np.asarray(cells[window.in_first : window.in_end].sum(axis=1), np.float64)
    parts[-window.purged :] = cells[window.in_end - window.purged : window.in_end, 0]
    return parts


def test_sums(cells: FloatArray, test_segments: npt.NDArray[np.bool_]) -> FloatArray:
    """Sums over all out-of-sample segments, tails included."""
    return np.asarray(cells[test_segments].sum(axis=(0, 1)), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """For each period (windows in order, then the test segments as a whole) and label column the best by edge.

    `edges` and `numbers` are periods × columns × SHORTLIST, best first; unused places have edge -inf, number -1.
    """

    edges: FloatArray
    numbers: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class StaticChoice:
    """For each period the best eligible unmasked configuration by robust edge and the tie rules; number -1: none."""

    robust_edge: FloatArray
    stability: FloatArray
    trades: FloatArray
    number: IntArray


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


def shortlist_of(walked: Walked, windows: Sequence[Window], test_segments: npt.NDArray[np.bool_]) -> Shortlist:
    """The best of a unit per period and label column by shrunk edge, trades required; ties to the smaller number."""
    periods = [in_sample_sums(walked.cells, window) for window in windows]
    periods.append(test_sums(walked.cells, test_segments))
    edges, numbers = [], []
    for sums in periods:
        edge = np.where(sums[..., TRADES] > 0, scores.shrunk_edge(sums[..., R], sums[..., TRADES]), -np.inf)
        best = _best(edge.T, np.broadcast_to(walked.numbers, edge.T.shape))
        edges.append(best[0])
        numbers.append(best[1])
    return Shortlist(np.stack(edges), np.stack(numbers))


def merge_shortlists(lists: Sequence[Shortlist]) -> Shortlist:
    """The best over several units."""
    edges = np.concatenate([one.edges for one in lists], axis=-1)
    numbers = np.concatenate([one.numbers for one in lists], axis=-1)
    return Shortlist(*_best(edges, numbers))


def _best(edges: FloatArray, numbers: IntArray) -> tuple[FloatArray, IntArray]:
    """The SHORTLIST best of the last axis, best first, ties to the smaller number."""
    order = np.lexsort((numbers, -edges), axis=-1)[..., :SHORTLIST]
    top, chosen = np.take_along_axis(edges, order, -1), np.take_along_axis(numbers, order, -1)
    chosen = np.where(np.isneginf(top), -1, chosen)
    missing = SHORTLIST - top.shape[-1]
    if missing > 0:
        padding = [(0, 0)] * (top.ndim - 1) + [(0, missing)]
        return np.pad(top, padding, constant_values=-np.inf), np.pad(chosen, padding, constant_values=-1)
    return top, chosen


def static_choice(walked: Walked, universe: Universe, weights: Weights, candidates: Candidates) -> StaticChoice:
    """The unit's best static configuration of each window, in sample, and last of all test segments."""
    regimes = universe.columns.slice_of(0)
    rows = []
    for window, weight in zip(universe.segmentation.windows, weights.in_sample, strict=True):
        sums = in_sample_sums(walked.cells, window)[:, regimes]
        parts = in_sample_parts(walked.cells[:, :, :, ALL], window)
        steady = scores.stability(expectancy(parts[..., R].T, parts[..., TRADES].T))
        edge = scores.robust_edge(sums[..., TRADES], sums[..., R], weight)
        rows.append(
            _first(edge, steady, sums[..., TRADES].sum(-1), scores.eligible(sums[..., TRADES], weight), walked.numbers)
        )
    test = candidates.cells[..., TRADES].sum(-1)
    rows.append(_first(candidates.robust_edge, candidates.stability, test, candidates.eligible, walked.numbers))
    edges, steadiness, trades = np.array([row[:3] for row in rows], np.float64).T.copy()
    return StaticChoice(edges, steadiness, trades, np.array([row[3] for row in rows], np.int64))


def _first(
    edge: FloatArray, steady: FloatArray, trades: FloatArray, fit: npt.NDArray[np.bool_], numbers: IntArray
) -> tuple[float, float, float, int]:
    best = int(scores.rank(edge, steady, trades, fit)[0])
    if not fit[best]:
        return float("nan"), float("nan"), 0.0, -1
    return float(edge[best]), float(steady[best]), float(trades[best]), int(numbers[best])


def merge_static(choices: Sequence[StaticChoice]) -> StaticChoice:
    """The best over several units, which are given in order of configuration number."""
    edge, steady, trades, number = (
        np.stack([getattr(choice, name) for choice in choices])
        for name in ("robust_edge", "stability", "trades", "number")
    )
    best = [
        int(scores.rank(edge[:, p], steady[:, p], trades[:, p], number[:, p] >= 0)[0]) for p in range(edge.shape[1])
    ]
    at = np.arange(edge.shape[1])
    return StaticChoice(edge[best, at], steady[best, at], trades[best, at], number[best, at])


def candidates_of(walked: Walked, universe: Universe, weights: Weights) -> Candidates:
    """The unit's rows of the candidate table."""
    segmentation = universe.segmentation
    tested = segmentation.test_segments
    sums = test_sums(walked.cells, tested)
    regimes = sums[:, universe.columns.slice_of(0)]
    n, wins, total, gained = (regimes[..., k] for k in (TRADES, WINS, R, R_OF_WINS))
    windows = [walked.cells[w.in_end : w.out_end, :, :, ALL].sum(axis=(0, 1)) for w in segmentation.windows]
    by_window = np.stack([expectancy(part[:, R], part[:, TRADES]) for part in windows], axis=-1)
    totals = test_sums(walked.totals, tested)
    break_even = scores.break_even_win_rate(n, wins, total, gained)
    score, prior = scores.robust_score(n, wins, break_even, weights.test)
    daily = walked.daily[:, segmentation.test_days] / len(universe.symbols)
    flags = walked.totals[..., 3].sum(axis=(0, 1))
    return Candidates(
        numbers=walked.numbers,
        overall=sums[:, ALL],
        cells=regimes,
        mean_net_return=expectancy(totals[:, 0], sums[:, ALL, TRADES]),
        mean_cost=expectancy(totals[:, 1], sums[:, ALL, TRADES]),
        bars_held=totals[:, 2],
        ambiguous=totals[:, 3] % DROPPED_UNIT,
        dropped=flags // DROPPED_UNIT,
        robust_edge=scores.robust_edge(n, total, weights.test),
        robust_score=score,
        break_even_score=prior,
        break_even_win_rate=break_even,
        stability=scores.stability(by_window),
        eligible=scores.eligible(n, weights.test),
        sharpe_per_day=_sharpe_per_day(daily),
        max_drawdown=_drawdown(daily),
    )


def _sharpe_per_day(daily: FloatArray) -> FloatArray:
    deviation = daily.std(axis=1, ddof=1) if daily.shape[1] > 1 else np.zeros(len(daily))
    moving = deviation > 0
    return np.where(moving, daily.mean(axis=1) / np.where(moving, deviation, 1.0), np.nan)


def _drawdown(daily: FloatArray) -> FloatArray:
    """Largest loss from a peak of equity at the days' ends, as a fraction, from daily log returns."""
    path = np.cumsum(daily, axis=1)
    peak = np.maximum.accumulate(np.maximum(path, 0.0), axis=1)
    return np.asarray(1.0 - np.exp((path - peak).min(axis=1)), np.float64)
