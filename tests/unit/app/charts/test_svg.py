"""Charts as SVG: marks lie where the values say, every text is escaped, nothing leaves the picture."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import pairwise

import pytest

from tradewind.app.charts import Chart, Fan, Histogram, Line, Lines, Mark, Pairs, Range, Ranges, drawn
from tradewind.app.charts.scales import PERCENT
from tradewind.app.charts.svg import apart, thinned
from tradewind.model.time import DAY_MS

EVIL = '<script>alert("1")</script> & "more"'
START = 1_704_067_200_000
DAYS = [float(START + i * DAY_MS) for i in range(5)]


def parsed(chart: Chart, width: int = 800) -> ET.Element:
    return ET.fromstring(drawn(chart, width))  # noqa: S314 - our own text


def texts(picture: ET.Element) -> list[str]:
    return [element.text or "" for element in picture.iter() if element.tag in {"text", "title"}]


def of_class(picture: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in picture.iter() if name in element.get("class", "").split()]


def points(element: ET.Element) -> list[tuple[float, float]]:
    body = element.get("d", "").removeprefix("M").removesuffix("Z")
    return [(float(x), float(y)) for x, y in (pair.split() for pair in body.split("L"))]


def charts(name: str = "it") -> list[Chart]:
    return [
        Lines(
            title=name, x=DAYS, lines=(Line(name, [1.0, 1.5, 0.8, 1.2, 2.0]), Line("two", [1.0, 1.1, 1.2, 1.3, 1.4])),
            fans=(Fan(name, [0.5] * 5, [2.5] * 5),), level=1.0,
        ),
        Lines(title=name, x=[0, 5, 9], lines=(Line(name, [1.0, 30.0, 900.0]),), time=False, x_name=name, log=True),
        Histogram(title=name, edges=[-1.0, 0.0, 1.0], counts=[3, 7], marks=(Mark(4.0, name),), x_name=name),
        Pairs(title=name, x=DAYS[:3], first=[0.1, math.nan, 0.3], second=[-0.1, 0.2, math.nan], names=(name, "b")),
        Ranges(title=name, rows=(Range(name, 0.1, -0.2, 0.4), Range("b", -0.3)), marks=(Mark(0.0, name, "quiet"),)),
    ]  # fmt: skip


@pytest.mark.parametrize("chart", charts(), ids=lambda chart: type(chart).__name__)
@pytest.mark.parametrize("width", [960, 328])
def test_every_mark_lies_inside_the_picture(chart: Chart, width: int) -> None:
    picture = parsed(chart, width)
    height = float(picture.get("height", "0"))
    for element in picture.iter():
        for key in ("x", "x1", "x2", "cx"):
            assert -1 <= float(element.get(key, "0")) <= width + 1
        for key in ("y", "y1", "y2", "cy"):
            assert -1 <= float(element.get(key, "0")) <= height + 1
        if element.tag == "path":
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points(element))


@pytest.mark.parametrize("chart", charts(EVIL), ids=lambda chart: type(chart).__name__)
def test_a_name_with_markup_stays_text(chart: Chart) -> None:
    picture = parsed(chart)
    assert picture.get("aria-label") == EVIL
    assert not [element for element in picture.iter() if element.tag == "script"]
    assert any(EVIL in text for text in texts(picture))


def test_a_line_rises_where_its_values_do_and_lies_on_its_level() -> None:
    picture = parsed(Lines(title="", x=DAYS, lines=(Line("one", [1.0, 2.0, 1.0, 0.5, 1.0]),), level=1.0))
    (line,) = [element for element in of_class(picture, "line") if element.tag == "path"]
    (level,) = of_class(picture, "level")
    y = [place for _, place in points(line)]
    assert y[1] < y[0] == y[2] == y[4] == float(level.get("y1", "0")) < y[3]
    assert y[0] - y[1] == pytest.approx(2 * (y[3] - y[2]), abs=0.2)
    x = [place for place, _ in points(line)]
    assert [b - a for a, b in pairwise(x)] == pytest.approx([x[1] - x[0]] * 4, abs=0.2)


def test_bars_are_as_high_as_their_counts_and_say_them() -> None:
    picture = parsed(Histogram(title="", edges=[0.0, 1.0, 2.0, 3.0], counts=[10, 0, 5], unit=PERCENT))
    first, last = of_class(picture, "bar")
    assert float(first.get("height", "0")) == pytest.approx(2 * float(last.get("height", "0")), abs=0.2)
    assert texts(first) == ["0 % to 100 %: 10"]


def test_a_mark_outside_the_bars_widens_the_axis_to_show_it() -> None:
    picture = parsed(Histogram(title="", edges=[0.0, 1.0], counts=[4], marks=(Mark(9.0, "real"),)))
    (bar,), (mark,) = of_class(picture, "bar"), of_class(picture, "mark")
    assert float(mark.get("x1", "0")) > 5 * float(bar.get("x", "0"))
    assert "real" in texts(picture)


def test_axes_of_percent_and_of_small_ratios_are_written_in_their_units() -> None:
    picture = parsed(Lines(title="", x=DAYS, lines=(Line("one", [0.0, -0.05, -0.1, -0.15, 0.0]),), unit=PERCENT))
    assert {"0 %", "−5 %", "−10 %", "−15 %"} <= set(texts(picture))
    picture = parsed(Lines(title="", x=[0, 1], lines=(Line("one", [0.5, 20.0]),), time=False, log=True))
    assert {"0.5", "1", "2", "5", "10", "20"} <= set(texts(picture))


def test_names_of_lines_that_end_together_are_moved_apart() -> None:
    assert apart([50.0, 51.0, 80.0], 13.0, 0.0, 100.0) == [50.0, 63.0, 80.0]
    assert apart([95.0, 99.0], 13.0, 0.0, 100.0) == [87.0, 100.0]


def test_thinning_keeps_both_ends_and_every_extreme() -> None:
    ys: Sequence[float] = [math.sin(i / 50) for i in range(5000)]
    xs = [float(i) for i in range(5000)]
    ys = [*ys[:2500], 9.0, *ys[2501:4000], -9.0, *ys[4001:]]
    kept = thinned(xs, ys, most=400)
    assert len(kept) <= 400
    assert kept[0] == (0.0, ys[0])
    assert kept[-1] == (4999.0, ys[-1])
    assert (2500.0, 9.0) in kept
    assert (4000.0, -9.0) in kept
    assert [x for x, _ in kept] == sorted({x for x, _ in kept})
    assert thinned([1.0, 2.0, 3.0], [1.0, math.nan, 2.0]) == [(1.0, 1.0), (3.0, 2.0)]
