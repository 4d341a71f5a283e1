"""How figures are written in tables and sentences: rates with intervals, signs, dashes for what is not known."""

from collections.abc import Mapping
from typing import Any

MISSING = "–"
SMALL = "*"  # marks a cell with fewer than 100 trades
SMALL_SAMPLE = 100


def win_rate(figures: Mapping[str, Any]) -> str:
    """Percent with the Wilson interval: `45.5 [43.7–47.2]`."""
    if figures["win_rate"] is None:
        return MISSING
    rate, low, high = (100 * figures[key] for key in ("win_rate", "win_low", "win_high"))
    return f"{rate:.1f} [{low:.1f}–{high:.1f}]"


def trade_count(trades: int) -> str:
    """A number of trades, marked where they are few."""
    return f"{trades:,}{SMALL if trades < SMALL_SAMPLE else ''}"


def sharpe_a_year(record: Mapping[str, Any]) -> str:
    """The annual Sharpe ratio with its interval: `+6.34 [+1.80 … +10.88]`."""
    ratio = signed(record["sharpe_per_year"], 2)
    if record["sharpe_low"] is None:
        return ratio
    return f"{ratio} [{signed(record['sharpe_low'], 2)} … {signed(record['sharpe_high'], 2)}]"


def percent(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0%}"


def number(value: float | None, digits: int) -> str:
    return MISSING if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int) -> str:
    return MISSING if value is None else f"{value:+.{digits}f}"


def ordinal(count: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"
