"""Which configurations of a space are searched: random draws, a coarse grid refined, or what a proposer says.

Whatever learns from results sees only what its caller judges, which are bars before the first test: see
docs/decisions/0012-methods-that-learn-see-no-test.md.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np

from tradewind.model.bars import FloatArray
from tradewind.model.errors import BadSetting
from tradewind.search.listed import Setting
from tradewind.search.space import Space

DIGITS = 4  # significant ones of a drawn number
REGIONS = 10  # best configurations of the coarse grid that are refined
BATCH_MIN = 64  # configurations proposed together: fewer would leave the machine idle
REPEATS_MAX = 1000  # draws in a row that bring nothing new before a space counts as exhausted

Judge = Callable[[Sequence[Setting]], FloatArray]  # scores of configurations in sample, -inf for those not eligible


@dataclass(frozen=True, slots=True)
class Dimension:
    """One searched parameter: numbers between the smallest and the largest of `values`, or one of `values`."""

    name: str
    values: tuple[Any, ...]

    @property
    def numeric(self) -> bool:
        return all(type(value) in (int, float) for value in self.values)

    @property
    def whole(self) -> bool:
        return all(type(value) is int for value in self.values)

    @property
    def least(self) -> Any:
        return min(self.values)

    @property
    def most(self) -> Any:
        return max(self.values)

    def value_of(self, number: float) -> Any:
        """A number as a value: whole where the declared ones are, otherwise of DIGITS significant digits."""
        if self.whole:
            return min(max(round(number), self.least), self.most)
        return min(max(float(f"{number:.{DIGITS}g}"), self.least), self.most)


class Proposer(Protocol):
    """Proposes configurations and learns from their scores."""

    def ask(self, count: int) -> Sequence[Setting]:
        """The next `count` configurations to try; they may repeat."""
        ...

    def tell(self, scores: Sequence[float]) -> None:
        """Scores of all that were last asked for, in order; higher is better, -inf is worse than any."""
        ...


def dimensions_of(space: Space) -> tuple[Dimension, ...]:
    """The searched parameters of a grid."""
    return tuple(Dimension(name, values) for name, values in {**space.signal_values, **space.exit_values}.items())


def random_settings(space: Space, trials: int, seed: int) -> list[Setting]:
    """`trials` distinct configurations, drawn evenly; raises BadSetting where the space has not so many."""
    generator = np.random.default_rng(seed)
    dimensions = dimensions_of(space)
    found: dict[tuple[Any, ...], Setting] = {}
    repeats = 0
    while len(found) < trials:
        setting = {one.name: _drawn(one, generator) for one in dimensions}
        repeats = repeats + 1 if tuple(setting.values()) in found else 0
        found.setdefault(tuple(setting.values()), setting)
        if repeats > REPEATS_MAX:
            raise BadSetting(
                f"the space has hardly more than {len(found)} configurations, {trials} were asked for",
                'Lower search.trials, widen the lists of values, or search all of them with search.method = "grid"',
            )
    return list(found.values())


def _drawn(one: Dimension, generator: np.random.Generator) -> Any:
    if not one.numeric:
        return one.values[int(generator.integers(len(one.values)))]
    if one.whole:
        return int(generator.integers(one.least, one.most, endpoint=True))
    return one.value_of(generator.uniform(one.least, one.most))


def coarse_to_fine_settings(space: Space, trials: int, judge: Judge) -> list[Setting]:
    """A coarse grid of at most `trials` configurations, and halfway points around the best REGIONS of it."""
    lists = coarse_lists(space, trials)
    coarse: list[Setting] = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    scores = judge(coarse)
    # Ties go to the earlier one, so that the order of equals is no matter of chance.
    order = np.lexsort((np.arange(len(coarse)), -scores))
    best = [coarse[i] for i in order.tolist() if np.isfinite(scores[i])]
    apart: list[Setting] = []
    for setting in best:
        if len(apart) < REGIONS and not any(_are_neighbours(lists, setting, other) for other in apart):
            apart.append(setting)
    fine = [setting for centre in apart for setting in _halfway(space, lists, centre)]
    return coarse + fine


def coarse_lists(space: Space, trials: int) -> dict[str, tuple[Any, ...]]:
    """The space's lists, those of numbers thinned to the same count, ends included, until the grid is small enough.

    Raises BadSetting where even the ends alone are too many.
    """
    dimensions = dimensions_of(space)
    longest = max(len(one.values) for one in dimensions)
    for count in range(longest, 1, -1):
        lists = {one.name: _thinned(one, count) for one in dimensions}
        size = math.prod(len(values) for values in lists.values())
        if size <= trials:
            return lists
    raise BadSetting(f"the coarsest grid has {size} configurations, search.trials is {trials}", "Raise search.trials")


def _thinned(one: Dimension, count: int) -> tuple[Any, ...]:
    if not one.numeric or len(one.values) <= count:
        return one.values
    ordered = sorted(one.values)
    return tuple(ordered[round(i * (len(ordered) - 1) / (count - 1))] for i in range(count))


def _are_neighbours(lists: dict[str, tuple[Any, ...]], one: Setting, other: Setting) -> bool:
    """Whether two configurations of a grid differ by at most a step in every number, and in nothing else."""
    for name, values in lists.items():
        if not Dimension(name, values).numeric:
            if one[name] != other[name]:
                return False
            continue
        ordered = sorted(values)
        if abs(ordered.index(one[name]) - ordered.index(other[name])) > 1:
            return False
    return True


def _halfway(space: Space, lists: dict[str, tuple[Any, ...]], centre: Setting) -> Iterator[Setting]:
    """Around a configuration of the grid, halfway to the next value below and above of each number in turn."""
    for one in dimensions_of(space):
        if not one.numeric:
            continue
        ordered = sorted(lists[one.name])
        place = ordered.index(centre[one.name])
        for other in (place - 1, place + 1):
            if 0 <= other < len(ordered):
                between = one.value_of((ordered[place] + ordered[other]) / 2)
                yield {**centre, one.name: between}


def proposed_settings(proposer: Proposer, trials: int, batch: int, judge: Judge) -> list[Setting]:
    """`trials` proposals in batches, each judged before the next is asked for; a repeated one is judged once."""
    known: dict[tuple[Any, ...], float] = {}
    found: dict[tuple[Any, ...], Setting] = {}
    for first in range(0, trials, batch):
        asked = proposer.ask(min(batch, trials - first))
        fresh = {tuple(one.values()): one for one in asked if tuple(one.values()) not in known}
        if fresh:
            scores = judge(list(fresh.values())).tolist()
            known |= dict(zip(fresh, scores, strict=True))
        found |= fresh
        proposer.tell([known[tuple(one.values())] for one in asked])
    return list(found.values())
