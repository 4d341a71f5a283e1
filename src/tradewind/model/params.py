"""Declaring a strategy's parameters so that the search knows what to vary and what each parameter touches."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice:
    """The values the search may give a parameter, in order; `exit` marks parameters that only the plan reads."""

    values: tuple[Any, ...]
    exit: bool
    ordered: bool


def choice(*values: T, exit: bool = False) -> T:  # noqa: A002 - the word of the design for plan-only parameters
    """A searched parameter of a strategy dataclass; the first value is its default.

    Numbers are ordered (neighbours on the grid are comparable), anything else is categorical.
    """
    ordered = all(isinstance(value, int | float) for value in values)
    value: T = field(default=values[0], metadata={"choice": Choice(values, exit, ordered)})
    return value


def choices(cls: type) -> Mapping[str, Choice]:
    """The searched parameters of a strategy class by name, in order of declaration."""
    return {f.name: f.metadata["choice"] for f in fields(cls) if "choice" in f.metadata}
