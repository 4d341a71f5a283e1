"""Several strategies and symbols in one account: shares, conflicts, slots, caps, breakers, approval."""

import ast
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from tests.unit.trading.accounts import Account, bar, flat, long, setup, short

from tradewind.model.errors import BadSetting
from tradewind.model.events import Conflict, EntriesPaused, EntryRefused
from tradewind.model.orders import Filters
from tradewind.model.plan import Plan, PriceFraction
from tradewind.trading.order_ids import client_order_id, order_owner
from tradewind.trading.setup import BreakerLimits, Caps

SOURCE = Path(__file__).resolve().parents[3] / "src" / "tradewind"
PLAN = Plan(stop=PriceFraction(0.02), target=None, hold=50)
WIDE = Plan(stop=PriceFraction(0.05), target=None, hold=50)
BLEND = {"switch": PLAN, "static": WIDE}
SHARES = {"switch": 0.7, "static": 0.3}


def test_one_signal_alone_trades_at_its_own_share() -> None:
    for name, quantity in (("switch", 70), ("static", 30)):
        account = Account(setup(BLEND, shares=SHARES))
        account.bars(flat(100.0, long(name)))
        account.bars(flat(100.0))
        assert account.core.state.book.held("BTC/USDT") == quantity


def test_two_signals_the_same_way_are_one_order_whose_parts_keep_their_plans() -> None:
    account = Account(setup(BLEND, shares=SHARES))
    account.bars(flat(100.0, long("static"), long("switch")))
    (order,) = {one.id: one for one in account.live().values()}.values()
    assert (order.quantity, [part.quantity for part in order.parts]) == (100, [70, 30])
    account.bars(flat(100.0))
    live = account.live()
    assert (live["switch stop"].price, live["switch stop"].quantity) == (98, 70)
    assert (live["static stop"].price, live["static stop"].quantity) == (95, 30)
    account.bars(bar(99.0, 99.0, 97.0, 97.0))  # only the nearer stop
    (trade,) = account.closed
    assert (trade.strategy, trade.net_quote) == ("switch", -140)
    assert account.core.state.book.held("BTC/USDT") == 30


def test_an_opposite_signal_of_the_later_strategy_is_dropped_while_the_earlier_one_holds_or_signals() -> None:
    account = Account(setup(BLEND, shares=SHARES))
    account.bars(flat(100.0, long("switch"), short("static")))
    account.bars(flat(100.0, short("static")))
    account.bars(flat(100.0))
    assert account.core.state.book.held("BTC/USDT") == 70
    assert [(c.kept, c.gave_way, c.how) for c in account.of(Conflict)] == [
        ("switch", "static", "its signal was dropped")
    ] * 2


def test_an_opposite_position_of_the_later_strategy_is_closed_before_the_earlier_one_enters() -> None:
    account = Account(setup(BLEND, shares=SHARES))
    account.bars(flat(100.0, short("static")))
    account.bars(flat(100.0, long("switch")))
    account.bars(flat(101.0))
    (closed,) = account.closed
    assert (closed.strategy, closed.net_quote) == ("static", -30)
    assert account.core.state.book.held("BTC/USDT") == Decimal(70)
    assert [c.how for c in account.of(Conflict)] == ["its position is closed first"]


SYMBOLS = ("A/USDT", "B/USDT", "C/USDT")


def test_slots_go_to_the_most_confident_and_between_equals_to_the_first_name() -> None:
    account = Account(setup(PLAN, SYMBOLS, slots=2))
    confidences = {"A/USDT": 0.5, "B/USDT": 0.5, "C/USDT": 0.9}
    account.bars(*(flat(100.0, long(confidence=c), symbol=s) for s, c in confidences.items()))
    assert sorted(trade.symbol for trade in account.core.state.trades.values()) == ["A/USDT", "C/USDT"]
    (refused,) = account.of(EntryRefused)
    assert (refused.symbol, refused.by) == ("B/USDT", "slots")


def traded(order: Sequence[int]) -> tuple[object, ...]:
    """Everything an account ends with, its symbols told in an order of our choice."""
    account = Account(setup(BLEND, SYMBOLS, SHARES, slots=2))
    for minute in range(40):
        bars = []
        for place in order:
            price = 100.0 + (minute * (place + 3)) % 7
            name = "switch" if (minute + place) % 3 else "static"
            signals = (long(name, confidence=0.1 * place),) if (minute + place) % 5 == 0 else ()
            bars.append(bar(price, price + 2.5, price - 2.5, price, *signals, symbol=SYMBOLS[place]))
        account.bars(*bars)
    state = account.core.state
    return state.book.cash, [(t.symbol, t.entry_ts, t.net_quote) for t in account.closed], sorted(state.orders)


def test_the_order_in_which_symbols_are_told_changes_nothing() -> None:
    ways = list(permutations(range(3)))
    first = traded(ways[0])
    assert len(first[1]) > 5  # type: ignore[arg-type]
    for way in ways[1:]:
        other = traded(way)
        assert other[0] == first[0]
        assert sorted(other[1]) == sorted(first[1])  # type: ignore[call-overload]
        assert other[2] == first[2]


