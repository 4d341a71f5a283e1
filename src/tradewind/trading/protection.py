"""The reconciler of protective orders: what should rest at the venue for a trade, against what does.

It looks at levels, never at what happened: whatever order of events, crash or restart led here, the same state asks for
the same orders, and what is missing is sent, what differs amended, what is too much taken back.
"""

from decimal import Decimal

from tradewind.model.events import Amend, Cancel, Output, Submit
from tradewind.model.orders import Order, OrderKind, Part
from tradewind.model.trades import ExitReason
from tradewind.trading.order_ids import client_order_id
from tradewind.trading.order_life import ENDED, OrderRecord
from tradewind.trading.risk import approve_exit
from tradewind.trading.rounding import allowed_price
from tradewind.trading.route import Route
from tradewind.trading.setup import Setup
from tradewind.trading.state import CoreState, TradeState

Wanted = tuple[OrderKind, Decimal, Decimal | None]  # kind, quantity, price of an order that should be there


def wanted_orders(route: Route, trade: TradeState) -> dict[str, Wanted]:
    """What should rest at the venue to close a trade, by leg; nothing where there is no position.

    Prices are rounded so that a stop is never looser than planned and a target never worse.
    """
    left = trade.left
    if not left:
        return {}
    filters, rising = route.filters, trade.direction > 0
    orders: dict[str, Wanted] = {"stop": ("stop", left, allowed_price(filters, trade.stop, up=rising))}
    if trade.leaving:
        orders["exit"] = ("market", left, None)
    profit: OrderKind = "limit" if route.plan.target_order == "limit" else "touch"
    for leg, level, quantity in trade.partials:
        orders[leg] = (profit, min(quantity, left), allowed_price(filters, level, up=rising))
    if trade.target is not None:
        orders["target"] = (profit, left, allowed_price(filters, trade.target, up=rising))
    return orders


def reconcile(setup: Setup, state: CoreState, trade: TradeState, out: list[Output]) -> None:
    """Append the commands that make the live orders of a trade agree with what it wants."""
    if not trade.dirty:
        return
    trade.dirty = False
    route = setup.routes[trade.strategy, trade.plan, trade.symbol]
    wanted, orders, mine = wanted_orders(route, trade), state.orders, trade.orders
    if trade.opened:
        for leg, name in mine.items():
            if leg not in wanted:
                live = orders[name]
                if live.status not in ENDED and not live.cancel_sent and not _is_filling(trade, leg):
                    live.cancel_sent = True
                    out.append(Cancel(name))
    for leg, want in wanted.items():
        if leg not in mine:
            _send(state, route.owner, trade, leg, want, out)
            continue
        record = orders[mine[leg]]
        if record.status == "rejected" and leg == "stop":
            # A stop that the venue refuses would leave the position bare: leave it at the market instead.
            trade.leaving = trade.leaving or int(ExitReason.STOP)
            if "exit" not in wanted:
                _send(state, route.owner, trade, "exit", ("market", trade.left, None), out)
        elif record.status in ENDED:
            _send(state, route.owner, trade, leg, want, out)
        elif record.status != "unknown":
            _amend(record, trade, want, out)


def _is_filling(trade: TradeState, leg: str) -> bool:
    """Whether a leg is the entry order that is still being filled."""
    return leg == "entry" and trade.opened < trade.wanted


def _send(state: CoreState, owner: str, trade: TradeState, leg: str, want: Wanted, out: list[Output]) -> None:
    attempt = 0
    if leg in trade.orders:
        attempt = trade.attempts[leg] = trade.attempts.get(leg, 0) + 1
    name = trade.orders[leg] = client_order_id(owner, trade.signal_ts, leg, attempt)
    kind, quantity, price = want
    order = _closing_order(trade, name, leg, kind, quantity, price)
    state.orders[name] = OrderRecord(order)
    out.append(Submit(approve_exit(order, trade)))


def _amend(record: OrderRecord, trade: TradeState, want: Wanted, out: list[Output]) -> None:
    """Change price and rest of a live order where they differ from what is wanted."""
    order, (kind, rest, price) = record.order, want
    quantity = record.filled + rest
    if order.price != price or order.quantity != quantity:
        record.order = _closing_order(trade, order.id, order.leg, kind, quantity, price)
        out.append(Amend(approve_exit(record.order, trade)))


def _closing_order(
    trade: TradeState, name: str, leg: str, kind: OrderKind, quantity: Decimal, price: Decimal | None
) -> Order:
    return Order(
        id=name,
        symbol=trade.symbol,
        side=-trade.direction,
        kind=kind,
        quantity=quantity,
        price=price,
        leg=leg,
        parts=(Part(trade.number, quantity),),
        reduce_only=True,
    )
