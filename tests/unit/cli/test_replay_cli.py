"""`tradewind backtest --journal` and `tradewind replay`, as a user meets them."""

import json
from pathlib import Path

import pytest
from tests.unit.app.small_search import catalogued, made_market

from tradewind.cli.main import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("replay")
    catalogued(root, made_market(6))
    return root


def words(root: Path, *more: str) -> list[str]:
    return ["--workspace", str(root), *more]


def test_a_session_is_traded_and_replayed_to_the_same_account(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(root, "backtest", "scalper", "--symbols", "BTC/USDT", "--journal", "--json")) == 0
    traded = json.loads(capsys.readouterr().out)
    assert run(words(root, "replay", "--session", traded["backtest"])) == 0
    text = capsys.readouterr().out
    assert f"state {traded['digest']}, as its session ended" in text
    assert f"{traded['account']['equity']:,.2f}" in text
    assert "Breakers: " in text
    assert run(words(root, "replay", "--session", traded["folder"], "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["trades"] == traded["trades"]
    assert (told["digest"], told["ended"]) == (traded["digest"], True)
    assert len(told["open"]) == traded["account"]["open_trades"]


def test_a_bad_journal_is_one_line_without_a_traceback(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words(root, "backtest", "scalper", "--symbols", "ETH/USDT", "--journal", "--json")) == 0
    journal = Path(json.loads(capsys.readouterr().out)["folder"]) / "journal.sqlite"
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    for session in (str(journal), "nobody"):
        assert run(words(root, "replay", "--session", session)) == 1
        error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
        assert len(error) == 1
        assert "Traceback" not in error[0]
