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
    trades = found["candidates"].pop("trades")
    assert found["candidates"] == {"in_both": 96, "rank_correlation": 1.0, "shared_of_best": 96, "best": 100}
    assert all(one == other for one, other in trades.values())
    table = run.table("candidates").to_pandas()
    count = table.trades.sum()
    assert trades["trades"][0] == count > 1000
    assert trades["expectancy_bps"][0] == pytest.approx(1e4 * (table.mean_net_return * table.trades).sum() / count)
    assert trades["cost_bps"][0] == pytest.approx(10.0, abs=0.05)
    assert trades["break_even_cost_bps"][0] == pytest.approx(trades["expectancy_bps"][0] + trades["cost_bps"][0])
    assert trades["ambiguous_share"][0] == table.ambiguous.sum() / count


def test_what_was_asked_differently_and_how_edges_agree_is_said(tmp_path: Path) -> None:
    dear = searched(small_request(), tmp_path)
    cheap = searched(small_request(overrides=("costs.taker_fee=0.0001",)), tmp_path)
    found = compare(dear, cheap)
    assert found["asked"] == {"preset.costs.taker_fee": [0.0004, 0.0001]}
    costs, even = (found["candidates"]["trades"][name] for name in ("cost_bps", "break_even_cost_bps"))
    assert costs == pytest.approx([10.0, 4.0], abs=0.05)
    assert even[0] == pytest.approx(even[1], abs=0.01), "what trades bring before costs hardly depends on them"
    edges = [run.table("candidates").to_pandas()["robust_edge"] for run in (dear, cheap)]
    assert found["candidates"]["rank_correlation"] == pytest.approx(spearmanr(*edges).statistic)
    assert found["figures"]["best robust_edge"][1] > found["figures"]["best robust_edge"][0]


def test_runs_of_different_spaces_share_only_common_configurations(tmp_path: Path) -> None:
    one = searched(small_request(), tmp_path)
    other = searched(small_request(overrides=("strategy.values.lookback=[60, 180]",)), tmp_path)
    assert compare(one, other)["candidates"]["in_both"] == 48
