"""A busy day of one account: real bars of a crash, several strategies, and everything the core was told."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from tests.oracle.real_bars import real_bars

from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.events import BarsClosed, ClosedBar, Deposited, Event, Note, Signal
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.orders import Filters
from tradewind.model.plan import AtrDistance, LimitEntry, Partial, Plan, TrailStage
from tradewind.strategies.lr_scalper import LRScalper
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.engine import Engine, Tick
from tradewind.trading.setup import BreakerLimits, Caps, Setup, TradedStrategy
from tradewind.trading.sizing import AtrRisk

COSTS = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)
PLANS = {
    "switch": Plan(
        stop=AtrDistance(14, 1.5), target=AtrDistance(14, 2.0), hold=30, entry=LimitEntry(2),
        partials=(Partial(0.5, 0.4),), trail=(TrailStage(1.0, AtrDistance(14, 0.8)),),
    ),
    "static": Plan(stop=AtrDistance(14, 2.0), target=AtrDistance(14, 2.0), hold=45, exit_on_opposite=True),
}  # fmt: skip
SCALPERS = {
    "switch": LRScalper(mode="no_lr_snapshot", lookback=60, entry_z=1.5, vol_period=20),
    "static": LRScalper(mode="lr_snapshot", lookback=90, entry_z=1.5, vol_period=20),
}
ASSETS = ("BTC", "ETH")


def account_setup() -> Setup:
    """Both strategies on both symbols, with filters, caps and breakers that do something on such a day."""
    symbols = [f"{asset}/USDT:USDT" for asset in ASSETS]
    return Setup(
        account="busy",
        quote="USDT",
        timeframe_ms=60_000,
        strategies=tuple(
            TradedStrategy(name=name, share=share, plans={0: PLANS[name]})
            for name, share in (("switch", 0.7), ("static", 0.3))
        ),
        instruments={s: Instrument(venue="binance", symbol=s, tick=0.1, costs=COSTS) for s in symbols},
        filters=dict.fromkeys(symbols, Filters(tick=Decimal("0.1"), lot=Decimal("0.001"), min_notional=Decimal(5))),
        sizing=AtrRisk(0.005),
        slots=2,
        caps=Caps(regime={3: 500.0}, account=2.0),
        breakers=BreakerLimits(daily_drawdown=0.03, consecutive_losses=8),
    )


@cache
def bars_of_day() -> tuple[Bars, ...]:
    """The day before is there for the features."""
    return tuple(real_bars("2022-11-08", days=2, market="binance", asset=asset) for asset in ASSETS)


def ticks() -> Iterator[Tick]:
    """The second day's bars, both symbols together, with signals and labels."""
    columns = []
    for bars in bars_of_day():
        features = Features(bars)
        signals = {name: scalper.signals(features).direction.tolist() for name, scalper in SCALPERS.items()}
        prices = (bars.open.tolist(), bars.high.tolist(), bars.low.tolist(), bars.close.tolist())
        columns.append((bars.symbol, prices, features.atr(14).tolist(), signals))
    times = bars_of_day()[0].ts.tolist()
    for t in range(1440, len(times)):
        row = []
        for symbol, prices, atr, signals in columns:
            said = tuple(Signal(name, 0, s[t], 0.5, atr[t]) for name, s in signals.items() if s[t])
            row.append(ClosedBar(symbol, *(column[t] for column in prices), t // 97 % 4, said))
        rates = {symbol: 0.0001 for symbol, *_ in columns} if t % 480 == 0 else {}
        yield Tick(BarsClosed(times[t], tuple(row)), rates)


def prices_at(symbol: str, ts: int) -> tuple[float, float, float, float]:
    """The prices of one bar: where a journal's references lead."""
    for bars in bars_of_day():
        if bars.symbol == symbol:
            row = (ts - int(bars.ts[0])) // bars.timeframe_ms
            return tuple(float(column[row]) for column in (bars.open, bars.high, bars.low, bars.close))  # type: ignore[return-value]
    raise KeyError(symbol)


def live_through(record: list[Event]) -> tuple[Core, list[Note]]:
    """Trade the day; `record` takes every event in order."""
    notes: list[Note] = []
    core = Core(account_setup())
    venue = BarVenue(core.setup.instruments, core.setup.timeframe_ms)
    engine = Engine(core, venue, notes.append, record.append)
    engine.tell(Deposited(0, Decimal(10_000)), 0)
    engine.run(ticks())
    return core, notes
