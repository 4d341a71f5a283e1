"""Timing: arms run in turn, so that a busy machine hurts all of them alike; medians, ratios, tables, JSON."""

import json
import platform
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Arm = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a result: what was measured, its value and unit, and a remark."""

    name: str
    value: float
    unit: str
    remark: str = ""


def interleaved(arms: Mapping[str, Arm], repeats: int) -> dict[str, float]:
    """Median seconds of each arm; every round runs all arms once, so their ratio is of one time and one machine."""
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(repeats):
        for name, arm in arms.items():
            start = time.perf_counter()
            arm()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    print(f"\n{title}")
    wide = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"  {figure.name:<{wide}}  {figure.value:>12,.3f} {figure.unit:<8} {figure.remark}".rstrip())


def save(folder: Path, name: str, figures: Sequence[Figure]) -> Path:
    """Write figures as JSON, with what the machine is; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    machine = {"processor": platform.processor() or platform.machine(), "python": platform.python_version()}
    path.write_text(
        json.dumps({"machine": machine, "figures": [asdict(figure) for figure in figures]}, indent=2) + "\n"
    )
    return path
