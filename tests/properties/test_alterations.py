"""Whatever the bars: altered ones are valid, as volatile as before, and a market flipped twice is itself again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.properties.made_bars import made_bars

from tradewind.evidence.alterations import Alteration, altered
from tradewind.model.bars import Bars

SEEDS = st.integers(0, 2**32)


def true_ranges(bars: Bars) -> np.ndarray:
    before = np.concatenate([bars.open[:1], bars.close[:-1]])
    return np.log(np.maximum(bars.high, before) / np.minimum(bars.low, before))


@given(made_bars(), SEEDS, st.sampled_from(list(Alteration)))
def test_altered_bars_are_valid_bars_at_the_same_times(bars: Bars, seed: int, alteration: Alteration) -> None:
    (made,) = altered([bars], alteration, seed)  # Bars refuses prices outside of high and low
    assert np.array_equal(made.ts, bars.ts)
    assert len(made) == len(bars)


@given(made_bars(), SEEDS)
def test_a_flip_keeps_the_true_range_of_every_bar_and_a_shuffle_all_of_them(bars: Bars, seed: int) -> None:
    was = true_ranges(bars)
    (flipped,), (shuffled,) = altered([bars], Alteration.FLIP, seed), altered([bars], Alteration.SHUFFLE, seed)
    np.testing.assert_allclose(true_ranges(flipped), was, rtol=0, atol=1e-10)
    np.testing.assert_allclose(np.sort(true_ranges(shuffled)), np.sort(was), rtol=0, atol=1e-10)


@given(made_bars(), SEEDS)
def test_a_market_flipped_twice_by_the_same_toss_is_itself_again(bars: Bars, seed: int) -> None:
    (once,) = altered([bars], Alteration.FLIP, seed)
    (twice,) = altered([once], Alteration.FLIP, seed)
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(getattr(twice, name), getattr(bars, name), rtol=1e-10, atol=0)
