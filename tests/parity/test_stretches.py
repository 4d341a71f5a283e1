"""Bars taken by the stretch are the same bars taken one moment at a time: events, notes, and every number kept."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from tests.oracle.comparing import array_of, bars_of, our_instrument, our_plan
from tests.oracle.scenarios import Scenario
from tests.parity import busy_day
from tests.parity.core_walks import stretched, ticks_of
from tests.properties.made_bars import plan_scenarios

from tradewind.app.parity import ideal_setup
from tradewind.model.events import BarsClosed, Deposited, Event, Note
from tradewind.model.time import DAY_MS
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.core import Core
from tradewind.trading.engine import Engine, Tick
from tradewind.trading.kept import state_bytes
from tradewind.trading.setup import BreakerLimits, Setup
from tradewind.trading.stretch import moment

Traded = tuple[bytes, list[Event], list[Note]]


def traded(setup: Setup, drive: Callable[[Engine], None]) -> Traded:
    """Everything an account was told, noted, and knew in the end."""
    events: list[Event] = []
    notes: list[Note] = []
    core = Core(setup)
    engine = Engine(core, BarVenue(setup.instruments, setup.timeframe_ms), notes.append, events.append)
    engine.tell(Deposited(0, Decimal(10_000)), 0)
    drive(engine)
    return state_bytes(core.state), events, notes


def three_ways(setup: Setup, ticks: Iterable[Tick]) -> tuple[Traded, Traded, Traded]:
    """By the stretch, by some rows of a stretch at a time, and moment by moment."""
    ticks = list(ticks)

    def by_stretch(engine: Engine) -> None:
        for stretch in stretched(ticks):
            engine.trade(stretch)

    def by_parts(engine: Engine) -> None:
        for stretch in stretched(ticks):
            count = len(stretch.times)
            for begin in range(0, count, 7):
                engine.trade(stretch, begin, min(begin + 7, count))

    return traded(setup, by_stretch), traded(setup, by_parts), traded(setup, lambda engine: engine.run(ticks))


@pytest.mark.parametrize("daily_drawdown", [0.03, 0.0005, None])
def test_a_busy_day_of_several_strategies_and_symbols(daily_drawdown: float | None) -> None:
    import dataclasses

    limits = BreakerLimits(daily_drawdown=daily_drawdown)
    setup = dataclasses.replace(busy_day.account_setup(), breakers=limits)
    stretches, parts, moments = three_ways(setup, busy_day.ticks())
    assert stretches == moments
    assert parts == moments
    assert len(stretches[2]) > 20


@settings(max_examples=150)
@given(plan_scenarios())
def test_an_arbitrary_plan_on_made_bars(scenario: Scenario) -> None:
    bars = bars_of(scenario.bars)
    setup = ideal_setup(our_instrument(scenario), {0: our_plan(scenario.book.plan, 0)}, bars.timeframe_ms)
    atr = [array_of(scenario.book.atr).tolist()]
    ticks = ticks_of(bars, scenario.book.direction, [0] * len(bars), atr, scenario.labels, scenario.funding)
    stretches, parts, moments = three_ways(setup, ticks)
    assert stretches == moments
    assert parts == moments


def test_bars_told_as_an_event_are_a_stretch_of_one() -> None:
    events: list[Event] = []
    busy_day.live_through(events)
    # Without signals an account without trades hears of prices only.
    silent = [
        msgspec.structs.replace(one, bars=tuple(msgspec.structs.replace(bar, signals=()) for bar in reversed(one.bars)))
        for one in events
        if isinstance(one, BarsClosed)
    ]
    later = [msgspec.structs.replace(one, ts=one.ts + DAY_MS) for one in silent]
    paid_in_that_day = Deposited(silent[0].ts, Decimal(10_000))
    for told in (events, [events[0], *silent, *later], [paid_in_that_day, *silent[:9]]):
        one, other = Core(busy_day.account_setup()), Core(busy_day.account_setup())
        for event in told:
            heard = other.close(moment(event), 0, 1) if isinstance(event, BarsClosed) else other.on_event(event)
            assert one.on_event(event) == heard
            assert state_bytes(one.state) == state_bytes(other.state)
