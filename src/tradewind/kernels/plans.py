"""The whole plan language, compiled: how an order becomes a trade, and how that trade is carried to its end.

The rules are those of docs/decisions/0011-the-plan-language.md. Plans with a market entry and one stop and target are
also settled by the shorter `kernels.exits`, whose results are these.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import inlined_kernel
from tradewind.kernels.exits import (
    NEVER,
    STOP,
    TARGET,
    log_of_growth,
    market_exit_of,
    risk_is_too_small,
)
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.trades import ExitReason

TRAIL = int(ExitReason.TRAIL)
LIQUIDATION = int(ExitReason.LIQUIDATION)
IN_ATR, IN_PRICE, INITIAL, ABSENT = 0, 1, 2, 3  # what a distance is a multiple of
MARKET, LIMIT, BREAKOUT = 0, 1, 2
EITHER, UP_ONLY, SHORT_ON_DOWN = 0, 1, 2
OPENED, REFUSED, EXPIRED, PENDING, PASSED = 0, 1, 2, 3, 4


class Tape(NamedTuple):
    """One symbol's bars as orders meet them. `funding` is the rate at each bar's open, 0 where none, and may be empty;
    `labels` the regime of each bar and `other_label` the first bar after it with another one, or NEVER, both empty
    where no plan leaves on regime change."""

    ts: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    hole_before: npt.NDArray[np.bool_]
    funding: FloatArray
    labels: npt.NDArray[np.int8]
    other_label: IntArray


class Terms(NamedTuple):
    """What trading one instrument costs and allows; `slip` is half spread plus slippage as a fraction."""

    tick: float
    slip: float
    taker_fee: float
    maker_fee: float
    leverage: float
    maintenance: float
    short: bool
    timeframe_ms: int


class Plans(NamedTuple):
    """Encoded plans, one row each; distances are pairs (kind, value), partials and trails padded with NaN triggers.

    `row` names the row of `atr` (plans' ATR periods × bars). `entry` holds (kind, expiry bars, up, down, window ms,
    side); `leaves` (on opposite, on regime change); `partials` (trigger in R, fraction); `trail` (trigger in R, kind,
    value).
    """

    atr: FloatArray
    row: IntArray
    stop: FloatArray
    target: FloatArray
    limit_target: npt.NDArray[np.bool_]
    hold: IntArray
    leaves: npt.NDArray[np.bool_]
    entry: FloatArray
    partials: FloatArray
    trail: FloatArray


class Opened(NamedTuple):
    """An entry: `state` OPENED, REFUSED, EXPIRED, PENDING at the end of the data, or PASSED where the plan has no use
    for the signal; `bar` of the fill, or where the order ended; `inside` where the fill was not at the bar's open;
    `fee` the rate paid, `slippage` what of the price was half spread and slippage."""

    state: int
    bar: int
    side: int
    price: float
    inside: bool
    fee: float
    slippage: float


class Levels(NamedTuple):
    """Prices of a trade at its start: distance to and price of the initial stop, the stop in force, the target."""

    initial: float
    first_stop: float
    stop: float
    stop_reason: int
    target: float


class Taken(NamedTuple):
    """What a trade has taken so far: partials filled, their profit, all fees and slippage per unit, the part open."""

    legs: int
    gross: float
    fees: float
    slippage: float
    left: float


class Carried(NamedTuple):
    """A trade's end: `bar` -1 where the data end first; `gross` is profit per unit before `fees` (funding included) and
    after `slippage`, by which fills were worse than raw prices; `stop` is the initial one; `best` and `worst` are moves
    in price from the entry, at least and at most 0."""

    bar: int
    exit_price: float
    reason: int
    ambiguous: bool
    gross: float
    fees: float
    slippage: float
    stop: float
    target: float
    best: float
    worst: float


class Orders(NamedTuple):
    """All that decides what comes of a signal."""

    tape: Tape
    terms: Terms
    plans: Plans


@inlined_kernel
def distance_of(kind: float, value: float, atr: float, price: float, initial: float) -> float:
    """A distance in price; NaN where the ATR it needs is, infinite where it is absent."""
    if kind == IN_ATR:
        return value * atr
    if kind == IN_PRICE:
        return value * price
    if kind == INITIAL:
        return initial
    return math.inf


@inlined_kernel
def lacks_a_value(plans: Plans, plan: int, atr: float) -> bool:
    """Whether a distance of the plan needs an ATR that is not there."""
    needs = plans.stop[plan, 0] == IN_ATR or plans.target[plan, 0] == IN_ATR
    for stage in range(plans.trail.shape[1]):
        needs = needs or plans.trail[plan, stage, 1] == IN_ATR
    return needs and math.isnan(atr)


@inlined_kernel
def open_limit(tape: Tape, terms: Terms, t: int, side: int, expiry: int) -> Opened:
    """A limit at the signal bar's close that fills only where price trades through it."""
    n = tape.open.shape[0]
    level = tape.close[t]
    for x in range(t + 1, t + expiry + 1):
        if x >= n:
            return Opened(PENDING, n, side, level, False, 0.0, 0.0)
        if tape.hole_before[x]:
            return Opened(EXPIRED, x, side, level, False, 0.0, 0.0)
        if side * (level - tape.open[x]) > 0.0:
            return Opened(OPENED, x, side, tape.open[x], False, terms.maker_fee, 0.0)
        if (side > 0 and tape.low[x] < level) or (side < 0 and tape.high[x] > level):
            return Opened(OPENED, x, side, level, True, terms.maker_fee, 0.0)
    return Opened(EXPIRED, t + expiry, side, level, False, 0.0, 0.0)


