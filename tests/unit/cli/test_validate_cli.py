"""`tradewind validate` and what `runs` says of a verdict, as a user meets them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.unit.app.small_search import searched, small_request
from tests.unit.app.validation_sample import sample

from tradewind.app.validation import FILE
from tradewind.cli.main import run
from tradewind.cli.validation import print_validation, verdict_line
from tradewind.evidence.verdict import Evidence, verdict

QUICK = ("--alterations", "0", "--no-stress")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace with one finished run, by name; not validated."""
    root = tmp_path_factory.mktemp("made")
    return root, searched(small_request(), root).run_id


@pytest.fixture
def root(made: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "ws"))


def said(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> str:
    assert run(["--workspace", str(root), *words]) == 0
    return capsys.readouterr().out


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


@pytest.mark.slow
def test_the_verdict_comes_first_then_its_reasons_then_the_figures_of_its_json(
    root: Path, made: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = made[1]
    before = said(capsys, root, "runs", "show", name)
    assert f"Verdict: not validated yet: tradewind validate {name}\n" in before
    assert strict(said(capsys, root, "runs", "show", name, "--json"))["verdict"] is None
    text = said(capsys, root, "validate", name, *QUICK)
    found = strict(said(capsys, root, "validate", name, *QUICK, "--json"))
    own = found["verdict"]["name"]
    lines = text.splitlines()
    assert lines[0].startswith(f"Verdict: {own.upper()}. ")
    assert lines[1] == "Because:"
    decisive = [one for one in found["verdict"]["reasons"] if one["allows"] == own]
    assert lines[2].startswith(f"  {'✗' if decisive[0]['passed'] is False else '?'} {decisive[0]['text'][:60]}")
    flat = " ".join(text.split())
    for one in found["verdict"]["reasons"]:
        assert one["text"] in flat
    best, record = found["deflated_sharpe"], found["track_record"]
    for shown in (
        f"{best['sharpe_per_year']:+.2f}", f"{record['sharpe_per_year']:+.2f}", f"{best['trades']:,}",
        f"{found['trials']['in_ledger']:,} in the ledger", f"{found['overfitting']['splits']:,} ways to halve",
        f"{best['luck_sharpe_per_year']:+.2f}", f"{found['intervals']['profit_factor']['value']:.2f}",
        f"Overfit ratio: {found['overfit_ratio']:.2f}", "Luck test: left out.", "this run has not opened it",
    ):  # fmt: skip
        assert shown in text
    assert "None" not in text
    assert "nan" not in text
    assert f"Verdict: {own.upper()}. " in said(capsys, root, "runs", "show", name)
    assert strict(said(capsys, root, "runs", "show", name, "--json"))["verdict"] == own
    assert strict(said(capsys, root, "runs", "list", "--json"))[0]["verdict"] == own
    assert strict((root / "runs" / name / FILE).read_text()) == found


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nothing", *QUICK), 1, "no run begins with 'nothing'"),
        (("x", "--alterations", "-1"), 2, "alterations"),
        (("x", "--set", "verdict.nosuch=1"), 78, "is no threshold"),
        (("x", "--set", "verdict.luck_noise=0.01"), 78, "what is noise would be promising"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, says: str
) -> None:
    assert run(["--workspace", str(tmp_path), "validate", *words]) == code
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


@pytest.mark.slow
def test_a_damaged_record_is_named_by_show_and_replaced_by_validate(
    root: Path, made: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "runs" / made[1] / FILE
    path.write_text("{")
    assert run(["--workspace", str(root), "runs", "show", made[1]]) == 1
    assert f"{path} is damaged" in capsys.readouterr().err
    assert "Verdict: " in said(capsys, root, "validate", made[1], *QUICK)
    assert "Verdict: " in said(capsys, root, "runs", "show", made[1])


@pytest.mark.parametrize(
    ("evidence", "name", "headed"),
    [
        (Evidence(eligible=0), "NOISE", "Because:"),
        (Evidence(eligible=1), "UNPROVEN", "Because:"),
        (
            Evidence(eligible=1, luck=0.01, overfitting=0.1, deflated=0.95, procedure_days=9.0,
                     procedure_days_needed=8.0, plateau=True),
            "PROMISING", "Because:",
        ),
        (
            Evidence(eligible=1, luck=0.01, overfitting=0.1, deflated=0.95, procedure_days=9.0,
                     procedure_days_needed=8.0, plateau=True, hold_out_return=0.01, live_days=9.0,
                     live_days_needed=8.0),
            "CONFIRMED", "All of it holds:",
        ),
    ],
)  # fmt: skip
def test_each_verdict_is_printed_with_all_its_reasons(
    evidence: Evidence, name: str, headed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sample(verdict=verdict(evidence))
    print_validation(found)
    text = capsys.readouterr().out
    assert text.startswith(f"{verdict_line(found, 'x')}\n{headed}\n  ")
    assert f"Verdict: {name}. " in text
    assert "None" not in text
    assert ("Besides:" in text) is (name != "CONFIRMED")
    flat = " ".join(text.split())
    assert all(reason.text in flat for reason in found.verdict.reasons)
