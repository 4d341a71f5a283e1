"""The hold-out: opened by a run once, counted before it is read, walked as the search walks, refused where it must."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.app.small_search import FEW, catalogued, files_of, made_market, searched, small_request
from tests.unit.app.test_settings import GOOD

from tradewind.adapters.catalog import Catalog
from tradewind.adapters.ledger import Ledger
from tradewind.adapters.run_store import HOLD_OUT, FinishedRun, RunStore
from tradewind.app.holdout import HoldOut, hold_outs_of, open_hold_out, traded_from
from tradewind.app.research import catalog_request
from tradewind.app.settings import read_preset
from tradewind.app.workspace import Workspace
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadData, CodeMismatch, DatasetMismatch, RunBusy, RunIncomplete
from tradewind.model.time import DAY_MS, TimeRange
from tradewind.search.procedure import ANY

pytestmark = pytest.mark.slow
FREE = "costs.taker_fee=0.0"
READ = Catalog.bars


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one finished run on a simulated market of 32 days, 7 of them locked."""
    root = tmp_path_factory.mktemp("made")
    searched(small_request(), root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "ws"))


def run_in(root: Path) -> FinishedRun:
    (run,), damaged = RunStore(Workspace(root).runs_directory).all()
    assert not damaged
    return run


def opened(root: Path) -> HoldOut:
    return open_hold_out(run_in(root).run_id, Workspace(root))


def test_a_run_opens_its_hold_out_once_and_its_other_files_stay_as_they_are(root: Path) -> None:
    before = files_of(run_in(root))
    (closed,) = hold_outs_of([run_in(root)], Workspace(root))
    assert (closed.opening, closed.result, closed.runs) == (None, None, 0)
    first = opened(root)
    assert first.opening is not None
    assert (first.opening.nth, first.runs) == (1, 1)
    after = files_of(run_in(root))
    kept = after.pop(HOLD_OUT)
    assert after == before
    again = opened(root)
    assert again.opening == first.opening
    assert again.result == first.result
    assert files_of(run_in(root))[HOLD_OUT] == kept
    assert hold_outs_of([run_in(root)], Workspace(root)) == [again]


def test_it_lasts_from_the_locked_midnight_to_the_end_of_the_data(root: Path) -> None:
    found, request = opened(root), small_request()
    assert found.result is not None
    assert request.extent.start_ms is not None
    assert found.result["start_ms"] == request.extent.start_ms + 25 * DAY_MS
    assert found.result["end_ms"] == request.extent.end_ms
    assert [one["bars"] for one in found.result["data"]] == [7 * 1440, 7 * 1440]
    record = found.result["switch"]
    assert record["days"] == 7
    assert record["trades"] == sum(one["trades"] for one in record["by"]["regime"].values()) > 50
    assert record["trades"] == sum(one["trades"] for one in record["by"]["symbol"].values())
    assert found.result["comparison"]["switch_minus_aside"]["low"] is None  # 7 days are too few for an interval


