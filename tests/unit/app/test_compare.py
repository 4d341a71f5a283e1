"""Two runs side by side."""

from pathlib import Path

import pytest
from scipy.stats import spearmanr
from tests.unit.app.small_search import searched, small_request

from tradewind.app.compare import compare

pytestmark = pytest.mark.slow


def test_a_run_compared_with_itself_differs_in_nothing(tmp_path: Path) -> None:
    run = searched(small_request(), tmp_path)
    found = compare(run, run)
    assert found["asked"] == {}
    assert all(one == other for one, other in found["figures"].values())
    assert found["candidates"] == {"in_both": 96, "rank_correlation": 1.0, "shared_of_best": 96, "best": 100}


def test_what_was_asked_differently_and_how_edges_agree_is_said(tmp_path: Path) -> None:
    dear = searched(small_request(), tmp_path)
    cheap = searched(small_request(overrides=("costs.taker_fee=0.0001",)), tmp_path)
    found = compare(dear, cheap)
    assert found["asked"] == {"preset.costs.taker_fee": [0.0004, 0.0001]}
    edges = [run.table("candidates").to_pandas()["robust_edge"] for run in (dear, cheap)]
    assert found["candidates"]["rank_correlation"] == pytest.approx(spearmanr(*edges).statistic)
    assert found["figures"]["best edge"][1] > found["figures"]["best edge"][0]


def test_runs_of_different_spaces_share_only_common_configurations(tmp_path: Path) -> None:
    one = searched(small_request(), tmp_path)
    other = searched(small_request(overrides=("strategy.values.lookback=[60, 180]",)), tmp_path)
    assert compare(one, other)["candidates"]["in_both"] == 48
