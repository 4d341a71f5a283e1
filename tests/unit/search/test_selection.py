"""Selection: who competes for a regime, who wins, and when nobody does."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.search.small import COIN_SPACE, Coin, bars_named, universe_of

from tradewind.search import selection
from tradewind.search.cells import Walked
from tradewind.search.scoring import (
    OutOfSample,
    Shortlist,
    StaticChoice,
    merge_shortlists,
    merge_static,
    shortlist_of,
)
from tradewind.search.selection import (
    MaskedSums,
    Specialist,
    able_signals,
    choose,
    contested,
    masked_sums,
    masked_unit,
    signals_given,
    wanted_by,
)
from tradewind.search.space import Space
from tradewind.search.universe import Columns, Mask
from tradewind.search.windows import Scheme, Segmentation

DAY_MS = 86_400_000
COLUMNS = Columns((("calm", "wild"),))
LAID = Segmentation.over(
    0, 8 * DAY_MS, Scheme.of_days(in_sample_days=4, out_of_sample_days=2, step_days=2, purge_bars=5)
)  # segments of two days: windows 0-1 → 2 and 1-2 → 3


def masked(*periods: list[tuple[float, float]], means: np.ndarray | None = None) -> MaskedSums:
    """Configurations 0, 1, ... under the mask `calm`, given as (trades, mean R) in each period."""
    sums = np.array([[(n, 0, n * r, 0, 0) for n, r in period] for period in periods])
    count = sums.shape[1]
    row_of = np.full((COLUMNS.count, 10), -1)
    row_of[COLUMNS.of(0, 0), :count] = np.arange(count)
    return MaskedSums(
        np.arange(len(sums)),
        sums[..., 0],
        sums[..., 2],
        sums[-1],
        np.zeros((count, 3)) if means is None else means,
        row_of,
    )


def listed(*periods: list[int]) -> Shortlist:
    numbers = np.full((len(periods), len(COLUMNS.masks), 4), -1)
    for period, own in enumerate(periods):
        numbers[period, 0, : len(own)] = own
    return Shortlist(np.arange(len(periods)), np.zeros(numbers.shape), numbers)


def calm(sums: MaskedSums, shortlist: Shortlist | None, period: int = 0) -> Specialist:
    return choose(sums, shortlist, COLUMNS, period, 0)[0]


def test_the_best_shrunk_edge_wins_a_regime() -> None:
    # 200 · 0.2 / 230 = 0.1739 beats 100 · 0.22 / 130 = 0.1692.
    chosen = calm(masked([(100, 0.22), (200, 0.2), (900, 0.1)]), None)
    assert (chosen.number, chosen.trades, chosen.compared) == (1, 200, 3)
    assert chosen.edge == pytest.approx(40 / 230)
    assert chosen.mean_r == pytest.approx(0.2)
    assert chosen.mask == Mask(0, 0)


def test_only_the_own_shortlist_of_a_period_competes() -> None:
    sums = masked([(200, 0.1), (200, 0.9), (200, 0.2)], [(200, 0.1), (200, 0.2), (200, 0.9)])
    shortlist = listed([0, 2], [1])
    assert calm(sums, shortlist, 0).number == 2
    assert calm(sums, shortlist, 1).number == 1


def test_under_a_hundred_trades_nobody_is_chosen() -> None:
    assert calm(masked([(99, 5.0), (100, 0.01)]), None).number == 1
    assert calm(masked([(99, 5.0)]), None).stands_aside


@pytest.mark.parametrize("mean_r", [0.0, -0.1])
def test_a_regime_without_a_positive_edge_stands_aside(mean_r: float) -> None:
    chosen = calm(masked([(500, mean_r), (400, -0.2)]), None)
    assert chosen.stands_aside
    assert (chosen.trades, chosen.compared) == (0, 2)
    assert np.isnan(chosen.edge)


def test_a_regime_nobody_was_walked_under_stands_aside() -> None:
    wild = choose(masked([(500, 0.5)]), None, COLUMNS, 0, 0)[1]
    assert wild.stands_aside
    assert wild.compared == 0


def test_equals_are_ordered_by_number_in_sample_and_by_steadiness_only_on_the_test() -> None:
    means = np.array([[1.0, -1.0, 0.5], [0.2, 0.1, 0.3], [0.2, 0.1, 0.3]])
    sums = masked([(200, 0.2)] * 3, [(200, 0.2)] * 3, means=means)
    assert calm(sums, None, 0).number == 0, "steadiness out of sample is the future of a window"
    assert calm(sums, None, 1).number == 1


def test_edges_of_those_beaten_are_told() -> None:
    chosen = calm(masked([(170, 0.2 - 0.01 * k) for k in range(10)]), None)
    tenth, fiftieth, last = chosen.runner_up_edges
    assert tenth == pytest.approx(170 * 0.11 / 200)
    assert np.isnan(fiftieth)
    assert last == tenth


def test_every_mask_is_walked_with_all_its_shortlists() -> None:
    able = np.ones((COLUMNS.count, 2, COIN_SPACE.signals), np.bool_)
    assert wanted_by(listed([3, 1], [2, 3]), COLUMNS, able, COIN_SPACE) == [
        (Mask(0, 0), 1), (Mask(0, 0), 2), (Mask(0, 0), 3)
    ]  # fmt: skip


def test_who_gives_too_few_signals_in_a_period_is_not_walked_for_it() -> None:
    able = np.ones((COLUMNS.count, 2, COIN_SPACE.signals), np.bool_)
    able[COLUMNS.of(0, 0), 0, [1, 3]] = False
    # On both lists, 3 is walked for the second; 1 and 10, which share signals, would be for the first alone.
    assert wanted_by(listed([3, 1, 10], [2, 3]), COLUMNS, able, COIN_SPACE) == [(Mask(0, 0), 2), (Mask(0, 0), 3)]


def test_who_may_be_chosen_has_signals_enough_under_the_label_in_the_period(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "SPECIALIST_TRADES_MIN", 25)
    laid = Scheme.of_days(in_sample_days=1, out_of_sample_days=1, step_days=1, purge_bars=61)
    space = Space.of(Coin, {"share": (0.0, 0.05), "seed": (1,)})
    universe = universe_of([bars_named("BTC/USDT:USDT", 1, 4 * 1440)], space, laid)
    able = able_signals(signals_given(universe, space))
    assert not able[..., 0].any()
    one = universe.symbols[0]
    edges = universe.segmentation.boundaries(one.bars)
    seen = set()
    for window in universe.segmentation.windows:
        inside = slice(edges[window.in_first], edges[window.in_end])
        given, labels = one.direction(1)[inside] != 0, one.labels[1][inside]
        for label in range(3):
            enough = np.count_nonzero(given & (labels == label)) >= 25
            assert able[universe.columns.of(1, label), window.number, 1] == enough
            seen.add(enough)
    assert seen == {False, True}, "the rule is put to the test on both sides"


def test_periods_in_which_no_mask_is_able_are_not_contested_but_the_test_always_is() -> None:
    able = np.zeros((COLUMNS.count, 4, 2), np.bool_)
    able[0] = True
    assert contested(able).tolist() == [3], "no mask, no contest"
    able[2, 1, 0] = able[1, 2, 1] = True
    assert contested(able).tolist() == [1, 2, 3]


def test_in_a_period_that_is_not_contested_all_regimes_stand_aside() -> None:
    sums = replace(masked([(200, 0.2)]), periods=np.array([3]))
    assert calm(sums, None, 3).number == 0
    assert [s.stands_aside for s in choose(sums, None, COLUMNS, 2, 0)] == [True, True]
    assert choose(sums, None, COLUMNS, 4, 0)[0].compared == 0


def unit(numbers: list[int], trades: np.ndarray, mean_r: np.ndarray) -> Walked:
    """A unit whose figures stand in the body of segment 0 alone, in every column."""
    cells = np.zeros((4, 2, len(numbers), COLUMNS.count, 5))
    cells[0, 0, :, :, 0] = trades[:, np.newaxis]
    cells[0, 0, :, :, 2] = (trades * mean_r)[:, np.newaxis]
    return Walked(np.array(numbers), cells, np.zeros((4, 2, len(numbers), 3)), np.zeros((len(numbers), 8)))


def test_a_shortlist_holds_the_best_edges_of_all_units_and_breaks_ties_by_number() -> None:
    counts = np.array([170.0, 170.0, 0.0, 170.0])
    first = unit([0, 1, 2, 3], counts, np.array([0.1, 0.3, 0.0, -0.2]))
    second = unit([4, 5, 6, 7], counts, np.array([0.3, 0.4, 0.0, 0.1]))
    lists = [shortlist_of(one, OutOfSample.of(one, LAID), LAID, np.arange(3)) for one in (first, second)]
    merged = merge_shortlists(lists)
    own = merged.numbers[0, COLUMNS.masks.index(Mask(0, 0))]
    assert own[:6].tolist() == [0, 1, 3, 4, 5, 7], "those without a trade are not on it"
    assert (own[6:] == -1).all()
    assert merged.edges[0, 0, 4] == pytest.approx(170 * 0.4 / 200)
    assert (merged.numbers[1] == -1).all(), "window 1 starts after segment 0"


def test_masked_sums_know_the_row_of_every_walk_in_whatever_order_it_was_walked() -> None:
    wanted = [(Mask(0, 0), 7), (Mask(0, 1), 7), (Mask(0, 0), 2)]
    order = np.array([2, 0, 1])
    cells = np.zeros((4, 2, 3, 1, 5))
    cells[0, 0, :, 0, 0] = [20, 70, 71]
    walked = Walked(np.array([2, 7, 7]), cells, np.zeros((4, 2, 3, 3)), np.zeros((3, 1)))
    sums = masked_sums([masked_unit(wanted, order, walked, LAID, np.arange(3))], np.arange(3), 2, COLUMNS, 10)
    rows = {key: sums.row_of[COLUMNS.of(*key[0]), key[1]] for key in wanted}
    assert {key: sums.trades[0, row] for key, row in rows.items()} == {
        (Mask(0, 0), 7): 70, (Mask(0, 1), 7): 71, (Mask(0, 0), 2): 20
    }  # fmt: skip
    assert (sums.row_of >= 0).sum() == 3


def test_no_mask_to_walk_gives_empty_sums() -> None:
    sums = masked_sums([], np.arange(3), 2, COLUMNS, 10)
    assert all(s.stands_aside for s in choose(sums, listed([], [], []), COLUMNS, 1, 0))


def test_the_best_static_of_several_units_is_found_and_a_unit_without_one_is_passed_over() -> None:
    nan = float("nan")
    units = [
        StaticChoice(np.array([nan, 0.1]), np.array([nan, 1.0]), np.array([0.0, 500.0]), np.array([-1, 3])),
        StaticChoice(np.array([-0.2, 0.1]), np.array([nan, 2.0]), np.array([200.0, 400.0]), np.array([9, 8])),
    ]
    merged = merge_static(units)
    assert merged.number.tolist() == [9, 8]
    assert merged.robust_edge.tolist() == [-0.2, 0.1]
