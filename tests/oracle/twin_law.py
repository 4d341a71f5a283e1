"""The law of execution in plain Python, bar by bar: the readable twin that judges the compiled law."""

import math
from collections.abc import Sequence
from typing import NamedTuple

Value = float | None  # None where a feature has no value


class TwinBars(NamedTuple):
    """Closed bars as lists; `step` is the timeframe in milliseconds."""

    step: int
    ts: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


class TwinPlan(NamedTuple):
    """Stop and target in multiples of their ATR, the longest life in bars, and the two optional ways out."""

    stop_atr: float
    target_atr: float
    hold: int
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False


class TwinCosts(NamedTuple):
    """`fee` per fill as a fraction of notional, `slip` against us as a fraction of price, `tick` in price.

    Without `short` (spot) a short signal opens nothing.
    """

    fee: float
    slip: float
    tick: float
    short: bool = True


class TwinBook(NamedTuple):
    """What one strategy brings to a walk: a direction and an ATR per bar, and its plan."""

    direction: Sequence[int]
    atr: Sequence[Value]
    plan: TwinPlan


class TwinTrade(NamedTuple):
    """One closed trade; `book` is the position of the book that opened it, prices are fills, R is net."""

    signal: int
    entry: int
    exit: int
    direction: int
    entry_price: float
    exit_price: float
    stop_price: float
    target_price: float
    fees: float
    r: float
    log_return: float
    mfe_r: float
    mae_r: float
    reason: str
    ambiguous: bool
    book: int
    label: int


class TwinWalk(NamedTuple):
    """All closed trades in order, entries that were refused, and 1 where the last trade never closed."""

    trades: list[TwinTrade]
    dropped: int
    unfinished: int


def walk(
    bars: TwinBars,
    book: TwinBook,
    costs: TwinCosts,
    labels: Sequence[int] | None = None,
    only_label: int | None = None,
) -> TwinWalk:
    """One book over all bars; with `only_label`, entries (and nothing else) are gated to bars of that regime."""
    in_force = [0 if only_label in (None, _label(labels, t)) else None for t in range(len(bars.ts))]
    return _walk(bars, [book], costs, labels, in_force)


def walk_switch(
    bars: TwinBars,
    books: Sequence[TwinBook],
    costs: TwinCosts,
    labels: Sequence[int] | None,
    in_force: Sequence[int | None],
) -> TwinWalk:
    """Several books as one strategy: at bar t it says what book `in_force[t]` says, and nothing where that is None.

    The book that opened a trade keeps its plan and levels to the end; an opposite signal is one of the switch.
    """
    direction = [0 if number is None else books[number].direction[t] for t, number in enumerate(in_force)]
    as_one = [book._replace(direction=direction) for book in books]
    return _walk(bars, as_one, costs, labels, in_force)


def _walk(
    bars: TwinBars,
    books: Sequence[TwinBook],
    costs: TwinCosts,
    labels: Sequence[int] | None,
    in_force: Sequence[int | None],
) -> TwinWalk:
    trades: list[TwinTrade] = []
    dropped = 0
    t = 0
    while t < len(bars.ts) - 1:  # a signal on the very last bar has no bar to enter at
        number = in_force[t]
        if number is None or books[number].direction[t] not in ((1, -1) if costs.short else (1,)):
            t += 1
            continue
        entry = _entry(bars, books[number], costs, t)
        if entry is None:
            dropped += 1
            t += 1
            continue
        closing = _closing(bars, books[number], labels, t, entry)
        if closing is None:
            return TwinWalk(trades, dropped, 1)
        trades.append(_trade(bars, books[number], costs, t, entry, closing, number, _label(labels, t)))
        t = closing.bar
    return TwinWalk(trades, dropped, 0)


class _Entry(NamedTuple):
    price: float
    stop: float
    target: float


class _Closing(NamedTuple):
    bar: int
    level: float  # raw price, before slippage
    reason: str
    ambiguous: bool


def _label(labels: Sequence[int] | None, t: int) -> int:
    return -1 if labels is None else labels[t]


def _entry(bars: TwinBars, book: TwinBook, costs: TwinCosts, t: int) -> _Entry | None:
    """The fill at the next open with its levels, or None where the law refuses it."""
    if bars.ts[t + 1] != bars.ts[t] + bars.step:
        return None
    atr = book.atr[t]
    if atr is None:
        return None
    d = book.direction[t]
    price = bars.open[t + 1] * (1 + d * costs.slip)
    distance = book.plan.stop_atr * atr
    stop = price - d * distance
    target = price + d * book.plan.target_atr * atr
    # The distance as the plan states it: |price - stop| is the same number, but for a rounding of its last digit.
    if distance < max(costs.tick, 2 * costs.slip * price, 1e-4 * price):
        return None
    return _Entry(price, stop, target)


def _closing(bars: TwinBars, book: TwinBook, labels: Sequence[int] | None, t: int, entry: _Entry) -> _Closing | None:
    """The first rule of the first bar that closes the trade, or None where the data end before."""
    d, e = book.direction[t], t + 1
    for x in range(e, len(bars.ts)):
        if x > e:
            market = _market_exit(book, labels, t, x)
            if market is not None:
                return _Closing(x, bars.open[x], market, False)
        if d * (bars.open[x] - entry.stop) <= 0:
            return _Closing(x, bars.open[x], "stop", False)
        if x > e and d * (bars.open[x] - entry.target) >= 0:
            return _Closing(x, bars.open[x], "target", False)
        worst, best = (bars.low[x], bars.high[x]) if d > 0 else (bars.high[x], bars.low[x])
        stopped = d * (worst - entry.stop) <= 0
        reached = d * (best - entry.target) >= 0
        if stopped:
            return _Closing(x, entry.stop, "stop", reached)
        if reached:
            return _Closing(x, entry.target, "target", False)
    return None


def _market_exit(book: TwinBook, labels: Sequence[int] | None, t: int, x: int) -> str | None:
    """Why the close of bar x - 1 asks for an exit at open[x]; x - 1 is the entry bar or later."""
    if x - (t + 1) == book.plan.hold:
        return "time"
    if book.plan.exit_on_opposite and book.direction[x - 1] == -book.direction[t]:
        return "opposite"
    if book.plan.exit_on_regime_change and _label(labels, x - 1) != _label(labels, t):
        return "regime"
    return None


def _trade(
    bars: TwinBars, book: TwinBook, costs: TwinCosts, t: int, entry: _Entry, closing: _Closing, number: int, label: int
) -> TwinTrade:
    d = book.direction[t]
    exit_price = closing.level * (1 - d * costs.slip)
    fees = costs.fee * (entry.price + exit_price)
    net = d * (exit_price - entry.price) - fees
    risk = abs(entry.price - entry.stop)
    # The fill itself, every price of the bars before the exit bar, and of the exit bar only the price of the exit:
    # what the rest of that bar did, before or after, is unknown.
    reached = [entry.price, closing.level, *bars.high[t + 1 : closing.bar], *bars.low[t + 1 : closing.bar]]
    excursions = [d * (price - entry.price) / risk for price in reached]
    return TwinTrade(
        signal=t,
        entry=t + 1,
        exit=closing.bar,
        direction=d,
        entry_price=entry.price,
        exit_price=exit_price,
        stop_price=entry.stop,
        target_price=entry.target,
        fees=fees,
        r=net / risk,
        log_return=math.log(1 + net / entry.price) if net > -entry.price else -math.inf,
        mfe_r=max(excursions),
        mae_r=min(excursions),
        reason=closing.reason,
        ambiguous=closing.ambiguous,
        book=number,
        label=label,
    )