@inlined_kernel
def open_breakout(tape: Tape, terms: Terms, plans: Plans, plan: int, t: int) -> Opened:
    """The first of two levels around the signal bar's close that price reaches before the window ends."""
    n = tape.open.shape[0]
    up, down = plans.entry[plan, 2] * tape.close[t], plans.entry[plan, 3] * tape.close[t]
    end = tape.ts[t] + terms.timeframe_ms + int(plans.entry[plan, 4])
    kind = int(plans.entry[plan, 5])
    looks_down = kind == EITHER or (kind == SHORT_ON_DOWN and terms.short)
    for x in range(t + 1, n):
        if tape.ts[x] >= end:
            # Its end is known at a bar's close where the bar lasts up to it, else only from the first bar after it.
            return Opened(EXPIRED, x - 1 if tape.ts[x - 1] + terms.timeframe_ms >= end else x, 1, up, False, 0.0, 0.0)
        if tape.high[x] >= up:
            raw = max(tape.open[x], up)
            paid = raw * terms.slip
            return Opened(OPENED, x, 1, raw * (1.0 + terms.slip), tape.open[x] < up, terms.taker_fee, paid)
        if looks_down and tape.low[x] <= down:
            raw = min(tape.open[x], down)
            side = -1 if kind == SHORT_ON_DOWN else 1
            price, paid = raw * (1.0 + side * terms.slip), raw * terms.slip
            return Opened(OPENED, x, side, price, tape.open[x] > down, terms.taker_fee, paid)
    if tape.ts[n - 1] + terms.timeframe_ms >= end:
        return Opened(EXPIRED, n - 1, 1, up, False, 0.0, 0.0)
    return Opened(PENDING, n, 1, up, False, 0.0, 0.0)


@inlined_kernel
def open_position(tape: Tape, terms: Terms, plans: Plans, plan: int, t: int, side: int) -> Opened:
    """What comes of the signal at bar t: a fill, a refusal, or an order that ends unfilled."""
    atr = plans.atr[plans.row[plan], t]
    kind = int(plans.entry[plan, 0])
    if kind == BREAKOUT and side < 0:
        return Opened(PASSED, t + 1, side, 0.0, False, 0.0, 0.0)
    if lacks_a_value(plans, plan, atr):
        return Opened(REFUSED, t + 1, side, 0.0, False, 0.0, 0.0)
    if kind == MARKET:
        if tape.hole_before[t + 1]:
            return Opened(REFUSED, t + 1, side, 0.0, False, 0.0, 0.0)
        price = tape.open[t + 1] * (1.0 + side * terms.slip)
        opened = Opened(OPENED, t + 1, side, price, False, terms.taker_fee, tape.open[t + 1] * terms.slip)
        judged = price
    elif kind == LIMIT:
        judged = tape.close[t]
        opened = open_limit(tape, terms, t, side, int(plans.entry[plan, 1]))
    else:
        opened = open_breakout(tape, terms, plans, plan, t)
        if opened.state != OPENED:
            return opened
        judged = opened.price
        side = opened.side
    risk = distance_of(plans.stop[plan, 0], plans.stop[plan, 1], atr, judged, 0.0)
    if risk_is_too_small(judged, risk, terms.tick, terms.slip):
        return Opened(REFUSED, t + 1 if kind != BREAKOUT else opened.bar, side, 0.0, False, 0.0, 0.0)
    return opened


