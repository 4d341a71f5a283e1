"""Which signals of a closed bar become orders: conflicts between strategies, slots by confidence, size, approval."""

import math
from collections.abc import Sequence
from decimal import Decimal

from tradewind.model.events import Cancel, ClosedBar, Conflict, EntryRefused, Output, Signal, Submit
from tradewind.model.orders import Order, OrderKind, Part
from tradewind.model.plan import HOUR_MS, BreakoutEntry, LimitEntry
from tradewind.model.trades import ExitReason
from tradewind.trading import levels
from tradewind.trading.closing import leave
from tradewind.trading.order_ids import client_order_id
from tradewind.trading.order_life import OrderRecord
from tradewind.trading.protection import reconcile
from tradewind.trading.risk import approve_entry, room
from tradewind.trading.rounding import allowed_price, allowed_quantity
from tradewind.trading.route import Route
from tradewind.trading.setup import Setup
from tradewind.trading.sizing import Asked
from tradewind.trading.state import CoreState, TradeState


class Candidate:
    """A signal that may open something, what holds for its plan, and the stop its entry will have, at what distance."""

    __slots__ = ("attached", "bar", "distance", "route", "signal")

    def __init__(self, bar: ClosedBar, signal: Signal, route: Route) -> None:
        self.bar, self.signal, self.route = bar, signal, route
        self.attached = levels.attached_stop(route.plan, signal.atr)
        self.distance = self.attached.risk_at(bar.close)


class _Leg:
    """One entry order of a plan, and whose it is: strategies that enter alike share one."""

    __slots__ = ("contiguous", "kind", "members", "name", "price", "side", "until_ts")

    def __init__(
        self,
        name: str,
        side: int,
        kind: OrderKind,
        price: float | None = None,
        until_ts: int | None = None,
        *,
        contiguous: bool = False,
    ) -> None:
        self.name, self.side, self.kind, self.contiguous = name, side, kind, contiguous
        self.price, self.until_ts = price, until_ts
        self.members: list[_Member] = []

    def is_like(self, other: "_Leg") -> bool:
        """Whether both can be one order."""
        return (
            self.name == other.name
            and self.side == other.side
            and self.kind == other.kind
            and self.price == other.price
            and self.until_ts == other.until_ts
            and self.contiguous == other.contiguous
        )


_Member = tuple[TradeState, Candidate]


def enter(setup: Setup, state: CoreState, bars: Sequence[ClosedBar], ts: int, out: list[Output]) -> None:
    """Append the orders that the signals of these bars lead to, and notes on what gave way; bars stand in the order
    of their symbols."""
    wanting = [kept for bar in bars if (kept := _without_conflicts(setup, state, bar, ts, out))]
    if not wanting:
        return
    if len(wanting) > 1:
        # The most confident first; between equals the name decides, never the order in which bars came.
        wanting.sort(key=_place_of)
    held = {trade.symbol for trade in state.trades.values()}
    for candidates in wanting:
        symbol = candidates[0].bar.symbol
        if symbol not in held and len(held) >= setup.slots:
            why = f"all {setup.slots} slots are taken"
            out.extend(EntryRefused(ts, ts, symbol, one.signal.strategy, "slots", why) for one in candidates)
        elif _open(setup, state, candidates, ts, out):
            held.add(symbol)


def _place_of(candidates: list[Candidate]) -> tuple[float, str]:
    return -max(one.signal.confidence for one in candidates), candidates[0].bar.symbol


def _without_conflicts(setup: Setup, state: CoreState, bar: ClosedBar, ts: int, out: list[Output]) -> list[Candidate]:
    """Signals of one symbol that may open something, none against another: a strategy earlier in the account wins."""
    symbol = bar.symbol
    trades = state.on(symbol) if state.trades else []
    # A strategy's slot in a symbol is taken by a position, or by an order that waits.
    holding = [trade.strategy for trade in trades]
    heard = [(setup.routes[one.strategy, one.plan, symbol], one) for one in bar.signals if one.strategy not in holding]
    if len(heard) > 1:
        heard.sort(key=_precedence_of)
    kept: list[Candidate] = []
    for route, signal in heard:
        plan = route.plan
        if signal.direction < 0 and (not route.instrument.short or isinstance(plan.entry, BreakoutEntry)):
            continue
        if kept and kept[0].signal.direction != signal.direction:
            how = "its signal was dropped"
            out.append(Conflict(ts, symbol, kept[0].signal.strategy, signal.strategy, how))
        elif not trades or not _gives_way(setup, state, trades, signal, symbol, ts, out):
            kept.append(Candidate(bar, signal, route))
    return kept


def _precedence_of(heard: tuple[Route, Signal]) -> int:
    return heard[0].precedence


def _gives_way(
    setup: Setup,
    state: CoreState,
    trades: Sequence[TradeState],
    signal: Signal,
    symbol: str,
    ts: int,
    out: list[Output],
) -> bool:
    """Whether a signal is dropped for an opposite trade of an earlier strategy; a later strategy's is closed first."""
    mine = setup.routes[signal.strategy, signal.plan, symbol].precedence
    for trade in trades:
        if trade.direction == signal.direction or trade.leaving:
            continue
        if setup.routes[trade.strategy, trade.plan, symbol].precedence < mine:
            out.append(Conflict(ts, symbol, trade.strategy, signal.strategy, "its signal was dropped"))
            return True
        out.append(Conflict(ts, symbol, signal.strategy, trade.strategy, "its position is closed first"))
        if trade.is_open:
            leave(trade, ExitReason.OPPOSITE)
            reconcile(setup, state, trade, out)
        else:
            withdraw(state, trade, out)
    return False


