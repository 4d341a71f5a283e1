"""`tradewind search`, `demo` and `runs` as a user meets them: reports, JSON, exit codes, one line for what is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.app.small_search import SETS, catalogued, made_market

from tradewind.app.demo import DAYS, SEED, demo_request
from tradewind.cli import demo as demo_command
from tradewind.cli.main import run

SMALL_DEMO = ("demo", "--days", "40", *SETS)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    catalogued(root, made_market())
    return root


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_demo_prints_a_report_whose_numbers_are_those_of_its_json(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(workspace), *SMALL_DEMO]) == 0
    text = capsys.readouterr().out
    assert run(["--workspace", str(workspace), *SMALL_DEMO, "--json"]) == 0
    found = strict(capsys.readouterr().out)
    assert text.startswith("SIMULATED market")
    record = found["procedure"]["switch"]
    line = next(line for line in text.splitlines() if line.strip().startswith("switch "))
    assert f"{record['trades']:,}" in line
    assert f" {100 * record['win_rate']:.1f}" in line
    assert f"{record['mean_r']:+.3f}" in line
    assert f"{record['sharpe_per_year']:+.2f}" in line
    assert f" {100 * record['max_drawdown']:.1f}" in line
    assert f" {record['cost_bps']:.1f}   " in line
    assert f" {record['break_even_cost_bps']:.1f}" in line
    assert f" {record['fill_rate']:.0%}" in line
    best = found["leaderboard"][0]
    line = next(line for line in text.splitlines() if line.split()[:2] == ["1", best["name"]])
    for shown in (f" {100 * best['win_rate']:.1f}", f"{best['robust_edge']:+.3f}", f"{best['trades']:,}"):
        assert shown in line
    decided = next(line for line in text.splitlines() if line.startswith("Result:"))
    assert ("trade the specialists" if found["decision"]["trade"] else "stand aside") in decided
    assert f"Run folder: {found['folder']}" in text
    assert "nan" not in text.lower().replace("binance", "")
    assert "This very search was done before" not in text
    assert {"data", "decision", "meta", "leaderboard"} <= set(found)


def test_a_search_without_any_edge_stands_aside_and_prints_dashes(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--workspace", str(workspace), "search", "scalper", "--symbols", "BTC/USDT", *SETS]
    assert run([*arguments, "--set", "costs.taker_fee=0.009"]) == 0
    text = capsys.readouterr().out
    assert "Result: stand aside. No regime has a configuration that earned its costs." in text
    line = next(line for line in text.splitlines() if line.strip().startswith("switch "))
    assert line.split()[1:6] == ["0", "of", "5", "0", "–"] or "–" in line
    assert "undefined, nothing positive was chosen in sample" in text
    assert "Spot prices stand in for perpetuals" in text
    assert "None" not in text.replace("None of", "")


def test_a_search_in_which_nobody_ever_trades_is_reported_as_such(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--workspace", str(workspace), "search", "scalper", "--symbols", "BTC/USDT", *SETS]
    assert run([*arguments, "--set", "strategy.values.entry_z=[1000.0]"]) == 0
    text = capsys.readouterr().out
    assert "None of 48 configurations has enough trades to be eligible." in text
    assert "Result: stand aside." in text
    assert run([*arguments, "--set", "strategy.values.entry_z=[1000.0]", "--json"]) == 0
    found = strict(capsys.readouterr().out)
    assert found["procedure"]["switch"]["win_rate"] is None
    assert found["decision"]["trade"] is False


def test_a_search_done_before_is_said_to_be(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["--workspace", str(workspace), *SMALL_DEMO])
    capsys.readouterr()
    assert run(["--workspace", str(workspace), *SMALL_DEMO]) == 0
    assert "This very search was done before; --again computes it anew." in capsys.readouterr().out


def test_runs_are_listed_and_shown_again(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["--workspace", str(workspace), *SMALL_DEMO, "--json"])
    name = strict(capsys.readouterr().out)["run"]
    assert run(["--workspace", str(workspace), "runs", "list"]) == 0
    assert name in capsys.readouterr().out
    assert run(["--workspace", str(workspace), "runs", "list", "--json"]) == 0
    assert name in [one["run"] for one in strict(capsys.readouterr().out)]
    assert run(["--workspace", str(workspace), "runs", "show", name]) == 0
    assert capsys.readouterr().out.startswith("SIMULATED market")
    assert run(["--workspace", str(workspace), "runs", "show", name, "--json"]) == 0
    assert strict(capsys.readouterr().out)["run"] == name


def test_an_empty_workspace_has_no_runs_and_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(tmp_path), "runs", "list"]) == 0
    assert "tradewind demo" in capsys.readouterr().out
    assert run(["--workspace", str(tmp_path), "runs", "list", "--json"]) == 0
    assert strict(capsys.readouterr().out) == []


def one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.endswith(" …")]
    assert len(lines) == 1, text
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--set", "nosuch=1"], 78, "no setting"),
        (["--set", "market.timeframe=7m"], 78, "market.timeframe"),
        (["--set", "strategy.values.lookback=[-5]"], 78, "lookback -5"),
        (["--set", "walk_forward.purge_bars=1"], 78, "purge"),
        (["--symbols", "BTCUSDT"], 2, "is not a symbol"),
        (["--symbols", ","], 2, "names none"),
        (["--symbols", ""], 2, "names none"),
        (["--symbols", "BTC/USDT,BTC/USDT"], 2, "named twice"),
        (["--method", ""], 78, "search.method"),
        (["--timerange", "x"], 2, "has no dash"),
        (["--symbols", "DOGE/USDT"], 1, "DOGE/USDT"),
        (["--timerange", "20100101-20110101"], 1, "no bars in that time range"),
        (["--timerange", "20240101-20240103"], 1, "too few"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_exit_code(
    workspace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    symbols = [] if "--symbols" in arguments else ["--symbols", "BTC/USDT"]
    before = sorted(path.name for path in (workspace / "runs").glob(".*"))
    assert run(["--workspace", str(workspace), "search", "scalper", *symbols, *SETS, *arguments]) == code
    assert says in one_line(capsys.readouterr().err)
    assert sorted(path.name for path in (workspace / "runs").glob(".*")) == before


def test_a_run_that_is_not_there_or_damaged_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--workspace", str(tmp_path), "runs", "show", "nope"]) == 1
    assert "no run begins with 'nope'" in one_line(capsys.readouterr().err)
    folder = tmp_path / "runs" / "demo-1"
    folder.mkdir(parents=True)
    (folder / "run.toml").write_text("")
    for command in (["list"], ["show", "demo"]):
        assert run(["--workspace", str(tmp_path), "runs", *command]) == 1
        assert "demo-1 is damaged" in one_line(capsys.readouterr().err)


def test_a_damaged_ledger_stops_a_search_before_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no database at all" * 99)
    assert run(["--workspace", str(tmp_path), "demo", "--days", "20", *SETS]) == 1
    assert "ledger.sqlite cannot be used" in one_line(capsys.readouterr().err)
    assert not (tmp_path / "runs").exists()


def test_a_workspace_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["--workspace", str(tmp_path / "file" / "below"), "demo", "--days", "20", *SETS]) == 1
    assert "below: Not a directory" in one_line(capsys.readouterr().err)


def test_a_full_disk_is_one_line_and_leaves_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(contents: dict[Path, bytes]) -> None:
        raise OSError(28, "No space left on device", str(next(iter(contents))))

    monkeypatch.setattr("tradewind.adapters.run_store.write_all_durably", full)
    assert run(["--workspace", str(tmp_path), "demo", "--days", "20", *SETS]) == 1
    assert "No space left on device" in one_line(capsys.readouterr().err)
    assert list((tmp_path / "runs").iterdir()) == []


def test_help_of_a_search_loads_no_compiled_code() -> None:
    code = (
        "import sys; from tradewind.cli.main import run; run(['search', '--help']); run(['demo', '--help']);"
        "sys.exit(str({'numba', 'pyarrow', 'duckdb'} & set(sys.modules)) if 'numba' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--exact-masks" in done.stdout


def test_the_demo_of_the_command_is_the_demo_of_the_api() -> None:
    defaults = demo_command.demo_command.__defaults__
    assert defaults is not None
    assert DAYS in defaults
    assert SEED in defaults
    assert demo_request(days=20).preset.name == "demo"