@inlined_kernel
def market_exit_for(tape: Tape, plans: Plans, plan: int, t: int, entry: int, opposite: int) -> tuple[int, int]:
    """Bar and reason of the first market exit of a trade; `opposite` is the first opposite signal from its entry on."""
    leave_on = opposite if plans.leaves[plan, 0] else NEVER
    change = NEVER
    if plans.leaves[plan, 1]:
        change = entry if tape.labels[entry] != tape.labels[t] else tape.other_label[entry]
    return market_exit_of(entry, plans.hold[plan], leave_on, change)


@inlined_kernel
def carry_out(
    tape: Tape, terms: Terms, plans: Plans, plan: int, t: int, opened: Opened, market_exit: int, market_reason: int
) -> Carried:
    """Carry a trade from its entry to its end, bar by bar, first rule first."""
    d, entry, price = opened.side, opened.bar, opened.price
    atr = plans.atr[plans.row[plan], t]
    levels = levels_of(terms, plans, plan, atr, opened)
    stop, stop_reason, target, limit = levels.stop, levels.stop_reason, levels.target, plans.limit_target[plan]
    # Taken out of their tuples once: numba counts a reference to the array each time it is looked up in one, and to
    # all of them where a tuple is handed on, which costs more than a bar.
    open_, high, low, close, funding = tape.open, tape.high, tape.low, tape.close, tape.funding
    funded = funding.shape[0] > 0
    parts = plans.partials.shape[1] > 0 and not math.isnan(plans.partials[plan, 0, 0])
    trails = plans.trail.shape[1] > 0 and not math.isnan(plans.trail[plan, 0, 0])
    taken = Taken(0, 0.0, opened.fee * price, opened.slippage, 1.0)
    best, worst = price, price  # the most and least favourable prices reached
    for x in range(entry, open_.shape[0]):
        after = x > entry
        at_open = after or not opened.inside
        open_x = open_[x]
        against = low[x] if d > 0 else high[x]
        favour = high[x] if d > 0 else low[x]
        if after and funded:
            paid = d * funding[x] * open_x * taken.left
            taken = Taken(taken.legs, taken.gross, taken.fees + paid, taken.slippage, taken.left)
        raw, reason, ambiguous = 0.0, 0, False
        if after and x == market_exit:
            raw, reason = open_x, market_reason
        elif at_open and d * (open_x - stop) <= 0.0:
            raw, reason = open_x, stop_reason
        else:
            if after and parts:
                taken = take_partials(terms, plans, plan, opened, levels, open_x, True, taken)
            if after and reaches(d, open_x, target, limit):
                raw, reason = open_x, TARGET
            if reason == 0:
                hits_target = at_open and reaches(d, favour, target, limit)
                if d * (against - stop) <= 0.0:
                    raw, reason, ambiguous = stop, stop_reason, hits_target
                elif at_open and parts:
                    taken = take_partials(terms, plans, plan, opened, levels, favour, False, taken)
                if reason == 0 and hits_target:
                    raw, reason = target, TARGET
        if reason != 0:
            favour, against = raw, raw
        elif not at_open:
            favour, against = close[x], close[x]
        best = favour if d * (favour - best) > 0.0 else best
        worst = against if d * (worst - against) > 0.0 else worst
        if reason != 0:
            resting = limit and reason == TARGET
            fill = raw if resting else raw * (1.0 - d * terms.slip)
            fee = terms.maker_fee if resting else terms.taker_fee
            gross = taken.gross + taken.left * (d * (fill - price))
            fees = taken.fees + taken.left * fee * fill
            slippage = taken.slippage + taken.left * (d * (raw - fill))
            rise, fall = d * (best - price), d * (worst - price)
            return Carried(x, fill, reason, ambiguous, gross, fees, slippage, levels.first_stop, target, rise, fall)
        if trails:
            stop, stop_reason = trailed(plans, plan, opened, levels, atr, best, stop, stop_reason)
    return Carried(-1, 0.0, 0, False, 0.0, 0.0, 0.0, levels.first_stop, target, 0.0, 0.0)


