"""The reconciler of protective orders: what should rest at the venue for a trade, against what does.

It looks at levels, never at what happened: whatever order of events, crash or restart led here, the same state asks for
the same orders, and what is missing is sent, what differs amended, what is too much taken back.
"""

from decimal import Decimal
from typing import NamedTuple

from tradewind.model.events import Amend, Cancel, Output, Submit
from tradewind.model.orders import Order, OrderKind, Part, client_order_id
from tradewind.model.trades import ExitReason
from tradewind.trading.order_life import OrderRecord
from tradewind.trading.risk import approve_exit
from tradewind.trading.setup import Setup
from tradewind.trading.state import CoreState, TradeState


class Wanted(NamedTuple):
    """An order that should be there."""

    kind: OrderKind
    quantity: Decimal
    price: Decimal | None


def wanted_orders(setup: Setup, trade: TradeState) -> dict[str, Wanted]:
    """What should rest at the venue to close a trade, by leg; nothing where there is no position.

    Prices are rounded so that a stop is never looser than planned and a target never worse.
    """
    if not trade.left:
        return {}
    plan, _, _, _, filters = setup.route(trade.strategy, trade.plan, trade.symbol)
    rising, left = trade.direction > 0, trade.left
    orders = {"stop": Wanted("stop", left, filters.price(trade.stop, up=rising))}
    if trade.leaving:
        orders["exit"] = Wanted("market", left, None)
    profit: OrderKind = "limit" if plan.target_order == "limit" else "touch"
    for leg, level, quantity in trade.partials:
        orders[leg] = Wanted(profit, min(quantity, left), filters.price(level, up=rising))
    if trade.target is not None:
        orders["target"] = Wanted(profit, left, filters.price(trade.target, up=rising))
    return orders


def reconcile(setup: Setup, state: CoreState, trade: TradeState, out: list[Output]) -> None:
    """Append the commands that make the live orders of a trade agree with what it wants."""
    if not trade.dirty:
        return
    trade.dirty = False
    wanted = wanted_orders(setup, trade)
    if trade.opened:
        for leg, name in trade.orders.items():
            if leg not in wanted:
                live = state.orders[name]
                if not (live.ended or live.cancel_sent or _is_filling(trade, leg)):
                    live.cancel_sent = True
                    out.append(Cancel(name))
    for leg, want in wanted.items():
        latest = trade.orders.get(leg)
        if latest is None:
            _send(setup, state, trade, leg, want, out)
            continue
        record = state.orders[latest]
        if record.status == "rejected" and leg == "stop":
            # A stop that the venue refuses would leave the position bare: leave it at the market instead.
            trade.leaving = trade.leaving or int(ExitReason.STOP)
            if "exit" not in wanted:
                _send(setup, state, trade, "exit", Wanted("market", trade.left, None), out)
        elif record.ended:
            _send(setup, state, trade, leg, want, out)
        elif record.status != "unknown":
            _amend(record, trade, want, out)


def _is_filling(trade: TradeState, leg: str) -> bool:
    """Whether a leg is the entry order that is still being filled."""
    return leg == "entry" and trade.opened < trade.wanted


def _send(setup: Setup, state: CoreState, trade: TradeState, leg: str, want: Wanted, out: list[Output]) -> None:
    attempt = 0
    if leg in trade.orders:
        attempt = trade.attempts[leg] = trade.attempts.get(leg, 0) + 1
    name = client_order_id(setup.account, trade.strategy, trade.symbol, trade.signal_ts, leg, attempt)
    trade.orders[leg] = name
    order = Order(
        id=name,
        symbol=trade.symbol,
        side=-trade.direction,
        kind=want.kind,
        quantity=want.quantity,
        price=want.price,
        leg=leg,
        parts=(Part(trade.number, want.quantity),),
        reduce_only=True,
    )
    state.orders[name] = OrderRecord(order)
    out.append(Submit(approve_exit(order, trade)))


def _amend(record: OrderRecord, trade: TradeState, want: Wanted, out: list[Output]) -> None:
    """Change price and rest of a live order where they differ from what is wanted."""
    order = record.order
    quantity = record.filled + want.quantity
    if order.price == want.price and order.quantity == quantity:
        return
    record.order = Order(
        id=order.id,
        symbol=order.symbol,
        side=order.side,
        kind=order.kind,
        quantity=quantity,
        price=want.price,
        leg=order.leg,
        parts=(Part(trade.number, quantity),),
        reduce_only=True,
    )
    out.append(Amend(approve_exit(record.order, trade)))
