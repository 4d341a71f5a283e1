"""A space that is a list: configurations that were drawn or proposed one by one, not crossed with each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tradewind.model.bars import IntArray
from tradewind.search.space import Space

Setting = Mapping[str, Any]  # searched parameters of one configuration by name
UNIT_LISTED = 128  # configurations of a list walked together, at most: the more, the more share prices


def unit_size(count: int, most: int = UNIT_LISTED) -> int:
    """Configurations of each unit of a list of `count`: alike and even in number, so that two threads are done with
    them at the same time."""
    pairs = max(1, -(-count // (2 * most)))
    return max(1, -(-count // (2 * pairs)))


@dataclass(frozen=True, eq=False)
class Listed(Space):
    """Some configurations, each once, sorted by signal setting so that neighbours share features.

    Signal settings and plans that occur more than once are one. `signal_values` and `exit_values` are the values that
    occur, sorted; `pairs` gives the signal setting and the plan of each configuration. A configuration's identity is
    that which any other space gives to the same parameters.
    """

    signal_settings: tuple[tuple[Any, ...], ...]
    plan_settings: tuple[tuple[Any, ...], ...]
    pairs: tuple[tuple[int, int], ...]

    @classmethod
    def among(cls, space: Space, settings: Iterable[Setting]) -> "Listed":
        """The list of `settings`, which have the searched parameters of `space`; a repeated one counts once."""
        names, exits = tuple(space.signal_values), tuple(space.exit_values)
        rows = {(tuple(one[name] for name in names), tuple(one[name] for name in exits)) for one in settings}
        signals, plans = sorted({signal for signal, _ in rows}), sorted({plan for _, plan in rows})
        signal_at = {setting: place for place, setting in enumerate(signals)}
        plan_at = {setting: place for place, setting in enumerate(plans)}
        return cls(
            space.strategy,
            {name: tuple(sorted({setting[i] for setting in signals})) for i, name in enumerate(names)},
            {name: tuple(sorted({setting[i] for setting in plans})) for i, name in enumerate(exits)},
            space.fixed,
            tuple(signals),
            tuple(plans),
            tuple(sorted((signal_at[signal], plan_at[plan]) for signal, plan in rows)),
        )

    @cached_property
    def signals(self) -> int:
        return len(self.signal_settings)

    @cached_property
    def plans(self) -> int:
        return len(self.plan_settings)

    @property
    def factors(self) -> bool:
        return False

    def __len__(self) -> int:
        return len(self.pairs)

    def signal_of(self, number: int) -> int:
        return self.pairs[number][0]

    def plan_of(self, number: int) -> int:
        return self.pairs[number][1]

    def signals_of(self, numbers: IntArray) -> IntArray:
        return np.array([signal for signal, _ in self.pairs], np.int64)[numbers]

    def plans_of(self, numbers: IntArray) -> IntArray:
        return np.array([plan for _, plan in self.pairs], np.int64)[numbers]

    def searched_at(self, number: int) -> dict[str, Any]:
        signal, plan = self.pairs[number]
        return self._setting(signal, plan)

    def with_signal(self, signal: int) -> Any:
        return self.strategy(**self._setting(signal, 0), **self.fixed)

    def with_plan(self, plan: int) -> Any:
        return self.strategy(**self._setting(0, plan), **self.fixed)

    def _setting(self, signal: int, plan: int) -> dict[str, Any]:
        return {
            **dict(zip(self.signal_values, self.signal_settings[signal], strict=True)),
            **dict(zip(self.exit_values, self.plan_settings[plan], strict=True)),
        }
