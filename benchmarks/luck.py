"""The luck test: 200 altered markets of three symbols over 90 days, 12,288 configurations searched on each."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import Asked, Figure, peak_memory_mb
from benchmarks.markets import series_of

from tradewind.adapters.executors import ThreadExecutor
from tradewind.app.luck import searching
from tradewind.app.search import segmentation_of
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.evidence.luck import Best, Luck, LuckSettings, luck_test
from tradewind.model.bars import Bars

DAYS, ALTERATIONS = 90, 200
WANTED_S = 300


class NothingKept:
    """A test that is not interrupted needs no memory."""

    def recall(self, market: int) -> Best | None:
        return None

    def keep(self, market: int, best: Best) -> None:
        return None


def measure(asked: Asked) -> list[Figure]:
    """Wall and CPU seconds of one whole test, real market included; two markets before it compile what it needs."""
    series = series_of(replace(asked, days=asked.days or DAYS), DAYS)
    tested(series, LuckSettings(alterations=1), 1)
    wall, cpu = time.perf_counter(), time.process_time()
    found = tested(series, LuckSettings(alterations=ALTERATIONS), asked.threads)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    days = sum(len(one) for one in series) / len(series) / 1440
    return [
        Figure("bars", sum(len(one) for one in series), "", f"{len(series)} symbols, {days:.0f} days, {asked.market}"),
        Figure("altered markets", ALTERATIONS, "", "and the real one"),
        Figure("the whole test", wall, "s", f"wall, {asked.threads} threads; below {WANTED_S} is asked for"),
        Figure("one market", cpu / (ALTERATIONS + 1), "s", "of one core's time"),
        Figure("peak memory", peak_memory_mb(), "MB"),
        Figure("p", found.p, "", "of the best over all regimes"),
    ]


def tested(series: Sequence[Bars], settings: LuckSettings, threads: int) -> Luck:
    """A luck test of the scalper preset on these bars."""
    preset = read_preset(Path("scalper"), ('market.venue="benchmark"',))
    space = preset.space()
    search = searching(preset, space, segmentation_of(series, preset, space, force=True))
    return luck_test(series, search, settings, ThreadExecutor(threads), NothingKept(), SilentProgress())
