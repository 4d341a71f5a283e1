"""Each search trades its finalists and a random sample through the trader core too: a differing trade fails the run."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tradewind.app.parity import core_walk, ideal_setup, ideal_stretches, walk_differences
from tradewind.model.bars import FloatArray
from tradewind.model.errors import SearchInconsistent
from tradewind.model.regimes import Labels
from tradewind.search.prepare import Prepared
from tradewind.search.procedure import Choice, scheduled
from tradewind.search.replay import Schedule, walk_schedule
from tradewind.search.search import SearchResult
from tradewind.search.space import Space
from tradewind.search.universe import Universe

LEADERS, AT_RANDOM = 3, 4
# A tenth of the search's bars, walked by all that are compared together, within these bounds: see docs/decisions.
BARS_LEAST, BARS_MOST, BARS_SHARE = 6_000, 200_000, 10
Watch = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Compared:
    """What was traded twice: how many choices, over the last `bars` of each symbol, and how many trades were equal."""

    choices: int
    bars: int
    first_ts: int
    last_ts: int
    trades: int

    def record(self) -> dict[str, Any]:
        """As a run keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Someone whose trades are compared, by the name an error gives, and what they would trade at each bar."""

    name: str
    schedule: Callable[[Prepared], Schedule]


def traded_by_core(
    universe: Universe, space: Space, result: SearchResult, seed: int, advance: Watch = lambda _: None
) -> Compared:
    """Trade specialists as one switch, the static baseline, the leaders and some at random through the core, over the
    last bars of every symbol, and compare every trade with the compiled law's.

    Raises SearchInconsistent naming who, symbol and trade. The same bars, whoever runs it: nothing here is timed.
    """
    asked = _asked(universe, space, result, seed)
    bars = bars_of_core(universe.bars) // (len(asked) * len(universe.symbols))
    trades, firsts, lasts = 0, [], []
    for one in universe.symbols:
        first = max(0, len(one.bars) - bars)
        firsts.append(int(one.bars.ts[first]))
        lasts.append(int(one.bars.ts[-1]))
        for who in asked:
            trades += _compared(one, who, first)
            advance(len(one.bars) - first)
    return Compared(len(asked), bars, min(firsts), max(lasts), trades)


def bars_of_core(bars: int) -> int:
    """How many bars all walks of the core together may take, of a search over so many."""
    return min(BARS_MOST, max(BARS_LEAST, bars // BARS_SHARE))


def _asked(universe: Universe, space: Space, result: SearchResult, seed: int) -> list[_Asked]:
    drawn = np.random.default_rng(seed).choice(len(space), min(AT_RANDOM, len(space)), replace=False)
    numbers = dict.fromkeys([*result.ranking[:LEADERS].tolist(), *drawn.tolist()])
    if result.static_number >= 0:
        numbers = {result.static_number: None, **numbers}
    asked = [_Asked(f"configuration {number}", _alone(space, number)) for number in numbers]
    switch = {one.mask.label: one.number for one in result.specialists[0] if not one.stands_aside}
    if switch:
        asked.insert(0, _Asked("the specialists as one switch", _together(universe, space, switch)))
    return asked


def _alone(space: Space, number: int) -> Callable[[Prepared], Schedule]:
    """A configuration at every bar."""

    def schedule(one: Prepared) -> Schedule:
        direction = one.direction(space.signal_of(number))
        return Schedule(direction, np.zeros(len(one.bars), np.int32), (space.strategy_at(number).plan,))

    return schedule


def _together(universe: Universe, space: Space, choice: Choice) -> Callable[[Prepared], Schedule]:
    """The final choice in every window's test stretch, the last of which ends with the data."""
    laid = universe.segmentation
    return lambda one: scheduled(one, space, laid, [choice] * len(laid.windows))


def _compared(one: Prepared, who: _Asked, first: int) -> int:
    """Trades of both over the bars from `first` on, no position before; raises where any differs."""
    whole, bars = who.schedule(one), one.bars.rows(first, len(one.bars))
    schedule = Schedule(whole.direction[first:], whole.plan_of_bar[first:], whole.plans)
    source, labels = _Tail(one, first), Labels(one.labels[0][first:], one.label_names[0])
    table = walk_schedule(bars, schedule, source, one.instrument, labels)
    stretches = ideal_stretches(
        bars,
        schedule.direction.tolist(),
        schedule.plan_of_bar.tolist(),
        [source.of(plan.atr_period) for plan in schedule.plans],
        labels.values.tolist(),
    )
    walked = core_walk(ideal_setup(one.instrument, dict(enumerate(schedule.plans)), bars.timeframe_ms), stretches)
    differences = walk_differences(bars, table, walked.trades)
    if differences:
        more = f" (and {len(differences) - 1} more differences)" if len(differences) > 1 else ""
        raise SearchInconsistent(
            f"{who.name} on {one.bars.symbol}, traded by the trader core: {differences[0]}{more}",
            "This is a defect of the program: report it with the preset and the data",
        )
    return len(table)


class _Tail:
    """ATRs of the last bars, from the whole history."""

    def __init__(self, one: Prepared, first: int) -> None:
        self._one, self._first = one, first

    def atr(self, period: int) -> FloatArray:
        return np.ascontiguousarray(self._one.atr(period)[self._first :])

    def of(self, period: int | None) -> Sequence[float]:
        """The same as a list; no plan asks for it where there is no period."""
        return [np.nan] * (len(self._one.bars) - self._first) if period is None else self.atr(period).tolist()
