"""The luck test of a finished run: its whole search again on altered markets, each kept once it is done."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.adapters.executors import InTurn, ThreadExecutor
from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app.again import AskedAgain, asked_again
from tradewind.app.proposals import searched_space
from tradewind.app.search import segmentation_of
from tradewind.app.settings import Preset
from tradewind.app.user_strategy import faults_of
from tradewind.app.watching import SearchInterrupted, SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.alterations import ALTERATIONS
from tradewind.evidence.luck import Best, Luck, LuckSettings, Searching, luck_test
from tradewind.model.bars import Bars
from tradewind.model.time import DAY_MS, TimeRange
from tradewind.search.best import best_of
from tradewind.search.cells import Advance
from tradewind.search.prepare import prepare
from tradewind.search.search import Watch
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Segmentation

_REMEDY = "Delete it: the luck test makes it again"


def luck_of_run(
    run: FinishedRun,
    workspace: Workspace,
    settings: LuckSettings | None = None,
    progress: Watch | None = None,
    workers: int | None = None,
    days: int | None = None,
) -> dict[str, Any]:
    """Figures of the luck test as plain values; `luck_figures` says which.

    With `days` the search, on the real market too, is that of the last days before the hold-out alone, and the figures
    have `days`: None where it was all of them. That costs less, finds an edge less surely, and without one is lucky no
    more often.

    The run's whole search is repeated on the bars it read, and on every altered market. What is done is kept in the
    run's folder: interrupted, it goes on there, and more alterations take those that are there already. Raises
    CodeMismatch or DatasetMismatch where code or bars are no longer those the run was made with.
    """
    asked, chosen = asked_again(run, workspace), settings or LuckSettings()
    executor = ThreadExecutor(workers)
    bars, laid, days = (asked.bars, asked.segmentation, None) if days is None else last_days(asked, days)
    work = sum(len(one) for one in bars) * len(asked.space)
    watch = _Stoppable(progress or SilentProgress(), executor, work)
    search = searching(asked.preset, asked.space, laid, lambda _: watch.advance(0))
    keeper = BestKeeper(RunStore(workspace.runs_directory), run, chosen, days)
    found = luck_test(bars, search, chosen, executor, keeper, watch)
    return {**luck_figures(found, chosen, run.summary["regimes"][0]["names"]), "days": days}


def last_days(asked: AskedAgain, days: int) -> tuple[tuple[Bars, ...], Segmentation, int | None]:
    """The last days before the hold-out, the windows over them, and their number: None where it is all there are.

    More days than asked for where the preset's own durations need them for four tests.
    """
    scheme, end_ms = asked.segmentation.scheme, int(asked.run.manifest["hold_out_start_ms"])
    if any(asked.preset.walk_forward.durations_ms(asked.bars[0].timeframe)):
        days = max(days, math.ceil((scheme.in_sample_ms + 4 * scheme.out_of_sample_ms) / DAY_MS))
    start_ms = end_ms - days * DAY_MS
    if start_ms <= min(int(one.ts[0]) for one in asked.bars):
        return asked.bars, asked.segmentation, None
    cut = [one.between(TimeRange(start_ms, None)) for one in asked.bars]
    bars = tuple(one for one in cut if len(one))
    return bars, segmentation_of(bars, asked.preset, asked.preset.space(), force=True), days


def searching(preset: Preset, space: Space, laid: Segmentation, advance: Advance = lambda _: None) -> Searching:
    """A preset's whole search as a function of bars, over these windows: what the luck test repeats.

    `space` is what it searches where its method does not look at the bars; a method that learns proposes anew on every
    market. Only the preset's first detector is asked: the others choose nobody. `advance` raises to stop.
    """
    detector = preset.built_detectors()[0]
    learns = preset.search.method in {"coarse_to_fine", "bayesian"}

    def ready(bars: Sequence[Bars], own: Space, windows: Segmentation) -> Universe:
        advance(0)
        symbols = [prepare(one, preset.instrument(one.symbol), own, [detector], windows) for one in bars]
        return Universe.of(symbols, windows)

    def search(bars: Sequence[Bars]) -> Best:
        with faults_of(preset.strategy.file):
            own = searched_space(preset, bars, laid, ready, InTurn(), SilentProgress()) if learns else space
            return best_of(ready(bars, own, laid), own, advance, exact_masks=preset.search.exact_masks)

    return search


def luck_figures(found: Luck, settings: LuckSettings, regimes: Sequence[str]) -> dict[str, Any]:
    """A luck test as plain values; a statistic is None where nothing was eligible.

    `statistic` is the real market's and `statistics` those of the altered ones, to draw. `regimes` has the same for
    the best specialist of each, with `p` and, allowing for all regimes having been looked at, `corrected_p`.
    """
    return {
        "alteration": settings.alteration.value,
        "about": ALTERATIONS[settings.alteration],
        "alterations": settings.alterations,
        "seed": settings.seed,
        "p": found.p,
        "statistic": _plain(found.real.statistic),
        "statistics": [_plain(one.statistic) for one in found.others],
        "regimes": [
            {
                "regime": name,
                "p": found.p_by_regime[label],
                "corrected_p": found.corrected_by_regime[label],
                "statistic": _plain(found.real.by_regime[label]),
                "statistics": [_plain(one.by_regime[label]) for one in found.others],
            }
            for label, name in enumerate(regimes)
        ],
    }


class BestKeeper:
    """Keeps what was found on each market in one small file of the run's folder, whole at any time."""

    def __init__(self, store: RunStore, run: FinishedRun, settings: LuckSettings, days: int | None = None) -> None:
        self._store, self._run_id = store, run.run_id
        part = "" if days is None else f"_{days}d"
        self._name = f"luck_{settings.alteration.value}_{settings.seed}{part}.json"
        self._lock = threading.Lock()
        kept = run.beside(self._name, _REMEDY) or {"markets": {}}
        self._markets: dict[str, list[float | None]] = dict(kept["markets"])

    def recall(self, market: int) -> Best | None:
        """What was found on a market before, or None."""
        values = self._markets.get(str(market))
        if values is None:
            return None
        statistic, *by_regime = (-math.inf if value is None else value for value in values)
        return Best(statistic, tuple(by_regime))

    def keep(self, market: int, best: Best) -> None:
        """Store what was found on a market."""
        with self._lock:
            self._markets[str(market)] = [_plain(best.statistic), *(_plain(value) for value in best.by_regime)]
            ordered = dict(sorted(self._markets.items(), key=lambda item: int(item[0])))
            self._store.keep_beside(self._run_id, self._name, {"run": self._run_id, "markets": ordered})


@dataclass(frozen=True, slots=True)
class _Stoppable:
    """Shows markets done as work, in bars × configurations, and ends the work when the executor is told to stop."""

    progress: Watch
    executor: ThreadExecutor
    work: int

    def stage(self, name: str, total: int) -> None:
        self.progress.stage(name, total * self.work)

    def advance(self, amount: int) -> None:
        if self.executor.stop.is_set():
            raise SearchInterrupted
        if amount:
            self.progress.advance(amount * self.work)


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
