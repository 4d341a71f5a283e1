"""What a strategy is: a frozen dataclass with one pure method and a plan; and how its parameters are guarded."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache, partial
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from tradewind.features.features import Features
from tradewind.kernels.signals import Fading
from tradewind.model.bars import FloatArray
from tradewind.model.errors import BadSetting
from tradewind.model.params import Choice, choices
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals, SignArray


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

    Raises BadSetting for signals that are not one entry per bar, of the type and in the bounds of `Signals`: compiled
    code looks at nothing but their first byte's address.
    """
    stand_in = cast(Any, _SignalSide(strategy, _hidden(type(strategy))))
    return _checked(type(strategy).__name__, type(strategy).signals(stand_in, features), len(features))


def _checked(name: str, signals: Any, bars: int) -> Signals:
    """The signals themselves; what they make when somebody asks for it is looked at then."""
    if not isinstance(signals, Signals):
        raise BadSetting(f"signals of {name} are of the type {type(signals).__name__}", "Return Signals(direction)")
    made, confidence, volatility = signals.made, signals.confidence, signals.volatility
    if not callable(made):
        made = _direction(name, made, bars)
    elif not (isinstance(made, Fading) and made.lies_as_read(bars)):  # which walks recognise, and compiled code makes
        made = partial(_made, name, made, bars)
    checked = Signals(made)
    return Signals(
        made,
        None if confidence is None else lambda: _confidence(name, confidence(), checked.direction),
        None if volatility is None else lambda: _one_per_bar(f"volatility of {name}", volatility(), bars),
    )


def _made(name: str, make: Callable[[], Any], bars: int) -> SignArray:
    return _direction(name, make(), bars)


def _direction(name: str, values: Any, bars: int) -> SignArray:
    direction = _one_per_bar(f"direction of {name}", values, bars)
    if direction.dtype != np.int8:
        problem = f"direction of {name} is {direction.dtype}, not int8"
        raise BadSetting(problem, "Return Signals(direction.astype(np.int8)), and 0 where nothing is known")
    if bars and (direction.min() < -1 or direction.max() > 1):
        problem = f"direction of {name} goes from {direction.min()} to {direction.max()}"
        raise BadSetting(problem, "Say 1 for long, -1 for short, 0 for nothing")
    return np.ascontiguousarray(direction)


def _confidence(name: str, values: Any, direction: SignArray) -> FloatArray:
    """Confidence that can rank: a number from 0 to 1 at every bar with a signal."""
    confidence = _one_per_bar(f"confidence of {name}", values, len(direction))
    if not (np.abs(confidence[direction != 0] - 0.5) <= 0.5).all():
        problem = f"confidence of {name} is no number from 0 to 1 at some bar with a signal"
        raise BadSetting(problem, "Give one there, or return Signals without confidence")
    return confidence


def _one_per_bar(what: str, values: Any, bars: int) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.shape != (bars,):
        raise BadSetting(f"{what} has shape {array.shape} on {bars} bars", "Return one entry per bar")
    return array


def parameters(strategy: Strategy) -> dict[str, Any]:
    """All parameters by name, searched or not, in order of declaration."""
    return {f.name: getattr(strategy, f.name) for f in fields(cast(Any, strategy))}


def searched(cls: type) -> Mapping[str, Choice]:
    """The searched parameters of a strategy class."""
    return choices(cls)
