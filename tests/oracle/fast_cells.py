"""The search's walks on the bars of a scenario, summed up, beside the sums over the twin's trades."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from tests.oracle.comparing import array_of, funded_bars, our_instrument, our_plan
from tests.oracle.scenarios import Scenario
from tests.oracle.twin_law import TwinPlan, TwinWalk, walk

NAMES = (
    "trades",
    "wins",
    "R",
    "R²",
    "R of wins",
    "log return",
    "net return",
    "cost",
    "bars held",
    "ambiguous",
    "dropped",
)
PARTS = 2
FLAG_UNIT = 2**26


def cell_walk_differences(scenario: Scenario, plans: Sequence[TwinPlan]) -> Iterator[str]:
    """How sums of the fast walk differ from the twin's, for all signals and for longs only, under each plan."""
    yield from _differences(scenario, plans, alone=False)


def alone_walk_differences(scenario: Scenario, plans: Sequence[TwinPlan]) -> Iterator[str]:
    """The same of the walk that takes configurations one by one."""
    yield from _differences(scenario, plans, alone=True)


def _differences(scenario: Scenario, plans: Sequence[TwinPlan], *, alone: bool) -> Iterator[str]:
    labels = scenario.labels or [0] * len(scenario.bars.ts)
    everything = scenario.book.direction
    parts = [everything, [max(0, d) for d in everything]]
    walked = _walk(scenario, labels, parts, plans, alone=alone)
    for number in range(PARTS * len(plans)):
        plan, part = divmod(number, PARTS)
        book = scenario.book._replace(direction=parts[part], plan=plans[plan])
        twin = walk(scenario.bars, book, scenario.costs, labels, funding=scenario.funding)
        ours = _sums(walked, number)
        for name, a, b in zip(NAMES, _twin_sums(twin), ours, strict=True):
            if not abs(a - b) <= 1e-9 * max(1.0, abs(a)):
                yield f"plan {plan}, part {part}, {name}: twin {a}, ours {b}"


def _twin_sums(twin: TwinWalk) -> tuple[float, ...]:
    trades = twin.trades
    wins = [trade.r for trade in trades if trade.r > 0]
    return (
        len(trades),
        len(wins),
        sum(trade.r for trade in trades),
        sum(trade.r**2 for trade in trades),
        sum(wins),
        sum(trade.log_return for trade in trades),
        sum(np.expm1(trade.log_return) for trade in trades),
        sum((trade.fees + trade.slippage) / trade.entry_price for trade in trades),
        sum(trade.exit - trade.entry for trade in trades),
        sum(trade.ambiguous for trade in trades),
        twin.dropped,
    )


def _sums(walked: Any, number: int) -> tuple[float, ...]:
    net, cost, held, flags = walked.totals[:, :, number].sum(axis=(0, 1))
    dropped, ambiguous = divmod(flags, FLAG_UNIT)
    log_return = walked.daily[number].sum()
    return (*walked.cells[:, :, number, 0].sum(axis=(0, 1)), log_return, net, cost, held, ambiguous, dropped)


def _walk(
    scenario: Scenario, labels: list[int], parts: list[Sequence[int]], plans: Sequence[TwinPlan], *, alone: bool
) -> Any:
    from tradewind.model.params import choice
    from tradewind.search.cells import walk_listed, walk_unmasked
    from tradewind.search.space import Space
    from tradewind.search.universe import Universe

    ours = [our_plan(plan, 0) for plan in plans]

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Scripted:
        part: int = choice(*range(PARTS))
        number: int = choice(*range(len(ours)), exit=True)

        @property
        def plan(self) -> Any:
            return ours[self.number]

    one = _prepared(scenario, labels, parts)
    laid: Any = SimpleNamespace(segments=1, days=len(labels) // 7 + 1)
    laid.purged_over = lambda _: laid
    space = Space.of(Scripted)
    if alone:
        return walk_listed(Universe.of([one], laid), space, range(len(space)), lambda _: None)
    return walk_unmasked(Universe.of([one], laid), space, range(space.plans), lambda _: None)


def _prepared(scenario: Scenario, labels: list[int], parts: list[Sequence[int]]) -> Any:
    from tradewind.kernels.replay import first_other_label
    from tradewind.kernels.tables import signal_events
    from tradewind.search.encoding import holes_before
    from tradewind.search.prepare import Prepared

    bars, values = funded_bars(scenario), np.array(labels, np.int8)
    events = [signal_events(np.array(part, np.int8)) for part in parts]
    return Prepared(
        bars=bars,
        instrument=our_instrument(scenario),
        features=SimpleNamespace(atr=lambda _: array_of(scenario.book.atr)),
        events=np.concatenate(events),
        offsets=np.cumsum([0, *(len(some) for some in events)]),
        labels=values[np.newaxis],
        label_names=(("a", "b", "c"),),
        hole_before=holes_before(bars),
        other_label=first_other_label(values),
        day=(np.arange(len(bars)) // 7).astype(np.int32),
        spans=np.array([(0, len(bars), 0, 0)], np.int64),
    )
