"""Closed bars by column: what lies between two decisions is then looked at without an event for every bar."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

import numpy as np

from tradewind.model.bars import Bars
from tradewind.model.events import BarsClosed, ClosedBar, Signal

NOBODY: AbstractSet[tuple[str, str]] = frozenset()
NOTHING_SAID: Mapping[int, tuple[Signal, ...]] = MappingProxyType({})
NO_RATES: Mapping[int, Mapping[str, float]] = MappingProxyType({})


class Columns:
    """One symbol's bars at every moment of a stretch; `signals` by row, of rows that have any."""

    __slots__ = ("close", "high", "labels", "low", "open", "signals", "symbol")

    def __init__(
        self,
        symbol: str,
        open_: list[float],
        high: list[float],
        low: list[float],
        close: list[float],
        labels: list[int],
        signals: Mapping[int, tuple[Signal, ...]],
    ) -> None:
        self.symbol, self.labels, self.signals = symbol, labels, signals
        self.open, self.high, self.low, self.close = open_, high, low, close

    def bar(self, row: int) -> ClosedBar:
        """One of the bars."""
        return ClosedBar(
            self.symbol, self.open[row], self.high[row], self.low[row], self.close[row], self.labels[row],
            self.signals.get(row, ()),
        )  # fmt: skip


class Stretch:
    """Successive moments of one UTC day at which the same symbols have bars; symbols in the order of their names.

    `said` are the rows at which anybody says anything, ascending, `speakers` who does, by symbol and strategy; `rates`
    are funding rates at opens, by row and symbol.
    """

    __slots__ = ("bars", "rates", "said", "speakers", "times")

    def __init__(
        self,
        times: list[int],
        bars: dict[str, Columns],
        said: list[int],
        speakers: AbstractSet[tuple[str, str]],
        rates: Mapping[int, Mapping[str, float]] = NO_RATES,
    ) -> None:
        self.times, self.bars, self.said, self.speakers, self.rates = times, bars, said, speakers, rates

    def event(self, row: int) -> BarsClosed:
        """One of the moments, as the journal keeps it."""
        return BarsClosed(self.times[row], tuple(one.bar(row) for one in self.bars.values()))


def stretch_of(
    times: list[int],
    columns: Sequence[Columns],
    rates: Mapping[int, Mapping[str, float]] = NO_RATES,
) -> Stretch:
    """A stretch of these columns, in any order."""
    if len(columns) > 1:
        columns = sorted(columns, key=_symbol_of)
    bars = {one.symbol: one for one in columns}
    speaking = [one for one in columns if one.signals]
    if not speaking:
        return Stretch(times, bars, [], NOBODY, rates)
    said = sorted({row for one in speaking for row in one.signals})
    speakers = {
        (one.symbol, signal.strategy) for one in speaking for signals in one.signals.values() for signal in signals
    }
    return Stretch(times, bars, said, speakers, rates)


def rates_within(symbols: Iterable[tuple[Bars, int]], count: int) -> Mapping[int, Mapping[str, float]]:
    """Funding rates of a stretch of `count` rows, by row and symbol; each symbol's bars with its own first row."""
    found: dict[int, dict[str, float]] = {}
    for bars, begin in symbols:
        if bars.funding is not None:
            rates = bars.funding[begin : begin + count]
            for row in np.flatnonzero(rates).tolist():
                found.setdefault(row, {})[bars.symbol] = float(rates[row])
    return found or NO_RATES


def moment(event: BarsClosed, rates: Mapping[str, float] | None = None) -> Stretch:
    """The stretch that is one event."""
    columns, silent = [], True
    for bar in event.bars:
        said = NOTHING_SAID
        if bar.signals:
            said, silent = {0: bar.signals}, False
        columns.append(Columns(bar.symbol, [bar.open], [bar.high], [bar.low], [bar.close], [bar.label], said))
    paid = {0: rates} if rates else NO_RATES
    if silent and len(columns) == 1:
        # Most moments are such.
        return Stretch([event.ts], {columns[0].symbol: columns[0]}, [], NOBODY, paid)
    return stretch_of([event.ts], columns, paid)


def _symbol_of(columns: Columns) -> str:
    return columns.symbol
