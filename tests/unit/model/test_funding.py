"""Funding rates: refused where they are none, laid onto bars, and holes in them found."""

import numpy as np
import pytest
from tests.data_files import MAY_12_2022, MINUTE, made_bars, without

from tradewind.model.errors import BadData
from tradewind.model.funding import FundingRates
from tradewind.model.time import HOUR_MS, TimeRange

EIGHT_HOURS = 8 * HOUR_MS


def rates(*pairs: tuple[int, float]) -> FundingRates:
    ts, rate = zip(*pairs, strict=True)
    return FundingRates(venue="binance", symbol="BTC/USDT:USDT", ts=np.array(ts), rate=np.array(rate))


def test_a_rate_belongs_to_the_bar_during_which_it_was_charged() -> None:
    bars = made_bars(1440)
    late = rates((MAY_12_2022, 1e-4), (MAY_12_2022 + EIGHT_HOURS + 17, -2e-4))
    charged = late.at_opens(bars)
    assert charged[0] == 1e-4
    assert charged[480] == -2e-4
    assert np.count_nonzero(charged) == 2


def test_a_rate_in_a_hole_is_charged_at_the_next_bar_there_is() -> None:
    bars = without(made_bars(1440), *range(470, 500))
    charged = rates((MAY_12_2022 + EIGHT_HOURS, 1e-4)).at_opens(bars)
    assert np.flatnonzero(charged).tolist() == [470]
    assert bars.ts[470] == MAY_12_2022 + 500 * MINUTE


def test_rates_before_and_after_the_bars_belong_to_none_and_those_of_one_bar_add_up() -> None:
    bars = made_bars(2, timeframe="1d")
    day = 24 * HOUR_MS
    all_of_them = [(MAY_12_2022 + n * EIGHT_HOURS, 10.0**-n) for n in (1, 2, 3)]
    charged = rates((MAY_12_2022 - 1, 0.05), *all_of_them, (MAY_12_2022 + 2 * day, 0.05)).at_opens(bars)
    assert charged.tolist() == [0.11, 0.001] or charged.tolist() == [0.1 + 0.01, 0.001]


def test_a_hole_is_found_inside_and_at_both_ends() -> None:
    span = TimeRange(MAY_12_2022, MAY_12_2022 + 24 * HOUR_MS)
    at = [MAY_12_2022 + n * EIGHT_HOURS for n in range(3)]
    assert rates(*[(ts, 0.0) for ts in at]).first_hole(span) is None
    assert rates((at[0], 0.0), (at[2], 0.0)).first_hole(span) == (at[0], at[2])
    assert rates((at[2], 0.0)).first_hole(span) == (at[0], at[2])
    assert rates((at[0], 0.0), (at[1], 0.0)).first_hole(span) == (at[1], at[0] + 24 * HOUR_MS)


def test_a_hole_before_the_span_is_no_matter_if_the_next_rate_comes_in_time() -> None:
    span = TimeRange(MAY_12_2022 + HOUR_MS, MAY_12_2022 + 9 * HOUR_MS)
    assert rates((MAY_12_2022 + EIGHT_HOURS, 0.0)).first_hole(span) is None


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 0.2, -0.11])
def test_what_no_venue_would_charge_is_refused_by_its_place(rate: float) -> None:
    with pytest.raises(BadData, match=r"funding rate 1 \(2022-05-12 08:00\).* no rate a venue would charge"):
        rates((MAY_12_2022, 0.0), (MAY_12_2022 + EIGHT_HOURS, rate))


def test_disorder_is_refused() -> None:
    with pytest.raises(BadData, match="not later than the rate before"):
        rates((MAY_12_2022, 0.0), (MAY_12_2022, 0.0))
