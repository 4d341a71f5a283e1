"""Everything the trader core knows: plain values that can be written down, read back and compared."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tradewind.model.events import TradeClosed
from tradewind.trading.book import Book
from tradewind.trading.breakers import Breakers
from tradewind.trading.order_life import OrderRecord

ZERO = Decimal(0)


class TradeState(msgspec.Struct, gc=False, kw_only=True):
    """One trade from its signal to its end, under the plan of the specialist that opened it.

    `wanted` is the quantity asked for, `opened` what was filled, `left` what is still open. `bars` counts bars present
    since the entry bar, that one included; `inside`: the entry was not at its bar's open. Levels are raw prices;
    `partials` are those not yet filled, with their quantities; `best` and `worst` the most and least favourable prices
    reached. `cash` is what all fills brought, fees paid; `fees`, `funding` and `slippage` what of it went where.
    `leaving` is the reason of a market exit that was decided (0: none). `orders` names the latest order of each leg,
    `attempts` counts those of a leg that came before it.
    `dirty`: what should rest at the venue, or the life of what does, has changed since the two were last compared.
    `size` is the signed quantity as a float.
    """

    number: int
    strategy: str
    plan: int
    symbol: str
    direction: int
    label: int
    confidence: float
    atr: float
    signal_ts: int
    wanted: Decimal
    opened: Decimal = ZERO
    left: Decimal = ZERO
    size: float = 0.0
    entry_value: Decimal = ZERO
    entry_ts: int = -1
    inside: bool = False
    bars: int = 0
    entry: float = 0.0
    risk: float = 0.0
    first_stop: float = 0.0
    stop: float = 0.0
    stop_reason: int = 0
    target: float | None = None
    partials: tuple[tuple[str, float, Decimal], ...] = ()
    best: float = 0.0
    worst: float = 0.0
    cash: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    slippage: Decimal = ZERO
    exit_price: Decimal = ZERO
    exit_ts: int = -1
    reason: int = 0
    ambiguous: bool = False
    leaving: int = 0
    orders: dict[str, str] = msgspec.field(default_factory=dict)
    attempts: dict[str, int] = msgspec.field(default_factory=dict)
    dirty: bool = True

    @property
    def is_open(self) -> bool:
        """Whether it holds a position."""
        return self.left != 0


class Totals(msgspec.Struct):
    """Sums over closed trades, so that a restart shows the figures it showed before."""

    trades: int = 0
    wins: int = 0
    net: Decimal = ZERO
    won: Decimal = ZERO
    lost: Decimal = ZERO
    sum_r: float = 0.0

    def count(self, closed: TradeClosed) -> None:
        """One more trade; a win is R > 0."""
        self.trades += 1
        self.wins += closed.r > 0
        self.net += closed.net_quote
        self.sum_r += closed.r
        if closed.net_quote > 0:
            self.won += closed.net_quote
        else:
            self.lost -= closed.net_quote


class EquityDay(msgspec.Struct, frozen=True, gc=False):
    """Equity at the end of a UTC day, at the last closes."""

    day: int
    equity: float


class CoreState(msgspec.Struct):
    """The whole account. `marks` are the last closes; `equity` is cash and positions at them, `stale` since the
    last fill or funding; `peak` the highest equity
    so far, `drawdown` the largest fall below it as a fraction, `drawdown_quote`
    the largest in money. `ended_orders` had ended when the UTC day began, and are
    forgotten when the next one does: late news of them still finds them for a day."""

    book: Book
    breakers: Breakers = msgspec.field(default_factory=Breakers)
    trades: dict[int, TradeState] = msgspec.field(default_factory=dict)
    orders: dict[str, OrderRecord] = msgspec.field(default_factory=dict)
    marks: dict[str, float] = msgspec.field(default_factory=dict)
    days: list[EquityDay] = msgspec.field(default_factory=list)
    totals: Totals = msgspec.field(default_factory=Totals)
    ended_orders: list[str] = msgspec.field(default_factory=list)
    next_trade: int = 1
    now: int = -1
    equity: float = 0.0
    cash: float = 0.0
    stale: bool = False
    peak: float = 0.0
    drawdown: float = 0.0
    drawdown_quote: float = 0.0

    def see_equity(self, path: Sequence[float]) -> None:
        """Keep the peak and the largest fall from it, along equities one after the other."""
        self.equity = path[-1]
        peak = self.peak
        # Below one peak the lowest fell most, also after rounding: dividing and subtracting keep the order.
        for equity in path if len(path) == 1 or max(path) > peak else (min(path),):
            if equity > peak:
                self.peak = peak = equity
            elif peak > 0:
                if peak - equity > self.drawdown_quote:
                    self.drawdown_quote = peak - equity
                share = 1.0 - equity / peak
                if share > self.drawdown:
                    self.drawdown = share

    def forget_orders(self) -> None:
        """At midnight: drop the orders that had ended a day ago, and note those that have ended since."""
        for name in self.ended_orders:
            del self.orders[name]
        alive = {name for trade in self.trades.values() for name in trade.orders.values()}
        self.ended_orders = [name for name, record in self.orders.items() if record.ended and name not in alive]

    def on(self, symbol: str) -> list[TradeState]:
        """Trades of one symbol, oldest first."""
        return [trade for trade in self.trades.values() if trade.symbol == symbol]


def state_bytes(state: CoreState) -> bytes:
    """The whole state as bytes: equal states give equal bytes. The order of trades and orders is part of it."""
    return msgspec.msgpack.encode(state)


def state_from(content: bytes) -> CoreState:
    """The state written by `state_bytes`."""
    return msgspec.msgpack.decode(content, type=CoreState)
