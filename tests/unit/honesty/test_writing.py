"""Tables and pictures of honesty: made from outcomes, parts that were not tried left open."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from honesty.judging import Rate
from honesty.markets import MAIN_EDGE, NOTHING, PLANTED
from honesty.pictures import histogram, power_curve
from honesty.writing import END, START, lines, write_documents, written

REGIMES = ["BULL", "BEAR", "SIDEWAYS", "STRESS"]
MAIN = next(name for name, kind in PLANTED.items() if kind.edge == MAIN_EDGE)


def luck(p: float) -> dict[str, object]:
    return {"p": p, "statistic": 1.0, "by_regime": [p] * 4, "corrected": [1.0] * 4}


def specialist(net_bp: float) -> dict[str, object]:
    return {
        "number": 3,
        "trades": 120,
        "mean_r": 0.2,
        "later_trades": 80,
        "later_net_bp": net_bp,
        "later_cost_bp": 10.0,
    }


def outcomes() -> dict[str, dict[str, object]]:
    """Ten p-values of each kind, one a bin; four markets with an edge, in three of which it is named."""
    out = {f"luck {kind} {n}": luck((n + 1) / 10) for kind in NOTHING for n in range(10)}
    for n, corrected in enumerate((0.04, 0.04, 0.10, 0.5)):
        named = {"STRESS": specialist(20.0 + n)}
        out[f"detection {MAIN} {n}"] = {
            **luck(0.02), "corrected": [1.0, 1.0, 1.0, corrected], "regimes": REGIMES, "named": named
        }  # fmt: skip
    for n, middle in enumerate((0.0, 0.0, 0.0, 0.004)):
        interval = {"mean": middle, "low": middle - 0.002, "high": middle + 0.002, "days": 48, "block": 1}
        out[f"coverage covered-free {n}"] = {"switch_minus_static": interval, "switch_minus_aside": interval}
    return {key: {"key": key, **value} for key, value in out.items()}


def test_what_passes_what_is_missed_and_what_was_not_tried() -> None:
    said = {line.asked: line for line in lines(outcomes())}
    uniform = [line for asked, line in said.items() if "uniform" in asked]
    assert [line.passed for line in uniform] == [True] * 5
    assert uniform[0].came == "4 4 4 4 4 4 4 4 4 4, chance 1.000"
    (found,) = (line for asked, line in said.items() if "specialist is found" in asked)
    assert found.came.startswith("3 of 4")
    assert found.passed is False  # three quarters are fewer than four fifths
    assert [line.passed for asked, line in said.items() if "promising" in asked] == [None]


def test_tables_show_the_figures_they_are_made_of() -> None:
    text = written(outcomes())
    # The mean of 20, 21, 22, 23 after costs, and 10 of costs more before; its error is √(5/3) ÷ √4.
    assert "| 4 of 4 | 3 of 4 (30% to 95%) |" in text
    assert "| +31.5 | +21.5 ± 0.6 |" in text
    # The truth is the mean of all, 10 bp: three intervals reach up to 20 bp and hold it, one begins at 20 bp.
    assert "3 of 4: 75.0%" in text
    assert "0 below, 1 above" in text


def test_figures_replace_what_stood_between_the_marks_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "honesty.md"
    page.write_text(f"before\n{START}\nstale\n{END}\nafter\n", encoding="utf-8")
    write_documents(tmp_path, outcomes())
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{START}")
    assert text.endswith(f"{END}\nafter\n")
    assert "stale" not in text
    assert {path.name for path in tmp_path.iterdir()} == {"honesty.md", "honesty-p-values.svg", "honesty-power.svg"}


def parts_of(picture: str, name: str) -> list[dict[str, str]]:
    """Attributes of every element of a kind; fails where the picture is not well-formed."""
    root = ET.fromstring(picture)  # noqa: S314 - our own
    return [one.attrib for one in root.iter(f"{{http://www.w3.org/2000/svg}}{name}")]


def bars_of(picture: str) -> list[float]:
    """Heights of the coloured bars of a histogram."""
    wide = [one for one in parts_of(picture, "rect") if float(one["width"]) > 20 and "opacity" not in one]
    return [float(one["height"]) for one in wide]


def test_the_bars_of_the_histogram_are_as_high_as_their_counts() -> None:
    picture = histogram({"one": [0.05] * 3 + [0.95], "other": [0.05]}, 99)
    heights = [height for height in bars_of(picture) if height > 0]
    assert len(heights) == 3
    assert heights[0] / heights[2] == pytest.approx(3.0, abs=0.01)
    assert heights[1] == pytest.approx(heights[2], abs=0.11)


def test_the_power_curve_is_a_picture_with_a_point_for_each_size() -> None:
    picture = power_curve([(0.0, Rate(hits=1, count=50)), (0.8, Rate(hits=45, count=50))])
    points = parts_of(picture, "circle")
    assert len(points) == 2
    assert float(points[0]["cy"]) > float(points[1]["cy"])
