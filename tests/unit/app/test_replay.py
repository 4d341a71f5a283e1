"""A session's journal makes its account again, to the last digit; a journal that is not what was written is named."""

import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.unit.app.small_search import catalogued, made_market

from tradewind.adapters.catalog import Catalog
from tradewind.adapters.journal import (
    JournalBusy,
    JournalDamaged,
    JournalMissing,
    JournalTooNew,
    SqliteJournal,
)
from tradewind.app.backtest import BacktestRequest, FinishedBacktest, backtest
from tradewind.app.replay import CatalogPrices, ReplayDiffers, Replayed, journal_at, replay
from tradewind.app.session import JOURNAL, session_from
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.model.bars import Bars
from tradewind.model.errors import CodeMismatch, DatasetMismatch, RunIncomplete
from tradewind.trading.core import Core

SYMBOLS = ("BTC/USDT", "ETH/USDT")
OVERRIDES = (
    'account.sizing={type = "atr_risk", risk_fraction = 0.005, leverage = 2.0}', "account.account_cap=1.5",
    'account.filters={"BTC/USDT" = {tick = "0.1", lot = "0.001"}}', "account.static.entry_expiry=2",
    "account.static.limit_target=true",
)  # fmt: skip


@pytest.fixture(scope="module")
def market() -> Sequence[Bars]:
    return made_market(8)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, market: Sequence[Bars]) -> Path:
    root = tmp_path_factory.mktemp("replay")
    catalogued(root, market)
    return root


def done(root: Path, *, journal: bool = True) -> FinishedBacktest:
    request = BacktestRequest(preset=read_preset(Path("scalper"), OVERRIDES), symbols=SYMBOLS, journal=journal)
    return backtest(request, Workspace(root), SilentProgress())


@pytest.fixture(scope="module")
def finished(root: Path) -> FinishedBacktest:
    return done(root)


def again(path: Path, root: Path) -> Replayed:
    return replay(path, Workspace(root), SilentProgress())


@pytest.fixture
def copied(finished: FinishedBacktest, tmp_path: Path) -> Path:
    """A copy of the journal, to be spoiled."""
    return Path(shutil.copy(finished.folder / JOURNAL, tmp_path / JOURNAL))


def test_a_replayed_session_is_the_account_it_was(finished: FinishedBacktest, root: Path) -> None:
    found = again(finished.folder / JOURNAL, root)
    assert found.ended
    assert found.digest == finished.summary["digest"]
    assert found.events > 10_000
    told = {name: finished.summary[name] for name in found.summary}
    assert found.summary == told
    assert told["trades"]["trades"] > 50
    curve = pq.read_table(finished.folder / "curve.parquet")["equity"].to_pylist()
    assert [one.equity for one in found.traded.curve] == curve
    assert len(curve) == 8 * 24


def test_a_replay_leaves_no_trace_and_a_journal_changes_nothing_of_the_trades(
    finished: FinishedBacktest, root: Path
) -> None:
    def content(folder: Path) -> dict[str, str]:
        return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(folder.iterdir())}

    before = content(finished.folder)
    again(finished.folder / JOURNAL, root)
    assert content(finished.folder) == before
    assert content(done(root).folder) == before
    without = done(root, journal=False)
    assert without.folder != finished.folder
    assert content(without.folder)["trades.parquet"] == before["trades.parquet"]


def test_a_session_is_found_by_name_folder_and_file(finished: FinishedBacktest, root: Path) -> None:
    workspace, expected = Workspace(root), finished.folder / JOURNAL
    for place in (finished.name, finished.name[:-3], str(finished.folder), str(expected)):
        assert journal_at(place, workspace) == expected
    with pytest.raises(JournalMissing, match="no backtest begins so"):
        journal_at("nobody", workspace)
    done(root, journal=False)
    with pytest.raises(RunIncomplete, match="2 backtests begin"):
        journal_at("backtest-scalper", workspace)
    with pytest.raises(JournalMissing, match="--journal"):
        journal_at(done(root, journal=False).name, workspace)


