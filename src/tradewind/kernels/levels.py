"""Ends of trades: when each signal of a block would touch each stop and target, and what the trade earns there.

Plans of the common kind are combined of few levels (`kernels.outcomes`), so each distinct stop, target and time limit
is looked for and settled once per signal.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.bits import REACHED, lowest, reached
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
from tradewind.kernels.tables import BLOCK, Candidates, Rules, Series
from tradewind.model.bars import FloatArray, IntArray

UNTOUCHED = 1 << 30  # bars to a touch that does not come
PLACES = 2 * BLOCK + 24  # a few lines more: else figures of one candidate all fall to one set of the nearest cache
# Figures of a level, one after the other at places that the compiler knows: else it settles one trade at a time.
RAW, TRADES, NET, NET_RETURN, COST, LOG_RETURN = (figure * PLACES for figure in range(6))
FIGURES = 6 * PLACES
ENTRY, OPEN, SIDE, ATR = (figure * PLACES for figure in range(4))
FILLS = 4 * PLACES


class Events(NamedTuple):
    """Ends of the block's trades at each level of one kind.

    `after` (levels × PLACES) counts bars from the entry bar; `at_open` is 1 where the bar's open was beyond the level
    already (where it was touched at all). `figures` (levels × FIGURES) holds the raw price there, 1 for a trade or 0
    (the order is refused, or the data end first), net per unit in quote currency, and as fractions of the entry price
    net return, cost and log return.
    """

    after: npt.NDArray[np.int32]
    at_open: npt.NDArray[np.int32]
    figures: FloatArray


class Levels(NamedTuple):
    """Distinct levels of a walk's plans, ascending, which of them each plan has, and what becomes of trades at them.

    A limit is a pair (hold, 1 where the trade also ends on a change of regime). `fills` are of each candidate the
    price paid, the open of the entry bar, +1 or -1, and the ATR, NaN where no entry is allowed; `risk` (stops × PLACES)
    is the distance to the stop, 1 where the order is refused.
    """

    stops: FloatArray
    stop_of: IntArray
    targets: FloatArray
    target_of: IntArray
    limits: IntArray
    limit_of: IntArray
    fills: FloatArray
    risk: FloatArray
    at_stop: Events
    at_target: Events
    at_limit: Events


@kernel
def events_room(levels: int) -> Events:
    shape = (levels, PLACES)
    return Events(np.empty(shape, np.int32), np.empty(shape, np.int32), np.empty((levels, FIGURES)))


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
        np.empty(FILLS),
        np.empty((stops.shape[0], PLACES)),
        events_room(stops.shape[0]),
        events_room(targets.shape[0]),
        events_room(limits.shape[0]),
    )


@kernel
def fill_levels(
    series: Series,
    rules: Rules,
    row: int,
    start: int,
    candidates: Candidates,
    count: int,
    levels: Levels,
    whole: bool,  # noqa: FBT001 - kernels are called by position
) -> None:
    """Ends of the trades of all candidates at all levels, for plans whose ATR is `row`.

    Unless `whole`, what they earn is settled without returns, costs and logarithms.
    """
    enter(series, rules, rules.atr[row], start, candidates, count, levels)
    find_touches(series, rules, start, candidates, count, levels)
    find_limits(series, start, candidates, count, levels)
    slip, fee = rules.costs[1], rules.costs[2]
    for events in (levels.at_stop, levels.at_target, levels.at_limit):
        for level in range(events.after.shape[0]):
            figures = events.figures[level]
            settle_nets(count, levels.fills, figures, slip, fee)
            if whole:
                settle_returns(count, levels.fills, figures, slip, fee)


@kernel
def enter(
    series: Series, rules: Rules, atr: FloatArray, start: int, candidates: Candidates, count: int, levels: Levels
) -> None:
    """Entries of the candidates before any look at the bars: no level is touched, stops that are too near refused."""
    tick, slip = rules.costs[0], rules.costs[1]
    # Looked up once: numba counts references to an array whenever it is taken out of a tuple.
    open_, hole_before, code, fills = series.open, series.hole_before, candidates.code, levels.fills
    for i in range(count):
        t = start + (int(code[i]) >> 1)
        side = 1 - 2 * (int(code[i]) & 1)
        fills[i + ENTRY] = entry_fill(open_[t + 1], side, slip)
        fills[i + OPEN] = open_[t + 1]
        fills[i + SIDE] = side
        fills[i + ATR] = math.nan if hole_before[t + 1] else atr[t]
    for s in range(levels.stops.shape[0]):
        multiple, risk = levels.stops[s], levels.risk[s]
        after, at_open, figures = levels.at_stop.after[s], levels.at_stop.at_open[s], levels.at_stop.figures[s]
        for i in range(count):
            price, side = fills[i + ENTRY], fills[i + SIDE]
            distance = multiple * fills[i + ATR]
            refused = risk_is_too_small(price, distance, tick, slip)
            # A refused order is "stopped" on the entry bar before anything else can happen, for nothing.
            after[i] = 0 if refused else UNTOUCHED
            at_open[i] = int(refused)
            figures[i + RAW] = price
            figures[i + TRADES] = 0.0 if refused else 1.0
            risk[i] = 1.0 if refused else abs(price - (price - side * distance))
    for g in range(levels.targets.shape[0]):
        levels.at_target.after[g, :count] = UNTOUCHED
        levels.at_target.figures[g, RAW : RAW + count] = fills[ENTRY : ENTRY + count]
        levels.at_target.figures[g, TRADES : TRADES + count] = 1.0


@kernel
def find_touches(series: Series, rules: Rules, start: int, candidates: Candidates, count: int, levels: Levels) -> None:
    """When trades opened by the candidates touch each level, many bars in one look.

    Only the first of all touches of a plan's two levels decides, so the look ends where all stops or all targets
    are behind; levels not touched by then count as never. Touches after the longest hold may be found or not: the
    trade is over by then.
    """
    open_, low, high = series.open, series.low, series.high
    code, fills, stops, targets = candidates.code, levels.fills, levels.stops, levels.targets
    stopped_after, stopped_open, stopped = levels.at_stop.after, levels.at_stop.at_open, levels.at_stop.figures
    reached_after, reached_open, gained = levels.at_target.after, levels.at_target.at_open, levels.at_target.figures
    n, longest = open_.shape[0], rules.hold.max()
    for i in range(count):
        price, atr = fills[i + ENTRY], fills[i + ATR]
        if math.isnan(atr):
            continue
        entry = start + (int(code[i]) >> 1) + 1
        long = int(code[i]) & 1 == 0
        side, last = 1 if long else -1, min(entry + longest, n)
        s, g, x = 0, 0, entry
        while s < stops.shape[0] and stopped[s, i + TRADES] == 0.0:
            s += 1
        while x < last and s < stops.shape[0] and g < targets.shape[0]:
            near_end = x + REACHED > n
            while s < stops.shape[0]:
                level = price - side * (stops[s] * atr)
                bars = (
                    reached_late(low, high, x, not long, level) if near_end else reached(low, high, x, not long, level)
                )
                if bars == 0:
                    break
                at = x + lowest(bars)
                beyond = side * open_[at] <= side * level
                stopped_after[s, i] = at - entry
                stopped_open[s, i] = int(beyond)
                stopped[s, i + RAW] = open_[at] if beyond else level
                s += 1
            while g < targets.shape[0]:
                level = price + side * targets[g] * atr
                bars = reached_late(low, high, x, long, level) if near_end else reached(low, high, x, long, level)
                if bars == 0:
                    break
                at = x + lowest(bars)
                # On the entry bar an open beyond the target is no gap: the trade began at that open.
                beyond = at > entry and side * open_[at] >= side * level
                reached_after[g, i] = at - entry
                reached_open[g, i] = int(beyond)
                gained[g, i + RAW] = open_[at] if beyond else level
                g += 1
            x += REACHED


@kernel
def reached_late(
    low: FloatArray,
    high: FloatArray,
    at: int,
    up: bool,  # noqa: FBT001 - kernels are called by position
    level: float,
) -> np.uint64:
    """What `reached` says, where fewer bars are left than it looks at."""
    bars = np.uint64(0)
    for x in range(at, low.shape[0]):
        there = high[x] >= level if up else low[x] <= level
        bars |= np.uint64(there) << np.uint64(x - at)
    return bars


@kernel
def find_limits(series: Series, start: int, candidates: Candidates, count: int, levels: Levels) -> None:
    """When trades that touch nothing end, and at which open."""
    open_, other_label, code, fills = series.open, series.other_label, candidates.code, levels.fills
    n = open_.shape[0]
    for m in range(levels.limits.shape[0]):
        hold, on_change = levels.limits[m] >> 1, levels.limits[m] & 1
        after, at_open, figures = levels.at_limit.after[m], levels.at_limit.at_open[m], levels.at_limit.figures[m]
        for i in range(count):
            t = start + (int(code[i]) >> 1)
            entry = t + 1
            end, _ = market_exit_of(entry, hold, NEVER, other_label[t] if on_change else NEVER)
            there = end < n
            # Open at the end of the data: the trade is left out, and nothing can follow it.
            after[i] = end - entry if there else n - entry
            at_open[i] = 1
            price = open_[min(end, n - 1)]
            figures[i + RAW] = price if there else fills[i + ENTRY]
            figures[i + TRADES] = 1.0 if there else 0.0


@kernel
def settle_nets(count: int, fills: FloatArray, figures: FloatArray, slip: float, fee: float) -> None:
    """What the trades that end at one level earn; free of branches, so that several are done at once."""
    for i in range(count):
        _, _, net = net_of(fills[i + SIDE], fills[i + ENTRY], figures[i + RAW], slip, fee)
        figures[i + NET] = net * figures[i + TRADES]


@kernel
def settle_returns(count: int, fills: FloatArray, figures: FloatArray, slip: float, fee: float) -> None:
    """The same as parts of the entry price, and what they cost."""
    large = 0
    for i in range(count):
        entry, raw = fills[i + ENTRY], figures[i + RAW]
        _, fees, _ = net_of(fills[i + SIDE], entry, raw, slip, fee)
        net_return = figures[i + NET] / entry
        figures[i + NET_RETURN] = net_return
        figures[i + COST] = cost_paid(fills[i + OPEN], raw, entry, fees, slip) * figures[i + TRADES]
        figures[i + LOG_RETURN] = log_of_small_growth(net_return)
        large += not -SMALL_MOVE < net_return < SMALL_MOVE
    if large > 0:
        for i in range(count):
            net_return = figures[i + NET_RETURN]
            if not -SMALL_MOVE < net_return < SMALL_MOVE:
                figures[i + LOG_RETURN] = log_of_growth(net_return)
