"""How long the command takes to answer on a small dataset: a fresh process with warm caches, imports included."""

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import Asked, Figure, timed
from benchmarks.markets import COINS, catalogued, series_of

DAYS = 30
ROUNDS = 5  # at least
WANTED_S = 2
# (3 modes × 2 × 2 × 1 = 12 signal settings) × (2 × 4 × 4 = 32 plans) = 384 configurations
LISTS = ("lookback=[60, 120]", "entry_z=[2.0, 3.0]", "vol_period=[60]", "atr_period=[7, 14]")
COMMAND = "import sys; from tradewind.cli.main import main; main()"


def measure(asked: Asked) -> list[Figure]:
    """Median wall time of `tradewind search`, each with a seed of its own, so that none was done before.

    The first one fills the caches and is left out. A fifth of the days is the hold-out.
    """
    [bars] = series_of(replace(asked, days=asked.days or DAYS), DAYS, COINS[:1])
    rounds = max(ROUNDS, asked.repeats)
    with tempfile.TemporaryDirectory() as folder:
        catalogued([bars], Path(folder))
        given = ["--symbols", bars.symbol, "--workers", str(asked.threads), "--set", f"market.venue={bars.venue}"]
        given += [word for one in LISTS for word in ("--set", f"strategy.values.{one}")]

        def search(seed: int) -> None:
            _tradewind(folder, "search", "scalper", *given, "--set", f"search.seed={seed}")

        search(0)
        seconds = [timed(lambda: search(seed)) for seed in range(1, 1 + rounds)]  # noqa: B023
        help_seconds = [timed(lambda: _tradewind(folder, "--help")) for _ in range(rounds)]
    return [
        Figure("bars", len(bars), "", f"{bars.symbol}, a fifth of them held out"),
        Figure("configurations", 384, ""),
        Figure("tradewind search", statistics.median(seconds), "s", f"below {WANTED_S} is asked for; median"),
        Figure("tradewind search", min(seconds), "s", f"the fastest of {rounds}"),
        Figure("tradewind --help", statistics.median(help_seconds), "s", "no compiled code is loaded; median"),
    ]


def _tradewind(workspace: str, *arguments: str) -> None:
    """Run the command as users do: Python keeps compiled modules, here beside the workspace."""
    command = [sys.executable, "-c", COMMAND, "--workspace", workspace, *arguments]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept["PYTHONPYCACHEPREFIX"] = f"{workspace}/modules"
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=kept)
    assert done.returncode == 0, done.stderr
