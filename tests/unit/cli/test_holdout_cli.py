"""`tradewind holdout` and what `runs` say of it, as a user meets them."""

import json
import shutil
from pathlib import Path

import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.adapters.run_store import HOLD_OUT
from tradewind.cli.main import run
from tradewind.cli.words import ordinal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A workspace with two runs on one market, by name: with a fee and without."""
    root = tmp_path_factory.mktemp("made")
    requests = (small_request(), small_request(overrides=["costs.taker_fee=0.0"]))
    return root, [searched(request, root).run_id for request in requests]


@pytest.fixture
def root(made: tuple[Path, list[str]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "ws"))


@pytest.fixture
def names(made: tuple[Path, list[str]]) -> list[str]:
    return made[1]


def said(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> str:
    assert run(["--workspace", str(root), *words]) == 0
    return capsys.readouterr().out


def test_the_report_shows_the_figures_of_its_json_and_that_it_was_the_first(
    root: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, root, "holdout", names[0])
    found = json.loads(said(capsys, root, "holdout", names[0], "--json"))
    assert text.startswith("HOLD-OUT of simulated, seed 1, 32 days, edge from 2024-01-26 00:00 to 2024-02-02 00:00, ")
    assert found["run"] == names[0]
    assert found["opening"]["nth"] == found["runs_that_opened_it"] == 1
    for name in ("switch", "static"):
        record = found["result"][name]
        line = next(line for line in text.splitlines() if line.strip().startswith(f"{name} "))
        for shown in (
            f" {record['trades']:,} ", f" {100 * record['win_rate']:.1f} [{100 * record['win_low']:.1f}–",
            f"{record['mean_r']:+.3f}", f"{record['profit_factor']:.2f}", f"{record['sharpe_per_year']:+.2f} [",
            f"{record['return']:+.1%}", f"{100 * record['max_drawdown']:.1f}%",
        ):  # fmt: skip
            assert shown in line
    for group in ("BULL", "SIDEWAYS", "STRESS", "BTC/USDT:USDT", "ETH/USDT:USDT"):
        assert text.count(group) == 2
    assert "switch − standing aside" in text
    assert "too short to tell" in text
    assert "The search's own result was to stand aside" in text
    assert "This was the first run to look at this hold-out: it was unseen, and no longer is." in text
    assert "None" not in text
    assert "nan" not in text


def test_asked_again_it_says_the_same_bytes(root: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, root, "holdout", names[0]) == said(capsys, root, "holdout", names[0])
    assert said(capsys, root, "holdout", names[0], "--json") == said(capsys, root, "holdout", names[0], "--json")


def test_the_second_run_is_told_that_it_is_no_longer_unseen(
    root: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, root, "holdout", names[1])
    assert "This was the 2nd run to look at this hold-out: it was no longer unseen" in said(
        capsys, root, "holdout", names[0]
    )
    assert said(capsys, root, "holdout", names[1]).endswith("and no longer is. 2 runs have looked by now.\n")


def test_runs_are_listed_and_shown_with_what_they_did_in_the_hold_out(
    root: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "opened" not in said(capsys, root, "runs", "list")
    assert "HOLD-OUT" not in said(capsys, root, "runs", "show", names[0])
    report = said(capsys, root, "holdout", names[0])
    record = json.loads(said(capsys, root, "holdout", names[0], "--json"))
    lines = {line.split()[0]: line for line in said(capsys, root, "runs", "list").splitlines() if line.split()}
    switch = record["result"]["switch"]
    assert f"opened: {switch['mean_r']:+.3f} R ({switch['trades']})" in lines[names[0]]
    assert "opened" not in lines[names[1]]
    assert said(capsys, root, "runs", "show", names[0]).endswith(report)
    shown = json.loads(said(capsys, root, "runs", "show", names[0], "--json"))
    assert shown["hold_out"] == {key: record[key] for key in ("opening", "result", "runs_that_opened_it")}
    listed = {one["run"]: one["hold_out"] for one in json.loads(said(capsys, root, "runs", "list", "--json"))}
    assert listed[names[0]] == shown["hold_out"]
    assert listed[names[1]] == {"opening": None, "result": None, "runs_that_opened_it": 1}


def test_a_search_reports_its_trials_and_how_often_the_hold_out_was_opened(
    root: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, root, "runs", "show", names[0])
    assert "960 trials: 96 configurations, each over all bars and in each of 9 regimes." in text
    assert "The ledger holds 960 distinct ones" in text
    assert "Its hold-out has not been opened." in text
    said(capsys, root, "holdout", names[0])
    said(capsys, root, "holdout", names[1])
    later = searched(small_request(overrides=["costs.slippage_bps=0.0"]), root).run_id
    text = said(capsys, root, "runs", "show", later)
    assert "The ledger holds 2,880 distinct ones" in text  # other costs are other trials
    assert "Its hold-out has been opened by 2 runs so far: it is no longer unseen." in text


def test_a_run_that_chose_nobody_has_nothing_to_trade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = searched(small_request(edge=False, overrides=["costs.taker_fee=0.005"]), tmp_path).run_id
    nothing = "The run chose nobody for any regime: nothing to trade. The hold-out stays closed and nothing is counted."
    assert said(capsys, tmp_path, "holdout", name).strip() == nothing
    found = json.loads(said(capsys, tmp_path, "holdout", name, "--json"))
    assert found == {"run": name, "opening": None, "result": None, "runs_that_opened_it": 0}


def test_what_cannot_be_opened_is_one_line(
    root: Path, names: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["--workspace", str(root), "holdout", "nope"]) == 1
    assert capsys.readouterr().err.startswith("error: no run begins with 'nope'")
    assert run(["--workspace", str(root / "none"), "holdout", names[0]]) == 1
    assert capsys.readouterr().err.startswith("error: no run begins with ")
    assert not (root / "none").exists()
    monkeypatch.setattr("tradewind.app.again.code_version", lambda: "other")
    assert run(["--workspace", str(root), "holdout", names[0]]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "was made with other code" in error


def test_runs_are_listed_though_the_ledger_or_a_result_is_damaged(
    root: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, root, "holdout", names[0])
    (root / "runs" / names[0] / HOLD_OUT).write_text("{")
    for damaged in (HOLD_OUT, "ledger.sqlite"):
        assert run(["--workspace", str(root), "runs", "list"]) == 1
        listed = capsys.readouterr()
        assert all(name in listed.out for name in names)
        assert damaged in listed.err
        (root / "ledger.sqlite").write_bytes(b"no database" * 200)


ORDINALS = ((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (22, "22nd"), (113, "113th"))


@pytest.mark.parametrize(("count", "text"), ORDINALS)
def test_ordinals(count: int, text: str) -> None:
    assert ordinal(count) == text
