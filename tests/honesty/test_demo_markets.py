"""Noise in, nothing selected; a planted edge in, and it is found."""

from pathlib import Path

import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.app.demo import demo_request


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_a_market_without_an_edge_ends_in_stand_aside(tmp_path: Path, seed: int) -> None:
    run = searched(small_request(days=60, seed=seed, edge=False, symbols=3), tmp_path)
    assert run.summary["decision"]["trade"] is False
    assert run.summary["accounts"]["test_trades"] > 10_000
    earned = run.summary["procedure"]["comparison"]["switch_minus_aside"]
    assert earned["low"] <= 0


@pytest.mark.slow
def test_the_planted_edge_of_the_demo_is_found(tmp_path: Path) -> None:
    run = searched(demo_request(), tmp_path)
    assert run.summary["accounts"]["configurations"] == 12_288
    assert run.summary["decision"]["trade"] is True
    record = run.summary["procedure"]["switch"]
    assert record["mean_r"] > 0
    assert record["sharpe_low"] > 0
    chosen = {one["regime"]: one for one in run.summary["specialists"][0]}
    assert chosen["SIDEWAYS"]["edge"] > 0
    assert chosen["SIDEWAYS"]["trades"] >= 100
