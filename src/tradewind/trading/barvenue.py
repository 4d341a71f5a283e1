"""A venue made of closed bars: the law of execution in Decimal, for backtests and paper trading.

A bar is gone through in the order of the law: market orders at its open, resting entries, stops and then targets that
the open is beyond, stops touched, targets touched. Every fill is told to the core and its commands are taken before the
next is looked for, so that a stop set by an entry's fill already counts on the entry bar.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

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
    Submit,
)
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Order
from tradewind.trading.stretch import Columns, Stretch

VenueEvent = OrderRejected | OrderCancelled | OrderExpired | OrderFilled | FundingPaid
Tell = Callable[[VenueEvent, int], None]
SMALLEST_RISK: Final = 1e-4  # of the entry price, as in the compiled law
ZERO: Final = Decimal(0)

# The turns of a bar: market exits and entries at its open, the upper trigger of a breakout window before the lower
# one, stops and then profits that the open is beyond, stops and then profits touched.
_LEAVE: Final = 0
_ENTER: Final = 1
_UPPER: Final = 2
_LOWER: Final = 3
_STOP_AT_OPEN: Final = 4
_PROFIT_AT_OPEN: Final = 5
_STOP: Final = 6
_PROFIT: Final = 7
_NEVER: Final = 8
_AT_OPEN: Final = (_LEAVE, _ENTER, _STOP_AT_OPEN, _PROFIT_AT_OPEN)


class _Working:
    """An order at the venue. `born` is the bar during which it came, -1 for one between bars; `turn` is its last one.

    It fills where prices reach up to `above` or down to `below`; `timed` orders look at the time too.
    """

    __slots__ = ("above", "below", "born", "order", "price", "timed", "trade", "turn")

    def __init__(self, order: Order, born: int) -> None:
        self.order, self.born, self.trade = order, born, order.parts[0].trade
        self.timed = order.contiguous or order.until_ts is not None
        self.turn = _turn_of(order)
        self.price, self.above, self.below = _bounds(order)

    def change(self, order: Order) -> None:
        """Another price or quantity."""
        self.order = order
        self.price, self.above, self.below = _bounds(order)


def _turn_of(order: Order) -> int:
    """The last turn of a bar at which an order fills."""
    kind, closes = order.kind, order.reduce_only
    if kind == "market":
        return _LEAVE if closes else _ENTER
    if closes:
        return _STOP if kind == "stop" else _PROFIT
    return _UPPER if kind == "stop" and order.side > 0 else _LOWER


def _bounds(order: Order) -> tuple[float, float, float]:
    """The price of an order; from which price on upward, and from which downward, it fills."""
    if order.price is None:
        return math.nan, -math.inf, math.inf
    price, kind, buys = float(order.price), order.kind, order.side > 0
    if kind == "limit":
        # Strictly beyond: the next price there is.
        if buys:
            return price, math.inf, math.nextafter(price, -math.inf)
        return price, math.nextafter(price, math.inf), -math.inf
    return (price, price, -math.inf) if (kind == "stop") == buys else (price, math.inf, price)


class _Desk:
    """What the venue knows of one symbol: its working orders in order of arrival, open quantities by trade.

    Prices between `above` and `below` fill nothing; rows of the stretch at hand before `clear` were found to be such.
    `previous_ts` is the last bar before that stretch, `last_ts` the stretch's last, `now` the bar being gone through.
    """

    __slots__ = (
        "above", "below", "clear", "held", "inside", "last_ts", "look_again", "maker", "now", "paid", "previous_ts",
        "rejects_below", "slip", "taker", "tick", "timed", "working",
    )  # fmt: skip

    def __init__(self, instrument: Instrument) -> None:
        costs = instrument.costs
        self.slip, slip = costs.slip, Decimal(repr(costs.slip))
        self.taker, self.maker = Decimal(repr(costs.taker_fee)), Decimal(repr(costs.maker_fee))
        self.paid = {1: 1 + slip, -1: 1 - slip}  # of the raw price, by side
        self.tick, self.rejects_below = instrument.tick, max(2.0 * costs.slip, SMALLEST_RISK)
        self.working: dict[str, _Working] = {}
        self.held: dict[int, Decimal] = {}
        self.inside: set[int] = set()  # trades opened inside the bar at hand
        self.now = self.previous_ts = self.last_ts = -1
        self.clear, self.look_again = 0, False
        self.above, self.below, self.timed = math.inf, -math.inf, False

    def busy_row(self, highs: list[float], lows: list[float], row: int, end: int) -> int:
        """The first row from `row` on, before `end`, at which an order fills."""
        above, below = self.above, self.below
        if row < self.clear:
            row = self.clear
        while row < end and highs[row] < above and lows[row] > below:
            row += 1
        self.clear = row
        return min(row, end)

    def look(self) -> None:
        """After changes of orders: between which prices nothing can happen, and whether any order knows time."""
        above, below, timed = math.inf, -math.inf, False
        for one in self.working.values():
            if one.above < above:
                above = one.above
            if one.below > below:
                below = one.below
            if one.timed:
                timed = True
        self.above, self.below, self.timed = above, below, timed
        self.clear, self.look_again = 0, False

    def next_due(self, turn: int, open_: float, high: float, low: float, ts: int) -> tuple[_Working | None, int]:
        """Which order fills next on a bar, and at which turn, not before one; those of a turn in order of arrival,
        partial profits before the target."""
        found, best = None, _NEVER
        for one in self.working.values():
            above, below, due = one.above, one.below, one.turn
            if high < above and low > below:
                continue
            if due < _STOP:
                if one.born == ts:
                    continue
            elif due == _STOP:
                if turn <= _STOP_AT_OPEN and (open_ >= above or open_ <= below) and one.trade not in self.inside:
                    due = _STOP_AT_OPEN
            elif turn <= _PROFIT_AT_OPEN and (open_ >= above or open_ <= below) and one.born != ts:
                due = _PROFIT_AT_OPEN
            elif one.trade in self.inside:
                continue
            if due >= turn and (due < best or (due == best and found is not None and one.order.leg < found.order.leg)):
                found, best = one, due
        return found, best


class BarVenue:
    """Takes commands between bars and fills, and says what a bar makes of the orders that rest with it.

    It answers at once: an order about which it says nothing is taken, until it says otherwise.
    """

    def __init__(self, instruments: Mapping[str, Instrument], timeframe_ms: int) -> None:
        self._desks = {symbol: _Desk(instrument) for symbol, instrument in instruments.items()}
        self._desk_of: dict[str, _Desk] = {}  # by order
        self._here: list[tuple[_Desk, Columns]] = []  # the stretch at hand
        self._timeframe_ms = timeframe_ms

    def take(self, command: Command, ts: int) -> VenueEvent | None:
        """Carry out a command of the core; returns what there is to say to it."""
        if type(command) is Submit:
            return self._submitted(command.approved.order, ts)
        if type(command) is Amend:
            order = command.approved.order
            amended = self._desk_of.get(order.id)
            if amended is not None:
                amended.working[order.id].change(order)
                amended.look_again = True
            return None
        assert type(command) is Cancel
        ended = self._desk_of.get(command.id)
        if ended is None:
            return None
        self._drop(ended, command.id)
        return OrderCancelled(ts, command.id)

    def _submitted(self, order: Order, ts: int) -> VenueEvent | None:
        name, desk = order.id, self._desks.get(order.symbol)
        if desk is None:
            raise WrongUse(f"{order.symbol} is not traded here", "Give its instrument to the venue")
        one = _Working(order, desk.now)
        if order.kind == "limit" and not order.reduce_only and _refuses(desk, order, one.price):
            return OrderRejected(ts, name, "the stop would be too near")
        desk.working[name], self._desk_of[name] = one, desk
        desk.look_again = True
        return None

    def begin(self, stretch: Stretch) -> None:
        """The next bars there are."""
        self._here = [(self._desks[symbol], bars) for symbol, bars in stretch.bars.items()]
        for desk, _ in self._here:
            desk.previous_ts, desk.last_ts, desk.clear = desk.last_ts, stretch.times[-1], 0

    def busy_row(self, stretch: Stretch, row: int, end: int) -> int:
        """The first row from `row` on, before `end`, that `trade` has to be asked for; `end` where none is."""
        for desk, bars in self._here:
            if desk.look_again:
                desk.look()
            if desk.working and row < end:
                end = row if desk.timed else desk.busy_row(bars.high, bars.low, row, end)
        return min((paid for paid in stretch.rates if row <= paid < end), default=end) if stretch.rates else end

    def trade(self, stretch: Stretch, row: int, tell: Tell) -> None:
        """Tell what happens inside the bars of a row that `busy_row` named, in order, symbol by symbol."""
        rates = stretch.rates.get(row)
        for desk, bars in self._here:
            rate = 0.0 if rates is None else rates.get(bars.symbol, 0.0)
            high, low, timed = bars.high[row], bars.low[row], desk.timed
            if timed or high >= desk.above or low <= desk.below or rate != 0.0:
                ts = desk.now = stretch.times[row]
                if rate != 0.0:
                    _pay_funding(desk, bars.open[row], ts, rate, tell)
                if timed:
                    before = stretch.times[row - 1] if row else desk.previous_ts
                    self._end_by_time(desk, ts, tell, hole=before >= 0 and ts != before + self._timeframe_ms)
                self._go_through(desk, bars.open[row], high, low, ts, tell)
                if timed and desk.timed:
                    self._expire(desk, ts, tell)
                desk.now = -1

    def _go_through(self, desk: _Desk, open_: float, high: float, low: float, ts: int, tell: Tell) -> None:
        inside = desk.inside
        inside.clear()
        turn = _LEAVE
        while True:
            if desk.look_again:
                desk.look()
            if high < desk.above and low > desk.below:
                return
            one, turn = desk.next_due(turn, open_, high, low, ts)
            if one is None:
                return
            order, at_open, ambiguous = one.order, turn in _AT_OPEN, False
            if order.reduce_only:
                if turn == _STOP:
                    ambiguous = one.trade not in inside and _reaches_target_too(desk, one.trade, high, low)
            else:
                at_open = at_open or open_ >= one.above or open_ <= one.below
                if order.kind != "limit":
                    price = (open_ if at_open else one.price) * (1.0 + order.side * desk.slip)
                    if _refuses(desk, order, price):
                        self._drop(desk, order.id)
                        tell(OrderRejected(ts, order.id, "the stop would be too near"), ts)
                        continue
                if not at_open:
                    inside.update(part.trade for part in order.parts)
            self._drop(desk, order.id)
            tell(_fill(desk, order, ts, open_ if at_open else None, ambiguous), ts)

    def _end_by_time(self, desk: _Desk, ts: int, tell: Tell, *, hole: bool) -> None:
        """Orders whose time is over when the bar opens, or that do not outlast a missing bar."""
        for name, one in tuple(desk.working.items()):
            order = one.order
            lost = order.contiguous and hole
            if (lost or (order.until_ts is not None and ts >= order.until_ts)) and name in desk.working:
                self._drop(desk, name)
                if lost and order.kind == "market":
                    tell(OrderRejected(ts, name, "a bar is missing before the entry"), ts)
                else:
                    tell(OrderExpired(ts, name), ts)

    def _expire(self, desk: _Desk, ts: int, tell: Tell) -> None:
        """Orders whose time is over when the bar has closed."""
        for name, one in tuple(desk.working.items()):
            until = one.order.until_ts
            if until is not None and ts + self._timeframe_ms >= until and name in desk.working:
                self._drop(desk, name)
                tell(OrderExpired(ts, name), ts)

    def _drop(self, desk: _Desk, name: str) -> None:
        del desk.working[name], self._desk_of[name]
        desk.look_again = True


def _fill(desk: _Desk, order: Order, ts: int, open_: float | None, ambiguous: bool) -> OrderFilled:  # noqa: FBT001
    """All of an order, at the open or at its own price."""
    name, side, quantity = order.id, order.side, order.quantity
    raw = Decimal(repr(open_)) if open_ is not None or order.price is None else order.price
    price, rate = (raw, desk.maker) if order.kind == "limit" else (raw * desk.paid[side], desk.taker)
    for part in order.parts:
        held = desk.held.pop(part.trade, ZERO) + side * part.quantity
        if held:
            desk.held[part.trade] = held
    return OrderFilled(
        ts=ts,
        id=name,
        fill=name + "-1",
        quantity=quantity,
        price=price,
        raw=raw,
        fee=rate * price * quantity,
        at_open=open_ is not None,
        ambiguous=ambiguous,
    )


def _refuses(desk: _Desk, order: Order, price: float) -> bool:
    """Whether a stop would be so near that costs and rounding decide the trade; a missing value refuses too."""
    smallest = max(desk.tick, desk.rejects_below * price)
    return any(part.attached is not None and not part.attached.risk_at(price) >= smallest for part in order.parts)


def _reaches_target_too(desk: _Desk, trade: int, high: float, low: float) -> bool:
    """Whether a bar that fills a stop reaches the target of the same trade; one entered inside the bar has none yet."""
    for one in desk.working.values():
        if one.trade == trade and one.order.leg == "target":
            return high >= one.above or low <= one.below
    return False


def _pay_funding(desk: _Desk, open_: float, ts: int, rate: float, tell: Tell) -> None:
    """Positions opened before this bar pay, or receive, at its open."""
    cost = Decimal(repr(rate)) * Decimal(repr(open_))
    for trade, quantity in tuple(desk.held.items()):
        tell(FundingPaid(ts, trade, quantity * cost), ts)