@inlined_kernel
def levels_of(terms: Terms, plans: Plans, plan: int, atr: float, opened: Opened) -> Levels:
    """Prices a trade starts with; liquidation takes the stop's place where it is nearer."""
    d, price = opened.side, opened.price
    initial = distance_of(plans.stop[plan, 0], plans.stop[plan, 1], atr, price, 0.0)
    first_stop = price - d * initial
    target = price + d * distance_of(plans.target[plan, 0], plans.target[plan, 1], atr, price, initial)
    liquidation = price * (1.0 - d * (1.0 / terms.leverage - terms.maintenance))
    if terms.leverage > 1.0 and d * (liquidation - first_stop) > 0.0:
        return Levels(initial, first_stop, liquidation, LIQUIDATION, target)
    return Levels(initial, first_stop, first_stop, STOP, target)


@inlined_kernel
def take_partials(
    terms: Terms,
    plans: Plans,
    plan: int,
    opened: Opened,
    levels: Levels,
    reached: float,
    gapped: bool,  # noqa: FBT001 - kernels are called by position
    taken: Taken,
) -> Taken:
    """Fill the partials that a price `reached` reaches: at it where the bar `gapped` there, else at their level."""
    d, price, limit = opened.side, opened.price, plans.limit_target[plan]
    slip = 0.0 if limit else terms.slip
    fee = terms.maker_fee if limit else terms.taker_fee
    count, gross, fees, slippage, left = taken
    while count < plans.partials.shape[1]:
        level = price + d * plans.partials[plan, count, 0] * abs(price - levels.first_stop)
        # Levels at or beyond the target, and the NaN that pads the list, are never reached before it.
        if not (reaches(d, reached, level, limit) and d * (levels.target - level) > 0.0):
            break
        fraction = plans.partials[plan, count, 1]
        fill = (reached if gapped else level) * (1.0 - d * slip)
        gross += fraction * (d * (fill - price))
        fees += fraction * fee * fill
        slippage += fraction * (d * ((reached if gapped else level) - fill))
        left -= fraction
        count += 1
    return Taken(count, gross, fees, slippage, left)


@inlined_kernel
def trailed(
    plans: Plans,
    plan: int,
    opened: Opened,
    levels: Levels,
    atr: float,
    best: float,
    stop: float,
    stop_reason: int,
) -> tuple[float, int]:
    """The stop after the highest trail stage that the best price has reached has moved it, never looser."""
    d, price = opened.side, opened.price
    risk = abs(price - levels.first_stop)
    for stage in range(plans.trail.shape[1] - 1, -1, -1):
        # NaN triggers pad the list and are never reached.
        if d * (best - price) >= plans.trail[plan, stage, 0] * risk:
            kind, value = plans.trail[plan, stage, 1], plans.trail[plan, stage, 2]
            moved = best - d * distance_of(kind, value, atr, price, levels.initial)
            return (moved, TRAIL) if d * (moved - stop) > 0.0 else (stop, stop_reason)
    return stop, stop_reason


@inlined_kernel
def reaches(d: int, price: float, level: float, through: bool) -> bool:  # noqa: FBT001 - kernels take positions
    """Whether `price` is at or beyond a level in favour of the trade, or strictly beyond it where `through`."""
    beyond = d * (price - level)
    return beyond > 0.0 if through else beyond >= 0.0


@inlined_kernel
def settled(opened: Opened, carried: Carried) -> tuple[float, float, float, float]:
    """R, log return, net return and cost of a carried trade; the last two are fractions of the entry price."""
    net = carried.gross - carried.fees
    cost = carried.fees + carried.slippage
    risk = abs(opened.price - carried.stop)
    return net / risk, log_of_growth(net / opened.price), net / opened.price, cost / opened.price
