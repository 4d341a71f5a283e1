"""Validating a run from request to record: same bytes, the run's own figures, what changes the verdict, refusals."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.unit.app.small_search import files_of, searched, small_request

from tradewind.adapters.run_store import FinishedRun, RunStore
from tradewind.app import validate as module
from tradewind.app.holdout import open_hold_out
from tradewind.app.validate import ValidateRequest, thresholds_of, validate
from tradewind.app.validation import FILE, Validation, load_validation
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.model.errors import BadSetting, CodeMismatch, DatasetMismatch, RunIncomplete

DAYS = 50  # 32 of them test days
QUICK = {"alterations": 0, "stress": False}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a run over 50 simulated days, 10 of them locked, and its validation."""
    root = tmp_path_factory.mktemp("made")
    run = searched(small_request(days=DAYS), root)
    validated(root, run)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "ws"))


def run_in(root: Path) -> FinishedRun:
    (run,), damaged = RunStore(Workspace(root).runs_directory).all()
    assert not damaged
    return run


def validated(root: Path, run: FinishedRun | None = None, **changed: object) -> Validation:
    name = (run or run_in(root)).run_id
    return validate(ValidateRequest(**{"run": name, **QUICK, **changed}), Workspace(root), SilentProgress())


def found_in(root: Path) -> Validation:
    found = load_validation(run_in(root))
    assert found is not None
    return found


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_it_is_the_same_bytes_for_any_number_of_threads_and_touches_nothing_else(root: Path, workers: int) -> None:
    before = files_of(run_in(root))
    validated(root, workers=workers)
    assert files_of(run_in(root)) == before
    assert FILE in before


@pytest.mark.slow
def test_its_figures_are_those_of_the_run(made: Path) -> None:
    found, run = found_in(made), run_in(made)
    table = run.table("candidates").to_pylist()
    best = min((row for row in table if row["eligible"]), key=lambda row: row["rank"])
    own = found.deflated_sharpe
    assert (own.configuration, own.trades) == (best["configuration"], best["trades"])
    assert own.sharpe_per_day == pytest.approx(best["sharpe_per_day"], rel=1e-12)
    assert own.parameters == {name: best[name] for name in own.parameters}
    enough = [row["sharpe_per_day"] for row in table if row["trades"] >= 100]
    assert found.trials.spread_per_day == pytest.approx(np.std(enough, ddof=1))
    assert found.trials.spread_of == len(enough)
    assert found.trials.eligible == sum(row["eligible"] for row in table) > 40
    assert (found.trials.configurations, found.trials.together, found.trials.in_ledger) == (96, 960, 960)
    assert found.trials.effective is not None
    assert 1 < found.trials.effective < 96
    switch = run.summary["procedure"]["switch"]
    assert found.track_record.sharpe_per_year == pytest.approx(switch["sharpe_per_year"])
    assert (found.track_record.days, found.track_record.trades) == (switch["days"], switch["trades"])
    assert found.costs.candidate_break_even_bps == pytest.approx(
        1e4 * (best["mean_net_return"] + best["mean_cost"]), rel=1e-12
    )
    chosen = [one for one in run.summary["specialists"][0] if one["number"] >= 0]
    assert [(one.regime, one.configuration) for one in found.plateaus] == [(o["regime"], o["number"]) for o in chosen]
    for one in found.plateaus:
        own = next(row for row in table if row["configuration"] == one.configuration)
        trades, total = own[f"trades_{one.regime}"], own[f"sum_r_{one.regime}"]
        assert one.edge == pytest.approx(total / (trades + 30), rel=1e-12)
        assert trades >= 30
    assert found.intervals.max_drawdown.value == pytest.approx(switch["max_drawdown"])
    assert found.intervals.profit_factor.value == pytest.approx(switch["profit_factor"])
    differences = run.summary["procedure"]["comparison"]
    assert found.intervals.switch_minus_aside.value == differences["switch_minus_aside"]["mean"]
    assert found.superior.consistent is not None  # 30 test days or more
    assert found.monte_carlo is not None
    assert found.monte_carlo["switch"]["blocks"]["trades"] == switch["trades"]


