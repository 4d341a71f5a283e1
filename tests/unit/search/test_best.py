"""The best of a search, in a few numbers: equal to a plain count over trade lists and to the whole search."""

import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from tests.unit.search.small import COIN_SPACE, DETECTORS, FREE, Coin, Slope, market, scheme, search, universe_of

from tradewind.model.bars import Bars
from tradewind.search import best, scoring
from tradewind.search.best import best_of
from tradewind.search.listed import Listed
from tradewind.search.recorded import replay_configuration
from tradewind.search.scoring import R2, TRADES, R
from tradewind.search.space import Space
from tradewind.search.universe import Mask, Universe
from tradewind.search.windows import Scheme
from tradewind.stats import scores
from tradewind.stats.permutation import Best

SHORTLISTED = 12
NAMES = Slope().names
ROUNDING = 1e-9


@pytest.fixture(autouse=True)
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortlists shorter than the small spaces, so that they decide who competes."""
    monkeypatch.setattr(scoring, "SHORTLIST", SHORTLISTED)


@pytest.fixture(scope="module")
def series() -> Sequence[Bars]:
    return market(12_000)


def made(series: Sequence[Bars], space: Space, durations: Scheme | None = None, *, reports: bool = False) -> Universe:
    return universe_of(series, space, durations, DETECTORS if reports else (Slope(),), costs=FREE)


def r_by_label(universe: Universe, space: Space, number: int, mask: Mask | None) -> Mapping[int, list[float]]:
    """R of every trade signalled in a tested segment, by label of the signal's bar; -1 where there is none."""
    laid = universe.segmentation
    tested = {segment for window in laid.windows for segment in range(window.in_end, window.out_end)}
    found: dict[int, list[float]] = {}
    for one in universe.symbols:
        trades = replay_configuration(one, space, number, mask)
        for signal, r in zip(trades.signal.tolist(), trades.r.tolist(), strict=True):
            if (int(one.bars.ts[signal]) - laid.start_ms) // laid.segment_ms in tested:
                found.setdefault(int(one.labels[0][signal]), []).append(r)
    return found


def plain_weights(universe: Universe) -> list[float]:
    laid = universe.segmentation
    tested = {segment for window in laid.windows for segment in range(window.in_end, window.out_end)}
    count = [0] * len(NAMES)
    for one in universe.symbols:
        for ts, label in zip(one.bars.ts.tolist(), one.labels[0].tolist(), strict=True):
            if label >= 0 and (ts - laid.start_ms) // laid.segment_ms in tested:
                count[label] += 1
    covered = [share >= 0.05 * sum(count) for share in count]
    return [one / sum(covered) for one in covered]


def plain_t(by_regime: Sequence[list[float]], weights: Sequence[float]) -> float:
    parts = [(w, own) for w, own in zip(weights, by_regime, strict=True) if w > 0]
    mean = sum(w * statistics.fmean(own) for w, own in parts)
    return mean / math.sqrt(sum(w * w * statistics.variance(own) / len(own) for w, own in parts))


def plain_best(universe: Universe, space: Space) -> Best:
    """The statistic from trade lists, one configuration after the other."""
    weights, labels = plain_weights(universe), range(len(NAMES))
    lists = [r_by_label(universe, space, number, None) for number in range(len(space))]
    over_all = -math.inf
    for own in lists:
        regimes = [own.get(label, []) for label in labels]
        if sum(map(len, regimes)) >= 100 and all(len(r) >= 30 for r, w in zip(regimes, weights, strict=True) if w > 0):
            over_all = max(over_all, plain_t(regimes, weights))
    by_regime = []
    for label in labels:
        edges = [(-sum(own[label]) / (len(own[label]) + 30), n) for n, own in enumerate(lists) if own.get(label)]
        competing = [n for _, n in sorted(edges)[:SHORTLISTED]]
        walked = [r_by_label(universe, space, n, Mask(0, label)).get(label, []) for n in competing]
        by_regime.append(max((plain_t([own], [1.0]) for own in walked if len(own) >= 100), default=-math.inf))
    return Best(over_all, tuple(by_regime))


def assert_same(found: Best, expected: Best) -> None:
    assert found.statistic == pytest.approx(expected.statistic, rel=ROUNDING)
    assert found.by_regime == pytest.approx(expected.by_regime, rel=ROUNDING)


