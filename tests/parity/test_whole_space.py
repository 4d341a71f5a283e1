"""The whole reference space on both real weeks, every trade against the twin: minutes, so only where asked for."""

import os

import pytest
from tests.oracle.comparing import twin_bars_of
from tests.oracle.real_bars import REAL_WEEKS, real_bars
from tests.oracle.test_twin_equality import SPACE, compare_scalpers
from tests.oracle.twin import TwinMarket


@pytest.mark.slow
@pytest.mark.parametrize("first_day", REAL_WEEKS)
def test_all_12288_scalpers_on_real_weeks_equal_the_twin(first_day: str) -> None:
    if os.environ.get("TRADEWIND_PARITY") != "full":
        pytest.skip("takes minutes: set TRADEWIND_PARITY=full, as make parity does")
    compare_scalpers(TwinMarket(twin_bars_of(real_bars(first_day))), SPACE)
