"""Closed bars by column: what lies between two decisions is then looked at without an event for every bar."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from tradewind.model.events import BarsClosed, ClosedBar, Signal

NO_RATES: Mapping[int, Mapping[str, float]] = MappingProxyType({})


class Columns(msgspec.Struct, frozen=True, gc=False):
    """One symbol's bars at every moment of a stretch; `signals` by row, of rows that have any."""

    symbol: str
    open: Sequence[float]
    high: Sequence[float]
    low: Sequence[float]
    close: Sequence[float]
    labels: Sequence[int]
    signals: Mapping[int, tuple[Signal, ...]]

    def bar(self, row: int) -> ClosedBar:
        """One of the bars."""
        return ClosedBar(
            self.symbol, self.open[row], self.high[row], self.low[row], self.close[row], self.labels[row],
            self.signals.get(row, ()),
        )  # fmt: skip


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """Successive moments of one UTC day at which the same symbols have bars; symbols in the order of their names.

    `said` are the rows at which anybody says anything, ascending; `rates` funding rates at opens, by row and symbol.
    """

    times: Sequence[int]
    bars: Mapping[str, Columns]
    said: Sequence[int]
    rates: Mapping[int, Mapping[str, float]] = NO_RATES

    def event(self, row: int) -> BarsClosed:
        """One of the moments, as the journal keeps it."""
        return BarsClosed(self.times[row], tuple(one.bar(row) for one in self.bars.values()))


def moment(event: BarsClosed, rates: Mapping[str, float] | None = None) -> Stretch:
    """The stretch that is one event."""
    bars = event.bars if len(event.bars) == 1 else sorted(event.bars, key=_symbol_of)
    columns = {
        bar.symbol: Columns(
            bar.symbol, (bar.open,), (bar.high,), (bar.low,), (bar.close,), (bar.label,),
            {0: bar.signals} if bar.signals else {},
        )
        for bar in bars
    }  # fmt: skip
    said = (0,) if any(bar.signals for bar in bars) else ()
    return Stretch((event.ts,), columns, said, {0: rates} if rates else NO_RATES)


def _symbol_of(bar: ClosedBar) -> str:
    return bar.symbol
