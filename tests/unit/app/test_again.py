"""A run asked again has the run's own bars, windows, space and choices; its procedure walked anew is its record."""

from pathlib import Path

import numpy as np
import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.again import asked_again, choices_of, simulated_market_of
from tradewind.app.workspace import Workspace
from tradewind.model.errors import CodeMismatch
from tradewind.search.procedure import ANY, Choice, walk_procedure


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("again")


@pytest.fixture(scope="module", params=["grid", "random"])
def run(request: pytest.FixtureRequest, root: Path) -> FinishedRun:
    overrides = [] if request.param == "grid" else ['search.method="random"', "search.trials=40"]
    return searched(small_request(overrides=overrides), root)


def test_the_choices_of_its_windows_walked_again_are_its_record(run: FinishedRun, root: Path) -> None:
    again = asked_again(run, Workspace(root))
    universe = again.universe(Workspace(root), ThreadExecutor(2))
    regimes = universe.columns.names[0]
    choices: list[Choice] = [{} for _ in universe.segmentation.windows]
    for row in run.table("choices").to_pylist():
        if row["configuration"] >= 0:
            choices[row["window"]] = {**choices[row["window"]], regimes.index(row["regime"]): row["configuration"]}
    record = walk_procedure(universe, again.space, choices)
    assert record.count == run.summary["procedure"]["switch"]["trades"] > 20
    assert np.array_equal(record.daily, run.table("procedure_days")["switch"].to_numpy())


def test_its_bars_are_those_before_the_hold_out(run: FinishedRun, root: Path) -> None:
    again = asked_again(run, Workspace(root))
    assert [one.content_hash() for one in again.bars] == [one["hash"] for one in run.manifest["data"]]
    assert max(int(one.ts[-1]) for one in again.bars) < run.manifest["hold_out_start_ms"]
    simulated = simulated_market_of(run)
    assert simulated is not None
    assert int(simulated.bars[0].ts[-1]) > run.manifest["hold_out_start_ms"]


def test_whom_it_chose_is_told_by_regime(run: FinishedRun) -> None:
    choices = choices_of(run)
    names = run.summary["regimes"][0]["names"]
    for one in run.summary["specialists"][0]:
        assert choices["switch"].get(names.index(one["regime"]), -1) == one["number"]
    assert choices["static"] == {ANY: run.summary["static"]["number"]}


def test_a_run_of_other_code_is_refused(run: FinishedRun, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.app.again.code_version", lambda: "0123456789abcdef")
    with pytest.raises(CodeMismatch, match="was made with other code"):
        asked_again(run, Workspace(root))
