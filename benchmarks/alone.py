"""One search in a process of its own, so that its peak of memory is its own: started by `alone`, or by hand.

`python -m benchmarks.alone SEARCH WORKSPACE DAYS THREADS` prints its figures as one line of JSON; DAYS 0 takes all.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import tradewind  # noqa: F401 - before numba: it points numba's compile cache at its place

# isort: split
from benchmarks.harness import Asked, peak_memory_mb
from benchmarks.markets import COINS, real_series
from benchmarks.quintiles import VolatilityQuintiles
from benchmarks.searching import Clock, Threads, prepared

from tradewind.adapters.run_store import RunStore
from tradewind.app.run_tables import UnitKeeper
from tradewind.app.search import SearchRequest, search
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.model.bars import Bars
from tradewind.model.time import DAY_MS, TimeRange
from tradewind.regimes.registry import build
from tradewind.search.cells import Walked
from tradewind.search.search import UnitScores, run_search
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper

Lists = Mapping[str, Sequence[float]]

# 192 signal settings × (4 × 10 × 16 = 640) plans = 122,880; the reference space is a part of it.
TEN_TIMES: Lists = MappingProxyType(
    {
        "stop_atr": (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5),
        "target_atr": tuple(1 + 0.25 * step for step in range(16)),
    }
)
# (3 modes × 4 lookbacks × 5 × 4 volume periods = 240) × (8 × 12 × 12 = 1,152) = 276,480 = 2^11 · 3^3 · 5; likewise.
MANY: Lists = MappingProxyType(
    {
        "entry_z": (1.5, 2.0, 2.5, 3.0, 3.5),
        "atr_period": (5, 7, 10, 12, 14, 17, 21, 28),
        "stop_atr": tuple(0.75 + 0.25 * step for step in range(12)),
        "target_atr": tuple(0.75 + 0.25 * step for step in range(12)),
    }
)
SMALLEST_HOLD_OUT = 0.05


@dataclass(frozen=True, slots=True)
class Alone:
    """What one search took: bars of all symbols, wall seconds from loaded bars on, peaks of memory, files on disk."""

    bars: int
    configurations: int
    labels: int
    trades: int
    seconds: float
    loaded_mb: float
    peak_mb: float
    files_mb: float


def alone(name: str, workspace: Path, asked: Asked) -> Alone:
    """Run a search of `SEARCHES` in a fresh process."""
    given = [name, str(workspace), str(asked.days or 0), str(asked.threads)]
    done = subprocess.run([sys.executable, "-m", "benchmarks.alone", *given], stdout=subprocess.PIPE, check=True)
    return Alone(**json.loads(done.stdout.splitlines()[-1]))


def with_lists(lists: Lists, series: Sequence[Bars], threads: int, folder: Path) -> tuple[int, int, int]:
    """The command's own search over the preset with these lists, its run folder and ledger included.

    Its hold-out is laid behind the last bar, so that every bar is searched.
    """
    overrides = [f"strategy.values.{name}={list(values)}" for name, values in lists.items()]
    settings = [f"hold_out.share={SMALLEST_HOLD_OUT}", f"market.venue={series[0].venue}"]
    preset = read_preset(Path("scalper"), [*overrides, *settings])
    first = min(int(bars.ts[0]) for bars in series)
    end = max(int(bars.ts[-1]) for bars in series) + 2 * DAY_MS
    request = SearchRequest(
        preset=preset,
        bars=series,
        market="benchmark",
        extent=TimeRange(first, first + int((end - first) / (1 - SMALLEST_HOLD_OUT))),
        workers=threads,
    )
    run, _ = search(request, Workspace(folder), SilentProgress())
    searched_bars = int(run.summary["data"]["bars"])
    assert searched_bars == sum(len(bars) for bars in series), "some bars were held out"
    return len(preset.space()), 0, sum(len(detector.names) for detector in preset.built_detectors())


def with_many_labels(series: Sequence[Bars], threads: int, folder: Path) -> tuple[int, int, int]:
    """276,480 configurations under 4 + 5 + 3 labels, cells streamed to a run folder as the command does it.

    No preset can name the second detector, so this is the search below the command: without tables, figures, ledger.
    """
    space = Space.of(LRScalper, MANY)
    detectors = (build("trend_stress"), VolatilityQuintiles(), build("trending_ranging_volatile"))
    universe = prepared(series, threads, space, detectors)
    counted: list[int] = []

    class Keeper(UnitKeeper):
        def keep(self, unit: int, unit_scores: UnitScores, walked: Walked) -> None:
            counted.append(int(walked.cells[..., 0, 0].sum()))
            super().keep(unit, unit_scores, walked)

    writer = RunStore(folder).begin("many-labels")
    try:
        keeper = Keeper(writer, universe.columns, [detector.name for detector in detectors], universe.segmentation)
        run_search(universe, space, Threads(threads), keeper, Clock())
    finally:
        writer.release()
    return len(space), sum(counted), sum(len(names) for names in universe.columns.names)


Search = Callable[[Sequence[Bars], int, Path], tuple[int, int, int]]
SEARCHES: Mapping[str, tuple[Sequence[str], Search]] = MappingProxyType(
    {
        "reference": (COINS, partial(with_lists, {})),
        "ten-times": (COINS, partial(with_lists, TEN_TIMES)),
        "many-labels": (COINS[:1], with_many_labels),
    }
)


def main(name: str, workspace: Path, days: int, threads: int) -> Alone:
    coins, run = SEARCHES[name]
    series = real_series(workspace, coins, days or None)
    loaded = peak_memory_mb()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        configurations, trades, labels = run(series, threads, Path(folder))
        seconds = time.perf_counter() - start
        files = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return Alone(
        sum(len(bars) for bars in series),
        configurations,
        labels,
        trades,
        seconds,
        loaded,
        peak_memory_mb(),
        files / 1e6,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))))
