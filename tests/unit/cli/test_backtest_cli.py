"""`tradewind backtest`, as a user meets it."""

import json
from pathlib import Path

import pytest
from tests.unit.app.small_search import catalogued, made_market

from tradewind.cli.main import run

pytestmark = pytest.mark.slow


def test_the_table_and_the_json_tell_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogued(tmp_path, made_market(8))
    words = ["--workspace", str(tmp_path), "backtest", "scalper", "--symbols", "BTC/USDT,ETH/USDT"]
    assert run(words) == 0
    text = capsys.readouterr().out
    assert run([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert f"{told['trades']['trades']:,}" in text
    assert f"{told['account']['equity']:,.2f}" in text
    assert told["folder"] in text


def test_a_mistake_is_one_line_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--workspace", str(tmp_path), "backtest", "scalper", "--symbols", ","]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Traceback" not in error
