"""A venue made of closed bars: the law of execution in Decimal, for backtests and paper trading.

A bar is gone through in the order of the law: market orders at its open, resting entries, stops and then targets that
the open is beyond, stops touched, targets touched. Every fill is told to the core and its commands are taken before the
next is looked for, so that a stop set by an entry's fill already counts on the entry bar.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from tradewind.model.errors import WrongUse
from tradewind.model.events import (
    Amend,
    Cancel,
    Command,
    FundingPaid,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Order
from tradewind.trading.stretch import Columns, Stretch

VenueEvent = OrderRejected | OrderCancelled | OrderExpired | OrderFilled | FundingPaid
Tell = Callable[[VenueEvent, int], None]
SMALLEST_RISK = 1e-4  # of the entry price, as in the compiled law
ZERO = Decimal(0)

# The order in which a bar is gone through. The upper trigger of a breakout window counts before the lower one.
_LEAVE, _ENTER, _UPPER, _LOWER, _STOP, _PROFIT = range(6)


class _Working:
    """An order at the venue, while it `stands`. `born` is the bar during which it came, -1 for one between bars.

    It fills where prices reach up to `above` or down to `below`.
    """

    __slots__ = ("above", "below", "born", "order", "price", "stage", "stands", "timed", "trade")

    def __init__(self, order: Order, born: int) -> None:
        self.born, self.stage, self.trade, self.stands = born, _stage_of(order), order.parts[0].trade, True
        self.timed = order.until_ts is not None or order.contiguous
        self.change(order)

    def change(self, order: Order) -> None:
        """Another price or quantity."""
        self.order = order
        self.price = math.nan if order.price is None else float(order.price)
        self.above, self.below = _bounds(order, self.price)

    def reached_by(self, highest: float, lowest: float) -> bool:
        """Whether prices between these two fill it: a limit must be traded through, a trigger be met."""
        return highest >= self.above or lowest <= self.below


def _bounds(order: Order, price: float) -> tuple[float, float]:
    """From which price on upward, and from which downward, an order fills."""
    kind, buys = order.kind, order.side > 0
    if kind == "market":
        return -math.inf, math.inf
    if kind == "limit":
        # Strictly beyond: the next price there is.
        return (math.inf, math.nextafter(price, -math.inf)) if buys else (math.nextafter(price, math.inf), -math.inf)
    return (price, -math.inf) if (kind == "stop") == buys else (math.inf, price)


def _stage_of(order: Order) -> int:
    if order.kind == "market":
        return _LEAVE if order.reduce_only else _ENTER
    if not order.reduce_only:
        return _UPPER if order.kind == "stop" and order.side > 0 else _LOWER
    return _STOP if order.kind == "stop" else _PROFIT


class _Desk:
    """What the venue knows of one symbol: its working orders by stage, in order of arrival; open quantities by trade.

    Prices between `above` and `below` fill nothing; rows of the stretch at hand before `clear` were found to be such.
    `previous_ts` is the last bar before that stretch, `last_ts` the stretch's last, `now` the bar being gone through.
    """

    __slots__ = (
        "above", "below", "clear", "held", "inside", "last_ts", "look_again", "maker", "now", "paid", "previous_ts",
        "rejects_below", "slip", "stages", "taker", "tick", "timed", "working",
    )  # fmt: skip

    def __init__(self, instrument: Instrument) -> None:
        costs = instrument.costs
        self.slip, slip = costs.slip, Decimal(repr(costs.slip))
        self.taker, self.maker = Decimal(repr(costs.taker_fee)), Decimal(repr(costs.maker_fee))
        self.paid = {1: 1 + slip, -1: 1 - slip}  # of the raw price, by side
        self.tick, self.rejects_below = instrument.tick, max(2.0 * costs.slip, SMALLEST_RISK)
        self.working: dict[str, _Working] = {}
        self.stages: tuple[dict[str, _Working], ...] = tuple({} for _ in range(6))
        self.held: dict[int, Decimal] = {}
        self.inside: set[int] = set()  # trades opened inside the bar at hand
        self.now = self.previous_ts = self.last_ts = -1
        self.clear, self.look_again = 0, False
        self.above, self.below, self.timed = math.inf, -math.inf, False

    def add(self, one: _Working) -> None:
        self.working[one.order.id] = self.stages[one.stage][one.order.id] = one
        self.look_again = True

    def drop(self, order_id: str) -> None:
        one = self.working.pop(order_id)
        del self.stages[one.stage][order_id]
        one.stands, self.look_again = False, True

    def look(self) -> None:
        """After changes of orders: between which prices nothing can happen, and whether any order knows time."""
        self.above, self.below, self.timed = math.inf, -math.inf, False
        for one in self.working.values():
            if one.above < self.above:
                self.above = one.above
            if one.below > self.below:
                self.below = one.below
            if one.timed:
                self.timed = True
        self.clear, self.look_again = 0, False

    def reached_by(self, highest: float, lowest: float) -> bool:
        """Whether prices between these two fill anything."""
        if self.look_again:
            self.look()
        return highest >= self.above or lowest <= self.below

    def busy_row(self, bars: Columns, row: int, end: int) -> int:
        """The first row from `row` on, before `end`, at which an order fills or looks at the time."""
        if self.look_again:
            self.look()
        if not self.working:
            return end
        if self.timed:
            return row
        above, below, highs, lows = self.above, self.below, bars.high, bars.low
        row = max(row, self.clear)
        while row < end and highs[row] < above and lows[row] > below:
            row += 1
        self.clear = row
        return min(row, end)

    def turn(self, stage: int) -> Sequence[_Working]:
        """Orders of one stage, profits from the nearest on; whether one still stands when its turn comes is open."""
        orders = self.stages[stage].values()
        if len(orders) > 1:
            return sorted(orders, key=_leg_of)  # partial1, partial2, target
        return tuple(orders)


def _leg_of(one: _Working) -> str:
    return one.order.leg


class BarVenue:
    """Takes commands between bars and fills, and says what a bar makes of the orders that rest with it.

    It answers at once: an order about which it says nothing is taken, until it says otherwise.
    """

    def __init__(self, instruments: Mapping[str, Instrument], timeframe_ms: int) -> None:
        self._desks = {symbol: _Desk(instrument) for symbol, instrument in instruments.items()}
        self._desk_of: dict[str, _Desk] = {}  # by order
        self._timeframe_ms = timeframe_ms

    def take(self, command: Command, ts: int) -> VenueEvent | None:
        """Carry out a command of the core; returns what there is to say to it."""
        if isinstance(command, Cancel):
            ended = self._desk_of.get(command.id)
            if ended is None:
                return None
            self._drop(ended, command.id)
            return OrderCancelled(ts, command.id)
        order = command.approved.order
        desk = self._desks.get(order.symbol)
        if desk is None:
            raise WrongUse(f"{order.symbol} is not traded here", "Give its instrument to the venue")
        if isinstance(command, Amend):
            if order.id in desk.working:
                desk.working[order.id].change(order)
                desk.look_again = True
            return None
        one = _Working(order, desk.now)
        if order.kind == "limit" and not order.reduce_only and _refuses(desk, order, one.price):
            return OrderRejected(ts, order.id, "the stop would be too near")
        desk.add(one)
        self._desk_of[order.id] = desk
        return None

    def begin(self, stretch: Stretch) -> None:
        """The next bars there are."""
        for symbol in stretch.bars:
            desk = self._desks[symbol]
            desk.previous_ts, desk.last_ts, desk.clear = desk.last_ts, stretch.times[-1], 0

    def busy_row(self, stretch: Stretch, row: int, end: int) -> int:
        """The first row from `row` on, before `end`, that `trade` has to be asked for; `end` where none is."""
        for symbol, bars in stretch.bars.items():
            end = self._desks[symbol].busy_row(bars, row, end)
        return min((paid for paid in stretch.rates if row <= paid < end), default=end) if stretch.rates else end

    def trade(self, stretch: Stretch, row: int, tell: Tell) -> None:
        """Tell what happens inside the bars of a row, in order, symbol by symbol."""
        rates = stretch.rates.get(row)
        for symbol, bars in stretch.bars.items():
            desk = self._desks[symbol]
            rate = 0.0 if rates is None else rates.get(symbol, 0.0)
            if rate != 0.0 or desk.busy_row(bars, row, row + 1) == row:
                ts = desk.now = stretch.times[row]
                if rate != 0.0:
                    _pay_funding(desk, bars.open[row], ts, rate, tell)
                if desk.timed:
                    before = stretch.times[row - 1] if row else desk.previous_ts
                    self._end_by_time(desk, ts, tell, hole=before >= 0 and ts != before + self._timeframe_ms)
                if desk.reached_by(bars.high[row], bars.low[row]):
                    self._go_through(desk, bars.open[row], bars.high[row], bars.low[row], ts, tell)
                if desk.timed:
                    self._expire(desk, ts, tell)
                desk.now = -1

    def _go_through(self, desk: _Desk, open_: float, high: float, low: float, ts: int, tell: Tell) -> None:
        desk.inside.clear()
        if len(desk.working) > len(desk.stages[_STOP]) + len(desk.stages[_PROFIT]):
            self._enter_and_leave(desk, open_, high, low, ts, tell)
        if desk.reached_by(open_, open_):
            for one in desk.turn(_STOP):
                if one.stands and one.trade not in desk.inside and one.reached_by(open_, open_):
                    self._fill(desk, one, ts, open_, tell, at_open=True)
            for one in desk.turn(_PROFIT):
                if one.stands and one.born != ts and one.reached_by(open_, open_):
                    self._fill(desk, one, ts, open_, tell, at_open=True)
        if desk.reached_by(high, low):
            for one in desk.turn(_STOP):
                if one.stands and one.reached_by(high, low):
                    ambiguous = _reaches_target_too(desk, one, high, low)
                    self._fill(desk, one, ts, one.price, tell, ambiguous=ambiguous)
            for one in desk.turn(_PROFIT):
                if one.stands and one.trade not in desk.inside and one.reached_by(high, low):
                    self._fill(desk, one, ts, one.price, tell)

    def _enter_and_leave(self, desk: _Desk, open_: float, high: float, low: float, ts: int, tell: Tell) -> None:
        """Market orders at the open, exits first; then resting entries, at the open or inside the bar."""
        for one in (*desk.turn(_LEAVE), *desk.turn(_ENTER)):
            if one.stands and one.born != ts:
                self._fill_or_refuse(desk, one, ts, open_, tell, at_open=True)
        for stage in (_UPPER, _LOWER):
            for one in desk.turn(stage):
                if one.stands and one.born != ts and one.reached_by(high, low):
                    at_open = one.reached_by(open_, open_)
                    self._fill_or_refuse(desk, one, ts, open_ if at_open else one.price, tell, at_open=at_open)

    def _end_by_time(self, desk: _Desk, ts: int, tell: Tell, *, hole: bool) -> None:
        """Orders whose time is over when the bar opens, or that do not outlast a missing bar."""
        for one in list(desk.working.values()):
            order = one.order
            if one.stands and ((order.contiguous and hole) or (order.until_ts is not None and ts >= order.until_ts)):
                self._drop(desk, order.id)
                if order.contiguous and hole and order.kind == "market":
                    tell(OrderRejected(ts, order.id, "a bar is missing before the entry"), ts)
                else:
                    tell(OrderExpired(ts, order.id), ts)

    def _expire(self, desk: _Desk, ts: int, tell: Tell) -> None:
        """Orders whose time is over when the bar has closed."""
        for one in list(desk.working.values()):
            until = one.order.until_ts
            if one.stands and until is not None and ts + self._timeframe_ms >= until:
                self._drop(desk, one.order.id)
                tell(OrderExpired(ts, one.order.id), ts)

    def _fill_or_refuse(self, desk: _Desk, one: _Working, ts: int, raw: float, tell: Tell, *, at_open: bool) -> None:
        """A market exit, or an entry, which may be refused where its price becomes known."""
        order = one.order
        if not order.reduce_only:
            if order.kind != "limit" and _refuses(desk, order, raw * (1.0 + order.side * desk.slip)):
                self._drop(desk, order.id)
                tell(OrderRejected(ts, order.id, "the stop would be too near"), ts)
                return
            if not at_open:
                desk.inside.update(part.trade for part in order.parts)
        self._fill(desk, one, ts, raw, tell, at_open=at_open)

    def _fill(
        self,
        desk: _Desk,
        one: _Working,
        ts: int,
        raw_price: float,
        tell: Tell,
        *,
        at_open: bool = False,
        ambiguous: bool = False,
    ) -> None:
        order = one.order
        raw = Decimal(repr(raw_price)) if at_open or order.price is None else order.price
        rests = order.kind == "limit"
        price = raw if rests else raw * desk.paid[order.side]
        self._drop(desk, order.id)
        for part in order.parts:
            held = desk.held.get(part.trade, ZERO) + order.side * part.quantity
            if held:
                desk.held[part.trade] = held
            else:
                desk.held.pop(part.trade, None)
        fill = OrderFilled(
            ts=ts,
            id=order.id,
            fill=f"{order.id}-1",
            quantity=order.quantity,
            price=price,
            raw=raw,
            fee=(desk.maker if rests else desk.taker) * price * order.quantity,
            at_open=at_open,
            ambiguous=ambiguous,
        )
        tell(fill, ts)

    def _drop(self, desk: _Desk, order_id: str) -> None:
        desk.drop(order_id)
        del self._desk_of[order_id]


def _refuses(desk: _Desk, order: Order, price: float) -> bool:
    """Whether a stop would be so near that costs and rounding decide the trade; a missing value refuses too."""
    smallest = max(desk.tick, desk.rejects_below * price)
    return any(part.attached is not None and not part.attached.risk_at(price) >= smallest for part in order.parts)


def _reaches_target_too(desk: _Desk, stop: _Working, high: float, low: float) -> bool:
    """Whether a bar that fills a stop reaches the target of the same trade; one entered inside the bar has none yet."""
    return stop.trade not in desk.inside and any(
        one.trade == stop.trade and one.order.leg == "target" and one.reached_by(high, low)
        for one in desk.stages[_PROFIT].values()
    )


def _pay_funding(desk: _Desk, open_: float, ts: int, rate: float, tell: Tell) -> None:
    """Positions opened before this bar pay, or receive, at its open."""
    cost = Decimal(repr(rate)) * Decimal(repr(open_))
    for trade, quantity in list(desk.held.items()):
        tell(FundingPaid(ts, trade, quantity * cost), ts)
