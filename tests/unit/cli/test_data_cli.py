"""`tradewind data` as a user meets it: tables for people, JSON for programs."""

import json
from pathlib import Path

import pytest
from tests.data_files import csv_rows, csv_text, made_bars, without

from tradewind.cli.main import run


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "BTCUSDT-1m.csv"
    path.write_text(csv_text(csv_rows(without(made_bars(150), 7))))
    assert run(["--workspace", str(tmp_path / "ws"), "data", "import", str(path)]) == 0
    capsys.readouterr()
    return tmp_path / "ws"


def told(capsys: pytest.CaptureFixture[str], workspace: Path, *arguments: str, code: int = 0) -> str:
    assert run(["--workspace", str(workspace), "data", *arguments]) == code
    return capsys.readouterr().out


def test_list_shows_every_series_whole_on_one_line(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = next(line for line in told(capsys, workspace, "list").splitlines() if "BTC/USDT" in line)
    assert line.split()[:8] == ["binance", "BTC/USDT", "1m", "149", "2022-05-12", "2022-05-12", "1", "1"]
    record = json.loads(told(capsys, workspace, "list", "--json"))[0]
    assert record["content_hash"] == without(made_bars(150), 7).content_hash()
    assert (record["rows"], record["gaps"], record["missing_bars"]) == (149, 1, 1)


def test_an_empty_catalog_says_how_to_fill_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Fill it with `tradewind data import`" in told(capsys, tmp_path, "list")
    assert json.loads(told(capsys, tmp_path, "list", "--json")) == []


def test_check_tells_the_gap_and_ends_with_0(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, workspace, "check")
    assert "every file is what was written" in text
    assert "2022-05-12 00:07 to 2022-05-12 00:07" in text
    assert json.loads(told(capsys, workspace, "check", "--json"))[0]["missing_bars"] == 1


def test_check_of_damaged_data_names_the_file_and_ends_with_1(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, workspace, "resample", "BTC/USDT", "--to", "5m")
    path = next((workspace / "catalog" / "binance" / "BTC_USDT" / "1m").glob("*.parquet"))
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert run(["--workspace", str(workspace), "data", "check", "BTC/USDT", "--timeframe", "1m"]) == 1
    assert path.name in capsys.readouterr().err
    assert told(capsys, workspace, "check", "BTC/USDT", "--timeframe", "5m")


def test_check_audits_funding_rates_and_ends_with_1_where_they_are_damaged(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workspace / "rates.csv"
    file.write_text("ts,rate\n1652313600000,0.0001\n1652342400000,0.0002\n")
    told(capsys, workspace, "import", str(file), "--funding", "--symbol", "BTC/USDT:USDT")
    assert "BTC/USDT:USDT funding: 2 rates" in told(capsys, workspace, "check")
    assert json.loads(told(capsys, workspace, "check", "BTC/USDT:USDT", "--json"))[0]["faults"] == []
    (path,) = workspace.rglob("rates.*.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    assert path.name in told(capsys, workspace, "check", code=1)
    assert "unknown timeframe" in told_error(capsys, workspace, "check", "--timeframe", "7m")


def told_error(capsys: pytest.CaptureFixture[str], workspace: Path, *arguments: str) -> str:
    assert run(["--workspace", str(workspace), "data", *arguments]) == 2
    return capsys.readouterr().err


def test_resample_tells_thin_bars_and_what_waits(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, workspace, "resample", "all", "--to", "1h")
    assert "1 bars are made of fewer 1m bars than they span (the first: 2022-05-12 00:00)" in text
    assert "the last 30 1m bars do not fill a 1h bar yet" in text
    record = json.loads(told(capsys, workspace, "resample", "BTC/USDT", "--to", "1h", "--json"))[0]
    assert (record["partial"], record["dropped_bars"], record["written"]["identical"]) == (1, 30, 2)


def test_sql_answers_as_a_table_and_as_json(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statement = "SELECT symbol, count(*) AS bars FROM bars GROUP BY 1"
    assert "BTC/USDT    149" in told(capsys, workspace, "sql", statement)
    assert json.loads(told(capsys, workspace, "sql", statement, "--json")) == [{"symbol": "BTC/USDT", "bars": 149}]


def test_a_long_answer_says_how_much_is_not_shown(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "49 more rows" in told(capsys, workspace, "sql", "SELECT ts FROM bars")


def test_a_bad_statement_is_one_line_and_wrong_use(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for statement in ("SELEC", "", ";", " -- nothing"):
        assert run(["--workspace", str(workspace), "data", "sql", "--", statement]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert run(["--workspace", str(workspace), "data", "sql", "SELEC"]) == 2
    assert capsys.readouterr().err.startswith("error: the query failed: Parser Error")
