"""The whole plan language, compiled: how an order becomes a trade, and how that trade is carried to its end.

The rules are those of docs/decisions/0011-the-plan-language.md. Plans with a market entry and one stop and target are
also settled by the shorter `kernels.exits`, whose results are these.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
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
    `fee` the rate paid."""

    state: int
    bar: int
    side: int
    price: float
    inside: bool
    fee: float


class Carried(NamedTuple):
    """A trade's end: `bar` -1 where the data end first; `gross` is profit per unit before `fees` (funding included);
    `stop` is the initial one; `best` and `worst` are moves in price from the entry, at least and at most 0."""

    bar: int
    exit_price: float
    reason: int
    ambiguous: bool
    gross: float
    fees: float
    stop: float
    target: float
    best: float
    worst: float


class Orders(NamedTuple):
    """All that decides what comes of a signal."""

    tape: Tape
    terms: Terms
    plans: Plans


@kernel
def distance_of(kind: float, value: float, atr: float, price: float, initial: float) -> float:
    """A distance in price; NaN where the ATR it needs is, infinite where it is absent."""
    if kind == IN_ATR:
        return value * atr
    if kind == IN_PRICE:
        return value * price
    if kind == INITIAL:
        return initial
    return math.inf


@kernel
def lacks_a_value(plans: Plans, plan: int, atr: float) -> bool:
    """Whether a distance of the plan needs an ATR that is not there."""
    needs = plans.stop[plan, 0] == IN_ATR or plans.target[plan, 0] == IN_ATR
    for stage in range(plans.trail.shape[1]):
        needs = needs or plans.trail[plan, stage, 1] == IN_ATR
    return needs and math.isnan(atr)


@kernel
def open_limit(tape: Tape, terms: Terms, t: int, side: int, expiry: int) -> Opened:
    """A limit at the signal bar's close that fills only where price trades through it."""
    n = tape.open.shape[0]
    level = tape.close[t]
    for x in range(t + 1, t + expiry + 1):
        if x >= n:
            return Opened(PENDING, n, side, level, False, 0.0)
        if tape.hole_before[x]:
            return Opened(EXPIRED, max(x - 1, t + 1), side, level, False, 0.0)
        if side * (level - tape.open[x]) > 0.0:
            return Opened(OPENED, x, side, tape.open[x], False, terms.maker_fee)
        if (side > 0 and tape.low[x] < level) or (side < 0 and tape.high[x] > level):
            return Opened(OPENED, x, side, level, True, terms.maker_fee)
    return Opened(EXPIRED, t + expiry, side, level, False, 0.0)


@kernel
def open_breakout(tape: Tape, terms: Terms, plans: Plans, plan: int, t: int) -> Opened:
    """The first of two levels around the signal bar's close that price reaches before the window ends."""
    n = tape.open.shape[0]
    up, down = plans.entry[plan, 2] * tape.close[t], plans.entry[plan, 3] * tape.close[t]
    end = tape.ts[t] + terms.timeframe_ms + int(plans.entry[plan, 4])
    kind = int(plans.entry[plan, 5])
    looks_down = kind == EITHER or (kind == SHORT_ON_DOWN and terms.short)
    for x in range(t + 1, n):
        if tape.ts[x] >= end:
            return Opened(EXPIRED, max(x - 1, t + 1), 1, up, False, 0.0)
        if tape.high[x] >= up:
            raw = max(tape.open[x], up)
            return Opened(OPENED, x, 1, raw * (1.0 + terms.slip), tape.open[x] < up, terms.taker_fee)
        if looks_down and tape.low[x] <= down:
            raw = min(tape.open[x], down)
            side = -1 if kind == SHORT_ON_DOWN else 1
            return Opened(OPENED, x, side, raw * (1.0 + side * terms.slip), tape.open[x] > down, terms.taker_fee)
    if tape.ts[n - 1] + terms.timeframe_ms >= end:
        return Opened(EXPIRED, n - 1, 1, up, False, 0.0)
    return Opened(PENDING, n, 1, up, False, 0.0)


@kernel
def open_position(tape: Tape, terms: Terms, plans: Plans, plan: int, t: int, side: int) -> Opened:
    """What comes of the signal at bar t: a fill, a refusal, or an order that ends unfilled."""
    atr = plans.atr[plans.row[plan], t]
    kind = int(plans.entry[plan, 0])
    if kind == BREAKOUT and side < 0:
        return Opened(PASSED, t + 1, side, 0.0, False, 0.0)
    if kind != BREAKOUT and lacks_a_value(plans, plan, atr):
        return Opened(REFUSED, t + 1, side, 0.0, False, 0.0)
    if kind == MARKET:
        if tape.hole_before[t + 1]:
            return Opened(REFUSED, t + 1, side, 0.0, False, 0.0)
        price = tape.open[t + 1] * (1.0 + side * terms.slip)
        opened = Opened(OPENED, t + 1, side, price, False, terms.taker_fee)
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
        if lacks_a_value(plans, plan, atr):
            return Opened(REFUSED, opened.bar, side, 0.0, False, 0.0)
    risk = distance_of(plans.stop[plan, 0], plans.stop[plan, 1], atr, judged, 0.0)
    if risk_is_too_small(judged, risk, terms.tick, terms.slip):
        return Opened(REFUSED, t + 1 if kind != BREAKOUT else opened.bar, side, 0.0, False, 0.0)
    return opened


@kernel
def market_exit_for(tape: Tape, plans: Plans, plan: int, t: int, entry: int, opposite: int) -> tuple[int, int]:
    """Bar and reason of the first market exit of a trade; `opposite` is the first opposite signal from its entry on."""
    leave_on = opposite if plans.leaves[plan, 0] else NEVER
    change = NEVER
    if plans.leaves[plan, 1]:
        change = entry if tape.labels[entry] != tape.labels[t] else tape.other_label[entry]
    return market_exit_of(entry, plans.hold[plan], leave_on, change)


