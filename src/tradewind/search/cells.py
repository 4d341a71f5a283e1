"""Walking a unit of configurations over all symbols, and the cells their trades are summed into."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.kernels.alone import ATR_ROWS, Listed, Sums, walk_alone
from tradewind.kernels.bits import BITS
from tradewind.kernels.plans import Orders
from tradewind.kernels.rows import SUMS, lined_up
from tradewind.kernels.signal_words import Fades, Words, pack, words_for
from tradewind.kernels.signals import Fading, least_above
from tradewind.kernels.tables import Rules, Series, Slots
from tradewind.kernels.walks import SPARE, Configurations, State, most_together, walk_spans
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.plan import AtrDistance, Plan
from tradewind.search.encoding import atr_periods, atr_rows_of, cost_array, encoded, plain_levels, terms_of
from tradewind.search.prepare import Prepared
from tradewind.search.space import Space
from tradewind.search.universe import Mask, Universe

_SOME_PLAIN = Plan(stop=AtrDistance(1, 1.0), target=AtrDistance(1, 1.0), hold=1)  # stands where no plain plan does
_NO_MASK = Mask(-1, -1)
BARS_AT_ONCE = 1 << 15
TOTALS = 4  # net return, cost, bars held, flags
SIGNALS_AT_ONCE = 128  # of configurations walked alone: two bits a bar each
FADED_BYTES = 9  # a bar: a score and a gate
FADES_ROOM_BYTES = 1 << 28  # of scores and gates that are read while configurations are walked alone
ATR_ROOM_BYTES = 1 << 27  # of configurations walked alone
Advance = Callable[[int], None]  # told bars × configurations done; raises to stop the walk


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """Sums of a unit's trades over all symbols.

    `numbers` are configuration numbers, rows of the arrays. `cells`: segments × (body, tail) × configurations ×
    columns × (trades, wins, ΣR, ΣR², ΣR of wins). `totals`: segments × (body, tail) × configurations × (Σ net
    return, Σ cost paid, bars held, flags as in kernels/rows), none of them under masks. `daily`: configurations ×
    days, Σ log return of the trades signalled that day over all symbols. A trade counts in the bucket, label and day
    of its signal's bar.
    """

    numbers: IntArray
    cells: FloatArray
    totals: FloatArray
    daily: FloatArray


def walk_unmasked(universe: Universe, space: Space, plans: Sequence[int], advance: Advance) -> Walked:
    """Every configuration of the given plans, unmasked, summed by joint label."""
    numbers = np.concatenate([np.arange(space.signals) + plan * space.signals for plan in plans])
    keeps = [(signal, None) for signal in range(space.signals)]
    slots = np.tile(np.arange(space.signals), len(plans))
    return _walk(universe, space, numbers, keeps, slots, advance)


def walk_masked(
    universe: Universe, space: Space, wanted: Sequence[tuple[Mask, int]], advance: Advance
) -> tuple[IntArray, Walked]:
    """Configurations under masks: `wanted` pairs a mask with a configuration number.

    Returns the order in which `wanted` was walked (rows of the result) and sums with the one column ALL.
    """
    # Mask by mask within a plan: configurations that are walked side by side are then done at about the same time.
    plans = space.plans_of(np.array([number for _, number in wanted], np.int64)).tolist()
    order = np.array(sorted(range(len(wanted)), key=lambda i: (plans[i], *wanted[i])))
    masks = [wanted[i][0] for i in order]
    numbers = np.array([wanted[i][1] for i in order], np.int64)
    if not space.factors:
        return order, _walk_alone(universe, space, numbers, masks, advance)
    pairs = list(zip(space.signals_of(numbers).tolist(), masks, strict=True))
    keeps = sorted(set(pairs))
    place = {keep: slot for slot, keep in enumerate(keeps)}
    slots = np.array([place[pair] for pair in pairs], np.int64)
    return order, _walk(universe, space, numbers, keeps, slots, advance)


def walk_listed(universe: Universe, space: Space, numbers: Sequence[int], advance: Advance) -> Walked:
    """Some configurations of any space, unmasked, summed by joint label; one by one, sharing no tables."""
    return _walk_alone(universe, space, np.array(numbers, np.int64), [None] * len(numbers), advance)


def _walk(
    universe: Universe,
    space: Space,
    numbers: IntArray,
    keeps: Sequence[tuple[int, Mask | None]],
    slots: IntArray,
    advance: Advance,
) -> Walked:
    """Walk `numbers` (ascending by plan), each with its slot of `keeps`, over all symbols in order."""
    masked = keeps[0][1] is not None
    plan_of = numbers // space.signals
    plans = np.unique(plan_of)
    plan_values = [space.every_plan[plan] for plan in plans]
    if any(plan.exit_on_opposite for plan in plan_values):
        # Leaving on an opposite signal ties exits to signals: there are no exit tables to share.
        return _walk_alone(universe, space, numbers, [keeps[slot][1] for slot in slots], advance)
    configurations = Configurations(np.searchsorted(plan_of, np.append(plans, space.plans)).astype(np.int64), slots)
    columns = 1 if masked else universe.columns.count
    segments = universe.buckets
    days = 1 if masked else universe.days
    joint = 1 if masked else len(universe.column_of_cell)
    column_of_cell = np.full((1, 1), -1, np.int64) if masked else universe.column_of_cell
    count = len(numbers)
    cells = np.zeros((segments, 2, count, columns, 5))
    totals = np.zeros((segments, 2, count, 0 if masked else TOTALS))
    places = count + SPARE
    daily = np.zeros(places * days)
    for one, cell in zip(universe.symbols, universe.cells, strict=True):
        series = _series(one, np.zeros_like(cell) if masked else cell, daily=not masked)
        lists = _slots(one, keeps)
        together = most_together(one.spans, places * joint * SUMS)
        own = lined_up(np.zeros((together * places * joint + 1) * SUMS))
        state = State(np.zeros(places, np.int64), lists.first.copy(), own, daily)
        rules, orders = _rules(one, plan_values, *one.atr_of(plan_values))
        for spans in _together(one.spans):
            walk_spans(series, rules, orders, lists, configurations, state, spans, column_of_cell, cells, totals)
            advance(int(spans[-1, 1] - spans[0, 0]) * count)
    return Walked(numbers, cells, totals, daily.reshape(days, places)[:, :count].T)


def _walk_alone(
    universe: Universe, space: Space, numbers: IntArray, masks: Sequence[Mask | None], advance: Advance
) -> Walked:
    """The same sums, every configuration walked on its own."""
    masked = masks[0] is not None
    segments, count = universe.buckets, len(numbers)
    column_of_cell = np.full((1, 1), -1, np.int64) if masked else universe.column_of_cell
    cells = np.zeros((segments, 2, count, 1 if masked else universe.columns.count, 5))
    totals = np.zeros((segments, 2, count, 0 if masked else TOTALS))
    daily = np.zeros((count, 1 if masked else universe.days))
    longest = max(len(one.bars) for one in universe.symbols)
    for rows in _parts(space, numbers, longest):
        shape = (segments, 2, len(rows))
        sums = Sums(
            np.zeros((*shape, cells.shape[3], 5)),
            np.zeros((*shape, totals.shape[3])),
            np.zeros((len(rows), daily.shape[1])),
            column_of_cell,
        )
        plans = [space.every_plan[space.plan_of(int(numbers[row]))] for row in rows]
        signals = sorted({space.signal_of(int(numbers[row])) for row in rows})
        periods = atr_periods(plans)
        for one, cell in zip(universe.symbols, universe.cells, strict=True):
            series = _series(one, np.zeros_like(cell) if masked else cell, daily=not masked)
            rules, orders = _rules(one, plans, periods, _atr_rows(one, plans, periods))
            at = [signals.index(space.signal_of(int(numbers[row]))) for row in rows]
            faded = _faded(one, signals, at, plans)
            fade = [k if faded[k] is not None else -1 for k in range(len(signals))]
            listed = Listed(
                *_signal_words(one, signals, faded),
                np.array(at, np.int64),
                _fades(faded),
                np.array([fade[k] for k in at], np.int64),
                np.arange(len(rows)),
                np.array([mask.detector if (mask := masks[row]) else 0 for row in rows], np.int64),
                np.array([mask.label if (mask := masks[row]) else -1 for row in rows], np.int64),
                _atr_tuple(one, periods),
            )
            walk_alone(series, rules, orders, listed, one.spans, sums)
            advance(len(one.bars) * len(rows))
        cells[:, :, rows], totals[:, :, rows], daily[rows] = sums.cells, sums.totals, sums.daily
    return Walked(numbers, cells, totals, daily)


def _parts(space: Space, numbers: IntArray, bars: int) -> list[list[int]]:
    """Rows to walk together: many, since they share prices, but so few that signals and ATRs fit into memory."""
    periods_at_once = min(ATR_ROWS, max(1, ATR_ROOM_BYTES // (8 * bars)))
    keys = []
    for row, number in enumerate(numbers.tolist()):
        signal, plan = space.signal_of(number), space.plan_of(number)
        keys.append((space.every_plan[plan].atr_period or 0, signal, plan, row))
    parts: list[list[int]] = []
    signals: set[int] = set()
    periods: set[int] = set()
    for period, signal, _, row in sorted(keys):
        signals.add(signal)
        periods.add(period)
        if not parts or len(signals) > SIGNALS_AT_ONCE or len(periods) > periods_at_once:
            parts.append([])
            signals, periods = {signal}, {period}
        parts[-1].append(row)
    for part in parts:
        part.sort(key=lambda row: space.signal_of(int(numbers[row])))  # neighbours share scores
    return parts


def _faded(one: Prepared, signals: Sequence[int], at: Sequence[int], plans: Sequence[Plan]) -> list[Fading | None]:
    """What signals are made of where a walk can read that itself: `at` is the signal setting of each of `plans`.

    All of it has to be there at once, and only the short way through plain plans does without every signal.
    """
    bars = len(one.bars)
    if bars < BITS or len(signals) * bars * FADED_BYTES > FADES_ROOM_BYTES:
        return [None] * len(signals)
    others = {
        k for k, plan, plain in zip(at, plans, _plain(one, plans), strict=True) if not plain or plan.exit_on_opposite
    }
    return [None if k in others else one.fading(signal) for k, signal in enumerate(signals)]


def _signal_words(one: Prepared, signals: Sequence[int], faded: Sequence[Fading | None]) -> tuple[Words, Words]:
    """Signals of several settings as the walk reads them, but for those that are faded: which bars signal, and which of
    them short."""
    shape = (len(signals), words_for(len(one.bars)) if None in faded else 0)
    some, short = np.empty(shape, np.uint64), np.empty(shape, np.uint64)
    for row, signal in enumerate(signals):
        if faded[row] is None:
            pack(np.ascontiguousarray(one.given_direction(signal)), some[row], short[row])
    return some, short


def _fades(faded: Sequence[Fading | None]) -> Fades:
    """Where they lie in memory; `faded` keeps them there."""

    def addresses(of: Callable[[Fading], npt.NDArray[Any] | None]) -> Words:
        arrays = [None if one is None else of(one) for one in faded]
        return np.array([0 if array is None else array.ctypes.data for array in arrays], np.uint64)

    return Fades(
        addresses(lambda one: one.score),
        addresses(lambda one: one.gate),
        addresses(lambda one: one.pivots and one.pivots[0]),
        addresses(lambda one: one.pivots and one.pivots[1]),
        np.array([one.delay if one else 0 for one in faded], np.int64),
        np.array([least_above(one.threshold) if one else 0.0 for one in faded]),
    )


def _atr_rows(one: Prepared, plans: Sequence[Plan], periods: Sequence[int]) -> FloatArray:
    """ATR of each period side by side, or zeros; nothing where all plans are plain: a copy costs as much as a walk."""
    if _plain(one, plans).all():
        return np.empty((1, 0))
    return atr_rows_of(one, periods, len(one.bars))


def _atr_tuple(one: Prepared, periods: Sequence[int]) -> tuple[FloatArray, ...]:
    """ATR of each period, not copied, as a tuple of one length whatever the plans, for which a kernel is compiled."""
    rows = [one.atr(period).view() for period in periods] or [np.empty(0)]
    for row in rows:
        row.flags.writeable = False
    return tuple(rows + rows[:1] * (ATR_ROWS - len(rows)))


def _together(spans: IntArray) -> Iterator[IntArray]:
    """Spans in groups of about BARS_AT_ONCE bars: few calls where they are short, news of progress where long."""
    first = 0
    while first < len(spans):
        end = 1 + int(np.searchsorted(spans[:, 1], spans[first, 0] + BARS_AT_ONCE))
        yield spans[first:end]
        first = end


def _series(one: Prepared, cell: npt.NDArray[np.uint8], *, daily: bool) -> Series:
    day = one.day if daily else np.zeros_like(one.day)
    bars = one.bars
    return Series(
        bars.open, bars.high, bars.low, one.hole_before, cell, day, one.other_label, one.labels, one.instrument.short
    )


def _plain(one: Prepared, plans: Sequence[Plan]) -> npt.NDArray[np.bool_]:
    # The shorter law knows neither liquidation nor funding.
    free = one.instrument.leverage == 1 and one.bars.funding is None
    return np.array([plan.plain and free for plan in plans], np.bool_)


def _rules(one: Prepared, plans: Sequence[Plan], periods: Sequence[int], atr_rows: FloatArray) -> tuple[Rules, Orders]:
    levels = plain_levels([plan if plan.plain else _SOME_PLAIN for plan in plans])
    encoded_plans = encoded(plans, periods, atr_rows)
    rules = Rules(
        encoded_plans.atr,
        encoded_plans.row,
        _plain(one, plans),
        levels,
        encoded_plans.hold,
        np.ascontiguousarray(encoded_plans.leaves[:, 1]),
        cost_array(one.instrument),
    )
    return rules, Orders(one.tape(), terms_of(one.instrument, one.bars.timeframe_ms), encoded_plans)


def _slots(one: Prepared, keeps: Sequence[tuple[int, Mask | None]]) -> Slots:
    """Slots of `keeps`, which are sorted by signal setting; the last is the empty one that spare lanes walk."""
    signals, counts = np.unique([signal for signal, _ in keeps], return_counts=True)
    masks = sorted({mask or _NO_MASK for _, mask in keeps} | {_NO_MASK})
    return Slots(
        one.events,
        np.append(one.offsets[signals], 0),
        np.append(one.offsets[signals + 1], 0),
        np.cumsum([0, *counts, 1]),
        np.array([*(masks.index(mask or _NO_MASK) for _, mask in keeps), 0], np.int64),
        np.array(masks, np.int64),
    )
