"""Core and bar venue turning round each other over a stream of closed bars: backtest, replay and paper alike."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tradewind.model.events import Amend, BarsClosed, Cancel, Event, Note, Output, Submit
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core

_COMMANDS = (Submit, Amend, Cancel)


class Tick(NamedTuple):
    """Bars that closed together, and the funding rates at their opens by symbol (empty: none)."""

    closed: BarsClosed
    funding: dict[str, float]


class Engine:
    """Drives one account. `record` is told every event before the core is, `note` every note it makes."""

    def __init__(
        self, core: Core, venue: BarVenue, note: Callable[[Note], None], record: Callable[[Event], None] | None = None
    ) -> None:
        self.core, self.venue = core, venue
        self._note, self._record = note, record

    def run(self, ticks: Iterable[Tick]) -> None:
        """Take all ticks in order."""
        for tick in ticks:
            closed = tick.closed
            for bar in closed.bars:
                for event in self.venue.trade(bar, closed.ts, tick.funding.get(bar.symbol, 0.0)):
                    self.tell(event, closed.ts)
            self.tell(closed, closed.ts)

    def tell(self, event: Event, ts: int) -> None:
        """One event, and everything that follows from it at once."""
        if self._record is not None:
            self._record(event)
        outputs = self.core.on_event(event)
        if not outputs:
            return
        waiting: list[Event] = []
        for output in outputs:
            self._carry_out(output, ts, waiting)
        for news in waiting:
            self.tell(news, ts)

    def _carry_out(self, output: Output, ts: int, waiting: list[Event]) -> None:
        if isinstance(output, _COMMANDS):
            waiting.extend(self.venue.take(output, ts))
        else:
            self._note(output)
