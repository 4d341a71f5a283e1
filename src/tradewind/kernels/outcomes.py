"""What comes of every signal of a block under every plan, from the few levels that plans are combined of.

A plan of the common kind (market entry, one stop, one target, a longest hold) ends a trade at the first of three
events. Each distinct stop, target and time limit is looked for and settled once per signal; a plan then only chooses.
The results are those of `kernels.plans`, which settles all other plans here.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import (
    NEVER,
    SMALL_MOVE,
    cost_paid,
    entry_fill,
    log_of_growth,
    log_of_small_growth,
    market_exit_of,
    net_of,
    risk_is_too_small,
)
from tradewind.kernels.plans import (
    OPENED,
    PENDING,
    REFUSED,
    Orders,
    carry_out,
    market_exit_for,
    open_position,
    settled,
)
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, WIN_UNIT, lined_up, write_row
from tradewind.kernels.tables import BLOCK, Candidates, Rules, Series
from tradewind.model.bars import FloatArray, IntArray

UNTOUCHED = 1 << 30  # bars to a touch that does not come


class Events(NamedTuple):
    """Ends of the block's trades at each level of one kind; arrays are levels × candidates.

    `after` counts bars from the entry bar; `raw` is the price there; `net` per unit in quote currency and `net_return`,
    `cost`, `log_return` as fractions of the entry price follow from it. `trades` is 1, or 0 where nothing is traded:
    the order is refused (`flags` holds DROPPED_UNIT then) or the data end first. `at_open` is 1 where the bar's open
    was beyond the level already.
    """

    after: npt.NDArray[np.int32]
    raw: FloatArray
    net: FloatArray
    net_return: FloatArray
    cost: FloatArray
    log_return: FloatArray
    trades: FloatArray
    flags: FloatArray
    at_open: npt.NDArray[np.int32]


class Levels(NamedTuple):
    """Distinct levels of a walk's plans, ascending, which of them each plan has, and what becomes of trades at them.

    A limit is a pair (hold, 1 where the trade also ends on a change of regime). `entry` is the price paid, `risk`
    (stops × candidates) the distance to the stop, 1 where the order is refused.
    """

    stops: FloatArray
    stop_of: IntArray
    targets: FloatArray
    target_of: IntArray
    limits: IntArray
    limit_of: IntArray
    entry: FloatArray
    risk: FloatArray
    at_stop: Events
    at_target: Events
    at_limit: Events


class Outcomes(NamedTuple):
    """What one plan makes of the block's candidates: a row of sums, log return, and the bar a walk goes on from,
    counted from the block's start. One place more than candidates: nothing happens there."""

    rows: FloatArray
    log_return: FloatArray
    leave: npt.NDArray[np.uint32]


@kernel
def events_room(levels: int) -> Events:
    shape = (levels, 2 * BLOCK)
    return Events(
        np.empty(shape, np.int32),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape, np.int32),
    )


@kernel
def outcomes_room() -> Outcomes:
    places = 2 * BLOCK + 1
    return Outcomes(lined_up(np.zeros((places + 1) * SUMS)), np.zeros(places), np.zeros(places, np.uint32))


@kernel
def levels_of(rules: Rules) -> Levels:
    """The levels of `rules`, with room for a block."""
    stops, targets = np.unique(rules.levels[:, 0]), np.unique(rules.levels[:, 1])
    coded = 2 * rules.hold + rules.on_change
    limits = np.unique(coded)
    return Levels(
        stops,
        np.searchsorted(stops, rules.levels[:, 0]),
        targets,
        np.searchsorted(targets, rules.levels[:, 1]),
        limits,
        np.searchsorted(limits, coded),
        np.empty(2 * BLOCK),
        np.empty((stops.shape[0], 2 * BLOCK)),
        events_room(stops.shape[0]),
        events_room(targets.shape[0]),
        events_room(limits.shape[0]),
    )


@kernel
def fill_levels(
    series: Series, rules: Rules, row: int, start: int, candidates: Candidates, count: int, levels: Levels
) -> None:
    """Ends of the trades of all candidates at all levels, for plans whose ATR is `row`."""
    atr = rules.atr[row]
    find_touches(series, rules, atr, start, candidates, count, levels)
    find_limits(series, start, candidates, count, levels)
    slip, fee = rules.costs[1], rules.costs[2]
    for s in range(levels.stops.shape[0]):
        settle_events(series.open, start, candidates, count, levels.entry, levels.at_stop, s, slip, fee)
    for g in range(levels.targets.shape[0]):
        settle_events(series.open, start, candidates, count, levels.entry, levels.at_target, g, slip, fee)
    for m in range(levels.limits.shape[0]):
        settle_events(series.open, start, candidates, count, levels.entry, levels.at_limit, m, slip, fee)


