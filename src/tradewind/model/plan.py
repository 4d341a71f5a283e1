"""How a trade opens and closes, as one frozen value that the compiled search, the event engine and live orders obey.

The rules in every detail: docs/decisions/0011-the-plan-language.md.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tradewind.model.errors import BadSetting

HOUR_MS = 3_600_000


def _whole(bars: int, name: str) -> int:
    """A count of bars as Python's own int: numpy's is taken, a fraction refused."""
    if bars % 1 != 0:
        raise BadSetting(f"{name} is {bars}", "Bars are counted in whole numbers")
    return int(bars)


@dataclass(frozen=True, slots=True)
class AtrDistance:
    """A price distance: `multiple` times the simple-mean ATR of `period` bars, read at the signal bar."""

    period: int
    multiple: float

    def __post_init__(self) -> None:
        if self.period < 1 or not self.multiple > 0:
            raise BadSetting(f"an ATR distance of {self.multiple} × ATR({self.period})", "Both must be positive")

    def in_price(self, atr: float, price: float) -> float:
        """The distance in price; NaN where the ATR is."""
        return self.multiple * atr


@dataclass(frozen=True, slots=True)
class PriceFraction:
    """A price distance: `fraction` of the entry price (0.02 is 2 %)."""

    fraction: float

    def __post_init__(self) -> None:
        if not 0 < self.fraction < 10:
            raise BadSetting(f"a distance of {self.fraction} of the price", "Write 2 % as 0.02")

    def in_price(self, atr: float, price: float) -> float:
        """The distance in price."""
        return self.fraction * price


Distance = AtrDistance | PriceFraction


@dataclass(frozen=True, slots=True)
class MarketEntry:
    """At the open of the bar after the signal."""


@dataclass(frozen=True, slots=True)
class LimitEntry:
    """A resting limit at the signal bar's close for `expiry` bars; it fills only where price trades through it."""

    expiry: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "expiry", _whole(self.expiry, "a limit entry's expiry"))
        if self.expiry < 1:
            raise BadSetting(f"a limit entry that expires after {self.expiry} bars", "Let it rest for at least one")


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakoutEntry:
    """Within `hours` of a long signal, at `up` or `down` times the signal bar's close, whichever comes first."""

    up: float = 1.005
    down: float = 0.92
    hours: float = 24.0
    side: Literal["either", "up_only", "short_on_down"] = "either"

    def __post_init__(self) -> None:
        if not 0 < self.down < 1 < self.up or not self.hours > 0:
            raise BadSetting(
                f"a breakout window of {self.down} to {self.up} times the price over {self.hours} h",
                "Let down lie below 1, up above it, hours above 0",
            )


@dataclass(frozen=True, slots=True)
class TrailStage:
    """From a best price of `trigger_r` on, the stop follows it at `distance`, never looser; None: the initial one."""

    trigger_r: float
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """Take profit on `fraction` of the initial size at `trigger_r` times the risk."""

    trigger_r: float
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An entry, an initial stop, and the ways out.

    `hold` is the longest life in bars counted from the entry bar: a market exit at the open of bar entry + hold.
    `exit_on_opposite` and `exit_on_regime_change` leave at the next open after a bar (entry bar or later) that
    signals the other way, or whose regime label differs from the signal bar's. With `target_order` limit, target and
    partials are resting limits. All ATR distances of a plan have one period. Raises BadSetting for what makes no sense.
    """

    stop: Distance
    target: Distance | None
    hold: int
    entry: MarketEntry | LimitEntry | BreakoutEntry = MarketEntry()
    target_order: Literal["market", "limit"] = "market"
    partials: tuple[Partial, ...] = ()
    trail: tuple[TrailStage, ...] = ()
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False

    def __post_init__(self) -> None:
        if len(self._atr_periods()) > 1:
            raise BadSetting("the distances of a plan use different ATR periods", "Give all the same period")
        object.__setattr__(self, "hold", _whole(self.hold, "plan.hold"))
        if self.hold < 1:
            raise BadSetting(f"plan.hold is {self.hold}", "A trade is held for at least one bar")
        for name, stages in (("partials", self.partials), ("trail", self.trail)):
            triggers = [stage.trigger_r for stage in stages]
            if any(not trigger > 0 for trigger in triggers) or any(b <= a for a, b in pairwise(triggers)):
                raise BadSetting(f"plan.{name} has triggers {triggers}", "Let them be positive and ascend")
        fractions = [partial.fraction for partial in self.partials]
        if any(not fraction > 0 for fraction in fractions) or not sum(fractions) < 1:
            raise BadSetting(f"plan.partials has fractions {fractions}", "Let them be positive and sum to less than 1")

    @property
    def atr_period(self) -> int | None:
        """The one ATR period its distances use; None where all are fractions of the price."""
        return min(self._atr_periods(), default=None)

    @property
    def plain(self) -> bool:
        """Whether it has a market entry, ATR stop and target, and no partials or trail: what one look can settle."""
        return (
            isinstance(self.entry, MarketEntry)
            and isinstance(self.stop, AtrDistance)
            and isinstance(self.target, AtrDistance)
            and self.target_order == "market"
            and not self.partials
            and not self.trail
        )

    def reach_bars(self, timeframe_ms: int) -> int:
        """Bars from the signal bar that its trade can touch at most: longest hold + entry expiry + 1."""
        match self.entry:
            case MarketEntry():
                return self.hold + 1
            case LimitEntry(expiry):
                return self.hold + expiry + 1
            case BreakoutEntry(hours=hours):
                return self.hold + math.ceil(hours * HOUR_MS / timeframe_ms) + 1

    def _atr_periods(self) -> set[int]:
        distances = (self.stop, self.target, *(stage.distance for stage in self.trail))
        return {one.period for one in distances if isinstance(one, AtrDistance)}
