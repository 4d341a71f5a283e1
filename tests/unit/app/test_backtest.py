"""A backtest: one account over catalogued bars, its report adding up, nothing of a locked hold-out, the same bytes."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.unit.app.small_search import catalogued, made_market

from tradewind.adapters.ledger import Ledger
from tradewind.app.backtest import BacktestRequest, FinishedBacktest, backtest, voices_of
from tradewind.app.settings import Preset, read_preset
from tradewind.app.watching import SilentProgress
from tradewind.app.workspace import Workspace
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData, WrongUse
from tradewind.model.signals import Signals
from tradewind.model.time import TimeRange
from tradewind.trading.decisions import closed_bar, decide, last_bar

DAYS = 12
SYMBOLS = ("BTC/USDT", "ETH/USDT")


@pytest.fixture(scope="module")
def market() -> Sequence[Bars]:
    return made_market(DAYS)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, market: Sequence[Bars]) -> Path:
    root = tmp_path_factory.mktemp("backtest")
    catalogued(root, market)
    return root


def preset(*overrides: str) -> Preset:
    return read_preset(Path("scalper"), overrides)


def done(root: Path, *overrides: str, span: str = "-", workers: int | None = None) -> FinishedBacktest:
    request = BacktestRequest(preset=preset(*overrides), symbols=SYMBOLS, span=TimeRange.parse(span), workers=workers)
    return backtest(request, Workspace(root), SilentProgress())


@pytest.fixture(scope="module")
def finished(root: Path) -> FinishedBacktest:
    return done(root)


def test_every_breakdown_adds_up_to_the_whole_and_the_trades_to_the_cash(finished: FinishedBacktest) -> None:
    summary = finished.summary
    whole = summary["trades"]
    assert whole["trades"] > 100
    for groups in summary["by"].values():
        assert sum(one["trades"] for one in groups.values()) == whole["trades"]
        for name in ("net", "gross", "fees", "slippage", "funding"):
            assert sum(Decimal(one[name]) for one in groups.values()) == Decimal(whole[name])
    assert Decimal(whole["gross"]) - Decimal(whole["fees"]) - Decimal(whole["funding"]) == Decimal(whole["net"])
    if summary["account"]["open_trades"] == 0:
        expected = Decimal(repr(summary["account"]["deposit"])) + Decimal(whole["net"])
        assert Decimal(summary["account"]["cash"]) == expected


def test_the_tables_hold_what_the_summary_says(finished: FinishedBacktest) -> None:
    trades = pq.read_table(finished.folder / "trades.parquet")
    assert trades.num_rows == finished.summary["trades"]["trades"]
    total = sum(Decimal(text) for text in trades["net_quote"].to_pylist())
    assert total == Decimal(finished.summary["trades"]["net"])
    equity = pq.read_table(finished.folder / "equity.parquet")
    assert equity.num_rows == finished.summary["account"]["days"] == DAYS
    assert equity["equity"].to_pylist()[-1] == finished.summary["account"]["equity"]


def test_the_same_question_gives_the_same_bytes_for_any_number_of_threads(
    finished: FinishedBacktest, root: Path
) -> None:
    def content(folder: Path) -> dict[str, str]:
        return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(folder.iterdir())}

    before = content(finished.folder)
    assert content(done(root, workers=1).folder) == before


def test_nothing_of_a_locked_hold_out_is_traded(root: Path, market: Sequence[Bars], tmp_path: Path) -> None:
    catalogued(tmp_path, market)
    day = int(market[0].ts[0]) // 86_400_000 + 9
    Ledger(Workspace(tmp_path).ledger_path).hold_out_start("binance", day * 86_400_000, "a search")
    with pytest.raises(BadSetting, match="hold-out"):
        done(tmp_path)
    end = str(np.datetime64(day, "D")).replace("-", "")
    assert done(tmp_path, span=f"-{end}").summary["account"]["days"] == 9


def test_regime_caps_bound_what_is_held_and_unknown_regimes_are_refused(root: Path) -> None:
    capped = done(root, "account.regime_caps.STRESS=50.0", "account.daily_drawdown=1.0")
    trades = pq.read_table(capped.folder / "trades.parquet").to_pylist()
    stressed = [one for one in trades if one["regime"] == "STRESS"]
    assert stressed
    assert all(float(one["quantity"]) * float(one["entry_price"]) < 50.0 * 1.02 for one in stressed)
    with pytest.raises(BadSetting, match="PANIC"):
        done(root, "account.regime_caps.PANIC=50.0")


def test_a_share_of_zero_leaves_a_strategy_out_and_none_left_is_refused(root: Path) -> None:
    alone = done(root, "account.static_share=0.0")
    assert set(alone.summary["by"]["strategy"]) == {"switch"}
    with pytest.raises(BadSetting, match="nobody is left"):
        done(root, "account.static_share=0.0", "account.switch_share=0.0")


def test_a_time_range_without_bars_is_refused(root: Path) -> None:
    with pytest.raises(NoData, match="time range"):
        done(root, span="20300101-20300201")


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ('account.sizing.type="martingale"', "martingale"),
        ("account.deposit=-5.0", "deposit"),
        ("account.switch.lookbak=5", "lookbak"),
        ('account.filters."BTC/USDT".tick="0.1x"', "tick"),
        ('account.filters={"BTC/USD" = {tick = "0.1"}}', "BTC/USD,"),
        ('account.instrument_caps={"XRP/USD" = 5.0}', "XRP/USD"),
    ],
)
def test_bad_account_settings_are_refused_by_name(root: Path, override: str, named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        done(root, override)


def test_a_live_sized_window_says_of_its_last_bar_what_the_whole_history_says(market: Sequence[Bars]) -> None:
    given = preset()
    voices = voices_of(BacktestRequest(preset=given, symbols=SYMBOLS))
    detector, bars, window = given.built_detectors()[0], market[0], 1_200
    whole = decide(bars, voices, detector)
    spoke = 0
    for row in np.random.default_rng(1).integers(window, len(bars), 150).tolist():
        live = last_bar(bars.rows(row - window + 1, row + 1), voices, detector)
        assert live == closed_bar(whole, row)
        spoke += bool(live.signals)
    assert spoke > 5


def test_size_in_inverse_proportion_to_volatility_follows_the_last_bars(root: Path, market: Sequence[Bars]) -> None:
    sizing = 'account.sizing={type = "inverse_volatility", target_volatility = 0.0002}'
    finished = done(root, sizing, "account.static_share=0.0", "account.regime_caps={}")
    first = min(pq.read_table(finished.folder / "trades.parquet").to_pylist(), key=lambda trade: trade["number"])
    bars = next(one for one in market if one.symbol == first["symbol"])
    row = int(np.searchsorted(bars.ts, first["signal_ts"]))
    # The switch of the preset looks back 60 bars; a share of 0.7 of what one of two slots may bring.
    volatility = np.diff(np.log(bars.close[row - 60 : row + 1])).std(ddof=1)
    notional = min(10_000.0 * 0.0002 / 2 / volatility, 5_000.0) * 0.7
    assert float(first["quantity"]) == pytest.approx(notional / bars.close[row], rel=1e-9)


def test_a_window_longer_than_the_usual_warm_up_gets_the_bars_it_needs(root: Path, market: Sequence[Bars]) -> None:
    day = str(np.datetime64(int(market[0].ts[0]) // 86_400_000 + 9, "D")).replace("-", "")
    end = str(np.datetime64(int(market[0].ts[0]) // 86_400_000 + 10, "D")).replace("-", "")
    only_static = ("account.switch_share=0.0", "account.static_share=1.0")
    # With 4,096 earlier bars it could not speak on this day at all.
    long = done(root, *only_static, "account.static.lookback=6000", span=f"{day}-{end}")
    assert long.summary["trades"]["trades"] > 0


def test_a_symbol_named_twice_is_refused_and_not_traded_twice(root: Path) -> None:
    request = BacktestRequest(preset=preset(), symbols=("BTC/USDT", "BTC/USDT"))
    with pytest.raises(WrongUse, match="named twice"):
        backtest(request, Workspace(root), SilentProgress())


MINE = """
from dataclasses import dataclass
import numpy as np
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.model.signals import Signals

