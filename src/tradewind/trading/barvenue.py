"""A venue made of closed bars: the law of execution in Decimal, for backtests and paper trading.

A bar is gone through in the order of the law: market orders at its open, resting entries, stops and then targets that
the open is beyond, stops touched, targets touched. Whoever drives it hands every fill to the core and the core's
commands back before asking for the next, so that a stop set by an entry's fill already counts on the entry bar.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

from tradewind.model.errors import WrongUse
from tradewind.model.events import (
    Amend,
    Cancel,
    ClosedBar,
    Command,
    FundingPaid,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    Submit,
)
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Order

VenueEvent = OrderAccepted | OrderRejected | OrderCancelled | OrderExpired | OrderFilled | FundingPaid
SMALLEST_RISK = 1e-4  # of the entry price, as in the compiled law
ZERO = Decimal(0)
_Ended = TypeVar("_Ended", OrderRejected, OrderCancelled, OrderExpired)


# The order in which a bar is gone through. The upper trigger of a breakout window counts before the lower one.
_LEAVE, _ENTER, _UPPER, _LOWER, _STOP, _PROFIT = range(6)
_ENTRIES = (_ENTER, _UPPER, _LOWER)


class _Working:
    """An order at the venue. `born` is the bar during which it came; -1 for one that came between bars."""

    __slots__ = ("above", "below", "born", "order", "price", "stage", "timed", "trade")

    def __init__(self, order: Order, born: int) -> None:
        self.order, self.born, self.stage, self.trade = order, born, _stage_of(order), order.parts[0].trade
        self.timed = order.until_ts is not None or order.contiguous
        self.price = math.nan if order.price is None else float(order.price)
        self.above, self.below = _bounds(order, self.price)

    def reached_by(self, highest: float, lowest: float) -> bool:
        """Whether prices between these two fill it: a limit must be traded through, a trigger be met."""
        return highest >= self.above or lowest <= self.below


def _bounds(order: Order, price: float) -> tuple[float, float]:
    """From which price on upward, and from which downward, an order fills."""
    if order.kind == "market":
        return -math.inf, math.inf
    if order.kind == "limit":
        # Strictly beyond: the next price there is.
        return (
            (math.inf, math.nextafter(price, -math.inf))
            if order.side > 0
            else (math.nextafter(price, math.inf), -math.inf)
        )
    return (price, -math.inf) if (order.kind == "stop") == (order.side > 0) else (math.inf, price)


def _stage_of(order: Order) -> int:
    if order.kind == "market":
        return _LEAVE if order.reduce_only else _ENTER
    if not order.reduce_only:
        return _UPPER if order.kind == "stop" and order.side > 0 else _LOWER
    return _STOP if order.kind == "stop" else _PROFIT


class _Desk:
    """What the venue knows of one symbol: its working orders in order of arrival, open quantities by trade."""

    __slots__ = (
        "above", "below", "held", "inside", "last_ts", "maker", "now", "rejects_below", "slip", "taker", "tick",
        "timed", "working",
    )  # fmt: skip

    def __init__(self, instrument: Instrument) -> None:
        costs = instrument.costs
        self.taker, self.maker = Decimal(repr(costs.taker_fee)), Decimal(repr(costs.maker_fee))
        self.slip = Decimal(repr(costs.slip))
        self.tick, self.rejects_below = instrument.tick, max(2.0 * costs.slip, SMALLEST_RISK)
        self.working: dict[str, _Working] = {}
        self.held: dict[int, Decimal] = {}
        self.inside: set[int] = set()  # trades opened inside the bar at hand
        self.now = self.last_ts = -1
        self.look()

    def look(self) -> None:
        """After any change of orders: between which prices nothing can happen, and whether any order knows time."""
        orders = self.working.values()
        self.above = min([one.above for one in orders], default=math.inf)
        self.below = max([one.below for one in orders], default=-math.inf)
        self.timed = any(one.timed for one in orders)


class BarVenue:
    """Takes commands between bars and fills, and says what a bar makes of the orders that rest with it."""

    def __init__(self, instruments: Mapping[str, Instrument], timeframe_ms: int) -> None:
        self._desks = {symbol: _Desk(instrument) for symbol, instrument in instruments.items()}
        self._symbol_of: dict[str, str] = {}
        self._timeframe_ms = timeframe_ms

    def take(self, command: Command, ts: int) -> tuple[VenueEvent, ...]:
        """Carry out a command of the core; returns what the venue answers at once."""
        if isinstance(command, Cancel):
            return self._cancel(command.id, ts)
        order = command.approved.order
        if order.symbol not in self._desks:
            raise WrongUse(f"{order.symbol} is not traded here", "Give its instrument to the venue")
        desk = self._desks[order.symbol]
        if isinstance(command, Amend):
            if order.id in desk.working:
                desk.working[order.id] = _Working(order, desk.working[order.id].born)
                desk.look()
            return ()
        assert isinstance(command, Submit)
        if order.kind == "limit" and not order.reduce_only and self._refuses(desk, order, float(order.price or 0)):
            return (OrderRejected(ts, order.id, "the stop would be too near"),)
        desk.working[order.id] = _Working(order, desk.now)
        desk.look()
        self._symbol_of[order.id] = order.symbol
        return (OrderAccepted(ts, order.id),)

    def trade(self, bar: ClosedBar, ts: int, funding_rate: float = 0.0) -> Iterable[VenueEvent]:
        """What happens on a bar, in order. Take the commands that answer an event before asking for the next."""
        desk = self._desks[bar.symbol]
        last, desk.last_ts = desk.last_ts, ts
        if bar.high < desk.above and bar.low > desk.below and not desk.timed and funding_rate == 0.0:
            return ()
        hole = last >= 0 and ts != last + self._timeframe_ms
        return self._traded(desk, bar, ts, funding_rate, hole=hole)

    def _traded(self, desk: _Desk, bar: ClosedBar, ts: int, funding_rate: float, *, hole: bool) -> Iterator[VenueEvent]:
        desk.now = ts
        if funding_rate != 0.0:
            yield from _funding(desk, bar, ts, funding_rate)
        if desk.timed:
            yield from self._over(desk, ts, hole=hole)
        if bar.high >= desk.above or bar.low <= desk.below:
            yield from self._go_through(desk, bar, ts)
        if desk.timed:
            for one in list(desk.working.values()):
                until = one.order.until_ts
                if until is not None and ts + self._timeframe_ms >= until and one.order.id in desk.working:
                    yield self._end(desk, OrderExpired(ts, one.order.id))
        desk.now = -1

    def _go_through(self, desk: _Desk, bar: ClosedBar, ts: int) -> Iterator[VenueEvent]:
        desk.inside.clear()
        yield from self._entries_and_exits(desk, bar, ts)
        open_, high, low = bar.open, bar.high, bar.low
        for one in _some(desk, _STOP):
            if one.trade not in desk.inside and one.reached_by(open_, open_):
                yield self._filled(desk, one, ts, open_, at_open=True)
        for one in _some(desk, _PROFIT):
            if one.born != ts and one.reached_by(open_, open_):
                yield self._filled(desk, one, ts, open_, at_open=True)
        for one in _some(desk, _STOP):
            if one.reached_by(high, low):
                yield self._filled(desk, one, ts, one.price, ambiguous=_reaches_target_too(desk, one, bar))
        for one in _some(desk, _PROFIT):
            if one.trade not in desk.inside and one.reached_by(high, low):
                yield self._filled(desk, one, ts, one.price)

    def _entries_and_exits(self, desk: _Desk, bar: ClosedBar, ts: int) -> Iterator[VenueEvent]:
        """Market orders at the open, exits first; then resting entries, at the open or inside the bar."""
        for stage in (_LEAVE, _ENTER):
            for one in _some(desk, stage):
                if one.born != ts:
                    yield self._fill_or_refuse(desk, one, ts, bar.open, at_open=True)
        for stage in (_UPPER, _LOWER):
            for one in _some(desk, stage):
                if one.born != ts and one.reached_by(bar.high, bar.low):
                    at_open = one.reached_by(bar.open, bar.open)
                    yield self._fill_or_refuse(desk, one, ts, bar.open if at_open else one.price, at_open=at_open)

    def _over(self, desk: _Desk, ts: int, *, hole: bool) -> Iterator[VenueEvent]:
        """Orders whose time is over when the bar opens, or that do not outlast a missing bar."""
        for one in list(desk.working.values()):
            order = one.order
            if order.contiguous and hole:
                if order.kind == "market":
                    yield self._end(desk, OrderRejected(ts, order.id, "a bar is missing before the entry"))
                else:
                    yield self._end(desk, OrderExpired(ts, order.id))
            elif order.until_ts is not None and ts >= order.until_ts:
                yield self._end(desk, OrderExpired(ts, order.id))

    def _fill_or_refuse(self, desk: _Desk, one: _Working, ts: int, raw: float, *, at_open: bool) -> VenueEvent:
        if one.stage in _ENTRIES and one.order.kind != "limit":
            price = raw * (1.0 + one.order.side * float(desk.slip))
            if self._refuses(desk, one.order, price):
                return self._end(desk, OrderRejected(ts, one.order.id, "the stop would be too near"))
        if one.stage in _ENTRIES and not at_open:
            desk.inside.update(part.trade for part in one.order.parts)
        return self._filled(desk, one, ts, raw, at_open=at_open)

    def _refuses(self, desk: _Desk, order: Order, price: float) -> bool:
        """Whether a stop would be so near that costs and rounding decide the trade; a missing value refuses too."""
        smallest = max(desk.tick, desk.rejects_below * price)
        return any(part.attached is not None and not part.attached.risk_at(price) >= smallest for part in order.parts)

    def _filled(
        self, desk: _Desk, one: _Working, ts: int, raw_price: float, *, at_open: bool = False, ambiguous: bool = False
    ) -> OrderFilled:
        order = one.order
        raw = order.price if not at_open and order.price is not None else Decimal(repr(raw_price))
        rests = order.kind == "limit"
        price = raw if rests else raw * (1 + order.side * desk.slip)
        fee = (desk.maker if rests else desk.taker) * price * order.quantity
        del desk.working[order.id], self._symbol_of[order.id]
        desk.look()
        for part in order.parts:
            held = desk.held.get(part.trade, ZERO) + order.side * part.quantity
            if held == 0:
                desk.held.pop(part.trade, None)
            else:
                desk.held[part.trade] = held
        return OrderFilled(
            ts=ts,
            id=order.id,
            fill=f"{order.id}-1",
            quantity=order.quantity,
            price=price,
            raw=raw,
            fee=fee,
            at_open=at_open,
            ambiguous=ambiguous,
        )

    def _cancel(self, order_id: str, ts: int) -> tuple[VenueEvent, ...]:
        symbol = self._symbol_of.get(order_id)
        return () if symbol is None else (self._end(self._desks[symbol], OrderCancelled(ts, order_id)),)

    def _end(self, desk: _Desk, news: _Ended) -> _Ended:
        del desk.working[news.id], self._symbol_of[news.id]
        desk.look()
        return news


def _some(desk: _Desk, stage: int) -> Iterator[_Working]:
    """Orders of one stage, profits from the nearest on; each as it stands when its turn comes, if it still does."""
    names = [one.order.id for one in desk.working.values() if one.stage == stage]
    if len(names) > 1:
        names.sort(key=lambda name: desk.working[name].order.leg)  # partial1, partial2, target
    for name in names:
        if (one := desk.working.get(name)) is not None:
            yield one


def _reaches_target_too(desk: _Desk, stop: _Working, bar: ClosedBar) -> bool:
    """Whether a bar that fills a stop reaches the target of the same trade; one entered inside the bar has none yet."""
    return stop.trade not in desk.inside and any(
        one.order.leg == "target" and one.trade == stop.trade and one.reached_by(bar.high, bar.low)
        for one in desk.working.values()
    )


def _funding(desk: _Desk, bar: ClosedBar, ts: int, rate: float) -> Iterator[FundingPaid]:
    """Positions opened before this bar pay, or receive, at its open."""
    cost = Decimal(repr(rate)) * Decimal(repr(bar.open))
    for trade, quantity in list(desk.held.items()):
        yield FundingPaid(ts, trade, quantity * cost)
