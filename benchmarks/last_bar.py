"""What one closed bar costs a live process: features, regime and signals of its last bar from a window of bars."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.harness import Asked, Figure
from benchmarks.markets import COINS, series_of

from tradewind.app.backtest import BacktestRequest, voices_of
from tradewind.app.settings import read_preset
from tradewind.trading.decisions import last_bar

DAYS = 10
WINDOW = 1_200  # bars kept: more than the longest window that anything of the preset declares, and than 1,100
BARS = 500
WANTED_MS = 1


def measure(asked: Asked) -> list[Figure]:
    """Milliseconds a symbol for the scalper's two strategies and its detector, by the clock and of the processor."""
    [bars] = series_of(replace(asked, days=asked.days or DAYS), DAYS, COINS[:1])
    preset = read_preset(Path("scalper"))
    voices, detector = voices_of(BacktestRequest(preset=preset)), preset.built_detectors()[0]
    taken = []
    for row in range(WINDOW, WINDOW + BARS):
        window = bars.rows(row - WINDOW, row)
        wall, cpu = time.perf_counter(), time.thread_time()
        last_bar(window, voices, detector)
        taken.append((time.perf_counter() - wall, time.thread_time() - cpu))
    wall_ms, cpu_ms = np.array(taken[1:]).T * 1e3  # the first loads compiled code
    return [
        Figure("bars kept", WINDOW, "", f"{bars.symbol}, two strategies, one detector"),
        Figure("last bar", float(np.median(wall_ms)), "ms", f"at most {WANTED_MS} is asked for; median of {BARS - 1}"),
        Figure("last bar, of the processor", float(np.median(cpu_ms)), "ms", "median"),
        Figure("last bar, 99 of 100", float(np.quantile(wall_ms, 0.99)), "ms", "are faster"),
    ]