@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    lookback: int = choice(3, 4)

    def signals(self, features):
        direction = np.zeros(len(features), np.int8)
        direction[::50] = 1
        return Signals(direction)

    @property
    def plan(self):
        return Plan(stop=AtrDistance(14, 2.0), target=AtrDistance(14, 2.0), hold=20)
"""


def of_mine(root: Path, file: Path, source: str) -> FinishedBacktest:
    file.write_text(source)
    mine = f'strategy={{file = "{file}"}}'
    own = preset(mine, "account.switch={}", "account.static={}")
    request = BacktestRequest(preset=own, symbols=["BTC/USDT"], span=TimeRange.parse("-"))
    return backtest(request, Workspace(root), SilentProgress())


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("return Signals(direction)", "raise RuntimeError('boom')", "line 15: RuntimeError: boom"),
        ("return Signals(direction)", "raise SystemExit(3)", "line 15: SystemExit: 3"),
        ("return Plan(", "return dict(", "AttributeError"),
        ("return Signals(direction)", "return Signals(direction * 1.0)", "direction of Mine is float64"),
    ],
)
def test_a_fault_in_a_strategy_file_is_told_as_its_own(
    root: Path, tmp_path: Path, right: str, wrong: str, problem: str
) -> None:
    with pytest.raises(BadSetting, match=problem):
        of_mine(root, tmp_path / "mine.py", MINE.replace(right, wrong))


def test_another_version_of_a_strategy_file_is_another_backtest(root: Path, tmp_path: Path) -> None:
    one = of_mine(root, tmp_path / "mine.py", MINE)
    other = of_mine(root, tmp_path / "mine.py", MINE.replace("[::50]", "[::60]"))
    assert one.name != other.name
    assert one.page.exists()


def test_what_a_killed_backtest_left_is_removed_by_the_next(root: Path) -> None:
    left = root / "backtests" / ".partial-backtest-scalper-0123456789ab"
    left.mkdir(parents=True)
    (root / "backtests" / ".lock-backtest-scalper-0123456789ab").touch()
    done(root)
    assert [path.name for path in (root / "backtests").glob(".*")] == []


def test_size_by_volatility_is_refused_where_the_strategy_gives_none(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.strategies.lr_scalper.Signals", lambda direction, confidence, _: Signals(direction))
    with pytest.raises(BadSetting, match="signals of switch do not give"):
        done(root, 'account.sizing={type = "inverse_volatility", target_volatility = 0.01}')
