"""The trader core against the compiled law on made-up markets; and bars told moment by moment, or by the stretch."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from tradewind.app.parity import DEPOSIT, NAME, core_walk, ideal_setup, ideal_stretches, walk_differences
from tradewind.model.bars import Bars
from tradewind.model.events import BarsClosed, ClosedBar, EntryRefused, Signal, TradeClosed
from tradewind.model.time import DAY_MS
from tradewind.trading.core import Core
from tradewind.trading.engine import Tick
from tradewind.trading.stretch import Columns, Stretch, stretch_of


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
        signals = (Signal(NAME, plan, direction[t], 0.5, atr[plan][t]),) if direction[t] else ()
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


def scenario_differences(scenario: Any) -> list[str]:
    """The core against the compiled law on a made-up market: trades, refusals, orders that expired, and the book."""
    from tests.oracle.comparing import array_of, funded_bars, our_instrument, our_plan, our_walk

    bars, table = funded_bars(scenario), our_walk(scenario)
    setup = ideal_setup(our_instrument(scenario), {0: our_plan(scenario.book.plan, 0)}, bars.timeframe_ms)
    atr = [array_of(scenario.book.atr).tolist()]
    stretches = ideal_stretches(bars, scenario.book.direction, [0] * len(bars), atr, scenario.labels)
    walked = core_walk(setup, stretches)
    return (
        walk_differences(bars, table, walked.trades)
        + count_differences(bars, table, walked.refused)
        + book_differences(walked.core, walked.trades)
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
        expected = DEPOSIT + sum(trade.net_quote for trade in trades)
        if core.state.book.cash != expected:
            found.append(f"cash is {core.state.book.cash}, deposits and trades make {expected}")
    return found
