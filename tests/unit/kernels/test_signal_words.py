"""Signals as bits, as the walk of single configurations reads them."""

import numpy as np
import pytest

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER
from tradewind.kernels.signal_words import Fades, fade_words, next_opposite, next_signal, pack, words_for
from tradewind.kernels.signals import Fading, least_above

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


@kernel
def words_of(fades, bars, start, count):
    some, short = np.empty(count, np.uint64), np.empty(count, np.uint64)
    fade_words(fades, 0, bars, start, count, some, short)
    return some, short


def fades_of(made):
    pivots = made.pivots or (None, None)
    arrays = (made.score, made.gate, *pivots)
    addresses = [np.array([0 if one is None else one.ctypes.data], np.uint64) for one in arrays]
    return Fades(*addresses, np.array([made.delay]), np.array([least_above(made.threshold)]))


@pytest.mark.parametrize("threshold", [1.0, -0.5])
@pytest.mark.parametrize("delay", [None, 0, 3, 70])
@pytest.mark.parametrize("bars", [64, 65, 130, 200])
def test_words_of_a_block_say_what_the_directions_say(bars: int, delay: int | None, threshold: float) -> None:
    random = np.random.default_rng(bars)
    score = random.normal(size=bars).round(1)
    score[random.random(bars) < 0.1] = np.nan
    gate, low, high = random.random((3, bars)) < [[0.5], [0.4], [0.4]]
    made = Fading(score, gate, threshold, None if delay is None else (low, high), delay or 0)
    direction = np.append(made(), np.zeros(300, np.int8))
    for start in (0, 1, 63, bars - 64, bars - 1, bars + 70):
        some, short = words_of(fades_of(made), bars, start, 3)
        for k in range(3):
            here = direction[start + 64 * k : start + 64 * k + 64]
            assert int(some[k]) == sum(1 << i for i in range(64) if here[i] != 0), (start, k)
            assert int(short[k]) == sum(1 << i for i in range(64) if here[i] < 0), (start, k)
