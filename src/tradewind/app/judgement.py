"""The verdict in plain words: what it means, why, what would change it, and what it does not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.validation import Validation
from tradewind.evidence.verdict import CONFIRMED, NOISE, PROMISING, Reason, Verdict

Outcome = Literal["passed", "failed", "unknown"]
NOT_JUDGED = "not judged"
OTHERS = "The other evidence"
HEADLINES = MappingProxyType(
    {
        "noise": "This looks like luck.",
        "unproven": "Not proven: it may be real, it may be luck.",
        "promising": "Promising: luck alone would hardly explain it.",
        "confirmed": "Confirmed, as far as evidence can.",
        NOT_JUDGED: "No verdict yet: whether this is luck has not been tested.",
    }
)
MEANINGS = MappingProxyType(
    {
        "noise": (
            "A search this large always finds something that looks good, also where there is nothing to find. What was "
            "found here looks no different. Do not trade it."
        ),
        "unproven": (
            "Some evidence is missing or too weak to tell a real effect from luck. Do not risk money on it as it is."
        ),
        "promising": (
            "Every test that history allows was passed. History cannot show the days to come, so the next step is "
            "data nobody has looked at, then paper trading, then little money."
        ),
        "confirmed": (
            "It passed every test on history, earned on data nobody had looked at, and was traded for long enough. "
            "Markets still change: keep watching it."
        ),
        NOT_JUDGED: (
            "The figures below are those of the search alone. They do not say how likely it is that they are luck."
        ),
    }
)
_CHANGES = MappingProxyType(
    {
        "eligible": "More history, or settings that trade more often, so that variants can be judged at all.",
        "luck": (
            "A find that clearly beats those of the same search on markets of chance. More settings of the same idea "
            "do not bring that; another idea, lower costs or more data may."
        ),
        "overfitting": "Fewer or better settings, so that what is best in one half of history stays good in the other.",
        "deflated": "A steadier result, or more days of it. Trying more things makes this harder, not easier.",
        "track_record": "A record that earns, over enough days.",
        "plateau": "A find whose neighbouring settings do well too.",
        "hold_out": "A look at the locked last part of the data: `tradewind holdout RUN`. Every look is counted.",
        "live": "Paper trading for as many days as such a record needs.",
    }
)
_TERMS = MappingProxyType(
    {
        "eligible": ("eligible", "eligible"),
        "luck": ("luck-test", "luck test"),
        "overfitting": ("pbo", "PBO"),
        "deflated": ("dsr", "DSR"),
        "track_record": ("track-record", "minimum track record"),
        "plateau": ("plateau", "plateau"),
        "hold_out": ("hold-out", "hold-out"),
        "live": ("verdict", "confirmed"),
    }
)
_WHY = MappingProxyType(
    {
        "noise": "What points at luck",
        "unproven": "What keeps it from promising",
        "promising": "What keeps it from confirmed",
        "confirmed": "Why",
        NOT_JUDGED: "Why",
    }
)
_NOTHING_FOUND = (
    "The search itself found nothing it would trade, and what came nearest looks like what a search this large always "
    "finds where there is nothing. Do not trade it."
)
_NOT_SAID = (
    "It judges this search, on these data, at these costs. It says nothing about other markets or ideas.",
    "Luck is not proof that nothing is there: it means that this search has not shown anything.",
    "A good verdict is no promise. Tests on history cannot see a market that changes tomorrow.",
    "Costs, fills and slippage are assumed, see the cost model; real ones may be worse.",
)
_SIMULATED = (
    "This market was SIMULATED. The verdict tells whether the method works on prices made by a program; it says "
    "nothing about any real market."
)


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason as a sentence; `decisive` ones keep the verdict from being better."""

    name: str
    text: str
    outcome: Outcome
    decisive: bool

    @property
    def term(self) -> str:
        """The glossary's key of what it rests on."""
        return _TERMS[self.name][0]

    @property
    def said(self) -> str:
        """The statistician's name for it."""
        return _TERMS[self.name][1]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What stands at the top of a report and at the end of the terminal's: the same words in both.

    `name` is the verdict's, or "not judged"; `search_says` is the decision of the search itself.
    """

    name: str
    headline: str
    meaning: str
    search_says: str
    grounds: Sequence[Ground]
    changes: Sequence[str]
    not_said: Sequence[str]

    @property
    def why(self) -> str:
        """The heading of the decisive grounds."""
        return _WHY[self.name]

    @property
    def asks(self) -> str:
        """The heading of `changes`."""
        return "How to get a verdict" if self.name == NOT_JUDGED else "What would change it"


def meaning_of(validation: Validation) -> str:
    """What a verdict means for somebody who would trade; a good one at no cost at all means less than it sounds."""
    name, costs = validation.verdict.name, validation.costs
    if name not in (PROMISING, CONFIRMED) or costs.round_trip_bps > 0:
        return MEANINGS[name]
    gone = costs.procedure_break_even_bps
    at = "" if gone is None else f" What following the method brought is gone at {gone:.1f} bp a round trip."
    return (
        "But it was searched at no cost at all, and nobody trades for nothing: it tells that something is there, not "
        f"that it can be earned.{at} Search it at real costs before anything else."
    )


def judgement_of(run: FinishedRun, validation: Validation | None) -> Judgement:
    """The verdict of a validated run; for another one what the search says, and how to get a verdict."""
    decided = run.summary["decision"]
    reason = decided["reason"]
    says = (
        f"The search itself says: {'trade the specialists' if decided['trade'] else 'stand aside'}, because {reason}."
    )
    name = NOT_JUDGED if validation is None else validation.verdict.name
    not_said = (_SIMULATED, *_NOT_SAID) if run.summary["data"]["simulated"] else _NOT_SAID
    if validation is None:
        grounds: Sequence[Ground] = ()
        changes: Sequence[str] = (f"Validate it: `tradewind validate {run.run_id}`, then make this report again.",)
    else:
        grounds = _grounds(validation.verdict)
        changes = _changes(validation.verdict, run.run_id)
    meaning = MEANINGS[name] if validation is None else meaning_of(validation)
    if name == NOISE and not decided["trade"]:
        meaning = _NOTHING_FOUND
    return Judgement(name, HEADLINES[name], meaning, says, grounds, changes, not_said)


def _grounds(verdict: Verdict) -> list[Ground]:
    """Reasons that keep the verdict from being better first (all where it is confirmed), in their own order."""
    decisive = {reason.name for reason in verdict.decisive}
    grounds = [Ground(one.name, one.text, _outcome(one), one.name in decisive) for one in verdict.reasons]
    return sorted(grounds, key=lambda ground: not ground.decisive)


def _outcome(reason: Reason) -> Outcome:
    return "unknown" if reason.passed is None else "passed" if reason.passed else "failed"


def _changes(verdict: Verdict, run: str) -> list[str]:
    if verdict.name == CONFIRMED:
        return ["New evidence against it: keep trading it on paper or small and validate again."]
    again = f"Validate in full, nothing left out: `tradewind validate {run}`."
    untested = {"luck", "overfitting", "deflated", "plateau"}
    found = []
    for reason in verdict.decisive:
        text = again if reason.passed is None and reason.name in untested else _CHANGES[reason.name]
        text = text.replace("holdout RUN", f"holdout {run}")
        if text not in found:
            found.append(text)
    return found


def judgement_lines(judgement: Judgement) -> list[str]:
    """The same for a terminal, line by line."""
    marks = {"passed": "✓", "failed": "✕", "unknown": "?"}
    lines = [f"Verdict: {judgement.name.upper()}. {judgement.headline}", judgement.meaning, judgement.search_says]
    if judgement.grounds:
        decisive = [ground for ground in judgement.grounds if ground.decisive]
        others = [ground for ground in judgement.grounds if not ground.decisive]
        for heading, grounds in ((judgement.why, decisive), (OTHERS, others)):
            lines += [f"{heading}:"] if grounds else []
            lines += [f"  {marks[ground.outcome]} {ground.text}" for ground in grounds]
    lines += [f"{judgement.asks}:", *(f"  {text.replace('`', '')}" for text in judgement.changes)]
    return [*lines, "What it does not say:", *(f"  {text}" for text in judgement.not_said)]
