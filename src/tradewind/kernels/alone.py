"""The second path of the search: configurations walked one by one, straight from signal to exit to signal.

It is for configurations that share no tables: exits that depend on signals (`exit_on_opposite`), and parameters of
which every configuration has its own. Its sums are those of the fast walk in `kernels.walks`. Bars go block by block
past all configurations of a unit, so that prices are read from the cache: from memory they would cost more than the
trades.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tradewind.kernels.ahead import Queue, ask, ask_for_own, queue_of, queue_up
from tradewind.kernels.bits import BITS, LINE, TOUCHED, lowest, prefetch, touches
from tradewind.kernels.compiled import inlined_kernel, kernel
from tradewind.kernels.exits import (
    NEVER,
    SMALL_MOVE,
    cost_paid,
    entry_fill,
    log_of_growth,
    log_of_small_growth,
    net_of,
    risk_is_too_small,
)
from tradewind.kernels.plans import OPENED, PENDING, REFUSED, Orders, carry_out, market_exit_for, open_position, settled
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, add_row, flush_cells, write_row
from tradewind.kernels.signal_words import ONE, Fades, Words, ahead_of, fade_words, next_opposite, next_signal
from tradewind.kernels.tables import Rules, Series
from tradewind.model.bars import FloatArray, IntArray

BLOCK = 1 << 11  # bars; prices of a block fit the second-level cache
WORDS = BLOCK // BITS
ATR_ROWS = 16  # of configurations walked together
ASKED = 2  # times a found trade asks for what is read next


class Listed(NamedTuple):
    """Configurations of a unit: row of `some` and `short` (see `pack`) or, not -1, of `fades`; plan's row,
    and mask (entries only where `labels[detector]` is `wanted`; -1: everywhere). `atr` is what `Rules.row` counts:
    ATR_ROWS rows."""

    some: npt.NDArray[np.uint64]
    short: npt.NDArray[np.uint64]
    signal: IntArray
    fades: Fades
    fade: IntArray
    plan: IntArray
    detector: IntArray
    wanted: IntArray
    atr: tuple[FloatArray, ...]


class Sums(NamedTuple):
    """What walks add to: `cells` (segments × 2 × configurations × columns × 5), `totals` (segments × 2 ×
    configurations × totals), `daily` (configurations × days). `column_of_cell` is joint labels × detectors."""

    cells: FloatArray
    totals: FloatArray
    daily: FloatArray
    column_of_cell: IntArray


class Found(NamedTuple):
    """Trades of a block, found but not settled: bars of signal, exit and market exit; 1 for long, -1 for short; entry
    at raw open and fill; the levels below and above; raw prices of the exit's bar; then their log returns and rows.
    `some` and `short`: signals of the block as bits."""

    signal: IntArray
    exit: IntArray
    last: IntArray
    side: FloatArray
    raw_entry: FloatArray
    price: FloatArray
    below: FloatArray
    above: FloatArray
    open: FloatArray
    low: FloatArray
    high: FloatArray
    log_return: FloatArray
    rows: FloatArray
    some: Words
    short: Words


@kernel
def walk_alone(series: Series, rules: Rules, orders: Orders, listed: Listed, spans: IntArray, sums: Sums) -> None:
    """Walk every configuration over all `spans` (first bar, end, segment, tail; in time order) and add its trades."""
    count, joint = listed.plan.shape[0], sums.column_of_cell.shape[0]
    cells, found = np.zeros(count * joint * SUMS), _room()
    position = np.zeros(count, np.int64)
    queue = queue_of(listed.fade, listed.fades, addresses(series, rules, listed))
    for s in range(spans.shape[0]):
        segment, tail = spans[s, 2], spans[s, 3]
        for start in range(spans[s, 0], spans[s, 1], BLOCK):
            end = min(start + BLOCK, spans[s, 1])
            walk_block(series, rules, orders, listed, (start, end), position, cells, sums.daily, found, queue)
        by_label = cells.reshape(count, joint, SUMS).transpose((1, 0, 2))
        flush_cells(by_label, sums.column_of_cell, sums.cells[segment, tail], sums.totals[segment, tail])


@kernel
def addresses(series: Series, rules: Rules, listed: Listed) -> Words:
    """Where the prices and ATRs lie that configurations share."""
    periods = rules.row.max() + 1
    out = np.empty(3 + periods, np.uint64)
    out[0], out[1], out[2] = series.open.ctypes.data, series.high.ctypes.data, series.low.ctypes.data
    for row in range(periods):
        out[3 + row] = listed.atr[row].ctypes.data
    return out


@inlined_kernel
def walk_block(
    series: Series,
    rules: Rules,
    orders: Orders,
    listed: Listed,
    block: tuple[int, int],
    position: IntArray,
    cells: FloatArray,
    daily: FloatArray,
    found: Found,
    queue: Queue,
) -> None:
    """Walk every configuration over the bars of a block, from its `position` on."""
    start, end = block
    count = listed.plan.shape[0]
    apart = cells.shape[0] // count
    _fetch_prices(series, start, end)
    queue_up(queue, start, end, BLOCK)
    for c in range(count):
        if position[c] >= end:
            continue
        plan, base, span = listed.plan[c], c * apart, (max(position[c], start), end)
        if rules.plain[plan]:
            leaves = orders.plans.leaves[plan, 0]
            ask_for_own(queue, c)
            list_words(series, listed, c, start, end, found)
            position[c], trades = find_trades(series, rules, leaves, listed, c, span, start, cells, base, found, queue)
            settle_trades(series, rules.costs, trades, found, queue)
            add_trades(series, trades, found, cells, base, daily[c], queue)
        else:
            position[c] = walk_any(series, orders, listed, c, span, cells, base, found.rows, daily[c])


@inlined_kernel
def list_words(series: Series, listed: Listed, c: int, start: int, end: int, found: Found) -> None:
    """Signals of configuration `c` from bar `start` up to `end`, and behind it bits that end every search."""
    some, short, words, n = found.some, found.short, (end - start - 1) // BITS + 1, series.open.shape[0]
    if listed.fade[c] >= 0:
        fade_words(listed.fades, listed.fade[c], n, start, words, some, short)
    else:
        all_some, all_short = listed.some[listed.signal[c]], listed.short[listed.signal[c]]
        for k in range(words):
            some[k], short[k] = ahead_of(all_some, start + BITS * k), ahead_of(all_short, start + BITS * k)
    last = n - 1 - start
    if last < end - start:
        some[last // BITS] &= ~(ONE << np.uint64(last % BITS))
    size = end - start
    if size % BITS != 0:
        some[size // BITS] |= ~np.uint64(0) << np.uint64(size % BITS)
    some[words], some[words + 1] = ~np.uint64(0), ~np.uint64(0)


@kernel
def _room() -> Found:
    whole, real = np.empty((3, BLOCK), np.int64), np.empty((9, BLOCK))
    return Found(
        whole[0], whole[1], whole[2], real[0], real[1], real[2], real[3], real[4], real[5], real[6], real[7], real[8],
        np.empty(BLOCK * SUMS), np.zeros(WORDS + 2, np.uint64), np.zeros(WORDS + 2, np.uint64),
    )  # fmt: skip


@inlined_kernel
def _fetch(values: FloatArray, start: int, end: int) -> None:
    """Begin to bring a block's values into the cache: a walk reads few of them, one after the other waiting."""
    for t in range(start, end, LINE // 8):
        prefetch(values, t)


@inlined_kernel
def _fetch_prices(series: Series, start: int, end: int) -> None:
    _fetch(series.open, start, end)
    _fetch(series.high, start, end)
    _fetch(series.low, start, end)
    for t in range(start, end, LINE // 4):
        prefetch(series.day, t)
    for t in range(start, end, LINE):
        prefetch(series.cell, t)
        prefetch(series.hole_before, t)


@njit(cache=True, nogil=True, inline="always")
def left_at(
    side: float,
    at_open: float,
    stop: float,
    target: float,
    stopped: bool,  # noqa: FBT001
    reached: bool,  # noqa: FBT001
) -> tuple[float, bool]:
    """Raw price of an exit at a bar that touches a level or at whose open the time is up, and whether inside the bar
    both levels are touched. The entry bar needs no rule of its own: it opens at the entry, between the levels.
    """
    # `&` and `|` decide without branches: nobody can foresee which level is touched.
    gapped = (stopped & (side * at_open <= side * stop)) | (reached & (side * at_open >= side * target))
    at_open_too = gapped | ((not stopped) & (not reached))
    raw = stop if stopped else target
    return (at_open if at_open_too else raw), stopped & reached & (not gapped)


@inlined_kernel
def find_trades(
    series: Series,
    rules: Rules,
    on_opposite: bool,  # noqa: FBT001 - kernels are called by position
    listed: Listed,
    c: int,
    span: tuple[int, int],
    start: int,
    cells: FloatArray,
    base: int,
    found: Found,
    queue: Queue,
) -> tuple[int, int]:
    """Trades of configuration `c`, whose plan is plain, over the bars of `span`; dropped signals are added to the cells
    from `base` on. Returns the next bar it may see a signal at and the number of trades."""
    # Taken apart once: inside the loop a tuple of arrays would cost more than a trade.
    open_, high, low, hole_before, cell, _, other_label, labels, shorts = series
    plan, wanted = listed.plan[c], listed.wanted[c]
    some, short, all_some, all_short = (
        found.some,
        found.short,
        listed.some[listed.signal[c]],
        listed.short[listed.signal[c]],
    )
    atr, labelled = listed.atr[rules.row[plan]], labels[listed.detector[c]]
    stop_level, target_level, hold = rules.levels[plan, 0], rules.levels[plan, 1], rules.hold[plan]
    tick, slip, on_change, n = rules.costs[0], rules.costs[1], rules.on_change[plan], open_.shape[0]
    paid, earned = entry_fill(1.0, 1, slip), entry_fill(1.0, -1, slip)
    t, end = span
    count = 0
    while t < end:
        # `next_signal` again, and what follows likewise, without handing on arrays: numba would count references to
        # each of them, which costs more than a trade.
        ahead = ahead_of(some, t - start)
        while ahead == 0:
            t += BITS
            ahead = ahead_of(some, t - start)
        t += lowest(ahead)
        if t >= end:
            break
        long = ahead_of(short, t - start) & ONE == 0
        entry = t + 1
        if not (long or shorts) or (wanted >= 0 and labelled[t] != wanted):
            t = entry
            continue
        price, distance, gain = open_[entry] * (paid if long else earned), stop_level * atr[t], target_level * atr[t]
        if hole_before[entry] or risk_is_too_small(price, distance, tick, slip):
            cells[base + int(cell[t]) * SUMS + 7] += DROPPED_UNIT
            t = entry
            continue
        below, above = price - (distance if long else gain), price + (gain if long else distance)
        opposite = next_opposite(all_some, all_short, long, entry, min(entry + hold, n)) if on_opposite else NEVER
        change = other_label[t] if on_change else NEVER
        last = min(entry + hold, opposite + 1, change + 1, n)
        x = entry
        if last + TOUCHED <= n:
            touched = touches(low, high, x, below, above)
            while touched == 0 and x + TOUCHED < last:
                x += TOUCHED
                touched = touches(low, high, x, below, above)
            x = min(x + lowest(touched), last)
        else:
            while x < last and low[x] > below and high[x] < above:
                x += 1
        if x == n:
            return n, count  # open at the end of the data: the trade is left out, and nothing can follow it
        for _ in range(ASKED):
            ask(queue)
        found.signal[count], found.exit[count], found.last[count] = t, x, last
        found.side[count], found.raw_entry[count], found.price[count] = 1.0 if long else -1.0, open_[entry], price
        found.below[count], found.above[count] = below, above
        count += 1
        t = x
    return t, count


@inlined_kernel
def settle_trades(series: Series, costs: FloatArray, count: int, found: Found, queue: Queue) -> None:
    """Log returns and rows of trades. Nothing in a loop here depends on a branch: it is compiled to whole vectors."""
    slip, fee, rows = costs[1], costs[2], found.rows
    for i in range(count):
        ask(queue)
        x = found.exit[i]
        found.open[i], found.low[i], found.high[i] = series.open[x], series.low[x], series.high[x]
    for i in range(count):
        side, price, below, above, inside = (
            found.side[i], found.price[i], found.below[i], found.above[i], found.exit[i] < found.last[i],
        )  # fmt: skip
        long = side > 0.0
        fell, rose = inside & (found.low[i] <= below), inside & (found.high[i] >= above)
        stopped, reached = (fell & long) | (rose & (not long)), (rose & long) | (fell & (not long))
        stop, target = below if long else above, above if long else below
        raw_exit, ambiguous = left_at(side, found.open[i], stop, target, stopped, reached)
        _, fees, net = net_of(side, price, raw_exit, slip, fee)
        net_return, cost = net / price, cost_paid(found.raw_entry[i], raw_exit, price, fees, slip)
        found.log_return[i] = log_of_small_growth(net_return)
        held = found.exit[i] - found.signal[i] - 1
        write_row(rows, SUMS * i, net / abs(price - stop), net_return, cost, held, ambiguous)
    for i in range(count):
        net_return = rows[SUMS * i + 4]
        if not -SMALL_MOVE < net_return < SMALL_MOVE:
            found.log_return[i] = log_of_growth(net_return)


@inlined_kernel
def add_trades(
    series: Series, count: int, found: Found, cells: FloatArray, base: int, daily: FloatArray, queue: Queue
) -> None:
    """Add trades in their order to the cells from `base` on and to their signals' days."""
    cell, day = series.cell, series.day
    for i in range(count):
        ask(queue)
        t = found.signal[i]
        add_row(cells, np.uint64(base + int(cell[t]) * SUMS), found.rows, np.uint64(SUMS * i))
        daily[day[t]] += found.log_return[i]


@kernel
def walk_any(
    series: Series,
    orders: Orders,
    listed: Listed,
    c: int,
    span: tuple[int, int],
    cells: FloatArray,
    base: int,
    row: FloatArray,
    daily: FloatArray,
) -> int:
    """Walk configuration `c`, whose plan is of any kind, over the bars of `span` and add its trades; returns the next
    bar it may see a signal at."""
    tape, terms, plans = orders
    plan, wanted, labelled = listed.plan[c], listed.wanted[c], series.labels[listed.detector[c]]
    some, short = listed.some[listed.signal[c]], listed.short[listed.signal[c]]
    n = tape.open.shape[0]
    t, end = span
    while t < end:
        t = next_signal(some, t)
        if t >= end:
            break
        side = 1 if ahead_of(short, t) & ONE == 0 else -1
        if (side < 0 and not series.short) or (wanted >= 0 and labelled[t] != wanted):
            t += 1
            continue
        to = base + int(series.cell[t]) * SUMS
        opened = open_position(tape, terms, plans, plan, t, side)
        if opened.state != OPENED:
            if opened.state == PENDING:
                return int(n)
            if opened.state == REFUSED:
                cells[to + 7] += DROPPED_UNIT
            t = opened.bar
            continue
        opposite = NEVER
        if plans.leaves[plan, 0]:
            last = min(opened.bar + plans.hold[plan], n)
            opposite = next_opposite(some, short, opened.side > 0, opened.bar, last)
        market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, opposite)
        carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
        if carried.bar < 0:
            return int(n)
        r, log_return, net_return, cost = settled(opened, carried)
        write_row(row, 0, r, net_return, cost, carried.bar - opened.bar, carried.ambiguous)
        add_row(cells, np.uint64(to), row, np.uint64(0))
        daily[series.day[t]] += log_return
        t = max(carried.bar, t + 1)
    return int(t)
