"""Draws charts as SVG text at a given width in pixels; classes and `currentColor` leave the colours to the page."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from html import escape

from tradewind.app.charts.kinds import Chart, Histogram, Line, Lines, Mark, Pairs, Ranges
from tradewind.app.charts.scales import PLAIN, Scale, Unit, digits_of, log_ticks, padded, ticks, time_ticks

LETTER = 6.3  # width of an average character at the page's 11 px
TOP, BOTTOM, LABEL_LINE, ROW = 22.0, 24.0, 13.0, 28.0
POINTS_MOST = 400
NARROW = 480


def drawn(chart: Chart, width: int) -> str:
    """The chart as one `<svg>` of this width, with its title for those who do not see it."""
    height, parts = _drawn(chart, width)
    body = "".join(parts)
    return (
        f'<svg viewBox="0 0 {width} {_n(height)}" width="{width}" '
        f'height="{_n(height)}" role="img" aria-label="{escape(chart.title)}">{body}</svg>'
    )


@singledispatch
def _drawn(chart: Chart, width: int) -> tuple[float, Iterator[str]]:
    raise TypeError(f"{type(chart).__name__} is no chart")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The rectangle that a chart's marks lie in."""

    left: float
    top: float
    right: float
    bottom: float

    def x_axis(self, low: float, high: float) -> Scale:
        return Scale(low, high, self.left, self.right)

    def y_axis(self, low: float, high: float, *, log: bool = False) -> Scale:
        return Scale(low, high, self.bottom, self.top, log)


@_drawn.register
def _lines(chart: Lines, width: int) -> tuple[float, Iterator[str]]:
    curves = [*(line.y for line in chart.lines), *(side for fan in chart.fans for side in (fan.low, fan.high))]
    values = [value for curve in curves for value in curve if math.isfinite(value)]
    log = chart.log and bool(values) and min(values) > 0
    low, high = _log_range(values) if log else padded([*values, *_given(chart.level)])
    marks, digits = (log_ticks(low, high), None) if log else ticks(low, high)
    names = [_tick(value, chart.unit, digits) for value in marks]
    ends = max((len(line.name) for line in chart.lines if len(chart.lines) > 1 or chart.fans), default=0)
    frame = _frame(width, chart.height, names, ends)
    x = frame.x_axis(*_x_range(chart.x))
    y = frame.y_axis(low, high, log=log)

    def parts() -> Iterator[str]:
        yield from _y_grid(frame, y, marks, names, chart.y_name)
        yield from _time_axis(frame, x) if chart.time else _x_ticks(frame, x, PLAIN, chart.x_name)
        for fan in chart.fans:
            there = [(x(a), y(b)) for a, b in zip(chart.x, fan.high, strict=True)]
            back = [(x(a), y(b)) for a, b in zip(chart.x, fan.low, strict=True)]
            outline = _path([*there, *reversed(back)])
            yield f'<path class="fan" d="{outline}Z"><title>{escape(fan.name)}</title></path>'
        if chart.level is not None:
            yield _rule(frame.left, y(chart.level), frame.right, y(chart.level), "level")
        for line in chart.lines:
            yield from _curve(chart, line, x, y)
        if ends:
            yield from _end_names(frame, y, chart.lines)

    return frame.bottom + BOTTOM + _under(chart.x_name), parts()


def _curve(chart: Lines, line: Line, x: Scale, y: Scale) -> Iterator[str]:
    points = [(x(a), y(b)) for a, b in thinned(chart.x, line.y)]
    if line.area and points and chart.level is not None:
        base = y(chart.level)
        yield f'<path class="area {line.role}" d="{_path([(points[0][0], base), *points, (points[-1][0], base)])}Z"/>'
    yield f'<path class="line {line.role}" d="{_path(points)}"><title>{escape(line.name)}</title></path>'


def _end_names(frame: _Frame, y: Scale, lines: Sequence[Line]) -> Iterator[str]:
    """Each line's name where it ends, moved apart where they would lie on one another."""
    known = [(line, [v for v in line.y if math.isfinite(v)]) for line in lines]
    wanted = sorted((y(values[-1]), line.role, line.name) for line, values in known if values)
    places = apart([at for at, _, _ in wanted], LABEL_LINE, frame.top, frame.bottom)
    for place, (_, role, name) in zip(places, wanted, strict=True):
        yield _text(frame.right + 6, place + 4, name, f"name {role}")


