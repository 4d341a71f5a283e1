"""Small accounts on handmade bars, for tests that compute every cent on paper."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tradewind.model.events import BarsClosed, ClosedBar, Command, Deposited, Event, Note, Signal, TradeClosed
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.orders import Order
from tradewind.model.plan import Plan, PriceFraction
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.engine import Engine, Tick
from tradewind.trading.setup import Setup, TradedStrategy
from tradewind.trading.sizing import FixedFraction

MINUTE = 60_000
FREE = Costs(taker_fee=0.0, maker_fee=0.0, half_spread_bps=0.0, slippage_bps=0.0)
PLAN = Plan(stop=PriceFraction(0.02), target=PriceFraction(0.04), hold=10)


def instrument(symbol: str = "BTC/USDT", costs: Costs = FREE, **more: Any) -> Instrument:
    """One market without a tick."""
    return Instrument(venue="made", symbol=symbol, tick=0.0, costs=costs, **more)


def setup(
    plans: Mapping[str, Plan] | Plan = PLAN,
    symbols: Sequence[str] = ("BTC/USDT",),
    shares: Mapping[str, float] | None = None,
    costs: Costs = FREE,
    **more: Any,
) -> Setup:
    """An account of 10,000 that trades `plans` by strategy, in order of precedence, all of its equity by default."""
    named = {"one": plans} if isinstance(plans, Plan) else plans
    given = shares or dict.fromkeys(named, 1.0 / len(named))
    return Setup(
        account="test",
        quote="USDT",
        timeframe_ms=MINUTE,
        strategies=tuple(TradedStrategy(name=name, share=given[name], plans={0: plan}) for name, plan in named.items()),
        instruments={symbol: instrument(symbol, costs) for symbol in symbols},
        **{"sizing": FixedFraction(1.0), "slots": 10, **more},
    )


class Account:
    """A core and a bar venue, with everything they said."""

    def __init__(self, given: Setup, deposit: int = 10_000, minute: int = 0) -> None:
        self.notes: list[Note] = []
        self.events: list[Event] = []
        self.core = Core(given)
        self.engine = Engine(self.core, BarVenue(given.instruments, given.timeframe_ms), self.notes.append, self.hear)
        self.minute = minute
        self.engine.tell(Deposited(minute * MINUTE, Decimal(deposit)), minute * MINUTE)

    def hear(self, event: Event) -> None:
        self.events.append(event)

    def bars(self, *bars: ClosedBar, funding: Mapping[str, float] | None = None) -> None:
        """One minute's bars, of one symbol or several."""
        self.engine.run([Tick(BarsClosed(self.minute * MINUTE, bars), dict(funding or {}))])
        self.minute += 1

    @property
    def closed(self) -> list[TradeClosed]:
        return [note for note in self.notes if isinstance(note, TradeClosed)]

    def of(self, kind: type) -> list[Any]:
        """Notes of a kind."""
        return [note for note in self.notes if isinstance(note, kind)]

    def live(self) -> dict[str, Order]:
        """Orders that rest at the venue, by trade and leg."""
        state = self.core.state
        return {
            f"{trade.strategy} {leg}": state.orders[name].order
            for trade in state.trades.values()
            for leg, name in trade.orders.items()
            if not state.orders[name].ended
        }


def flat(price: float, *signals: Signal, symbol: str = "BTC/USDT", label: int = 0) -> ClosedBar:
    """A bar without movement."""
    return ClosedBar(symbol, price, price, price, price, label, signals)


def bar(open_: float, high: float, low: float, close: float, *signals: Signal, **more: Any) -> ClosedBar:
    """A bar of BTC under label 0, where nothing else is said."""
    return ClosedBar(more.get("symbol", "BTC/USDT"), open_, high, low, close, more.get("label", 0), signals)


def long(strategy: str = "one", confidence: float = 0.5, atr: float = math.nan) -> Signal:
    return Signal(strategy, 0, 1, confidence, atr)


def short(strategy: str = "one", confidence: float = 0.5, atr: float = math.nan) -> Signal:
    return Signal(strategy, 0, -1, confidence, atr)


def commands_of(core: Core, event: Event) -> list[Command]:
    """What a core answers without a venue."""
    return [one for one in core.on_event(event) if not isinstance(one, Note)]
