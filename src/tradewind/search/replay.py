"""Walking one strategy, or a schedule of them, over one series with every trade recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.kernels.replay import walk_trades
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.plan import Plan
from tradewind.model.regimes import UNKNOWN, Labels
from tradewind.model.signals import Signals, SignArray
from tradewind.model.trades import TradeTable
from tradewind.search.encoding import AtrSource, atr_periods, atr_rows_of, encoded, tape_of, terms_of


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
    periods = atr_periods(schedule.plans)
    reacts = any(plan.exit_on_regime_change for plan in schedule.plans)
    whole, real, counts = walk_trades(
        tape_of(bars, labels, reacts=reacts),
        terms_of(instrument, bars.timeframe_ms),
        encoded(schedule.plans, periods, atr_rows_of(source, periods, n)),
        schedule.direction,
        schedule.plan_of_bar,
        may_open,
    )
    signal = whole[:, 0]
    return TradeTable(
        signal=signal,
        entry=whole[:, 1],
        exit=whole[:, 2],
        direction=whole[:, 5].astype(np.int8),
        **{name: real[:, column] for column, name in enumerate(_REAL_COLUMNS)},
        reason=whole[:, 3].astype(np.int8),
        plan=schedule.plan_of_bar[signal],
        label=values[signal],
        ambiguous=whole[:, 4].astype(np.bool_),
        dropped=int(counts[0]),
        unfinished=int(counts[1]),
        expired=int(counts[2]),
    )


_REAL_COLUMNS = (
    "entry_price", "exit_price", "stop_price", "target_price", "fees", "slippage", "r", "log_return", "mfe_r", "mae_r",
)  # fmt: skip
