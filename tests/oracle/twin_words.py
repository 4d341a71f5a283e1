"""The words of the readable twin: bars, plans, costs and trades as plain tuples."""

from collections.abc import Sequence
from typing import NamedTuple

Value = float | None  # None where a feature has no value
Distance = tuple[str, float]  # ("atr", multiple) or ("fraction", of the entry price)


class TwinBars(NamedTuple):
    """Closed bars as lists; `step` is the timeframe in milliseconds."""

    step: int
    ts: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


class TwinEntry(NamedTuple):
    """`kind` is market, limit (resting `expiry` bars) or breakout (`up`, `down`, `hours`, `side`)."""

    kind: str = "market"
    expiry: int = 1
    up: float = 1.005
    down: float = 0.92
    hours: float = 24.0
    side: str = "either"


class TwinPlan(NamedTuple):
    """Stop and target, the longest life in bars, the entry, and the optional ways out.

    A partial is (trigger in R, fraction of the size), a trail stage (trigger in R, distance or None for the stop's).
    """

    stop: Distance
    target: Distance | None
    hold: int
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False
    entry: TwinEntry = TwinEntry()
    target_order: str = "market"
    partials: tuple[tuple[float, float], ...] = ()
    trail: tuple[tuple[float, Distance | None], ...] = ()

    @property
    def needs_atr(self) -> bool:
        """Whether one of its distances is a multiple of ATR."""
        distances = (self.stop, self.target, *(distance for _, distance in self.trail))
        return any(distance is not None and distance[0] == "atr" for distance in distances)


class TwinCosts(NamedTuple):
    """`fee` per market fill and `maker` per resting one as fractions of notional, `slip` of price, `tick` in price.

    Without `short` (spot) a short signal opens nothing. `maintenance` is the margin of a position, as a fraction.
    """

    fee: float
    slip: float
    tick: float
    short: bool = True
    maker: float = 0.0
    leverage: float = 1.0
    maintenance: float = 0.0


class TwinBook(NamedTuple):
    """What one strategy brings to a walk: a direction and an ATR per bar, and its plan."""

    direction: Sequence[int]
    atr: Sequence[Value]
    plan: TwinPlan


class TwinTrade(NamedTuple):
    """One closed trade; `book` is the position of the book that opened it, prices are fills, R is net.

    `exit_price` is that of the last leg, `stop_price` the initial one, `target_price` NaN where there is none,
    `fees` hold funding too, `slippage` is what all fills lost against the raw prices.
    """

    signal: int
    entry: int
    exit: int
    direction: int
    entry_price: float
    exit_price: float
    stop_price: float
    target_price: float
    fees: float
    slippage: float
    r: float
    log_return: float
    mfe_r: float
    mae_r: float
    reason: str
    ambiguous: bool
    book: int
    label: int


class TwinWalk(NamedTuple):
    """All closed trades in order, entries refused, 1 where the last trade never closed, entries never filled."""

    trades: list[TwinTrade]
    dropped: int
    unfinished: int
    expired: int = 0


class Filled(NamedTuple):
    """An entry that was filled: its bar, direction, price, raw price and fee, and whether it was at the bar's open."""

    bar: int
    direction: int
    price: float
    raw: float
    fee: float
    at_open: bool


class Waited(NamedTuple):
    """An entry that was not filled: the next bar that may signal, and whether it was refused or has expired.

    Neither where the data ended before.
    """

    next_bar: int
    dropped: bool = False
    expired: bool = False


def distance_of(distance: Distance, atr: Value, entry_price: float) -> float:
    """A distance in price."""
    kind, size = distance
    if kind == "fraction":
        return size * entry_price
    assert atr is not None
    return size * atr


def atr_plan(
    stop_atr: float, target_atr: float, hold: int, exit_on_opposite: bool = False, exit_on_regime_change: bool = False
) -> TwinPlan:
    """The plain plan: a market entry, stop and target in multiples of ATR."""
    return TwinPlan(("atr", stop_atr), ("atr", target_atr), hold, exit_on_opposite, exit_on_regime_change)
