"""The luck test of a finished run: on its own bars and windows, kept and gone on with, refused where it is stale."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.app.small_search import catalogued, made_market, searched, small_request

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app import again
from tradewind.app.again import asked_again
from tradewind.app.luck import BestKeeper, luck_figures, luck_of_run, searching
from tradewind.app.research import catalog_request
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.alterations import Alteration, Moves
from tradewind.evidence.luck import Best, LuckSettings, luck
from tradewind.model.errors import CodeMismatch, DatasetMismatch, RunIncomplete
from tradewind.search.scoring import Weights
from tradewind.stats import scores

pytestmark = pytest.mark.slow
FEW = LuckSettings(alterations=3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FinishedRun]:
    root = tmp_path_factory.mktemp("luck")
    return root, searched(small_request(), root)


@pytest.fixture
def own(made: tuple[Path, FinishedRun], tmp_path: Path) -> tuple[Workspace, FinishedRun]:
    """The finished run in a workspace of the test's own."""
    shutil.copytree(made[0], tmp_path / "own")
    workspace = Workspace(tmp_path / "own")
    return workspace, RunStore(workspace.runs_directory).open(made[1].run_id)


class StopAfter(SilentProgress):
    """Ctrl-C once so many markets are done."""

    def __init__(self, markets: int) -> None:
        self.left = markets
        self.stages: list[tuple[str, int]] = []
        self.done = 0

    def stage(self, name: str, total: int) -> None:
        self.stages.append((name, total))

    def advance(self, amount: int) -> None:
        self.done += amount
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_figures_are_those_of_the_search_on_each_altered_market(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    figures = luck_of_run(run, workspace, FEW)
    asked = asked_again(run, workspace)
    search, moves = searching(asked.preset, asked.space, asked.segmentation), Moves.of(asked.bars)
    markets = [moves.unaltered(), *(moves.altered(Alteration.FLIP, (1, n)) for n in (1, 2, 3))]
    found = [search(bars) for bars in markets]
    expected = luck_figures(luck(found[0], found[1:]), FEW, ("BULL", "BEAR", "SIDEWAYS", "STRESS"))
    assert figures == {**expected, "days": None}
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_the_runs_statistic_is_that_of_the_cells_it_stored(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    asked = asked_again(run, workspace)
    universe = asked.universe(workspace, ThreadExecutor(1))
    tested = np.flatnonzero(universe.segmentation.test_segments)
    sums = np.zeros((len(asked.space), 4, 3))
    for path in sorted((run.folder / "cells").glob("*.parquet")):
        cells = run.table(f"cells/{path.stem}").to_pydict()
        names = ("configuration", "label", "segment", "trades", "sum_r", "sum_r2")
        for row in zip(*(cells[name] for name in names), strict=True):
            if 1 <= row[1] <= 4 and row[2] in tested:
                sums[row[0], row[1] - 1] += row[3:]
    weights = Weights.of(universe).test
    fit = scores.eligible(sums[..., 0], weights)
    expected = scores.robust_t(*np.moveaxis(sums[fit], -1, 0), weights).max()
    assert searching(asked.preset, asked.space, asked.segmentation)(asked.bars).statistic == pytest.approx(expected)
    # Put together from log moves the bars differ by rounding, which decides next to nothing here.
    assert luck_of_run(run, workspace, FEW)["statistic"] == pytest.approx(expected)


def test_threads_and_interruptions_change_nothing(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    with pytest.raises(KeyboardInterrupt):
        luck_of_run(run, workspace, FEW, StopAfter(2), workers=1)
    file = run.folder / "luck_flip_1.json"
    kept = json.loads(file.read_text())["markets"]
    assert 2 <= len(kept) < 4
    resumed = luck_of_run(run, workspace, FEW, workers=3)
    after = file.read_bytes()
    file.unlink()
    assert luck_of_run(run, workspace, FEW, workers=1) == resumed
    assert file.read_bytes() == after
    assert {market: json.loads(after)["markets"][market] for market in kept} == kept


def test_what_is_kept_is_not_searched_again_and_more_may_follow(
    own: tuple[Workspace, FinishedRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, run = own
    first = luck_of_run(run, workspace, FEW)
    searched_again: list[int] = []

    def counted(*_: Any, **__: Any) -> Any:
        def search(_: Any) -> Best:
            searched_again.append(1)
            return Best(-math.inf, (-math.inf,) * 4)

        return search

    monkeypatch.setattr("tradewind.app.luck.searching", counted)
    assert luck_of_run(run, workspace, FEW) == first
    assert searched_again == []
    more = luck_of_run(run, workspace, LuckSettings(alterations=5))
    assert searched_again == [1, 1]
    assert more["statistics"] == [*first["statistics"], None, None]


def test_other_alterations_and_seeds_are_kept_apart(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    one = LuckSettings(alterations=1)
    luck_of_run(run, workspace, one)
    luck_of_run(run, workspace, replace(one, alteration=Alteration.SHUFFLE, seed=2))
    assert sorted(path.name for path in run.folder.glob("luck_*")) == ["luck_flip_1.json", "luck_shuffle_2.json"]


def test_progress_is_counted_in_bars_times_configurations(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    watch = StopAfter(100)
    luck_of_run(run, workspace, FEW, watch)
    work = sum(one["bars"] for one in run.manifest["data"]) * run.manifest["space"]["configurations"]
    assert watch.stages == [("search altered markets", 4 * work)]
    assert watch.done == 4 * work


def test_a_method_that_learns_proposes_anew_on_every_market(tmp_path: Path) -> None:
    finer = ["strategy.values.lookback=[60, 80, 100, 120]", "strategy.values.entry_z=[2.0, 2.3, 2.7, 3.0]"]
    method = ['search.method="coarse_to_fine"', "search.trials=110"]
    run = searched(small_request(overrides=[*finer, *method]), tmp_path)
    asked = asked_again(run, Workspace(tmp_path))
    search, moves = searching(asked.preset, asked.space, asked.segmentation), Moves.of(asked.bars)
    fixed = searching(
        asked.preset.model_copy(update={"search": asked.preset.search.model_copy(update={"method": "random"})}),
        asked.space,
        asked.segmentation,
    )
    real, flipped = moves.unaltered(), moves.altered(Alteration.FLIP, 1)
    assert search(real) == fixed(real)
    assert search(flipped) != fixed(flipped)


def test_a_run_of_other_code_is_refused(own: tuple[Workspace, FinishedRun], monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, run = own
    monkeypatch.setattr(again, "code_version", lambda: "another")
    with pytest.raises(CodeMismatch):
        luck_of_run(run, workspace, FEW)


def test_a_run_whose_bars_changed_is_refused(tmp_path: Path) -> None:
    catalogued(tmp_path, made_market())
    workspace = Workspace(tmp_path)
    preset = small_request().preset
    market = preset.market.model_copy(update={"venue": "binance", "symbols": ["BTC/USDT", "ETH/USDT"]})
    run = searched(catalog_request(preset.model_copy(update={"market": market}), workspace), tmp_path)
    assert luck_of_run(run, workspace, LuckSettings(alterations=1))["alterations"] == 1
    shutil.rmtree(workspace.catalog_directory)
    catalogued(tmp_path, [replace(one, volume=one.volume + 1) for one in made_market()])
    with pytest.raises(DatasetMismatch):
        luck_of_run(run, workspace, FEW)


def test_a_damaged_file_of_kept_markets_is_refused_with_its_remedy(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    (run.folder / "luck_flip_1.json").write_text('{"run": "')
    with pytest.raises(RunIncomplete) as refused:
        luck_of_run(run, workspace, FEW)
    assert "Delete it" in refused.value.remedy


def test_what_was_not_eligible_is_kept_as_such(own: tuple[Workspace, FinishedRun]) -> None:
    workspace, run = own
    store, best = RunStore(workspace.runs_directory), Best(1.25, (-math.inf, 0.1))
    BestKeeper(store, run, FEW).keep(7, best)
    keeper = BestKeeper(store, run, FEW)
    assert (keeper.recall(7), keeper.recall(8)) == (best, None)


def test_figures_of_nothing_eligible_are_none_and_its_p_is_one() -> None:
    nothing = Best(-math.inf, (-math.inf,))
    figures = luck_figures(luck(nothing, [nothing, Best(1.0, (2.0,))]), LuckSettings(alterations=2), ("BULL",))
    assert (figures["p"], figures["statistic"], figures["statistics"]) == (1.0, None, [None, 1.0])
    assert figures["regimes"][0] == {
        "regime": "BULL", "p": 1.0, "corrected_p": 1.0, "statistic": None, "statistics": [None, 2.0],
    }  # fmt: skip
