"""Settings of an account: its money, how it sizes, its bounds, and who trades until a run says otherwise."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tradewind.model.orders import Filters
from tradewind.trading.setup import BreakerLimits
from tradewind.trading.sizing import Sizing, sizing_of

_EQUAL = MappingProxyType({"type": "equal_split"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class FilterSettings(_Part):
    """What the venue allows for a symbol, as text so that no digit is lost: `tick = "0.1"`."""

    tick: str | None = None
    lot: str | None = None
    min_notional: str | None = None
    max_quantity: str | None = None

    @field_validator("*")
    @classmethod
    def _positive(cls, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            value = Decimal(text)
        except ArithmeticError:
            raise ValueError('write a number as text, for example "0.001"') from None
        if not (value.is_finite() and value > 0):
            raise ValueError("must be above 0")
        return text

    def filters(self) -> Filters:
        """The same as Decimals."""
        given = {name: None if text is None else Decimal(text) for name, text in self.model_dump().items()}
        return Filters(**given)


class AccountSettings(_Part):
    """What `tradewind backtest` trades with. Caps are notional in quote currency, `account_cap` a multiple of equity.

    `switch` and `static` are parameters of the strategy that trade where no run is named: the switch's under every
    regime. A share of 0 leaves one of them out.
    """

    deposit: float = Field(default=10_000.0, gt=0)
    slots: int | None = Field(default=None, ge=1)
    switch_share: float = Field(default=0.7, ge=0, le=1)
    static_share: float = Field(default=0.3, ge=0, le=1)
    sizing: dict[str, Any] = Field(default_factory=lambda: dict(_EQUAL))
    regime_caps: dict[str, float] = Field(default_factory=dict)
    instrument_caps: dict[str, float] = Field(default_factory=dict)
    account_cap: float | None = Field(default=None, gt=0)
    daily_drawdown: float | None = Field(default=None, gt=0, le=1)
    consecutive_losses: int | None = Field(default=None, ge=1)
    filters: dict[str, FilterSettings] = Field(default_factory=dict)
    switch: dict[str, Any] = Field(default_factory=dict)
    static: dict[str, Any] = Field(default_factory=dict)

    @field_validator("sizing")
    @classmethod
    def _known_rule(cls, settings: dict[str, Any]) -> dict[str, Any]:
        sizing_of(settings)
        return settings

    @field_validator("regime_caps", "instrument_caps")
    @classmethod
    def _above_zero(cls, caps: dict[str, float]) -> dict[str, float]:
        if any(not cap > 0 for cap in caps.values()):
            raise ValueError("a cap is an amount above 0")
        return caps

    def rule(self) -> Sizing:
        """The sizing rule."""
        return sizing_of(self.sizing)

    def breakers(self) -> BreakerLimits:
        """The circuit breakers."""
        return BreakerLimits(daily_drawdown=self.daily_drawdown, consecutive_losses=self.consecutive_losses)

    def venue_filters(self) -> Mapping[str, Filters]:
        """What the venue allows, by symbol."""
        return {symbol: settings.filters() for symbol, settings in self.filters.items()}
