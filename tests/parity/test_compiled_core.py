"""The trader core compiled and the trader core as it is written are told, say and know the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.oracle.real_bars import DATA

from tradewind.app.compiling import lacking
from tradewind.compiled import PLAIN, core_folder

ROOT = Path(__file__).resolve().parents[2]


def told(**environment: str) -> dict[str, Any]:
    """What a process of its own hears of the core."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.parity.told"], env=clean(**environment), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def clean(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name != PLAIN}, **more}


@pytest.mark.slow
def test_the_compiled_core_and_its_sources_say_the_same_of_every_event() -> None:
    missing = lacking()
    if missing:
        pytest.skip(f"no {missing} here")
    assert core_folder().is_dir(), "set-up has not compiled these sources: run python -m tradewind.app.compiling"
    compiled, plain = told(), told(**{PLAIN: "1"})
    assert (compiled.pop("form"), plain.pop("form")) == ("compiled", "plain")
    assert compiled == plain
    made = plain["made"]
    assert not DATA.exists() or plain["busy"]["trades"] > 50
    assert sum(one["trades"] for one in made) > 1_000
    # Every reason a trade can close for.
    assert {reason for one in made for reason in one["reasons"]} == {1, 2, 3, 4, 5, 6, 7}
