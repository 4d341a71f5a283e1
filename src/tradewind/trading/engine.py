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

    def trade(self, stretch: Stretch, begin: int = 0, end: int = -1) -> None:
        """Trade through rows `begin` to `end` (-1: the last) of a stretch, from one bar at which anything can happen to
        the next. Parts of a stretch come in order, from row 0 on.

        A bar has two halves: what happens inside it (rows before `opened` have had that), and its close (`closed`).
        """
        core, venue, times = self.core, self.venue, stretch.times
        opened = closed = begin
        count = len(times) if end < 0 else end
        if begin == 0:
            venue.begin(stretch)
        while closed < count:
            busy = venue.busy_row(stretch, opened, count)
            if closed < busy:
                # The first close of a stretch may begin a day.
                until = min(core.loud_row(stretch, closed, busy), busy - 1) + 1 if closed else 1
                if self._record is not None:
                    for row in range(closed, until):
                        self._record(stretch.event(row))
                outputs = core.close(stretch, closed, until)
                if outputs:
                    self._carry_out(outputs, times[until - 1])
                closed = until
                if opened < until:
                    opened = until
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
