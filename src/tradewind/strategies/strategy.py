"""What a strategy is: a frozen dataclass with one pure method and a plan; and how its parameters are guarded."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Protocol, cast

from tradewind.features.features import Features
from tradewind.model.params import Choice, choices
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals


class Strategy(Protocol):
    """An immutable value whose fields are its parameters (declare searched ones with `choice`)."""

    def signals(self, features: Features) -> Signals:
        """Direction at every bar of the dataset from bars up to and including it; the same for equal features."""
        ...

    @property
    def plan(self) -> Plan:
        """How its trades open and close."""
        ...


class PlanParameterRead(Exception):
    """A strategy's `signals` read a parameter that was declared to touch only the plan."""


class _SignalSide:
    """Stands in for a strategy while its signals run: plan parameters are out of reach."""

    __slots__ = ("_hidden", "_strategy")

    def __init__(self, strategy: Strategy, hidden: frozenset[str]) -> None:
        self._strategy = strategy
        self._hidden = hidden

    def __getattr__(self, name: str) -> Any:
        if name in self._hidden:
            raise PlanParameterRead(f"{type(self._strategy).__name__}.signals read {name}, declared exit=True")
        return getattr(self._strategy, name)


@cache
def _hidden(cls: type) -> frozenset[str]:
    return frozenset(name for name, c in choices(cls).items() if c.exit) | {"plan"}


def guarded_signals(strategy: Strategy, features: Features) -> Signals:
    """The strategy's signals, computed where reading a plan parameter raises PlanParameterRead.

    The search shares one set of signals among all configurations that differ in plan parameters only; a strategy
    that declares a parameter `exit=True` and reads it here would get another configuration's signals.
    """
    stand_in = cast(Any, _SignalSide(strategy, _hidden(type(strategy))))
    return type(strategy).signals(stand_in, features)


def parameters(strategy: Strategy) -> dict[str, Any]:
    """All parameters by name, searched or not, in order of declaration."""
    return {f.name: getattr(strategy, f.name) for f in fields(cast(Any, strategy))}


def searched(cls: type) -> Mapping[str, Choice]:
    """The searched parameters of a strategy class."""
    return choices(cls)
