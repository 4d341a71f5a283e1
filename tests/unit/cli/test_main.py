"""The command line itself: help at once, clean exits, one line for an error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.cli.main import run


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; from tradewind.cli.main import run; run(['--help']); run(['data', '--help']);"
        "heavy = {'numpy', 'numba', 'duckdb', 'pyarrow', 'pandas', 'scipy', 'httpx', 'rich'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "resample" in done.stdout


@pytest.mark.parametrize("arguments", [["--nope"], ["nope"], ["data", "nope"], ["data", "list", "--nope"]])
def test_unknown_words_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "No such" in capsys.readouterr().err


def test_an_error_of_ours_is_one_line_and_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--workspace", str(tmp_path), "data", "resample", "BTC-USDT", "--to", "1h"]) == 2
    said = capsys.readouterr()
    assert said.err == "error: 'BTC-USDT' is not a symbol. Write BTC/USDT, or BTC/USDT:USDT for a perpetual\n"


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tradewind.cli.data.listing.catalog_of", interrupt)
    assert run(["--workspace", str(tmp_path), "data", "list"]) == 130


def test_the_workspace_may_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRADEWIND_WORKSPACE", str(tmp_path / "mine"))
    assert run(["data", "list"]) == 0
    assert str(tmp_path / "mine" / "catalog") in capsys.readouterr().out


def test_a_terminal_without_our_signs_gets_others_and_no_traceback(tmp_path: Path) -> None:
    plain = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "tradewind", "--workspace", str(tmp_path / "nö"), "data", "list"],
        env=plain, capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    assert "n?" in done.stdout + done.stderr


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "tradewind", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout[:10], done.stderr) == (0, "tradewind ", "")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tradewind ")
