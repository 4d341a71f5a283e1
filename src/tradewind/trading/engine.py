"""Core and bar venue turning round each other over a stream of closed bars: backtest, replay and paper alike."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, cast

from tradewind.model.events import Amend, BarsClosed, Cancel, Event, Note, Output, Submit
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.stretch import Stretch, moment


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
            self.trade(moment(tick.closed, tick.funding))

    def trade(self, stretch: Stretch) -> None:
        """Trade through a stretch, from one bar at which anything can happen to the next.

        A bar has two halves: what happens inside it (rows before `opened` have had that), and its close (`closed`).
        """
        core, venue, times = self.core, self.venue, stretch.times
        opened = closed = 0
        count = len(times)
        venue.begin(stretch)
        while closed < count:
            busy = venue.busy_row(stretch, opened, count)
            if closed < busy:
                # The first close of a stretch may begin a day.
                end = min(core.loud_row(stretch, closed, busy), busy - 1) + 1 if closed else 1
                if self._record is not None:
                    for row in range(closed, end):
                        self._record(stretch.event(row))
                outputs = core.close(stretch, closed, end)
                if outputs:
                    self._carry_out(outputs, times[end - 1])
                closed = end
                if opened < end:
                    opened = end
            else:
                venue.trade(stretch, busy, self.tell)
                opened = busy + 1

    def tell(self, event: Event, ts: int) -> None:
        """One event, and everything that follows from it at once."""
        if self._record is not None:
            self._record(event)
        outputs = self.core.on_event(event)
        if outputs:
            self._carry_out(outputs, ts)

    def _carry_out(self, outputs: list[Output], ts: int) -> None:
        """Commands first, all of them; then what the venue answered."""
        waiting: list[Event] = []
        for output in outputs:
            if type(output) is Submit or type(output) is Cancel or type(output) is Amend:
                answer = self.venue.take(output, ts)
                if answer is not None:
                    waiting.append(answer)
            else:
                self._note(cast("Note", output))
        for news in waiting:
            self.tell(news, ts)