def test_a_regime_is_capped_in_quote_currency() -> None:
    # STRESS is label 3: 100 USDT at most, over both strategies: the first takes it all.
    account = Account(setup(BLEND, shares=SHARES, caps=Caps(regime={3: 100.0})))
    account.bars(flat(50.0, long("switch"), long("static"), label=3))
    account.bars(flat(50.0, label=3))
    assert account.core.state.book.held("BTC/USDT") == 2
    (refused,) = account.of(EntryRefused)
    assert (refused.strategy, refused.by) == ("static", "size")


def test_an_instrument_and_the_account_are_capped_too_and_waiting_orders_count() -> None:
    account = Account(setup(PLAN, SYMBOLS, caps=Caps(instrument={"A/USDT": 3_000.0}, account=0.5)))
    account.bars(*(flat(100.0, long(confidence=c), symbol=s) for s, c in zip(SYMBOLS, (0.9, 0.5, 0.1), strict=True)))
    account.bars(*(flat(100.0, symbol=s) for s in SYMBOLS))
    assert [account.core.state.book.held(s) for s in SYMBOLS] == [30, 20, 0]


def test_an_entry_that_could_not_be_left_at_its_stop_is_refused() -> None:
    # 10 units at 100 are worth 1,000, at the stop 980: below a minimum of 990.
    filters = {"BTC/USDT": Filters(min_notional=Decimal(990))}
    account = Account(setup(PLAN, filters=filters), deposit=1_000)
    account.bars(flat(100.0, long()))
    (refused,) = account.of(EntryRefused)
    assert (refused.by, account.live()) == ("risk", {})
    assert "minimum" in refused.reason


def test_consecutive_losses_pause_entries_until_midnight() -> None:
    account = Account(setup(PLAN, breakers=BreakerLimits(consecutive_losses=2)), minute=1_430)
    for _ in range(2):
        account.bars(flat(100.0, long()))
        account.bars(flat(100.0))
        account.bars(bar(99.0, 99.0, 90.0, 97.0))
    (paused,) = account.of(EntriesPaused)
    assert (paused.breaker, paused.until_ts) == ("consecutive_losses", 86_400_000)
    account.bars(flat(100.0, long()))
    assert account.core.state.trades == {}
    account.minute = 1_440
    account.bars(flat(100.0, long()))
    assert len(account.core.state.trades) == 1


def test_a_daily_drawdown_pauses_entries_and_counts_from_the_equity_at_midnight() -> None:
    account = Account(setup(PLAN, breakers=BreakerLimits(daily_drawdown=0.015)))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(flat(99.0))  # 1 % down
    assert account.of(EntriesPaused) == []
    account.bars(flat(98.4))  # 1.6 % down, the stop at 98 not touched
    (paused,) = account.of(EntriesPaused)
    assert paused.breaker == "daily_drawdown"


def test_equity_is_right_at_every_close_also_after_the_last_trade_has_ended() -> None:
    account = Account(setup(PLAN))
    account.bars(flat(100.0, long()))
    account.bars(flat(101.0))
    account.bars(flat(102.0))  # 100 units bought at 101
    assert account.core.state.equity == 10_100.0
    account.bars(bar(102.0, 102.0, 90.0, 91.0))  # stopped at 98.98
    assert account.core.state.trades == {}
    assert account.core.state.equity == float(account.core.state.book.cash) == 9_798.0
    assert account.core.state.drawdown_quote == 10_100.0 - 9_798.0


def test_a_clock_set_back_over_midnight_resets_nothing() -> None:
    account = Account(setup(PLAN, breakers=BreakerLimits(consecutive_losses=1)), minute=1_441)
    account.bars(flat(100.0, long()))
    account.bars(bar(100.0, 100.0, 90.0, 97.0))
    account.minute = 1_439
    account.bars(flat(100.0, long()))
    assert account.core.state.trades == {}


def test_only_the_risk_gate_makes_approved_orders() -> None:
    makers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Approved"
    }
    assert makers == {"trading/risk.py"}


def test_client_order_ids_differ_wherever_any_part_differs_and_fit_every_venue() -> None:
    parts = [
        ((account, strategy, symbol), ts, leg, attempt)
        for account in ("a", "ab")
        for strategy in ("b", "bc", "")
        for symbol in ("BTC/USDT", "BTC/USDT:USDT")
        for ts in (0, 1, 60_000, 1_700_000_000_000)
        for leg in ("entry", "entry_down", "stop", "target", "exit", "partial1", "partial11")
        for attempt in (0, 1, 2, 10, 11)
    ]
    ids = [client_order_id(order_owner(*owner), *rest) for owner, *rest in parts]
    assert len(set(ids)) == len(parts)
    assert all(len(one) <= 32 and one.isalnum() for one in ids)
    assert ids == [client_order_id(order_owner(*owner), *rest) for owner, *rest in parts]


@pytest.mark.parametrize(
    ("shares", "named"), [({"switch": 0.8, "static": 0.3}, "more than 1"), ({"switch": 0.0, "static": 0.3}, "switch")]
)
def test_shares_that_make_no_sense_are_refused(shares: dict[str, float], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        setup(BLEND, shares=shares)
