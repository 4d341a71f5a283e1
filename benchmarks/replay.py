"""A journal of a million events of one account: read from its beginning, and from its last snapshot on."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks.core import account, decided, write_journal
from benchmarks.harness import Asked, Figure
from benchmarks.markets import series_of

from tradewind.adapters.journal import SqliteJournal
from tradewind.trading.core import Core
from tradewind.trading.decisions import Decided
from tradewind.trading.kept import state_bytes, state_from

DAYS = 605  # of minutes, with three events a trade, make a million events
SNAPSHOT_DAYS = 7
WANTED_COLD_S, WANTED_WARM_S = 20, 2


class Replayed(NamedTuple):
    """One reading: seconds by the clock and of the processor, events read, and the account they made."""

    wall: float
    cpu: float
    events: int
    state: bytes


def measure(asked: Asked) -> list[Figure]:
    """From a closed file to the account; single runs."""
    one = [decided(bars) for bars in series_of(replace(asked, days=asked.days or DAYS), DAYS, ("BTC",))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        begin = time.process_time()
        core = write_journal(one, path, SNAPSHOT_DAYS).core
        writing = time.process_time() - begin
        size = path.stat().st_size
        cold, warm = _replayed(path, one[0], from_snapshot=False), _replayed(path, one[0], from_snapshot=True)
    assert cold.state == warm.state == state_bytes(core.state), "the journal makes another account"
    return [
        Figure("events", cold.events, "", f"{len(one[0].bars):,} bars of {one[0].bars.symbol}, {asked.market}"),
        Figure("size", size / 1e6, "MB", f"with a snapshot every {SNAPSHOT_DAYS} days"),
        Figure("trading and writing", writing, "s", "of the processor"),
        Figure("cold", cold.wall, "s", f"by the clock; below {WANTED_COLD_S} is asked for"),
        Figure("cold", cold.cpu, "s", "of the processor"),
        Figure("events after the snapshot", warm.events, ""),
        Figure("from the snapshot", warm.wall, "s", f"by the clock; below {WANTED_WARM_S} is asked for"),
        Figure("from the snapshot", warm.cpu, "s", "of the processor"),
    ]


def _replayed(path: Path, one: Decided, *, from_snapshot: bool) -> Replayed:
    bars = one.bars
    columns = zip(*(column.tolist() for column in (bars.open, bars.high, bars.low, bars.close)), strict=True)
    prices = dict(zip(bars.ts.tolist(), columns, strict=True))
    wall, cpu = time.perf_counter(), time.process_time()
    with SqliteJournal.reopen(path) as journal:
        kept = journal.latest_snapshot() if from_snapshot else None
        core = Core(account([one]), None if kept is None else state_from(kept.state))
        events = 0
        for _, event in journal.read(lambda _, ts: prices[ts], after=0 if kept is None else kept.seq):
            core.on_event(event)
            events += 1
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return Replayed(wall, cpu, events, state_bytes(core.state))