@_drawn.register
def _histogram(chart: Histogram, width: int) -> tuple[float, Iterator[str]]:
    most = max([*chart.counts, 1])
    values, digits = ticks(0, most * 1.05, 4)
    names = [PLAIN.text(value, digits) for value in values]
    frame = _frame(width, chart.height + LABEL_LINE * len(chart.marks), names, 2)
    frame = _Frame(frame.left, frame.top + LABEL_LINE * len(chart.marks), frame.right, frame.bottom)
    x = frame.x_axis(*padded([chart.edges[0], chart.edges[-1], *(mark.at for mark in chart.marks)], room=0.02))
    y = frame.y_axis(0, most * 1.05)

    def parts() -> Iterator[str]:
        yield from _y_grid(frame, y, values, names, chart.y_name)
        yield from _x_ticks(frame, x, chart.unit, chart.x_name)
        digits = digits_of(chart.edges[1] - chart.edges[0])
        for left, right, count in zip(chart.edges[:-1], chart.edges[1:], chart.counts, strict=True):
            if count:
                span = f"{chart.unit.text(left, digits)} to {chart.unit.text(right, digits)}: {count:,}"
                yield (
                    f'<rect class="bar" x="{_n(x(left) + 0.5)}" y="{_n(y(count))}" '
                    f'width="{_n(max(0.6, x(right) - x(left) - 1))}" height="{_n(y(0) - y(count))}">'
                    f"<title>{span}</title></rect>"
                )
        yield from _marks(frame, x, chart.marks)

    return frame.bottom + BOTTOM + _under(chart.x_name), parts()


@_drawn.register
def _pairs(chart: Pairs, width: int) -> tuple[float, Iterator[str]]:
    low, high = padded([*chart.first, *chart.second], zero=True)
    marks, digits = ticks(low, high)
    names = [_tick(value, chart.unit, digits) for value in marks]
    frame = _frame(width, chart.height, names, 2)
    room = (max(chart.x) - min(chart.x)) / max(1, len(chart.x) - 1) / 2 if len(chart.x) > 1 else 43_200_000.0
    x = frame.x_axis(min(chart.x) - room, max(chart.x) + room)
    y = frame.y_axis(low, high)

    def parts() -> Iterator[str]:
        yield from _y_grid(frame, y, marks, names, chart.y_name)
        yield from _time_axis(frame, x)
        yield _rule(frame.left, y(0), frame.right, y(0), "level")
        for at, one, other in zip(chart.x, chart.first, chart.second, strict=True):
            if math.isfinite(one) and math.isfinite(other):
                yield _rule(x(at), y(one), x(at), y(other), "stem")
            if math.isfinite(one):
                yield _dot(x(at), y(one), "second", f"{chart.names[0]} {chart.unit.text(one, digits + 2)}", 3.2)
            if math.isfinite(other):
                yield _dot(x(at), y(other), "first", f"{chart.names[1]} {chart.unit.text(other, digits + 2)}", 3.6)
        yield from _key(frame, chart.names)

    return frame.bottom + BOTTOM, parts()


def _key(frame: _Frame, names: tuple[str, str]) -> Iterator[str]:
    """Hollow and filled, named on one line above the chart, from its right end."""
    at = frame.right
    for name, role in zip(reversed(names), ("first", "second"), strict=True):
        at -= len(name) * LETTER + 4
        yield _text(at, 12, name, f"name {role}")
        at -= 10
        yield _dot(at, 8, role, "", 3.6)
        at -= 14


@_drawn.register
def _ranges(chart: Ranges, width: int) -> tuple[float, Iterator[str]]:
    sides = [v for row in chart.rows for v in (row.value, row.low, row.high) if math.isfinite(v)]
    low, high = padded([*sides, *(mark.at for mark in chart.marks)])
    above = width < NARROW  # names stand over their rows where there is no room beside them
    row_height = ROW + (LABEL_LINE if above else 0)
    left = 8.0 if above else 16 + LETTER * max((len(row.name) for row in chart.rows), default=0)
    top = 10 + LABEL_LINE * len(chart.marks)
    frame = _Frame(left, top, width - 16.0, top + row_height * len(chart.rows))
    x = frame.x_axis(low, high)
    digits = digits_of(max(high - low, 1e-12) * chart.unit.factor / 100)

    def parts() -> Iterator[str]:
        yield from _x_ticks(frame, x, chart.unit, chart.x_name)
        yield from _marks(frame, x, chart.marks)
        for i, row in enumerate(chart.rows):
            bottom = frame.top + (i + 1) * row_height
            middle = bottom - ROW / 2
            if above:
                yield _text(frame.left, bottom - ROW + 4, row.name, "row")
            else:
                yield _text(frame.left - 10, middle + 4, row.name, "row end")
            if math.isfinite(row.low) and math.isfinite(row.high):
                yield _rule(x(row.low), middle, x(row.high), middle, "range")
            if math.isfinite(row.value):
                said = f"{row.name}: {chart.unit.text(row.value, digits)}"
                yield _dot(x(row.value), middle, "first" if row.strong else "plain", said, 4)

    return frame.bottom + BOTTOM + _under(chart.x_name), parts()


