"""Whether what is said of a bar needs bars it could not have had: the same history, cut off after it and before it.

A value at a bar that uses no later bar is the same when the later bars are cut off, and one that uses a fixed window is
the same when only a live process's window of bars is there. Where it is not, features are given their full-history
values one after the other: what still differs then is at fault, and bisection finds how many bars it needs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tradewind.evidence.recording import Evaluation, Subject, is_registered, scale_of, unequal
from tradewind.features.spec import AnyArray, IntArray
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, WrongUse

LIVE_BARS_LEAST = 1100
LOOKED_INTO = 12  # sampled bars with a difference that are taken apart: enough to name every cause and its reach
Kind = Literal["unsteady", "ahead", "start-up"]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One cause of differences.

    `feature` is the label of the feature at fault, None for the subject's own arithmetic. `sampled` counts the sampled
    bars at which something differed, and `bar` is one bar where it did, with `values`: what was said with all bars and
    with those left, by output and for the feature. `needed` bars are at least what agreement took: later ones for
    `ahead`, in all for `start-up`. `to_end` says that nothing less than all there are was enough.
    """

    kind: Kind
    feature: str | None
    sampled: int
    bar: int
    ts: int
    values: Mapping[str, tuple[float, float]]
    needed: int
    to_end: bool


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """What was compared and what was found: `changes` counts the bars at which the first output changes."""

    subject: Subject
    bars: int
    changes: int
    sampled: int
    sampled_at_changes: int
    live_bars: int
    outputs: tuple[str, ...]
    features: tuple[str, ...]
    findings: tuple[Finding, ...]


def live_bars_of(window: int) -> int:
    """How many bars a live process holds for something that declares `window`."""
    return max(window, LIVE_BARS_LEAST)


def verify(subject: Subject, bars: Bars, *, samples: int, seed: int) -> Verification:
    """Compare what `subject` says of `bars` with what it says of parts of them, cut at `samples` bars.

    Half of the cuts are where its first output changes, the others anywhere. Raises WrongUse for fewer than two
    live-sized windows of bars.
    """
    whole = subject.evaluate(bars)
    live = live_bars_of(whole.window)
    if len(bars) < 2 * live:
        raise WrongUse(f"{len(bars)} bars are too few for a window of {live}", f"Give at least {2 * live}")
    cuts, at_changes = _sampled(whole, live, samples, seed)
    check = _Check(subject, bars, whole, live)
    findings = check.unsteady(subject.evaluate(bars))
    if not findings:
        ahead = [cut for cut in cuts if check.looks_ahead(cut)]
        begun = [cut for cut in cuts if check.depends_on_start(cut)]
        findings = [*check.causes_ahead(ahead), *check.causes_at_start(begun)]
    return Verification(
        subject=subject,
        bars=len(bars),
        changes=len(_changes(whole)),
        sampled=len(cuts),
        sampled_at_changes=at_changes,
        live_bars=live,
        outputs=tuple(whole.outputs),
        features=tuple(whole.features),
        findings=tuple(findings),
    )


def _changes(whole: Evaluation) -> IntArray:
    first = next(iter(whole.outputs.values()))
    return np.flatnonzero(first[1:] != first[:-1]) + 1


