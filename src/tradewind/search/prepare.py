"""One symbol made ready for walking: signals as events, labels, buckets; features are computed once, then let go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.features.features import Features
from tradewind.kernels.plans import Tape
from tradewind.kernels.replay import first_other_label
from tradewind.kernels.signals import Fading
from tradewind.kernels.tables import signal_events
from tradewind.model.bars import Bars, FloatArray, IntArray
from tradewind.model.errors import BadSetting
from tradewind.model.instrument import Instrument
from tradewind.model.plan import Plan
from tradewind.model.ports import Executor, FeatureStore
from tradewind.model.regimes import Labels
from tradewind.model.signals import Signals, SignArray
from tradewind.regimes.detector import RegimeDetector
from tradewind.search.encoding import atr_periods, atr_rows_of, holes_before
from tradewind.search.space import Space
from tradewind.search.windows import Segmentation
from tradewind.strategies.strategy import guarded_signals

FEATURE_ROOM_BYTES = 1 << 27  # of a symbol's features: signals that share one are made one after the other
ATR_ROOM_BYTES = 1 << 23  # of a symbol's ATRs while it is walked: those of a million bars take 8 MB and a few ms each
SIGNAL_TASKS = 12  # into which a symbol's signal settings are divided


@dataclass(frozen=True, slots=True, eq=False)
class OnDemand:
    """Signals of a listed space, made when they are asked for: all of them at once would fill the memory."""

    features: Features
    space: Space

    def direction(self, signal: int) -> SignArray:
        return self.signals(signal).direction

    def signals(self, signal: int) -> Signals:
        return guarded_signals(self.space.with_signal(signal), self.features)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prepared:
    """One symbol as the walks need it.

    `events` holds the coded signals of every signal setting one after the other, setting s at
    `offsets[s]:offsets[s + 1]`; both are empty where they are made `on_demand`. `labels` is
    detectors × bars; `other_label` the first bar after each whose label of the first detector differs, empty where no
    plan asks. `spans` are the buckets in time order
    (`Segmentation.spans`). ATRs are made of `features`, which keeps those of a short series.
    """

    bars: Bars
    instrument: Instrument
    events: npt.NDArray[np.int32]
    offsets: IntArray
    labels: npt.NDArray[np.int8]
    label_names: tuple[tuple[str, ...], ...]
    hole_before: npt.NDArray[np.bool_]
    other_label: IntArray
    day: npt.NDArray[np.int32]
    spans: IntArray
    features: Features
    on_demand: OnDemand | None = None

    def atr(self, period: int) -> FloatArray:
        """ATR of a period; NaN where history is short."""
        return self.features.atr(period)

    def tape(self) -> Tape:
        """The bars as orders meet them."""
        bars, none = self.bars, np.empty(0)
        return Tape(
            ts=bars.ts,
            open=bars.open,
            high=bars.high,
            low=bars.low,
            close=bars.close,
            hole_before=self.hole_before,
            funding=none if bars.funding is None else bars.funding,
            labels=self.labels[0],
            other_label=self.other_label,
        )

    def atr_of(self, plans: Sequence[Plan]) -> tuple[tuple[int, ...], FloatArray]:
        """The ATR periods of these plans, and their rows."""
        periods = atr_periods(plans)
        return periods, atr_rows_of(self.features, periods, len(self.bars))

    def codes(self, signal: int) -> npt.NDArray[np.int32]:
        """Coded signals of a signal setting, in time order."""
        if self.on_demand is not None:
            return signal_events(self.on_demand.direction(signal))
        return self.events[self.offsets[signal] : self.offsets[signal + 1]]

    def direction(self, signal: int) -> SignArray:
        """Direction at every bar of a signal setting, as its strategy gave it (the last bar is left out)."""
        out = self.given_direction(signal).copy()
        out[-1] = 0
        return out

    def given_direction(self, signal: int) -> SignArray:
        """The same, not to be changed, and whatever the last bar's is."""
        if self.on_demand is not None:
            return self.on_demand.direction(signal)
        out = np.zeros(len(self.bars), np.int8)
        codes = self.codes(signal)
        out[codes >> 1] = 1 - 2 * (codes & 1)
        return out

    def fading(self, signal: int) -> Fading | None:
        """What a setting's signals are made of, where they are made on demand and are but faded."""
        if self.on_demand is None:
            return None
        made = self.on_demand.signals(signal).made
        return made if isinstance(made, Fading) and made.lies_as_read(len(self.bars)) else None

    def labels_of(self, detector: int) -> Labels:
        """Labels of one detector by its position."""
        return Labels(self.labels[detector], self.label_names[detector])


