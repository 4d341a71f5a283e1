"""How much to trade: each rule turns equity, price and risk into a quantity, before caps and the venue's filters."""

import math
from typing import Annotated, Literal

import msgspec

from tradewind.model.errors import BadSetting

Positive = Annotated[float, msgspec.Meta(gt=0)]


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What a sizing rule is told: equity and price in quote currency, the distance to the stop in price, the slots of
    the account, and the volatility of the symbol (standard deviation of a bar's log return; NaN where unknown)."""

    equity: float
    price: float
    stop_distance: float
    slots: int
    volatility: float = math.nan


class EqualSplit(msgspec.Struct, frozen=True, tag="equal_split"):
    """Equity divided by the slots, times leverage."""

    leverage: Positive = 1.0

    def quantity(self, asked: Asked) -> float:
        return asked.equity * self.leverage / asked.slots / asked.price


class FixedFraction(msgspec.Struct, frozen=True, tag="fixed_fraction"):
    """A fixed fraction of equity as notional."""

    fraction: Positive

    def quantity(self, asked: Asked) -> float:
        return asked.equity * self.fraction / asked.price


class AtrRisk(msgspec.Struct, frozen=True, tag="atr_risk"):
    """As much as loses a fixed fraction of equity at the stop, costs aside. The stop distance is the plan's, mostly in
    ATR; `leverage` bounds the notional."""

    risk_fraction: Positive
    leverage: Positive = 1.0

    def quantity(self, asked: Asked) -> float:
        return min(asked.equity * self.risk_fraction / asked.stop_distance, asked.equity * self.leverage / asked.price)


class InverseVolatility(msgspec.Struct, frozen=True, tag="inverse_volatility"):
    """Notional in inverse proportion to volatility: each slot brings `target_volatility` of equity a bar; `leverage`
    bounds the notional. Nothing where volatility is unknown or zero."""

    target_volatility: Positive
    leverage: Positive = 1.0

    def quantity(self, asked: Asked) -> float:
        if not asked.volatility > 0:
            return 0.0
        notional = asked.equity * self.target_volatility / asked.slots / asked.volatility
        return min(notional, asked.equity * self.leverage / asked.slots) / asked.price


class FractionalKelly(msgspec.Struct, frozen=True, tag="fractional_kelly"):
    """A part of Kelly's fraction p − (1 − p) / b at the stop: `win_rate` p and `payoff` b (mean win ÷ mean loss) are
    settings, measured out of sample; nothing where the edge is not positive. `leverage` bounds the notional.

    Source: Kelly (1956), A new interpretation of information rate.
    """

    win_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    payoff: Positive
    part: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.25
    leverage: Positive = 1.0

    def quantity(self, asked: Asked) -> float:
        fraction = kelly_fraction(self.win_rate, self.payoff) * self.part
        if fraction <= 0:
            return 0.0
        at_stop = asked.equity * fraction / asked.stop_distance
        return min(at_stop, asked.equity * self.leverage / asked.price)


Sizing = EqualSplit | FixedFraction | AtrRisk | InverseVolatility | FractionalKelly
SizingName = Literal["equal_split", "fixed_fraction", "atr_risk", "inverse_volatility", "fractional_kelly"]


def kelly_fraction(win_rate: float, payoff: float) -> float:
    """The fraction of wealth to stake on a bet that wins `payoff` times the stake with chance `win_rate`."""
    return win_rate - (1.0 - win_rate) / payoff


def sizing_of(settings: object) -> Sizing:
    """A sizing rule from plain settings (`type` and its numbers); raises BadSetting naming what is wrong."""
    try:
        rule: Sizing = msgspec.convert(settings, Sizing)
    except msgspec.ValidationError as error:
        raise BadSetting(f"sizing: {error}", "See the sizing rules in docs/backtest.md") from error
    return rule
