"""The size of the planted edge: what fading a regression line earns after costs, bar by bar and in plain Python."""

import numpy as np
import pytest

from tradewind.evidence.market import MAJORS, SIDEWAYS, SimulatedMarket, SimulationSettings, simulate
from tradewind.features.features import Features
from tradewind.model.bars import Bars
from tradewind.regimes.registry import build

ROUND_TRIP_BP = 10.0
HOLD_BARS = 60


def fade(bars: Bars, features: Features) -> tuple[list[int], list[float]]:
    """Signal bars and net basis points of fading |z| > 2 of 120 bars: stop 3 ATR(14), target 2 ATR, 60 bars."""
    z, atr = features.regression_z(120), features.atr(14)
    opened, high, low = bars.open.tolist(), bars.high.tolist(), bars.low.tolist()
    signals, nets, free = [], [], 2000
    for t in np.flatnonzero(np.abs(z) > 2).tolist():
        if t < free or t + HOLD_BARS + 2 >= len(bars):
            continue
        side = -1.0 if z[t] > 0 else 1.0
        entry = opened[t + 1]
        stop, target = entry - side * 3 * atr[t], entry + side * 2 * atr[t]
        for x in range(t + 1, t + 2 + HOLD_BARS):
            worst, best = (low[x], high[x]) if side > 0 else (high[x], low[x])
            leave = None
            if x == t + 1 + HOLD_BARS or side * (opened[x] - stop) <= 0:
                leave = opened[x]
            elif side * (worst - stop) <= 0:
                leave = stop
            elif side * (best - target) >= 0:
                leave = target
            if leave is not None:
                break
        signals.append(t)
        nets.append(side * (leave - entry) / entry * 1e4 - ROUND_TRIP_BP)
        free = x
    return signals, nets


def means(market: SimulatedMarket) -> tuple[dict[str, float], dict[str, float]]:
    """Mean net basis points by label of trend_stress and by true state, all symbols together."""
    detector = build("trend_stress")
    nets, labels, states = [], [], []
    for bars in market.bars:
        features = Features(bars)
        at, net = fade(bars, features)
        nets += net
        labels += detector.labels(features).values[at].tolist()
        states += market.states[at].tolist()
    values = np.array(nets)
    by_label = {name: float(values[np.array(labels) == k].mean()) for k, name in enumerate(detector.names)}
    by_state = {name: float(values[np.array(states) == k].mean()) for k, name in enumerate(market.state_names)}
    return by_label, by_state


@pytest.mark.slow
def test_fading_pays_in_sideways_even_as_the_noisy_detector_sees_it() -> None:
    by_label, by_state = means(simulate(SimulationSettings(symbols=MAJORS[:4], seed=1)))
    assert by_state["SIDEWAYS"] > 15
    assert by_label["SIDEWAYS"] > 2
    assert by_label["STRESS"] > 0
    # Nothing is planted elsewhere, so there the costs are lost.
    for name in ("BULL", "BEAR"):
        assert -15 < by_state[name] < -5
        assert by_label[name] < by_label["SIDEWAYS"]


@pytest.mark.slow
def test_without_an_edge_fading_loses_its_costs_everywhere() -> None:
    by_label, by_state = means(simulate(SimulationSettings(symbols=MAJORS[:4], seed=1, edge=False)))
    for net in (*by_label.values(), *by_state.values()):
        assert -20 < net < -4


def test_fading_pays_in_a_short_market_too() -> None:
    market = simulate(SimulationSettings(symbols=MAJORS[3:], days=20, seed=2))
    total = [
        net
        for bars in market.bars
        for at, net in zip(*fade(bars, Features(bars)), strict=True)
        if market.states[at] == SIDEWAYS
    ]
    assert np.mean(total) > 10
