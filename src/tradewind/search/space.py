"""The space of configurations: every combination of a strategy's searched parameters, each with a fixed number."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, cast

from tradewind.model.bars import IntArray
from tradewind.model.errors import BadSetting
from tradewind.model.params import Choice, choices
from tradewind.model.plan import Plan
from tradewind.strategies.strategy import Strategy


@dataclass(frozen=True, eq=False)
class Space:
    """A grid over a strategy's searched parameters.

    Configuration numbers run over plans (slowest) and signals (fastest): number = plan × signals + signal. Within
    each the last declared parameter varies fastest. `fixed` holds parameters that are not searched.
    """

    strategy: type
    signal_values: Mapping[str, tuple[Any, ...]]
    exit_values: Mapping[str, tuple[Any, ...]]
    fixed: Mapping[str, Any]

    @classmethod
    def of(
        cls, strategy: type, lists: Mapping[str, Any] | None = None, fixed: Mapping[str, Any] | None = None
    ) -> "Space":
        """The declared space of `strategy`, with other value lists or fixed values where given.

        Raises BadSetting for a parameter the strategy does not have, an empty list or a value of another type.
        """
        lists, fixed = dict(lists or {}), dict(fixed or {})
        declared = choices(strategy)
        known = {f.name: f for f in fields(cast(Any, strategy))}
        for name in (*lists, *fixed):
            if name not in known:
                raise BadSetting(f"{strategy.__name__} has no parameter {name!r}", f"It has {', '.join(known)}")
        for name in lists:
            if name not in declared:
                raise BadSetting(f"{name} of {strategy.__name__} is not searched", "Fix it to one value instead")
        for name, value in fixed.items():
            examples = declared[name].values if name in declared else (known[name].default,)
            categorical = name in declared and not declared[name].ordered
            fixed[name] = _as_declared(name, value, examples, ordered=not categorical)
        values = {
            name: _checked(name, tuple(lists.get(name, c.values)), c)
            for name, c in declared.items()
            if name not in fixed
        }
        return cls(
            strategy,
            {name: v for name, v in values.items() if not declared[name].exit},
            {name: v for name, v in values.items() if declared[name].exit},
            fixed,
        )

    @cached_property
    def signals(self) -> int:
        """Number of distinct signal settings."""
        return math.prod(len(v) for v in self.signal_values.values())

    @cached_property
    def plans(self) -> int:
        """Number of distinct plans."""
        return math.prod(len(v) for v in self.exit_values.values())

    @cached_property
    def every_plan(self) -> tuple[Plan, ...]:
        """The distinct plans, in order."""
        return tuple(strategy.plan for strategy in self.plan_strategies())

    @property
    def factors(self) -> bool:
        """Whether every signal setting meets every plan, so that number = plan × signals + signal."""
        return True

    def __len__(self) -> int:
        return self.signals * self.plans

    def signal_of(self, number: int) -> int:
        """Which of the signal settings configuration `number` has."""
        return number % self.signals

    def plan_of(self, number: int) -> int:
        """Which of the plans configuration `number` has."""
        return number // self.signals

    def signals_of(self, numbers: IntArray) -> IntArray:
        """Signal settings of many configurations; anything where a number is negative."""
        return numbers % self.signals

    def plans_of(self, numbers: IntArray) -> IntArray:
        """Plans of many configurations; anything where a number is negative."""
        return numbers // self.signals

    def searched_at(self, number: int) -> dict[str, Any]:
        """Searched parameters of configuration `number`."""
        plan, signal = divmod(number, self.signals)
        return {**_unrank(self.signal_values, signal), **_unrank(self.exit_values, plan)}

    def strategy_at(self, number: int) -> Strategy:
        """Configuration `number` as a strategy."""
        return cast(Strategy, self.strategy(**self.searched_at(number), **self.fixed))

    def signal_strategies(self) -> Iterator[Strategy]:
        """One strategy for each distinct signal setting, in order."""
        for signal in range(self.signals):
            yield self.with_signal(signal)

    def plan_strategies(self) -> Iterator[Strategy]:
        """One strategy for each distinct plan, in order."""
        for plan in range(self.plans):
            yield self.with_plan(plan)

    def with_signal(self, signal: int) -> Strategy:
        """A strategy that has this signal setting, whatever its plan."""
        return self.strategy_at(signal)

    def with_plan(self, plan: int) -> Strategy:
        """A strategy that has this plan, whatever its signals."""
        return self.strategy_at(plan * self.signals)

    def described(self) -> dict[str, Any]:
        """The space as plain values for a manifest."""
        return {
            "strategy": self.strategy.__name__,
            "signal_parameters": {name: list(v) for name, v in self.signal_values.items()},
            "plan_parameters": {name: list(v) for name, v in self.exit_values.items()},
            "fixed": dict(self.fixed),
            "configurations": len(self),
        }

    def identity(self, number: int) -> int:
        """64-bit identity of a configuration, equal in every space that contains it."""
        whole = {f.name: f.default for f in fields(cast(Any, self.strategy))}
        whole |= dict(self.fixed) | self.searched_at(number)
        text = json.dumps([self.strategy.__name__, sorted(whole.items())], default=str)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def _checked(name: str, values: tuple[Any, ...], declared: Choice) -> tuple[Any, ...]:
    values = tuple(_as_declared(name, value, declared.values, ordered=declared.ordered) for value in values)
    if not values:
        raise BadSetting(f"the list of values for {name} is empty", "Give at least one value")
    if len(set(values)) != len(values):
        raise BadSetting(f"the list of values for {name} repeats a value", "Give each value once")
    return values


def _as_declared(name: str, value: Any, examples: tuple[Any, ...], *, ordered: bool) -> Any:
    """`value` in the type of the examples, so that 1 and 1.0 are one configuration; nothing else is converted."""
    kind = float if any(isinstance(example, float) for example in examples) else type(examples[0])
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise BadSetting(f"{name} = {value!r} is of another kind than declared", f"Declared: {examples}")
    if not ordered and value not in examples:
        raise BadSetting(f"{name} = {value!r} is a value it does not know", f"Use values of {examples}")
    return value


def _unrank(lists: Mapping[str, tuple[Any, ...]], rank: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name in reversed(tuple(lists)):
        rank, index = divmod(rank, len(lists[name]))
        out[name] = lists[name][index]
    return {name: out[name] for name in lists}
