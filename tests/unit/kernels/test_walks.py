"""Tables of the fast walk on bars small enough to read."""

import math
from itertools import pairwise

import numpy as np
import pytest

from tradewind.kernels.exits import NEVER
from tradewind.kernels.plans import Orders, Tape, Terms
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, WIN_UNIT, flush_cells
from tradewind.kernels.tables import (
    BEYOND,
    BLOCK,
    LAST,
    WORD,
    WORDS,
    Rules,
    Series,
    Slots,
    candidates_room,
    fill_next,
    following_room,
    next_place,
    signal_events,
)
from tradewind.kernels.walks import (
    CELLS_TOGETHER,
    SPARE,
    Configurations,
    State,
    end_together,
    most_together,
    walk_spans,
)
from tradewind.model.plan import AtrDistance, Plan
from tradewind.search.encoding import encoded

FREE = np.zeros(3)
ONE_ATR = AtrDistance(1, 1.0)


def flat_series(count: int, *, holes: tuple[int, ...] = (), short: bool = True) -> Series:
    """Price 100 for ever, a bar's range 1 up and 1 down; label and day 0 everywhere."""
    price = np.full(count, 100.0)
    hole_before = np.zeros(count, np.bool_)
    hole_before[list(holes)] = True
    return Series(
        price, price + 1, price - 1, hole_before, np.zeros(count, np.uint8), np.zeros(count, np.int32),
        np.full(count, NEVER), np.zeros((1, count), np.int8), short,
    )  # fmt: skip


def slots_of(*signals: list[int], wanted: tuple[int, ...] = ()) -> Slots:
    """A slot for each list of codes, and the empty one at the end; `wanted` are labels of the one detector."""
    edges, count = np.cumsum([0, *(len(one) for one in signals)]), len(signals)
    masks = [(0, label) for label in (*wanted, -1)]
    return Slots(
        np.array([code for one in signals for code in one], np.int32), np.append(edges[:-1], 0),
        np.append(edges[1:], 0), np.arange(count + 2),
        np.array([*(range(count) if wanted else [0] * count), len(wanted)]), np.array(masks),
    )  # fmt: skip


def rules_of(count: int, *holds: int, atr: float = 10.0) -> Rules:
    """Plans whose levels are one ATR away, which the flat series never reaches."""
    plans = len(holds)
    return Rules(
        np.full((1, count), atr), np.zeros(plans, np.int64), np.ones(plans, np.bool_), np.ones((plans, 2)),
        np.array(holds), np.zeros(plans, np.bool_), FREE,
    )  # fmt: skip


def orders_of(series: Series, rules: Rules) -> Orders:
    """The same plans in the whole plan language."""
    plans, none = [Plan(stop=ONE_ATR, target=ONE_ATR, hold=int(hold)) for hold in rules.hold], np.empty(0)
    tape = Tape(
        np.arange(len(series.open)), series.open, series.high, series.low, series.open, series.hole_before, none,
        series.labels[0], series.other_label,
    )  # fmt: skip
    return Orders(tape, Terms(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, True, 1), encoded(plans, (1,), rules.atr))


