"""Circuit breakers: losses that pause entries until the next UTC midnight."""

from decimal import Decimal

from tradewind.model.time import DAY_MS
from tradewind.trading.setup import BreakerLimits


class Breakers:
    """What the breakers have seen of the current UTC day. The two are independent; both reset at midnight."""

    __slots__ = ("day", "equity_at_start", "losses_in_row", "paused_by")

    def __init__(self) -> None:
        self.day = -1
        self.equity_at_start = 0.0
        self.losses_in_row = 0
        self.paused_by: list[str] = []

    def begin_day(self, ts: int, equity: float) -> bool:
        """Reset where `ts` lies in a later UTC day than any before; whether it did. A clock set back resets nothing."""
        day = ts // DAY_MS
        if day <= self.day:
            return False
        self.day, self.equity_at_start, self.losses_in_row = day, equity, 0
        self.paused_by.clear()
        return True

    def see_equity(self, path: list[float], limit: float) -> int:
        """Where on a path of equity the day's drawdown first became too large; -1 where it did not, or had before."""
        if "daily_drawdown" in self.paused_by:
            return -1
        least = self.equity_at_start * (1.0 - limit)
        if min(path) > least:
            return -1
        self.paused_by.append("daily_drawdown")
        return next(row for row, equity in enumerate(path) if equity <= least)

    def see_trade(self, net: Decimal, limits: BreakerLimits) -> bool:
        """Whether the losses in a row have just become too many. A trade that earns nothing ends no row."""
        if net > 0:
            self.losses_in_row = 0
        elif net < 0:
            self.losses_in_row += 1
        limit = limits.consecutive_losses
        if limit is None or self.losses_in_row < limit or "consecutive_losses" in self.paused_by:
            return False
        self.paused_by.append("consecutive_losses")
        return True

    def midnight_ms(self) -> int:
        """When the pause ends."""
        return (self.day + 1) * DAY_MS
