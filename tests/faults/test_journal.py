"""A journal that is torn, changed, incomplete, full or too new is named, and never taken for an empty one."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tradewind.adapters.journal import (
    JournalBusy,
    JournalDamaged,
    JournalFull,
    JournalMissing,
    JournalTooNew,
    SqliteJournal,
)
from tradewind.model.errors import DatasetMismatch
from tradewind.model.events import BarsClosed, ClosedBar, Deposited, Event

EVENTS: list[Event] = [Deposited(ts, Decimal(ts)) for ts in range(1, 201)]
FILES = ("j", "j-wal", "j-tip")


def no_bars(symbol: str, ts: int) -> tuple[float, float, float, float]:
    raise AssertionError((symbol, ts))


def written(path: Path, events: list[Event] = EVENTS) -> Path:
    with SqliteJournal.begin(path, "setup") as journal:
        journal.append(events)
    return path


def killed(folder: Path) -> Path:
    """A journal whose process was killed after its last event was acknowledged."""
    code = (
        "import os, signal\nfrom decimal import Decimal\nfrom pathlib import Path\n"
        "from tradewind.adapters.journal import SqliteJournal\nfrom tradewind.model.events import Deposited\n"
        f"journal = SqliteJournal.begin(Path({str(folder / 'j')!r}), 'setup')\n"
        "for ts in range(1, 201):\n    journal.append([Deposited(ts, Decimal(ts))])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    return folder / "j"


def test_a_killed_process_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with SqliteJournal.reopen(killed(tmp_path)) as journal:
        assert [event for _, event in journal.read(no_bars)] == EVENTS
        assert journal.append([Deposited(201, Decimal(1))]) == 201


def test_a_deleted_write_ahead_log_is_noticed(tmp_path: Path) -> None:
    path = killed(tmp_path)
    path.with_name("j-wal").unlink()
    with pytest.raises(JournalDamaged, match="write-ahead log"):
        SqliteJournal.reopen(path)


def test_a_torn_tail_is_noticed_at_any_length(tmp_path: Path) -> None:
    path = killed(tmp_path)
    size = path.with_name("j-wal").stat().st_size
    for part in (0.0, 0.1, 0.5, 0.9, 0.999):
        copy = tmp_path / f"torn-{part}"
        copy.mkdir()
        for name in FILES:
            shutil.copy(tmp_path / name, copy / name)
        os.truncate(copy / "j-wal", int(size * part))
        with pytest.raises(JournalDamaged):
            SqliteJournal.reopen(copy / "j")


def test_a_flipped_byte_in_any_event_is_noticed_and_named(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    for seq in (1, 100, 200):
        copy = tmp_path / f"flipped-{seq}"
        shutil.copy(path, copy)
        db = sqlite3.connect(copy)
        (body,) = db.execute("SELECT body FROM events WHERE seq = ?", (seq,)).fetchone()
        db.execute("UPDATE events SET body = ? WHERE seq = ?", (body[:-1] + bytes([body[-1] ^ 1]), seq))
        db.commit()
        db.close()
        with pytest.raises(JournalDamaged, match=f"event {seq}"):
            SqliteJournal.reopen(copy)


def test_random_flipped_bytes_never_pass_as_another_account(tmp_path: Path) -> None:
    content = written(tmp_path / "j").read_bytes()
    noticed = 0
    for place in range(100, len(content), 97):
        copy = tmp_path / "copy"
        for name in ("copy", "copy-wal", "copy-tip"):
            (tmp_path / name).unlink(missing_ok=True)
        copy.write_bytes(content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :])
        try:
            with SqliteJournal.reopen(copy) as journal:
                # Where nothing was noticed the byte belonged to nobody: every event is as it was written.
                assert [event for _, event in journal.read(no_bars)] == EVENTS, place
        except JournalDamaged:
            noticed += 1
    assert noticed > 50


def test_a_missing_row_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    db = sqlite3.connect(path)
    db.execute("DELETE FROM events WHERE seq = 120")
    db.commit()
    db.close()
    with pytest.raises(JournalDamaged, match="event 120"):
        SqliteJournal.reopen(path)


def test_rows_cut_off_the_end_are_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    db = sqlite3.connect(path)
    db.execute("DELETE FROM events WHERE seq > 150")
    db.commit()
    db.close()
    with pytest.raises(JournalDamaged, match="ends at event 150"):
        SqliteJournal.reopen(path)


def test_a_full_disk_writes_nothing_half_and_says_so(tmp_path: Path) -> None:
    journal = SqliteJournal.begin(tmp_path / "j", "setup")
    journal.append(EVENTS[:10])
    pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
    journal._db.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(JournalFull):
        journal.append(EVENTS * 100)
    kept = journal.last_seq
    journal._db.execute("PRAGMA max_page_count = 1000000")
    assert journal.append(EVENTS[:1]) == kept + 1
    assert journal.verify() == kept + 1
    journal.close()


def test_a_newer_schema_is_refused_before_anything_else_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = '2' WHERE name = 'schema'")
    db.commit()
    db.close()
    with pytest.raises(JournalTooNew, match="schema 2") as refused:
        SqliteJournal.reopen(path)
    assert refused.value.exit_code == 78


def test_a_journal_that_is_not_there_is_not_begun_by_accident(tmp_path: Path) -> None:
    with pytest.raises(JournalMissing):
        SqliteJournal.reopen(tmp_path / "j")
    written(tmp_path / "j")
    with pytest.raises(JournalDamaged, match="exists already"):
        SqliteJournal.begin(tmp_path / "j", "setup")


def test_two_processes_cannot_hold_one_journal(tmp_path: Path) -> None:
    with SqliteJournal.begin(tmp_path / "j", "setup") as journal:
        journal.append(EVENTS[:1])
        with pytest.raises(JournalBusy):
            SqliteJournal.reopen(tmp_path / "j")


def test_something_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"not a database at all, but some text that goes on for a while")
    with pytest.raises(JournalDamaged):
        SqliteJournal.reopen(tmp_path / "j")


def test_a_bar_that_is_not_the_one_traded_on_is_refused(tmp_path: Path) -> None:
    bars = BarsClosed(60_000, (ClosedBar("BTC/USDT", 1.0, 2.0, 0.5, 1.5, 0),))
    path = written(tmp_path / "j", [bars])
    with SqliteJournal.reopen(path) as journal:
        assert [event for _, event in journal.read(lambda *_: (1.0, 2.0, 0.5, 1.5))] == [bars]
        with pytest.raises(DatasetMismatch, match="BTC/USDT"):
            list(journal.read(lambda *_: (1.0, 2.0, 0.5, 1.6)))