def _sampled(whole: Evaluation, live: int, samples: int, seed: int) -> tuple[list[int], int]:
    """Bars to cut after, ascending, and how many of them are where the output changes."""
    rng = np.random.default_rng(seed)
    rows = np.arange(live, len(next(iter(whole.outputs.values()))) - 1)
    changes = np.intersect1d(rows, _changes(whole))
    some = rng.choice(changes, min((samples + 1) // 2, len(changes)), replace=False)
    rest = np.setdiff1d(rows, some)
    others = rng.choice(rest, min(samples - len(some), len(rest)), replace=False)
    return np.sort(np.concatenate((some, others))).tolist(), len(some)


class _Check:
    """One subject on one series, evaluated whole once."""

    def __init__(self, subject: Subject, bars: Bars, whole: Evaluation, live: int) -> None:
        self.subject, self.bars, self.whole, self.live = subject, bars, whole, live
        self._scales = {name: scale_of(array) for name, array in {**whole.features, **whole.outputs}.items()}

    def unsteady(self, again: Evaluation) -> list[Finding]:
        """A finding where the very same bars, evaluated again, are not said the same of."""
        rows = self._rows(self.whole, again, None)
        if not len(rows):
            return []
        return [self._finding("unsteady", None, 0, int(rows[-1]), self.whole, again, (0, False))]

    def looks_ahead(self, cut: int) -> bool:
        """Whether anything said up to bar `cut`, or a registered feature there, differs without the later bars."""
        part = self._part(0, cut + 1)
        return any(len(self._rows(self.whole, part, name)) for name in self._judged(part))

    def depends_on_start(self, cut: int) -> bool:
        """Whether the same at bar `cut` differs without the bars before a live window."""
        history, window = self._part(0, cut + 1), self._part(cut + 1 - self.live, cut + 1)
        return any(self._apart_at(history, window, name) for name in self._judged(history))

    def causes_ahead(self, cuts: Sequence[int]) -> list[Finding]:
        """Who looks ahead at these cuts, and how far."""
        looked_into = _spread(cuts)
        blamed = self._weighty(self._blamed(looked_into, self._next_ahead), looked_into)
        found = []
        for name in (*blamed, None):
            # What was blamed before is given: it is not this one's fault.
            given = blamed if name is None else blamed[: blamed.index(name)]
            rows = self._ahead_rows(looked_into, name, given)
            if not rows:
                continue

            def agrees(row: int, later: int, name: str | None = name, given: Sequence[str] = given) -> bool:
                part = self._part(0, row + 1 + later, given)
                return self._said_same(self.whole, part, name, row, row)

            reach = _furthest(rows, agrees, lambda row: len(self.bars) - 1 - row)
            part = self._part(0, rows[-1] + 1, given)
            found.append(self._finding("ahead", name, len(cuts), rows[-1], self.whole, part, reach))
        return found

    def causes_at_start(self, cuts: Sequence[int]) -> list[Finding]:
        """Who needs more history than a live process holds, and how much."""
        looked_into = _spread(cuts)
        blamed = self._blamed(looked_into, self._next_at_start)
        histories = {cut: self._part(0, cut + 1) for cut in looked_into}
        found = []
        for name in (*blamed, None):
            given = blamed if name is None else blamed[: blamed.index(name)]

            def agrees(row: int, more: int, name: str | None = name, given: Sequence[str] = given) -> bool:
                start = row + 1 - self.live - more
                part = self._part(start, row + 1, given, histories[row])
                return self._said_same(histories[row], part, name, row, row - start)

            rows = [cut for cut in looked_into if not agrees(cut, 0)]
            if not rows:
                continue
            more, to_end = _furthest(rows, agrees, lambda row: row + 1 - self.live)
            history = histories[rows[-1]]
            window = self._part(rows[-1] + 1 - self.live, rows[-1] + 1, given, history)
            reach = (self.live + more, to_end)
            found.append(self._finding("start-up", name, len(cuts), rows[-1], history, window, reach))
        return found

    def _part(self, start: int, end: int, given: Sequence[str] = (), source: Evaluation | None = None) -> Evaluation:
        """What is said of bars `start` to `end`, the features named in `given` having the values of `source`."""
        known = (self.whole if source is None else source).features
        parts = {name: known[name][start:end] for name in given}
        part = self.subject.evaluate(self.bars.rows(start, end), parts)
        if part.outputs.keys() != self.whole.outputs.keys():
            raise BadSetting(f"{self.subject.name} gives confidence on some bars only", "Give it always or never")
        return part

    def _blamed(self, cuts: Sequence[int], following: Callable[[int, Sequence[str]], str | None]) -> list[str]:
        """Features at fault at any of the cuts, inner ones before those made of them."""
        found: set[str] = set()
        for cut in cuts:
            # Each cut begins anew: of a feature that is given, the inner ones are not asked.
            here: list[str] = []
            while (name := following(cut, here)) is not None:
                here.append(name)
            found.update(here)
        return [name for name in self.whole.features if name in found]

    def _judged(self, part: Evaluation) -> list[str]:
        """Outputs and registered features. What else a strategy shares may look ahead (labels to learn from)."""
        known = self.whole.features
        return [*part.outputs, *(name for name in part.features if name in known and is_registered(name))]

    def _rows(self, reference: Evaluation, part: Evaluation, name: str | None) -> IntArray:
        """Rows of `part`, which begins where `reference` does, that differ in `name`, in any output for None."""
        if name is None:
            return np.unique(np.concatenate([self._rows(reference, part, one) for one in part.outputs]))
        known, new = _values(reference, name), _values(part, name)
        return np.flatnonzero(unequal(known[: len(new)], new, self._scales[name]))

    def _apart_at(self, history: Evaluation, window: Evaluation, name: str) -> bool:
        """Whether the last values differ; not asked for in the window is no difference."""
        if name not in window.outputs and name not in window.features:
            return False
        known, new = _values(history, name)[-1:], _values(window, name)[-1:]
        return bool(unequal(known, new, self._scales[name])[0])

    def _said_same(self, reference: Evaluation, part: Evaluation, name: str | None, row: int, place: int) -> bool:
        """Whether `part` says at its row `place` what `reference` says at `row`."""
        for one in part.outputs if name is None else (name,):
            known = _values(reference, one)[row : row + 1]
            if one not in part.outputs and one not in part.features:
                return False
            if unequal(known, _values(part, one)[place : place + 1], self._scales[one])[0]:
                return False
        return True

    def _next_ahead(self, cut: int, blamed: Sequence[str]) -> str | None:
        """The first feature, inner ones first, that differs although those blamed are given."""
        part = self._part(0, cut + 1, blamed)
        candidates = (name for name in part.features if name in self.whole.features and name not in blamed)
        return next((name for name in candidates if len(self._rows(self.whole, part, name))), None)

    def _next_at_start(self, cut: int, blamed: Sequence[str]) -> str | None:
        history = self._part(0, cut + 1)
        window = self._part(cut + 1 - self.live, cut + 1, blamed, history)
        candidates = (name for name in window.features if name in self.whole.features and name not in blamed)
        return next((name for name in candidates if self._apart_at(history, window, name)), None)

    def _weighty(self, blamed: Sequence[str], cuts: Sequence[int]) -> list[str]:
        """Those blamed that are registered or change what is said; a shared one that changes nothing is allowed."""

        def matters(name: str) -> bool:
            before = blamed[: blamed.index(name)]
            for cut in cuts:
                as_is, mended = self._part(0, cut + 1, before), self._part(0, cut + 1, [*before, name])
                if len(self._rows(as_is, mended, None)):
                    return True
            return False

        return [name for name in blamed if is_registered(name) or matters(name)]

    def _ahead_rows(self, cuts: Sequence[int], name: str | None, given: Sequence[str]) -> list[int]:
        """The first and the last row that differ at each cut, by cut.

        Those with a live window of bars behind them, if any: code of a user's may fail on a handful.
        """
        rows: list[int] = []
        for cut in cuts:
            part = self._part(0, cut + 1, given)
            if name is None or name in part.features:
                differing = self._rows(self.whole, part, name)
                late = differing[differing >= self.live]
                differing = late if len(late) else differing
                rows += [int(differing[0]), int(differing[-1])] if len(differing) else []
        return rows

    def _finding(
        self,
        kind: Kind,
        name: str | None,
        sampled: int,
        row: int,
        reference: Evaluation,
        part: Evaluation,
        reach: tuple[int, bool],
    ) -> Finding:
        """What is said of `row` on either side; a live window ends with it."""
        place = -1 if kind == "start-up" else row
        names = [*part.outputs, *([] if name is None else [name])]
        pairs = {one: (float(_values(reference, one)[row]), float(_values(part, one)[place])) for one in names}
        scale = self._scales
        told = {
            one: pair for one, pair in pairs.items() if unequal(np.array(pair[:1]), np.array(pair[1:]), scale[one])[0]
        }
        return Finding(kind, name, sampled, row, int(self.bars.ts[row]), told, *reach)


def _spread(cuts: Sequence[int]) -> list[int]:
    """At most LOOKED_INTO of `cuts`, evenly."""
    if not cuts:
        return []
    return [cuts[place] for place in np.unique(np.linspace(0, len(cuts) - 1, LOOKED_INTO).astype(int))]


def _furthest(rows: Sequence[int], agrees: Callable[[int, int], bool], most: Callable[[int], int]) -> tuple[int, bool]:
    """The most bars that any row needs until it agrees, and whether that row needed all there are."""
    needed, to_end = 0, False
    for row in rows:
        if needed >= most(row) or agrees(row, needed):
            continue
        low, high = needed, most(row)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if agrees(row, middle) else (middle, high)
        needed, to_end = high, high == most(row)
    return needed, to_end


def _values(evaluation: Evaluation, name: str) -> AnyArray:
    return evaluation.outputs[name] if name in evaluation.outputs else evaluation.features[name]
