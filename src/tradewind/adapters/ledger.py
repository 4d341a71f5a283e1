"""The ledger: what was ever tried on a market, and where its locked hold-out begins."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tradewind.model.errors import BadData

IdentityArray = npt.NDArray[np.uint64]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hold_outs (market TEXT PRIMARY KEY, start_ms INTEGER NOT NULL, run TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS searches (
    run TEXT PRIMARY KEY, market TEXT NOT NULL, symbols TEXT NOT NULL, timeframe TEXT NOT NULL, costs TEXT NOT NULL,
    labels TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, configurations BLOB NOT NULL
);
"""
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trials:
    """One search as the ledger counts it: configurations (64-bit identities) tried on symbols over a time."""

    run: str
    market: str
    symbols: tuple[str, ...]
    timeframe: str
    costs: str
    labels: str
    start_ms: int
    end_ms: int
    configurations: IdentityArray


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

    def record(self, trials: Trials) -> None:
        """Count a search's trials; the same run counts once."""
        with self._connection() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    trials.run, trials.market, ",".join(trials.symbols), trials.timeframe, trials.costs, trials.labels,
                    trials.start_ms, trials.end_ms, trials.configurations.astype("<u8").tobytes(),
                ),
            )  # fmt: skip

    def distinct_trials(self, market: str, start_ms: int, end_ms: int) -> int:
        """Distinct (symbols, timeframe, costs, labels, configuration) ever tried on data overlapping this time."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT symbols, timeframe, costs, labels, configurations FROM searches "
                "WHERE market = ? AND start_ms < ? AND end_ms > ?",
                (market, end_ms, start_ms),
            ).fetchall()
        tried: dict[tuple[str, ...], list[IdentityArray]] = {}
        for *place, blob in rows:
            tried.setdefault(tuple(place), []).append(np.frombuffer(blob, "<u8"))
        return sum(len(np.unique(np.concatenate(lists))) for lists in tried.values())

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