@pytest.mark.slow
def test_overfitting_is_that_of_the_trades_of_the_eligible_in_the_test(made: Path) -> None:
    """PBO over 2 groups told from stored cells in plain Python: the better of one half, its place in the other."""
    run, found = run_in(made), found_in(made)
    tested = {s for w in run.table("windows").to_pylist() for s in range(w["test_segment"], w["end_segment"])}
    order = sorted(tested)
    eligible = [row["configuration"] for row in run.table("candidates").to_pylist() if row["eligible"]]
    groups = found.overfitting.groups
    assert found.overfitting.configurations == len(eligible)
    assert groups == min(16, len(order) // 2 * 2)
    sums = {(g, c): np.zeros(3) for g in range(groups) for c in eligible}
    starts = [g * len(order) // groups for g in range(groups)]
    for name in run.tables("cells"):
        for row in run.table(name).to_pylist():
            if row["label"] == 0 and row["segment"] in tested and row["configuration"] in eligible:
                at = order.index(row["segment"])
                group = max(g for g in range(groups) if starts[g] <= at)
                sums[group, row["configuration"]] += row["trades"], row["sum_r"], row["sum_r2"]

    def ratio(half: range, configuration: int) -> float:
        n, total, squares = sum(sums[g, configuration] for g in half)
        mean = total / n
        return float(mean / np.sqrt((squares - n * mean * mean) / (n - 1)))

    first, second = range(groups // 2), range(groups // 2, groups)
    logits = []
    for inside, outside in ((first, second), (second, first)):
        chosen = max(eligible, key=lambda one: ratio(inside, one))
        rank = sum(ratio(outside, one) <= ratio(outside, chosen) for one in eligible)
        logits.append(np.log(rank / (len(eligible) + 1 - rank)))
    # The lowest and the highest number of four bits with two set are the halves in order of time: first and last split.
    assert found.overfitting.logits[0] == pytest.approx(logits[0])
    assert found.overfitting.logits[-1] == pytest.approx(logits[1])


@pytest.mark.slow
def test_without_the_luck_test_it_is_never_better_than_unproven(made: Path) -> None:
    found = found_in(made)
    assert found.luck is None
    assert found.verdict.name in ("noise", "unproven")
    (luck,) = (one for one in found.verdict.reasons if one.name == "luck")
    assert (luck.passed, luck.allows) == (None, "unproven")


@pytest.mark.slow
def test_the_luck_test_of_the_last_days_and_the_stress_test_take_part(root: Path) -> None:
    found = validated(root, alterations=3, luck_days=20, stress=True)
    assert found.luck is not None
    assert (found.luck["alterations"], found.luck["days"]) == (3, 20)
    assert found.luck["p"] in (0.25, 0.5, 0.75, 1.0)  # of four markets, one of them real
    (luck,) = (one for one in found.verdict.reasons if one.name == "luck")
    assert luck.value == found.luck["p"]
    assert "over its last 20 days on copies" in luck.text
    assert found.stress is not None
    assert found.stress["records"] == ["switch", "static"]
    assert found_in(root) == found
    whole = validated(root, alterations=1, luck_days=1000)
    assert whole.luck is not None
    assert whole.luck["days"] is None


@pytest.mark.slow
def test_thresholds_move_the_verdict_and_are_kept_with_it(root: Path) -> None:
    moved = thresholds_of(["verdict.deflated_noise=0", "verdict.overfitting_noise=1"])
    found = validated(root, thresholds=moved)
    assert found.settings.thresholds == moved
    assert found.verdict.name == "unproven"
    assert found_in(root) == found


def test_a_setting_that_is_no_threshold_is_refused_with_those_that_are() -> None:
    assert thresholds_of(["verdict.luck_promising=0.05"]).luck_promising == 0.05
    with pytest.raises(BadSetting, match="is no threshold"):
        thresholds_of(["verdict.luk=0.05"])
    with pytest.raises(BadSetting, match="is no number"):
        thresholds_of(["verdict.luck_noise=low"])
    with pytest.raises(BadSetting, match="negative"):
        ValidateRequest(run="x", seed=-1)


@pytest.mark.slow
def test_an_opened_hold_out_is_in_the_next_validation(root: Path) -> None:
    assert not found_in(root).hold_out.opened
    result = open_hold_out(run_in(root).run_id, Workspace(root)).result
    assert result is not None
    found = validated(root)
    assert (found.hold_out.opened, found.hold_out.runs) == (True, 1)
    (reason,) = (one for one in found.verdict.reasons if one.name == "hold_out")
    mean = result["comparison"]["switch_minus_aside"]["mean"]
    assert reason.value == mean
    assert reason.passed is (mean > 0)


@pytest.mark.slow
def test_every_search_of_the_market_counts_in_what_was_tried(root: Path) -> None:
    first = run_in(root)
    searched(small_request(days=DAYS, overrides=["costs.taker_fee=0.0"]), root)
    found = validated(root, first)
    assert found.trials.in_ledger == 2 * 960
    assert found.deflated_sharpe.luck_sharpe_per_day is not None
    before = load_validation(RunStore(Workspace(root).runs_directory).open(first.run_id))
    assert before == found


@pytest.mark.slow
def test_a_run_with_nobody_eligible_is_noise_and_has_no_best(tmp_path: Path) -> None:
    run = searched(small_request(days=20, overrides=["strategy.values.entry_z=[9.0]"]), tmp_path)
    found = validated(tmp_path, run)
    assert found.trials.eligible == 0
    assert found.verdict.name == "noise"
    assert found.deflated_sharpe.configuration is None
    assert found.plateaus == ()
    assert found.overfitting.probability is None
    assert load_validation(run) == found


@pytest.mark.slow
def test_cells_that_do_not_add_up_to_the_candidate_table_are_refused(root: Path) -> None:
    run = run_in(root)
    name = run.tables("cells")[-1]
    table = run.table(name)
    pq.write_table(table.slice(0, len(table) // 2), run.folder / f"{name}.parquet")
    with pytest.raises(RunIncomplete, match="hold other trades than its candidate table"):
        validated(root)


def test_a_run_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunIncomplete, match="no run begins with 'nothing'"):
        validate(ValidateRequest(run="nothing"), Workspace(tmp_path), SilentProgress())


@pytest.mark.slow
def test_a_run_of_other_code_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.app.again.code_version", lambda: "other")
    with pytest.raises(CodeMismatch):
        validated(root)


@pytest.mark.slow
def test_a_run_whose_bars_changed_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = simulate(SimulationSettings(days=DAYS, seed=2))
    monkeypatch.setattr("tradewind.app.again.simulated_market_of", lambda _: other)
    with pytest.raises(DatasetMismatch):
        validated(root)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["walk configurations again", "statistics"])
def test_interrupted_it_leaves_what_was_there_before(root: Path, stage: str) -> None:
    class Stopping(SilentProgress):
        def stage(self, name: str, total: int) -> None:
            if name == stage:
                raise KeyboardInterrupt

    before = files_of(run_in(root))
    request = ValidateRequest(run=run_in(root).run_id, seed=7, **QUICK)
    with pytest.raises(KeyboardInterrupt):
        validate(request, Workspace(root), Stopping())
    assert files_of(run_in(root)) == before
    assert validate(request, Workspace(root), SilentProgress()).settings.seed == 7


@pytest.mark.slow
def test_another_walk_than_the_searchs_is_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.daily_returns
    monkeypatch.setattr(module, "daily_returns", lambda *asked: real(*asked)[::-1])
    with pytest.raises(module.SearchInconsistent, match="walked again"):
        validated(root)
