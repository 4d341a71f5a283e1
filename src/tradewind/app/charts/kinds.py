"""What a chart shows, as values: lines over time, fans, histograms, pairs and ranges; how it looks is not said here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tradewind.app.charts.scales import PLAIN, Unit, nice_step

Role = Literal["first", "second", "quiet"]
_WHOLE = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """Values at the chart's x; `role` decides colour and dashes, `area` fills down to the chart's `level`."""

    name: str
    y: Sequence[float]
    role: Role = "first"
    area: bool = False


@dataclass(frozen=True, slots=True)
class Fan:
    """A band between two curves, named by what share of paths lies inside."""

    name: str
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the chart at a value that matters, with its name."""

    at: float
    name: str
    role: Role = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Curves over time (`x` in milliseconds, UTC) or over a count; `level` is a line to compare with."""

    title: str
    x: Sequence[float]
    lines: Sequence[Line]
    fans: Sequence[Fan] = ()
    unit: Unit = PLAIN
    time: bool = True
    x_name: str = ""
    y_name: str = ""
    log: bool = False
    level: float | None = None
    height: int = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`counts[i]` values between `edges[i]` and `edges[i + 1]`, with values of note marked."""

    title: str
    edges: Sequence[float]
    counts: Sequence[int]
    marks: Sequence[Mark] = ()
    unit: Unit = PLAIN
    x_name: str = ""
    y_name: str = ""
    height: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Two values at each time, joined: the first drawn hollow, the second filled; NaN where there is none."""

    title: str
    x: Sequence[float]
    first: Sequence[float]
    second: Sequence[float]
    names: tuple[str, str]
    unit: Unit = PLAIN
    y_name: str = ""
    height: int = 240


@dataclass(frozen=True, slots=True)
class Range:
    """A named value with an interval, which may be missing."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Values with intervals below one another on one axis."""

    title: str
    rows: Sequence[Range]
    marks: Sequence[Mark] = ()
    unit: Unit = PLAIN
    x_name: str = ""


Chart = Lines | Histogram | Pairs | Ranges


def binned(values: Sequence[float], bins_most: int = 40) -> tuple[list[float], list[int]]:
    """Edges at round numbers around all finite values and how many lie in each bin, the last edge included.

    A zero is always an edge where values lie on both sides, so that no bin mixes gains and losses.
    """
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return [0.0, 1.0], [0]
    low, high = min(known), max(known)
    if high - low <= _WHOLE * max(abs(low), abs(high)):
        half = abs(high) * 0.05 or 0.5
        return [low - half, low + half], [len(known)]
    step = nice_step(high - low, max(1, bins_most - 2))
    first = math.floor(low / step + _WHOLE)
    count = max(1, math.ceil(high / step - _WHOLE) - first)
    counts = [0] * count
    for value in known:
        counts[min(count - 1, max(0, math.floor(value / step + _WHOLE) - first))] += 1
    return [round((first + i) * step, 12) for i in range(count + 1)], counts
