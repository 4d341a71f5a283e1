"""Verifying a strategy by name, preset or file: several of its configurations on simulated or catalogued bars."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tradewind.adapters.catalog import Catalog, SeriesKey
from tradewind.app.research import extent_of
from tradewind.app.search import proposed_hold_out
from tradewind.app.settings import STRATEGIES, HoldOutSettings, Preset, read_preset
from tradewind.app.user_strategy import class_in, faults_of
from tradewind.app.workspace import Workspace
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.evidence.recording import Subject, detector_subject, strategy_subject
from tradewind.evidence.verification import LIVE_BARS_LEAST, Verification, live_bars_of, verify
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData
from tradewind.model.time import DAY_MS, MINUTE_MS, TimeRange
from tradewind.search.space import Space

BARS_LEAST = 8 * DAY_MS // MINUTE_MS
WINDOWS_OF_BARS = 4  # bars are at least so many live-sized windows
MARKET_DAYS_MOST = 3650
SIMULATED_SYMBOL = "BTC/USDT:USDT"
Seen = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What to verify and how thoroughly. `series` is None for a simulated market."""

    strategy: str
    series: SeriesKey | None = None
    samples: int = 100
    configurations: int = 4
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """Every verification, and the bars in words."""

    market: str
    first_ts: int
    last_ts: int
    done: tuple[Verification, ...]

    @property
    def clean(self) -> bool:
        return not any(one.findings for one in self.done)


def verify_strategy(request: VerifyRequest, workspace: Workspace, on_subject: Seen = lambda *_: None) -> Verified:
    """Verify some configurations of a strategy, and the detectors where a preset is named.

    Raises BadSetting for what is no strategy or fails, NoData for bars that are not there or too few.
    """
    named = _Named.of(request.strategy)
    with named.faults():
        subjects = [*named.configurations(request.configurations, request.seed), *named.detectors]
        # What windows are declared shows only when features are asked for; few bars are enough for that.
        few = _simulated(LIVE_BARS_LEAST, request.seed)
        live = max(live_bars_of(subject.evaluate(few).window) for subject in subjects)
    count = max(BARS_LEAST, WINDOWS_OF_BARS * live)
    if request.series is None:
        bars, market = _simulated(count, request.seed), f"simulated, seed {request.seed}"
    else:
        bars, market = _catalogued(request.series, count, workspace), str(request.series)
    if len(bars) < 2 * live:
        raise NoData(f"{market}: {len(bars)} bars, {2 * live} are needed", "Import more, or leave the series out")
    done = []
    for number, subject in enumerate(subjects):
        on_subject(number, len(subjects), subject.name)
        with named.faults():
            done.append(verify(subject, bars, samples=request.samples, seed=request.seed))
    return Verified(market, int(bars.ts[0]), int(bars.ts[-1]), tuple(done))


@dataclass(frozen=True, slots=True)
class _Named:
    """What the user meant: a space, the file it is from, if any, and detectors."""

    name: str
    space: Space
    file: Path | None
    detectors: tuple[Subject, ...] = ()

    @classmethod
    def of(cls, text: str) -> "_Named":
        if text in STRATEGIES:
            return cls(text, Space.of(STRATEGIES[text]), None)
        path, _, class_name = text.partition(":")
        if path.endswith(".py"):
            found = class_in(Path(path), class_name)
            return cls(found.__name__, Space.of(found), Path(path))
        return cls._of_preset(text)

    @classmethod
    def _of_preset(cls, text: str) -> "_Named":
        try:
            preset: Preset = read_preset(Path(text))
        except BadSetting as error:
            if not error.problem.startswith("there is no preset"):
                raise
            raise BadSetting(
                f"{text!r} is no strategy", f"Give {', '.join(STRATEGIES)}, a preset, or a Python file as FILE.py:Class"
            ) from None
        detectors = tuple(detector_subject(detector) for detector in preset.built_detectors())
        return cls(preset.name, preset.space(), preset.strategy.file, detectors)

    def configurations(self, count: int, seed: int) -> Iterator[Subject]:
        """The default configuration, then random other ones that differ in their signals.

        Words (a mode) come first in turn, since each may be another rule; numbers only turn a rule's knobs.
        """
        others = np.random.default_rng(seed).permutation(np.arange(1, self.space.signals)).tolist()
        chosen, words = [0], set(self._words(0))
        for number in others:
            if len(chosen) < count and not words.issuperset(self._words(number)):
                chosen.append(number)
                words.update(self._words(number))
        chosen += [number for number in others if number not in chosen][: count - len(chosen)]
        for number in chosen:
            yield strategy_subject(self.name, self.space.strategy_at(number))

    def _words(self, number: int) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.space.searched_at(number).items() if isinstance(value, str)]

    def faults(self) -> AbstractContextManager[None]:
        return faults_of(self.file)


def _simulated(count: int, seed: int) -> Bars:
    days = min(-(-count * MINUTE_MS // DAY_MS), MARKET_DAYS_MOST)
    return simulate(SimulationSettings(symbols=(SIMULATED_SYMBOL,), days=days, seed=seed)).bars[0]


def _catalogued(series: SeriesKey, count: int, workspace: Workspace) -> Bars:
    """The oldest bars of a series: what a hold-out locks are the latest."""
    catalog = Catalog(workspace.catalog_directory)
    known = catalog.summary(series)
    end = proposed_hold_out(extent_of([known]), HoldOutSettings().share)
    bars = catalog.bars(series.venue, series.symbol, series.timeframe, TimeRange(known.first_ts, end))
    return bars.rows(0, min(count, len(bars)))
