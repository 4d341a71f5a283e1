"""`tradewind report` as a user meets it: a file, the verdict in the terminal, JSON, one line for what is wrong."""

import json
from pathlib import Path

import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.cli.main import run


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("workspace")
    return root, searched(small_request(), root).run_id


def test_the_page_lies_in_the_runs_folder_and_the_terminal_says_its_verdict(
    workspace: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    root, name = workspace
    assert run(["--workspace", str(root), "report", name[:12]]) == 0
    text = capsys.readouterr().out
    page = root / "runs" / name / "report.html"
    assert text.startswith("Verdict: NOT JUDGED. No verdict yet")
    assert f"Report: {page}" in text
    html = page.read_text(encoding="utf-8")
    assert "No verdict yet" in html
    assert html.startswith("<!DOCTYPE html>")


def test_json_tells_where_the_page_is_and_the_verdict(
    workspace: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, name = workspace
    target = tmp_path / "new" / "page.html"
    assert run(["--workspace", str(root), "report", name, "--output", str(target), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == name
    assert found["report"] == str(target)
    assert found["verdict"]["name"] == "not judged"
    assert target.exists()


def test_a_run_that_is_not_there_and_a_folder_as_output_are_one_line_each(
    workspace: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, name = workspace
    assert run(["--workspace", str(root), "report", "nothing"]) == 1
    assert capsys.readouterr().err.startswith("error: no run begins with 'nothing'")
    assert run(["--workspace", str(root), "report", name, "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
