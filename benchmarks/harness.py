"""What was asked, and timing: arms run in turn, so that a busy machine hurts all of them alike; tables, JSON."""

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Arm = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """How to measure: real bars of a `workspace` or the simulated market, the last `days` of them, on `threads`."""

    workspace: Path | None = None
    days: int | None = None
    repeats: int = 3
    threads: int = 2

    @property
    def market(self) -> str:
        return "real bars" if self.workspace else "SIMULATED market"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a result: what was measured, its value and unit, and a remark."""

    name: str
    value: float
    unit: str
    remark: str = ""


def timed(arm: Arm) -> float:
    """Wall seconds of one run."""
    start = time.perf_counter()
    arm()
    return time.perf_counter() - start


def interleaved(arms: Mapping[str, Arm], repeats: int) -> dict[str, float]:
    """Median seconds of each arm; every round runs all arms once, so their ratio is of one time and one machine."""
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(repeats):
        for name, arm in arms.items():
            seconds[name].append(timed(arm))
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far.

    On Linux from the kernel's account of this program: `getrusage` also remembers the process it was started from.
    """
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def memory_of(arm: Arm) -> float:
    """MB by which one run raises this process's resident memory at its peak.

    Linux forgets the peak so far when asked; elsewhere what an earlier peak covers is not seen.
    """
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5")
    before = peak_memory_mb()
    arm()
    return peak_memory_mb() - before


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    print(f"\n{title}")
    wide = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"  {figure.name:<{wide}}  {figure.value:>14,.3f} {figure.unit:<8} {figure.remark}".rstrip(), flush=True)


def save(folder: Path, name: str, figures: Sequence[Figure], asked: Asked) -> Path:
    """Write figures as JSON, with what was asked and what the machine is; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content: dict[str, Any] = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "asked": {"market": asked.market, "days": asked.days, "repeats": asked.repeats, "threads": asked.threads},
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
