"""Trending, ranging or volatile, from directional strength, efficiency of the path and a volatility quantile."""

from dataclasses import dataclass

from tradewind.features.features import Features
from tradewind.features.registry import feature_window
from tradewind.kernels.regimes import tops_its_quantile, trending_labels
from tradewind.model.regimes import Labels
from tradewind.regimes.detector import check


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingRangingVolatile:
    """VOLATILE where volatility tops its quantile, else TRENDING where two measures agree, else RANGING.

    Volatility is the deviation of 20 log returns, against the `quantile` (linear, current value included) of the
    deviations that the last `reference` closes hold. TRENDING needs ADX(`adx_period`) above `adx_min` and the
    efficiency ratio over `efficiency_period` bars above `efficiency_min`. A random walk's efficiency over n bars is
    about 1/sqrt(n), 0.13 at 60, and above 0.2 some 12 % of the time. Raises BadSetting for senseless options.
    """

    adx_period: int = 30
    adx_min: float = 20.0
    efficiency_period: int = 60
    efficiency_min: float = 0.2
    quantile: float = 0.9
    reference: int = 1000

    def __post_init__(self) -> None:
        for name in ("adx_period", "efficiency_period"):
            check(2 <= getattr(self, name) <= 10_000, f"{name} {getattr(self, name)}", "Choose 2 to 10000 bars")
        check(0 <= self.adx_min < 100, f"adx_min {self.adx_min}", "ADX runs from 0 to 100")
        check(0 <= self.efficiency_min < 1, f"efficiency_min {self.efficiency_min}", "Choose one from 0 to below 1")
        check(0 < self.quantile < 1, f"quantile {self.quantile}", "Choose one between 0 and 1")
        check(100 <= self.reference <= 100_000, f"reference {self.reference} bars", "Choose 100 to 100000 bars")

    @property
    def name(self) -> str:
        return "trending_ranging_volatile"

    @property
    def names(self) -> tuple[str, ...]:
        return ("TRENDING", "RANGING", "VOLATILE")

    @property
    def window(self) -> int:
        return max(
            feature_window("volatility", period=20) + self.reference - 20 - 1,
            feature_window("adx", period=self.adx_period),
            feature_window("efficiency_ratio", period=self.efficiency_period),
        )

    def labels(self, features: Features) -> Labels:
        first = features.window("volatility", period=20) - 1
        volatile = tops_its_quantile(features.volatility(20), first, self.reference - 20, 0, self.quantile)
        values = trending_labels(
            features.adx(self.adx_period),
            features.efficiency_ratio(self.efficiency_period),
            volatile,
            self.adx_min,
            self.efficiency_min,
            self.window - 1,
        )
        return Labels(values, self.names)
