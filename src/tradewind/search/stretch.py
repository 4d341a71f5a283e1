"""One choice traded over a stretch of bars: flat where it begins, no entry after its end, what is open carried on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.features.features import Features
from tradewind.model.instrument import Instrument
from tradewind.model.regimes import Labels
from tradewind.model.trades import TradeTable
from tradewind.search.procedure import ANY, Choice
from tradewind.search.replay import Schedule, walk_schedule
from tradewind.search.space import Space
from tradewind.strategies.strategy import guarded_signals


@dataclass(frozen=True, slots=True)
class Stage:
    """From `start_ms` on a symbol is traded on the terms of `instrument`, its costs above all."""

    start_ms: int
    instrument: Instrument


def scheduled_from(start_ms: int, features: Features, labels: Labels, space: Space, choice: Choice) -> Schedule:
    """Direction and plan at every bar from `start_ms` on, of the configuration its regime names; nothing before."""
    numbers = sorted(set(choice.values()))
    direction, plan_of_bar = np.zeros(len(features), np.int8), np.zeros(len(features), np.int32)
    for label, number in choice.items():
        here = (features.ts >= start_ms) & ((labels.values == label) | (label == ANY))
        direction[here] = guarded_signals(space.strategy_at(number), features).direction[here]
        plan_of_bar[here] = numbers.index(number)
    return Schedule(direction, plan_of_bar, tuple(space.strategy_at(number).plan for number in numbers))


def traded_in_stages(
    features: Features, labels: Labels, space: Space, choice: Choice, stages: Sequence[Stage], end_ms: int
) -> list[TradeTable]:
    """Trades of one symbol from the first stage's start, a table for each stage; none is signalled from `end_ms` on.

    Bars before the first stage only warm up features, bars from `end_ms` on only let open trades end. A trade keeps
    the terms of the stage it was signalled in, and while it is open no other begins.
    """
    schedule = scheduled_from(stages[0].start_ms, features, labels, space, choice)
    ends = [*(stage.start_ms for stage in stages[1:]), end_ms]
    tables, free = [], 0
    for stage, end in zip(stages, ends, strict=True):
        entries = (features.ts >= stage.start_ms) & (features.ts < end)
        entries[:free] = False
        table = walk_schedule(features.bars, schedule, features, stage.instrument, labels, entries)
        tables.append(table)
        if table.unfinished:
            free = len(features)
        elif len(table):
            free = max(free, int(table.exit[-1]))
    return tables