@kernel
def find_touches(
    series: Series, rules: Rules, atr: FloatArray, start: int, candidates: Candidates, count: int, levels: Levels
) -> None:
    """When trades opened by the candidates touch each level, in one look at the bars.

    Only the first of all touches of a plan's two levels decides, so the look ends where all stops or all targets
    are behind; levels not touched by then count as never.
    """
    slip = rules.costs[1]
    open_, high, low = series.open, series.high, series.low
    n = open_.shape[0]
    stops, targets = levels.stops, levels.targets
    stopped_at, reached_at = levels.at_stop, levels.at_target
    longest = rules.hold.max()
    for i in range(count):
        code = int(candidates.code[i])
        t = start + (code >> 1)
        side = 1 - 2 * (code & 1)
        entry = t + 1
        price = entry_fill(open_[entry], side, slip)
        begin_untouched(levels, i, side, price, atr[t], rules.costs, series.hole_before[entry])
        if series.hole_before[entry] or math.isnan(atr[t]):
            continue
        last = min(entry + longest, n)
        s, g = 0, 0
        stop = price - side * (stops[0] * atr[t])
        target = price + side * targets[0] * atr[t]
        for x in range(entry, last):
            if side > 0:
                stopped, reached = low[x] <= stop, high[x] >= target
            else:
                stopped, reached = high[x] >= stop, low[x] <= target
            if not (stopped or reached):
                continue
            while stopped:
                if stopped_at.trades[s, i] != 0.0:
                    beyond = side * open_[x] <= side * stop
                    stopped_at.after[s, i] = x - entry
                    stopped_at.raw[s, i] = open_[x] if beyond else stop
                    stopped_at.at_open[s, i] = int(beyond)
                s += 1
                if s == stops.shape[0]:
                    break
                stop = price - side * (stops[s] * atr[t])
                stopped = low[x] <= stop if side > 0 else high[x] >= stop
            while reached:
                # On the entry bar an open beyond the target is no gap: the trade began at that open.
                beyond = x > entry and side * open_[x] >= side * target
                reached_at.after[g, i] = x - entry
                reached_at.raw[g, i] = open_[x] if beyond else target
                reached_at.at_open[g, i] = int(beyond)
                g += 1
                if g == targets.shape[0]:
                    break
                target = price + side * targets[g] * atr[t]
                reached = high[x] >= target if side > 0 else low[x] <= target
            if s == stops.shape[0] or g == targets.shape[0]:
                break


@kernel
def begin_untouched(
    levels: Levels,
    i: int,
    side: int,
    price: float,
    atr: float,
    costs: FloatArray,
    barred: bool,  # noqa: FBT001 - kernels are called by position
) -> None:
    """A candidate before any look at the bars: no level is touched, and stops that are too near are refused."""
    tick, slip = costs[0], costs[1]
    stopped_at, reached_at = levels.at_stop, levels.at_target
    levels.entry[i] = price
    for s in range(levels.stops.shape[0]):
        distance = levels.stops[s] * atr
        refused = barred or risk_is_too_small(price, distance, tick, slip)
        # A refused order is "stopped" on the entry bar before anything else can happen, for nothing.
        stopped_at.after[s, i] = 0 if refused else UNTOUCHED
        stopped_at.raw[s, i] = price
        stopped_at.trades[s, i] = 0.0 if refused else 1.0
        stopped_at.flags[s, i] = DROPPED_UNIT if refused else 0.0
        stopped_at.at_open[s, i] = int(refused)
        levels.risk[s, i] = 1.0 if refused else abs(price - (price - side * distance))
    for g in range(levels.targets.shape[0]):
        reached_at.after[g, i] = UNTOUCHED
        reached_at.raw[g, i] = price
        reached_at.trades[g, i] = 1.0
        reached_at.flags[g, i] = 0.0
        reached_at.at_open[g, i] = 0


@kernel
def find_limits(series: Series, start: int, candidates: Candidates, count: int, levels: Levels) -> None:
    """When trades that touch nothing end, and at which open."""
    n = series.open.shape[0]
    ended = levels.at_limit
    for m in range(levels.limits.shape[0]):
        hold, on_change = levels.limits[m] >> 1, levels.limits[m] & 1
        for i in range(count):
            t = start + (int(candidates.code[i]) >> 1)
            entry = t + 1
            end, _ = market_exit_of(entry, hold, NEVER, series.other_label[t] if on_change else NEVER)
            there = end < n
            # Open at the end of the data: the trade is left out, and nothing can follow it.
            ended.after[m, i] = end - entry if there else n - entry
            ended.raw[m, i] = series.open[end] if there else levels.entry[i]
            ended.trades[m, i] = 1.0 if there else 0.0
            ended.flags[m, i] = 0.0
            ended.at_open[m, i] = 1