@pytest.mark.slow
@pytest.mark.parametrize("fixed", [{}, {"exit_on_opposite": True}, {"exit_on_regime_change": True}])
def test_the_best_is_that_of_a_plain_count_over_trade_lists(series: Sequence[Bars], fixed: Mapping[str, bool]) -> None:
    space = Space.of(Coin, {"seed": [1], "share": [0.02, 0.3]}, fixed)
    universe = made(series, space)
    expected = plain_best(universe, space)
    assert all(math.isfinite(value) for value in (expected.statistic, *expected.by_regime))
    assert_same(best_of(universe, space), expected)


def test_with_exact_masks_everybody_competes_for_specialist(
    series: Sequence[Bars], monkeypatch: pytest.MonkeyPatch
) -> None:
    universe = made(series, COIN_SPACE)
    short = best_of(universe, COIN_SPACE)
    exact = best_of(universe, COIN_SPACE, exact_masks=True)
    monkeypatch.setattr(scoring, "SHORTLIST", len(COIN_SPACE))
    assert_same(exact, best_of(universe, COIN_SPACE))
    assert exact.statistic == short.statistic
    assert exact.by_regime != short.by_regime


@pytest.mark.slow
def test_the_best_over_all_is_that_of_the_whole_searchs_candidate_table(series: Sequence[Bars]) -> None:
    two_days = Scheme.of_days(in_sample_days=3, out_of_sample_days=1, step_days=4, purge_bars=61)
    universe = made(series, COIN_SPACE, two_days, reports=True)
    found = search(universe)
    cells, fit = found.candidates.cells, found.candidates.eligible
    each = scores.robust_t(cells[..., TRADES], cells[..., R], cells[..., R2], found.weights.test)
    assert 0 < fit.sum() < len(fit)
    assert best_of(universe, COIN_SPACE).statistic == pytest.approx(each[fit].max(), rel=ROUNDING)
    # Detectors that only report change nothing.
    assert_same(best_of(made(series, COIN_SPACE, two_days), COIN_SPACE), best_of(universe, COIN_SPACE))


@pytest.mark.slow
def test_the_whole_searchs_specialists_are_among_those_ranked(series: Sequence[Bars]) -> None:
    universe = made(series, COIN_SPACE, reports=True)
    found = best_of(universe, COIN_SPACE)
    chosen = [one for one in search(universe).specialists[0] if not one.stands_aside]
    assert chosen
    for one in chosen:
        own = r_by_label(universe, COIN_SPACE, one.number, one.mask)[one.mask.label]
        assert len(own) == one.trades
        assert plain_t([own], [1.0]) <= found.by_regime[one.mask.label] * (1 + ROUNDING)


def test_windows_with_holes_between_their_tests_are_pooled_too(series: Sequence[Bars]) -> None:
    space = Space.of(Coin, {"seed": [3], "share": [0.3]})
    durations = Scheme.of_days(in_sample_days=2, out_of_sample_days=1, step_days=3, purge_bars=61)
    universe = made(series, space, durations)
    assert np.diff(universe.segmentation.test_segments.astype(int)).tolist().count(1) > 1
    assert_same(best_of(universe, space), plain_best(universe, space))


def test_a_list_of_configurations_has_the_best_of_the_grid_it_lists(series: Sequence[Bars]) -> None:
    space = Space.of(Coin, {"seed": [1], "share": [0.02, 0.3]})
    listed = Listed.among(space, [space.searched_at(number) for number in range(len(space))])
    assert_same(best_of(made(series, listed), listed), best_of(made(series, space), space))


def test_how_the_work_is_cut_up_changes_nothing(series: Sequence[Bars], monkeypatch: pytest.MonkeyPatch) -> None:
    universe = made(series, COIN_SPACE)
    whole = best_of(universe, COIN_SPACE)
    monkeypatch.setattr(best, "UNIT_CONFIGURATIONS", 2 * COIN_SPACE.signals + 1)
    assert best_of(universe, COIN_SPACE) == whole
    monkeypatch.setattr(best, "SPAN_BARS", 700)
    assert_same(best_of(universe, COIN_SPACE), whole)


def test_where_nobody_has_enough_trades_there_is_no_best() -> None:
    space = Space.of(Coin, {"seed": [1], "share": [0.005]})
    durations = Scheme.of_days(in_sample_days=1, out_of_sample_days=1, step_days=1, purge_bars=61)
    found = best_of(made(market(3000), space, durations), space)
    assert found == Best(-math.inf, (-math.inf, -math.inf))


def test_work_is_told_and_can_be_stopped(series: Sequence[Bars]) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    universe = made(series, COIN_SPACE, scheme())
    with pytest.raises(KeyboardInterrupt):
        best_of(universe, COIN_SPACE, stop)
