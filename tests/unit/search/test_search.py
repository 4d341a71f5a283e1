"""The whole search: same bytes however it is run, no choice that knows the future, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.search.small import (
    COIN_SPACE,
    FREE,
    Coin,
    Count,
    Shelf,
    Threads,
    digest,
    market,
    search,
    universe_of,
)

from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import SearchInconsistent
from tradewind.search import scoring
from tradewind.search.search import SearchResult, run_search
from tradewind.search.space import Space
from tradewind.search.universe import Universe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def universe() -> Universe:
    return universe_of(market(), costs=FREE)


@pytest.fixture(scope="module")
def result(universe: Universe) -> SearchResult:
    return search(universe)


@pytest.fixture
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortlists shorter than the small space, so that they decide who competes."""
    monkeypatch.setattr(scoring, "SHORTLIST", 12)


@pytest.fixture
def two_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units so small that the small space has two."""
    monkeypatch.setattr("tradewind.search.search.UNIT_PLANS", 8)


def test_results_do_not_depend_on_the_number_of_threads_nor_on_the_run(
    universe: Universe, result: SearchResult
) -> None:
    assert digest(search(universe)) == digest(result)
    assert digest(search(universe, threads=3)) == digest(result)


def test_results_do_not_depend_on_the_order_in_which_symbols_are_given(result: SearchResult) -> None:
    assert digest(search(universe_of(market()[::-1], costs=FREE))) == digest(result)


@pytest.mark.usefixtures("two_units")
def test_a_search_that_was_interrupted_goes_on_to_the_same_result(universe: Universe, result: SearchResult) -> None:
    whole, half = Shelf(), Shelf()
    run_search(universe, COIN_SPACE, Threads(1), whole, Count())
    assert whole.walked == 2
    half.units = {1: whole.units[1]}
    again = run_search(universe, COIN_SPACE, Threads(2), half, Count())
    assert half.walked == 1
    assert digest(again) == digest(result)


def test_short_segments_are_walked_in_more_and_smaller_units_to_the_same_result(
    universe: Universe, result: SearchResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_a_plan = COIN_SPACE.signals * universe.segmentation.segments * 2 * universe.columns.count * 5 * 8
    for room, together in ((1, 1), (3 * of_a_plan, 3), (100 * of_a_plan, 16)):
        monkeypatch.setattr("tradewind.search.search.UNIT_BYTES", room)
        shelf = Shelf()
        assert digest(run_search(universe, COIN_SPACE, Threads(2), shelf, Count())) == digest(result)
        assert shelf.walked == -(-COIN_SPACE.plans // together)


@pytest.mark.parametrize("exact", [False, True])
def test_the_watch_is_told_of_all_the_work_and_no_more(universe: Universe, exact: bool) -> None:
    watch = Count()
    run_search(universe, COIN_SPACE, Threads(2), Shelf(), watch, exact_masks=exact)
    assert watch.done == watch.totals
    assert watch.totals[0] == universe.bars * len(COIN_SPACE)
    assert not exact or watch.totals[1] == universe.bars * len(COIN_SPACE) * len(universe.columns.masks)


def test_exact_masks_choose_what_shortlists_of_everything_choose(universe: Universe, result: SearchResult) -> None:
    assert len(COIN_SPACE) < scoring.SHORTLIST
    exact = search(universe, exact_masks=True)
    assert exact.masked_walks == len(COIN_SPACE) * len(universe.columns.masks)
    assert repr(exact.window_specialists) == repr(result.window_specialists)
    assert repr(exact.specialists) == repr(result.specialists)
    assert digest(exact.switch) == digest(result.switch)


@pytest.mark.usefixtures("short_lists")
def test_bars_after_a_window_do_not_change_what_it_chose() -> None:
    series = market()
    before = search(universe_of(series, costs=FREE))
    laid = universe_of(series, costs=FREE).segmentation
    for number in (0, 2):
        cut = laid.start_ms + laid.windows[number].in_end * laid.segment_ms
        after = search(universe_of([changed_from(bars, cut) for bars in series], costs=FREE))
        assert digest(after.candidates) != digest(before.candidates)
        assert choices_of(after)[: number + 1] == choices_of(before)[: number + 1]
        assert choices_of(after)[number + 1 :] != choices_of(before)[number + 1 :]


@pytest.mark.usefixtures("short_lists")
def test_choices_of_a_window_are_the_same_where_the_data_end_with_it() -> None:
    series = market()
    before = search(universe_of(series, costs=FREE))
    laid = universe_of(series, costs=FREE).segmentation
    for number in (0, 2):
        cut = laid.start_ms + laid.windows[number].out_end * laid.segment_ms
        short = [bars.rows(0, int(np.searchsorted(bars.ts, cut))) for bars in series]
        # The end of the data is that of the longest series; a symbol may end earlier.
        universe = universe_of(short, costs=FREE)
        assert len(universe.segmentation.windows) in (number, number + 1)
        seen = len(universe.segmentation.windows)
        assert choices_of(search(universe)) == choices_of(before)[:seen]


def test_somebody_is_chosen_and_somebody_is_not(result: SearchResult) -> None:
    chosen = [not s.stands_aside for row in result.window_specialists for s in row]
    assert any(chosen)
    assert result.switch.count > 100
    assert result.switch.count == sum(len(table) for table in result.switch.trades)


def test_every_configuration_is_in_the_candidate_table_once(result: SearchResult) -> None:
    assert np.array_equal(result.candidates.numbers, np.arange(len(COIN_SPACE)))
    assert sorted(result.ranking.tolist()) == list(range(len(COIN_SPACE)))


def test_where_every_configuration_loses_all_regimes_and_the_baseline_stand_aside() -> None:
    dear = replace(FREE, taker_fee=0.01)
    result = search(universe_of(market(), costs=dear))
    assert all(s.stands_aside for row in (*result.window_specialists, *result.specialists) for s in row)
    assert result.static_number == -1
    assert set(result.window_static) == {-1}
    assert result.switch.count == result.static.count == 0
    assert not result.switch.daily.any()
    assert np.isnan(result.overfit_ratio)


@pytest.mark.parametrize(("column", "error"), [(0, 1.0), (1, 1.0), (2, 0.01), (2, 1e-4), (3, 1e-4), (4, 1e-4)])
def test_a_sum_that_recorded_trades_do_not_confirm_stops_the_search(
    universe: Universe, column: int, error: float
) -> None:
    shelf = Shelf()
    run_search(universe, COIN_SPACE, Threads(1), shelf, Count())
    for unit, kept in shelf.units.items():
        overall = kept.candidates.overall.copy()
        overall[:, column] += error
        shelf.units[unit] = replace(kept, candidates=replace(kept.candidates, overall=overall))
    with pytest.raises(SearchInconsistent, match="replayed trade by trade"):
        run_search(universe, COIN_SPACE, Threads(1), shelf, Count())


@pytest.mark.usefixtures("two_units")
def test_a_unit_kept_from_another_search_stops_the_search(universe: Universe) -> None:
    shelf = Shelf()
    run_search(universe, COIN_SPACE, Threads(1), shelf, Count())
    shelf.units[0] = shelf.units[1]
    with pytest.raises(SearchInconsistent, match="exactly once"):
        run_search(universe, COIN_SPACE, Threads(1), shelf, Count())


def test_a_watch_that_raises_stops_the_search(universe: Universe) -> None:
    class Stop(Count):
        def advance(self, amount: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_search(universe, COIN_SPACE, Threads(2), Shelf(), Stop())


def test_opposite_exits_go_through_the_whole_search() -> None:
    space = Space.of(Coin, {"seed": (1, 2), "share": (0.3,), "stop_atr": (6.0,)}, {"exit_on_opposite": True})
    result = search(universe_of(market(), space, costs=FREE), space, threads=2)
    assert result.replayed >= 12
    assert result.candidates.overall[:, 0].min() > 0


def choices_of(result: SearchResult) -> list[str]:
    """What each window chose and on which figures, to the last bit."""
    return [f"{static} {row!r}" for static, row in zip(result.window_static, result.window_specialists, strict=True)]


def changed_from(bars: Bars, ts: int) -> Bars:
    """Other prices and volume from `ts` on."""
    at = int(np.searchsorted(bars.ts, ts))
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    for name in ("open", "high", "low", "close", "volume"):
        columns[name][at:] = columns[name][at:][::-1] * 1.07
    return replace(bars, **columns)
