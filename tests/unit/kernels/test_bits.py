"""Whole vectors of bars as bits of a word, compiled and not."""

import numpy as np
import pytest

from tradewind.kernels import bits
from tradewind.kernels.compiled import kernel


@kernel
def compiled(direction, low, high, at, below, above):
    some, short = bits.signs(direction, at)
    bits.prefetch(low, at)
    touched = bits.touches(low, high, at, below, above)
    return some, short, touched, bits.lowest(touched)


def uncompiled(direction, low, high, at, below, above):
    some, short = bits._signs_uncompiled(direction, at)
    bits._prefetch_uncompiled(low, at)
    touched = bits._touches_uncompiled(low, high, at, below, above)
    return some, short, touched, bits._lowest_uncompiled(touched)


@pytest.mark.parametrize("read", [compiled, uncompiled])
def test_the_bar_looked_at_is_the_lowest_bit(read) -> None:
    direction = np.zeros(70, np.int8)
    direction[[1, 3, 64, 65]] = [1, -1, -1, 1]
    low, high = np.full(70, 10.0), np.full(70, 12.0)
    low[4], high[6], low[17], low[1] = 9.0, 13.0, 9.0, np.nan
    some, short, touched, first = read(direction, low, high, 1, 9.0, 13.0)
    assert int(some) == 0b101 + (1 << 63), "bars 1, 3 and 64; bar 65 is beyond"
    assert int(short) == 0b100 + (1 << 63)
    assert int(touched) == (1 << 3) + (1 << 5), "bars 4 and 6; bar 17 is beyond, and a missing price touches nothing"
    assert first == 3


@kernel
def reaching(low, high, at, up, level):
    bars = bits.reached(low, high, at, up, level)
    return bars, bits.ones(bars)


def reaching_uncompiled(low, high, at, up, level):
    bars = bits._reached_uncompiled(low, high, at, up, level)
    return bars, bits._ones_uncompiled(bars)


@pytest.mark.parametrize("read", [reaching, reaching_uncompiled])
def test_a_level_is_reached_by_highs_from_below_and_by_lows_from_above(read) -> None:
    low, high = np.full(40, 10.0), np.full(40, 12.0)
    low[[2, 3, 33, 34]] = [9.0, np.nextafter(9.0, 10.0), 8.0, 8.0]
    high[[3, 5, 34]] = [13.0, np.nan, 14.0]
    assert read(low, high, 2, False, 9.0) == (1 + (1 << 31), 2), "bars 2 and 33: at the level counts, bar 34 is beyond"
    assert read(low, high, 2, True, 13.0) == (1 << 1, 1), "bar 3; a missing price reaches nothing"
    assert read(-high, -low, 2, True, -9.0) == (1 + (1 << 31), 2), "prices below zero have the same order"
    assert read(low, high, 2, True, 15.0) == (0, 0)


@pytest.mark.parametrize("read", [compiled, uncompiled])
def test_a_word_without_a_bit_has_its_lowest_one_behind_it(read) -> None:
    quiet = np.full(64, 10.0)
    assert read(np.zeros(64, np.int8), quiet, quiet, 0, 9.0, 11.0) == (0, 0, 0, bits.BITS)


@kernel
def counting(word, bit):
    return bits.ones_from(word, bit)


@pytest.mark.parametrize("count", [counting, bits._ones_from_uncompiled])
def test_bits_of_the_lower_half_are_counted_from_one_on(count) -> None:
    word = np.uint64((7 << 32) + (1 << 31) + 0b1011)
    assert [int(count(word, np.uint64(bit))) for bit in (0, 1, 2, 3, 4, 31)] == [4, 3, 2, 2, 1, 1]
    assert int(count(word, np.uint64(32 + 3))) == 2, "a bit's number goes on from word to word"


@kernel
def keeping(tags, wanted, numbers, kept, at):
    return bits.keep_equal(tags, 1, wanted, numbers, 2, kept, at)


def keeping_uncompiled(tags, wanted, numbers, kept, at):
    return bits._keep_equal_uncompiled(tags, 1, wanted, numbers, 2, kept, at)


@pytest.mark.parametrize("keep", [keeping, keeping_uncompiled])
def test_numbers_of_one_tag_are_kept_in_their_order(keep) -> None:
    tags, numbers = np.full(18, 3, np.int8), np.arange(100, 120, dtype=np.uint16)
    tags[[0, 1, 4, 16, 17]] = 5
    kept = np.zeros(40, np.uint16)
    assert keep(tags, np.int8(5), numbers, kept, np.uint64(7)) == 3, "the first tag is before, the last behind"
    assert kept[7:10].tolist() == [102, 105, 117]
    assert not kept[:7].any()
    assert keep(tags, np.int8(4), numbers, kept, np.uint64(0)) == 0


@kernel
def far_and_true(scores, flags, at, least):
    bits.fetch(scores)
    low, high = bits.far(scores, at, least)
    return low, high, bits.true(flags, at)


def far_and_true_uncompiled(scores, flags, at, least):
    bits._fetch_uncompiled(scores)
    low, high = bits._far_uncompiled(scores, at, least)
    return low, high, bits._true_uncompiled(flags, at)


@pytest.mark.parametrize("read", [far_and_true, far_and_true_uncompiled])
def test_what_lies_at_an_address_is_compared_bar_by_bar(read) -> None:
    scores, flags = np.zeros(70), np.zeros(70, np.bool_)
    scores[[0, 2, 3, 5, 65, 66]] = [-9.0, -2.0, 2.0, np.nan, 3.0, 3.0]
    scores[10], scores[11] = np.nextafter(2.0, 0), np.nextafter(-2.0, 0)
    flags[[2, 9, 65, 66]] = True
    low, high, shown = read(np.uint64(scores.ctypes.data), np.uint64(flags.ctypes.data), 2, 2.0)
    assert int(low) == 1, "bar 2; bar 11 falls short by a hair, and a missing score is not far"
    assert int(high) == (1 << 1) + (1 << 63), "bars 3 and 65; bar 66 is beyond"
    assert int(shown) == 1 + (1 << 7) + (1 << 63)
