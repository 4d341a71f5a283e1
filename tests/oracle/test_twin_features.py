"""The twin's features and signals against numbers worked out by hand, and that it uses nothing of ours."""

import ast
from pathlib import Path

import pytest
from tests.oracle import twin_features
from tests.oracle.twin import TwinMarket, TwinScalper
from tests.oracle.twin_law import TwinBars

WARM = 63


def bars_of(closes: list[float], volumes: list[float] | None = None, reach: float = 0.0) -> TwinBars:
    highs, lows = [c + reach for c in closes], [c - reach for c in closes]
    ts = [60_000 * i for i in range(len(closes))]
    return TwinBars(60_000, ts, list(closes), highs, lows, list(closes), volumes or [1.0] * len(closes))


def test_the_twin_imports_nothing_of_ours() -> None:
    for path in Path(__file__).parent.glob("twin*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] in ("tradewind", "numpy", "numba")], path.name


def test_true_range_reaches_to_the_previous_close() -> None:
    bars = TwinBars(1, [0, 1, 2], [10, 13, 6], [11, 14, 7], [9, 12, 5], [10, 13, 6], [1, 1, 1])
    assert twin_features.true_range(bars) == [None, 4, 8]  # 14 − 10, 13 − 5


def test_atr_is_a_simple_mean_and_its_window_includes_the_previous_close() -> None:
    closes = [100.0] * (WARM + 2) + [104.0]
    values = twin_features.atr(bars_of(closes, reach=0.5), 2)
    assert values[WARM + 1] is None  # 63 + 2 bars
    assert values[WARM + 2] == (1.0 + 4.5) / 2  # 104.5 − 100


def test_mean_z_of_a_known_window() -> None:
    # 1, 2, 3, 4, 10: mean 4, squares 9 + 4 + 1 + 0 + 36 = 50, deviation √(50/4), z = 6 / 3.5355.
    values = twin_features.mean_z(bars_of([7.0] * WARM + [1.0, 2.0, 3.0, 4.0, 10.0]), 5)
    assert values[WARM + 3] is None
    assert values[WARM + 4] == pytest.approx(6 / 12.5**0.5, abs=1e-12)


def test_regression_z_of_a_known_window() -> None:
    # 1, 3, 2, 5 at −1.5, −0.5, 0.5, 1.5: mean 2.75, slope 5.5/5 = 1.1, end of the line 4.4, last residual 0.6,
    # residuals −0.1, 0.8, −1.3, 0.6: SSE 2.7, deviation √(2.7/2).
    values = twin_features.regression_z(bars_of([7.0] * WARM + [1.0, 3.0, 2.0, 5.0]), 4)
    assert values[WARM + 3] == pytest.approx(0.6 / 1.35**0.5, abs=1e-12)


def test_flat_prices_and_a_perfect_line_have_no_z() -> None:
    assert twin_features.mean_z(bars_of([5.0] * 80), 10)[-1] is None
    assert twin_features.regression_z(bars_of([5.0] * 80), 10)[-1] is None
    assert twin_features.regression_z(bars_of([100.0 + 0.1 * i for i in range(80)]), 10)[-1] is None


def test_the_volume_gate_needs_more_than_the_mean_with_the_current_bar_included() -> None:
    bars = bars_of([5.0] * (WARM + 4), [1.0] * (WARM + 1) + [1.0, 3.0, 2.0])
    assert twin_features.volume_gate(bars, 2)[WARM + 1 :] == [False, True, False]  # 1 = mean, 3 > 2, 2 < 2.5


def test_a_gate_a_rounding_error_above_its_mean_is_shut() -> None:
    bars = bars_of([5.0] * (WARM + 2), [1.0] * (WARM + 1) + [1.0 + 1e-10])
    assert twin_features.volume_gate(bars, 2)[-1] is False


def test_a_pivot_is_strict_before_and_lenient_after() -> None:
    lows = bars_of([5.0, 4.0, 3.0, 2.0, 2.0, 3.0, 4.0, 5.0])
    # At bar 3: below 5, 4, 3 and not above 2, 3, 4, confirmed at 6; at bar 4 the 2 before is not higher.
    assert twin_features.pivot_lows(lows) == [False] * 6 + [True, False]
    assert twin_features.pivot_highs(bars_of([1.0, 2.0, 3.0, 4.0, 3.0, 4.0, 3.0])) == [False] * 6 + [True]
    assert twin_features.pivot_highs(bars_of([1.0, 4.0, 3.0, 4.0, 3.0, 4.0, 3.0]))[6] is False


def scalper(mode: str, entry_z: float = 1.5) -> TwinScalper:
    return TwinScalper(mode, 10, entry_z, 2, 7, 1.0, 1.0)


def dipping(last: float, volume: float = 5.0) -> TwinBars:
    closes = [100.0 + i % 2 for i in range(80)] + [last]
    return bars_of(closes, [1.0] * 80 + [volume])


@pytest.mark.parametrize("mode", ["lr_snapshot", "no_lr_snapshot"])
def test_a_snapshot_fades_a_far_close_on_volume(mode: str) -> None:
    assert TwinMarket(dipping(90.0)).signals(scalper(mode))[-1] == 1
    assert TwinMarket(dipping(110.0)).signals(scalper(mode))[-1] == -1
    assert TwinMarket(dipping(90.0, volume=1.0)).signals(scalper(mode))[-1] == 0
    assert TwinMarket(dipping(100.5)).signals(scalper(mode))[-1] == 0


def test_a_pivot_signal_comes_three_bars_after_the_dip_and_the_gate_is_of_the_dip() -> None:
    dip = dipping(90.0)
    after = bars_of([*dip.close, 95.0, 96.0, 97.0], dip.volume + [0.0] * 3)
    signals = TwinMarket(after).signals(scalper("lr_pivot_strict"))
    assert [t for t, side in enumerate(signals) if side] == [83]
    assert signals[83] == 1
    unconfirmed = bars_of([*dip.close, 95.0, 89.0, 97.0], dip.volume + [0.0] * 3)
    assert TwinMarket(unconfirmed).signals(scalper("lr_pivot_strict"))[83] == 0