@kernel
def carry_out(
    tape: Tape, terms: Terms, plans: Plans, plan: int, t: int, opened: Opened, market_exit: int, market_reason: int
) -> Carried:
    """Carry a trade from its entry to its end, bar by bar, first rule first."""
    n = tape.open.shape[0]
    d, entry, price, slip = opened.side, opened.bar, opened.price, terms.slip
    atr = plans.atr[plans.row[plan], t]
    initial = distance_of(plans.stop[plan, 0], plans.stop[plan, 1], atr, price, 0.0)
    stop = price - d * initial
    first_stop = stop
    risk = abs(price - stop)
    target = price + d * distance_of(plans.target[plan, 0], plans.target[plan, 1], atr, price, initial)
    limit = plans.limit_target[plan]
    stop_reason = STOP
    if terms.leverage > 1.0 or d < 0:
        liquidation = price * (1.0 - d * (1.0 / terms.leverage - terms.maintenance))
        if d * (liquidation - stop) > 0.0:
            stop = liquidation
            stop_reason = LIQUIDATION
    # Fees at the entry are on the whole size; `left` is the part of it still open.
    gross, fees, left = 0.0, opened.fee * price, 1.0
    way_out_fee = terms.maker_fee if limit else terms.taker_fee
    way_out_slip = 0.0 if limit else slip
    partial = 0
    partials = plans.partials.shape[1]
    funded = tape.funding.shape[0] > 0
    best, worst = price, price  # the most and least favourable prices reached
    x = entry
    while True:
        if x >= n:
            return Carried(-1, 0.0, 0, False, 0.0, 0.0, first_stop, target, 0.0, 0.0)
        after = x > entry
        open_x = tape.open[x]
        if after and funded and tape.funding[x] != 0.0:
            fees += d * tape.funding[x] * open_x * left
        raw, reason, ambiguous, taken_slip, taken_fee = 0.0, 0, False, slip, terms.taker_fee
        against = tape.low[x] if d > 0 else tape.high[x]
        favour = tape.high[x] if d > 0 else tape.low[x]
        if after and x == market_exit:
            raw, reason = open_x, market_reason
        elif (after or not opened.inside) and d * (open_x - stop) <= 0.0:
            raw, reason = open_x, stop_reason
        if reason == 0:
            # Partials, then the target, beyond which the bar opened.
            while (
                after
                and partial < partials
                and reaches(d, open_x, partial_level(plans, plan, partial, price, d, risk), limit)
            ):
                fraction = plans.partials[plan, partial, 1]
                fill = open_x * (1.0 - d * way_out_slip)
                gross += fraction * (d * (fill - price))
                fees += fraction * way_out_fee * fill
                left -= fraction
                partial += 1
            if after and reaches(d, open_x, target, limit):
                raw, reason, taken_slip, taken_fee = open_x, TARGET, way_out_slip, way_out_fee
        if reason == 0:
            may_take = after or not opened.inside
            hits_target = may_take and reaches(d, favour, target, limit)
            if d * (against - stop) <= 0.0:
                raw, reason, ambiguous = stop, stop_reason, hits_target
            elif may_take:
                while partial < partials and reaches(
                    d, favour, partial_level(plans, plan, partial, price, d, risk), limit
                ):
                    fraction = plans.partials[plan, partial, 1]
                    fill = partial_level(plans, plan, partial, price, d, risk) * (1.0 - d * way_out_slip)
                    gross += fraction * (d * (fill - price))
                    fees += fraction * way_out_fee * fill
                    left -= fraction
                    partial += 1
                if hits_target:
                    raw, reason, taken_slip, taken_fee = target, TARGET, way_out_slip, way_out_fee
        if reason != 0:
            fill = raw * (1.0 - d * taken_slip)
            gross += left * (d * (fill - price))
            fees += left * taken_fee * fill
            favour, against = raw, raw
        elif opened.inside and not after:
            favour, against = tape.close[x], tape.close[x]
        if d * (favour - best) > 0.0:
            best = favour
        if d * (worst - against) > 0.0:
            worst = against
        if reason != 0:
            rise, fall = d * (best - price), d * (worst - price)
            return Carried(x, fill, reason, ambiguous, gross, fees, first_stop, target, rise, fall)
        for stage in range(plans.trail.shape[1] - 1, -1, -1):
            # NaN triggers pad the list and are never reached.
            if d * (best - price) >= plans.trail[plan, stage, 0] * risk:
                follow = distance_of(plans.trail[plan, stage, 1], plans.trail[plan, stage, 2], atr, price, initial)
                moved = best - d * follow
                if d * (moved - stop) > 0.0:
                    stop = moved
                    stop_reason = TRAIL
                break
        x += 1


@kernel
def partial_level(plans: Plans, plan: int, partial: int, price: float, d: int, risk: float) -> float:
    """Price of a partial; NaN, which nothing reaches, where the plan has fewer."""
    level: float = price + d * plans.partials[plan, partial, 0] * risk
    return level


@kernel
def reaches(d: int, price: float, level: float, through: bool) -> bool:  # noqa: FBT001 - kernels take positions
    """Whether `price` is at or beyond a level in favour of the trade, or strictly beyond it where `through`."""
    beyond = d * (price - level)
    return beyond > 0.0 if through else beyond >= 0.0


@kernel
def settled(opened: Opened, carried: Carried) -> tuple[float, float, float]:
    """R, log return and net return of a carried trade."""
    net = carried.gross - carried.fees
    return net / abs(opened.price - carried.stop), log_of_growth(net / opened.price), net / opened.price
