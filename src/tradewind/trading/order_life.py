"""The life of an order as a state machine in which every order of the same news ends in the same state.

News of one order comes over several channels, late, twice or in the wrong order. Statuses therefore have ranks: what
tells more about the order outranks what tells less, and an order only ever rises. The end depends on what was told,
not on when.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from tradewind.model.events import (
    OrderAbsent,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderNews,
    OrderRejected,
    OrderUnknown,
)
from tradewind.model.orders import Order

ZERO: Final = Decimal(0)
Status = Literal["sent", "unknown", "absent", "open", "partial", "rejected", "expired", "cancelled", "filled"]
# Ascending: an acceptance disproves an absence, the end of an order outranks its being open, and a complete fill is
# final whatever else was said.
RANKS: tuple[Status, ...] = (
    "sent",
    "unknown",
    "absent",
    "open",
    "partial",
    "rejected",
    "expired",
    "cancelled",
    "filled",
)
_RANK: Final[Mapping[Status, int]] = MappingProxyType({status: rank for rank, status in enumerate(RANKS)})
ENDED: Final[frozenset[Status]] = frozenset({"absent", "rejected", "expired", "cancelled", "filled"})
_SAYS: Final[Mapping[type, Status]] = MappingProxyType(
    {
        OrderAccepted: "open",
        OrderRejected: "rejected",
        OrderCancelled: "cancelled",
        OrderExpired: "expired",
        OrderUnknown: "unknown",
        OrderAbsent: "absent",
    }
)


class OrderRecord:
    """One order and what is known of it. `filled` is Σ of its fills, each counted once by the venue's id of it.

    `order` is as last sent or amended; `cancel_sent`: it was asked to end, and is not asked twice.
    """

    __slots__ = ("cancel_sent", "filled", "fills", "order", "status")

    def __init__(self, order: Order) -> None:
        self.order = order
        self.status: Status = "sent"
        self.filled = ZERO
        self.fills: tuple[str, ...] = ()
        self.cancel_sent = False

    @property
    def ended(self) -> bool:
        """Whether nothing more can come of it, as far as is known; a late fill may still prove otherwise."""
        return self.status in ENDED

    @property
    def exposed(self) -> Decimal:
        """What may still fill. An order of unknown fate counts in full: only an end, or proof of absence, frees it."""
        return ZERO if self.status in ENDED else self.order.quantity - self.filled

    def hear(self, news: OrderNews) -> bool:
        """Take news of this order; whether it told anything new."""
        if type(news) is not OrderFilled:
            return self._rise(_SAYS[type(news)])
        if news.fill in self.fills:
            return False
        self.fills += (news.fill,)
        self.filled += news.quantity
        if self.filled < self.order.quantity:
            self._rise("partial")
        else:
            self.status = "filled"  # which outranks all
        return True

    def _rise(self, status: Status) -> bool:
        if _RANK[status] <= _RANK[self.status]:
            return False
        self.status = status
        return True
