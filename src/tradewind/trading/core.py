"""The trader core: a deterministic state machine. Events in, commands and notes out; the journal replays it.

The same core trades a backtest, a replay, paper and live: only what feeds it and what carries out its commands differ.
"""

from bisect import bisect_left
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Final

from tradewind.model.events import (
    BarsClosed,
    Deposited,
    EntriesPaused,
    EntryRefused,
    Event,
    FundingPaid,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderNews,
    OrderRejected,
    Output,
    StrayNews,
)
from tradewind.model.orders import Order, Part
from tradewind.model.time import DAY_MS
from tradewind.trading.book import Book, in_quantum
from tradewind.trading.closing import closed_trade, entry_filled, exit_filled, grow_older, next_decision
from tradewind.trading.entries import enter, withdraw
from tradewind.trading.protection import reconcile
from tradewind.trading.setup import Setup
from tradewind.trading.state import CoreState, EquityDay, TradeState
from tradewind.trading.stretch import NOBODY, Stretch, moment, stretch_of

ZERO: Final = Decimal(0)


class Core:
    """One account. `state` is everything it knows; feeding the same events to a new core makes the same state.

    `close` takes bars by the stretch, `on_event` any other event, and bars one moment at a time: both are the same way.
    """

    def __init__(self, setup: Setup, state: CoreState | None = None) -> None:
        self.setup = setup
        self.state = CoreState(Book(setup.quote)) if state is None else state

    def on_event(self, event: Event) -> list[Output]:
        """Take one event; returns the commands to carry out, in order, and notes of what happened."""
        # The type itself is looked at: that costs less than asking what else it might be an instance of.
        if type(event) is BarsClosed:
            return [] if self._passes_quietly(event) else self.close(moment(event), 0, 1)
        out: list[Output] = []
        if type(event) is OrderFilled:
            self._filled(event, out)
        elif type(event) is OrderCancelled:
            self._told(event, out)
        elif isinstance(event, FundingPaid):
            self._funding_paid(event, out)
        elif isinstance(event, Deposited):
            self._deposited(event, out)
        else:
            assert not isinstance(event, BarsClosed)
            self._told(event, out)
        return out

    def _passes_quietly(self, event: BarsClosed) -> bool:
        """Whether a moment is only a time and prices, which are then noted: nothing held, nothing said, no new day."""
        state = self.state
        if state.trades or state.stale or event.ts // DAY_MS != state.breakers.day:
            return False
        marks = state.marks
        for bar in event.bars:
            if bar.signals or bar.symbol not in marks:
                return False
            marks[bar.symbol] = bar.close
        state.now = event.ts
        return True

    def loud_row(self, stretch: Stretch, row: int, end: int) -> int:
        """The first row from `row` on, before `end`, whose close may ask for a decision; `end` where none does.

        Whether a day begins is left out: it does at the first row of a stretch, or not at all.
        """
        trades, routes = self.state.trades, self.setup.routes
        for trade in trades.values():
            if trade.opened:
                loud = row + next_decision(routes[trade.strategy, trade.plan, trade.symbol].plan, trade)
                if loud < end:
                    end = loud
        said = stretch.said
        deaf = self._deaf() if trades else NOBODY
        if not said or (deaf and stretch.speakers <= deaf):
            return end
        for place in range(bisect_left(said, row), len(said)):
            loud = said[place]
            if loud >= end:
                break
            if not deaf or _is_heard(stretch, loud, deaf):
                return loud
        return end

    def _deaf(self) -> AbstractSet[tuple[str, str]]:
        """Who has a symbol, by symbol and strategy, and does not leave it whatever it says."""
        routes = self.setup.routes
        return {
            (one.symbol, one.strategy)
            for one in self.state.trades.values()
            if not routes[one.strategy, one.plan, one.symbol].plan.exit_on_opposite
        }

    def close(self, stretch: Stretch, begin: int, end: int) -> list[Output]:
        """The closes of some rows, of which only the last may ask for a decision (see `loud_row`)."""
        out: list[Output] = []
        state, last, bars_of = self.state, end - 1, stretch.bars
        ts = state.now = stretch.times[last]
        speaking = []
        for symbol, bars in bars_of.items():
            state.marks[symbol] = bars.close[last]
            if last in bars.signals:
                speaking.append(bars)
        # A day begins with a stretch, or not at all.
        if state.trades or state.stale or (begin == 0 and ts // DAY_MS != state.breakers.day):
            for trade in state.trades.values():
                if trade.opened and trade.symbol in bars_of:
                    plan = self.setup.routes[trade.strategy, trade.plan, trade.symbol].plan
                    grow_older(plan, trade, bars_of[trade.symbol], begin, end, ts)
                    if trade.dirty:
                        reconcile(self.setup, state, trade, out)
            self._value(stretch, begin, end, out)
        if speaking:
            enter(self.setup, state, [bars.bar(last) for bars in speaking], ts, out)
        return out

    def _deposited(self, event: Deposited, out: list[Output]) -> None:
        self.state.book.deposit(event.amount)
        self.state.stale = True
        self._value(stretch_of([event.ts], ()), 0, 1, out)

    def _told(self, news: OrderNews, out: list[Output]) -> None:
        """News of an order that is no fill."""
        record = self.state.orders.get(news.id)
        if record is None:
            out.append(_stray(news))
            return
        # That an order was accepted changes nothing that should rest at the venue.
        if not record.hear(news) or type(news) is OrderAccepted:
            return
        for part in record.order.parts:
            trade = self.state.trades.get(part.trade)
            if trade is not None:
                trade.dirty = True
                self._settle(trade, news, out)

    def _filled(self, fill: OrderFilled, out: list[Output]) -> None:
        """Book a fill, each trade of the order its part, earlier strategies first."""
        state = self.state
        record = state.orders.get(fill.id)
        if record is None:
            out.append(_stray(fill))
            return
        before = record.filled
        if not record.hear(fill):
            return
        order = record.order
        state.stale = True
        if len(order.parts) == 1:
            self._book(order, order.parts[0], fill, fill.quantity, in_quantum(fill.fee), out)
            return
        for part, quantity, fee in _shares(order, fill, before):
            self._book(order, part, fill, quantity, fee, out)

    def _book(
        self, order: Order, part: Part, fill: OrderFilled, quantity: Decimal, fee: Decimal, out: list[Output]
    ) -> None:
        """One trade's part of a fill."""
        state = self.state
        brought = state.book.fill(order.symbol, order.side, quantity, fill.price, fee)
        trade = state.trades.get(part.trade)
        if trade is None:
            out.append(StrayNews(fill.ts, fill.id, f"a fill of {quantity} after its trade had ended"))
            return
        trade.cash += brought
        trade.fees += fee
        trade.dirty = True
        if order.reduce_only:
            exit_filled(trade, order, fill, quantity)
        else:
            entry_filled(self.setup, trade, order, fill, quantity)
        self._settle(trade, fill, out)

    def _settle(self, trade: TradeState, news: OrderNews, out: list[Output]) -> None:
        """After news of one of its orders: protect what is open, end what is over."""
        if trade.left or (trade.opened and trade.exit_ts < 0):
            reconcile(self.setup, self.state, trade, out)
        else:
            self._end(trade, news, out)

    def _end(self, trade: TradeState, news: OrderNews, out: list[Output]) -> None:
        """A trade without a position: over once no entry order of it can fill any more."""
        state = self.state
        if trade.opened:
            reconcile(self.setup, state, trade, out)
            entry = trade.orders.get("entry")
            if entry is not None and not state.orders[entry].ended:
                withdraw(state, trade, out)
                return
            closed = closed_trade(self.setup, state, trade)
            del state.trades[trade.number]
            state.totals.count(closed)
            out.append(closed)
            if state.breakers.see_trade(closed.net_quote, self.setup.breakers):
                out.append(EntriesPaused(closed.exit_ts, "consecutive_losses", state.breakers.midnight_ms()))
            return
        entries = [state.orders[name] for leg, name in trade.orders.items() if leg.startswith("entry")]
        if any(record.status == "rejected" for record in entries):
            withdraw(state, trade, out)
        if all(record.ended for record in entries):
            del state.trades[trade.number]
            reason = news.reason if isinstance(news, OrderRejected) else entries[0].status
            out.append(EntryRefused(news.ts, trade.signal_ts, trade.symbol, trade.strategy, "venue", reason))

    def _funding_paid(self, event: FundingPaid, out: list[Output]) -> None:
        amount = self.state.book.funding(event.amount)
        self.state.stale = True
        trade = self.state.trades.get(event.trade)
        if trade is None:
            out.append(StrayNews(event.ts, str(event.trade), "funding of a trade that has ended"))
        else:
            trade.funding += amount

    def _value(self, stretch: Stretch, begin: int, end: int, out: list[Output]) -> None:
        """Equity at every close, what the breakers make of it, and each day's last."""
        state, breakers, limit = self.state, self.state.breakers, self.setup.breakers.daily_drawdown
        before = state.equity
        if state.stale:
            state.cash, state.stale = float(state.book.cash), False
        path = self._equities(stretch, begin, end)
        ts, day = stretch.times[begin], breakers.day
        if ts // DAY_MS != day and breakers.begin_day(ts, before if day >= 0 else path[0]) and day >= 0:
            # The day that ends is valued at its last bar, not at the first of the next.
            state.days.append(EquityDay(day, before))
            state.forget_orders()
        state.see_equity(path)
        if limit is not None:
            row = breakers.see_equity(path, limit)
            if row >= 0:
                out.append(EntriesPaused(stretch.times[begin + row], "daily_drawdown", breakers.midnight_ms()))

    def _equities(self, stretch: Stretch, begin: int, end: int) -> list[float]:
        """Equity at the close of every row."""
        state = self.state
        equity = state.cash
        moving: list[float] | None = None
        for trade in state.trades.values():
            if trade.size:
                bars = stretch.bars.get(trade.symbol)
                if bars is None or end - begin == 1:
                    worth = trade.size * state.marks[trade.symbol]
                    if moving is None:
                        equity += worth
                    else:
                        moving = [one + worth for one in moving]
                else:
                    size, closes = trade.size, bars.close[begin:end]
                    if moving is None:
                        moving = [equity + size * close for close in closes]
                    else:
                        moving = [one + size * close for one, close in zip(moving, closes, strict=True)]
        return [equity] if moving is None else moving


def _is_heard(stretch: Stretch, row: int, deaf: AbstractSet[tuple[str, str]]) -> bool:
    """Whether any signal of a row is of somebody who is not deaf."""
    return any(
        (symbol, signal.strategy) not in deaf
        for symbol, bars in stretch.bars.items()
        for signal in bars.signals.get(row, ())
    )


def _stray(news: OrderNews) -> StrayNews:
    return StrayNews(news.ts, news.id, f"{type(news).__name__} of an order that is not ours")


def _shares(order: Order, fill: OrderFilled, before: Decimal) -> list[tuple[Part, Decimal, Decimal]]:
    """Which trades of an order a fill belongs to that came after `before`: with quantities and fees, exact in sum."""
    fee_left = in_quantum(fill.fee)
    shares, begin, after = [], ZERO, before + fill.quantity
    for part in order.parts:
        end = begin + part.quantity
        quantity = min(after, end) - max(before, begin)
        if quantity > 0:
            fee = fee_left if end >= after else in_quantum(fill.fee * quantity / fill.quantity)
            fee_left -= fee
            shares.append((part, quantity, fee))
        begin = end
    return shares
