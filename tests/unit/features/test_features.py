"""One dataset's features: shared, read-only, kept, refused where senseless, and right on bars drawn by hand."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tests.contracts.feature_bars import gappy_bars, plain_bars

from tradewind.adapters.feature_store import DiskFeatureStore
from tradewind.features.features import Features
from tradewind.features.registry import feature_window
from tradewind.kernels import indicators, windows
from tradewind.model.errors import WrongUse

WARM = 130


def warmed(*closes: float, reach: float = 0.0) -> Features:
    """Closes after 130 flat bars at the first of them, high and low `reach` away."""
    close = [closes[0]] * WARM + list(closes)
    return Features(plain_bars(close, [c + reach for c in close], [c - reach for c in close]))


def test_atr_by_hand() -> None:
    # Ranges 1 (flat), then 4.5 from the previous close 100 up to 104.5.
    assert warmed(100, 104, reach=0.5).atr(2)[-1] == (1.0 + 4.5) / 2


def test_rsi_by_hand() -> None:
    # Changes +2, −1, +3: mean gain 5/3, mean loss 1/3.
    assert warmed(100, 102, 101, 104).rsi(3)[-1] == pytest.approx(100 * 5 / 6, rel=1e-14)


def test_adx_by_hand() -> None:
    # Movements (+2, 0), (0, −1.5), (0, −1): indices 100·0.5/3.5 and 100, over two bars each; their mean.
    high, low = [10.0] * 200 + [12, 13, 12.5], [9.0] * 200 + [9.5, 8, 7]
    features = Features(plain_bars([9.5] * 200 + [9.5, 9, 8], high, low))
    assert features.adx(2)[-1] == pytest.approx((100 * 0.5 / 3.5 + 100) / 2, rel=1e-14)


def test_efficiency_by_hand() -> None:
    # Four steps 2, −1, 3, −2: net 2 over a path of 8.
    assert warmed(100, 102, 101, 104, 102).efficiency_ratio(4)[-1] == pytest.approx(0.25, rel=1e-14)


def test_volume_ratio_by_hand() -> None:
    features = Features(plain_bars([5.0] * 102, volume=[1.0] * 100 + [1, 3]))
    assert features.volume_ratio(2)[-1] == 1.5
    assert features.volume_gate(2)[-1]
    assert not features.volume_gate(2)[-2]


def test_a_market_that_stands_still_has_neutral_figures_and_no_z() -> None:
    still = warmed(250.0, *[250.0] * 50)
    assert still.atr(14)[-1] == 0
    assert still.volatility(20)[-1] == 0
    assert still.rsi(14)[-1] == 50
    assert still.adx(14)[-1] == 0
    assert still.efficiency_ratio(14)[-1] == 0
    assert still.sma(20)[-1] == 250
    assert still.ema(10)[-1] == pytest.approx(250, rel=1e-15)
    assert np.isnan(still.mean_z(20)).all()
    assert np.isnan(still.regression_z(20)).all()


def test_volume_that_is_zero_throughout_has_no_ratio_and_no_gate() -> None:
    idle = Features(plain_bars([5.0] * 150, volume=[0.0] * 150))
    assert np.isnan(idle.volume_ratio(20)).all()
    assert not idle.volume_gate(20).any()


def test_windows_are_length_plus_63_and_nested_ones_add_up() -> None:
    assert feature_window("sma", period=20) == 83
    assert feature_window("regression_z", lookback=180) == 243
    assert feature_window("ema", span=200, window=1000) == 1063
    assert feature_window("ema", span=50) == 313
    assert feature_window("atr", period=14) == 78  # fourteen true ranges need fifteen bars
    assert feature_window("volatility", period=20) == 84
    assert feature_window("adx", period=14) == 78 + 77 - 1
    assert feature_window("pivot_low") == 7
    assert Features(gappy_bars(10, 1)).window("mean_z", lookback=60) == 123


def test_a_feature_is_computed_once_however_often_and_by_whomever_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    original = windows.window_mean

    def counting(*arguments: object) -> np.ndarray:
        calls.append(arguments[2])
        return original(*arguments)

    monkeypatch.setattr(windows, "window_mean", counting)
    features = Features(gappy_bars(500, 3))
    with ThreadPoolExecutor(8) as pool:
        arrays = list(pool.map(lambda i: features.sma(7 + i % 2), range(64)))
    assert sorted(calls) == [7, 8]
    assert len({id(array) for array in arrays}) == 2


def test_threads_that_ask_at_the_same_moment_wait_for_the_one_that_computes() -> None:
    features, gate, calls = Features(gappy_bars(200, 3)), threading.Barrier(6), []

    def slow() -> np.ndarray:
        calls.append(threading.get_ident())
        threading.Event().wait(0.05)
        return np.arange(200.0)

    def ask(_: int) -> np.ndarray:
        gate.wait()
        return features.shared("test.slow", slow)

    with ThreadPoolExecutor(6) as pool:
        arrays = list(pool.map(ask, range(6)))
    assert len(calls) == 1
    assert all(array is arrays[0] for array in arrays)


def test_an_ema_asked_with_and_without_its_default_window_is_one_array() -> None:
    features = Features(gappy_bars(500, 3))
    assert features.get("ema", span=10) is features.ema(10)
    assert features.ema(10, window=50) is features.ema(10)


def test_dropping_forgets_but_arrays_in_use_stay() -> None:
    features = Features(gappy_bars(500, 3))
    before = features.sma(9)
    features.drop()
    assert features.sma(9) is not before
    assert np.array_equal(features.sma(9), before, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sma", {"period": 0}),
        ("volatility", {"period": 1}),
        ("regression_z", {"lookback": 2}),
        ("ema", {"span": 0}),
        ("sma", {"period": 2.5}),
        ("hull_average", {"period": 9}),
    ],
)
def test_senseless_parameters_and_unknown_names_are_refused(name: str, parameters: dict[str, float]) -> None:
    with pytest.raises(WrongUse):
        Features(gappy_bars(100, 3)).get(name, **parameters)


def kept_once(bars_seed: int, directory: Path, version: str = "v1") -> tuple[np.ndarray, int]:
    """The shared array of a new process on these bars, and how often it had to be computed."""
    calls = []

    def compute() -> np.ndarray:
        calls.append(1)
        return np.arange(300, dtype=np.int8)

    features = Features(gappy_bars(300, bars_seed), DiskFeatureStore(directory, version))
    return features.shared("test.labels", compute, reference=1000), len(calls)


def test_a_kept_array_is_read_back_in_the_next_process(tmp_path: Path) -> None:
    first, computed = kept_once(1, tmp_path)
    second, computed_again = kept_once(1, tmp_path)
    assert (computed, computed_again) == (1, 0)
    assert np.array_equal(first, second)
    assert first.dtype == second.dtype
    assert not second.flags.writeable


def test_a_slow_feature_is_read_back_and_not_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars, store = gappy_bars(500, 1), DiskFeatureStore(tmp_path, "v1")
    first = Features(bars, store).adx(14)
    monkeypatch.setattr(indicators, "imbalance", lambda *_: pytest.fail("computed again"))
    assert np.array_equal(Features(bars, store, bars.content_hash()).adx(14), first, equal_nan=True)


def test_other_bars_or_other_code_do_not_read_it(tmp_path: Path) -> None:
    kept_once(1, tmp_path)
    assert kept_once(2, tmp_path)[1] == 1
    assert kept_once(1, tmp_path, "v2")[1] == 1


def test_a_damaged_file_is_computed_again(tmp_path: Path) -> None:
    kept_once(1, tmp_path)
    (path,) = tmp_path.rglob("*.npy")
    path.write_bytes(path.read_bytes()[:-50])
    assert kept_once(1, tmp_path)[1] == 1
    assert kept_once(1, tmp_path)[1] == 0


def test_without_a_store_nothing_is_hashed_or_written(monkeypatch: pytest.MonkeyPatch) -> None:
    features = Features(gappy_bars(300, 1))
    monkeypatch.setattr(type(features.bars), "content_hash", lambda _: pytest.fail("hashed for nothing"))
    assert len(features.shared("test.labels", lambda: np.zeros(300))) == 300
