"""How fills change a trade, how its stop and life move on with each bar, and what is said of it when it is over."""

import math
from decimal import Decimal
from typing import Final

from tradewind.model.events import OrderFilled, TradeClosed
from tradewind.model.orders import Order
from tradewind.model.plan import Plan
from tradewind.model.trades import ExitReason
from tradewind.trading import levels
from tradewind.trading.book import in_quantum
from tradewind.trading.rounding import allowed_quantity
from tradewind.trading.setup import Setup
from tradewind.trading.state import CoreState, TradeState
from tradewind.trading.stretch import Columns

STOP: Final = int(ExitReason.STOP)


def entry_filled(setup: Setup, trade: TradeState, order: Order, fill: OrderFilled, quantity: Decimal) -> None:
    """More of a position: its levels follow from the average price paid."""
    first = not trade.opened
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
    route, d, entry = setup.routes[trade.strategy, trade.plan, trade.symbol], trade.direction, trade.entry
    plan, instrument = route.plan, route.instrument
    trade.stop = trade.first_stop = entry - d * plan.stop.in_price(trade.atr, entry)
    trade.stop_reason = STOP
    trade.risk = abs(entry - trade.stop)
    trade.target = None if plan.target is None else entry + d * plan.target.in_price(trade.atr, entry)
    if instrument.leverage > 1:
        liquidation = levels.liquidation_price(d, entry, instrument.leverage, instrument.maintenance_margin)
        if d * (liquidation - trade.stop) > 0:
            trade.stop, trade.stop_reason = liquidation, int(ExitReason.LIQUIDATION)
    if plan.partials:
        opened = float(trade.opened)
        wanted = (
            (f"partial{number + 1}", level, allowed_quantity(route.filters, opened * plan.partials[number].fraction))
            for number, level in enumerate(levels.partial_levels(plan, d, entry, trade.risk, trade.target))
        )
        trade.partials = tuple(one for one in wanted if one[2] > 0)


def exit_filled(trade: TradeState, order: Order, fill: OrderFilled, quantity: Decimal) -> None:
    """Less of a position; the last leg gives the trade its reason and exit price."""
    d = trade.direction
    trade.left -= quantity
    trade.slippage += in_quantum(quantity * abs(fill.price - fill.raw))
    trade.exit_price, trade.exit_ts = fill.price, fill.ts
    trade.ambiguous = trade.ambiguous or fill.ambiguous
    if trade.left:
        trade.size = d * float(trade.left)
        if trade.partials:
            trade.partials = tuple(one for one in trade.partials if one[0] != order.leg)
        return
    trade.size = 0.0
    raw = float(fill.raw)
    _see(trade, raw, raw)
    if order.leg == "stop":
        trade.reason = trade.stop_reason
    else:
        trade.reason = trade.leaving if order.leg == "exit" else int(ExitReason.TARGET)


def _see(trade: TradeState, high: float, low: float) -> None:
    """Keep the best and the worst price reached."""
    best, worst = (high, low) if trade.direction > 0 else (low, high)
    if trade.direction * (best - trade.best) > 0:
        trade.best = best
    if trade.direction * (worst - trade.worst) < 0:
        trade.worst = worst


def next_decision(plan: Plan, trade: TradeState) -> int:
    """How many closes of an open trade from now on surely ask for no decision, signals aside."""
    if plan.trail or plan.exit_on_regime_change or (trade.inside and not trade.bars):
        return 0
    # Once it is leaving, the market order that waits comes before the next close.
    return max(0, plan.hold - trade.bars - 1)


def grow_older(plan: Plan, trade: TradeState, bars: Columns, begin: int, end: int, ts: int) -> None:
    """Bars have closed on an open trade, the last at `ts`: move its trail, decide whether to leave at the next open."""
    last = end - 1
    if trade.inside and ts == trade.entry_ts:
        _see(trade, bars.close[last], bars.close[last])
    elif last == begin:
        _see(trade, bars.high[last], bars.low[last])
    else:
        _see(trade, max(bars.high[begin:end]), min(bars.low[begin:end]))
    trade.bars += end - begin
    if plan.trail:
        d = trade.direction
        moved = levels.trailed_stop(plan, d, trade.entry, trade.risk, trade.atr, trade.best, trade.stop)
        if moved is not None:
            trade.stop, trade.stop_reason, trade.dirty = moved, int(ExitReason.TRAIL), True
    if trade.leaving:
        return
    if trade.bars >= plan.hold:
        leave(trade, ExitReason.TIME)
    elif plan.exit_on_opposite and _is_opposed(trade, bars, last):
        leave(trade, ExitReason.OPPOSITE)
    elif plan.exit_on_regime_change and bars.labels[last] != trade.label:
        leave(trade, ExitReason.REGIME)


def _is_opposed(trade: TradeState, bars: Columns, row: int) -> bool:
    """Whether the trade's own strategy signals the other way."""
    said = bars.signals.get(row, ())
    return any(one.strategy == trade.strategy and one.direction == -trade.direction for one in said)


def leave(trade: TradeState, reason: ExitReason) -> None:
    """Decide on a market exit; the reconciler sends it."""
    trade.leaving, trade.dirty = int(reason), True


def closed_trade(setup: Setup, state: CoreState, trade: TradeState) -> TradeClosed:
    """The finished trade as one record."""
    opened, d = trade.opened, trade.direction
    net = trade.cash - trade.funding
    growth = float(net / trade.entry_value)
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
        gross_quote=trade.cash + trade.fees,
        fees_quote=trade.fees,
        funding_quote=trade.funding,
        slippage_quote=trade.slippage,
        net_quote=net,
        r=float(net) / (trade.risk * float(opened)),
        log_return=math.log1p(growth) if growth > -1.0 else -math.inf,
        mfe_r=d * (trade.best - trade.entry) / trade.risk,
        mae_r=d * (trade.worst - trade.entry) / trade.risk,
        reason=trade.reason,
        ambiguous=trade.ambiguous,
        sizing=type(setup.sizing).__name__,
        equity_quote=state.book.cash,
    )