def walked(series: Series, rules: Rules, slots: Slots, *spans: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(trades, bars held, dropped) of each span and configuration (plans × slots), and the final positions."""
    plans, signals = len(rules.hold), len(slots.first) - 1
    count = plans * signals
    configurations = Configurations(np.arange(plans + 1) * signals, np.tile(np.arange(signals), plans))
    rows = np.array([(first, end, segment, 0) for segment, (first, end) in enumerate(spans)])
    size = (count + SPARE) * SUMS
    own = np.zeros(most_together(rows, size) * size)
    state = State(np.zeros(count + SPARE, np.int64), slots.first.copy(), own, np.zeros(count + SPARE))
    cells, totals = np.zeros((len(spans), 2, count, 1, 5)), np.zeros((len(spans), 2, count, 4))
    orders, columns = orders_of(series, rules), np.full((1, 1), -1)
    walk_spans(series, rules, orders, slots, configurations, state, rows, columns, cells, totals)
    out = [cells[:, 0, :, 0, 0], totals[:, 0, :, 2], totals[:, 0, :, 3] // DROPPED_UNIT]
    return np.stack(out, axis=-1), state.position[:count]


def test_signals_are_coded_by_bar_and_side_and_the_last_bar_gives_none() -> None:
    codes = signal_events(np.array([1, 0, -1, 1, 0, -1], np.int8))
    assert codes.tolist() == [0, 5, 6]
    assert codes.dtype == np.int32
    assert signal_events(np.array([1], np.int8)).tolist() == []


def next_of(series: Series, slots: Slots, start: int, size: int) -> tuple[np.ndarray, list[int], list[int]]:
    """Each slot's next signal at every bar up to the block's end, the candidates' codes, the cursors afterwards."""
    following, candidates, cursor = following_room(len(slots.mask), 1), candidates_room(), slots.first.copy()
    found = fill_next(slots, series, cursor, start, size, candidates, following)
    words = following.words.ravel()
    table = [
        [
            next_place(words, following.places, np.uint64(row * WORDS), np.uint64(bar))
            for bar in (*range(size + 1), LAST)
        ]
        for row in following.row
    ]
    places, behind = np.array(table, np.int64)[:, :-1], np.array(table, np.int64)[:, -1]
    assert np.all(behind == found), "nothing follows far behind the block"
    return places, candidates.code[:found].tolist(), cursor.tolist()


def test_the_next_signal_of_every_bar_is_known() -> None:
    following, codes, cursor = next_of(flat_series(20), slots_of([2 * 11, 2 * 13 + 1]), 10, 5)
    assert codes == [2, 7]
    assert following[0].tolist() == [0, 0, 1, 1, 2, 2], "2 is the number of candidates: nothing follows"
    assert following[1].tolist() == [2] * 6
    assert cursor == [2, 0]


def test_masked_and_short_signals_are_left_out_of_the_slots_but_not_of_the_cursor() -> None:
    series = flat_series(20, short=False)
    series.labels[0, 12] = 1
    following, codes, cursor = next_of(series, slots_of([22, 24, 27], [22, 24, 27], wanted=(1, -1)), 10, 5)
    assert codes == [2, 4]
    assert following[0].tolist() == [1, 1, 1, 2, 2, 2]
    assert following[1].tolist() == [0, 0, 1, 2, 2, 2]
    assert cursor == [3, 6, 0]


def test_masks_of_one_list_share_it_and_candidates_that_none_keeps_are_left_out() -> None:
    series = flat_series(20)
    series.labels[0, [3, 5, 6]] = [1, 2, 1]
    shared = Slots(
        np.array([2 * 3, 2 * 4, 2 * 5 + 1, 2 * 6, 2 * 9], np.int32), np.array([0, 0]), np.array([5, 0]),
        np.array([0, 2, 3]), np.array([1, 0, 0]), np.array([(0, 1), (0, 2)]),
    )  # fmt: skip
    following, codes, cursor = next_of(series, shared, 0, 8)
    assert codes == [6, 11, 12], "bar 4 has label 0, bar 9 is beyond the block"
    assert following.tolist() == [[1] * 6 + [3] * 3, [0] * 4 + [2] * 3 + [3] * 2, [3] * 9]
    assert cursor == [4, 0]


def test_a_slot_without_a_signal_in_the_block_reads_the_row_of_nothing() -> None:
    series, slots = flat_series(20), slots_of([2 * 6], [2 * 11], [2 * 15])
    following = following_room(4, 1)
    assert fill_next(slots, series, np.array([1, 1, 2, 0]), 10, 5, candidates_room(), following) == 1
    assert following.row.tolist() == [3, 1, 3, 3]


def test_the_next_signal_is_known_across_words_and_up_to_the_blocks_end() -> None:
    bars = [0, 1, WORD - 1, WORD, 3 * WORD + 1, 3 * WORD + 2, 700, BLOCK - 1]
    following, codes, _ = next_of(flat_series(BLOCK + 1), slots_of([2 * bar for bar in bars]), 0, BLOCK)
    assert codes == [2 * bar for bar in bars]
    assert following[0].tolist() == [sum(bar < at for bar in bars) for at in range(BLOCK + 1)]


def test_a_walk_takes_a_signal_holds_and_takes_the_next_one_from_the_exit_bar_on() -> None:
    # Signal bar 0, entry 1, out at the open of 1 + 3 = 4; the signal of bar 4 is the next, those between are not seen.
    sums, position = walked(flat_series(20), rules_of(20, 3), slots_of([0, 2, 7, 8]), (0, 20))
    assert sums[0].tolist() == [[2, 6, 0]]
    assert position.tolist() == [8]


@pytest.mark.parametrize("hold", [BEYOND - 2, BEYOND - 1, BEYOND, LAST, 3 * BLOCK])
def test_a_trade_may_last_longer_than_a_block_and_what_it_overlooks(hold: int) -> None:
    # A signal on the last bar of the first block, and one on every bar after it: the next is that of the exit's bar.
    bars, first = 9 * BLOCK + 7, BLOCK - 1
    signals = slots_of([2 * t for t in range(first, bars - 1)], [2 * first, 2 * (first + hold), 2 * (first + hold + 1)])
    sums, position = walked(flat_series(bars), rules_of(bars, hold), signals, (0, bars))
    trades = (bars - 1 - first) // (hold + 1)
    assert sums[0].tolist() == [[trades, trades * hold, 0], [2, 2 * hold, 0]]
    assert position[0] == bars


def test_trades_are_counted_where_their_signal_is_and_carry_over_spans() -> None:
    spans = ((0, 3), (3, 5), (5, 20))
    sums, _ = walked(flat_series(20), rules_of(20, 3, 1), slots_of(list(range(0, 38, 2))), *spans)
    # Hold 3: signals at 0, 4, 8, 12; that of 16 would leave at 20, after the data. Hold 1: 0, 2, 4, ... 16.
    assert sums[:, 0, 0].tolist() == [1, 1, 2]
    assert sums[:, 1, 0].tolist() == [2, 1, 6]


def test_a_trade_that_the_data_end_is_left_out_and_nothing_follows_it() -> None:
    sums, position = walked(flat_series(20), rules_of(20, 10), slots_of([2 * 15, 2 * 17]), (0, 20))
    assert sums[0].tolist() == [[0, 0, 0]]
    assert position.tolist() == [20]


def test_entries_across_a_hole_or_without_an_atr_are_dropped_and_counted() -> None:
    slots = slots_of([0, 2, 4])
    assert walked(flat_series(20, holes=(1, 3)), rules_of(20, 1), slots, (0, 20))[0][0].tolist() == [[1, 1, 1]]
    assert walked(flat_series(20), rules_of(20, 1, atr=math.nan), slots, (0, 20))[0][0].tolist() == [[0, 0, 3]]


def test_short_spans_share_a_block_and_long_ones_stand_alone() -> None:
    edges = [0, 5, 9, BLOCK, BLOCK + 1, 4 * BLOCK, 4 * BLOCK + 7, 4 * BLOCK + 9]
    spans = np.array([(first, end, 0, 0) for first, end in pairwise(edges)])
    assert [end_together(spans, first, 1) for first in range(7)] == [3, 4, 4, 4, 5, 7, 7]
    assert most_together(spans, 1) == 3
    assert most_together(spans[4:5], 1) == 1


def test_no_more_spans_share_a_block_than_their_cells_have_room() -> None:
    spans = np.array([(first, first + 1, 0, 0) for first in range(7)])
    assert [end_together(spans, first, CELLS_TOGETHER // 3) for first in range(7)] == [3, 4, 5, 6, 7, 7, 7]
    assert most_together(spans, CELLS_TOGETHER // 2) == 2
    assert most_together(spans, 2 * CELLS_TOGETHER) == 1, "one has room whatever its size"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_lanes_without_a_configuration_change_nothing(count: int) -> None:
    bars = 3 * BLOCK + 5
    signals = [[2 * t for t in range(lane, bars - 1, 7 + lane)] for lane in range(count)]
    together, _ = walked(flat_series(bars), rules_of(bars, 2, 90), slots_of(*signals), (0, 1500), (1500, bars))
    for lane, signal in enumerate(signals):
        alone, _ = walked(flat_series(bars), rules_of(bars, 2, 90), slots_of(signal), (0, 1500), (1500, bars))
        assert np.array_equal(together[:, [lane, count + lane]], alone)


def test_joint_cells_go_to_the_columns_of_their_labels_and_are_empty_afterwards() -> None:
    cells = np.zeros((2, 3, SUMS))  # two joint labels, one place more than configurations
    cells[0, 0] = [5 + 2 * WIN_UNIT, *range(2, 9)]
    cells[1, 1] = 10
    column_of_cell = np.array([[1, -1], [2, 3]])
    body, totals = np.zeros((2, 4, 5)), np.zeros((2, 4))
    flush_cells(cells, column_of_cell, body, totals)
    assert body[0, 0].tolist() == body[0, 1].tolist() == [5, 2, 2, 3, 4]
    assert not body[0, 2:].any()
    assert body[1, [0, 2, 3], 0].tolist() == [10, 10, 10]
    assert totals.tolist() == [[5, 6, 7, 8], [10, 10, 10, 10]]
    assert not cells.any()


def test_a_plan_settled_by_the_whole_language_comes_to_the_same_as_a_plain_one() -> None:
    series = flat_series(3 * BLOCK)
    series.high[::7] += 30.0
    series.low[::11] -= 30.0
    rules = rules_of(3 * BLOCK, 5, 60)
    slots = slots_of(list(range(0, 5 * BLOCK, 3)), list(range(1, 5 * BLOCK, 14)))
    span = (0, 3 * BLOCK)
    plain, at = walked(series, rules, slots, span)
    carried, there = walked(series, rules._replace(plain=np.zeros(2, np.bool_)), slots, span)
    assert plain.tolist() == carried.tolist()
    assert at.tolist() == there.tolist()
    assert plain[0, :, 0].min() > 50
