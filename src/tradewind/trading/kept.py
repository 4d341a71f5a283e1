"""The state of the trader core as bytes, and back: what a snapshot of the journal holds."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from tradewind.model.orders import Order
from tradewind.trading.book import Book
from tradewind.trading.order_life import OrderRecord
from tradewind.trading.state import CoreState, EquityDay, Totals, TradeState

# Decimals are kept as text, as everywhere.
_AMOUNTS: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        TradeState: frozenset(
            {"wanted", "opened", "left", "entry_value", "cash", "fees", "funding", "slippage", "exit_price"}
        ),
        Totals: frozenset({"net", "won", "lost"}),
        OrderRecord: frozenset({"filled"}),
    }
)
_OPENED_WITH = (
    "number", "strategy", "plan", "symbol", "direction", "label", "confidence", "atr", "signal_ts", "wanted",
)  # fmt: skip


def state_bytes(state: CoreState) -> bytes:
    """The whole state as bytes: equal states give equal bytes. The order of trades and orders is part of it."""
    return _ENCODE(state)


def state_from(content: bytes) -> CoreState:
    """The state written by `state_bytes`."""
    kept = msgspec.msgpack.decode(content)
    book = kept.pop("book")
    state = CoreState(Book(book["quote"], {name: Decimal(amount) for name, amount in book["balances"].items()}))
    _fill(state.breakers, kept.pop("breakers"))
    _fill(state.totals, kept.pop("totals"))
    state.trades = {number: _trade_from(one) for number, one in kept.pop("trades").items()}
    state.orders = {name: _record_from(one) for name, one in kept.pop("orders").items()}
    state.days = [EquityDay(one["day"], one["equity"]) for one in kept.pop("days")]
    _fill(state, kept)
    return state


def is_kept(state: CoreState, content: bytes) -> bool:
    """Whether `content` holds this state; an earlier version may have written the same values in another order."""
    mine = state_bytes(state)
    if mine == content:
        return True
    try:
        return mine == state_bytes(state_from(content))
    except (msgspec.MsgspecError, LookupError, ArithmeticError, AttributeError, TypeError, ValueError):
        return False  # what is known of an account was something else then


def _plain(value: Any) -> dict[str, Any]:
    """A part of the state, by the names of what it holds."""
    return {name: getattr(value, name) for name in _names(value.__class__)}


@cache
def _names(part: Any) -> tuple[str, ...]:
    """What a part of the state holds. A compiled class has no slots, but says what it has instead of them."""
    names = getattr(part, "__mypyc_attrs__", None) or part.__slots__
    return tuple(sorted(name for name in names if name[0] != "_"))


_ENCODE: Callable[[Any], bytes] = msgspec.msgpack.Encoder(enc_hook=_plain).encode


def _fill(part: Any, kept: Mapping[str, Any]) -> None:
    """Give a part of the state what was kept of it."""
    amounts = _AMOUNTS.get(type(part), frozenset())
    for name, value in kept.items():
        setattr(part, name, Decimal(value) if name in amounts else value)


def _trade_from(kept: dict[str, Any]) -> TradeState:
    trade = TradeState(**{name: kept[name] for name in _OPENED_WITH} | {"wanted": Decimal(kept["wanted"])})
    kept["partials"] = tuple((leg, level, Decimal(quantity)) for leg, level, quantity in kept["partials"])
    _fill(trade, kept)
    return trade


def _record_from(kept: dict[str, Any]) -> OrderRecord:
    record = OrderRecord(msgspec.convert(kept.pop("order"), Order))
    kept["fills"] = tuple(kept["fills"])
    _fill(record, kept)
    return record
