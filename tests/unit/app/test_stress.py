"""Stress of a run: its stretches are its choices traded, nobody reads the hold-out, and nothing depends on workers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.app.small_search import FEW, catalogued, made_market, searched, small_request

from tradewind.adapters.catalog import Catalog
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.again import asked_again, choices_of
from tradewind.app.holdout import traded_from
from tradewind.app.research import catalog_request
from tradewind.app.settings import read_preset
from tradewind.app.stress import stress_of_run
from tradewind.app.workspace import Workspace
from tradewind.evidence.shocks import CostsTimes, Gap, LiquidityGone
from tradewind.evidence.stress import RecordedCrash, StressSettings
from tradewind.model.bars import Bars
from tradewind.model.errors import WrongUse
from tradewind.model.time import DAY_MS, MINUTE_MS, TimeRange
from tradewind.search.procedure import ANY

START = 1_704_067_200_000  # of the simulated market; its hold-out begins 25 days later
FEW_SHOCKS = StressSettings(
    scenarios=(Gap(move=-0.2), LiquidityGone(), CostsTimes(factor=3)), recorded=(), moments=4, after_days=3
)


def crash(first_day: int, end_day: int, name: str = "a crash") -> RecordedCrash:
    return RecordedCrash(name=name, text="made", start_ms=START + first_day * DAY_MS, end_ms=START + end_day * DAY_MS)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stress")


@pytest.fixture(scope="module")
def run(root: Path) -> FinishedRun:
    made = searched(small_request(), root)
    assert all(choices_of(made).values())
    return made


@pytest.fixture(scope="module")
def figures(run: FinishedRun, root: Path) -> dict[str, Any]:
    recorded = (crash(10, 14), crash(24, 26, "in the hold-out"), crash(-30, -20, "before all bars"))
    return stress_of_run(run, Workspace(root), replace(FEW_SHOCKS, recorded=recorded))


def test_a_recorded_stretch_is_the_choices_traded_through_it(
    run: FinishedRun, root: Path, figures: dict[str, Any]
) -> None:
    """Against the hold-out's own walk over all bars, its trades added up one by one."""
    again = asked_again(run, Workspace(root))
    start, end = START + 10 * DAY_MS, START + 14 * DAY_MS
    whole_end = int(again.bars[0].ts[-1]) + MINUTE_MS
    records = traded_from(start, whole_end, again.bars, again.preset, choices_of(run), again.space)
    found = figures["recorded"][0]
    assert (found["status"], found["selected_on"], found["absent"]) == ("replayed", True, [])
    for name, record in records.items():
        closed = []
        for bars, table in zip(again.bars, record.trades, strict=True):
            inside = bars.ts[table.signal] < end
            closed += [
                (int(bars.ts[at]), float(gained), float(r))
                for at, gained, r in zip(
                    table.exit[inside], np.expm1(table.log_return[inside]) / 2, table.r[inside], strict=True
                )
            ]
        equity, peak, fall, lowest = 1.0, 1.0, 0.0, 1.0
        for moment in sorted({at for at, _, _ in closed}):
            equity *= 1 + sum(gained for at, gained, _ in closed if at == moment)
            peak, lowest = max(peak, equity), min(lowest, equity)
            fall = max(fall, 1 - equity / peak)
        toll = found["records"][name]
        assert toll["trades"] == len(closed) > 20
        assert toll["final_return"] == pytest.approx(equity - 1, abs=1e-9)
        assert toll["max_drawdown"] == pytest.approx(fall, abs=1e-9)
        assert toll["loss"] == pytest.approx(1 - lowest, abs=1e-9)
        assert toll["worst_r"] == pytest.approx(min(r for _, _, r in closed), abs=1e-6)
        assert toll["worst_of_account"] == pytest.approx(min(gained for _, gained, _ in closed), abs=1e-9)


def test_crashes_that_cannot_be_traded_are_listed_with_the_reason(figures: dict[str, Any]) -> None:
    _, locked, missing = figures["recorded"]
    assert (locked["status"], locked["records"]) == ("locked", {})
    assert (missing["status"], missing["records"], len(missing["absent"])) == ("missing", {}, 2)
    assert not missing["selected_on"]


