"""The benchmarks: what they compare is the same work, what they need is asked for, and their spaces are as named."""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks import alone, engines, registry, replay
from benchmarks.__main__ import main
from benchmarks.alone import MANY, TEN_TIMES
from benchmarks.bar_loop import cache_features, loop_over_bars, tracks_of
from benchmarks.harness import Asked, Figure, interleaved, save
from benchmarks.markets import catalogued, real_series, series_of
from benchmarks.quintiles import VolatilityQuintiles
from benchmarks.registry import BENCHMARKS
from benchmarks.searching import SPACE, prepared, walks_of
from benchmarks.vectorbt_signals import Compared
from tests.contracts.detector_contract import check_detector, hard_bars

from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.model.errors import NoData
from tradewind.model.trades import ExitReason, TradeTable
from tradewind.search.cells import walk_unmasked
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper


@pytest.fixture(scope="module")
def series() -> Sequence[Bars]:
    return series_of(Asked(days=24), 24)


def test_every_benchmark_of_the_table_can_be_called() -> None:
    for name, benchmark in BENCHMARKS.items():
        module = importlib.import_module(f"benchmarks.{benchmark.module}")
        assert callable(module.measure), name


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refrence"]) == 2
    said = capsys.readouterr().err
    assert "refrence" in said
    assert all(name in said for name in BENCHMARKS)