def test_choices_are_traded_as_the_search_trades_them(made: Path) -> None:
    """The last window's choices, walked as a hold-out from its test's first midnight, are the run's own record."""
    run, request = run_in(made), small_request()
    window = run.table("windows").to_pylist()[-1]
    chosen = [row for row in run.table("choices").to_pylist() if row["window"] == window["window"]]
    names = run.summary["regimes"][0]["names"]
    choices = {
        "switch": {names.index(row["regime"]): row["configuration"] for row in chosen if row["configuration"] >= 0},
        "static": {ANY: chosen[0]["static"]} if chosen[0]["static"] >= 0 else {},
    }
    assert len(choices["switch"]) > 1
    begin, end = window["out_of_sample_start_ms"], window["out_of_sample_end_ms"]
    bars = sorted(request.bars, key=lambda one: one.symbol)
    whole = [one.between(TimeRange(None, run.manifest["hold_out_start_ms"])) for one in bars]
    walked = traded_from(begin, whole[0].ts[-1] + 60_000, whole, request.preset, choices, request.preset.space())
    recorded = run.table("procedure_trades").to_pylist()
    compared = 0
    for name, record in walked.items():
        for one, trades in zip(whole, record.trades, strict=True):
            own = {
                int(one.ts[s]): (int(one.ts[e]), r)
                for s, e, r in zip(trades.signal, trades.exit, trades.r, strict=True)
                if begin <= one.ts[s] < end
            }
            theirs = {
                row["signal_ts"]: (row["exit_ts"], row["r"])
                for row in recorded
                if (row["record"], row["symbol"]) == (name, one.symbol) and begin <= row["signal_ts"] < end
            }
            # A trade carried into the window may have taken the place of the first ones, of no later ones.
            common = min(own.keys() & theirs.keys())
            assert sum(moment < common for moment in own) <= 1
            assert {t: v for t, v in own.items() if t >= common} == {t: v for t, v in theirs.items() if t >= common}
            compared += len(theirs)
    assert compared > 40


def test_features_and_regimes_are_warm_when_the_hold_out_begins(root: Path) -> None:
    run, request, found = run_in(root), small_request(), opened(root)
    assert found.result is not None
    names = run.summary["regimes"][0]["names"]
    choices = {"switch": {names.index(s["regime"]): s["number"] for s in run.summary["specialists"][0]}}
    start, end = found.result["start_ms"], found.result["end_ms"]
    warm = traded_from(start, end, request.bars, request.preset, choices, request.preset.space())["switch"]
    cold_bars = [one.between(TimeRange(start, None)) for one in request.bars]
    cold = traded_from(start, end, cold_bars, request.preset, choices, request.preset.space())["switch"]
    assert found.result["switch"]["trades"] == warm.count > cold.count
    assert found.result["switch"]["mean_r"] == pytest.approx(warm.joined("r").mean())


def test_nothing_after_the_end_of_a_trade_changes_it(root: Path) -> None:
    """The same choices over bars cut off in the middle: every trade that closed before is the same."""
    run, request = run_in(root), small_request()
    start, end = run.manifest["hold_out_start_ms"], int(request.bars[0].ts[-1]) + 60_000
    cut = start + 3 * DAY_MS + 7 * 3_600_000
    static = {"static": {ANY: run.summary["static"]["number"]}}
    whole = traded_from(start, end, request.bars, request.preset, static, request.preset.space())["static"]
    half = traded_from(
        start,
        cut,
        [one.between(TimeRange(None, cut)) for one in request.bars],
        request.preset,
        static,
        request.preset.space(),
    )["static"]
    for one, long, short in zip(request.bars, whole.trades, half.trades, strict=True):
        assert (one.ts[long.signal] >= start).all()
        closed = one.ts[long.exit] < cut
        assert 10 < len(short) == closed.sum()
        assert np.array_equal(short.r, long.r[closed])
        assert short.unfinished == (closed.sum() < (one.ts[long.entry] < cut).sum())
    assert len(half.daily) == 4


def test_the_ledger_counts_runs_and_a_later_search_says_how_many(root: Path) -> None:
    opened(root)
    other = searched(small_request(overrides=["costs.slippage_bps=0.0"]), root)
    assert other.meta["hold_out_openings"] == 1
    second = open_hold_out(other.run_id, Workspace(root))
    assert second.opening is not None
    assert (second.opening.nth, second.runs) == (2, 2)
    first = next(one for one in RunStore(root / "runs").all()[0] if one.run_id != other.run_id)
    shown = open_hold_out(first.run_id, Workspace(root))
    assert shown.opening is not None
    assert (shown.opening.nth, shown.runs) == (1, 2)
    third = searched(small_request(overrides=["costs.slippage_bps=0.1"]), root)
    assert third.meta["hold_out_openings"] == 2