def test_shocks_strike_open_trades_and_are_compared_with_the_same_stretches(figures: dict[str, Any]) -> None:
    found = figures["synthetic"]
    assert [one["name"] for one in found["scenarios"]] == ["as it was", "jump −20%", "liquidity gone", "costs × 3"]
    assert [one["round_trip_bps"] for one in found["scenarios"]] == pytest.approx([10, 10, 48, 30])
    assert len(found["strikes"]) == found["held"]["switch"] == 4
    assert all(START + DAY_MS < at < START + 25 * DAY_MS for at in found["strikes"])
    usual, jump, dry, dear = (one["records"] for one in found["scenarios"])
    for name in ("switch", "static"):
        assert usual[name]["difference_worst"] == usual[name]["difference_median"] == 0
        for one in (jump, dry, dear):
            changes = [
                shocked["final_return"] - quiet["final_return"]
                for shocked, quiet in zip(one[name]["cases"], usual[name]["cases"], strict=True)
            ]
            assert one[name]["difference_median"] == pytest.approx(np.median(changes))
            assert one[name]["difference_worst"] == min(changes) == changes[one[name]["worst_case"]]
        assert dear[name]["difference_median"] < 0
    # A fall of 20 % through the stop of a trade with half the account: a tenth of it.
    assert jump["switch"]["worst_of_account"] == pytest.approx(-0.1, abs=0.005)
    assert dry["switch"]["difference_worst"] < 0


def test_the_same_figures_for_any_number_of_workers(run: FinishedRun, root: Path, figures: dict[str, Any]) -> None:
    again = stress_of_run(run, Workspace(root), FEW_SHOCKS, workers=1)
    assert json.dumps(again["synthetic"]) == json.dumps(figures["synthetic"])


def test_who_chose_nobody_has_nothing_to_stress_but_a_configuration_of_ones_own(tmp_path: Path) -> None:
    run = searched(small_request(edge=False, overrides=["costs.taker_fee=0.005"]), tmp_path)
    nothing = stress_of_run(run, Workspace(tmp_path), FEW_SHOCKS)
    assert nothing["nothing"] == "The run chose nobody, and has no static baseline: nothing to stress"
    assert (nothing["synthetic"], nothing["recorded"], nothing["records"]) == (None, [], [])
    assert nothing["stands_aside"] == ["static", "switch"]
    own = stress_of_run(run, Workspace(tmp_path), FEW_SHOCKS, configuration=3)
    assert (own["nothing"], own["records"], own["configuration"]) == (None, ["configuration"], 3)
    assert own["synthetic"]["scenarios"][0]["records"]["configuration"]["trades"] > 20
    for number in (-1, 96):
        with pytest.raises(WrongUse, match=f"no configuration {number}.*from 0 to 95"):
            stress_of_run(run, Workspace(tmp_path), FEW_SHOCKS, configuration=number)


def test_a_configuration_of_the_static_baseline_is_stressed_as_the_baseline_is(run: FinishedRun, root: Path) -> None:
    number = choices_of(run)["static"][ANY]
    settings = replace(FEW_SHOCKS, recorded=(crash(10, 14),), moments=1)
    both, own = (
        stress_of_run(run, Workspace(root), settings, configuration=asked)["recorded"][0]["records"]
        for asked in (None, number)
    )
    assert own["configuration"] == both["static"]


def test_too_few_bars_for_a_stretch_are_said_and_no_error(run: FinishedRun, root: Path) -> None:
    assert stress_of_run(run, Workspace(root), replace(FEW_SHOCKS, after_days=40))["synthetic"] is None


def test_no_bar_of_the_hold_out_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars = made_market(days=30)
    catalogued(tmp_path, bars)
    preset = read_preset(Path("scalper"), [*FEW, "costs.taker_fee=0.0"])
    run = searched(catalog_request(preset, Workspace(tmp_path), symbols=[one.symbol for one in bars]), tmp_path)
    hold_out_ms, read, ends = run.manifest["hold_out_start_ms"], Catalog.bars, []

    def spied(catalog: Catalog, venue: str, symbol: str, timeframe: str, span: TimeRange) -> Bars:
        found = read(catalog, venue, symbol, timeframe, span)
        ends.append(int(found.ts[-1]))
        return found

    monkeypatch.setattr(Catalog, "bars", spied)
    recorded = (crash(20, 24), crash(10, 12, "earlier"), crash(23, 25, "touches it"), crash(-9, -4, "not there"))
    found = stress_of_run(run, Workspace(tmp_path), replace(FEW_SHOCKS, recorded=recorded))
    assert [one["status"] for one in found["recorded"]] == ["replayed", "replayed", "locked", "missing"]
    assert hold_out_ms == START + 24 * DAY_MS
    assert max(ends) < hold_out_ms
    assert len(ends) == 6  # both symbols: checked once, and read for two crashes


def test_progress_is_told_of_every_moment_and_every_crash(run: FinishedRun, root: Path) -> None:
    class Counted:
        def __init__(self) -> None:
            self.total = self.done = 0

        def stage(self, name: str, total: int) -> None:
            assert name == "stress"
            self.total += total

        def advance(self, amount: int) -> None:
            self.done += amount

    watch = Counted()
    settings = replace(FEW_SHOCKS, recorded=(crash(10, 14), crash(24, 26, "in the hold-out")), moments=2)
    stress_of_run(run, Workspace(root), settings, watch)
    assert watch.total == watch.done == 4