def thinned(xs: Sequence[float], ys: Sequence[float], most: int = POINTS_MOST) -> list[tuple[float, float]]:
    """At most about `most` points that keep every extreme: of each stretch its first, lowest, highest and last."""
    points = [(x, y) for x, y in zip(xs, ys, strict=True) if math.isfinite(y)]
    if len(points) <= most:
        return points
    size = math.ceil(len(points) / (most / 4))
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        ends = {0, len(part) - 1, min(range(len(part)), key=lambda i: part[i][1])}
        ends.add(max(range(len(part)), key=lambda i: part[i][1]))
        kept.extend(part[i] for i in sorted(ends))
    return kept


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending places at least `gap` from one another, as near to those wanted as going down and back up allows."""
    places: list[float] = []
    for at in wanted:
        places.append(max(at, places[-1] + gap) if places else max(at, low))
    ceiling = high
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - gap
    return places


def _frame(width: int, height: float, names: Sequence[str], ends: int) -> _Frame:
    left = 10 + LETTER * max((len(name) for name in names), default=0)
    return _Frame(left, TOP, width - 10 - (LETTER * ends if ends else 0), height - BOTTOM)


def _under(name: str) -> float:
    """Room for an axis' name."""
    return LABEL_LINE if name else 0.0


def _given(level: float | None) -> list[float]:
    return [] if level is None else [level]


def _log_range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max(1.02, (high / low) ** 0.05)
    return low / room, high * room


def _x_range(values: Sequence[float]) -> tuple[float, float]:
    return (min(values), max(values)) if len(values) > 1 else padded(values)


def _tick(value: float, unit: Unit, digits: int | None) -> str:
    """A tick's text; `digits` are those of the value before the unit's factor, None for a value by itself."""
    if digits is None:
        return unit.text(value, digits_of(10 ** math.floor(math.log10(abs(value) * unit.factor))) if value else 0)
    return unit.text(value, max(0, digits - round(math.log10(unit.factor))))


def _y_grid(frame: _Frame, y: Scale, values: Sequence[float], names: Sequence[str], name: str) -> Iterator[str]:
    for value, text in zip(values, names, strict=True):
        yield _rule(frame.left, y(value), frame.right, y(value), "grid")
        yield _text(frame.left - 6, y(value) + 4, text, "end")
    if name:
        yield _text(4, 11, name, "axis")


def _time_axis(frame: _Frame, x: Scale) -> Iterator[str]:
    most = max(2, int((frame.right - frame.left) / 72))
    for at, text in time_ticks(x.low, x.high, most):
        yield _rule(x(at), frame.bottom, x(at), frame.bottom + 4, "tick")
        yield _text(min(max(x(at), LETTER * len(text) / 2), frame.right), frame.bottom + 16, text, "middle")
    yield _rule(frame.left, frame.bottom, frame.right, frame.bottom, "tick")


def _x_ticks(frame: _Frame, x: Scale, unit: Unit, name: str) -> Iterator[str]:
    values, digits = ticks(x.low, x.high, max(2, int((frame.right - frame.left) / 80)))
    for value in values:
        yield _rule(x(value), frame.bottom, x(value), frame.bottom + 4, "tick")
        yield _text(x(value), frame.bottom + 16, _tick(value, unit, digits), "middle")
    yield _rule(frame.left, frame.bottom, frame.right, frame.bottom, "tick")
    if name:
        yield _text((frame.left + frame.right) / 2, frame.bottom + 32, name, "axis middle")


def _marks(frame: _Frame, x: Scale, marks: Sequence[Mark]) -> Iterator[str]:
    """Lines down the chart, each named on a line of its own above it."""
    for i, mark in enumerate(marks):
        at, line = x(mark.at), frame.top - 8 - LABEL_LINE * (len(marks) - 1 - i)
        yield _rule(at, line + 3, at, frame.bottom, f"mark {mark.role}")
        left = at + LETTER * len(mark.name) < frame.right
        yield _text(at + (5 if left else -5), line, mark.name, f"name {mark.role}{'' if left else ' end'}")


def _rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'


def _dot(x: float, y: float, role: str, said: str, radius: float) -> str:
    title = f"<title>{escape(said)}</title>" if said else ""
    return f'<circle class="dot {role}" cx="{_n(x)}" cy="{_n(y)}" r="{radius}">{title}</circle>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) if points else ""


def _n(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