def test_where_nobody_was_chosen_nothing_is_read_and_nothing_counted(tmp_path: Path) -> None:
    run = searched(small_request(edge=False, overrides=["costs.taker_fee=0.005"]), tmp_path)
    assert all(one["number"] < 0 for one in run.summary["specialists"][0])
    found = open_hold_out(run.run_id, Workspace(tmp_path))
    assert found.nothing_to_trade
    assert (found.opening, found.result) == (None, None)
    assert Ledger(tmp_path / "ledger.sqlite").openings() == ()
    assert not (run.folder / HOLD_OUT).exists()


def refused(root: Path) -> None:
    """A refusal is no opening: nothing is counted, nothing written."""
    assert Ledger(root / "ledger.sqlite").openings() == ()
    assert not (run_in(root).folder / HOLD_OUT).exists()


def test_a_run_of_other_code_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.app.again.code_version", lambda: "0123456789abcdef")
    with pytest.raises(CodeMismatch, match=r"was made with other code.*Search again with this code"):
        opened(root)
    refused(root)


def test_a_run_of_another_version_of_the_users_strategy_is_refused(tmp_path: Path) -> None:
    file, root = tmp_path / "mine.py", tmp_path / "ws"
    file.write_text(GOOD)
    preset = read_preset(Path("scalper"), ["strategy={file=" + repr(str(file)) + "}", FREE])
    run = searched(replace(small_request(days=40), preset=preset), root)
    assert max(one["number"] for one in run.summary["specialists"][0]) >= 0
    file.write_text(GOOD.replace("% self.every == 0", "% self.every == 1"))
    with pytest.raises(CodeMismatch, match="other code"):
        opened(root)
    refused(root)
    file.write_text(GOOD)
    assert opened(root).result is not None


def test_a_manifest_changed_by_hand_is_refused(root: Path) -> None:
    manifest = run_in(root).folder / "run.toml"
    manifest.write_text(manifest.read_text().replace("taker_fee = 0.0004", "taker_fee = 0.0001"))
    with pytest.raises(RunIncomplete, match="no longer says what was asked"):
        opened(root)
    refused(root)


def test_a_hold_out_locked_elsewhere_in_this_ledger_is_refused(root: Path) -> None:
    (root / "ledger.sqlite").unlink()
    market = run_in(root).manifest["market"]
    Ledger(root / "ledger.sqlite").hold_out_start(market, 1_704_067_200_000 + 20 * DAY_MS, "search")
    with pytest.raises(DatasetMismatch, match=r"left out everything from 2024-01-26, the ledger locks from 2024-01-21"):
        opened(root)
    refused(root)


def symbols_of(bars: Sequence[Bars]) -> list[str]:
    return [one.symbol for one in bars]


def days_of_market(days: int) -> Sequence[Bars]:
    """The first days of one and the same market."""
    return [one.between(TimeRange(None, int(one.ts[0]) + days * DAY_MS)) for one in made_market(days=36)]


