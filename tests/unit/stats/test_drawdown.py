"""The deepest fall of an equity path, by hand and against a loop over all pairs of points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tradewind.stats.drawdown import Drawdown, equity_path, max_drawdown

PATHS = arrays(np.float64, st.integers(1, 40), elements=st.integers(1, 1000).map(float))


def test_a_fall_by_a_quarter_is_found_with_its_dates() -> None:
    assert max_drawdown([100, 120, 110, 90, 100, 125, 124]) == Drawdown(0.25, 1, 3, 5)


def test_a_path_that_never_came_back_has_no_recovery() -> None:
    assert max_drawdown([100, 200, 50, 199]) == Drawdown(0.75, 1, 2, None)


def test_coming_back_exactly_to_the_peak_is_a_recovery() -> None:
    assert max_drawdown([1.0, 0.5, 1.0]).recovery == 2


def test_a_peak_held_for_a_while_starts_the_fall_where_it_ends() -> None:
    assert max_drawdown([2.0, 2.0, 1.0, 2.0]) == Drawdown(0.5, 1, 2, 3)


def test_a_path_that_only_rises_has_no_drawdown() -> None:
    assert max_drawdown([1, 2, 3]) == Drawdown(0.0, 0, 0, 0)


def test_a_loss_on_the_first_day_counts_because_the_path_starts_before_it() -> None:
    assert max_drawdown(equity_path(np.log([0.9, 1.0]))).fraction == pytest.approx(0.1, rel=1e-12)


def test_log_returns_compound() -> None:
    np.testing.assert_allclose(equity_path(np.log([1.1, 0.5])), [1.0, 1.1, 0.55], rtol=1e-12)


@pytest.mark.parametrize("path", [[], [1.0, 0.0], [1.0, float("nan")], [1.0, -1.0]])
def test_equity_that_is_not_positive_is_refused(path: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        max_drawdown(path)


@given(PATHS)
def test_no_pair_of_points_falls_deeper(path: np.ndarray) -> None:
    found = max_drawdown(path)
    falls = [1 - path[later] / path[earlier] for earlier in range(len(path)) for later in range(earlier, len(path))]
    assert found.fraction == pytest.approx(max(falls), abs=1e-12)
    assert 1 - path[found.trough] / path[found.start] == pytest.approx(found.fraction, abs=1e-12)
    if found.recovery is not None:
        assert path[found.recovery] >= path[found.start]
        assert (path[found.start + 1 : found.recovery] < path[found.start]).all()


@given(PATHS, st.integers(2, 9))
def test_the_size_of_the_account_does_not_matter(path: np.ndarray, times: int) -> None:
    assert max_drawdown(path * times).fraction == pytest.approx(max_drawdown(path).fraction, abs=1e-12)
