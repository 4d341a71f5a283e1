"""The gate: only orders approved here can be sent. Nothing else makes `Approved` (a test reads the source for it)."""

import math
from decimal import Decimal
from typing import Final

from tradewind.model.orders import Approved, Order
from tradewind.trading.setup import Caps, Setup
from tradewind.trading.state import CoreState, TradeState

ZERO: Final = Decimal(0)


def approve_entry(order: Order, setup: Setup, state: CoreState, price: float, stop_distance: float) -> Approved | str:
    """Let an entry pass, or say in a few words why not. `price` is the last close, `stop_distance` the plan's.

    A position must be one that can be left again: what is left at the stop has to be worth the venue's minimum.
    """
    if state.breakers.paused_by:
        return f"entries are paused by {' and '.join(state.breakers.paused_by)}"
    if order.quantity <= ZERO:
        return "the quantity is below the venue's lot"
    filters = setup.allowed(order.symbol)
    least = filters.min_notional
    if least is not None:
        quantity = float(order.quantity)
        slip = setup.instruments[order.symbol].costs.slip
        at_stop = quantity * max(0.0, price - order.side * stop_distance) * (1.0 - slip)
        if min(quantity * price, at_stop) < float(least):
            return f"worth less than the venue's minimum of {least} {setup.quote} at entry or stop"
    return Approved(order)


def approve_exit(order: Order, trade: TradeState) -> Approved:
    """Let an order pass that makes a position smaller; anything else here is a defect of the program."""
    assert order.reduce_only
    assert order.side == -trade.direction
    assert ZERO < order.quantity <= trade.left
    return Approved(order)


def room(setup: Setup, state: CoreState, symbol: str, label: int) -> float:
    """How much more notional the caps leave for an entry in `symbol` under `label`; infinite without caps."""
    caps: Caps = setup.caps
    left = math.inf
    if label in caps.regime:
        left = min(left, caps.regime[label] - _held(state, symbol=symbol, label=label))
    if symbol in caps.instrument:
        left = min(left, caps.instrument[symbol] - _held(state, symbol=symbol))
    if caps.account is not None:
        left = min(left, caps.account * state.equity - _held(state))
    return max(0.0, left)


def _held(state: CoreState, symbol: str | None = None, label: int | None = None) -> float:
    """Notional held, and what may still fill, of a symbol and of entries under a label; all where None."""
    total = 0.0
    for trade in state.trades.values():
        if symbol not in (None, trade.symbol) or label not in (None, trade.label):
            continue
        quantity = trade.left + _may_fill(state, trade)
        total += float(quantity) * (trade.entry or state.marks[trade.symbol])
    return total


def _may_fill(state: CoreState, trade: TradeState) -> Decimal:
    """What of the entry may still fill: nothing once all its orders have ended; all of it before they are made."""
    entries = [state.orders[name] for leg, name in trade.orders.items() if leg.startswith("entry")]
    ended = bool(entries) and all(record.ended for record in entries)
    return ZERO if ended else trade.wanted - trade.opened
