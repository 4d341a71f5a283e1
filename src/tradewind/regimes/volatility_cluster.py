"""Clusters of volatility: the present deviation against its own trailing mean and deviation."""

from dataclasses import dataclass

from tradewind.features.features import Features
from tradewind.features.registry import feature_window
from tradewind.kernels.regimes import flagged_labels
from tradewind.kernels.windows import BLOCK_BARS, window_mean_z
from tradewind.model.regimes import Labels
from tradewind.regimes.detector import check


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityCluster:
    """CLUSTER where the deviation of `period` log returns is more than `threshold` deviations above its mean.

    Mean and deviation (ddof 1) are those of its last `reference` values, the current one included. A bar whose
    volatility has not varied is NORMAL. Raises BadSetting for senseless options.
    """

    period: int = 20
    reference: int = 1000
    threshold: float = 2.0

    def __post_init__(self) -> None:
        check(2 <= self.period <= 10_000, f"period {self.period}", "Choose 2 to 10000 bars")
        check(10 <= self.reference <= 100_000, f"reference {self.reference}", "Choose 10 to 100000 bars")
        check(self.threshold > 0, f"threshold {self.threshold}", "Choose a positive number of deviations")

    @property
    def name(self) -> str:
        return "volatility_cluster"

    @property
    def names(self) -> tuple[str, ...]:
        return ("NORMAL", "CLUSTER")

    @property
    def window(self) -> int:
        return feature_window("volatility", period=self.period) + self.reference + BLOCK_BARS - 2

    def labels(self, features: Features) -> Labels:
        volatility = features.volatility(self.period)
        first = features.window("volatility", period=self.period) - 1
        z = window_mean_z(volatility, features.fresh, self.reference, first)
        return Labels(flagged_labels(z, self.threshold, self.window - 1), self.names)
