"""How the readable twin enters: at the next open, at a resting limit, or at a breakout within a window."""

from tests.oracle.twin_words import Filled, TwinBars, TwinBook, TwinCosts, Waited, distance_of

HOUR_MS = 3_600_000


def enter(bars: TwinBars, book: TwinBook, costs: TwinCosts, t: int) -> Filled | Waited:
    """What becomes of the signal at bar t."""
    kind = book.plan.entry.kind
    if kind == "limit":
        return _limit(bars, book, costs, t)
    if kind == "breakout":
        return _breakout(bars, book, costs, t)
    return _market(bars, book, costs, t)


def _refused(book: TwinBook, costs: TwinCosts, t: int, price: float) -> bool:
    """Whether a value is missing, or the stop too near to `price`."""
    if book.plan.needs_atr and book.atr[t] is None:
        return True
    # The distance as the plan states it: |price - stop| is the same number, but for a rounding of its last digit.
    distance = distance_of(book.plan.stop, book.atr[t], price)
    return distance < max(costs.tick, 2 * costs.slip * price, 1e-4 * price)


def _hole_before(bars: TwinBars, x: int) -> bool:
    return bars.ts[x] != bars.ts[x - 1] + bars.step


def _market(bars: TwinBars, book: TwinBook, costs: TwinCosts, t: int) -> Filled | Waited:
    d = book.direction[t]
    price = bars.open[t + 1] * (1 + d * costs.slip)
    if _hole_before(bars, t + 1) or _refused(book, costs, t, price):
        return Waited(t + 1, dropped=True)
    return Filled(t + 1, d, price, bars.open[t + 1], costs.fee * price, at_open=True)


def _limit(bars: TwinBars, book: TwinBook, costs: TwinCosts, t: int) -> Filled | Waited:
    """Rests at the signal bar's close; a better open fills there, trading through it at the level."""
    d, level = book.direction[t], bars.close[t]
    if _refused(book, costs, t, level):
        return Waited(t + 1, dropped=True)
    last = t + book.plan.entry.expiry
    for x in range(t + 1, last + 1):
        if x == len(bars.ts):
            return Waited(x)
        if _hole_before(bars, x):
            return Waited(x, expired=True)
        if d * (level - bars.open[x]) > 0:
            return Filled(x, d, bars.open[x], bars.open[x], costs.maker * bars.open[x], at_open=True)
        extreme = bars.low[x] if d > 0 else bars.high[x]
        if d * (level - extreme) > 0:
            return Filled(x, d, level, level, costs.maker * level, at_open=False)
    return Waited(last, expired=True)


def _breakout(bars: TwinBars, book: TwinBook, costs: TwinCosts, t: int) -> Filled | Waited:
    """A stop order above and, by its side, one below, until the window is over; the higher price comes first."""
    entry = book.plan.entry
    up, down = entry.up * bars.close[t], entry.down * bars.close[t]
    over = bars.ts[t] + bars.step + entry.hours * HOUR_MS
    if book.plan.needs_atr and book.atr[t] is None:
        return Waited(t + 1, dropped=True)
    for x in range(t + 1, len(bars.ts)):
        if bars.ts[x] >= over:
            known_before = bars.ts[x - 1] + bars.step >= over
            return Waited(x - 1 if known_before else x, expired=True)
        if max(bars.open[x], bars.high[x]) >= up:
            raw, d, at_open = max(bars.open[x], up), 1, bars.open[x] >= up
        elif _looks_down(book, costs) and min(bars.open[x], bars.low[x]) <= down:
            raw, at_open = min(bars.open[x], down), bars.open[x] <= down
            d = -1 if entry.side == "short_on_down" else 1
        else:
            continue
        price = raw * (1 + d * costs.slip)
        if _refused(book, costs, t, price):
            return Waited(x, dropped=True)
        return Filled(x, d, price, raw, costs.fee * price, at_open)
    # After the last bar the window is over, or its order still rests, which counts as nothing.
    return Waited(len(bars.ts), expired=bars.ts[-1] + bars.step >= over)


def _looks_down(book: TwinBook, costs: TwinCosts) -> bool:
    """Where shorts cannot open, a short on the way down is not looked at."""
    side = book.plan.entry.side
    return side == "either" or (side == "short_on_down" and costs.short)
