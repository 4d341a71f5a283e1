"""The trader core: a deterministic state machine. Events in, commands and notes out; the journal replays it.

The same core trades a backtest, a replay, paper and live: only what feeds it and what carries out its commands differ.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradewind.model.events import (
    BarsClosed,
    ClosedBar,
    Deposited,
    EntriesPaused,
    EntryRefused,
    Event,
    FundingPaid,
    OrderAbsent,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Output,
    StrayNews,
)
from tradewind.model.time import DAY_MS
from tradewind.trading.book import Book, in_quantum
from tradewind.trading.closing import closed_trade, entry_filled, exit_filled, grow_older
from tradewind.trading.entries import enter, withdraw
from tradewind.trading.order_life import OrderNews, OrderRecord
from tradewind.trading.protection import reconcile
from tradewind.trading.setup import Setup
from tradewind.trading.state import CoreState, EquityDay, TradeState

ZERO = Decimal(0)


class Core:
    """One account. `state` is everything it knows; feeding the same events to a new core makes the same state."""

    def __init__(self, setup: Setup, state: CoreState | None = None) -> None:
        self.setup = setup
        self.state = CoreState(Book(setup.quote)) if state is None else state
        self._plans = {(one.name, number): plan for one in setup.strategies for number, plan in one.plans.items()}
        self._on: dict[type, Callable[[Any, list[Output]], None]] = {
            BarsClosed: self._bars_closed,
            OrderFilled: self._news,
            OrderAccepted: self._news,
            OrderCancelled: self._news,
            OrderExpired: self._news,
            OrderRejected: self._news,
            OrderUnknown: self._news,
            OrderAbsent: self._news,
            FundingPaid: self._funding_paid,
            Deposited: self._deposited,
        }

    def on_event(self, event: Event) -> list[Output]:
        """Take one event; returns the commands to carry out, in order, and notes of what happened."""
        out: list[Output] = []
        self._on[type(event)](event, out)
        return out

    def _deposited(self, event: Deposited, out: list[Output]) -> None:
        self.state.book.deposit(event.amount)
        self.state.stale = True
        self._value(event.ts, out)

    def _bars_closed(self, event: BarsClosed, out: list[Output]) -> None:
        state, ts = self.state, event.ts
        state.now = ts
        signals = False
        for bar in event.bars:
            state.marks[bar.symbol] = bar.close
            signals = signals or bool(bar.signals)
        if state.trades:
            for bar in event.bars:
                self._bar_of_trades(bar, ts, out)
        if state.trades or state.stale or ts // DAY_MS != state.breakers.day:
            self._value(ts, out)
        if signals:
            # In the order of names, so that nothing depends on the order of symbols in the event.
            enter(self.setup, state, sorted(event.bars, key=_symbol_of), ts, out)

    def _bar_of_trades(self, bar: ClosedBar, ts: int, out: list[Output]) -> None:
        for trade in self.state.trades.values():
            if trade.symbol == bar.symbol and trade.opened:
                plan = self._plans[trade.strategy, trade.plan]
                opposite = bool(bar.signals) and any(
                    one.strategy == trade.strategy and one.direction == -trade.direction for one in bar.signals
                )
                grow_older(plan, trade, bar, ts, opposite)
                if trade.dirty:
                    reconcile(self.setup, self.state, trade, out)

    def _news(self, news: OrderNews, out: list[Output]) -> None:
        record = self.state.orders.get(news.id)
        if record is None:
            out.append(StrayNews(news.ts, news.id, f"{type(news).__name__} of an order that is not ours"))
            return
        # That an order was accepted changes nothing that should rest at the venue.
        if not record.hear(news) or isinstance(news, OrderAccepted):
            return
        if isinstance(news, OrderFilled):
            self._filled(record, news, out)
            return
        for part in record.order.parts:
            trade = self.state.trades.get(part.trade)
            if trade is not None:
                trade.dirty = True
                self._settle(trade, news, out)

    def _filled(self, record: OrderRecord, fill: OrderFilled, out: list[Output]) -> None:
        """Book a fill, each trade of the order its part, earlier strategies first."""
        state, order = self.state, record.order
        state.stale = True
        before, after = record.filled - fill.quantity, record.filled
        begin, fee_left = ZERO, in_quantum(fill.fee)
        for part in order.parts:
            end = begin + part.quantity
            quantity = min(after, end) - max(before, begin)
            begin = end
            if quantity <= 0:
                continue
            fee = fee_left if end >= after else in_quantum(fill.fee * quantity / fill.quantity)
            fee_left -= fee
            brought = state.book.fill(order.symbol, order.side, quantity, fill.price, fee)
            trade = state.trades.get(part.trade)
            if trade is None:
                out.append(StrayNews(fill.ts, fill.id, f"a fill of {quantity} after its trade had ended"))
                continue
            trade.cash += brought
            trade.fees += fee
            if order.reduce_only:
                exit_filled(trade, order, fill, quantity)
            else:
                entry_filled(self.setup, trade, order, fill, quantity)
            trade.dirty = True
            self._settle(trade, fill, out)

    def _settle(self, trade: TradeState, news: OrderNews, out: list[Output]) -> None:
        """After news of one of its orders: protect what is open, end what is over."""
        state = self.state
        if trade.left == 0 and (trade.opened == 0 or trade.exit_ts >= 0):
            self._end(trade, news, out)
            return
        reconcile(self.setup, state, trade, out)

    def _end(self, trade: TradeState, news: OrderNews, out: list[Output]) -> None:
        """A trade without a position: over once no entry order of it can fill any more."""
        state = self.state
        if trade.opened:
            reconcile(self.setup, state, trade, out)
            if any(not state.orders[name].ended and leg == "entry" for leg, name in trade.orders.items()):
                withdraw(state, trade, out)
                return
            closed = closed_trade(self.setup, state, trade)
            del state.trades[trade.number]
            state.totals.count(closed)
            out.append(closed)
            if state.breakers.see_trade(float(closed.net_quote), self.setup.breakers):
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

    def _value(self, ts: int, out: list[Output]) -> None:
        """Equity at the last closes, what the breakers make of it, and each day's last."""
        state = self.state
        breakers, before = state.breakers, state.equity
        if state.stale:
            state.cash = float(state.book.cash)
        equity = state.cash
        for trade in state.trades.values():
            if trade.size:
                equity += trade.size * state.marks[trade.symbol]
        day = breakers.day
        # The day that ends is valued at its last bar, not at the first of the next.
        if breakers.begin_day(ts, before if day >= 0 else equity) and day >= 0:
            state.days.append(EquityDay(day, before))
            state.forget_orders()
        state.equity, state.stale = equity, False
        state.see_equity(equity)
        if breakers.see_equity(equity, self.setup.breakers):
            out.append(EntriesPaused(ts, "daily_drawdown", breakers.midnight_ms()))


def _symbol_of(bar: ClosedBar) -> str:
    return bar.symbol
