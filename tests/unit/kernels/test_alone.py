"""Signals as bits, as the walk of single configurations reads them."""

import numpy as np
import pytest

from tradewind.kernels.alone import next_opposite, next_signal, pack, words_for
from tradewind.kernels.exits import NEVER

LENGTHS = [1, 2, 63, 64, 65, 128, 200]


def packed(direction):
    some, short = np.empty((2, words_for(len(direction))), np.uint64)
    pack(np.array(direction, np.int8), some, short)
    return some, short


@pytest.mark.parametrize("bars", LENGTHS)
def test_every_bar_but_the_last_finds_the_next_signal_and_from_the_last_on_something_behind_the_end(bars: int) -> None:
    direction = np.random.default_rng(bars).choice([0, 0, 0, 0, 0, 0, 0, 0, 1, -1], bars)
    direction[-1] = 1
    some, _ = packed(direction)
    for t in range(bars + 1):
        expected = next((at for at in range(t, bars - 1) if direction[at]), None)
        found = next_signal(some, t)
        assert found == expected if expected is not None else found >= bars


def test_what_is_against_a_trade_is_the_other_sides_signal_before_the_limit() -> None:
    direction = [0] * 150
    direction[3], direction[70], direction[140] = 1, -1, 1
    some, short = packed(direction)
    assert next_opposite(some, short, True, 0, 150) == 70
    assert next_opposite(some, short, True, 70, 71) == 70
    assert next_opposite(some, short, True, 0, 70) == NEVER, "the limit itself does not count"
    assert next_opposite(some, short, True, 71, 150) == NEVER
    assert next_opposite(some, short, False, 4, 150) == 140
    assert next_opposite(some, short, False, 4, 150 - 10) == NEVER