def test_settings_read_back_from_a_journal_are_those_of_the_account(finished: FinishedBacktest) -> None:
    with SqliteJournal.inspect(finished.folder / JOURNAL) as journal:
        session = session_from(journal.setup)
        assert session_from(session.text()) == session
    assert session.setup.filters["BTC/USDT"].lot is not None
    assert session.regimes == ("BULL", "BEAR", "SIDEWAYS", "STRESS")
    with pytest.raises(CodeMismatch, match="Martingale"):
        session_from(session.text().replace("AtrRisk", "Martingale"))


def test_a_torn_journal_is_named_at_any_length(copied: Path, root: Path) -> None:
    whole = copied.read_bytes()
    for part in (0.0, 0.3, 0.9, 0.9999):
        copied.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(JournalDamaged, match=JOURNAL):
            again(copied, root)


def spoiled(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as db:
        db.execute(statement, values)
    db.close()


def test_a_byte_changed_in_an_event_or_in_the_settings_is_named(copied: Path, root: Path) -> None:
    db = sqlite3.connect(copied)
    body = bytearray(db.execute("SELECT body FROM events WHERE seq = 5000").fetchone()[0])
    (setup,) = db.execute("SELECT value FROM meta WHERE name = 'setup'").fetchone()
    db.close()
    spoiled(copied, "UPDATE meta SET value = ? WHERE name = 'setup'", setup.replace("0.005", "0.006"))
    with pytest.raises(JournalDamaged, match="event 1"):
        again(copied, root)
    spoiled(copied, "UPDATE meta SET value = ? WHERE name = 'setup'", setup)
    body[len(body) // 2] ^= 1
    spoiled(copied, "UPDATE events SET body = ? WHERE seq = 5000", bytes(body))
    with pytest.raises(JournalDamaged, match="event 5000"):
        again(copied, root)


def test_events_taken_from_the_end_are_noticed(copied: Path, root: Path) -> None:
    spoiled(copied, "DELETE FROM events WHERE seq > 9000")
    with pytest.raises(JournalDamaged, match="damaged"):
        again(copied, root)


def test_a_journal_of_a_newer_program_is_refused(copied: Path, root: Path) -> None:
    spoiled(copied, "UPDATE meta SET value = '2' WHERE name = 'schema'")
    with pytest.raises(JournalTooNew, match="schema 2"):
        again(copied, root)


def test_a_journal_whose_session_was_cut_off_is_read_as_far_as_it_came_or_named(
    finished: FinishedBacktest, tmp_path: Path, root: Path
) -> None:
    with SqliteJournal.inspect(finished.folder / JOURNAL) as whole:
        setup = whole.setup
        prices = CatalogPrices(Catalog(Workspace(root).catalog_directory), session_from(setup).setup)
        events = [event for _, event in islice(whole.read(prices), 500)]
    path = tmp_path / JOURNAL
    journal = SqliteJournal.begin(path, setup, batched=True)
    journal.append(events)
    journal.commit()
    with pytest.raises(JournalBusy, match="held"):
        again(path, root)
    cut = tmp_path / "cut"
    cut.mkdir()
    for name in (JOURNAL, f"{JOURNAL}-wal"):
        shutil.copy(tmp_path / name, cut / name)
    journal.close()
    found = again(cut / JOURNAL, root)
    assert (found.ended, found.events) == (False, 500)
    (cut / f"{JOURNAL}-wal").unlink()
    with pytest.raises(JournalDamaged, match="write-ahead log"):
        again(cut / JOURNAL, root)


def test_bars_that_are_no_longer_those_that_were_traded_on_are_refused(
    finished: FinishedBacktest, tmp_path: Path, market: Sequence[Bars]
) -> None:
    close = market[0].close.copy()
    close[5_000] = (market[0].high[5_000] + market[0].low[5_000]) / 2 + 1e-6
    catalogued(tmp_path, [replace(market[0], close=close), market[1]])
    with pytest.raises(DatasetMismatch, match="BTC/USDT"):
        again(finished.folder / JOURNAL, tmp_path)


def test_an_account_that_comes_out_otherwise_is_refused(
    finished: FinishedBacktest, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SqliteJournal.inspect(finished.folder / JOURNAL) as journal:
        last = journal.last_seq
    honest = Core.on_event
    heard = []

    def forgetful(self: Core, event: object) -> object:
        heard.append(event)
        return [] if len(heard) == last else honest(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(Core, "on_event", forgetful)
    with pytest.raises(ReplayDiffers, match="defect"):
        again(finished.folder / JOURNAL, root)
