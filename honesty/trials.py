"""One market tried: tested for luck, its specialists named and traded on, or what it earned given an interval."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from honesty.markets import (
    ALTERATIONS,
    COVERAGE_DAYS,
    COVERAGE_SPACE,
    COVERAGE_WINDOWS,
    DAYS,
    KINDS,
    LONG_DAYS,
    POWER_ALTERATIONS,
    SPACE,
    Kind,
)
from honesty.verdicts import judged

from tradewind.app.figures import differences
from tradewind.app.luck import searching
from tradewind.app.search import segmentation_of
from tradewind.app.settings import Preset
from tradewind.evidence.luck import Luck, LuckSettings, Searching, luck_test
from tradewind.evidence.proving import SYMBOL
from tradewind.model.bars import Bars
from tradewind.search.prepare import prepare
from tradewind.search.recorded import COST, NET_RETURN, replay_configuration, sums_of
from tradewind.search.search import SearchResult, run_search
from tradewind.search.space import Space
from tradewind.search.universe import Universe

Outcome = dict[str, Any]
SEARCHES: Mapping[str, int] = MappingProxyType(
    {"luck": 100, "detection": 130, "power": 65, "coverage": 6, "verdict": 12, "long": 90}
)  # about, for time left
LATER = 5_000  # added to a market's number: the market of the same kind on which what was named is traded


@dataclass(frozen=True, slots=True)
class Trial:
    """One market of a study."""

    study: str
    kind: str
    number: int

    @property
    def key(self) -> str:
        return f"{self.study} {self.kind} {self.number}"


class Alone:
    """Executor of this process; the trials themselves run side by side."""

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        return map(task, units)


class Nothing:
    """Keeps nothing and watches nothing."""

    def recall(self, unit: int) -> None:
        return None

    def keep(self, *_: object) -> None:
        return None

    def stage(self, name: str, total: int) -> None:
        return None

    def advance(self, amount: int) -> None:
        return None


def tried(trial: Trial) -> Outcome:
    """What came of a trial, as plain values; the same for the same trial."""
    return {"key": trial.key, **_STUDIES[trial.study](KINDS[trial.kind], trial.number)}


def luck_of_market(
    kind: Kind,
    number: int,
    *,
    alterations: int = ALTERATIONS,
    days: int = DAYS,
    space: tuple[str, ...] = SPACE,
) -> Outcome:
    """p-values of the luck test, over all and by regime (corrected for having looked at all of them)."""
    bars, settings = kind.bars(number, days), LuckSettings(alterations=alterations, seed=kind.first_seed + number)
    found = luck_test((bars,), whole_search(kind.preset(space), bars), settings, Alone(), Nothing(), Nothing())
    return _of_luck(found)


def whole_search(preset: Preset, bars: Bars) -> Searching:
    """What the luck test repeats: the preset's search over the windows that it lays over these bars."""
    space = preset.space()
    return searching(preset, space, segmentation_of([bars], preset, space, force=False))


def _of_luck(found: Luck) -> Outcome:
    return {
        "p": found.p,
        "statistic": found.real.statistic,
        "by_regime": list(found.p_by_regime),
        "corrected": list(found.corrected_by_regime),
    }


def detected(
    kind: Kind, number: int, *, alterations: int = ALTERATIONS, space_lists: tuple[str, ...] = SPACE
) -> Outcome:
    """The luck test, the specialists that the search names, and what each earns on a later market of the same kind."""
    preset = kind.preset(space_lists)
    universe, space, result = searched(kind.bars(number), preset)
    names = universe.columns.names[0]
    later = universe_of(kind.bars(number + LATER), preset, space)
    named = {
        names[one.mask.label]: {"number": one.number, "trades": one.trades, "mean_r": one.mean_r}
        | _earned(later, space, one.number, one.mask)
        for one in result.specialists[0]
        if not one.stands_aside
    }
    luck = luck_of_market(kind, number, alterations=alterations, space=space_lists)
    return {**luck, "regimes": list(names), "named": named}


def _earned(universe: Universe, space: Space, number: int, mask: Any) -> Outcome:
    """Trades of a specialist over a whole market, and in basis points a trade what they left and cost."""
    sums = np.concatenate([sums_of(replay_configuration(one, space, number, mask)) for one in universe.symbols])
    count = max(1, len(sums))
    return {
        "later_trades": len(sums),
        "later_net_bp": 1e4 * float(sums[:, NET_RETURN].sum()) / count,
        "later_cost_bp": 1e4 * float(sums[:, COST].sum()) / count,
    }


def covered(kind: Kind, number: int) -> Outcome:
    """What switching earned a day against the static baseline and against standing aside, with intervals."""
    preset = kind.preset((*COVERAGE_SPACE, *COVERAGE_WINDOWS))
    universe, _, result = searched(kind.bars(number, COVERAGE_DAYS), preset)
    shared_days = universe.segmentation.scheme.shared_days
    return differences(result.switch, result.static, kind.first_seed + number, shared_days=shared_days)


def searched(bars: Bars, preset: Preset) -> tuple[Universe, Space, SearchResult]:
    """The whole search of one market: every window, both records, final specialists."""
    space = preset.space()
    universe = universe_of(bars, preset, space)
    return universe, space, run_search(universe, space, Alone(), Nothing(), Nothing())


def universe_of(bars: Bars, preset: Preset, space: Space) -> Universe:
    """One market made ready for walking."""
    laid = segmentation_of([bars], preset, space, force=False)
    return Universe.of([prepare(bars, preset.instrument(SYMBOL), space, preset.built_detectors(), laid)], laid)


_STUDIES: Mapping[str, Callable[[Kind, int], Outcome]] = {
    "luck": luck_of_market,
    "detection": detected,
    "power": partial(detected, alterations=POWER_ALTERATIONS),
    "coverage": covered,
    "verdict": judged,
    "long": partial(judged, days=LONG_DAYS),
}
