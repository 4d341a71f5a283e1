"""Figures of configurations against the same figures from their recorded trades."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.search.small import COIN_SPACE, DETECTORS, market, naive_sums, nothing, universe_of

from tradewind.search.cells import Walked, walk_unmasked
from tradewind.search.recorded import replay_configuration
from tradewind.search.scoring import Candidates, OutOfSample, Weights, candidates_of, static_choice
from tradewind.search.universe import ALL, Universe

NUMBERS = (0, 20, 77, 143)


@pytest.fixture(scope="module")
def universe() -> Universe:
    return universe_of(market())


@pytest.fixture(scope="module")
def walked(universe: Universe) -> Walked:
    return walk_unmasked(universe, COIN_SPACE, range(COIN_SPACE.plans), nothing)


@pytest.fixture(scope="module")
def candidates(universe: Universe, walked: Walked) -> Candidates:
    return candidates_of(walked, OutOfSample.of(walked, universe.segmentation), universe, Weights.of(universe))


def trades_of_the_test(universe: Universe, number: int) -> dict[str, np.ndarray]:
    """Columns of all trades signalled in test segments, in plain arrays."""
    laid = universe.segmentation
    parts = []
    for one in universe.symbols:
        trades = replay_configuration(one, COIN_SPACE, number)
        day = (one.bars.ts[trades.signal] - laid.start_ms) // 86_400_000
        inside = (day >= laid.windows[0].in_end) & (day < laid.windows[-1].out_end)
        move = trades.direction * (trades.exit_price - trades.entry_price) - trades.fees
        columns = {
            "r": trades.r, "net": move / trades.entry_price, "held": trades.exit - trades.entry, "day": day,
            "ambiguous": trades.ambiguous, "log_return": trades.log_return, "label": trades.label,
        }  # fmt: skip
        parts.append({name: values[inside] for name, values in columns.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@pytest.mark.parametrize("number", NUMBERS)
def test_candidate_figures_are_those_of_the_trades_of_the_test(
    universe: Universe, candidates: Candidates, number: int
) -> None:
    trades = trades_of_the_test(universe, number)
    r = trades["r"]
    assert candidates.overall[number, 0] == len(r) > 100
    assert candidates.overall[number, 1] == (r > 0).sum()
    np.testing.assert_allclose(
        candidates.overall[number, 2:], [r.sum(), (r**2).sum(), r[r > 0].sum()], rtol=1e-9, atol=1e-9
    )
    assert candidates.mean_net_return[number] == pytest.approx(trades["net"].mean(), abs=1e-12)
    assert candidates.bars_held[number] == trades["held"].sum()
    assert candidates.ambiguous[number] == trades["ambiguous"].sum()
    assert candidates.dropped[number] == naive_sums(universe, COIN_SPACE, number).dropped
    for label in range(2):
        assert candidates.cells[number, label, 0] == (trades["label"] == label).sum()


@pytest.mark.parametrize("number", NUMBERS)
def test_sharpe_and_drawdown_are_those_of_the_daily_returns_of_equal_shares(
    universe: Universe, candidates: Candidates, number: int
) -> None:
    trades = trades_of_the_test(universe, number)
    first, end = universe.segmentation.windows[0].in_end, universe.segmentation.windows[-1].out_end
    daily = np.array([trades["log_return"][trades["day"] == day].sum() / 3 for day in range(first, end)])
    assert candidates.sharpe_per_day[number] == pytest.approx(daily.mean() / daily.std(ddof=1))
    peak, worst, equity = 1.0, 0.0, 1.0
    for change in daily:
        equity *= np.exp(change)
        peak = max(peak, equity)
        worst = max(worst, 1 - equity / peak)
    assert candidates.max_drawdown[number] == pytest.approx(worst)


def test_weights_are_equal_over_regimes_that_cover_a_twentieth_of_the_bars(universe: Universe) -> None:
    weights = Weights.of(universe)
    laid = universe.segmentation
    for number, window in enumerate(laid.windows):
        counts = np.zeros(2)
        for one in universe.symbols:
            day = (one.bars.ts - laid.start_ms) // 86_400_000
            inside = (day >= window.in_first) & (day < window.in_end)
            for label in range(2):
                counts[label] += (one.labels[0][inside] == label).sum()
        assert weights.in_sample[number].tolist() == (0.5 * (counts / counts.sum() >= 0.05)).tolist()
    assert weights.test_shares.sum() == pytest.approx(1.0)


def test_steadiness_of_a_static_choice_does_not_see_trades_that_end_in_the_test(
    universe: Universe, walked: Walked, candidates: Candidates
) -> None:
    weights, windows = Weights.of(universe), np.arange(len(universe.segmentation.windows))
    before = static_choice(walked, universe, weights, candidates, windows)
    window = universe.segmentation.windows[0]
    cells = walked.cells.copy()
    cells[window.in_end - 1, 1] += 3.0
    cells[window.in_end :] *= 7.0
    after = static_choice(replace(walked, cells=cells), universe, weights, candidates, windows)
    for name in ("number", "robust_edge", "stability", "trades"):
        assert getattr(after, name)[0] == getattr(before, name)[0], name


def test_columns_of_all_detectors_add_up_to_the_trades_whose_labels_are_known(walked: Walked) -> None:
    whole = walked.cells[..., ALL, 0].sum()
    first = 1
    for detector in DETECTORS:
        columns = walked.cells[..., first : first + len(detector.names), 0].sum()
        assert 0.95 * whole < columns <= whole
        first += len(detector.names)
