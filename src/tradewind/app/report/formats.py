"""How a report writes its figures: a true minus, intervals in brackets, a dash for what is not known."""

from collections.abc import Mapping
from typing import Any

from tradewind.app.charts.scales import MINUS
from tradewind.app.report.blocks import Cell

MISSING = "–"
SMALL_SAMPLE = 100  # trades below which a figure is marked


def number(value: float | None, digits: int = 2) -> str:
    """`1,234.50`, with a true minus; zero has no sign however it came about."""
    if value is None:
        return MISSING
    shown = f"{value:,.{digits}f}"
    return shown.replace("-", "" if float(shown.replace(",", "")) == 0 else MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """The same with a plus before what is more than zero."""
    shown = number(value, digits)
    return f"+{shown}" if value is not None and value > 0 and any(c in "123456789" for c in shown) else shown


def percent(share: float | None, digits: int = 0) -> str:
    return MISSING if share is None else f"{number(100 * share, digits)} %"


def gain(share: float | None, digits: int = 1) -> str:
    return MISSING if share is None else f"{signed(100 * share, digits)} %"


def chance(share: float | None) -> str:
    """A probability as people read it; never rounded to none or all where it is neither."""
    if share is None:
        return MISSING
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{100 * share:.3g} %"


def count(value: float | None) -> str:
    return MISSING if value is None else f"{value:,.0f}"


def trades(value: int) -> Cell:
    """A number of trades, marked where they are few."""
    return Cell(count(value), few=0 < value < SMALL_SAMPLE)


def interval(low: float | None, high: float | None, digits: int = 2, factor: float = 1.0) -> str:
    if low is None or high is None:
        return "too little data"
    return f"{signed(low * factor, digits)} to {signed(high * factor, digits)}"


def win_rate(figures: Mapping[str, Any]) -> str:
    """Percent with the Wilson interval: `45.5 (43.7–47.2)`."""
    if figures["win_rate"] is None:
        return MISSING
    rate, low, high = (100 * figures[key] for key in ("win_rate", "win_low", "win_high"))
    return f"{rate:.1f} ({low:.1f}–{high:.1f})"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
