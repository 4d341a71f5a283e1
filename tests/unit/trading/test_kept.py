"""What is written of an account is all there is to know of it, and reads back as it was."""

from decimal import Decimal
from typing import Any

import msgspec
from tests.parity import busy_day

from tradewind.model.events import Event
from tradewind.trading.book import Book
from tradewind.trading.kept import is_kept, state_bytes, state_from
from tradewind.trading.order_life import OrderRecord
from tradewind.trading.state import CoreState, EquityDay, TradeState

AMOUNTS = {"wanted", "opened", "left", "entry_value", "cash", "fees", "funding", "slippage", "exit_price"}


def told_apart() -> TradeState:
    """A trade in which no two values are alike, and none is what a new one has."""
    trade = TradeState(
        number=7, strategy="s", plan=2, symbol="BTC/USDT", direction=-1, label=3, confidence=0.25, atr=1.5,
        signal_ts=60_000, wanted=Decimal("1.5"),
    )  # fmt: skip
    for place, name in enumerate(sorted(content_of(trade)), start=1):
        value = getattr(trade, name)
        if name in AMOUNTS:
            setattr(trade, name, Decimal(f"{place}.125"))
        elif isinstance(value, bool):
            setattr(trade, name, not value)
        elif isinstance(value, int) and name != "direction":
            setattr(trade, name, 1_000 + place)
        elif isinstance(value, float):
            setattr(trade, name, place + 0.1)
    trade.target = 99.5
    trade.partials = (("partial1", 101.25, Decimal("0.5")), ("partial2", 102.5, Decimal("0.25")))
    trade.orders, trade.attempts = {"entry": "a", "stop": "b"}, {"stop": 2}
    return trade


def content_of(part: object) -> dict[str, Any]:
    """Everything a part of the state holds, without asking the code under test."""
    derived = {TradeState: {"is_open"}, OrderRecord: {"ended", "exposed"}}.get(type(part), set())
    return {
        name: getattr(part, name)
        for name in dir(part)
        if name[0] != "_" and name not in derived and not callable(getattr(part, name))
    }


def test_every_value_of_a_trade_survives() -> None:
    state = CoreState(Book("USDT"))
    trade = told_apart()
    state.trades[trade.number] = trade
    again = state_from(state_bytes(state)).trades[trade.number]
    assert content_of(again) == content_of(trade)
    for name, value in content_of(trade).items():
        assert type(getattr(again, name)) is type(value), name


def test_an_account_in_the_middle_of_a_busy_day_survives() -> None:
    events: list[Event] = []
    core, _ = busy_day.live_through(events)
    state = core.state
    state.breakers.paused_by.append("daily_drawdown")
    state.days.append(EquityDay(3, 123.25))
    content = state_bytes(state)
    again = state_from(content)
    assert state_bytes(again) == content
    assert again.book.balances == state.book.balances
    assert all(isinstance(amount, Decimal) for amount in again.book.balances.values())
    assert [content_of(one) for one in again.days] == [content_of(one) for one in state.days]
    assert content_of(again.breakers) == content_of(state.breakers)
    assert content_of(again.totals) == content_of(state.totals)
    assert {name: content_of(one) for name, one in again.orders.items()} == {
        name: content_of(one) for name, one in state.orders.items()
    }
    assert len(again.orders) > 50


def test_what_is_written_names_every_value_of_the_account() -> None:
    kept = msgspec.msgpack.decode(state_bytes(CoreState(Book("USDT"))))
    assert sorted(kept) == sorted(content_of(CoreState(Book("USDT"))))
    assert sorted(kept["book"]) == ["balances", "quote"]


def test_a_state_is_known_again_whatever_the_order_of_its_values() -> None:
    state = CoreState(Book("USDT"))
    state.trades[7] = told_apart()
    kept = msgspec.msgpack.decode(state_bytes(state))
    kept["trades"][7] = dict(reversed(kept["trades"][7].items()))
    other = msgspec.msgpack.encode(dict(reversed(kept.items())))
    assert other != state_bytes(state)
    assert is_kept(state, other)
    kept["trades"][7]["bars"] += 1
    assert not is_kept(state, msgspec.msgpack.encode(kept))
    del kept["book"]
    assert not is_kept(state, msgspec.msgpack.encode(kept))
    assert not is_kept(state, b"torn")
