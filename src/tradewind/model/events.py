"""What the trader core is told, and what it answers: tagged values, the same in memory, journal and replay.

Times are milliseconds UTC; `ts` of a bar is its open time. Bars are floats, money and quantities are Decimal. None can
be part of a cycle, so the garbage collector need not look at them (`gc=False`).
"""

import math
from decimal import Decimal

import msgspec

from tradewind.model.orders import Approved


class Signal(msgspec.Struct, frozen=True, gc=False):
    """What one strategy says at a closed bar: side +1 or -1, how sure it is, and the ATR its plan needs (NaN: none).

    `plan` names the plan of the configuration that speaks, among those the core was set up with. `volatility` is the
    deviation of a bar's log return, for sizing by it; NaN where nobody asks.
    """

    strategy: str
    plan: int
    direction: int
    confidence: float
    atr: float
    volatility: float = math.nan


class ClosedBar(msgspec.Struct, frozen=True, gc=False):
    """One symbol's closed bar, its regime label (-1 unknown), and what strategies say at it."""

    symbol: str
    open: float
    high: float
    low: float
    close: float
    label: int
    signals: tuple[Signal, ...] = ()


class BarsClosed(msgspec.Struct, frozen=True, gc=False, tag="bars"):
    """All bars that closed together; symbols without a bar are not in it."""

    ts: int
    bars: tuple[ClosedBar, ...]


class Deposited(msgspec.Struct, frozen=True, gc=False, tag="deposited"):
    """Quote currency put into the account, or taken out where negative."""

    ts: int
    amount: Decimal


class OrderAccepted(msgspec.Struct, frozen=True, gc=False, tag="accepted"):
    """The venue has the order."""

    ts: int
    id: str


class OrderRejected(msgspec.Struct, frozen=True, gc=False, tag="rejected"):
    """The venue refused the order; it will never fill."""

    ts: int
    id: str
    reason: str


class OrderCancelled(msgspec.Struct, frozen=True, gc=False, tag="cancelled"):
    """The rest of the order was taken back."""

    ts: int
    id: str


class OrderExpired(msgspec.Struct, frozen=True, gc=False, tag="expired"):
    """The rest of the order ended by time, or by a rule of the venue."""

    ts: int
    id: str


class OrderUnknown(msgspec.Struct, frozen=True, gc=False, tag="unknown"):
    """Nobody can say whether the venue has the order: the reply was lost or ambiguous."""

    ts: int
    id: str


class OrderAbsent(msgspec.Struct, frozen=True, gc=False, tag="absent"):
    """It was proved that the venue never had the order."""

    ts: int
    id: str


class OrderFilled(msgspec.Struct, frozen=True, gc=False, tag="filled", kw_only=True):
    """A fill. `fill` is the venue's id of it: the same fill told twice counts once.

    `price` is what was paid, `raw` the price before half spread and slippage, `fee` in quote currency. `at_open`: the
    bar's first price. `ambiguous`: a stop was filled on a bar that reached the target too.
    """

    ts: int
    id: str
    fill: str
    quantity: Decimal
    price: Decimal
    raw: Decimal
    fee: Decimal
    at_open: bool = False
    ambiguous: bool = False


class FundingPaid(msgspec.Struct, frozen=True, gc=False, tag="funding"):
    """Funding of one trade's position; positive where we paid."""

    ts: int
    trade: int
    amount: Decimal


OrderNews = OrderAccepted | OrderRejected | OrderCancelled | OrderExpired | OrderUnknown | OrderAbsent | OrderFilled
AccountNews = Deposited | FundingPaid | OrderNews
Event = BarsClosed | AccountNews


class Submit(msgspec.Struct, frozen=True, gc=False, tag="submit"):
    """Send this order."""

    approved: Approved


class Amend(msgspec.Struct, frozen=True, gc=False, tag="amend"):
    """Change price and quantity of the live order of this id."""

    approved: Approved


class Cancel(msgspec.Struct, frozen=True, gc=False, tag="cancel"):
    """Take back this one order, by its id."""

    id: str


class EntryRefused(msgspec.Struct, frozen=True, gc=False, tag="refused"):
    """The signal of a bar that opened nothing, and why; `by` says which rule."""

    ts: int
    signal_ts: int
    symbol: str
    strategy: str
    by: str
    reason: str


class Conflict(msgspec.Struct, frozen=True, gc=False, tag="conflict"):
    """Two strategies wanted opposite sides of one symbol: which was kept, which gave way, and how."""

    ts: int
    symbol: str
    kept: str
    gave_way: str
    how: str


class StrayNews(msgspec.Struct, frozen=True, gc=False, tag="stray"):
    """News that fits nothing we have: an order we do not know, or a fill after its trade had ended."""

    ts: int
    id: str
    what: str


class EntriesPaused(msgspec.Struct, frozen=True, gc=False, tag="paused"):
    """A circuit breaker stopped entries until `until_ts`."""

    ts: int
    breaker: str
    until_ts: int


class TradeClosed(msgspec.Struct, frozen=True, gc=False, tag="closed", kw_only=True):
    """One finished trade: everything reports are made of.

    Prices are averages over fills; `net_quote` = gross − fees − funding; `r` divides it by what was at risk;
    `slippage_quote` is what fills were worse than raw prices, already part of `gross_quote`; `mfe_r` and `mae_r` are
    the best and worst raw price reached, in units of risk; `reason` as in model/trades.
    """

    number: int
    strategy: str
    plan: int
    symbol: str
    direction: int
    label: int
    confidence: float
    signal_ts: int
    entry_ts: int
    exit_ts: int
    entry_price: Decimal
    exit_price: Decimal
    stop_price: float
    target_price: float | None
    quantity: Decimal
    gross_quote: Decimal
    fees_quote: Decimal
    funding_quote: Decimal
    slippage_quote: Decimal
    net_quote: Decimal
    r: float
    log_return: float
    mfe_r: float
    mae_r: float
    reason: int
    ambiguous: bool
    sizing: str
    equity_quote: Decimal


Command = Submit | Amend | Cancel
Note = EntryRefused | Conflict | StrayNews | EntriesPaused | TradeClosed
Output = Command | Note
