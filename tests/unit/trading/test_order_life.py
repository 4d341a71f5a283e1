"""An order's life: whatever order its news comes in, and however often, it ends in the same state."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tradewind.model.events import (
    OrderAbsent,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderNews,
    OrderRejected,
    OrderUnknown,
)
from tradewind.model.orders import Order, Part
from tradewind.trading.order_life import ENDED, RANKS, OrderRecord

ORDER = Order(
    id="x", symbol="BTC/USDT", side=1, kind="market", quantity=Decimal(4), price=None, leg="entry",
    parts=(Part(1, Decimal(4)),), reduce_only=False,
)  # fmt: skip


def fill(name: str, quantity: int) -> OrderFilled:
    price = Decimal(100)
    return OrderFilled(ts=0, id="x", fill=name, quantity=Decimal(quantity), price=price, raw=price, fee=Decimal(0))


ENDS: tuple[OrderNews, ...] = (
    OrderAccepted(0, "x"),
    OrderRejected(0, "x", "no"),
    OrderCancelled(0, "x"),
    OrderExpired(0, "x"),
    OrderUnknown(0, "x"),
    OrderAbsent(0, "x"),
)
NEWS: tuple[OrderNews, ...] = (*ENDS, fill("a", 1), fill("b", 2), fill("c", 1))


def after(*news: OrderNews) -> OrderRecord:
    record = OrderRecord(ORDER)
    for one in news:
        record.hear(one)
    return record


@given(st.lists(st.sampled_from(NEWS), max_size=8), st.randoms())
def test_the_same_news_in_any_order_and_any_number_of_times_ends_the_same(
    news: list[OrderNews], source: object
) -> None:
    mixed = [*news, *news]
    source.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = after(*news), after(*mixed)
    assert (one.status, one.filled, sorted(one.fills)) == (other.status, other.filled, sorted(other.fills))


def test_a_reply_before_after_or_without_the_fill_ends_in_the_same_state() -> None:
    told = (OrderAccepted(0, "x"), fill("a", 1), fill("b", 3), OrderUnknown(0, "x"))
    assert {(after(*order).status, after(*order).filled) for order in permutations(told)} == {("filled", Decimal(4))}


@pytest.mark.parametrize(
    ("news", "status"),
    [
        ((OrderUnknown(0, "x"),), "unknown"),
        ((OrderUnknown(0, "x"), OrderAccepted(0, "x")), "open"),
        ((OrderUnknown(0, "x"), OrderAbsent(0, "x")), "absent"),
        ((OrderAbsent(0, "x"), OrderAccepted(0, "x")), "open"),
        ((OrderAccepted(0, "x"), OrderUnknown(0, "x")), "open"),
        ((fill("a", 1),), "partial"),
        ((fill("a", 1), OrderCancelled(0, "x")), "cancelled"),
        ((OrderCancelled(0, "x"), fill("a", 4)), "filled"),
        ((OrderRejected(0, "x", "no"),), "rejected"),
        ((fill("a", 1), OrderExpired(0, "x"), fill("b", 2)), "expired"),
    ],
)
def test_what_tells_more_outranks_what_tells_less(news: tuple[OrderNews, ...], status: str) -> None:
    assert after(*news).status == status


def test_an_unknown_order_counts_as_full_exposure_until_it_is_resolved() -> None:
    assert after(OrderUnknown(0, "x")).exposed == 4
    assert after(OrderUnknown(0, "x"), fill("a", 1)).exposed == 3
    assert after(OrderUnknown(0, "x"), OrderAbsent(0, "x")).exposed == 0


def test_a_fill_told_twice_counts_once_and_says_nothing_new() -> None:
    record = after(fill("a", 1))
    assert not record.hear(fill("a", 1))
    assert record.filled == 1


class AnyNews(RuleBasedStateMachine):
    """News in any order: a status never falls, and what was filled is the sum of the distinct fills."""

    def __init__(self) -> None:
        super().__init__()
        self.record, self.rank, self.seen = OrderRecord(ORDER), 0, {}

    @rule(news=st.sampled_from(ENDS))
    def hear(self, news: OrderNews) -> None:
        self.record.hear(news)

    @rule(name=st.sampled_from("abcd"))
    def hear_fill(self, name: str) -> None:
        self.seen[name] = 1
        self.record.hear(fill(name, 1))

    @invariant()
    def it_only_rises(self) -> None:
        rank = RANKS.index(self.record.status)
        assert rank >= self.rank
        self.rank = rank

    @invariant()
    def it_holds_its_fills(self) -> None:
        assert self.record.filled == sum(self.seen.values())
        assert (self.record.exposed == 0) == (self.record.status in ENDED)


TestAnyNews = AnyNews.TestCase
