"""The record of a validation on disk: exact, whole or not there, and refused where it is damaged."""

import json
from pathlib import Path

import pytest
from tests.unit.adapters.test_run_store import finish
from tests.unit.app.validation_sample import sample

from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app.validation import FILE, known, load_validation, store_validation
from tradewind.model.errors import RunBusy, RunIncomplete


@pytest.fixture
def run(tmp_path: Path) -> FinishedRun:
    store = RunStore(tmp_path)
    finish(store.begin("scalper-0"))
    return store.open("scalper-0")


def test_it_is_read_back_as_it_was_to_the_last_digit(run: FinishedRun) -> None:
    assert load_validation(run) is None
    others = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    found = sample()
    store_validation(RunStore(run.folder.parent), found)
    again = load_validation(run)
    assert again == found
    assert again.intervals.sharpe_per_year.value == 0.30000000000000004
    assert again.verdict.decisive == found.verdict.decisive
    assert {path.name: path.read_bytes() for path in run.folder.iterdir() if path.name != FILE} == others


def test_a_newer_one_replaces_it(run: FinishedRun) -> None:
    store = RunStore(run.folder.parent)
    store_validation(store, sample())
    store_validation(store, sample(overfit_ratio=0.5))
    found = load_validation(run)
    assert found is not None
    assert found.overfit_ratio == 0.5


def test_it_is_not_written_while_the_run_is(run: FinishedRun) -> None:
    store = RunStore(run.folder.parent)
    writer = store.begin("scalper-0")
    with pytest.raises(RunBusy):
        store_validation(store, sample())
    writer.release()
    assert load_validation(run) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"run": "another"}, "is not of this run"),
        ({"version": 1}, "version"),
        ({"trials": None}, "trials"),
        ({"more": 1}, "more"),
    ],
)
def test_one_that_is_not_what_it_should_be_is_refused_and_named(
    run: FinishedRun, change: dict[str, object], said: str
) -> None:
    store_validation(RunStore(run.folder.parent), sample())
    path = run.folder / FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RunIncomplete, match=said) as refused:
        load_validation(run)
    assert str(path) in str(refused.value)
    assert "run `tradewind validate` again" in str(refused.value)


def test_half_a_file_is_refused(run: FinishedRun) -> None:
    store_validation(RunStore(run.folder.parent), sample())
    path = run.folder / FILE
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunIncomplete, match="is damaged"):
        load_validation(run)


def test_what_is_not_finite_is_not_known() -> None:
    assert [known(value) for value in (1.5, float("nan"), float("inf"), -float("inf"))] == [1.5, None, None, None]
