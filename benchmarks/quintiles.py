"""A regime detector with five labels, so that a search has 4 + 5 + 3 of them; it is for benchmarks alone."""

from dataclasses import dataclass

import numpy as np

from tradewind.features.features import Features
from tradewind.features.registry import feature_window
from tradewind.kernels.regimes import tops_its_quantile
from tradewind.model.regimes import UNKNOWN, Labels

QUANTILES = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityQuintiles:
    """The fifth of its own last `reference` values, the current one included, in which the volatility lies.

    Volatility is the deviation of 20 log returns. Fifths are parted by quantiles (linear).
    """

    reference: int = 980

    @property
    def name(self) -> str:
        return "volatility_quintiles"

    @property
    def names(self) -> tuple[str, ...]:
        return ("CALMEST", "CALM", "USUAL", "WILD", "WILDEST")

    @property
    def window(self) -> int:
        return feature_window("volatility", period=20) + self.reference - 1

    def labels(self, features: Features) -> Labels:
        first = features.window("volatility", period=20) - 1
        volatility = features.volatility(20)
        values = np.zeros(len(features), np.int8)
        for quantile in QUANTILES:
            values += tops_its_quantile(volatility, first, self.reference, 0, quantile)
        values[: self.window - 1] = UNKNOWN
        return Labels(values, self.names)
