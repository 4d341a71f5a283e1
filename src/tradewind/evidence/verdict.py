"""The verdict on a search, noise, unproven, promising or confirmed, with reasons that need no statistics to read."""

import math
from dataclasses import dataclass
from typing import Literal

from tradewind.model.errors import BadSetting

Name = Literal["noise", "unproven", "promising", "confirmed"]
NOISE: Name = "noise"
UNPROVEN: Name = "unproven"
PROMISING: Name = "promising"
CONFIRMED: Name = "confirmed"
WORST_FIRST: tuple[Name, ...] = (NOISE, UNPROVEN, PROMISING, CONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where one verdict ends and the next begins.

    A luck p-value or PBO above (at or above) its `_noise`, or a deflated Sharpe probability below it, is noise; at or
    better than its `_promising` it allows more than unproven. Raises BadSetting where noise would be better than
    promising, or a probability is none.
    """

    luck_noise: float = 0.5
    luck_promising: float = 0.10
    overfitting_noise: float = 0.5
    overfitting_promising: float = 0.2
    deflated_noise: float = 0.5
    deflated_promising: float = 0.90

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise BadSetting(f"verdict.{name} is {value}, no probability", "Choose a number from 0 to 1")
        pairs = (
            (self.luck_promising, self.luck_noise, "luck"),
            (self.overfitting_promising, self.overfitting_noise, "overfitting"),
            (self.deflated_noise, self.deflated_promising, "deflated"),
        )
        for less, more, name in pairs:
            if less > more:
                raise BadSetting(f"verdict.{name}: what is noise would be promising", "Swap the two thresholds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the verdict rests on; None (or NaN) where a figure is missing, which never helps.

    `eligible` counts configurations with enough trades to be chosen. `luck` is the p-value of the luck test, made on
    the last `luck_days` days or, with None, on all; `overfitting` is PBO, `deflated` the deflated Sharpe probability of
    the best candidate. `procedure_days` and the `procedure_days_needed` for its Sharpe ratio (infinite where it is not
    positive) are of the procedure's record. `plateau` says whether the neighbours of those chosen do well too.
    `hold_out_return` is the mean daily log return of the run's choices in the hold-out; `live_days` were traded on
    paper or live, `live_days_needed` is the minimum track record of their Sharpe ratio.
    """

    eligible: int
    luck: float | None = None
    luck_days: int | None = None
    overfitting: float | None = None
    deflated: float | None = None
    procedure_days: float | None = None
    procedure_days_needed: float | None = None
    plateau: bool | None = None
    hold_out_return: float | None = None
    live_days: float | None = None
    live_days_needed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing the verdict rests on, as a sentence for a person and as numbers.

    `passed` says whether `value` meets `threshold`, the mark for promising (for confirmed: `hold_out` and `live`);
    None where the value is missing. `allows` is the best verdict that is possible in view of this reason alone.
    Numbers are None where they are missing or infinite.
    """

    name: str
    text: str
    value: float | None
    threshold: float | None
    passed: bool | None
    allows: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The worst of what its reasons allow. `reasons` come in a fixed order, one for each kind of evidence."""

    name: Name
    reasons: tuple[Reason, ...]

    @property
    def decisive(self) -> tuple[Reason, ...]:
        """The reasons that keep the verdict from being better, all of them where it is confirmed."""
        return tuple(reason for reason in self.reasons if reason.allows == self.name)


def verdict(evidence: Evidence, thresholds: Thresholds | None = None) -> Verdict:
    """Noise, unproven, promising or confirmed, exactly as docs/validation.md defines them.

    Every kind of evidence allows a verdict on its own, and the worst of them is the verdict: something that points at
    chance makes it noise whatever the rest says, something missing leaves it unproven at best.
    """
    marks = thresholds or Thresholds()
    reasons = (
        _eligible(evidence),
        _luck(_known(evidence.luck), evidence.luck_days, marks),
        _overfitting(_known(evidence.overfitting), marks),
        _deflated(_known(evidence.deflated), marks),
        _track_record(evidence),
        _plateau(evidence.plateau),
        _hold_out(_known(evidence.hold_out_return)),
        _live(evidence),
    )
    return Verdict(name=min((reason.allows for reason in reasons), key=WORST_FIRST.index), reasons=reasons)


def _eligible(evidence: Evidence) -> Reason:
    some = evidence.eligible > 0
    text = (
        f"{evidence.eligible:,} variants traded often enough to be judged."
        if some
        else "No variant traded often enough to be judged: there is nothing to be good or bad."
    )
    return Reason(
        name="eligible",
        text=text,
        value=float(evidence.eligible),
        threshold=1.0,
        passed=some,
        allows=CONFIRMED if some else NOISE,
    )


def _luck(p: float | None, days: int | None, marks: Thresholds) -> Reason:
    if p is None:
        text = "Not tested: how often the same search finds something as good on markets where direction is chance."
    else:
        of = "" if days is None else f" over its last {days:,} days"
        text = (
            f"The whole search was repeated{of} on copies of the market in which direction is chance. It found "
            f"something at least as good there {_percent(p)} of the time; {_percent(marks.luck_promising)} or less is "
            "asked for."
        )
    passed = None if p is None else p <= marks.luck_promising
    noise = p is not None and p > marks.luck_noise
    return _judged("luck", text, p, marks.luck_promising, passed=passed, noise=noise)


def _overfitting(share: float | None, marks: Thresholds) -> Reason:
    if share is None:
        text = "Not known: whether what was best in one half of history is still good in the other half."
    else:
        text = (
            f"What was best in one half of history ended in the worse half of all variants in the other half "
            f"{_percent(share)} of the time. 50 % is what blind picking gives; "
            f"{_percent(marks.overfitting_promising)} or less is asked for."
        )
    passed = None if share is None else share <= marks.overfitting_promising
    noise = share is not None and share >= marks.overfitting_noise
    return _judged("overfitting", text, share, marks.overfitting_promising, passed=passed, noise=noise)


def _deflated(chance: float | None, marks: Thresholds) -> Reason:
    if chance is None:
        text = "Not known: whether the best variant is better than the best of so many worthless ones would look."
    else:
        text = (
            f"Try enough worthless variants and one looks good. The chance that the best one here is really better "
            f"than that is {_percent(chance)}; {_percent(marks.deflated_promising)} or more is asked for."
        )
    passed = None if chance is None else chance >= marks.deflated_promising
    noise = chance is not None and chance < marks.deflated_noise
    return _judged("deflated", text, chance, marks.deflated_promising, passed=passed, noise=noise)


def _track_record(evidence: Evidence) -> Reason:
    days, needed = _known(evidence.procedure_days), _known(evidence.procedure_days_needed)
    if days is None or needed is None:
        passed = None
        text = "Not known: whether choosing on the past and trading what came next has been done for long enough."
    elif math.isinf(needed):
        passed = False
        text = (
            f"Choosing on the past and trading what came next made nothing in {days:,.0f} days: no number of days "
            "would make that a proof."
        )
    else:
        passed = days >= needed
        text = (
            f"Choosing on the past and trading what came next has been done for {days:,.0f} days; a result like this "
            f"one needs {math.ceil(needed):,} days to be told from chance."
        )
    return _judged("track_record", text, days, needed, passed=passed)


def _plateau(passed: bool | None) -> Reason:  # noqa: FBT001 - a piece of evidence, not a switch
    text = {
        None: "Not known: whether slightly different settings do well too.",
        True: "Slightly different settings do well too: it is no lucky spike.",
        False: "Slightly different settings do clearly worse, or lose: a lucky spike looks like that.",
    }[passed]
    value = None if passed is None else float(passed)
    return _judged("plateau", text, value, 1.0, passed=passed)


def _hold_out(mean: float | None) -> Reason:
    if mean is None:
        text = "The locked last part of the data has not been tried, or says nothing."
    else:
        did = "made" if mean > 0 else "lost" if mean < 0 else "neither made nor lost anything:"
        text = f"On the locked last part of the data it {did} {100 * abs(mean):.3f} % a day on average."
    passed = None if mean is None else mean > 0
    return Reason(
        name="hold_out", text=text, value=mean, threshold=0.0, passed=passed, allows=CONFIRMED if passed else PROMISING
    )


def _live(evidence: Evidence) -> Reason:
    days, needed = _known(evidence.live_days), _known(evidence.live_days_needed)
    if days is None or needed is None:
        passed, text = None, "It has not been traded on paper or live."
    elif math.isinf(needed):
        passed, text = False, f"It made nothing in {days:,.0f} days on paper or live."
    else:
        passed = days >= needed
        text = f"It has been traded on paper or live for {days:,.0f} days of the {math.ceil(needed):,} it takes."
    return Reason(
        name="live", text=text, value=days, threshold=_finite(needed), passed=passed,
        allows=CONFIRMED if passed else PROMISING,
    )  # fmt: skip


def _judged(
    name: str, text: str, value: float | None, threshold: float | None, *, passed: bool | None, noise: bool = False
) -> Reason:
    """A reason without which, passed, nothing is promising."""
    allows = NOISE if noise else CONFIRMED if passed else UNPROVEN
    return Reason(
        name=name, text=text, value=_finite(value), threshold=_finite(threshold), passed=passed, allows=allows
    )


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _percent(share: float) -> str:
    """A share as people read it; never rounded to none or all."""
    if share < 0.001:
        return "less than 0.1 %"
    if share > 0.999:
        return "more than 99.9 %"
    return f"{100 * share:.3g} %"
