"""A search trades its finalists through the trader core as well: it says how much, and fails where a trade differs."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.app import parity
from tradewind.app.finalists import AT_RANDOM, LEADERS, bars_of_core
from tradewind.app.workspace import Workspace
from tradewind.model.errors import SearchInconsistent
from tradewind.model.events import Note, TradeClosed
from tradewind.model.time import MINUTE_MS
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.engine import Engine


def test_a_run_says_which_bars_the_core_traded_and_how_many_trades_were_equal(tmp_path: Path) -> None:
    run = searched(small_request(), tmp_path)
    core = run.summary["accounts"]["core"]
    bars = run.summary["data"]["bars"]
    # At least the random ones; at most switch, static and leaders too. Two symbols, a tenth of all bars.
    assert AT_RANDOM <= core["choices"] <= LEADERS + AT_RANDOM + 2
    assert core["bars"] == bars_of_core(bars) // (2 * core["choices"])
    assert core["last_ts"] == run.summary["data"]["last_ts"]
    assert core["last_ts"] - core["first_ts"] == (core["bars"] - 1) * MINUTE_MS
    assert core["trades"] > 100


def test_the_core_never_takes_more_than_seconds_of_a_search() -> None:
    assert bars_of_core(1_000) == 6_000
    assert bars_of_core(92_160) == 9_216
    assert bars_of_core(7_600_000) == 200_000


def engine_that_notes(changed: Callable[[Note], Note | None]) -> Callable[..., Engine]:
    """An engine whose core says something else than it does; None: nothing."""

    def engine(core: Core, venue: BarVenue, note: Callable[[Note], None]) -> Engine:
        def told(one: Note) -> None:
            said = changed(one)
            if said is not None:
                note(said)

        return Engine(core, venue, told)

    return engine


@pytest.mark.parametrize("field", ["r", "exit_ts"])
def test_a_trade_that_the_core_makes_otherwise_fails_the_run(
    field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = {"r": lambda one: one.r + 1e-6, "exit_ts": lambda one: one.entry_ts}[field]

    def wrong(one: Note) -> Note:
        wanted = isinstance(one, TradeClosed) and one.exit_ts > one.entry_ts
        return msgspec.structs.replace(one, **{field: defect(one)}) if wanted else one

    monkeypatch.setattr(parity, "Engine", engine_that_notes(wrong))
    name = "exit" if field == "exit_ts" else "r"
    found = rf"(configuration \d+|one switch) on \w+/USDT:USDT.*trade \d+ \(\w+, entered .*\) {name}: compiled"
    with pytest.raises(SearchInconsistent, match=found):
        searched(small_request(), tmp_path)
    assert list(Workspace(tmp_path).runs_directory.glob("[!.]*")) == []


def test_a_trade_that_the_core_leaves_out_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def silent(one: Note) -> Note | None:
        return None if isinstance(one, TradeClosed) and one.number == 3 else one

    monkeypatch.setattr(parity, "Engine", engine_that_notes(silent))
    with pytest.raises(SearchInconsistent, match="compiled"):
        searched(small_request(), tmp_path)
