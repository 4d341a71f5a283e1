"""The configurations beside one on the grid, and what some configurations returned day by day."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tradewind.model.bars import FloatArray
from tradewind.model.params import choices
from tradewind.model.ports import Executor
from tradewind.search.cells import Advance, walk_listed
from tradewind.search.listed import unit_size
from tradewind.search.space import Space
from tradewind.search.universe import Universe


class Neighbour(NamedTuple):
    """A configuration one step away in `parameter`, which has `value` there."""

    number: int
    parameter: str
    value: float


def neighbours(space: Space, number: int) -> tuple[Neighbour, ...]:
    """The configurations of the space that are one step from `number` in one ordered parameter.

    A step leads to the next larger or smaller value that the space has for the parameter; what is categorical has no
    steps. Of a space that is a list only those are there that are on the list.
    """
    own = space.searched_at(number)
    values = {**space.signal_values, **space.exit_values}
    declared = choices(space.strategy)
    wanted = {}
    for name, some in values.items():
        if declared[name].ordered:
            steps = sorted(some)
            at = steps.index(own[name])
            for value in (*steps[max(at - 1, 0) : at], *steps[at + 1 : at + 2]):
                wanted[_key({**own, name: value})] = (name, value)
    found = ((other, wanted.get(_key(space.searched_at(other)))) for other in range(len(space)))
    return tuple(Neighbour(other, *step) for other, step in found if step is not None)


def _key(setting: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted(setting.items()))


def daily_returns(
    universe: Universe, space: Space, numbers: Sequence[int], executor: Executor, advance: Advance = lambda _: None
) -> FloatArray:
    """Daily log returns over the test days of some configurations, walked again: configurations × days.

    As those the candidate table's Sharpe ratio is made of: summed over symbols and divided by their number. The same
    for any executor. `advance` is told bars × configurations.
    """

    def walked(some: Sequence[int]) -> FloatArray:
        daily = walk_listed(universe, space, some, advance).daily
        return np.asarray(daily[:, universe.segmentation.test_days] / len(universe.symbols), np.float64)

    size = unit_size(len(numbers))
    units = [numbers[first : first + size] for first in range(0, len(numbers), size)]
    days = int(universe.segmentation.test_days.sum())
    return np.concatenate([np.zeros((0, days)), *executor.map(walked, units)])
