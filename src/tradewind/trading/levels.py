"""Where a plan's stop, target, partials and trail lie for one trade; the rules are decision 0011's.

Levels are float64, as in the compiled law; they become Decimal where an order is made of them.
"""

import math

from tradewind.model.orders import Attached
from tradewind.model.plan import AtrDistance, BreakoutEntry, Plan


def attached_stop(plan: Plan, atr: float) -> Attached:
    """The stop of an entry whose price is not known yet; NaN where any distance of the plan has no value."""
    if math.isnan(atr) and plan.atr_period is not None:
        return Attached(math.nan, 0.0)
    if isinstance(plan.stop, AtrDistance):
        return Attached(plan.stop.multiple * atr, 0.0)
    return Attached(0.0, plan.stop.fraction)


def partial_levels(plan: Plan, direction: int, entry: float, risk: float, target: float | None) -> list[float]:
    """Levels of the partials that lie before the target, in order; those beyond are never taken."""
    levels = [entry + direction * partial.trigger_r * risk for partial in plan.partials]
    return [level for level in levels if target is None or direction * (target - level) > 0]


def trailed_stop(
    plan: Plan, direction: int, entry: float, risk: float, atr: float, best: float, stop: float
) -> float | None:
    """The stop the highest trail stage reached by the best price asks for; None where that is not tighter."""
    for stage in reversed(plan.trail):
        if direction * (best - entry) >= stage.trigger_r * risk:
            distance = plan.stop if stage.distance is None else stage.distance
            moved = best - direction * distance.in_price(atr, entry)
            return moved if direction * (moved - stop) > 0 else None
    return None


def liquidation_price(direction: int, entry: float, leverage: float, maintenance: float) -> float:
    """Where the venue closes a leveraged position."""
    return entry * (1.0 - direction * (1.0 / leverage - maintenance))


def breakout_sides(entry: BreakoutEntry, *, short: bool) -> tuple[int, int | None]:
    """Sides of the upper and the lower trigger; None where the lower one is not looked at."""
    if entry.side == "either":
        return 1, 1
    if entry.side == "short_on_down" and short:
        return 1, -1
    return 1, None
