"""The ledger: what was ever tried on a market, where its locked hold-out begins, and which runs have opened it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tradewind.model.errors import BadData

IdentityArray = npt.NDArray[np.uint64]
ALL_BARS = ""  # the label of a trial that trades in every regime
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hold_outs (market TEXT PRIMARY KEY, start_ms INTEGER NOT NULL, run TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS searches (
    run TEXT PRIMARY KEY, market TEXT NOT NULL, symbols TEXT NOT NULL, timeframe TEXT NOT NULL, costs TEXT NOT NULL,
    labels TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, configurations BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS openings (
    number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, market TEXT NOT NULL,
    start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, opened_at TEXT NOT NULL
);
"""
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trials:
    """One search as the ledger counts it: every configuration (64-bit identity) under every label, over a time.

    `labels` are ALL_BARS and the regimes a configuration was judged in, each named with its detector.
    """

    run: str
    market: str
    symbols: tuple[str, ...]
    timeframe: str
    costs: str
    labels: tuple[str, ...]
    start_ms: int
    end_ms: int
    configurations: IdentityArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A run that opened a market's hold-out: over which bars, when, and as which of all runs that did (from 1)."""

    run: str
    market: str
    start_ms: int
    end_ms: int
    opened_at: str
    nth: int


class Ledger:
    """A SQLite file of one workspace; every call is one transaction, durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hold_out_start(self, market: str, proposed_ms: int, run: str) -> int:
        """Where the hold-out of a market begins: fixed by the first call, `proposed_ms` then; never moved after."""
        with self._connection() as connection:
            connection.execute("INSERT OR IGNORE INTO hold_outs VALUES (?, ?, ?)", (market, proposed_ms, run))
            row = connection.execute("SELECT start_ms FROM hold_outs WHERE market = ?", (market,)).fetchone()
        return int(row[0])

    def known_hold_out(self, market: str) -> int | None:
        """Where a market's hold-out begins, None where no search has fixed it yet."""
        with self._connection() as connection:
            row = connection.execute("SELECT start_ms FROM hold_outs WHERE market = ?", (market,)).fetchone()
        return None if row is None else int(row[0])

    def open_hold_out(self, *, run: str, market: str, start_ms: int, end_ms: int, opened_at: str) -> Opening:
        """Count a run's opening of the hold-out, before it reads a bar of it; the same run counts once.

        The opening that is returned is the run's first, with its time range, whatever is asked for now.
        """
        with self._connection() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO openings (run, market, start_ms, end_ms, opened_at) VALUES (?, ?, ?, ?, ?)",
                (run, market, start_ms, end_ms, opened_at),
            )
            return next(one for one in _openings(connection, market) if one.run == run)

    def openings(self, market: str | None = None) -> tuple[Opening, ...]:
        """The runs that opened a market's hold-out (every market's, without one), in order."""
        if not self._path.exists():
            return ()
        with self._connection() as connection:
            return _openings(connection, market)

    def record(self, trials: Trials) -> None:
        """Count a search's trials; the same run counts once."""
        with self._connection() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    trials.run, trials.market, ",".join(trials.symbols), trials.timeframe, trials.costs,
                    json.dumps(trials.labels), trials.start_ms, trials.end_ms,
                    trials.configurations.astype("<u8").tobytes(),
                ),
            )  # fmt: skip

    def distinct_trials(self, market: str, start_ms: int, end_ms: int) -> int:
        """Distinct (symbols, timeframe, costs, label, configuration) ever tried on data overlapping this time."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT symbols, timeframe, costs, labels, configurations FROM searches "
                "WHERE market = ? AND start_ms < ? AND end_ms > ?",
                (market, end_ms, start_ms),
            ).fetchall()
        tried: dict[tuple[str, ...], list[int]] = {}
        for search, (*place, labels, _) in enumerate(rows):
            for label in json.loads(labels):
                tried.setdefault((*place, label), []).append(search)
        # Labels tried by the same searches have the same configurations, so each union is made once.
        unions = Counter(tuple(searches) for searches in tried.values())
        return sum(
            labels * len(np.unique(np.concatenate([np.frombuffer(rows[search][-1], "<u8") for search in searches])))
            for searches, labels in unions.items()
        )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = None
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_S)
            with connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(_SCHEMA)
                yield connection
        except sqlite3.OperationalError as error:
            raise BadData(
                f"the ledger {self._path} cannot be used: {error}",
                "Make it readable and writable, with room on its disk",
            ) from error
        except sqlite3.DatabaseError as error:
            raise BadData(
                f"the ledger {self._path} cannot be used: {error}", "Restore it from a backup; it counts every trial"
            ) from error
        finally:
            if connection is not None:
                connection.close()


def _openings(connection: sqlite3.Connection, market: str | None) -> tuple[Opening, ...]:
    rows = connection.execute(
        "SELECT run, market, start_ms, end_ms, opened_at, ROW_NUMBER() OVER (PARTITION BY market ORDER BY number) "
        "FROM openings WHERE market = ? OR ? IS NULL ORDER BY number",
        (market, market),
    ).fetchall()
    return tuple(Opening(run=r, market=m, start_ms=s, end_ms=e, opened_at=o, nth=n) for r, m, s, e, o, n in rows)
