"""Hypothesis strategies for bars: gaps, jumps, ties, flat stretches, idle minutes; they shrink to flat, whole bars."""

from hypothesis import strategies as st
from tests.oracle.comparing import bars_of
from tests.oracle.plan_scenarios import BYTES_OF_LANGUAGE, plan_scenario_from
from tests.oracle.scenarios import BYTES_OF_PLAN, BYTES_PER_BAR, Scenario, bars_from, scenario_from
from tests.oracle.twin_law import TwinBars

from tradewind.model.bars import Bars


def plain_bars(least: int = 2, most: int = 60) -> st.SearchStrategy[TwinBars]:
    """Bars as plain lists, prices whole multiples of 0.5 near 100."""
    return _bytes(0, least, most).map(bars_from)


def made_bars(least: int = 2, most: int = 60) -> st.SearchStrategy[Bars]:
    """The same as `Bars` of one symbol at 1m."""
    return plain_bars(least, most).map(bars_of)


def scenarios(least: int = 2, most: int = 60) -> st.SearchStrategy[Scenario]:
    """Bars with arbitrary signals, labels, ATR, plan and costs, for the law of execution."""
    return _bytes(BYTES_OF_PLAN, least, most).map(scenario_from)


def plan_scenarios(least: int = 2, most: int = 60) -> st.SearchStrategy[Scenario]:
    """The same with a plan of the whole language, leverage and funding."""
    return _bytes(BYTES_OF_LANGUAGE, least, most).map(plan_scenario_from)


def _bytes(head: int, least: int, most: int) -> st.SearchStrategy[bytes]:
    return st.integers(least, most).flatmap(
        lambda count: st.binary(min_size=head + count * BYTES_PER_BAR, max_size=head + count * BYTES_PER_BAR)
    )
