"""What the page of a backtest is about: its manifest, summary and tables, and the words all sections share."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.app.report.formats import count, number, signed
from tradewind.model.time import utc_text

Columns = Mapping[str, npt.NDArray[Any]]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Account:
    """One account's way through history."""

    name: str
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    tables: Mapping[str, Columns]

    @property
    def figures(self) -> Mapping[str, Any]:
        """Deposit, equity, falls and ratios of the account as a whole."""
        found: Mapping[str, Any] = self.summary["account"]
        return found

    @property
    def whole(self) -> Mapping[str, Any]:
        """Figures of all closed trades."""
        found: Mapping[str, Any] = self.summary["trades"]
        return found

    @property
    def quote(self) -> str:
        return str(self.figures["quote"])

    @property
    def net(self) -> Decimal:
        return Decimal(self.whole["net"])

    @property
    def deposit(self) -> Decimal:
        return Decimal(repr(self.figures["deposit"]))

    @cached_property
    def change(self) -> Decimal:
        """What the account is worth at the last close, less what was put in."""
        return Decimal(repr(self.figures["equity"])) - self.deposit

    @property
    def of_open(self) -> Decimal:
        """What positions that are still open have brought so far, at the last close."""
        return self.change - self.net if self.figures["open_trades"] else ZERO

    @cached_property
    def turnover(self) -> float:
        """Notional of all entries of closed trades."""
        trades = self.tables["trades"]
        prices, quantities = (np.array([float(text) for text in trades[k]]) for k in ("entry_price", "quantity"))
        return float(prices @ quantities) if len(prices) else 0.0

    @property
    def who(self) -> str:
        run = self.summary["run"]
        return f"specialists and baseline of {run}" if run else f"{self.summary['preset']}'s own parameters"

    @property
    def span(self) -> str:
        return f"{utc_text(self.summary['first_ts'])} to {utc_text(self.summary['last_ts'])}"

    @cached_property
    def basis(self) -> str:
        """A caption: what the figures count and what they paid."""
        costs = self.summary["costs"]
        trip = 2e4 * costs["taker_fee"] + 2 * (costs["half_spread_bps"] + costs["slippage_bps"])
        spot = "; spot prices" if self.summary["spot_prices"] else ""
        unpaid = "" if not (spot or self.summary["unfunded"]) else ", no funding" if spot else "; no funding"
        return (
            f"N = {count(self.whole['trades'])} closed trades, {count(self.figures['days'])} days; costs "
            f"{number(trip, 1)} bp a round trip at market{spot}{unpaid}."
        )


def money(amount: Decimal | str | float | None) -> str:
    """`1,234.50` of the account's currency."""
    return number(None if amount is None else float(amount), 2)


def gained(amount: Decimal | str | float | None) -> str:
    """The same with its sign."""
    return signed(None if amount is None else float(amount), 2)
