"""What a detector's labels look like over time, and how well they find a market's known states."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.model.errors import BadSetting
from tradewind.model.regimes import UNKNOWN, Labels
from tradewind.model.time import DAY_MS

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeReport:
    """How labels are spread over time; tuples follow `names`.

    `bars` is their number and `unknown_share` the part of them without a label; `shares` are parts of the known
    ones. `transitions[a][b]` is the chance that label b follows label a from one bar to the next (NaN in a row
    that never occurs). `dwell_mean` and `dwell_median` are lengths of unbroken runs in bars, `runs` their number
    (NaN, 0 where a label never occurs; the last run may be cut by the end of the data). `changes_per_day` counts
    changes between neighbouring known bars per day of such bars: the flicker.
    """

    names: tuple[str, ...]
    bars: int
    unknown_share: float
    shares: tuple[float, ...]
    transitions: tuple[tuple[float, ...], ...]
    runs: tuple[int, ...]
    dwell_mean: tuple[float, ...]
    dwell_median: tuple[float, ...]
    changes_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthReport:
    """How labels compare with known states, over the bars that have a label.

    A label is right where the true state is one of those it stands for. `accuracy` is the part of known bars with a
    right label, `guessing` what the same labels would score if they were shuffled. `confusion[s][l]` counts bars of
    state s with label l. `recall[s]` is the part of state s with a right label, `precision[l]` the part of label l
    that is right. For each true state, `delay_median` is the bars from its beginning to the first right label (0: at
    once) over the stays where one came, `missed` the part of its stays where none did; a detector that changes its
    mind all day is rarely late, so read both beside the precision. NaN where there is nothing to count.
    """

    state_names: tuple[str, ...]
    label_names: tuple[str, ...]
    bars: int
    accuracy: float
    guessing: float
    confusion: tuple[tuple[int, ...], ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    delay_median: tuple[float, ...]
    missed: tuple[float, ...]


def describe(labels: Labels, timeframe_ms: int) -> RegimeReport:
    """Shares, transitions, dwell times and flicker of `labels`, one per published bar of `timeframe_ms`."""
    values, count = labels.values.astype(np.int64), len(labels.names)
    known = values != UNKNOWN
    before, after = values[:-1], values[1:]
    pairs = (before != UNKNOWN) & (after != UNKNOWN)
    steps = np.bincount(before[pairs] * count + after[pairs], minlength=count * count).reshape(count, count)
    starts, lengths = _runs(values)
    dwell = [lengths[values[starts] == label] for label in range(count)]
    changes = int(steps.sum() - np.trace(steps))
    return RegimeReport(
        names=labels.names,
        bars=len(values),
        unknown_share=_ratio(len(values) - int(known.sum()), len(values)),
        shares=tuple(_ratio(int(n), int(known.sum())) for n in np.bincount(values[known], minlength=count)),
        transitions=tuple(tuple(_ratio(int(n), int(row.sum())) for n in row) for row in steps),
        runs=tuple(len(stays) for stays in dwell),
        dwell_mean=tuple(float(stays.mean()) if len(stays) else float("nan") for stays in dwell),
        dwell_median=tuple(float(np.median(stays)) if len(stays) else float("nan") for stays in dwell),
        changes_per_day=_ratio(changes * (DAY_MS // timeframe_ms), int(pairs.sum())),
    )


def against_truth(
    labels: Labels,
    states: npt.NDArray[np.int8],
    state_names: tuple[str, ...],
    meaning: Mapping[str, tuple[str, ...]] | None = None,
) -> TruthReport:
    """Compare `labels` with the true state of each bar.

    `meaning` gives for each label the states it stands for; None means the state of the same name. Raises
    BadSetting where a label stands for nothing or for an unknown state.
    """
    assert len(states) == len(labels.values), "one state per bar"
    right = _right(labels.names, state_names, meaning)
    values, truth = labels.values.astype(np.int64), states.astype(np.int64)
    known = values != UNKNOWN
    shape = len(state_names), len(labels.names)
    flat = np.bincount(truth[known] * shape[1] + values[known], minlength=shape[0] * shape[1])
    confusion = flat.reshape(shape)
    total = int(confusion.sum())
    by_state, by_label = confusion.sum(axis=1), confusion.sum(axis=0)
    hits = np.where(right, confusion, 0)
    chance = float((np.outer(by_state, by_label) * right).sum()) / total if total else float("nan")
    delays, missed = _delays(truth, known & right[truth, values], known, len(state_names))
    return TruthReport(
        state_names=state_names,
        label_names=labels.names,
        bars=total,
        accuracy=_ratio(int(hits.sum()), total),
        guessing=_ratio(chance, total),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        recall=tuple(_ratio(int(n), int(d)) for n, d in zip(hits.sum(axis=1), by_state, strict=True)),
        precision=tuple(_ratio(int(n), int(d)) for n, d in zip(hits.sum(axis=0), by_label, strict=True)),
        delay_median=delays,
        missed=missed,
    )


def _right(
    names: tuple[str, ...], state_names: tuple[str, ...], meaning: Mapping[str, tuple[str, ...]] | None
) -> npt.NDArray[np.bool_]:
    """right[state, label]: whether the label stands for the state."""
    table = {name: (name,) for name in names} if meaning is None else meaning
    for name in names:
        targets = table.get(name, ())
        strange = [target for target in targets if target not in state_names]
        if strange or not targets:
            problem = f"label {name} stands for {', '.join(strange) or 'no state'}"
            raise BadSetting(problem, f"Say for each label which of {', '.join(state_names)} it means")
    return np.array([[state in table[name] for name in names] for state in state_names])


def _delays(
    truth: IntArray, hit: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], count: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Median bars from a true change to the first right label within the stay, and the part of stays without one.

    Stays that begin where labels are still unknown are left out, and so is the first, whose beginning is not seen.
    """
    starts, lengths = _runs(truth)
    chosen = known[starts] & (starts > 0)
    starts, lengths = starts[chosen], lengths[chosen]
    places = np.append(np.flatnonzero(hit), len(truth))
    waits = places[np.searchsorted(places, starts)] - starts
    came = waits < lengths
    delays, missed = [], []
    for state in range(count):
        of_state = truth[starts] == state
        found = waits[of_state & came]
        delays.append(float(np.median(found)) if len(found) else float("nan"))
        missed.append(_ratio(int((of_state & ~came).sum()), int(of_state.sum())))
    return tuple(delays), tuple(missed)


def _runs(values: IntArray) -> tuple[IntArray, IntArray]:
    """First bar and length of every unbroken run."""
    if not len(values):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1)).astype(np.int64)
    return starts, np.diff(starts, append=len(values))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