@pytest.fixture(scope="module")
def stocked_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a catalog of 30 days, and one run over it that chose somebody."""
    root, bars = tmp_path_factory.mktemp("stocked"), days_of_market(30)
    catalogued(root, bars)
    preset = read_preset(Path("scalper"), [*FEW, FREE])
    run = searched(catalog_request(preset, Workspace(root), symbols=symbols_of(bars)), root)
    assert max(one["number"] for one in run.summary["specialists"][0]) >= 0
    return root


@pytest.fixture
def stocked(stocked_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stocked_run, tmp_path / "ws"))


def changed(bars: Bars, at: int) -> Bars:
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    columns["volume"][at] += 1.0
    return replace(bars, **columns)


def rewritten(root: Path, bars: Sequence[Bars]) -> None:
    shutil.rmtree(root / "catalog")
    catalogued(root, bars)


def test_bars_that_changed_before_the_hold_out_are_refused_and_later_ones_are_not(stocked: Path) -> None:
    first, second = days_of_market(30)
    rewritten(stocked, [first, changed(second, 1440)])
    with pytest.raises(DatasetMismatch, match=f"the bars of {second.symbol} are not those"):
        opened(stocked)
    refused(stocked)
    rewritten(stocked, [first, changed(second, 29 * 1440)])
    assert opened(stocked).result is not None


def test_the_opening_is_in_the_ledger_before_a_bar_of_the_hold_out_is_read(
    stocked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, counted = run_in(stocked).manifest["hold_out_start_ms"], []

    def spied(catalog: Catalog, venue: str, symbol: str, timeframe: str, span: TimeRange) -> Bars:
        found = READ(catalog, venue, symbol, timeframe, span)
        if found.ts[-1] >= start:
            counted.append(len(Ledger(stocked / "ledger.sqlite").openings()))
        return found

    monkeypatch.setattr(Catalog, "bars", spied)
    opened(stocked)
    assert counted == [1, 1]


def test_a_ledger_that_cannot_count_keeps_the_hold_out_closed(stocked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []

    def spied(catalog: Catalog, venue: str, symbol: str, timeframe: str, span: TimeRange) -> Bars:
        found = READ(catalog, venue, symbol, timeframe, span)
        ends.append(int(found.ts[-1]))
        return found

    def full(*_: object, **__: object) -> None:
        raise BadData("the ledger cannot be used: database or disk is full", "Make room")

    monkeypatch.setattr(Catalog, "bars", spied)
    monkeypatch.setattr(Ledger, "open_hold_out", full)
    with pytest.raises(BadData, match="disk is full"):
        opened(stocked)
    refused(stocked)
    assert max(ends) < run_in(stocked).manifest["hold_out_start_ms"]


def test_bars_that_came_later_lengthen_no_opening(stocked: Path) -> None:
    first = opened(stocked)
    assert first.opening is not None
    assert first.opening.end_ms == days_of_market(30)[0].ts[0] + 30 * DAY_MS
    content = (run_in(stocked).folder / HOLD_OUT).read_bytes()
    rewritten(stocked, days_of_market(36))
    (run_in(stocked).folder / HOLD_OUT).unlink()
    assert opened(stocked).opening == first.opening
    assert (run_in(stocked).folder / HOLD_OUT).read_bytes() == content


def test_a_run_asked_for_a_part_of_the_time_is_tried_on_the_whole_hold_out(stocked: Path) -> None:
    bars = days_of_market(30)
    preset = read_preset(Path("scalper"), [*FEW, FREE])
    part = catalog_request(
        preset, Workspace(stocked), symbols=symbols_of(bars), span=TimeRange.parse("20240102-20240122")
    )
    run = searched(part, stocked)
    found = open_hold_out(run.run_id, Workspace(stocked))
    assert found.result is not None
    assert found.result["start_ms"] == bars[0].ts[0] + 24 * DAY_MS
    assert [one["bars"] for one in found.result["data"]] == [6 * 1440, 6 * 1440]


def test_a_damaged_or_foreign_result_is_named_and_can_be_made_again(root: Path) -> None:
    first = opened(root)
    path = run_in(root).folder / HOLD_OUT
    whole = path.read_bytes()
    for damaged in (whole[:40], b"[]", json.dumps({"run": "another"}).encode()):
        path.write_bytes(damaged)
        with pytest.raises(RunIncomplete, match=r"hold_out\.json is .*Delete it: `tradewind holdout` makes it again"):
            opened(root)
    path.unlink()
    assert opened(root).result == first.result
    assert path.read_bytes() == whole


def test_a_run_that_another_process_is_making_is_left_alone(root: Path) -> None:
    writer = RunStore(root / "runs").begin(run_in(root).run_id)
    with pytest.raises(RunBusy):
        opened(root)
    writer.release()
    assert opened(root).result is not None
