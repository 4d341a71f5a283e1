"""Peak memory of the whole command's search, for 12,288 and for 122,880 configurations, each in a fresh process."""

from benchmarks.alone import Alone, alone
from benchmarks.harness import Asked, Figure
from benchmarks.markets import workspace_of

SIMULATED_DAYS = 365
LIMIT_MB = 2000


def measure(asked: Asked) -> list[Figure]:
    """Figures of both; the larger space has ten times the plans (`alone.TEN_TIMES`)."""
    with workspace_of(asked, SIMULATED_DAYS) as workspace:
        few, many = (alone(name, workspace, asked) for name in ("reference", "ten-times"))
    return [
        Figure("bars", few.bars, "", "of three symbols"),
        Figure("threads", asked.threads, ""),
        *_of(few),
        *_of(many),
        Figure(
            "ten times the configurations take", many.peak_mb / few.peak_mb, "times", "of the memory; 1 is asked for"
        ),
    ]


def _of(one: Alone) -> list[Figure]:
    name = f"{one.configurations:,} configurations"
    return [
        Figure(f"{name}: bars loaded", one.loaded_mb, "MB"),
        Figure(f"{name}: peak memory", one.peak_mb, "MB", f"below {LIMIT_MB} is asked for"),
        Figure(f"{name}: wall", one.seconds, "s", "from loaded bars to the finished run folder"),
        Figure(f"{name}: wall", one.seconds * 1e9 / (one.configurations * one.bars), "ns", "per configuration and bar"),
        Figure(f"{name}: run folder", one.files_mb, "MB"),
    ]
