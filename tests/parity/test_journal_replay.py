"""What the journal replays is what was in memory: after every event, and after a crash at every event."""

from pathlib import Path

import pytest
from tests.parity.busy_day import account_setup, live_through, prices_at

from tradewind.adapters.journal import SqliteJournal
from tradewind.model.events import Event, OrderFilled, TradeClosed
from tradewind.trading.core import Core
from tradewind.trading.kept import state_bytes, state_from


@pytest.fixture(scope="module")
def day() -> tuple[list[Event], list[bytes]]:
    """Everything told on a busy day, and the state after each of it."""
    events: list[Event] = []
    core, notes = live_through(events)
    assert sum(isinstance(note, TradeClosed) for note in notes) > 50
    assert core.state.book.imbalance() == {}
    again, states = Core(account_setup()), []
    for event in events:
        again.on_event(event)
        states.append(state_bytes(again.state))
    assert states[-1] == state_bytes(core.state)
    return events, states


def test_a_journal_replayed_is_the_state_after_every_event(
    day: tuple[list[Event], list[bytes]], tmp_path: Path
) -> None:
    events, states = day
    with SqliteJournal.begin(tmp_path / "j", "setup", batched=True) as journal:
        journal.append(events)
    core = Core(account_setup())
    with SqliteJournal.reopen(tmp_path / "j") as journal:
        for (seq, event), state in zip(journal.read(prices_at), states, strict=True):
            core.on_event(event)
            assert state_bytes(core.state) == state, seq


def test_a_crash_after_any_event_restarts_into_the_same_day(day: tuple[list[Event], list[bytes]]) -> None:
    events, states = day
    for crashed, state in enumerate(states):
        # What a restart has: the state of a snapshot or replay; what it hears from then on is the same.
        core = Core(account_setup(), state_from(state))
        assert state_bytes(core.state) == state
        if crashed % 25 == 0:
            for event in events[crashed + 1 :]:
                core.on_event(event)
            assert state_bytes(core.state) == states[-1], crashed


def test_events_told_twice_change_nothing(day: tuple[list[Event], list[bytes]]) -> None:
    events, states = day
    core = Core(account_setup())
    for event in events:
        core.on_event(event)
        if isinstance(event, OrderFilled):
            assert core.on_event(event) == []
    assert state_bytes(core.state) == states[-1]


def test_a_snapshot_and_the_tail_make_the_same_account(day: tuple[list[Event], list[bytes]], tmp_path: Path) -> None:
    events, states = day
    half = len(events) // 2
    with SqliteJournal.begin(tmp_path / "j", "setup", batched=True) as journal:
        journal.append(events[:half])
        journal.snapshot(states[half - 1])
        journal.append(events[half:])
    with SqliteJournal.reopen(tmp_path / "j") as journal:
        snapshot = journal.latest_snapshot()
        assert snapshot is not None
        assert snapshot.seq == half
        core = Core(account_setup(), state_from(snapshot.state))
        for _, event in journal.read(prices_at, after=snapshot.seq):
            core.on_event(event)
    assert state_bytes(core.state) == states[-1]
    assert core.state.totals.trades > 50
    assert core.state.drawdown > 0
