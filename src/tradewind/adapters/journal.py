"""The journal: every event of an account in SQLite, chained by hashes, from which the account is made again.

A journal is never empty by surprise: what is torn, changed, missing or too new is refused with an error that names it.
Rows are durable when `append` returns (write-ahead log, `synchronous=FULL`), unless the journal is `batched`, as in
backtests, whose result can be computed again. Bars are kept as references: their hash, and what was said of them; the
prices come from where bars are kept, and must still have that hash.
"""

import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from tradewind.model.errors import DatasetMismatch, TradewindError
from tradewind.model.events import AccountNews, BarsClosed, ClosedBar, Event, Signal

SCHEMA = 1
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, chain BLOB NOT NULL);
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, state BLOB NOT NULL, chain BLOB NOT NULL, hash BLOB NOT NULL);
"""
_TIP = struct.Struct("<q16s")
_BAR = struct.Struct("<q4d")
Prices = tuple[float, float, float, float]  # open, high, low, close
BarSource = Callable[[str, int], Prices]


class JournalDamaged(TradewindError):
    """A journal that is not what was written: it must be looked at, not traded from."""


class JournalMissing(TradewindError):
    """No journal where one was expected."""


class JournalTooNew(TradewindError):
    """A journal of a later version of the program."""

    exit_code = 78


class JournalFull(TradewindError):
    """What has to be durable cannot be written: nothing may be sent."""


class JournalBusy(TradewindError):
    """Another process holds this journal."""


class _BarNoted(msgspec.Struct, frozen=True, array_like=True):
    symbol: str
    label: int
    hash: bytes
    signals: tuple[Signal, ...]


class _BarsNoted(msgspec.Struct, frozen=True, tag="bars"):
    ts: int
    bars: tuple[_BarNoted, ...]


_Stored = _BarsNoted | AccountNews


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The account's state after event `seq`, as bytes."""

    seq: int
    state: bytes


