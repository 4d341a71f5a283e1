"""A search from request to run folder: same bytes however it runs, the hold-out, the ledger, what is refused."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.app.small_search import FEW, catalogued, files_of, made_market, searched, small_request
from tests.unit.app.test_settings import GOOD

from tradewind.adapters.catalog import Catalog
from tradewind.adapters.ledger import Ledger
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.research import catalog_request
from tradewind.app.search import SearchRequest, before_hold_out
from tradewind.app.settings import read_preset
from tradewind.app.workspace import Workspace
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadSetting, NoData, WrongUse
from tradewind.model.time import DAY_MS, TimeRange

pytestmark = pytest.mark.slow
TRIALS = 96 * (1 + 4 + 2 + 3)  # over all bars, and in each regime of the preset's three detectors


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return searched(small_request(), tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_is_the_same_bytes_for_any_number_of_workers_and_order_of_symbols(
    run: FinishedRun, tmp_path: Path, workers: int
) -> None:
    request = small_request()
    again = searched(replace(request, bars=request.bars[::-1], workers=workers), tmp_path)
    assert again.run_id == run.run_id
    assert files_of(again) == files_of(run)
    assert len(files_of(run)) > 8


def test_the_same_question_finds_the_finished_run_and_counts_once(run: FinishedRun, tmp_path: Path) -> None:
    first = searched(small_request(), tmp_path)
    assert searched(small_request(), tmp_path).meta == first.meta
    again = searched(replace(small_request(), again=True), tmp_path)
    assert again.meta["process"] == first.meta["process"]
    assert files_of(again) == files_of(run)
    assert again.meta["trials_in_ledger"] == TRIALS
    assert again.summary["trials"] == {"configurations": 96, "labels": 10, "together": TRIALS}
    assert again.meta["hold_out_openings"] == 0


def test_a_trial_is_counted_once_however_a_search_is_put(tmp_path: Path) -> None:
    searched(small_request(), tmp_path)
    request = small_request(overrides=["strategy.values.entry_z=[3.0, 4.0]"])
    # One entry threshold of two is new, so half of the configurations, each under every label.
    assert searched(request, tmp_path).meta["trials_in_ledger"] == TRIALS + 48 * 10
    detectors = 'detectors=[{name="trend_stress"}, {name="trending_ranging_volatile"}, {name="volatility_cluster"}]'
    assert searched(small_request(overrides=[detectors]), tmp_path).meta["trials_in_ledger"] == TRIALS + 48 * 10


def test_regimes_told_in_another_way_are_other_trials_and_all_bars_are_not(tmp_path: Path) -> None:
    searched(small_request(), tmp_path)
    fewer = searched(small_request(overrides=['detectors=[{name="trend_stress"}]']), tmp_path)
    assert fewer.summary["trials"]["together"] == 96 * (1 + 4)
    assert fewer.meta["trials_in_ledger"] == TRIALS
    confirmed = searched(small_request(overrides=['detectors=[{name="trend_stress", confirm_bars=5}]']), tmp_path)
    assert confirmed.meta["trials_in_ledger"] == TRIALS + 96 * 4


def test_walking_everything_under_every_mask_tries_no_more_than_the_shortlists_were_chosen_from(tmp_path: Path) -> None:
    exact = searched(small_request(overrides=["search.exact_masks=true"]), tmp_path)
    assert exact.summary["trials"]["together"] == TRIALS
    assert exact.summary["accounts"]["masked_walks"] == TRIALS - 96


def changed_from(bars: Bars, moment: int) -> Bars:
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    for name in ("open", "high", "low", "close"):
        columns[name][bars.ts >= moment] *= 1.5
    return replace(bars, **columns)


def test_bars_of_the_hold_out_change_no_byte_of_a_run(run: FinishedRun, tmp_path: Path) -> None:
    hold_out = run.manifest["hold_out_start_ms"]
    request = small_request()
    assert hold_out % DAY_MS == 0
    assert all(one.ts[-1] > hold_out for one in request.bars)
    other = replace(request, bars=[changed_from(one, hold_out) for one in request.bars])
    assert files_of(searched(other, tmp_path)) == files_of(run)
    earlier = replace(request, bars=[changed_from(one, hold_out - 60_000) for one in request.bars])
    assert searched(earlier, tmp_path).run_id != run.run_id


def test_the_hold_out_begins_at_one_midnight_for_all_and_is_never_moved(run: FinishedRun, tmp_path: Path) -> None:
    first = searched(small_request(), tmp_path).manifest
    start = small_request().extent.start_ms
    assert start is not None
    assert first["hold_out_start_ms"] == start + 25 * DAY_MS  # 80 % of 32 days is 25.6
    assert {one["last_ts"] for one in first["data"]} == {start + 25 * DAY_MS - 60_000}
    longer = small_request(days=40)
    more = replace(longer, market=small_request().market)
    assert searched(more, tmp_path).manifest["hold_out_start_ms"] == first["hold_out_start_ms"]
    share = small_request(overrides=["hold_out.share=0.5"])
    assert searched(share, tmp_path).manifest["hold_out_start_ms"] == first["hold_out_start_ms"]


def test_what_lies_in_the_hold_out_alone_is_refused() -> None:
    late = small_request().bars[0]
    with pytest.raises(NoData, match=r"all bars asked for of .* lie in the hold-out, which begins 2023-12-31"):
        before_hold_out([late], int(late.ts[0]) - DAY_MS)


def own_preset(path: Path, source: str) -> Sequence[str]:
    path.write_text(source)
    return ["strategy={file=" + repr(str(path)) + "}"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return Signals((np.arange(len(features)) % self.hold == 0).astype(np.int8))", "line 14: PlanParameterRead"),
        ("return 1 / 0", "line 14: ZeroDivisionError"),
        ("return None", "signals of Mine are of the type NoneType"),
        ("return features.atr(-3)", "every 10 hold 5: a feature over -3 bars"),
    ],
)
def test_a_strategy_that_fails_in_its_signals_is_refused_with_its_line(tmp_path: Path, body: str, says: str) -> None:
    source = GOOD.replace("return Signals((np.arange(len(features)) % self.every == 0).astype(np.int8))", body)
    request = small_request(overrides=[])
    preset = read_preset(Path("scalper"), own_preset(tmp_path / "mine.py", source))
    with pytest.raises(BadSetting, match=says):
        searched(replace(request, preset=preset), tmp_path / "ws")
    assert not (tmp_path / "ws" / "runs").exists()


def test_another_version_of_a_strategy_file_is_another_run_and_other_trials(tmp_path: Path) -> None:
    def of(source: str) -> FinishedRun:
        preset = read_preset(Path("scalper"), own_preset(tmp_path / "mine.py", source))
        return searched(replace(small_request(), preset=preset), tmp_path / "ws")

    first, second = of(GOOD), of(GOOD.replace("% self.every == 0", "% self.every == 1"))
    assert first.run_id != second.run_id
    assert second.meta["trials_in_ledger"] == 8 * 10


@pytest.mark.parametrize("setting", ["lookback=[-5]", "lookback=[0]", "vol_period=[0]"])
def test_a_parameter_value_no_feature_takes_is_a_setting_refused(tmp_path: Path, setting: str) -> None:
    with pytest.raises(BadSetting, match=setting.partition("=")[0]):
        searched(small_request(overrides=[f"strategy.values.{setting}"]), tmp_path)
    assert not (tmp_path / "runs").exists()


def test_a_purge_that_is_too_short_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"walk_forward\.purge_bars to at least 61"):
        searched(small_request(overrides=["walk_forward.purge_bars=3"]), tmp_path)
    assert not (tmp_path / "runs").exists()


READ = Catalog.bars


def from_catalog(
    root: Path, span: str = "-", symbols: Sequence[str] = ("BTC/USDT", "ADA/USDT"), *more: str
) -> SearchRequest:
    return catalog_request(
        read_preset(Path("scalper"), [*FEW, *more]), Workspace(root), symbols=symbols, span=TimeRange.parse(span)
    )


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stocked")
    whole, listed_later = made_market()
    out = (whole.ts >= whole.ts[0] + 9 * DAY_MS) & (whole.ts < whole.ts[0] + 12 * DAY_MS)
    holey = replace(whole, **{name: getattr(whole, name)[~out] for name in BAR_COLUMNS})
    catalogued(
        root,
        [replace(holey, symbol="BTC/USDT"), replace(listed_later.rows(8 * 1440, len(listed_later)), symbol="ADA/USDT")],
    )
    return root


def test_days_without_bars_and_a_symbol_listed_later_are_searched_as_they_are(stocked: Path) -> None:
    run = searched(from_catalog(stocked), stocked)
    data = run.summary["data"]
    assert data["symbols"] == ["ADA/USDT", "BTC/USDT"]
    assert (data["gaps"], data["missing_bars"]) == (1, 3 * 1440)
    trades = run.table("procedure_trades")
    assert run.summary["accounts"]["test_trades"] > 0
    if len(trades):
        inside = [
            t
            for t, s in zip(trades["signal_ts"].to_pylist(), trades["symbol"].to_pylist(), strict=True)
            if s == "BTC/USDT"
        ]
        hole = data["first_ts"] + 9 * DAY_MS
        assert not [t for t in inside if hole <= t < hole + 3 * DAY_MS]


def test_spot_opens_no_short(stocked: Path) -> None:
    run = searched(from_catalog(stocked, "-", ["BTC/USDT"], 'market.trade_as="spot"', "costs.taker_fee=0.0"), stocked)
    assert run.summary["procedure"]["switch"]["by"]["side"]["short"]["trades"] == 0
    assert run.summary["accounts"]["test_trades"] > 0


def test_the_order_in_which_symbols_are_asked_for_is_no_other_run(stocked: Path) -> None:
    one, other = from_catalog(stocked), from_catalog(stocked, "-", ["ADA/USDT", "BTC/USDT"])
    assert searched(one, stocked).run_id == searched(other, stocked).run_id


def test_the_hold_out_comes_from_all_data_and_not_from_the_time_range(stocked: Path, tmp_path: Path) -> None:
    request = from_catalog(stocked, "20240101-20240109", ["BTC/USDT"])
    run = searched(request, tmp_path)
    assert request.extent.end_ms is not None
    assert run.manifest["hold_out_start_ms"] == run.manifest["data"][0]["first_ts"] + 19 * DAY_MS  # 80 % of 24 is 19.2
    assert Ledger(tmp_path / "ledger.sqlite").hold_out_start("binance", 1, "x") == run.manifest["hold_out_start_ms"]


def test_bars_of_the_hold_out_are_never_read(stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[int] = []

    def spied(catalog: Catalog, venue: str, symbol: str, timeframe: str, span: TimeRange) -> Bars:
        found = READ(catalog, venue, symbol, timeframe, span)
        ends.append(int(found.ts[-1]) + found.timeframe_ms)
        return found

    monkeypatch.setattr(Catalog, "bars", spied)
    run = searched(from_catalog(stocked), tmp_path)
    assert ends == [run.manifest["hold_out_start_ms"]] * 2


def test_more_data_moves_no_hold_out_and_changes_no_byte(tmp_path: Path) -> None:
    longer = made_market(days=30)
    shorter = [one.between(TimeRange(None, int(one.ts[0]) + 24 * DAY_MS)) for one in longer]
    catalogued(tmp_path, shorter)
    symbols = [one.symbol for one in shorter]
    first = searched(from_catalog(tmp_path, "-", symbols), tmp_path)
    files = files_of(first)
    catalogued(tmp_path, longer)
    request = from_catalog(tmp_path, "-", symbols)
    assert request.extent.end_ms == longer[0].ts[0] + 30 * DAY_MS
    again = searched(replace(request, again=True), tmp_path)
    assert again.run_id == first.run_id
    assert files_of(again) == files
    # A workspace whose first search knew all of it locks later: 80 % of 30 days.
    (tmp_path / "ledger.sqlite").unlink()
    other = searched(from_catalog(tmp_path, "-", symbols), tmp_path)
    assert other.manifest["hold_out_start_ms"] == longer[0].ts[0] + 24 * DAY_MS
    assert first.manifest["hold_out_start_ms"] == longer[0].ts[0] + 19 * DAY_MS


@pytest.mark.parametrize(
    ("span", "symbols", "says"),
    [
        ("20100101-20110101", ["BTC/USDT"], "BTC/USDT has no bars in that time range, but from 2024-01-01"),
        ("20240101-20240105", ["ADA/USDT", "BTC/USDT"], "ADA/USDT has no bars in that time range, but from 2024-01-09"),
        ("-", ["DOGE/USDT"], "no bars of binance DOGE/USDT 1m"),
        ("20240121-20240124", ["BTC/USDT"], "all bars asked for of BTC/USDT lie in the hold-out, which begins 2024-01"),
    ],
)
def test_what_the_catalog_has_not_is_named(stocked: Path, span: str, symbols: Sequence[str], says: str) -> None:
    with pytest.raises(NoData, match=says):
        from_catalog(stocked, span, symbols)


def test_a_symbol_asked_for_twice_is_wrong_use(stocked: Path) -> None:
    with pytest.raises(WrongUse, match="twice"):
        from_catalog(stocked, "-", ["BTC/USDT", "BTC/USDT"])


def test_too_little_history_says_how_much_is_needed(stocked: Path, tmp_path: Path) -> None:
    with pytest.raises(NoData, match="2 days of history are too few for a window of 5 days"):
        searched(from_catalog(stocked, "20240101-20240103", ["BTC/USDT"]), tmp_path)
    assert not (tmp_path / "runs").exists()


def test_the_manifest_tells_data_settings_and_space(run: FinishedRun) -> None:
    manifest = tomllib.loads((run.folder / "run.toml").read_text())
    assert [len(one["hash"]) > 8 for one in manifest["data"]] == [True, True]
    assert manifest["space"]["configurations"] == 96
    assert manifest["preset"]["costs"]["taker_fee"] == 0.0004
    assert np.isclose(run.summary["round_trip_bps"], 10.0)
