"""The best that a search finds on a market, in a few numbers: what a luck test asks hundreds of times."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tradewind.kernels.segment_sums import count_signals
from tradewind.model.bars import FloatArray
from tradewind.search.cells import Advance, Walked, walk_listed, walk_masked, walk_unmasked
from tradewind.search.prepare import Prepared
from tradewind.search.scoring import R2, TRADES, R, Shortlist, Weights, merge_shortlists, test_shortlist, test_sums
from tradewind.search.selection import SPECIALIST_TRADES_MIN, wanted_by
from tradewind.search.space import Space
from tradewind.search.universe import ALL, Universe
from tradewind.stats import scores
from tradewind.stats.permutation import Best

BEFORE, TEST = range(2)  # buckets: what is not tested, and the test as a whole
INSIDE = np.array([False, True])
SPAN_BARS = 1 << 15  # bars walked between two looks at whether to stop
UNIT_CONFIGURATIONS = 6 << 10  # walked together: tables of signals are made once for many, sums stay near the processor


def best_of(universe: Universe, space: Space, advance: Advance = lambda _: None, *, exact_masks: bool = False) -> Best:
    """The best statistic over all eligible configurations, and over the specialists of each regime.

    Over all it is the largest `robust_t` of the candidate table's eligible rows. In a regime of the first detector it
    is the largest mean R in standard errors among the masked walks that compete for specialist there: those of the
    test's shortlist, or with `exact_masks` all, with enough trades. The same trades as in `run_search` and the same
    choice of whom to walk again; what it keeps of single segments and days is left out.
    """
    weights = Weights.of(universe).test
    pooled = _over_the_test(universe, space)
    units = list(_units(space))
    statistic, lists = -np.inf, []
    for numbers in units:
        walked = _walked(pooled, space, numbers, advance)
        sums = test_sums(walked.cells, INSIDE)
        statistic = max(statistic, _largest(sums[:, pooled.columns.slice_of(0)], weights))
        lists.append(test_shortlist(sums, walked.numbers))
    shortlist = None if exact_masks else merge_shortlists(lists)
    return Best(float(statistic), _specialists(pooled, space, shortlist, units, advance))


def _units(space: Space) -> Iterator[range]:
    size = UNIT_CONFIGURATIONS
    if space.factors:
        size = max(1, size // space.signals) * space.signals  # whole plans
    for first in range(0, len(space), size):
        yield range(first, min(first + size, len(space)))


def _walked(pooled: Universe, space: Space, numbers: range, advance: Advance) -> Walked:
    if space.factors:
        return walk_unmasked(
            pooled, space, range(numbers.start // space.signals, numbers.stop // space.signals), advance
        )
    return walk_listed(pooled, space, numbers, advance)


def _largest(sums: FloatArray, weights: FloatArray) -> float:
    """The largest statistic of eligible configurations; `sums` are configurations × regimes × 5."""
    fit = sums[scores.eligible(sums[..., TRADES], weights)]
    return float(scores.robust_t(fit[..., TRADES], fit[..., R], fit[..., R2], weights).max(initial=-np.inf))


def _specialists(
    pooled: Universe, space: Space, shortlist: Shortlist | None, units: Sequence[range], advance: Advance
) -> tuple[float, ...]:
    """The best statistic of each regime of the first detector, of those that compete walked under its mask."""
    if shortlist is None:
        wanted = [(mask, number) for mask in pooled.columns.masks for number in range(len(space))]
    else:
        wanted = wanted_by(shortlist, pooled.columns, _able(pooled, space), space)
    best = np.full(len(pooled.columns.names[0]), -np.inf)
    for numbers in units:
        own = [(mask, number) for mask, number in wanted if mask.detector == 0 and number in numbers]
        if not own:
            continue
        order, walked = walk_masked(pooled, space, own, advance)
        sums = test_sums(walked.cells, INSIDE)[:, [ALL]]
        enough = sums[:, 0, TRADES] >= SPECIALIST_TRADES_MIN
        found = scores.robust_t(sums[..., TRADES], sums[..., R], sums[..., R2], np.ones(1))
        labels = np.array([mask.label for mask, _ in own])[order]
        np.maximum.at(best, labels[enough], found[enough])
    return tuple(best.tolist())


def _able(pooled: Universe, space: Space) -> npt.NDArray[np.bool_]:
    """Label columns × the test × signal settings: False where fewer signals are given than a specialist has trades."""
    columns = pooled.columns
    given = np.full((columns.count, 1, space.signals), SPECIALIST_TRADES_MIN)
    if space.factors:
        regimes = given[columns.slice_of(0), 0]
        regimes[:] = 0
        for one in pooled.symbols:
            edges = np.append(one.spans[:, 0], one.spans[-1, 1])
            inside = one.spans[:, 2] == TEST
            for signal in range(space.signals):
                by_span = count_signals(one.codes(signal), one.labels[0], edges, len(regimes))
                regimes[:, signal] += by_span[inside].sum(axis=0)
    return given >= SPECIALIST_TRADES_MIN


def _over_the_test(universe: Universe, space: Space) -> Universe:
    """The same with trades summed in two buckets and one day, and without signals that change no tested trade."""
    reach = max(plan.reach_bars(universe.symbols[0].bars.timeframe_ms) for plan in space.every_plan)
    tested = universe.segmentation.test_segments
    symbols = tuple(_pooled(one, tested, reach if space.factors else None) for one in universe.symbols)
    return replace(universe, symbols=symbols, buckets=2, days=1)


def _pooled(one: Prepared, tested: npt.NDArray[np.bool_], reach: int | None) -> Prepared:
    spans: list[tuple[int, int, int, int]] = []
    for first, end, segment, _ in one.spans.tolist():
        bucket = TEST if tested[segment] else BEFORE
        if spans and spans[-1][2] == bucket:
            first = spans.pop()[0]
        spans.append((first, end, bucket, 0))
    first_tested = next((first for first, _, bucket, _ in spans if bucket == TEST), len(one.bars))
    cut = [
        (at, min(at + SPAN_BARS, end), bucket, 0)
        for first, end, bucket, _ in spans
        for at in range(first, end, SPAN_BARS)
    ]
    pooled = replace(one, spans=np.array(cut, np.int64), day=np.zeros_like(one.day))
    if reach is None:
        return pooled
    starts = np.array([_quiet_before(one.codes(s), first_tested, reach) for s in range(len(one.offsets) - 1)], np.int64)
    kept = [one.codes(signal)[start:] for signal, start in enumerate(starts.tolist())]
    sizes = np.array([len(codes) for codes in kept])
    return replace(
        pooled, events=np.concatenate(kept), offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    )


def _quiet_before(codes: npt.NDArray[np.int32], bar: int, reach: int) -> int:
    """The first signal that counts for trades from `bar` on: all of those before it are closed when it is given.

    Between it and the one before lie more bars than a trade lasts, so whatever was traded earlier, nothing is open.
    """
    before = int(np.searchsorted(codes, 2 * bar))
    bars = codes[:before] >> 1
    breaks = np.flatnonzero(np.diff(bars) > reach)
    return int(breaks[-1]) + 1 if len(breaks) else 0
