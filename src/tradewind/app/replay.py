"""Replay: an account made again from its journal alone, compared with the state that its session ended with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradewind.adapters.catalog import Catalog
from tradewind.adapters.journal import JournalMissing, Prices, Snapshot, SqliteJournal
from tradewind.app.search import code_version
from tradewind.app.session import JOURNAL, Session, session_from
from tradewind.app.trade_report import report_of, tables_of
from tradewind.app.traded import BARS_AT_ONCE, Progress, Traded, digest_of, traded_again
from tradewind.app.workspace import Workspace
from tradewind.model.errors import DatasetMismatch, RunIncomplete, TradewindError
from tradewind.model.events import Deposited, Event
from tradewind.model.time import DAY_MS, TIMEFRAME_MS, TimeRange, utc_text
from tradewind.trading.core import Core
from tradewind.trading.kept import is_kept
from tradewind.trading.setup import Setup

READ_AT_ONCE_MS = 32 * DAY_MS  # of bars, by symbol


class ReplayDiffers(TradewindError):
    """What a journal makes is not the state that its session ended with."""


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """An account made again: whose it is, how many events made it, the digest of its state, whether its session was
    ended in order (then that was its state too), and the same figures as a backtest's."""

    journal: Path
    session: Session
    events: int
    digest: str
    ended: bool
    traded: Traded
    summary: Mapping[str, Any]


def journal_at(place: str, workspace: Workspace) -> Path:
    """The journal a user means: a file, a folder that holds one, or the beginning of a backtest's name.

    Raises JournalMissing where there is none, RunIncomplete where several backtests begin so.
    """
    path, root = Path(place), workspace.root / "backtests"
    if path.is_file():
        return path
    if path.is_dir():
        return _in_folder(path)
    found = sorted(one for one in root.glob("*") if one.name.startswith(place) and one.name[0] != ".")
    if len(found) > 1 and found[0].name != place:
        names = ", ".join(one.name for one in found)
        raise RunIncomplete(f"{len(found)} backtests begin with {place!r}: {names}", "Write more of the name")
    if not found:
        raise JournalMissing(
            f"there is no journal {place}, and no backtest begins so in {root}",
            "Name a journal's file, or a backtest made with --journal",
        )
    return _in_folder(found[0])


def _in_folder(folder: Path) -> Path:
    if not (folder / JOURNAL).exists():
        raise JournalMissing(f"{folder} holds no {JOURNAL}", "Trade it again with `tradewind backtest --journal`")
    return folder / JOURNAL


def replay(path: Path, workspace: Workspace, progress: Progress) -> Replayed:
    """Make the account of a journal again, event by event, every link checked; the journal stays as it is.

    Raises what `SqliteJournal.inspect` raises, DatasetMismatch where the catalog has other bars than were traded on,
    ReplayDiffers where the account is not what its session ended with.
    """
    with SqliteJournal.inspect(path) as journal:
        session = session_from(journal.setup)
        core, snapshot = Core(session.setup), journal.latest_snapshot()
        deposits: list[Decimal] = []
        progress.stage("replay", journal.last_seq)

        def events() -> Iterator[Event]:
            for seq, event in journal.read(CatalogPrices(Catalog(workspace.catalog_directory), session.setup)):
                if isinstance(event, Deposited):
                    deposits.append(event.amount)
                yield event
                if snapshot is not None and seq == snapshot.seq:
                    _refuse_another(core, snapshot, session, path)
                if seq % BARS_AT_ONCE == 0:
                    progress.advance(BARS_AT_ONCE)

        traded = traded_again(core, events())
        count = journal.last_seq
        progress.advance(count % BARS_AT_ONCE)
        ended = journal.ended and snapshot is not None and snapshot.seq == count
    deposit = float(sum(deposits, Decimal(0)))
    summary = report_of(tables_of(traded, session.regimes)["trades"], traded, deposit)
    return Replayed(path, session, count, digest_of(core), ended, traded, summary)


def _refuse_another(core: Core, snapshot: Snapshot, session: Session, path: Path) -> None:
    if is_kept(core.state, snapshot.state):
        return
    other = session.code != code_version()
    raise ReplayDiffers(
        f"{path} replayed to event {snapshot.seq} is not the state that was kept there",
        f"It was traded by other code ({session.code}): use that version"
        if other
        else "This is a defect of the program: report it with the journal",
    )


class CatalogPrices:
    """Where a journal's references to bars lead: the catalog, a month at a time."""

    def __init__(self, catalog: Catalog, setup: Setup) -> None:
        self._catalog, self._setup = catalog, setup
        self._timeframe = next(name for name, ms in TIMEFRAME_MS.items() if ms == setup.timeframe_ms)
        self._known: dict[str, tuple[int, int, dict[int, Prices]]] = {}

    def __call__(self, symbol: str, ts: int) -> Prices:
        """Open, high, low, close of one bar; raises DatasetMismatch where it is gone."""
        first, end, prices = self._known.get(symbol, (0, 0, {}))
        if not first <= ts < end:
            first, end = ts, ts + READ_AT_ONCE_MS
            prices = self._read(symbol, TimeRange(first, end))
            self._known[symbol] = first, end, prices
        if ts not in prices:
            raise DatasetMismatch(
                f"the bar of {symbol} at {utc_text(ts)}, which the account traded on, is not in the catalog",
                "Restore the catalog the account ran with",
            )
        return prices[ts]

    def _read(self, symbol: str, span: TimeRange) -> dict[int, Prices]:
        if symbol not in self._setup.instruments:
            return {}
        bars = self._catalog.bars(self._setup.instruments[symbol].venue, symbol, self._timeframe, span)
        rows = zip(*(one.tolist() for one in (bars.open, bars.high, bars.low, bars.close)), strict=True)
        return dict(zip(bars.ts.tolist(), rows, strict=True))
