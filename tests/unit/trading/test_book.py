"""The book: every cent comes from somewhere and goes somewhere."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradewind.trading.book import Book

AMOUNTS = st.decimals(min_value="0.000001", max_value="1000000", places=9)


def test_a_round_trip_worked_out_on_paper() -> None:
    book = Book("USDT")
    book.deposit(Decimal(1000))
    # Buys 2 at 100 for 200 and pays 0.08, sells 2 at 101.5 for 203 and pays 0.0812, pays funding of 0.02.
    assert book.fill("BTC/USDT", 1, Decimal(2), Decimal(100), Decimal("0.08")) == Decimal("-200.08")
    assert (book.cash, book.held("BTC/USDT")) == (Decimal("799.92"), Decimal(2))
    assert book.funding(Decimal("0.02")) == Decimal("0.02")
    assert book.fill("BTC/USDT", -1, Decimal(2), Decimal("101.5"), Decimal("0.0812")) == Decimal("202.9188")
    assert book.cash == Decimal("1002.8188")
    assert book.held("BTC/USDT") == 0
    assert book.balances["fees:USDT"] == Decimal("0.1612")
    assert book.imbalance() == {}


def test_a_short_brings_money_first() -> None:
    book = Book("USDT")
    book.fill("ETH/USDT", -1, Decimal(3), Decimal(10), Decimal(0))
    assert (book.cash, book.held("ETH/USDT")) == (Decimal(30), Decimal(-3))


@given(st.lists(st.tuples(st.sampled_from(["A/B", "C/B"]), st.sampled_from([1, -1]), AMOUNTS, AMOUNTS, AMOUNTS)))
def test_the_legs_of_any_fills_sum_to_zero_and_positions_are_sums_of_fills(fills: list[tuple]) -> None:  # type: ignore[type-arg]
    book = Book("B")
    cash = Decimal(0)
    for symbol, side, quantity, price, fee in fills:
        cash += book.fill(symbol, side, quantity, price, fee)
    assert book.imbalance() == {}
    assert book.cash == cash
    for name in ("A/B", "C/B"):
        assert book.held(name) == sum(side * quantity for symbol, side, quantity, _, _ in fills if symbol == name)
