"""Everything the trader core was told, said and knew, as hashes: run as a program, once in each of its forms."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec
from tests.oracle.comparing import array_of, bars_of, our_instrument, our_plan
from tests.oracle.plan_scenarios import random_plan_scenarios
from tests.oracle.real_bars import DATA
from tests.oracle.scenarios import Scenario
from tests.parity import busy_day
from tests.parity.core_walks import stretched, ticks_of

from tradewind.app.parity import ideal_setup
from tradewind.compiled import form_of
from tradewind.model.events import Deposited, Event, TradeClosed
from tradewind.trading import core
from tradewind.trading.barvenue import BarVenue
from tradewind.trading.engine import Engine
from tradewind.trading.kept import state_bytes
from tradewind.trading.setup import Setup


class Listener:
    """A hash over events and notes in their order, and over the state at every event."""

    def __init__(self, setup: Setup) -> None:
        self.core = core.Core(setup)
        self.engine = Engine(self.core, BarVenue(setup.instruments, setup.timeframe_ms), self.note, self.event)
        self.hash = hashlib.blake2b(digest_size=16)
        self.events = self.trades = 0
        self.reasons: set[int] = set()

    def event(self, event: Event) -> None:
        # Before it is told: the state then is what all earlier events made of it.
        self.hash.update(state_bytes(self.core.state) + msgspec.msgpack.encode(event))
        self.events += 1

    def note(self, note: object) -> None:
        self.hash.update(msgspec.msgpack.encode(note))
        if isinstance(note, TradeClosed):
            self.trades += 1
            self.reasons.add(note.reason)

    def heard(self, drive: Callable[[Engine], None]) -> dict[str, object]:
        self.engine.tell(Deposited(0, Decimal(10_000)), 0)
        drive(self.engine)
        self.hash.update(state_bytes(self.core.state))
        return {"hash": self.hash.hexdigest(), "events": self.events, "trades": self.trades, "reasons": [*self.reasons]}


def made_market(scenario: Scenario, *, by_stretch: bool) -> dict[str, object]:
    """A made-up market under a plan of the whole language, by the stretch or moment by moment."""
    bars = bars_of(scenario.bars)
    listener = Listener(ideal_setup(our_instrument(scenario), {0: our_plan(scenario.book.plan, 0)}, bars.timeframe_ms))
    atr = [array_of(scenario.book.atr).tolist()]
    ticks = list(ticks_of(bars, scenario.book.direction, [0] * len(bars), atr, scenario.labels, scenario.funding))

    def trade(engine: Engine) -> None:
        for stretch in stretched(ticks):
            engine.trade(stretch)

    return listener.heard(trade if by_stretch else lambda engine: engine.run(ticks))


def busy() -> dict[str, object] | None:
    """A real day of several strategies and symbols; None where the real data are absent."""
    if not DATA.exists():
        return None
    return Listener(busy_day.account_setup()).heard(lambda engine: engine.run(busy_day.ticks()))


def made() -> Iterable[dict[str, object]]:
    for number, scenario in enumerate(random_plan_scenarios(seed=71, count=200, bars=60)):
        yield made_market(scenario, by_stretch=number % 2 == 0)


if __name__ == "__main__":
    json.dump({"form": form_of(core), "busy": busy(), "made": list(made())}, sys.stdout)
