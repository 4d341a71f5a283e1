"""Walks of the trader core in the form the compiled walks have, for comparing them trade by trade."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from tradewind.model.bars import Bars
from tradewind.model.events import BarsClosed, ClosedBar, Deposited, EntryRefused, Note, Signal, TradeClosed
from tradewind.model.instrument import Instrument
from tradewind.model.plan import Plan
from tradewind.model.time import DAY_MS
from tradewind.model.trades import ExitReason
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.engine import Engine, Tick
from tradewind.trading.setup import Setup, TradedStrategy
from tradewind.trading.sizing import FixedFraction
from tradewind.trading.stretch import Columns, Stretch, stretch_of

TOLERANCE = 1e-9
WHOLE = ("signal", "entry", "exit", "direction", "label", "plan", "ambiguous", "reason")
REAL = ("entry_price", "exit_price", "stop_price", "target_price", "r", "log_return", "mfe_r", "mae_r")


def ideal_setup(instrument: Instrument, plans: Mapping[int, Plan], timeframe_ms: int) -> Setup:
    """One strategy on one symbol without tick, lot or bounds: what the compiled law assumes."""
    return Setup(
        account="parity",
        quote="USDT",
        timeframe_ms=timeframe_ms,
        strategies=(TradedStrategy(name="one", share=1.0, plans=plans),),
        instruments={instrument.symbol: instrument},
        sizing=FixedFraction(0.001),
    )


def ticks_of(
    bars: Bars,
    direction: Sequence[int],
    plan_of_bar: Sequence[int],
    atr: Sequence[Sequence[float]],
    labels: Sequence[int] | None,
    funding: Sequence[float] | None,
) -> Iterator[Tick]:
    """One symbol's bars as the core is told of them; `atr` by plan."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for t, (ts, open_, high, low, close) in enumerate(rows):
        plan = plan_of_bar[t]
        signals = (Signal("one", plan, direction[t], 0.5, atr[plan][t]),) if direction[t] else ()
        bar = ClosedBar(bars.symbol, open_, high, low, close, -1 if labels is None else labels[t], signals)
        yield Tick(BarsClosed(ts, (bar,)), {bars.symbol: funding[t]} if funding is not None else {})


def stretched(ticks: Iterable[Tick]) -> Iterator[Stretch]:
    """The same bars by the stretch: as many successive moments at once as are of one day and of the same symbols."""
    for _, group in groupby(ticks, key=lambda one: (one.closed.ts // DAY_MS, {bar.symbol for bar in one.closed.bars})):
        moments = list(group)
        by_symbol = [sorted(one.closed.bars, key=lambda bar: bar.symbol) for one in moments]
        columns = []
        for bars in zip(*by_symbol, strict=True):
            prices = [[getattr(bar, name) for bar in bars] for name in ("open", "high", "low", "close", "label")]
            signals = {row: bar.signals for row, bar in enumerate(bars) if bar.signals}
            columns.append(Columns(bars[0].symbol, *prices, signals))
        rates = {row: one.funding for row, one in enumerate(moments) if one.funding}
        yield stretch_of([one.closed.ts for one in moments], columns, rates)


def core_walk(setup: Setup, ticks: Iterable[Tick]) -> tuple[list[TradeClosed], list[EntryRefused], Core]:
    """Trades and refused entries of the core over some bars, taken by the stretch."""
    trades: list[TradeClosed] = []
    refused: list[EntryRefused] = []

    def note(one: Note) -> None:
        if isinstance(one, TradeClosed):
            trades.append(one)
            return
        assert isinstance(one, EntryRefused), f"nothing else is expected of one strategy without bounds: {one}"
        refused.append(one)

    core = Core(setup)
    engine = Engine(core, BarVenue(setup.instruments, setup.timeframe_ms), note)
    engine.tell(Deposited(0, Decimal(1_000_000)), 0)
    for stretch in stretched(ticks):
        engine.trade(stretch)
    return trades, refused, core


def walk_differences(bars: Bars, table: Any, trades: Sequence[TradeClosed]) -> list[str]:
    """Every way in which the core's trades are not the compiled walk's, in words."""
    found = [] if len(table) == len(trades) else [f"trades: compiled {len(table)}, core {len(trades)}"]
    place = {ts: bar for bar, ts in enumerate(bars.ts.tolist())}
    columns = {name: values.tolist() for name, values in table.columns().items()}
    for number, trade in enumerate(trades[: len(table)]):
        mine = {
            **{name: getattr(trade, name) for name in (*REAL, "direction", "label", "plan", "ambiguous", "reason")},
            "signal": place[trade.signal_ts],
            "entry": place[trade.entry_ts],
            "exit": place[trade.exit_ts],
            "target_price": math.nan if trade.target_price is None else trade.target_price,
        }
        for name in (*WHOLE, *REAL):
            ours, theirs = float(mine[name]), float(columns[name][number])
            if not _close(theirs, ours, exact=name in WHOLE):
                reason = ExitReason(trade.reason).name
                found.append(f"trade {number} ({reason}) {name}: compiled {theirs}, core {ours}")
    return found


def _close(a: float, b: float, *, exact: bool) -> bool:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    return not exact and abs(a - b) <= TOLERANCE * max(1.0, abs(a))


def scenario_differences(scenario: Any) -> list[str]:
    """The core against the compiled law on a made-up market: trades, refusals, orders that expired, and the book."""
    from tests.oracle.comparing import array_of, bars_of, our_instrument, our_plan, our_walk

    bars, table = bars_of(scenario.bars), our_walk(scenario)
    setup = ideal_setup(our_instrument(scenario), {0: our_plan(scenario.book.plan, 0)}, bars.timeframe_ms)
    atr = [array_of(scenario.book.atr).tolist()]
    ticks = ticks_of(bars, scenario.book.direction, [0] * len(bars), atr, scenario.labels, scenario.funding)
    trades, refused, core = core_walk(setup, ticks)
    return (
        walk_differences(bars, table, trades) + count_differences(bars, table, refused) + book_differences(core, trades)
    )


def count_differences(bars: Bars, table: Any, refused: Sequence[EntryRefused]) -> list[str]:
    """Refused and expired entries; of the last bar's signal the compiled law says nothing yet."""
    known = [one for one in refused if one.signal_ts < int(bars.ts[-1])]
    expired = sum(one.reason == "expired" for one in known)
    pairs = (("dropped", table.dropped, len(known) - expired), ("expired", table.expired, expired))
    return [f"{name}: compiled {theirs}, core {ours}" for name, theirs, ours in pairs if theirs != ours]


def book_differences(core: Core, trades: Sequence[TradeClosed]) -> list[str]:
    """What does not add up: legs of the book, and cash against the trades where no position is open."""
    found = [f"{name} is out of balance by {total}" for name, total in core.state.book.imbalance().items()]
    if not core.state.trades:
        expected = 1_000_000 + sum(trade.net_quote for trade in trades)
        if core.state.book.cash != expected:
            found.append(f"cash is {core.state.book.cash}, deposits and trades make {expected}")
    return found