def prepare(
    bars: Bars,
    instrument: Instrument,
    space: Space,
    detectors: Sequence[RegimeDetector],
    segmentation: Segmentation,
    store: FeatureStore | None = None,
    executor: Executor | None = None,
) -> Prepared:
    """Features, labels, signals and buckets of one symbol; the same bytes for the same bars and settings.

    Signals of a space that is a list are made on demand; at most FEATURE_ROOM_BYTES of features are kept. An
    `executor` shares the work of the one symbol among its workers. Raises BadSetting where the purge would let trades
    of an in-sample part reach into its test.
    """
    plans = space.every_plan
    _refuse_leaks(plans, segmentation, bars)
    features = Features(bars, store, room_bytes=FEATURE_ROOM_BYTES)
    parts = _parts(space.signals) if space.factors else []
    tasks: list[Callable[[], Any]] = [partial(detector.labels, features) for detector in detectors]
    tasks += [partial(_codes, space, features, part) for part in parts]
    tasks += [partial(holes_before, bars), partial(segmentation.day_of, bars)]
    *done, hole_before, day = map(_call, tasks) if executor is None else executor.map(_call, tasks)
    labels = done[: len(detectors)]
    codes = [codes for part in done[len(detectors) :] for codes in part]
    reacts = any(plan.exit_on_regime_change for plan in plans)
    return Prepared(
        bars=bars,
        instrument=instrument,
        events=np.concatenate([np.empty(0, np.int32), *codes]),
        offsets=np.cumsum([0, *(len(one) for one in codes)]).astype(np.int64),
        labels=np.stack([one.values for one in labels]),
        label_names=tuple(one.names for one in labels),
        hole_before=hole_before,
        other_label=first_other_label(labels[0].values) if reacts else np.empty(0, np.int64),
        day=day,
        spans=segmentation.spans(bars),
        features=Features(bars, room_bytes=ATR_ROOM_BYTES) if space.factors else features,
        on_demand=None if space.factors else OnDemand(features, space),
    )


def _call(task: Callable[[], Any]) -> Any:
    return task()


def _parts(signals: int) -> list[range]:
    """Signal settings in order, so few together that workers are done with them at about the same time."""
    size = max(1, -(-signals // SIGNAL_TASKS))
    return [range(first, min(first + size, signals)) for first in range(0, signals, size)]


def _codes(space: Space, features: Features, signals: Sequence[int]) -> list[npt.NDArray[np.int32]]:
    """Coded signals of some settings."""
    return [signal_events(guarded_signals(space.with_signal(signal), features).direction) for signal in signals]


def _refuse_leaks(plans: Sequence[Plan], segmentation: Segmentation, bars: Bars) -> None:
    purge, reach = segmentation.scheme.purge_bars, max(plan.reach_bars(bars.timeframe_ms) for plan in plans)
    if purge < reach:
        raise BadSetting(
            f"a purge of {purge} bars is too short for trades that reach {reach - 1} bars beyond their signal",
            f"Set walk_forward.purge_bars to at least {reach}",
        )
    in_segment = segmentation.segment_ms // bars.timeframe_ms
    if purge > in_segment:
        raise BadSetting(
            f"a purge of {purge} bars does not fit into a segment of {in_segment}",
            "Choose walk-forward durations with a larger common divisor, or a shorter hold",
        )
