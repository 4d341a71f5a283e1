"""LR scalper: fades the distance of price from its regression line or mean."""

from dataclasses import dataclass
from typing import Literal

from tradewind.features.features import Features
from tradewind.kernels.signals import Fading, strength
from tradewind.model.bars import FloatArray
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, LimitEntry, MarketEntry, Plan
from tradewind.model.signals import Signals

Mode = Literal["lr_snapshot", "no_lr_snapshot", "lr_pivot_strict"]
PIVOT_DELAY = 3  # bars between a swing and the bar that confirms it


@dataclass(frozen=True, slots=True, kw_only=True)
class LRScalper:
    """Long where price is `entry_z` deviations below its line on volume above its own mean, short where above.

    Modes: `lr_snapshot` measures from the regression line over `lookback` bars in residual deviations,
    `no_lr_snapshot` from the rolling mean in standard deviations, `lr_pivot_strict` like the first but only at a
    bar that confirms a swing pivot, with deviation and volume of the pivot's own bar. Confidence is the deviation as
    a part of twice the threshold, volatility that of the last `lookback` bars.
    """

    mode: Mode = choice("lr_snapshot", "no_lr_snapshot", "lr_pivot_strict")
    lookback: int = choice(60, 90, 120, 180)  # bars
    entry_z: float = choice(1.5, 2.0, 2.5, 3.0)  # deviations
    vol_period: int = choice(20, 60, 120, 240)  # bars
    atr_period: int = choice(7, 12, 14, 21, exit=True)  # bars
    stop_atr: float = choice(1.0, 1.5, 2.0, 3.0, exit=True)
    target_atr: float = choice(1.0, 1.5, 2.0, 3.0, exit=True)
    hold: int = 60  # bars
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False
    entry_expiry: int = 0  # bars that a limit at the signal bar's close rests; 0 enters at market
    limit_target: bool = False  # take profit with a resting limit instead of at market

    def signals(self, features: Features) -> Signals:
        gate, threshold = features.volume_gate(self.vol_period), self.entry_z
        most = 2 * threshold  # a deviation of twice the threshold is as sure as this strategy gets
        lookback = self.lookback

        def volatility() -> FloatArray:
            return features.volatility(lookback)

        if self.mode == "no_lr_snapshot":
            score = features.mean_z(lookback)
            return Signals(Fading(score, gate, threshold), lambda: strength(score, most, 0), volatility)
        score = features.regression_z(lookback)
        if self.mode == "lr_snapshot":
            return Signals(Fading(score, gate, threshold), lambda: strength(score, most, 0), volatility)
        made = Fading(score, gate, threshold, (features.pivot_low(), features.pivot_high()), PIVOT_DELAY)
        return Signals(made, lambda: strength(score, most, PIVOT_DELAY), volatility)

    @property
    def plan(self) -> Plan:
        return Plan(
            stop=AtrDistance(self.atr_period, self.stop_atr),
            target=AtrDistance(self.atr_period, self.target_atr),
            hold=self.hold,
            exit_on_opposite=self.exit_on_opposite,
            exit_on_regime_change=self.exit_on_regime_change,
            entry=LimitEntry(self.entry_expiry) if self.entry_expiry else MarketEntry(),
            target_order="limit" if self.limit_target else "market",
        )

    @property
    def name(self) -> str:
        """Short name in reports: `lr_snapshot|lb180|atr12`."""
        return f"{self.mode}|lb{self.lookback}|atr{self.atr_period}"
