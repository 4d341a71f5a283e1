"""Search methods from a request to a run: the same proposals again, none that knows the test, every one a trial."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.app.small_search import files_of, searched, small_request
from tests.unit.search.small import (
    COIN_SPACE,
    DAY_MS,
    FREE,
    Threads,
    market,
    nothing,
    scheme,
    segmentation_of,
    universe_of,
)

from tradewind.app.bayesian import ParzenProposer
from tradewind.app.proposals import before_the_first_test, scores_of, searched_space, space_of
from tradewind.app.search import SearchRequest
from tradewind.app.settings import read_preset
from tradewind.app.watching import SilentProgress
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadSetting
from tradewind.search.cells import walk_listed
from tradewind.search.listed import Listed
from tradewind.search.methods import dimensions_of, random_settings
from tradewind.search.scoring import Weights, in_sample_sums
from tradewind.search.space import Space
from tradewind.search.windows import Segmentation
from tradewind.stats import scores


class CoinPreset:
    """Stands in for a preset: the space of coins, and how it is asked to be searched."""

    def __init__(self, method: str, trials: int) -> None:
        self.search: Any = read_preset(Path("scalper"), [f"search.method={method}", f"search.trials={trials}"]).search

    def space(self) -> Space:
        return COIN_SPACE


def proposed(method: str, series: Sequence[Bars], trials: int = 130) -> Listed:
    """What a method proposes for coins on these bars."""
    laid = segmentation_of(market(), scheme())

    def ready(bars: Sequence[Bars], space: Space, windows: Segmentation) -> Any:
        # Windows over the whole market, bars only as far as they were given.
        made = universe_of(bars, space, costs=FREE, laid=windows)
        assert all(one.bars.ts[-1] < laid.start_ms + laid.windows[0].in_end * laid.segment_ms for one in made.symbols)
        return made

    preset: Any = CoinPreset(method, trials)
    space = searched_space(preset, series, laid, ready, Threads(2), SilentProgress())
    assert isinstance(space, Listed)
    return space


def changed_from(bars: Bars, ts: int) -> Bars:
    at = int(np.searchsorted(bars.ts, ts))
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    for name in ("open", "high", "low", "close", "volume"):
        columns[name][at:] = columns[name][at:][::-1] * 1.07
    return replace(bars, **columns)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["coarse_to_fine", "bayesian"])
def test_bars_from_the_first_test_on_change_no_proposal_and_bars_before_it_do(method: str) -> None:
    series, laid = market(), segmentation_of(market(), scheme())
    test = laid.start_ms + laid.windows[0].in_end * laid.segment_ms
    before = proposed(method, series)
    assert proposed(method, series).pairs == before.pairs
    later = proposed(method, [changed_from(bars, test) for bars in series])
    assert (later.signal_settings, later.plan_settings, later.pairs) == (
        before.signal_settings, before.plan_settings, before.pairs
    )  # fmt: skip
    earlier = proposed(method, [changed_from(bars, test - DAY_MS) for bars in series])
    assert (earlier.signal_settings, earlier.plan_settings, earlier.pairs) != (
        before.signal_settings, before.plan_settings, before.pairs
    )  # fmt: skip


def test_configurations_are_scored_as_the_search_scores_the_first_windows_in_sample_part() -> None:
    series, laid = market(), segmentation_of(market(), scheme())
    settings = random_settings(COIN_SPACE, 12, seed=2)
    early = before_the_first_test(series, laid)

    def ready(listed: Listed) -> Any:
        return universe_of(early, listed, costs=FREE, laid=laid)

    found = scores_of(COIN_SPACE, settings, ready, Threads(1), SilentProgress())
    backwards = scores_of(COIN_SPACE, settings[::-1], ready, Threads(2), SilentProgress())
    assert np.array_equal(found, backwards[::-1])
    whole = universe_of(series, Listed.among(COIN_SPACE, settings), costs=FREE, laid=laid)
    listed = Listed.among(COIN_SPACE, settings)
    cells = walk_listed(whole, listed, range(12), nothing).cells
    trades, total = in_sample_sums(cells, whole.segmentation.rows)[:, 0, :, whole.columns.slice_of(0)]
    weights = Weights.of(whole).in_sample[0]
    edges = scores.robust_edge(trades, total, weights)
    expected = np.where(scores.eligible(trades, weights), edges, -np.inf)
    assert sorted(found.tolist()) == pytest.approx(sorted(expected.tolist()), rel=1e-12)
    assert np.isfinite(found).sum() > 3


@pytest.mark.slow
def test_the_estimator_finds_a_peak_that_chance_does_not_and_repeats_itself() -> None:
    space = Space.of(type(COIN_SPACE.strategy_at(0)))
    settings: list[list[Any]] = []
    for _ in range(2):
        proposer = ParzenProposer(dimensions_of(space), seed=5, start=64)
        tried: list[Any] = []
        for _ in range(4):
            asked = proposer.ask(64)
            tried += asked
            proposer.tell([-abs(one["target_atr"] - 30) - abs(one["stop_atr"] - 2) for one in asked])
        settings.append(tried)
    assert settings[0] == settings[1]
    misses = [abs(one["target_atr"] - 30) + abs(one["stop_atr"] - 2) for one in settings[0]]
    assert np.median(misses[-64:]) < np.median(misses[:64]) / 2


@pytest.mark.slow
def test_the_estimator_takes_what_is_not_eligible_for_the_worst() -> None:
    proposer = ParzenProposer(dimensions_of(COIN_SPACE), seed=5, start=64)
    for _ in range(3):
        asked = proposer.ask(64)
        proposer.tell([1.0 if one["hold"] > 30 else -np.inf for one in asked])
    assert np.mean([one["hold"] > 30 for one in proposer.ask(64)]) > 0.8


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (["search.method=bayesian", "search.batch=16"], "search.batch is 16: smaller batches"),
        (["search.trials=10"], "search.trials does nothing with search.method grid"),
        (["search.method=annealing"], "search.method"),
        (["search.method=random", "search.trials=0"], "search.trials"),
    ],
)
def test_senseless_settings_of_a_method_are_refused(settings: list[str], problem: str) -> None:
    with pytest.raises(BadSetting, match=problem):
        read_preset(Path("scalper"), settings)


def method_request(method: str, trials: int, seed: int = 1) -> SearchRequest:
    overrides = [f"search.method={method}", f"search.trials={trials}", f"search.seed={seed}"]
    return small_request(days=24, symbols=1, overrides=overrides)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "trials"), [("random", 40), ("coarse_to_fine", 100), ("bayesian", 100)])
def test_a_run_of_any_method_is_the_same_bytes_for_any_number_of_workers_and_counts_every_trial(
    method: str, trials: int, tmp_path: Path
) -> None:
    request = method_request(method, trials)
    run = searched(replace(request, workers=1), tmp_path / "one")
    assert files_of(searched(replace(request, workers=2), tmp_path / "two")) == files_of(run)
    space = space_of(run, request.preset)
    assert len(space) == run.summary["accounts"]["configurations"] == run.table("candidates").num_rows
    assert run.manifest["preset"]["search"]["method"] == method
    if method == "random":
        assert len(space) == trials
    other = searched(method_request(method, trials, seed=2), tmp_path / "one")
    assert other.run_id != run.run_id


@pytest.mark.slow
def test_numbers_of_a_run_name_the_same_parameters_when_its_space_is_read_back(tmp_path: Path) -> None:
    request = method_request("random", 30)
    run = searched(request, tmp_path)
    space = space_of(run, request.preset)
    for row in run.table("candidates").to_pylist():
        searched_for = space.searched_at(row["configuration"])
        assert searched_for == {name: row[name] for name in searched_for}
