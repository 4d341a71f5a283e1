"""The reference detector: stress by the volatility's own quantile, else trend by two exponential means."""

from dataclasses import dataclass

from tradewind.features.features import Features
from tradewind.features.registry import feature_window
from tradewind.kernels.regimes import BoolArray, held_states, tops_its_quantile, trend_labels
from tradewind.model.regimes import Labels
from tradewind.regimes.detector import check

HOLD_BARS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendStress:
    """STRESS where volatility tops its quantile (checked first), else BULL, BEAR or SIDEWAYS by EMA200 and EMA50.

    Volatility is the deviation of 20 log returns; its quantile (linear) is taken over the deviations that the last
    `reference` closes hold: 1000 closes, 999 returns, 980 deviations. `exclude_current` leaves the bar's own one
    out. With `leave_quantile` below `enter_quantile` stress goes on while volatility tops the lower one, for at most
    1000 bars after the last entry, so that the label stays a function of a fixed window. Both means run over the
    last 1000 closes whatever the reference.

    Known facts: on pure noise this calls STRESS about 10 % of the time by construction, SIDEWAYS only about 12 %,
    and changes its mind 80 to 106 times a day at 1m (noise with fat tails or clusters; 113 on normal noise).
    Raises BadSetting for senseless options.
    """

    exclude_current: bool = False
    reference: int = 1000
    enter_quantile: float = 0.9
    leave_quantile: float | None = None

    def __post_init__(self) -> None:
        check(100 <= self.reference <= 100_000, f"reference {self.reference} bars", "Choose 100 to 100000 bars")
        check(0 < self.enter_quantile < 1, f"enter_quantile {self.enter_quantile}", "Choose one between 0 and 1")
        if self.leave_quantile is not None:
            problem = f"leave_quantile {self.leave_quantile} with enter_quantile {self.enter_quantile}"
            check(0 < self.leave_quantile <= self.enter_quantile, problem, "Leave at or below where stress is entered")

    @property
    def name(self) -> str:
        return "trend_stress"

    @property
    def names(self) -> tuple[str, ...]:
        return ("BULL", "BEAR", "SIDEWAYS", "STRESS")

    @property
    def window(self) -> int:
        volatility = feature_window("volatility", period=20) + self._deviations - 1 + self.exclude_current
        if self.leave_quantile is not None:
            volatility += HOLD_BARS - 1
        return max(volatility, feature_window("ema", span=200, window=1000))

    @property
    def _deviations(self) -> int:
        """How many deviations a window holds, the excluded current one not counted."""
        return self.reference - 20 - self.exclude_current

    def labels(self, features: Features) -> Labels:
        slow, fast = features.ema(200, window=1000), features.ema(50, window=1000)
        values = trend_labels(features.close, slow, fast, self._stress(features), self.window - 1)
        return Labels(values, self.names)

    def _stress(self, features: Features) -> BoolArray:
        entered = self._tops(features, self.enter_quantile)
        if self.leave_quantile is None:
            return entered
        return held_states(entered, self._tops(features, self.leave_quantile), HOLD_BARS)

    def _tops(self, features: Features, quantile: float) -> BoolArray:
        volatility = features.volatility(20)
        first = features.window("volatility", period=20) - 1
        return tops_its_quantile(volatility, first, self._deviations, int(self.exclude_current), quantile)
