"""Everything the trader core knows: plain values that can be written down, read back and compared."""

from decimal import Decimal
from typing import Final

from tradewind.model.events import TradeClosed
from tradewind.trading.book import Book
from tradewind.trading.breakers import Breakers
from tradewind.trading.order_life import OrderRecord

ZERO: Final = Decimal(0)


class TradeState:
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

    __slots__ = (
        "ambiguous", "atr", "attempts", "bars", "best", "cash", "confidence", "direction", "dirty", "entry",
        "entry_ts", "entry_value", "exit_price", "exit_ts", "fees", "first_stop", "funding", "inside", "label",
        "leaving", "left", "number", "opened", "orders", "partials", "plan", "reason", "risk", "signal_ts", "size",
        "slippage", "stop", "stop_reason", "strategy", "symbol", "target", "wanted", "worst",
    )  # fmt: skip

    def __init__(
        self,
        *,
        number: int,
        strategy: str,
        plan: int,
        symbol: str,
        direction: int,
        label: int,
        confidence: float,
        atr: float,
        signal_ts: int,
        wanted: Decimal,
    ) -> None:
        self.number = number
        self.strategy = strategy
        self.plan = plan
        self.symbol = symbol
        self.direction = direction
        self.label = label
        self.confidence = confidence
        self.atr = atr
        self.signal_ts = signal_ts
        self.wanted = wanted
        self.opened = ZERO
        self.left = ZERO
        self.size = 0.0
        self.entry_value = ZERO
        self.entry_ts = -1
        self.inside = False
        self.bars = 0
        self.entry = 0.0
        self.risk = 0.0
        self.first_stop = 0.0
        self.stop = 0.0
        self.stop_reason = 0
        self.target: float | None = None
        self.partials: tuple[tuple[str, float, Decimal], ...] = ()
        self.best = 0.0
        self.worst = 0.0
        self.cash = ZERO
        self.fees = ZERO
        self.funding = ZERO
        self.slippage = ZERO
        self.exit_price = ZERO
        self.exit_ts = -1
        self.reason = 0
        self.ambiguous = False
        self.leaving = 0
        self.orders: dict[str, str] = {}
        self.attempts: dict[str, int] = {}
        self.dirty = True

    @property
    def is_open(self) -> bool:
        """Whether it holds a position."""
        return self.left != 0


class Totals:
    """Sums over closed trades, so that a restart shows the figures it showed before."""

    __slots__ = ("lost", "net", "sum_r", "trades", "wins", "won")

    def __init__(self) -> None:
        self.trades = self.wins = 0
        self.net = self.won = self.lost = ZERO
        self.sum_r = 0.0

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


class EquityDay:
    """Equity at the end of a UTC day, at the last closes."""

    __slots__ = ("day", "equity")

    def __init__(self, day: int, equity: float) -> None:
        self.day, self.equity = day, equity


class CoreState:
    """The whole account. `marks` are the last closes; `equity` is cash and positions at them, `stale` since the
    last fill or funding; `peak` the highest equity
    so far, `drawdown` the largest fall below it as a fraction, `drawdown_quote`
    the largest in money. `ended_orders` had ended when the UTC day began, and are
    forgotten when the next one does: late news of them still finds them for a day."""

    __slots__ = (
        "book", "breakers", "cash", "days", "drawdown", "drawdown_quote", "ended_orders", "equity", "marks",
        "next_trade", "now", "orders", "peak", "stale", "totals", "trades",
    )  # fmt: skip

    def __init__(self, book: Book) -> None:
        self.book, self.breakers, self.totals = book, Breakers(), Totals()
        self.trades: dict[int, TradeState] = {}
        self.orders: dict[str, OrderRecord] = {}
        self.marks: dict[str, float] = {}
        self.days: list[EquityDay] = []
        self.ended_orders: list[str] = []
        self.next_trade, self.now, self.stale = 1, -1, False
        self.equity = self.cash = self.peak = self.drawdown = self.drawdown_quote = 0.0

    def see_equity(self, path: list[float]) -> None:
        """Keep the peak and the largest fall from it, along equities one after the other."""
        self.equity = path[-1]
        peak, quote, drawdown = self.peak, self.drawdown_quote, self.drawdown
        for equity in path:
            if equity > peak:
                peak = equity
            elif peak > 0:
                quote = max(quote, peak - equity)
                drawdown = max(drawdown, 1.0 - equity / peak)
        self.peak, self.drawdown_quote, self.drawdown = peak, quote, drawdown

    def forget_orders(self) -> None:
        """At midnight: drop the orders that had ended a day ago, and note those that have ended since."""
        for name in self.ended_orders:
            del self.orders[name]
        alive = {name for trade in self.trades.values() for name in trade.orders.values()}
        self.ended_orders = [name for name, record in self.orders.items() if record.ended and name not in alive]

    def on(self, symbol: str) -> list[TradeState]:
        """Trades of one symbol, oldest first."""
        return [trade for trade in self.trades.values() if trade.symbol == symbol]
