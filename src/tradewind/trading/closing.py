"""How fills change a trade, how its stop and life move on with each bar, and what is said of it when it is over."""

import math
from decimal import Decimal

from tradewind.model.events import ClosedBar, OrderFilled, TradeClosed
from tradewind.model.orders import Order
from tradewind.model.plan import Plan
from tradewind.model.trades import ExitReason
from tradewind.trading import levels
from tradewind.trading.book import in_quantum
from tradewind.trading.setup import Setup
from tradewind.trading.state import CoreState, TradeState


def entry_filled(setup: Setup, trade: TradeState, order: Order, fill: OrderFilled, quantity: Decimal) -> None:
    """More of a position: its levels follow from the average price paid."""
    first = trade.opened == 0
    trade.direction = order.side
    trade.opened += quantity
    trade.left += quantity
    trade.size = trade.direction * float(trade.left)
    trade.entry_value += quantity * fill.price
    trade.slippage += in_quantum(quantity * abs(fill.price - fill.raw))
    trade.entry = float(fill.price) if first else float(trade.entry_value / trade.opened)
    if first:
        trade.entry_ts, trade.inside = fill.ts, not fill.at_open
        trade.best = trade.worst = trade.entry
    _set_levels(setup, trade)


def _set_levels(setup: Setup, trade: TradeState) -> None:
    plan, d, entry = setup.strategy(trade.strategy).plans[trade.plan], trade.direction, trade.entry
    instrument = setup.instruments[trade.symbol]
    trade.first_stop = levels.initial_stop(plan, d, entry, trade.atr)
    trade.risk = abs(entry - trade.first_stop)
    trade.target = levels.target_of(plan, d, entry, trade.atr)
    trade.stop, trade.stop_reason = trade.first_stop, int(ExitReason.STOP)
    liquidation = levels.liquidation_price(d, entry, instrument.leverage, instrument.maintenance_margin)
    if liquidation is not None and d * (liquidation - trade.first_stop) > 0:
        trade.stop, trade.stop_reason = liquidation, int(ExitReason.LIQUIDATION)
    filters = setup.allowed(trade.symbol)
    trade.partials = []
    for number, level in enumerate(levels.partial_levels(plan, d, entry, trade.risk, trade.target)):
        quantity = filters.quantity(float(trade.opened) * plan.partials[number].fraction)
        if quantity > 0:
            trade.partials.append((f"partial{number + 1}", level, quantity))


def exit_filled(trade: TradeState, order: Order, fill: OrderFilled, quantity: Decimal) -> None:
    """Less of a position; the last leg gives the trade its reason and exit price."""
    d, raw = trade.direction, float(fill.raw)
    trade.left -= quantity
    trade.size = d * float(trade.left)
    trade.slippage += in_quantum(quantity * abs(fill.price - fill.raw))
    trade.exit_price, trade.exit_ts = fill.price, fill.ts
    trade.ambiguous = trade.ambiguous or fill.ambiguous
    if order.leg.startswith("partial"):
        trade.partials = [one for one in trade.partials if one[0] != order.leg]
    if trade.left == 0:
        trade.best = max(trade.best, raw) if d > 0 else min(trade.best, raw)
        trade.worst = min(trade.worst, raw) if d > 0 else max(trade.worst, raw)
        by_leg = {"stop": trade.stop_reason, "exit": trade.leaving}
        trade.reason = by_leg.get(order.leg, int(ExitReason.TARGET))


def grow_older(plan: Plan, trade: TradeState, bar: ClosedBar, ts: int, opposite: bool) -> None:  # noqa: FBT001
    """A bar has closed on an open trade: move its trail, and decide whether to leave at the next open."""
    d = trade.direction
    inside = trade.inside and ts == trade.entry_ts
    high, low = (bar.close, bar.close) if inside else (bar.high, bar.low)
    if d > 0:
        if high > trade.best:
            trade.best = high
        if low < trade.worst:
            trade.worst = low
    else:
        if low < trade.best:
            trade.best = low
        if high > trade.worst:
            trade.worst = high
    trade.bars += 1
    if plan.trail:
        moved = levels.trailed_stop(plan, d, trade.entry, trade.risk, trade.atr, trade.best, trade.stop)
        if moved is not None:
            trade.stop, trade.stop_reason, trade.dirty = moved, int(ExitReason.TRAIL), True
    if trade.leaving:
        return
    if trade.bars >= plan.hold:
        leave(trade, ExitReason.TIME)
    elif opposite and plan.exit_on_opposite:
        leave(trade, ExitReason.OPPOSITE)
    elif plan.exit_on_regime_change and bar.label != trade.label:
        leave(trade, ExitReason.REGIME)


def leave(trade: TradeState, reason: ExitReason) -> None:
    """Decide on a market exit; the reconciler sends it."""
    trade.leaving, trade.dirty = int(reason), True


def closed_trade(setup: Setup, state: CoreState, trade: TradeState) -> TradeClosed:
    """The finished trade as one record."""
    opened = trade.opened
    net = trade.cash - trade.funding
    gross = trade.cash + trade.fees
    risked = trade.risk * float(opened)
    growth = float(net / trade.entry_value)
    d = trade.direction
    return TradeClosed(
        number=trade.number,
        strategy=trade.strategy,
        plan=trade.plan,
        symbol=trade.symbol,
        direction=d,
        label=trade.label,
        confidence=trade.confidence,
        signal_ts=trade.signal_ts,
        entry_ts=trade.entry_ts,
        exit_ts=trade.exit_ts,
        entry_price=trade.entry_value / opened,
        exit_price=trade.exit_price,
        stop_price=trade.first_stop,
        target_price=trade.target,
        quantity=opened,
        gross_quote=gross,
        fees_quote=trade.fees,
        funding_quote=trade.funding,
        slippage_quote=trade.slippage,
        net_quote=net,
        r=float(net) / risked,
        log_return=math.log1p(growth) if growth > -1.0 else -math.inf,
        mfe_r=d * (trade.best - trade.entry) / trade.risk,
        mae_r=d * (trade.worst - trade.entry) / trade.risk,
        reason=trade.reason,
        ambiguous=trade.ambiguous,
        sizing=type(setup.sizing).__name__,
        equity_quote=state.book.cash,
    )
