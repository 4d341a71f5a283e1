"""How a trade opens and closes, as one frozen value that the compiled search, the event engine and live orders obey."""

from dataclasses import dataclass

from tradewind.model.errors import BadSetting


@dataclass(frozen=True, slots=True)
class AtrDistance:
    """A price distance: `multiple` times the simple-mean ATR of `period` bars, read at the signal bar."""

    period: int
    multiple: float

    def __post_init__(self) -> None:
        if self.period < 1 or not self.multiple > 0:
            raise BadSetting(f"an ATR distance of {self.multiple} × ATR({self.period})", "Both must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Market entry at the next bar's open, an initial stop, and the ways out.

    `hold` is the longest life in bars counted from the entry bar: a market exit at the open of bar entry + hold.
    `exit_on_opposite` and `exit_on_regime_change` leave at the next open after a bar (entry bar or later) that
    signals the other way, or whose regime label differs from the signal bar's.
    """

    stop: AtrDistance
    target: AtrDistance
    hold: int
    exit_on_opposite: bool = False
    exit_on_regime_change: bool = False

    def __post_init__(self) -> None:
        if self.stop.period != self.target.period:
            raise BadSetting("stop and target of a plan use different ATR periods", "Give both the same period")
        if self.hold < 1:
            raise BadSetting(f"plan.hold is {self.hold}", "A trade is held for at least one bar")
