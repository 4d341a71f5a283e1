"""The trader core beside other event engines, on the same bars and the same signals, in one run.

The others live in a Python of their own (`.venv-engines`), since what they need does not get along with our pins. Each
is a process that waits for its turn; every round runs all of them, one after the other. All work on one core: seconds
are the processor's, so that what else the machine does counts little.
"""

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from benchmarks.core import DAYS, SCALPER, decided, traded
from benchmarks.harness import Asked, Figure
from benchmarks.markets import series_of
from benchmarks.registry import PEERS_COMMAND, MissingPeer
from benchmarks.searching import COSTS

from tradewind.trading.decisions import Decided

PYTHON = Path(__file__).resolve().parents[1] / ".venv-engines" / "bin" / "python"
SCRIPT = Path(__file__).with_name("peer_engines.py")
WANTED = {"nautilus_trader": 10, "backtesting": 3}
MATCH_MS = 60_000  # a trade is the same where it opens and closes within a bar of ours


class Answer(NamedTuple):
    """One run of another engine."""

    seconds: float
    trades: list[tuple[int, int]]


def measure(asked: Asked) -> list[Figure]:
    """Bars per second of each, their ratios, and how many trades are the same."""
    if not PYTHON.exists():
        raise MissingPeer("benchmark engines needs nautilus_trader and backtesting", f"Install with: {PEERS_COMMAND}")
    [bars] = series_of(replace(asked, days=asked.days or DAYS), DAYS, ("BTC",))
    one = [decided(bars)]
    ours = [(trade.entry_ts, trade.exit_ts) for trade in traded(one).trades]
    seconds: dict[str, list[float]] = {name: [] for name in ("core", *WANTED)}
    answers: dict[str, Answer] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_processes:
        path = _given(one[0], Path(folder))
        others = {name: open_processes.enter_context(_waiting(name, path)) for name in WANTED}
        for turn in range(asked.repeats + 1):
            begin = time.process_time()
            traded(one)
            rounds = {"core": time.process_time() - begin}
            for name, other in others.items():
                answers[name] = _run(other)
                rounds[name] = answers[name].seconds
            if turn:  # the first warms up
                for name, value in rounds.items():
                    seconds[name].append(value)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    figures = [
        Figure("bars", len(bars), "", f"{bars.symbol}, {asked.market}"),
        Figure("trades per 100 bars", 100 * len(ours) / len(bars), "", f"of the core: {len(ours):,}"),
        Figure("the core", len(bars) / median["core"], "bars/s", "no journal; median"),
    ]
    for name, wanted in WANTED.items():
        theirs = answers[name].trades
        figures += [
            Figure(name, len(bars) / median[name], "bars/s", "median"),
            Figure(f"{name}: trades per 100 bars", 100 * len(theirs) / len(bars), "", f"{len(theirs):,}"),
            Figure(
                f"{name}: the same trades", 100 * _same(ours, theirs), "%", "of ours, opened and closed within a bar"
            ),
            Figure(
                f"the core is faster than {name}",
                median[name] / median["core"],
                "times",
                f"{wanted} or more is asked for",
            ),
        ]
    return figures


def _given(one: Decided, folder: Path) -> Path:
    """What the others are given: bars, and at which of them to enter, which way, how far from stop and target."""
    direction, reach = np.zeros(len(one.bars), np.int8), np.zeros(len(one.bars))
    for row, (signal,) in one.signals.items():
        direction[row], reach[row] = signal.direction, SCALPER.stop_atr * signal.atr
    # Signals that the law refuses, where the stop would be as near as costs, are no signals for anybody.
    reach[~(reach >= max(2 * COSTS.slip, 1e-4) * one.bars.close)] = 0.0
    path = folder / "given.npz"
    bars = {name: getattr(one.bars, name) for name in ("ts", "open", "high", "low", "close")}
    np.savez(path, direction=direction, reach=reach, hold=SCALPER.hold, fee=COSTS.taker_fee, **bars)
    return path


@contextmanager
def _waiting(name: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """An engine's process."""
    command = [str(PYTHON), str(SCRIPT), name, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        _pipe(process.stdin).close()


def _run(process: subprocess.Popen[str]) -> Answer:
    asking, answering = _pipe(process.stdin), _pipe(process.stdout)
    asking.write("run\n")
    asking.flush()
    # Engines may print of their own; the answer is the line that is an object.
    for line in answering:
        if line.startswith("{"):
            found = json.loads(line)
            return Answer(found["seconds"], [(begin, end) for begin, end in found["trades"]])
    raise AssertionError(f"{process.args!r} ended without an answer")


def _pipe(pipe: IO[Any] | None) -> IO[Any]:
    assert pipe is not None
    return pipe


def _same(ours: list[tuple[int, int]], theirs: list[tuple[int, int]]) -> float:
    """Share of our trades that have one of theirs within a bar."""
    near = {
        (begin // MATCH_MS + a, end // MATCH_MS + b) for begin, end in theirs for a in (-1, 0, 1) for b in (-1, 0, 1)
    }
    return sum((begin // MATCH_MS, end // MATCH_MS) in near for begin, end in ours) / len(ours)
