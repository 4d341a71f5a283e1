"""276,480 configurations under twelve labels of three detectors, on one symbol of three million bars."""

from benchmarks.alone import alone
from benchmarks.harness import Asked, Figure
from benchmarks.markets import COINS, workspace_of

SIMULATED_DAYS = 2084  # 3,000,960 bars
BUDGET_MB = 2000


def measure(asked: Asked) -> list[Figure]:
    """Wall time and peak memory of one search in a fresh process; cells are streamed to a temporary folder."""
    with workspace_of(asked, SIMULATED_DAYS, COINS[:1]) as workspace:
        one = alone("many-labels", workspace, asked)
    work = one.bars * one.configurations
    return [
        Figure("bars", one.bars, "", "of BTC"),
        Figure("configurations", one.configurations, ""),
        Figure("labels", one.labels, "", "4 + 5 + 3 of three detectors"),
        Figure("threads", asked.threads, ""),
        Figure("trades per 100 bars", 100 * one.trades / work, ""),
        Figure("wall", one.seconds, "s", "from loaded bars on, both passes, cells written"),
        Figure("wall", one.seconds * 1e9 / work, "ns", "per configuration and bar"),
        Figure("wall", one.seconds * 1e9 * asked.threads / one.trades, "ns", "per trade of the first pass and thread"),
        Figure("bars loaded", one.loaded_mb, "MB"),
        Figure("peak memory", one.peak_mb, "MB", f"budget {BUDGET_MB}"),
        Figure("cells on disk", one.files_mb, "MB"),
    ]