def withdraw(state: CoreState, trade: TradeState, out: list[Output]) -> None:
    """Take back the entry orders of a trade that holds nothing."""
    for leg, name in trade.orders.items():
        record = state.orders[name]
        if leg.startswith("entry") and not record.ended and not record.cancel_sent:
            record.cancel_sent = True
            out.append(Cancel(name))


def _open(setup: Setup, state: CoreState, candidates: Sequence[Candidate], ts: int, out: list[Output]) -> bool:
    """Orders for one symbol's candidates, all on one side; those that enter alike share one order."""
    shared: list[_Leg] = []
    for one in candidates:
        trade = _sized(setup, state, one, ts, out)
        if trade is None:
            continue
        for wanted in _legs(setup, one, ts):
            leg = next((other for other in shared if other.is_like(wanted)), wanted)
            if leg is wanted:
                shared.append(leg)
            leg.members.append((trade, one))
        # It counts as held from here on, so that the next one sees less room.
        state.trades[trade.number] = trade
    opened = False
    for leg in shared:
        opened = _submit(setup, state, leg, ts, out) or opened
    return opened


def _sized(setup: Setup, state: CoreState, one: Candidate, ts: int, out: list[Output]) -> TradeState | None:
    """A trade of the size its rule asks for, within the caps; None where nothing tradable remains."""
    bar, signal, route, distance = one.bar, one.signal, one.route, one.distance
    if math.isnan(distance):
        out.append(EntryRefused(ts, ts, bar.symbol, signal.strategy, "plan", "a value the plan needs is missing"))
        return None
    asked = Asked(state.equity, bar.close, distance, setup.slots, signal.volatility)
    wanted = route.share * setup.sizing.quantity(asked)
    if setup.caps.bounds:
        wanted = min(wanted, room(setup, state, bar.symbol, bar.label) / bar.close)
    quantity = allowed_quantity(route.filters, wanted)
    if not quantity:
        out.append(EntryRefused(ts, ts, bar.symbol, signal.strategy, "size", "no tradable quantity within the caps"))
        return None
    number = state.next_trade
    state.next_trade = number + 1
    return TradeState(
        number=number,
        strategy=signal.strategy,
        plan=signal.plan,
        symbol=bar.symbol,
        direction=signal.direction,
        label=bar.label,
        confidence=signal.confidence,
        atr=signal.atr,
        signal_ts=ts,
        wanted=quantity,
    )


def _legs(setup: Setup, one: Candidate, ts: int) -> list[_Leg]:
    plan, bar, d = one.route.plan, one.bar, one.signal.direction
    entry, timeframe = plan.entry, setup.timeframe_ms
    if isinstance(entry, LimitEntry):
        until = ts + (entry.expiry + 1) * timeframe
        return [_Leg("entry", d, "limit", bar.close, until, contiguous=True)]
    if isinstance(entry, BreakoutEntry):
        until = ts + timeframe + int(entry.hours * HOUR_MS)
        up, down = levels.breakout_sides(entry, short=one.route.instrument.short)
        upper = _Leg("entry", up, "stop", entry.up * bar.close, until)
        if down is None:
            return [upper]
        kind: OrderKind = "touch" if down > 0 else "stop"
        return [upper, _Leg("entry_down", down, kind, entry.down * bar.close, until)]
    return [_Leg("entry", d, "market", contiguous=True)]


def _submit(setup: Setup, state: CoreState, leg: _Leg, ts: int, out: list[Output]) -> bool:
    name, side, kind, level, members = leg.name, leg.side, leg.kind, leg.price, leg.members
    first, route = members[0][0], members[0][1].route
    filters = route.filters
    quantity = first.wanted if len(members) == 1 else sum((trade.wanted for trade, _ in members), Decimal(0))
    if filters.max_quantity is not None:
        quantity = min(quantity, filters.max_quantity)
    order = Order(
        id=client_order_id(route.owner, ts, name, 0),
        symbol=first.symbol,
        side=side,
        kind=kind,
        quantity=quantity,
        # Never worse than planned: a limit that buys is rounded down, a trigger that buys up.
        price=None if level is None else allowed_price(filters, level, up=(kind == "limit") != (side > 0)),
        leg=name,
        parts=_parts(members, quantity),
        reduce_only=False,
        until_ts=leg.until_ts,
        contiguous=leg.contiguous,
    )
    widest = max(one.distance for _, one in members)
    approved = approve_entry(order, setup, state, state.marks[first.symbol], widest)
    if isinstance(approved, str):
        for trade, _ in members:
            out.append(EntryRefused(ts, ts, first.symbol, trade.strategy, "risk", approved))
            state.trades.pop(trade.number, None)
        return False
    state.orders[order.id] = OrderRecord(order)
    for trade, _ in members:
        trade.orders[name] = order.id
    out.append(Submit(approved))
    return True


def _parts(members: Sequence[_Member], quantity: Decimal) -> tuple[Part, ...]:
    """The order's quantity by trade, earlier strategies first where the venue allows less than all."""
    parts, left = [], quantity
    for trade, one in members:
        if trade.wanted > left:
            trade.wanted = left
        left -= trade.wanted
        parts.append(Part(trade.number, trade.wanted, one.attached))
    return tuple(parts)
