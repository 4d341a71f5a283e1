"""Windows: which segments they hold, what is purged at their edges, and how many there may be."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.search.small import (
    COIN_SPACE,
    DAY_MS,
    FREE,
    Coin,
    market,
    nothing,
    scheme,
    segmentation_of,
    universe_of,
)

from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData
from tradewind.model.params import choice
from tradewind.model.signals import Signals
from tradewind.search.cells import Walked, walk_unmasked
from tradewind.search.recorded import replay_configuration
from tradewind.search.scoring import TRADES, OutOfSample, in_sample_sums
from tradewind.search.space import Space
from tradewind.search.windows import Scheme, Segmentation, reference_scheme

PURGE = 61


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMidnight(Coin):
    """One signal a day, `offset` bars from midnight; always held to the last bar of its life."""

    offset: int = choice(-63, -62, -61, -60, -2, -1, 0, 1)
    seed: int = 1
    share: float = 1.0
    atr_period: int = choice(3, exit=True)
    stop_atr: float = choice(1e4, exit=True)
    target_atr: float = choice(1e4, exit=True)
    hold: int = choice(60, exit=True)

    def signals(self, features: Features) -> Signals:
        return Signals(((features.ts // 60_000 - self.offset) % 1440 == 0).astype(np.int8))


def whole_days(days: int) -> Bars:
    """Every minute of so many days, price on a slow wave."""
    minutes = np.arange(days * 1440)
    close = 100 + np.sin(minutes / 50)
    return Bars(
        venue="made up", symbol="BTC/USDT:USDT", timeframe="1m", ts=(19_723 * 1440 + minutes) * 60_000, open=close,
        high=close + 0.01, low=close - 0.01, close=close, volume=np.ones(len(close)),
    )  # fmt: skip


def only(bars: Bars, kept: np.ndarray) -> Bars:
    """The bars where `kept` is True."""
    columns = ("ts", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[kept] for name in columns})


def test_a_trade_on_each_edge_of_a_window_is_counted_where_its_signal_is_and_purged_by_the_bar() -> None:
    space = Space.of(AtMidnight)
    universe = universe_of([whole_days(9)], space, scheme(PURGE), costs=FREE)
    walked = walk_unmasked(universe, space, [0], nothing)
    window = universe.segmentation.windows[1]
    assert (window.in_first, window.in_end, window.out_end) == (1, 4, 6)
    inside = in_sample_sums(walked.cells, universe.segmentation.rows[1:2])[0, 0, :, 0]
    outside = walked.cells[window.in_end : window.out_end].sum(axis=(0, 1))[:, 0, TRADES]
    # Days 1, 2 and 3: a signal among the last 61 bars of day 3 is purged, the same on days 1 and 2 is not.
    assert dict(zip(space.signal_values["offset"], inside, strict=True)) == {
        -63: 3, -62: 3, -61: 2, -60: 2, -2: 2, -1: 2, 0: 3, 1: 3
    }  # fmt: skip
    assert (outside == 2).all()
    last = universe.symbols[0].bars
    edge = int(np.searchsorted(last.ts, universe.segmentation.start_ms + 4 * DAY_MS))
    trades = replay_configuration(universe.symbols[0], space, 1)
    assert trades.exit[trades.signal == edge - 62].tolist() == [edge - 1], "the last trade that stays leaves in time"


def test_in_sample_sums_are_the_continuous_list_of_trades_filtered_by_signal_bar_and_purge() -> None:
    universe = universe_of(market())
    laid = universe.segmentation
    walked = walk_unmasked(universe, COIN_SPACE, range(COIN_SPACE.plans), nothing)
    sums = in_sample_sums(walked.cells, laid.rows)
    for number in (3, 40, 100, 143):
        tables = [(one, replay_configuration(one, COIN_SPACE, number)) for one in universe.symbols]
        for window in laid.windows:
            count, total = 0, 0.0
            for one, trades in tables:
                start, end = (laid.start_ms + edge * DAY_MS for edge in (window.in_first, window.in_end))
                before_test = np.flatnonzero(one.bars.ts < end)
                purged = before_test[-laid.scheme.purge_bars :]
                stamps = one.bars.ts[trades.signal]
                kept = (stamps >= start) & (stamps < end) & ~np.isin(trades.signal, purged)
                assert (one.bars.ts[trades.exit[kept]] < end).all(), "no trade in sample reaches into the test"
                count, total = count + int(kept.sum()), total + float(trades.r[kept].sum())
            assert sums[0, window.number, number, 0] == count
            assert sums[1, window.number, number, 0] == pytest.approx(total, abs=1e-9)


def test_no_trade_from_before_a_hole_of_almost_a_segment_reaches_from_the_in_sample_part_into_the_test() -> None:
    minutes = np.arange(9 * 1440)
    # Of day 3, the last in sample of the second window, twenty minutes are there; another symbol has all of it.
    thin = whole_days(9)
    thin = only(thin, (minutes < 3 * 1440) | (minutes >= 4 * 1440 - 20))
    whole = replace(whole_days(9), symbol="ETH/USDT:USDT")
    space = Space.of(AtMidnight, {"offset": (-62, -41, -40, -30)})
    universe = universe_of([thin, whole], space, scheme(PURGE), costs=FREE)
    walked = walk_unmasked(universe, space, [0], nothing)
    assert [window.purged for window in universe.segmentation.windows] == [1, 2, 1, 1, 1]
    # Day 1 of both symbols counts; of days 2 and 3 what is not among the last 61 bars of its day.
    assert in_sample_sums(walked.cells, universe.segmentation.rows[1:2])[0, 0, :, 0].tolist() == [5, 2, 2, 2]
    begin = universe.segmentation.start_ms + 4 * DAY_MS
    trades = replay_configuration(universe.symbols[0], space, 3)
    reaching = (thin.ts[trades.signal] < begin - DAY_MS) & (thin.ts[trades.exit] >= begin)
    assert reaching.any(), "without the second purge the last of day 2 would have told of the test"


def test_a_symbol_that_starts_or_ends_near_a_test_purges_no_more_than_one_tail() -> None:
    minutes = np.arange(9 * 1440)
    late = only(whole_days(9), minutes >= 4 * 1440 - 20)
    gone = replace(only(whole_days(9), minutes < 3 * 1440 + 20), symbol="ETH/USDT:USDT")
    laid = Segmentation.over(int(gone.ts[0]), int(late.ts[-1]) + 60_000, scheme(PURGE))
    assert {window.purged for window in laid.purged_over([late, gone]).windows} == {1}


def test_bars_after_the_purge_cannot_change_a_sum_not_even_by_rounding() -> None:
    cells = np.random.default_rng(1).normal(size=(5, 2, 4, 3, 5))
    laid = Segmentation.over(0, 5 * DAY_MS, scheme())
    window = laid.windows[0]
    before = in_sample_sums(cells, laid.rows)
    cells[window.in_end - 1, 1] *= 1e9
    cells[window.in_end :] = np.nan
    assert np.array_equal(in_sample_sums(cells, laid.rows), before)


def test_each_test_segment_counts_once_where_windows_overlap() -> None:
    laid = Segmentation.over(0, 10 * DAY_MS, scheme())
    assert [(w.in_end, w.out_end) for w in laid.windows] == [(3, 5), (4, 6), (5, 7), (6, 8), (7, 9), (8, 10)]
    cells = np.ones((10, 2, 1, 1, 5))
    walked = Walked(np.arange(1), cells, np.zeros((10, 2, 1, 0)), np.zeros((1, laid.days)))
    assert OutOfSample.of(walked, laid).sums[0, 0, 0] == 2 * 7
    assert laid.test_days.sum() == 7


@pytest.mark.parametrize(
    ("days", "expected"),
    [(2000, (168, 28, 28)), (360, (168, 28, 28)), (359, (88, 22, 22)), (120, (28, 7, 7)), (96, (24, 6, 6)),
     (17, (4, 1, 1)), (5, (4, 1, 1))],
)  # fmt: skip
def test_the_reference_scheme_shrinks_with_a_short_history(days: int, expected: tuple[int, int, int]) -> None:
    laid = reference_scheme(days, PURGE)
    assert (laid.in_sample_ms, laid.out_of_sample_ms, laid.step_ms) == tuple(day * DAY_MS for day in expected)


def test_more_than_400_windows_are_refused_unless_forced() -> None:
    fine = Scheme.of_days(in_sample_days=500, out_of_sample_days=100, step_days=100, purge_bars=1)
    with pytest.raises(BadSetting, match="1795 windows fit noise"):
        Segmentation.over(0, 180_000 * DAY_MS, fine)
    assert len(Segmentation.over(0, 180_000 * DAY_MS, fine, force=True).windows) == 1795
    assert len(Segmentation.over(0, (600 + 399 * 100) * DAY_MS, fine).windows) == 400
    with pytest.raises(BadSetting, match="401"):
        Segmentation.over(0, (600 + 400 * 100) * DAY_MS, fine)


def test_a_history_shorter_than_one_window_says_what_it_needs() -> None:
    with pytest.raises(NoData, match="4 days of history are too few for a window of 5 days"):
        Segmentation.over(0, 5 * DAY_MS - 60_000, scheme())


@pytest.mark.parametrize("broken", [{"in_sample_days": 0}, {"step_days": 0}, {"purge_bars": 0}])
def test_senseless_durations_are_refused(broken: dict[str, int]) -> None:
    fine = {"in_sample_days": 3, "out_of_sample_days": 2, "step_days": 1, "purge_bars": 1}
    with pytest.raises(BadSetting):
        Scheme.of_days(**{**fine, **broken})


def test_a_day_that_has_begun_before_the_first_bar_is_day_zero() -> None:
    laid = Segmentation.over(DAY_MS + 3_600_000, 9 * DAY_MS, scheme())
    assert laid.start_ms == DAY_MS
    assert laid.days == 8 + 1, "the spare day comes last"


def test_every_bar_is_in_exactly_one_bucket() -> None:
    for bars in market(5000):
        laid = segmentation_of(
            market(5000), Scheme.of_days(in_sample_days=2, out_of_sample_days=2, step_days=2, purge_bars=61)
        )
        spans = laid.spans(bars).tolist()
        assert [first for first, *_ in spans] == [0, *(end for _, end, *_ in spans)][:-1]
        assert spans[-1][1] == len(bars)


@given(
    inside=st.integers(1, 40), outside=st.integers(1, 20), step=st.integers(1, 20), days=st.integers(60, 300),
    anchored=st.booleans(),
)  # fmt: skip
def test_the_parts_of_a_window_never_overlap(inside: int, outside: int, step: int, days: int, anchored: bool) -> None:
    durations = Scheme.of_days(
        in_sample_days=inside, out_of_sample_days=outside, step_days=step, purge_bars=5, anchored=anchored
    )
    laid = Segmentation.over(0, days * DAY_MS, durations)
    size = laid.segment_ms // DAY_MS
    tested = set()
    for k, window in enumerate(laid.windows):
        assert window.in_first < window.in_end < window.out_end <= laid.segments
        assert (window.out_end - window.in_end) * size == outside
        assert window.in_end * size == inside + k * step
        assert window.in_first * size == (0 if anchored else k * step)
        own = set(range(window.in_end, window.out_end))
        assert step < outside or not own & tested
        tested |= own
    assert set(np.flatnonzero(laid.test_segments).tolist()) == tested
    assert (laid.windows[-1].out_end * size) + step > days, "no further window would have fitted"
