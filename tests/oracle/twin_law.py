"""The law of execution in plain Python, bar by bar: the readable twin that judges the compiled law."""

import math
from collections.abc import Sequence

from tests.oracle.twin_entries import enter
from tests.oracle.twin_words import (
    Filled,
    TwinBars,
    TwinBook,
    TwinCosts,
    TwinEntry,
    TwinPlan,
    TwinTrade,
    TwinWalk,
    Value,
    Waited,
    atr_plan,
    distance_of,
)

__all__ = [
    "TwinBars",
    "TwinBook",
    "TwinCosts",
    "TwinEntry",
    "TwinPlan",
    "TwinTrade",
    "TwinWalk",
    "Value",
    "atr_plan",
    "walk",
    "walk_switch",
]


def walk(
    bars: TwinBars,
    book: TwinBook,
    costs: TwinCosts,
    labels: Sequence[int] | None = None,
    only_label: int | None = None,
    funding: Sequence[float] | None = None,
) -> TwinWalk:
    """One book over all bars; with `only_label`, entries (and nothing else) are gated to bars of that regime.

    `funding` is the rate paid by longs at the open of each bar, 0 where there is none.
    """
    in_force = [0 if only_label in (None, _label(labels, t)) else None for t in range(len(bars.ts))]
    return _walk(_World(bars, costs, labels, funding), [book], in_force)


def walk_switch(
    bars: TwinBars,
    books: Sequence[TwinBook],
    costs: TwinCosts,
    labels: Sequence[int] | None,
    in_force: Sequence[int | None],
    funding: Sequence[float] | None = None,
) -> TwinWalk:
    """Several books as one strategy: at bar t it says what book `in_force[t]` says, and nothing where that is None.

    The book that opened a trade keeps its plan and levels to the end; an opposite signal is one of the switch.
    """
    direction = [0 if number is None else books[number].direction[t] for t, number in enumerate(in_force)]
    as_one = [book._replace(direction=direction) for book in books]
    return _walk(_World(bars, costs, labels, funding), as_one, in_force)


class _World:
    """What is the same for all trades of a walk."""

    def __init__(
        self,
        bars: TwinBars,
        costs: TwinCosts,
        labels: Sequence[int] | None,
        funding: Sequence[float] | None,
    ) -> None:
        self.bars, self.costs, self.labels = bars, costs, labels
        self.funding = [0.0] * len(bars.ts) if funding is None else funding


def _walk(world: _World, books: Sequence[TwinBook], in_force: Sequence[int | None]) -> TwinWalk:
    trades: list[TwinTrade] = []
    dropped = expired = 0
    t = 0
    while t < len(world.bars.ts) - 1:  # a signal on the very last bar has no bar to enter at
        number = in_force[t]
        if number is None or books[number].direction[t] not in _directions(books[number].plan, world.costs):
            t += 1
            continue
        entered = enter(world.bars, books[number], world.costs, t)
        if isinstance(entered, Waited):
            dropped += entered.dropped
            expired += entered.expired
            t = entered.next_bar
            continue
        position = _Position(world, books[number], t, entered)
        if not position.lived_to_its_end():
            return TwinWalk(trades, dropped, 1, expired)
        trades.append(position.trade(number))
        t = position.bar
    return TwinWalk(trades, dropped, 0, expired)


def _directions(plan: TwinPlan, costs: TwinCosts) -> tuple[int, ...]:
    """The signals that may open something."""
    return (1, -1) if costs.short and plan.entry.kind != "breakout" else (1,)


def _label(labels: Sequence[int] | None, t: int) -> int:
    return -1 if labels is None else labels[t]


