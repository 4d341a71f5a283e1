"""Plans, bars and instruments in the form kernels take them."""

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tradewind.kernels.exits import NEVER
from tradewind.kernels.plans import (
    ABSENT,
    BREAKOUT,
    EITHER,
    IN_ATR,
    IN_PRICE,
    INITIAL,
    LIMIT,
    MARKET,
    SHORT_ON_DOWN,
    UP_ONLY,
    Plans,
    Tape,
    Terms,
)
from tradewind.kernels.replay import breaks_before, first_other_label
from tradewind.model.bars import Bars, FloatArray
from tradewind.model.instrument import Instrument
from tradewind.model.plan import (
    HOUR_MS,
    AtrDistance,
    BreakoutEntry,
    Distance,
    LimitEntry,
    MarketEntry,
    Plan,
    PriceFraction,
)
from tradewind.model.regimes import UNKNOWN, Labels

_SIDES = MappingProxyType({"either": EITHER, "up_only": UP_ONLY, "short_on_down": SHORT_ON_DOWN})


def atr_periods(plans: Sequence[Plan]) -> tuple[int, ...]:
    """The distinct ATR periods of some plans, ascending."""
    return tuple(sorted({plan.atr_period for plan in plans if plan.atr_period is not None}))


class AtrSource(Protocol):
    """Whatever can give the ATR of a period over all bars: `Features`, or a symbol prepared for the search."""

    def atr(self, period: int) -> FloatArray: ...


def atr_rows_of(source: AtrSource, periods: Sequence[int], bars: int) -> FloatArray:
    """ATR of each period as a row; a row of zeros where there is none. A single one is not copied."""
    if len(periods) == 1:
        return source.atr(periods[0])[np.newaxis]
    rows = np.zeros((max(1, len(periods)), bars))
    for row, period in zip(rows, periods, strict=False):
        row[:] = source.atr(period)
    return rows


def encoded(plans: Sequence[Plan], periods: Sequence[int], atr_rows: FloatArray) -> Plans:
    """Plans as rows; `atr_rows` holds the ATR of each of `periods`, one row at least; it is not copied."""
    # Read-only whoever gives it: kernels are compiled for the one or the other.
    atr_rows = atr_rows.view()
    atr_rows.flags.writeable = False
    partials = max((len(plan.partials) for plan in plans), default=0)
    stages = max((len(plan.trail) for plan in plans), default=0)
    partial_rows = np.full((len(plans), partials, 2), math.nan)
    trail_rows = np.full((len(plans), stages, 3), math.nan)
    for row, plan in enumerate(plans):
        for i, partial in enumerate(plan.partials):
            partial_rows[row, i] = partial.trigger_r, partial.fraction
        for i, stage in enumerate(plan.trail):
            trail_rows[row, i] = stage.trigger_r, *_distance(stage.distance, INITIAL)
    return Plans(
        atr=atr_rows,
        row=np.array([0 if p.atr_period is None else periods.index(p.atr_period) for p in plans], np.int64),
        stop=np.array([_distance(plan.stop, ABSENT) for plan in plans], np.float64).reshape(-1, 2),
        target=np.array([_distance(plan.target, ABSENT) for plan in plans], np.float64).reshape(-1, 2),
        limit_target=np.array([plan.target_order == "limit" for plan in plans], np.bool_),
        hold=np.array([plan.hold for plan in plans], np.int64),
        leaves=np.array([(p.exit_on_opposite, p.exit_on_regime_change) for p in plans], np.bool_).reshape(-1, 2),
        entry=np.array([_entry(plan.entry) for plan in plans], np.float64).reshape(-1, 6),
        partials=partial_rows,
        trail=trail_rows,
    )


def tape_of(bars: Bars, labels: Labels | None = None, *, reacts: bool = True) -> Tape:
    """Bars as orders meet them; without `labels` regimes never change. `reacts`: some plan leaves when they do."""
    given, n = labels, len(bars) if reacts else 0
    return Tape(
        ts=bars.ts,
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        hole_before=holes_before(bars),
        funding=np.empty(0) if bars.funding is None else bars.funding,
        labels=np.full(n, UNKNOWN, np.int8) if given is None else given.values,
        other_label=np.full(n, NEVER, np.int64) if given is None or not reacts else first_other_label(given.values),
    )


def terms_of(instrument: Instrument, timeframe_ms: int) -> Terms:
    """Costs and permissions of an instrument."""
    costs = instrument.costs
    return Terms(
        tick=float(instrument.tick),
        slip=float(costs.slip),
        taker_fee=float(costs.taker_fee),
        maker_fee=float(costs.maker_fee),
        leverage=float(instrument.leverage),
        maintenance=float(instrument.maintenance_margin),
        short=instrument.short,
        timeframe_ms=timeframe_ms,
    )


def holes_before(bars: Bars) -> npt.NDArray[np.bool_]:
    """True at every bar that does not follow the bar before it by exactly one timeframe; False at the first."""
    return breaks_before(bars.ts, bars.timeframe_ms)


def cost_array(instrument: Instrument) -> FloatArray:
    """(tick, slip, taker fee) as the tables of plain plans take them."""
    return np.array([instrument.tick, instrument.costs.slip, instrument.costs.taker_fee])


def plain_levels(plans: Sequence[Plan]) -> FloatArray:
    """(stop, target) in ATR of plain plans."""
    levels = []
    for plan in plans:
        assert isinstance(plan.stop, AtrDistance), "a plain plan has an ATR stop"
        assert isinstance(plan.target, AtrDistance), "a plain plan has an ATR target"
        levels.append((plan.stop.multiple, plan.target.multiple))
    return np.array(levels, np.float64).reshape(-1, 2)


def _distance(distance: Distance | None, absent: int) -> tuple[float, float]:
    match distance:
        case None:
            return absent, math.nan
        case AtrDistance(_, multiple):
            return IN_ATR, multiple
        case PriceFraction(fraction):
            return IN_PRICE, fraction


def _entry(entry: MarketEntry | LimitEntry | BreakoutEntry) -> tuple[float, ...]:
    match entry:
        case MarketEntry():
            return MARKET, 0, math.nan, math.nan, 0, 0
        case LimitEntry(expiry):
            return LIMIT, expiry, math.nan, math.nan, 0, 0
        case BreakoutEntry(up=up, down=down, hours=hours, side=side):
            return BREAKOUT, 0, up, down, round(hours * HOUR_MS), _SIDES[side]