def test_a_missing_peer_is_one_line_with_the_command_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.util.find_spec

    def gone(name: str, package: str | None = None) -> object:
        return None if name == "vectorbt" else there(name, package)

    monkeypatch.setattr(registry.importlib.util, "find_spec", gone)
    assert main(["reference", "vectorbt"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "vectorbt" in captured.err
    assert "make peers" in captured.err


def test_the_larger_spaces_have_the_sizes_they_are_named_for_and_hold_the_reference_space() -> None:
    ten, many = Space.of(LRScalper, TEN_TIMES), Space.of(LRScalper, MANY)
    assert (len(SPACE), len(ten), len(many)) == (12_288, 122_880, 276_480)
    for larger in (ten, many):
        for lists, of_reference in (
            (larger.signal_values, SPACE.signal_values),
            (larger.exit_values, SPACE.exit_values),
        ):
            assert all(set(values) <= set(lists[name]) for name, values in of_reference.items())


def test_the_quintile_detector_keeps_the_contract_of_detectors() -> None:
    check_detector(VolatilityQuintiles(), hard_bars(3, 3000), 1, starts=10, cuts=6)


def test_a_quintile_is_the_number_of_quantiles_that_the_volatility_tops() -> None:
    bars, detector = hard_bars(5, 2500), VolatilityQuintiles(reference=300)
    features = Features(bars)
    labels, volatility = detector.labels(features).values, features.volatility(20)
    for at in range(detector.window - 1, len(bars), 61):
        past = volatility[at - 299 : at + 1]
        assert labels[at] == int((volatility[at] > np.quantile(past, [0.2, 0.4, 0.6, 0.8])).sum())
    assert set(labels[detector.window - 1 :]) == {0, 1, 2, 3, 4}


@pytest.mark.slow
def test_the_loop_over_bars_gives_the_cells_totals_and_days_of_the_first_pass(series: Sequence[Bars]) -> None:
    universe = prepared(series, 2)
    tracks = tracks_of(universe)
    for number in (0, 191, 5_000, 12_287):
        scalper = SPACE.strategy_at(number)
        assert isinstance(scalper, LRScalper)
        for track in tracks:
            cache_features(track, scalper)
        loop = loop_over_bars(universe, tracks, scalper)
        walked = walk_unmasked(universe, SPACE, [number // SPACE.signals], lambda _: None)
        row = number % SPACE.signals
        assert loop.cells[..., 0].sum() > 0
        assert loop.cells.shape == walked.cells[:, :, row : row + 1].shape
        np.testing.assert_allclose(loop.cells[:, :, 0], walked.cells[:, :, row], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(loop.totals[:, :, 0], walked.totals[:, :, row], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(loop.daily[0], walked.daily[row], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_timed_walks_make_every_trade_of_the_first_pass_on_any_number_of_threads(series: Sequence[Bars]) -> None:
    universe = prepared(series[:1], 1)
    walks = walks_of(universe, plans=3)
    trades = sum(walk_unmasked(universe, SPACE, [plan], lambda _: None).cells[..., 0, 0].sum() for plan in range(3))
    assert walks(1) == walks(2) == trades > 0


@pytest.mark.slow
def test_a_search_alone_searches_every_bar_and_says_what_it_took(tmp_path: Path, series: Sequence[Bars]) -> None:
    catalogued(series, tmp_path)
    took = alone.alone("reference", tmp_path, Asked(tmp_path, days=20))
    assert (took.configurations, took.bars, took.labels) == (12_288, 3 * 20 * 1440, 9)
    assert 0 < took.loaded_mb < took.peak_mb
    assert took.seconds > 0
    assert took.files_mb > 0


def test_days_are_the_last_ones_that_all_symbols_have(tmp_path: Path, series: Sequence[Bars]) -> None:
    bitcoin, ether, solana = series
    catalogued([bitcoin, ether, solana.rows(5 * 1440, 20 * 1440)], tmp_path)
    shortened = real_series(tmp_path, ("BTC", "SOL"), 3)
    assert [len(bars) for bars in shortened] == [3 * 1440, 3 * 1440]
    assert {int(bars.ts[-1]) for bars in shortened} == {int(bitcoin.ts[20 * 1440 - 1])}
    with pytest.raises(NoData, match="DOGE"):
        real_series(tmp_path, ("DOGE",))


def test_arms_take_turns_and_the_median_is_reported() -> None:
    order: list[str] = []
    seconds = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)
    assert order == ["a", "b"] * 3
    assert set(seconds) == {"a", "b"}


def test_results_are_saved_with_what_was_asked(tmp_path: Path) -> None:
    path = save(tmp_path, "reference", [Figure("bars", 5, "", "of one symbol")], Asked(days=30, repeats=2, threads=1))
    content = json.loads(path.read_text())
    assert content["asked"] == {"market": "SIMULATED market", "days": 30, "repeats": 2, "threads": 1}
    assert content["figures"] == [{"name": "bars", "value": 5, "unit": "", "remark": "of one symbol"}]
    assert {"processor", "cores", "python"} == set(content["machine"])


def table(*rows: tuple[int, int, int, float, ExitReason]) -> TradeTable:
    """Trades by entry, exit, direction, exit price and reason; nothing else of them is looked at."""
    entry, left, direction, price, reason = (np.array(column) for column in zip(*rows, strict=True))
    other = {
        name: np.zeros(len(rows)) for name in TradeTable.__dataclass_fields__ if name not in ("dropped", "unfinished")
    }
    given = {"entry": entry, "exit": left, "direction": direction, "exit_price": price, "reason": reason}
    return TradeTable(**{**other, **given}, dropped=0, unfinished=0)


def test_trades_are_matched_by_bars_and_direction_and_every_parting_has_a_reason() -> None:
    ours = table(
        (10, 12, 1, 100.0, ExitReason.STOP),  # the same
        (20, 20, -1, 99.0, ExitReason.STOP),  # left in its entry bar
        (21, 25, 1, 98.0, ExitReason.TARGET),  # follows
        (30, 31, 1, 97.0, ExitReason.TARGET),  # the same again, at another price
        (40, 99, 1, 97.0, ExitReason.TIME),  # at the hold
        (100, 101, 1, 97.0, ExitReason.STOP),  # the same
        (110, 112, -1, 97.0, ExitReason.STOP),  # they went long: nothing explains it
    )
    kind = [("entry_idx", int), ("exit_idx", int), ("direction", int), ("status", int), ("exit_price", float)]
    theirs = np.array(
        [(10, 12, 0, 1, 100.0), (20, 26, 1, 1, 99.0), (30, 31, 0, 1, 97.5), (40, 120, 0, 0, 97.0),
         (100, 101, 0, 1, 97.0), (110, 112, 0, 1, 97.0)],
        dtype=kind,
    )  # fmt: skip
    compared = Compared()
    compared.add(ours, theirs)
    assert (compared.ours, compared.theirs, compared.same, compared.same_price) == (7, 5, 3, 2)
    parted = (compared.in_entry_bar, compared.followed, compared.at_hold, compared.unexplained)
    assert parted == (1, 1, 1, 1)


def test_a_journal_is_read_into_the_same_account_from_its_beginning_and_from_its_snapshot() -> None:
    # That the accounts are the same is asserted where they are measured.
    figures = {figure.name: figure.value for figure in replay.measure(Asked(days=9))}
    assert 0 < figures["events after the snapshot"] < figures["events"] / 4


def test_engines_that_are_not_installed_are_named_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engines, "PYTHON", tmp_path / "python")
    with pytest.raises(registry.MissingPeer, match="nautilus_trader") as raised:
        engines.measure(Asked())
    assert "make peers" in str(raised.value.remedy)
