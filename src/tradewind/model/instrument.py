"""What is traded and what trading it costs."""

import re
from dataclasses import dataclass

from tradewind.model.errors import BadSetting, WrongUse

FEE_MOST = 0.01  # of notional; more is surely a mistake
BPS_MOST = 1_000  # a tenth of the price, likewise
_SYMBOL = re.compile(r"^[A-Z0-9]{1,20}/[A-Z0-9]{1,20}(:[A-Z0-9]{1,20})?$")


def checked_symbol(text: str) -> str:
    """The unified symbol itself (`BTC/USDT`, perpetual `BTC/USDT:USDT`); raises WrongUse for another form."""
    if not _SYMBOL.match(text):
        raise WrongUse(f"{text!r} is not a symbol", "Write BTC/USDT, or BTC/USDT:USDT for a perpetual")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of one fill. Fees are fractions of notional; half spread and slippage are in basis points of price.

    Market fills pay `taker_fee` and, against us, half spread plus slippage; resting limits pay `maker_fee` only.
    Raises BadSetting for a negative or absurd figure.
    """

    taker_fee: float
    maker_fee: float
    half_spread_bps: float
    slippage_bps: float

    def __post_init__(self) -> None:
        for name in ("taker_fee", "half_spread_bps", "slippage_bps"):
            if not getattr(self, name) >= 0:
                raise BadSetting(f"costs.{name} is negative", "Give costs as positive numbers")
        if max(self.half_spread_bps, self.slippage_bps) > BPS_MOST:
            raise BadSetting(
                f"a half spread or slippage above {BPS_MOST} basis points is surely a mistake",
                "They are basis points of the price: 0.5 is 0.005 %",
            )
        if abs(self.maker_fee) > FEE_MOST or self.taker_fee > FEE_MOST:
            raise BadSetting("a fee above 1 % is surely a mistake", "Fees are fractions: 0.0004 is 0.04 %")

    @property
    def slip(self) -> float:
        """Half spread plus slippage as a fraction of price, paid at every market fill."""
        return (self.half_spread_bps + self.slippage_bps) * 1e-4

    @property
    def round_trip_bps(self) -> float:
        """Cost of a market entry and a market exit, in basis points of notional."""
        return 2e4 * (self.taker_fee + self.slip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One market as it is traded. `tick` is its smallest price step, 0 for none.

    Where `short` is False (spot), a short signal opens nothing; it only closes, where the plan leaves on opposite.
    `leverage` and `maintenance_margin` (a fraction of notional) set the price of liquidation; returns stay at 1 ×
    notional.
    """

    venue: str
    symbol: str
    tick: float
    costs: Costs
    short: bool = True
    leverage: float = 1.0
    maintenance_margin: float = 0.0

    def __post_init__(self) -> None:
        checked_symbol(self.symbol)
        if not self.tick >= 0:
            raise BadSetting(f"tick of {self.symbol} is negative", "Give the venue's price step, or 0 for none")
        if not (self.leverage >= 1 and 0 <= self.maintenance_margin < 1 / self.leverage):
            raise BadSetting(
                f"{self.symbol} at leverage {self.leverage} with maintenance margin {self.maintenance_margin}",
                "Leverage is at least 1, maintenance margin below 1 / leverage",
            )
