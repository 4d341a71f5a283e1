"""The verdict in words: headline, reasons in order, what would change it, the same in the terminal."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.app.validation_sample import sample

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.judgement import judgement_lines, judgement_of
from tradewind.evidence.verdict import Evidence, verdict

GOOD: dict[str, Any] = {
    "eligible": 10, "luck": 0.01, "overfitting": 0.1, "deflated": 0.95, "procedure_days": 900.0,
    "procedure_days_needed": 300.0, "plateau": True,
}  # fmt: skip
SEEN: dict[str, Any] = {"hold_out_return": 0.001, "live_days": 100.0, "live_days_needed": 90.0}


def run(*, trade: bool = True, simulated: str | None = None) -> FinishedRun:
    summary = {"decision": {"trade": trade, "reason": "of the test"}, "data": {"simulated": simulated}}
    return FinishedRun(Path("runs/demo-1"), {}, summary, {})


def judged(**evidence: Any) -> Any:
    return judgement_of(run(), sample("demo-1", verdict=verdict(Evidence(**{**GOOD, **evidence}))))


@pytest.mark.parametrize(
    ("evidence", "name", "words"),
    [
        ({"luck": 0.7}, "noise", "This looks like luck."),
        ({"plateau": None}, "unproven", "Not proven"),
        ({}, "promising", "luck alone would hardly explain it"),
        (SEEN, "confirmed", "as far as evidence can"),
    ],
)
def test_each_verdict_has_its_headline(evidence: dict[str, Any], name: str, words: str) -> None:
    found = judged(**evidence)
    assert found.name == name
    assert words in found.headline


def test_reasons_that_decide_come_first_and_keep_their_outcome() -> None:
    found = judged(plateau=False, overfitting=0.3)
    assert [(g.name, g.outcome) for g in found.grounds if g.decisive] == [
        ("overfitting", "failed"), ("plateau", "failed"),
    ]  # fmt: skip
    assert [g.decisive for g in found.grounds] == sorted((g.decisive for g in found.grounds), reverse=True)
    assert len(found.grounds) == 8


def test_a_missing_statistic_asks_for_validation_once_and_a_closed_hold_out_for_a_look() -> None:
    assert judged(plateau=None, luck=None).changes == [
        "Validate in full, nothing left out: `tradewind validate demo-1`."
    ]
    assert "tradewind holdout demo-1" in judged().changes[0]


def test_a_search_that_found_nothing_is_not_told_that_its_find_is_luck() -> None:
    lucky = sample("demo-1", verdict=verdict(Evidence(**{**GOOD, "luck": 0.7})))
    assert "found nothing it would trade" in judgement_of(run(trade=False), lucky).meaning
    assert "found nothing it would trade" not in judgement_of(run(trade=True), lucky).meaning


def test_without_validation_there_is_no_verdict_but_the_way_to_one() -> None:
    found = judgement_of(run(), None)
    assert found.name == "not judged"
    assert "tradewind validate demo-1" in found.changes[0]
    assert found.asks == "How to get a verdict"


def test_a_simulated_market_is_named_in_what_the_verdict_does_not_say() -> None:
    assert "SIMULATED" in judgement_of(run(simulated="a market"), None).not_said[0]
    assert not any("SIMULATED" in text for text in judgement_of(run(), None).not_said)


def test_the_terminal_says_the_same_words() -> None:
    found = judged(luck=0.7)
    text = "\n".join(judgement_lines(found))
    for words in (found.headline, found.meaning, found.search_says, *(g.text for g in found.grounds), *found.not_said):
        assert words in text
    assert text.index(found.grounds[0].text) < text.index(found.grounds[-1].text)


def test_a_good_verdict_at_no_cost_says_that_nobody_trades_for_nothing() -> None:
    found = sample("demo-1", verdict=verdict(Evidence(**GOOD)))
    costs = found.costs.model_copy(update={"round_trip_bps": 0.0, "procedure_break_even_bps": 1.04})
    free = judgement_of(run(), found.model_copy(update={"costs": costs}))
    assert free.name == "promising"
    assert "no cost at all" in free.meaning
    assert "gone at 1.0 bp" in free.meaning
    assert "no cost" not in judgement_of(run(), found).meaning
