"""An account traded over bars, or made again from its journal: what its reports are made of."""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import numpy as np

from tradewind.model.events import BarsClosed, Deposited, Event, Note, TradeClosed
from tradewind.model.time import DAY_MS, HOUR_MS
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.decisions import Decided, stretches_of
from tradewind.trading.engine import Engine
from tradewind.trading.kept import state_bytes
from tradewind.trading.setup import Setup

BARS_AT_ONCE = 4096  # between two signs of life


class Progress(Protocol):
    """Shown to the user while bars are traded."""

    def stage(self, name: str, total: int) -> None: ...
    def advance(self, amount: int) -> None: ...


class Record(Protocol):
    """Keeps everything the core is told, in order."""

    def tell(self, event: Event) -> None: ...

    def bars_done(self) -> None:
        """Some bars are over: now and then what was told may be written down."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The account at the close of the last bar of an hour that has any: what it is worth with its open positions, and
    how far that lies below the most it was ever worth, as a fraction."""

    ts: int
    equity: float
    fall: float


@dataclass(frozen=True, slots=True, eq=False)
class Traded:
    """What came of it: the core as it ended, closed trades and other notes in order, equity at the end of each day and
    through time, and how many signals strategies gave."""

    core: Core
    trades: tuple[TradeClosed, ...]
    notes: tuple[Note, ...]
    days: tuple[tuple[int, float], ...]
    curve: tuple[Moment, ...]
    signals: int


class Witness:
    """Collects what an account says while it trades, and looks at its worth at the end of each hour."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._trades: list[TradeClosed] = []
        self._notes: list[Note] = []
        self._curve: list[Moment] = []

    def note(self, one: Note) -> None:
        """Something the core said."""
        if isinstance(one, TradeClosed):
            self._trades.append(one)
        else:
            self._notes.append(one)

    def look(self, ts: int) -> None:
        """The bars of an hour have closed, the last of them at `ts`."""
        state = self._core.state
        fall = 1.0 - state.equity / state.peak if state.peak > 0 else 0.0
        self._curve.append(Moment(ts, state.equity, fall))

    def traded(self, signals: int) -> Traded:
        """Everything, once there are no more bars."""
        state = self._core.state
        days = [(one.day * DAY_MS, one.equity) for one in state.days]
        days.append((state.breakers.day * DAY_MS, state.equity))
        return Traded(self._core, tuple(self._trades), tuple(self._notes), tuple(days), tuple(self._curve), signals)


def traded_through(
    setup: Setup,
    deposit: Decimal,
    symbols: Sequence[Decided],
    first_ts: int,
    progress: Progress,
    record: Record | None = None,
) -> Traded:
    """An account of its own over all bars of some symbols from `first_ts` on; `record` is told every event."""
    core = Core(setup)
    witness = Witness(core)
    told: Callable[[Event], None] | None = None if record is None else record.tell
    engine = Engine(core, BarVenue(setup.instruments, setup.timeframe_ms), witness.note, told)
    engine.tell(Deposited(first_ts, deposit), first_ts)
    progress.stage("trade", sum(len(one.bars) - int(np.searchsorted(one.bars.ts, first_ts)) for one in symbols))
    done, last_ts = 0, -1
    for stretch in stretches_of(symbols, first_ts):
        for begin, end in _hours_of(stretch.times):
            if last_ts >= 0 and stretch.times[begin] // HOUR_MS != last_ts // HOUR_MS:
                witness.look(last_ts)
            engine.trade(stretch, begin, end)
            last_ts = stretch.times[end - 1]
        if record is not None:
            record.bars_done()
        done += len(stretch.times) * len(stretch.bars)
        if done >= BARS_AT_ONCE:
            progress.advance(done)
            done = 0
    progress.advance(done)
    if last_ts >= 0:
        witness.look(last_ts)
    return witness.traded(sum(len(said) for one in symbols for said in one.signals.values()))


def _hours_of(times: list[int]) -> Iterator[tuple[int, int]]:
    """Which rows of a stretch lie in the same hour."""
    begin = 0
    while begin < len(times):
        end = bisect_left(times, (times[begin] // HOUR_MS + 1) * HOUR_MS, begin)
        yield begin, end
        begin = end


def traded_again(core: Core, events: Iterable[Event]) -> Traded:
    """The account that these events make of a new core: what it is told, it becomes."""
    witness = Witness(core)
    signals, last_ts = 0, -1
    for event in events:
        if isinstance(event, BarsClosed):
            if last_ts >= 0 and event.ts // HOUR_MS != last_ts // HOUR_MS:
                witness.look(last_ts)
            last_ts = event.ts
            signals += sum(len(bar.signals) for bar in event.bars)
        for output in core.on_event(event):
            if isinstance(output, Note):
                witness.note(output)
    if last_ts >= 0:
        witness.look(last_ts)
    return witness.traded(signals)


def digest_of(core: Core) -> str:
    """What identifies an account's state: equal states have equal digests."""
    return hashlib.blake2b(state_bytes(core.state), digest_size=16).hexdigest()
