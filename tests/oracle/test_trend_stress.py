"""trend_stress against its definition written with pandas, window by window, on made-up and on real bars."""

import numpy as np
import pandas as pd
import pytest
from tests.contracts.detector_contract import hard_bars
from tests.oracle.real_bars import real_bars

from tradewind.evidence.market import MAJORS, SimulationSettings, simulate
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.regimes.registry import build


def above(a: float, b: float) -> bool:
    return bool(a - b > 1e-9 * max(abs(a), abs(b)))


def oracle_label(closes: np.ndarray, exclude_current: bool = False, quantile: float = 0.9) -> str:
    """The definition, on the last 1000 closes and nothing else."""
    assert len(closes) == 1000
    prices = pd.Series(closes)
    deviations = np.log(prices).diff().rolling(20).std().dropna()
    assert len(deviations) == 980
    past = deviations.iloc[:-1] if exclude_current else deviations
    if above(deviations.iloc[-1], past.quantile(quantile)):
        return "STRESS"
    close = prices.iloc[-1]
    ema200 = prices.ewm(span=200).mean().iloc[-1]
    ema50 = prices.ewm(span=50).mean().iloc[-1]
    if above(close, ema200) and above(ema50, ema200):
        return "BULL"
    if above(ema200, close) and above(ema200, ema50):
        return "BEAR"
    return "SIDEWAYS"


def compare(bars: Bars, stretches: int, length: int, seed: int, **options: object) -> set[str]:
    """Compare every bar of random stretches; the set of labels that occurred."""
    detector = build("trend_stress", **options)
    labels = detector.labels(Features(bars)).values
    seen = set()
    for start in np.random.default_rng(seed).integers(detector.window - 1, len(bars) - length, stretches):
        for t in range(start, start + length):
            expected = oracle_label(bars.close[t - 999 : t + 1], bool(options.get("exclude_current")))
            assert detector.names[labels[t]] == expected, f"bar {t}"
            seen.add(expected)
    return seen


def test_every_label_equals_the_pandas_definition_on_the_simulated_market() -> None:
    bars = simulate(SimulationSettings(symbols=MAJORS[:1], days=20, seed=21)).bars[0]
    assert compare(bars, stretches=12, length=50, seed=1) == {"BULL", "BEAR", "SIDEWAYS", "STRESS"}


def test_every_label_equals_the_pandas_definition_on_flat_prices_jumps_and_holes() -> None:
    assert len(compare(hard_bars(seed=31, count=8000), stretches=12, length=50, seed=2)) == 4


def test_leaving_out_the_current_deviation_equals_the_pandas_definition() -> None:
    bars = simulate(SimulationSettings(symbols=MAJORS[:1], days=8, seed=22)).bars[0]
    compare(bars, stretches=6, length=50, seed=3, exclude_current=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first_day", "market"), [("2019-01-05", "binance"), ("2020-03-10", "binance"), ("2022-05-07", "binance_um")]
)
def test_every_label_equals_the_pandas_definition_on_real_btc(first_day: str, market: str) -> None:
    assert len(compare(real_bars(first_day, 7, market=market), stretches=40, length=60, seed=4)) == 4


@pytest.mark.slow
def test_every_label_equals_the_pandas_definition_through_the_holes_of_an_outage() -> None:
    # Binance was down for hours in May 2019: windows count published bars and run across the hole.
    bars = real_bars("2019-05-13", 5, market="binance")
    assert bars.gaps()
    compare(bars, stretches=40, length=60, seed=5)