class SqliteJournal:
    """One account's journal. Open one with `begin` (a new account) or `reopen`; close it, or use it as a context."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, setup: str, *, batched: bool, reading: bool = False
    ) -> None:
        self.path, self.setup = path, setup
        self._db, self._batched, self._reading = connection, batched, reading
        # The first link holds the settings: a journal is of the account that it was begun for.
        self._genesis = blake2b(setup.encode(), digest_size=16).digest()
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_Stored).decode
        self._seq, self._chain = self._last_row()
        self._tip = path.with_name(path.name + "-tip")

    @classmethod
    def begin(cls, path: Path, setup: str, *, batched: bool = False) -> "SqliteJournal":
        """A new journal for an account with this setup, as text. Raises JournalDamaged where a file is there."""
        if path.exists():
            raise JournalDamaged(f"{path} exists already", "Reopen it, or choose another file for a new account")
        path.parent.mkdir(parents=True, exist_ok=True)
        db = _connected(path, batched=batched)
        with db:
            db.executescript("BEGIN;" + _TABLES)
            db.executemany(
                "INSERT INTO meta VALUES (?, ?)", [("schema", str(SCHEMA)), ("setup", setup), ("clean", "0")]
            )
        journal = cls(path, db, setup, batched=batched)
        journal._checkpoint()  # so that the main file alone says that this account has begun
        return journal

    @classmethod
    def reopen(cls, path: Path, *, batched: bool = False) -> "SqliteJournal":
        """An existing journal, checked: file, schema, write-ahead log, every link of the chain since the last snapshot.

        Raises JournalMissing, JournalBusy, JournalTooNew, or JournalDamaged saying what is wrong.
        """
        with _named(path):
            journal = cls._sound(path, lambda: _connected(path, batched=batched), batched=batched)
            journal.verify(journal.latest_snapshot_seq())
            with journal._db:
                journal._db.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
            journal._checkpoint()
        return journal

    @classmethod
    def inspect(cls, path: Path) -> "SqliteJournal":
        """An existing journal to read only: nothing of it is changed. Raises as `reopen` does; links of the chain are
        checked as they are read."""
        with _named(path):
            return cls._sound(path, lambda: _read_only(path), reading=True)

    @classmethod
    def _sound(
        cls, path: Path, connect: Callable[[], sqlite3.Connection], *, batched: bool = False, reading: bool = False
    ) -> "SqliteJournal":
        """A journal whose file, schema and log are as they should be."""
        if not path.exists():
            raise JournalMissing(f"there is no journal at {path}", "Name the account's journal, or begin a new one")
        log_is_there = _log_of(path).exists()
        db = connect()
        try:
            meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
            _refuse_unfit(meta, path, log_is_there=log_is_there)
            _quick_check(db, path)
            journal = cls(path, db, meta["setup"], batched=batched, reading=reading)
            journal._refuse_lost_rows()
        except BaseException:
            db.close()
            raise
        return journal

    def append(self, events: Sequence[Event]) -> int:
        """Write events; durable when it returns (unless batched). Returns the number of the last, counting from 1.

        Raises JournalFull where the disk is full: nothing of `events` is then in the journal.
        """
        rows, seq, chain = [], self._seq, self._chain
        for event in events:
            body = self._encode(_noted(event) if isinstance(event, BarsClosed) else event)
            chain = blake2b(chain + body, digest_size=16).digest()
            seq += 1
            rows.append((seq, body, chain))
        try:
            if not self._batched or not self._db.in_transaction:
                self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
            if not self._batched:
                self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise JournalFull(f"{self.path} cannot be written: {error}", "Free disk space; no order is sent") from error
        self._seq, self._chain = seq, chain
        if not self._batched:
            self._tip.write_bytes(_TIP.pack(seq, chain))
        return seq

    def read(self, bars: BarSource, after: int = 0) -> Iterator[tuple[int, Event]]:
        """Events after number `after`, in order, their prices from `bars`.

        Raises DatasetMismatch where a bar is not the one that was traded on, JournalDamaged where a link is broken.
        """
        chain = self._chain_at(after)
        for seq, body, link in self._db.execute(
            "SELECT seq, body, chain FROM events WHERE seq > ? ORDER BY seq", (after,)
        ):
            after += 1
            chain = blake2b(chain + body, digest_size=16).digest()
            if seq != after or link != chain:
                raise self._broken(after)
            stored = self._decode(body)
            yield seq, _with_prices(stored, bars) if isinstance(stored, _BarsNoted) else stored

    def verify(self, after: int = 0) -> int:
        """Check every link after event `after`; returns how many there are. JournalDamaged at the first bad."""
        chain, count = self._chain_at(after), 0
        for seq, body, link in self._db.execute(
            "SELECT seq, body, chain FROM events WHERE seq > ? ORDER BY seq", (after,)
        ):
            count += 1
            chain = blake2b(chain + body, digest_size=16).digest()
            if seq != after + count or link != chain:
                raise self._broken(after + count)
        return count

    def snapshot(self, state: bytes) -> None:
        """Keep the account's state after the last event, so that a restart reads only what came later."""
        digest = blake2b(self._chain + state, digest_size=16).digest()
        self.commit()
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", (self._seq, state, self._chain, digest)
            )

    def latest_snapshot(self) -> Snapshot | None:
        """The last snapshot; raises JournalDamaged where it is not what was written."""
        row = self._db.execute("SELECT seq, state, chain, hash FROM snapshots ORDER BY seq DESC LIMIT 1").fetchone()
        if row is None:
            return None
        seq, state, chain, digest = row
        if blake2b(chain + state, digest_size=16).digest() != digest or self._chain_at(seq) != chain:
            raise JournalDamaged(f"the snapshot after event {seq} of {self.path} is damaged", "Restore a backup")
        return Snapshot(seq, state)

    @property
    def ended(self) -> bool:
        """Whether its session was closed in order, nothing left to write."""
        row = self._db.execute("SELECT value FROM meta WHERE name = 'clean'").fetchone()
        return row is not None and row[0] == "1"

    def latest_snapshot_seq(self) -> int:
        """After which event the last snapshot was taken; 0 where there is none."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM snapshots").fetchone()[0])

    @property
    def last_seq(self) -> int:
        """The number of the last event; 0 before the first."""
        return self._seq

    def commit(self) -> None:
        """Make what a batched journal holds durable."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Write all back into the one file and mark it complete; one that was only read stays as it is."""
        if self._reading:
            self._db.close()
            return
        self.commit()
        with self._db:
            self._db.execute("UPDATE meta SET value = '1' WHERE name = 'clean'")
        self._checkpoint()
        self._db.close()

    def __enter__(self) -> "SqliteJournal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _last_row(self) -> tuple[int, bytes]:
        row = self._db.execute("SELECT seq, chain FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return (0, self._genesis) if row is None else (int(row[0]), bytes(row[1]))

    def _chain_at(self, seq: int) -> bytes:
        if seq == 0:
            return self._genesis
        row = self._db.execute("SELECT chain FROM events WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            raise self._broken(seq)
        return bytes(row[0])

    def _refuse_lost_rows(self) -> None:
        """The tip says how far the journal had come; fewer rows than that were lost after they were acknowledged."""
        if not self._tip.exists():
            return
        content = self._tip.read_bytes()
        if len(content) != _TIP.size:
            return  # a tip torn by a crash says nothing; the rows themselves are chained
        seq, chain = _TIP.unpack(content)
        if seq > self._seq:
            raise JournalDamaged(
                f"{self.path} ends at event {self._seq}, but {seq} had been written",
                "Its tail was lost: restore the write-ahead log, or rebuild the account from the exchange",
            )
        if self._chain_at(seq) != chain:
            raise self._broken(seq)

    def _broken(self, seq: int) -> JournalDamaged:
        return JournalDamaged(
            f"{self.path} is damaged at event {seq}: it is missing or not what was written",
            "Keep the file for inspection, restore a backup and reconcile with the exchange",
        )

    def _checkpoint(self) -> None:
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _connected(path: Path, *, batched: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=0.2)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {'NORMAL' if batched else 'FULL'}")
    return db


def _read_only(path: Path) -> sqlite3.Connection:
    """Where there is no log, nobody writes: then not even the files that readers share are made beside it."""
    how = "mode=ro" if _log_of(path).exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, timeout=0.2)


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Whatever SQLite says of a file that cannot be used is said of the journal."""
    try:
        yield
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise JournalBusy(f"{path} is held by another process", "End that process first") from error
        raise JournalDamaged(f"{path} cannot be read: {error}", "Restore a backup and reconcile") from error


def _refuse_unfit(meta: dict[str, str], path: Path, *, log_is_there: bool) -> None:
    if int(meta["schema"]) > SCHEMA:
        raise JournalTooNew(
            f"{path} has schema {meta['schema']}, this program knows up to {SCHEMA}", "Update the program"
        )
    if meta["clean"] == "0" and not log_is_there:
        raise JournalDamaged(
            f"the write-ahead log of {path} is missing although the journal was never closed",
            f"Restore {path.name}-wal from where it went, or rebuild the account from the exchange",
        )


def _quick_check(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise JournalDamaged(f"{path} is damaged: {found}", "Restore a backup and reconcile with the exchange")


def _noted(event: BarsClosed) -> _BarsNoted:
    ts = event.ts
    return _BarsNoted(
        ts,
        tuple(
            _BarNoted(
                bar.symbol, bar.label, _bar_hash(bar.symbol, ts, bar.open, bar.high, bar.low, bar.close), bar.signals
            )
            for bar in event.bars
        ),
    )


def _bar_hash(symbol: str, ts: int, open_: float, high: float, low: float, close: float) -> bytes:
    """What identifies one bar: its symbol, time and exact prices."""
    return blake2b(symbol.encode() + _BAR.pack(ts, open_, high, low, close), digest_size=8).digest()


def _with_prices(noted: _BarsNoted, source: BarSource) -> BarsClosed:
    ts, bars = noted.ts, []
    for one in noted.bars:
        symbol = one.symbol
        open_, high, low, close = source(symbol, ts)
        if _bar_hash(symbol, ts, open_, high, low, close) != one.hash:
            raise DatasetMismatch(
                f"the bar of {symbol} at {ts} is not the one the account traded on",
                "Restore the catalog the account ran with",
            )
        bars.append(ClosedBar(symbol, open_, high, low, close, one.label, one.signals))
    return BarsClosed(ts, tuple(bars))
