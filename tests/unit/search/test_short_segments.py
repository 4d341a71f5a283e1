"""Windows of any length: where their segments begin, which days count, and what their sums are."""

from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.small import (
    FREE,
    Coin,
    assert_same_sums,
    bars_named,
    naive_sums,
    nothing,
    search,
    universe_of,
)

from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import NoData
from tradewind.model.params import choice
from tradewind.model.signals import Signals
from tradewind.search.cells import walk_unmasked
from tradewind.search.recorded import replay_configuration
from tradewind.search.scoring import TRADES, OutOfSample, R, Weights, candidates_of, in_sample_sums
from tradewind.search.search import plans_together
from tradewind.search.space import Space
from tradewind.search.universe import ALL, Universe
from tradewind.search.windows import Scheme, Segmentation

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SHORT_COIN = Space.of(Coin, {"hold": (1, 20), "seed": (1, 2), "atr_period": (3,)})
PURGE = 21


def minutes(inside: int, outside: int, step: int, *, purge: int = PURGE, anchored: bool = False) -> Scheme:
    return Scheme(
        in_sample_ms=inside * MINUTE, out_of_sample_ms=outside * MINUTE, step_ms=step * MINUTE, purge_bars=purge,
        anchored=anchored,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMinute(Coin):
    """One signal in every hundred bars, `offset` bars from the first; always held to the last bar of its life."""

    offset: int = choice(0, 1, 77, 78, 79, 80, 98, 99)
    seed: int = 1
    share: float = 1.0
    atr_period: int = choice(3, exit=True)
    stop_atr: float = choice(1e4, exit=True)
    target_atr: float = choice(1e4, exit=True)
    hold: int = choice(20, exit=True)

    def signals(self, features: Features) -> Signals:
        bar = (features.ts - features.ts[0]) // MINUTE
        return Signals((bar % 100 == self.offset).astype(np.int8))


def even_bars(count: int) -> Bars:
    """Every minute from 05:37 on, price on a slow wave."""
    close = 100 + np.sin(np.arange(count) / 50)
    ts = 19_723 * DAY + (337 + np.arange(count)) * MINUTE
    return Bars(
        venue="made up", symbol="BTC/USDT:USDT", timeframe="1m", ts=ts, open=close, high=close + 0.01,
        low=close - 0.01, close=close, volume=np.ones(count),
    )  # fmt: skip


def test_a_trade_on_each_edge_of_a_segment_of_a_hundred_bars_is_purged_by_the_bar() -> None:
    space = Space.of(AtMinute)
    universe = universe_of([even_bars(1200)], space, minutes(500, 100, 100), costs=FREE)
    laid = universe.segmentation
    assert laid.start_ms == int(universe.symbols[0].bars.ts[0])
    walked = walk_unmasked(universe, space, [0], nothing)
    window = laid.windows[2]
    assert (window.in_first, window.in_end, window.out_end) == (2, 7, 8)
    inside = in_sample_sums(walked.cells, laid.rows)[0, 2, :, ALL]
    # Five segments; of the last one a signal at bar 79 or later may still be open at bar 100, where the test begins.
    assert dict(zip(space.signal_values["offset"], inside, strict=True)) == {
        0: 5, 1: 5, 77: 5, 78: 5, 79: 4, 80: 4, 98: 4, 99: 4
    }  # fmt: skip
    outside = walked.cells[window.in_end : window.out_end].sum(axis=(0, 1))[:, ALL, TRADES]
    assert (outside == 1).all(), "the first bar of the test is in it, the last too"
    trades = replay_configuration(universe.symbols[0], space, 3)
    assert trades.exit[trades.signal == 678].tolist() == [699], "the last that stays leaves on the last bar in sample"


@cache
def short_market() -> tuple[Bars, ...]:
    return tuple(bars_named(symbol, seed, 2500, skip) for symbol, seed, skip in
                 (("BTC/USDT:USDT", 1, 0), ("ETH/USDT:USDT", 2, 700)))  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    unit=st.integers(PURGE, 130), inside=st.integers(1, 9), outside=st.integers(1, 4), step=st.integers(1, 4),
    anchored=st.booleans(), number=st.integers(0, len(SHORT_COIN) - 1), warm_up=st.integers(0, 90),
)  # fmt: skip
def test_windows_of_any_length_are_the_continuous_list_of_trades_filtered_by_signal_bar(
    unit: int, inside: int, outside: int, step: int, anchored: bool, number: int, warm_up: int
) -> None:
    scheme = minutes(inside * unit, outside * unit, step * unit, anchored=anchored)
    base = universe_of(list(short_market()), SHORT_COIN, minutes(60, 60, 60))
    starts = min(int(bars.ts[0]) for bars in short_market())
    end = max(int(bars.ts[-1]) for bars in short_market()) + MINUTE
    laid = Segmentation.over(starts, end, scheme, clean_from_ms=starts + warm_up * MINUTE, force=True)
    universe = again(base, laid)
    laid = universe.segmentation
    walked = walk_unmasked(universe, SHORT_COIN, [number // SHORT_COIN.signals], nothing)
    row = number % SHORT_COIN.signals
    inside_sums = in_sample_sums(walked.cells, laid.rows)[:, :, row, ALL]
    tables = [(one.bars, replay_configuration(one, SHORT_COIN, number)) for one in universe.symbols]
    for window in laid.windows:
        begin, test, over = (
            laid.start_ms + k * laid.segment_ms for k in (window.in_first, window.in_end, window.out_end)
        )
        expected = np.zeros((2, 2))
        for bars, trades in tables:
            at = bars.ts[trades.signal]
            purged = purged_bars(bars, window.purged, begin, test, laid)
            for k, kept in enumerate(
                ((at >= begin) & (at < test) & ~np.isin(trades.signal, purged), (at >= test) & (at < over))
            ):
                expected[k] += kept.sum(), trades.r[kept].sum()
                if k == 0:
                    assert (bars.ts[trades.exit[kept]] < test).all(), "no trade in sample reaches into the test"
        assert inside_sums[0, window.number] == expected[0, 0]
        assert inside_sums[1, window.number] == pytest.approx(expected[0, 1], abs=1e-9)
        outside_sums = walked.cells[window.in_end : window.out_end, :, row, ALL].sum(axis=(0, 1))
        assert outside_sums[TRADES] == expected[1, 0]
        assert outside_sums[R] == pytest.approx(expected[1, 1], abs=1e-9)


def again(base: Universe, laid: Segmentation) -> Universe:
    """The same symbols under other windows."""
    symbols = [replace(one, day=laid.day_of(one.bars), spans=laid.spans(one.bars)) for one in base.symbols]
    return Universe.of(symbols, laid)


def purged_bars(bars: Bars, segments: int, begin: int, test: int, laid: Segmentation) -> np.ndarray:
    """The last bars of each of the last segments before the test, by time."""
    out = []
    for back in range(segments):
        end = test - back * laid.segment_ms
        own = np.flatnonzero((bars.ts >= max(begin, end - laid.segment_ms)) & (bars.ts < end))
        out.append(own[-laid.scheme.purge_bars :])
    return np.concatenate(out)


def test_segments_of_part_of_a_day_begin_at_the_first_bar_and_those_of_whole_days_at_midnight() -> None:
    start, end = 10 * DAY + 5 * HOUR, 20 * DAY
    hours = Scheme(in_sample_ms=14 * HOUR, out_of_sample_ms=7 * HOUR, step_ms=7 * HOUR, purge_bars=1)
    laid = Segmentation.over(start, end, hours)
    assert (laid.start_ms, laid.segment_ms) == (start, 7 * HOUR)
    whole = Scheme.of_days(in_sample_days=4, out_of_sample_days=2, step_days=2, purge_bars=1)
    laid = Segmentation.over(start, end, whole)
    assert (laid.start_ms, laid.segment_ms) == (10 * DAY, 2 * DAY)


def test_windows_begin_at_the_first_clean_moment_whatever_came_before() -> None:
    hours = Scheme(in_sample_ms=14 * HOUR, out_of_sample_ms=7 * HOUR, step_ms=7 * HOUR, purge_bars=1)
    laid = Segmentation.over(5 * HOUR, 10 * DAY, hours, clean_from_ms=DAY)
    first = laid.windows[0]
    assert laid.segment_start_ms(first.in_first) == DAY
    # 19 hours before it are three segments of 7 hours, of which the first began before the data.
    assert (first.in_first, laid.start_ms) == (3, DAY - 21 * HOUR)


def test_the_over_granular_example_has_1795_windows_and_1794_after_a_segment_of_warm_up() -> None:
    bar = 15 * MINUTE
    scheme = Scheme(in_sample_ms=500 * bar, out_of_sample_ms=100 * bar, step_ms=100 * bar, purge_bars=61)
    start, end = 7 * bar, (7 + 180_000) * bar
    assert len(Segmentation.over(start, end, scheme, force=True).windows) == 1795
    warm = Segmentation.over(start, end, scheme, clean_from_ms=start + 100 * bar, force=True)
    assert len(warm.windows) == 1794
    assert len(Segmentation.over(start, end - bar, scheme, force=True).windows) == 1794, "a last bar is missing"


def test_too_short_a_history_is_told_in_the_unit_of_the_window() -> None:
    hours = Scheme(in_sample_ms=14 * HOUR, out_of_sample_ms=7 * HOUR, step_ms=7 * HOUR, purge_bars=1)
    with pytest.raises(NoData, match="20 hours of history are too few for a window of 21 hours"):
        Segmentation.over(0, 21 * HOUR - MINUTE, hours)


def test_a_day_counts_if_any_of_it_is_tested() -> None:
    # Segments of 10 hours from 05:00: the test of the one window is 01:00 to 21:00 of day 1, that of the next ends
    # at 07:00 of day 2.
    tens = Scheme(in_sample_ms=20 * HOUR, out_of_sample_ms=20 * HOUR, step_ms=10 * HOUR, purge_bars=1)
    one = Segmentation.over(5 * HOUR, 45 * HOUR, tens)
    assert [(w.in_end, w.out_end) for w in one.windows] == [(2, 4)]
    assert one.day_start_ms == 0
    assert one.test_days.tolist() == [False, True, False], "day 0, day 1, the spare day"
    two = Segmentation.over(5 * HOUR, 55 * HOUR, tens)
    assert two.test_days.tolist() == [False, True, True, False]
    assert two.test_day_starts_ms.tolist() == [DAY, 2 * DAY]


def test_a_bar_outside_the_test_falls_on_the_spare_day_even_if_its_day_is_tested() -> None:
    tens = Scheme(in_sample_ms=20 * HOUR, out_of_sample_ms=20 * HOUR, step_ms=10 * HOUR, purge_bars=1)
    laid = Segmentation.over(5 * HOUR, 45 * HOUR, tens)
    ts = np.array([5, 24, 25, 44]) * HOUR
    prices = np.ones(4)
    bars = Bars(
        venue="made up", symbol="BTC/USDT:USDT", timeframe="1h", ts=ts, open=prices, high=prices, low=prices,
        close=prices, volume=prices,
    )  # fmt: skip
    assert laid.day_of(bars).tolist() == [2, 2, 1, 1]


def test_daily_figures_add_up_the_trades_signalled_in_test_segments_day_by_day() -> None:
    universe = universe_of(list(short_market()), SHORT_COIN, minutes(350, 175, 350))
    laid = universe.segmentation
    assert not laid.test_segments.all()
    walked = walk_unmasked(universe, SHORT_COIN, range(SHORT_COIN.plans), nothing)
    figures = candidates_of(walked, OutOfSample.of(walked, universe.segmentation), universe, Weights.of(universe))
    for number in (3, 17, 40):
        assert_same_sums(walked, number, naive_sums(universe, SHORT_COIN, number))
        by_day: dict[int, float] = {}
        for window in laid.windows:
            first, last = (laid.start_ms + k * laid.segment_ms for k in (window.in_end, window.out_end))
            for day in range(first // DAY, (last - 1) // DAY + 1):
                by_day.setdefault(day, 0.0)
            for one in universe.symbols:
                trades = replay_configuration(one, SHORT_COIN, number)
                for at, gain in zip(one.bars.ts[trades.signal].tolist(), trades.log_return.tolist(), strict=True):
                    if first <= at < last:
                        by_day[at // DAY] += gain / 2
        daily = np.array([by_day[day] for day in sorted(by_day)])
        assert figures.sharpe_per_day[number] == pytest.approx(daily.mean() / daily.std(ddof=1))


def test_the_record_of_short_windows_has_every_trade_on_a_test_day() -> None:
    universe = universe_of(list(short_market()), SHORT_COIN, minutes(700, 175, 175), costs=FREE)
    result = search(universe, SHORT_COIN)
    assert result.switch.count + result.static.count > 20
    for record in (result.switch, result.static):
        assert len(record.daily) == universe.segmentation.test_days.sum()
        gains = sum(float(table.log_return.sum()) for table in record.trades)
        assert float(record.daily.sum()) == pytest.approx(gains / 2)


@pytest.mark.parametrize(
    ("segments", "columns", "bars", "signals", "plans", "expected"),
    [
        (79, 10, 7_600_000, 192, 64, 16),  # a reference search
        (1800, 2, 180_000, 24, 24, 12),  # short segments
        (1800, 5, 180_000, 24, 24, 6),  # and many labels: 4 bytes of cells a bar
        (1800, 5, 180_000, 24, 6, 15),  # fewer plans than have room in a unit are one
    ],
)
def test_units_of_a_grid_are_even_in_number_and_smaller_where_cells_weigh_more_than_bars(
    segments: int, columns: int, bars: int, signals: int, plans: int, expected: int
) -> None:
    laid, labelled = SimpleNamespace(segments=segments), SimpleNamespace(count=columns)
    universe: Any = SimpleNamespace(segmentation=laid, columns=labelled, bars=bars)
    space: Any = SimpleNamespace(signals=signals, plans=plans)
    assert plans_together(universe, space) == expected