class _Position:
    """One trade from its fill to its last leg."""

    def __init__(self, world: _World, book: TwinBook, t: int, filled: Filled) -> None:
        self.world, self.book, self.t, self.filled = world, book, t, filled
        plan, atr, d, entry = book.plan, book.atr[t], filled.direction, filled.price
        self.d, self.entry = d, entry
        self.first_stop = self.stop = entry - d * distance_of(plan.stop, atr, entry)
        self.risk = abs(entry - self.first_stop)
        self.target = math.nan if plan.target is None else entry + d * distance_of(plan.target, atr, entry)
        self.trailed = False
        levels = [(entry + d * trigger * self.risk, fraction) for trigger, fraction in plan.partials]
        self.partials = [one for one in levels if math.isnan(self.target) or d * (self.target - one[0]) > 0]
        self.size = 1.0  # the fraction still open
        self.gain = 0.0  # of the legs closed
        self.fees = filled.fee
        self.slippage = abs(entry - filled.raw)  # lost by fills against the raw prices
        self.bar = filled.bar
        self.exit_price = self.exit_level = math.nan
        self.reason, self.ambiguous = "", False

    def lived_to_its_end(self) -> bool:
        """Walk the bars until a rule closes the trade; False where the data end before."""
        for x in range(self.filled.bar, len(self.world.bars.ts)):
            self.bar = x
            if self.closed_on(x):
                return True
            self.move_stop(x)
        return False

    def closed_on(self, x: int) -> bool:
        """The rules of bar x in their order; True where one of them closes the rest."""
        bars, d, later = self.world.bars, self.d, x > self.filled.bar
        opened = bars.open[x]
        if later:
            self.fees += self.d * self.world.funding[x] * opened * self.size
            market = self.market_exit(x)
            if market is not None:
                return self.close(opened, market)
        stop, stop_reason = self.stop_in_force()
        at_open = later or self.filled.at_open
        if at_open and d * (opened - stop) <= 0:
            return self.close(opened, stop_reason)
        if later:
            self.take_partials(opened, fill_at=opened)
            if self.reaches(opened, self.target):
                return self.close(opened, "target", self.limits)
        worst, best = (bars.low[x], bars.high[x]) if d > 0 else (bars.high[x], bars.low[x])
        reached = at_open and self.reaches(best, self.target)
        if d * (worst - stop) <= 0:
            self.ambiguous = reached
            return self.close(stop, stop_reason)
        if at_open:
            self.take_partials(best, fill_at=None)
        return reached and self.close(self.target, "target", self.limits)

    def market_exit(self, x: int) -> str | None:
        """Why the close of bar x - 1 asks for an exit at open[x]; x - 1 is the entry bar or later."""
        plan, labels = self.book.plan, self.world.labels
        if x - self.filled.bar == plan.hold:
            return "time"
        if plan.exit_on_opposite and self.book.direction[x - 1] == -self.d:
            return "opposite"
        if plan.exit_on_regime_change and _label(labels, x - 1) != _label(labels, self.t):
            return "regime"
        return None

    def stop_in_force(self) -> tuple[float, str]:
        """The stop, or the liquidation where that is nearer."""
        costs = self.world.costs
        liquidation = self.entry * (1 - self.d * (1 / costs.leverage - costs.maintenance))
        exists = costs.leverage != 1
        if exists and self.d * (liquidation - self.stop) > 0:
            return liquidation, "liquidation"
        return self.stop, "trail" if self.trailed else "stop"

    @property
    def limits(self) -> bool:
        """Whether target and partials are resting limits."""
        return self.book.plan.target_order == "limit"

    def reaches(self, price: float, level: float) -> bool:
        """Whether `price` takes the profit at `level`: a limit must be traded through; never where level is NaN."""
        beyond = self.d * (price - level)
        return beyond > 0 if self.limits else beyond >= 0

    def take_partials(self, price: float, fill_at: float | None) -> None:
        """Fill the next partials that `price` reaches, at `fill_at` or at their levels."""
        while self.partials and self.reaches(price, self.partials[0][0]):
            level, fraction = self.partials.pop(0)
            self.leg(level if fill_at is None else fill_at, fraction, self.limits)

    def leg(self, level: float, fraction: float, resting: bool) -> float:
        """Close a fraction of the initial size at a raw price; the price after slippage."""
        costs = self.world.costs
        price = level if resting else level * (1 - self.d * costs.slip)
        self.gain += fraction * self.d * (price - self.entry)
        self.slippage += fraction * abs(price - level)
        self.fees += fraction * price * (costs.maker if resting else costs.fee)
        self.size -= fraction
        return price

    def close(self, level: float, reason: str, resting: bool = False) -> bool:
        """Close all that is left."""
        self.exit_price = self.leg(level, self.size, resting)
        self.exit_level, self.reason = level, reason
        return True

    def move_stop(self, x: int) -> None:
        """The highest stage that the best price so far has reached draws the stop behind that price."""
        if not self.book.plan.trail:
            return
        best = max(self.prices_seen(x + 1), key=lambda price: self.d * price)
        reached = [stage for stage in self.book.plan.trail if self.d * (best - self.entry) >= stage[0] * self.risk]
        if not reached:
            return
        distance = self.book.plan.stop if reached[-1][1] is None else reached[-1][1]
        stop = best - self.d * distance_of(distance, self.book.atr[self.t], self.entry)
        if self.d * (stop - self.stop) > 0:
            self.stop, self.trailed = stop, True

    def prices_seen(self, end: int) -> list[float]:
        """Highs and lows of the bars from the entry to before `end`; of a bar entered inside, only its close."""
        bars, first = self.world.bars, self.filled.bar
        whole = first if self.filled.at_open else first + 1
        inside = bars.close[first : min(whole, end)]
        return [*inside, *bars.high[whole:end], *bars.low[whole:end]]

    def trade(self, number: int) -> TwinTrade:
        """The closed trade."""
        net = self.gain - self.fees
        # The fill itself, the prices of the bars before the exit bar, and of the exit bar only the price of the exit:
        # what the rest of that bar did, before or after, is unknown.
        reached = [self.entry, self.exit_level, *self.prices_seen(self.bar)]
        excursions = [self.d * (price - self.entry) / self.risk for price in reached]
        return TwinTrade(
            signal=self.t,
            entry=self.filled.bar,
            exit=self.bar,
            direction=self.d,
            entry_price=self.entry,
            exit_price=self.exit_price,
            stop_price=self.first_stop,
            target_price=self.target,
            fees=self.fees,
            slippage=self.slippage,
            r=net / self.risk,
            log_return=math.log(1 + net / self.entry) if net > -self.entry else -math.inf,
            mfe_r=max(excursions),
            mae_r=min(excursions),
            reason=self.reason,
            ambiguous=self.ambiguous,
            book=number,
            label=_label(self.world.labels, self.t),
        )
