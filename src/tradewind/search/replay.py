"""Walking one strategy, or a schedule of them, over one series with every trade recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tradewind.kernels.exits import NEVER
from tradewind.kernels.replay import first_other_label, next_true, walk_trades
from tradewind.model.bars import Bars, FloatArray, IntArray
from tradewind.model.instrument import Instrument
from tradewind.model.plan import Plan
from tradewind.model.regimes import UNKNOWN, Labels
from tradewind.model.signals import Signals, SignArray
from tradewind.model.trades import TradeTable


class AtrSource(Protocol):
    """Whatever can give the ATR of a period over all bars: `Features`, or a symbol prepared for the search."""

    def atr(self, period: int) -> FloatArray: ...


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """What would be traded at each bar: `direction` (int8) under plan `plan_of_bar` (int32) of `plans`."""

    direction: SignArray
    plan_of_bar: npt.NDArray[np.int32]
    plans: Sequence[Plan]


def walk(
    bars: Bars,
    signals: Signals,
    plan: Plan,
    features: AtrSource,
    instrument: Instrument,
    labels: Labels | None = None,
) -> TradeTable:
    """Every trade of one strategy over the whole series, in order of entry."""
    schedule = Schedule(signals.direction, np.zeros(len(bars), np.int32), (plan,))
    return walk_schedule(bars, schedule, features, instrument, labels)


def walk_schedule(
    bars: Bars,
    schedule: Schedule,
    source: AtrSource,
    instrument: Instrument,
    labels: Labels | None = None,
    entries: npt.NDArray[np.bool_] | None = None,
) -> TradeTable:
    """Every trade of a schedule walked as one slot: an open trade keeps the plan it was opened with.

    `entries` is True at bars whose signal may open a trade (all, where absent); other signals only close.
    `labels` gives the regime for `exit_on_regime_change` and for the table's `label`; without it labels are unknown
    and a plan that leaves on regime change never does so for that reason.
    """
    n = len(bars)
    values = np.full(n, UNKNOWN, np.int8) if labels is None else labels.values
    may_open = schedule.direction != 0 if instrument.short else schedule.direction > 0
    if entries is not None:
        may_open = may_open & entries
    periods = sorted({plan.stop.period for plan in schedule.plans})
    whole, real, dropped, unfinished = walk_trades(
        bars.open,
        bars.high,
        bars.low,
        holes_before(bars),
        schedule.direction,
        schedule.plan_of_bar,
        np.stack([source.atr(period) for period in periods]) if periods else np.empty((0, n)),
        *plan_arrays(schedule.plans, periods),
        next_true(may_open),
        next_true(schedule.direction > 0),
        next_true(schedule.direction < 0),
        first_other_label(values) if labels is not None else np.full(n, NEVER, np.int64),
        cost_array(instrument),
    )
    signal = whole[:, 0]
    return TradeTable(
        signal=signal,
        entry=whole[:, 1],
        exit=whole[:, 2],
        direction=schedule.direction[signal],
        **{name: real[:, column] for column, name in enumerate(_REAL_COLUMNS)},
        reason=whole[:, 3].astype(np.int8),
        plan=schedule.plan_of_bar[signal],
        label=values[signal],
        ambiguous=whole[:, 4].astype(np.bool_),
        dropped=dropped,
        unfinished=unfinished,
    )


_REAL_COLUMNS = (
    "entry_price", "exit_price", "stop_price", "target_price", "fees", "r", "log_return", "mfe_r", "mae_r",
)  # fmt: skip


def holes_before(bars: Bars) -> npt.NDArray[np.bool_]:
    """True at every bar that does not follow the bar before it by exactly one timeframe; False at the first."""
    out = np.zeros(len(bars), np.bool_)
    out[1:] = np.diff(bars.ts) != bars.timeframe_ms
    return out


def cost_array(instrument: Instrument) -> FloatArray:
    """(tick, slip, taker fee) as the kernels take them."""
    return np.array([instrument.tick, instrument.costs.slip, instrument.costs.taker_fee])


def plan_arrays(
    plans: Sequence[Plan], periods: Sequence[int]
) -> tuple[IntArray, FloatArray, IntArray, npt.NDArray[np.bool_]]:
    """Plans as the kernels take them: ATR row, (stop, target) multiples, hold, (on opposite, on regime change)."""
    return (
        np.array([periods.index(plan.stop.period) for plan in plans], np.int64),
        np.array([(plan.stop.multiple, plan.target.multiple) for plan in plans], np.float64).reshape(-1, 2),
        np.array([plan.hold for plan in plans], np.int64),
        np.array([(plan.exit_on_opposite, plan.exit_on_regime_change) for plan in plans], np.bool_).reshape(-1, 2),
    )