@kernel
def settle_events(
    open_: FloatArray,
    start: int,
    candidates: Candidates,
    count: int,
    entries: FloatArray,
    events: Events,
    level: int,
    slip: float,
    fee: float,
) -> None:
    """What the trades that end at one level earn; free of branches, so that several are done at once."""
    raws, nets, costs = events.raw[level], events.net[level], events.cost[level]
    net_returns, log_returns, trades = events.net_return[level], events.log_return[level], events.trades[level]
    code = candidates.code
    for i in range(count):
        side = 1.0 - 2.0 * (code[i] & 1)
        entry, raw = entries[i], raws[i]
        _, fees, net = net_of(side, entry, raw, slip, fee)
        net *= trades[i]
        net_return = net / entry
        nets[i] = net
        net_returns[i] = net_return
        costs[i] = cost_paid(open_[start + (code[i] >> 1) + 1], raw, entry, fees, slip) * trades[i]
        log_returns[i] = log_of_small_growth(net_return)
    for i in range(count):
        if not -SMALL_MOVE < net_returns[i] < SMALL_MOVE:
            log_returns[i] = log_of_growth(net_returns[i])


@kernel
def choose_outcomes(levels: Levels, plan: int, candidates: Candidates, count: int, outcomes: Outcomes) -> None:
    """What the candidates come to under a plan of the common kind."""
    s, g, m = levels.stop_of[plan], levels.target_of[plan], levels.limit_of[plan]
    at_stop, at_target, at_limit = levels.at_stop, levels.at_target, levels.at_limit
    stop_after, target_after, limit_after = at_stop.after[s], at_target.after[g], at_limit.after[m]
    stop_open, target_open = at_stop.at_open[s], at_target.at_open[g]
    stop_net, target_net, limit_net = at_stop.net[s], at_target.net[g], at_limit.net[m]
    stop_return, target_return, limit_return = at_stop.net_return[s], at_target.net_return[g], at_limit.net_return[m]
    stop_cost, target_cost, limit_cost = at_stop.cost[s], at_target.cost[g], at_limit.cost[m]
    stop_log, target_log, limit_log = at_stop.log_return[s], at_target.log_return[g], at_limit.log_return[m]
    stop_trades, limit_trades, stop_flags = at_stop.trades[s], at_limit.trades[m], at_stop.flags[s]
    risk, code = levels.risk[s], candidates.code
    rows, log_returns, leave = outcomes
    for i in range(count):
        to_stop, to_target, to_limit = stop_after[i], target_after[i], limit_after[i]
        touch = min(to_stop, to_target)
        together = to_stop == to_target
        stopped = (to_stop < to_target) | (together & (target_open[i] == 0))
        timed = touch >= to_limit
        net = limit_net[i] if timed else (stop_net[i] if stopped else target_net[i])
        net_return = limit_return[i] if timed else (stop_return[i] if stopped else target_return[i])
        cost = limit_cost[i] if timed else (stop_cost[i] if stopped else target_cost[i])
        log_return = limit_log[i] if timed else (stop_log[i] if stopped else target_log[i])
        traded = limit_trades[i] if timed else (stop_trades[i] if stopped else 1.0)
        bars = min(touch, to_limit)
        unclear = together & stopped & (stop_open[i] == 0)
        flags = 0.0 if timed else (stop_flags[i] + (1.0 if unclear else 0.0) if stopped else 0.0)
        r = net / risk[i]
        win = 1.0 if r > 0.0 else 0.0
        base = i * SUMS
        rows[base] = traded + WIN_UNIT * win
        rows[base + 1] = r
        rows[base + 2] = r * r
        rows[base + 3] = r * win
        rows[base + 4] = net_return
        rows[base + 5] = cost
        rows[base + 6] = bars * traded
        rows[base + 7] = flags
        log_returns[i] = log_return
        leave[i] = np.uint32((code[i] >> 1) + 1 + bars)


@kernel
def carry_outcomes(
    orders: Orders, plan: int, start: int, candidates: Candidates, count: int, outcomes: Outcomes
) -> None:
    """The same for a plan of any kind, each candidate's trade carried to its end on its own."""
    tape, terms, plans = orders
    rows, log_returns, leave = outcomes
    n = tape.open.shape[0]
    for i in range(count):
        code = int(candidates.code[i])
        t = start + (code >> 1)
        base = i * SUMS
        rows[base : base + SUMS] = 0.0
        log_returns[i] = 0.0
        opened = open_position(tape, terms, plans, plan, t, 1 - 2 * (code & 1))
        if opened.state != OPENED:
            leave[i] = np.uint32((n if opened.state == PENDING else opened.bar) - start)
            if opened.state == REFUSED:
                rows[base + 7] = DROPPED_UNIT
            continue
        market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, NEVER)
        carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
        if carried.bar < 0:
            leave[i] = np.uint32(n - start)
            continue
        r, log_return, net_return, cost = settled(opened, carried)
        write_row(rows, base, r, net_return, cost, carried.bar - opened.bar, carried.ambiguous)
        log_returns[i] = log_return
        leave[i] = np.uint32(max(carried.bar, t + 1) - start)
