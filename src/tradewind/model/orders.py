"""What is sent to a venue: orders, what a venue allows, and the approval without which nothing is sent."""

from decimal import Decimal
from typing import Literal

import msgspec

OrderKind = Literal["market", "limit", "stop", "touch"]


class Attached(msgspec.Struct, frozen=True, gc=False):
    """The stop that will protect an entry, before its price is known: `distance` in price + `fraction` of the price.

    NaN where the value it needs is not there yet: the entry must then be refused.
    """

    distance: float
    fraction: float

    def risk_at(self, price: float) -> float:
        """How far from an entry at `price` the stop will be."""
        return self.distance + self.fraction * price


class Part(msgspec.Struct, frozen=True, gc=False):
    """What of an order belongs to one trade. Several strategies that enter the same way share one order."""

    trade: int
    quantity: Decimal
    attached: Attached | None = None


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One order. `side` is +1 to buy, -1 to sell; `price` is the limit or the trigger, None for a market order.

    Kinds: `market` fills at the next open; `limit` only where price trades through it; `stop` becomes a market order
    where price is at or beyond it (a buy at or above), `touch` likewise from the other side (a buy at or below).
    `until_ts`: no bar that opens at or after it fills the order. `contiguous` orders end where a bar is missing.
    """

    id: str
    symbol: str
    side: int
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None
    leg: str
    parts: tuple[Part, ...]
    reduce_only: bool
    until_ts: int | None = None
    contiguous: bool = False


class Approved(msgspec.Struct, frozen=True, gc=False):
    """An order that the risk rules let pass: the only thing a venue takes. Made by trading/risk.py and nobody else."""

    order: Order


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue allows for one symbol; None where it sets nothing. `max_quantity` is of one order."""

    tick: Decimal | None = None
    lot: Decimal | None = None
    min_notional: Decimal | None = None
    max_quantity: Decimal | None = None
