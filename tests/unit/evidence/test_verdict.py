"""The verdict: each of its four names, what each kind of evidence can do to it, and the words it is said in."""

import itertools
import math
from dataclasses import fields, replace

import pytest

from tradewind.evidence.verdict import WORST_FIRST, Evidence, Thresholds, Verdict, verdict
from tradewind.model.errors import BadSetting

GOOD = Evidence(
    eligible=12288, luck=0.02, overfitting=0.1, deflated=0.95, procedure_days=1900.0, procedure_days_needed=700.0,
    plateau=True,
)  # fmt: skip
PROVEN = replace(GOOD, hold_out_return=0.0004, live_days=800.0, live_days_needed=600.0)
OPTIONAL = [field.name for field in fields(Evidence) if field.name != "eligible"]
FOR_PROMISING = [name for name in OPTIONAL if not name.startswith(("hold_out", "live", "luck_days"))]


def name_of(evidence: Evidence, **changed: float | bool | None) -> str:
    return verdict(replace(evidence, **changed)).name


def reason(found: Verdict, name: str) -> tuple[bool | None, str]:
    (one,) = (one for one in found.reasons if one.name == name)
    return one.passed, one.text


def test_everything_good_is_promising_and_with_hold_out_and_paper_confirmed() -> None:
    assert verdict(GOOD).name == "promising"
    assert verdict(PROVEN).name == "confirmed"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("luck", 0.10, "promising"), ("luck", 0.11, "unproven"), ("luck", 0.5, "unproven"), ("luck", 0.501, "noise"),
        ("overfitting", 0.2, "promising"), ("overfitting", 0.21, "unproven"),
        ("overfitting", 0.4999, "unproven"), ("overfitting", 0.5, "noise"),
        ("deflated", 0.90, "promising"), ("deflated", 0.8999, "unproven"),
        ("deflated", 0.5, "unproven"), ("deflated", 0.4999, "noise"),
        ("procedure_days", 700.0, "promising"), ("procedure_days", 699.0, "unproven"),
        ("procedure_days_needed", math.inf, "unproven"),
        ("plateau", False, "unproven"),
        ("eligible", 1, "promising"), ("eligible", 0, "noise"),
    ],
)  # fmt: skip
def test_each_threshold_is_where_it_is_defined(name: str, value: float, expected: str) -> None:
    assert name_of(GOOD, **{name: value}) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hold_out_return", 0.0), ("hold_out_return", -0.001), ("hold_out_return", None),
        ("live_days", 599.0), ("live_days", None), ("live_days_needed", math.inf), ("live_days_needed", None),
    ],
)  # fmt: skip
def test_what_confirms_cannot_be_left_out(name: str, value: float | None) -> None:
    assert name_of(PROVEN, **{name: value}) == "promising"


@pytest.mark.parametrize("missing", [None, math.nan])
@pytest.mark.parametrize("count", range(1, len(FOR_PROMISING) + 1))
def test_a_missing_figure_is_never_better_than_unproven(count: int, missing: float | None) -> None:
    for names in itertools.combinations(FOR_PROMISING, count):
        gone = {name: None if name == "plateau" else missing for name in names}
        assert name_of(PROVEN, **gone) == "unproven"
        assert name_of(PROVEN, **gone, eligible=0) == "noise"


def test_nothing_known_at_all_is_unproven_and_says_so() -> None:
    found = verdict(Evidence(eligible=3))
    assert found.name == "unproven"
    assert [one.passed for one in found.reasons] == [True, *[None] * 7]


@pytest.mark.parametrize("worse", [{"luck": 0.9}, {"overfitting": 0.6}, {"deflated": 0.1}, {"eligible": 0}])
def test_one_sign_of_chance_makes_noise_of_all_the_rest(worse: dict[str, float]) -> None:
    found = verdict(replace(PROVEN, **worse))
    assert found.name == "noise"
    assert [one.name for one in found.decisive] == list(worse)


def test_better_evidence_never_makes_a_worse_verdict() -> None:
    """Over a grid of all figures: improving one of them alone never lowers the verdict."""
    steps: dict[str, tuple[float | bool | None, ...]] = {
        "luck": (0.9, 0.3, 0.05), "overfitting": (0.7, 0.3, 0.1), "deflated": (0.2, 0.7, 0.97),
        "procedure_days": (10.0, 2000.0), "plateau": (False, True), "hold_out_return": (-0.1, 0.1),
        "live_days": (1.0, 900.0),
    }  # fmt: skip
    for values in itertools.product(*steps.values()):
        chosen = dict(zip(steps, values, strict=True))
        level = WORST_FIRST.index(verdict(replace(PROVEN, **chosen)).name)
        for name, options in steps.items():
            better = options[options.index(chosen[name]) :]
            assert all(WORST_FIRST.index(verdict(replace(PROVEN, **{**chosen, name: b})).name) >= level for b in better)


def test_the_verdict_is_the_worst_that_its_reasons_allow() -> None:
    for evidence in (GOOD, PROVEN, Evidence(eligible=0), replace(GOOD, luck=0.3), replace(GOOD, plateau=None)):
        found = verdict(evidence)
        assert len(found.reasons) == 8
        assert found.name == min((one.allows for one in found.reasons), key=WORST_FIRST.index)
        assert all(one.allows == found.name for one in found.decisive)
        assert found.decisive


def test_reasons_are_sentences_with_the_figures_that_were_asked_and_found() -> None:
    found = verdict(replace(GOOD, luck=0.62, overfitting=0.48, deflated=0.0004, procedure_days_needed=2200.2))
    passed, text = reason(found, "luck")
    assert passed is False
    assert "62 % of the time; 10 % or less is asked for" in text
    passed, text = reason(found, "overfitting")
    assert passed is False
    assert "48 % of the time. 50 % is what blind picking gives; 20 % or less is asked for" in text
    passed, text = reason(found, "deflated")
    assert passed is False
    assert "is less than 0.1 %; 90 % or more is asked for" in text
    passed, text = reason(found, "track_record")
    assert passed is False
    assert "done for 1,900 days; a result like this one needs 2,201 days" in text
    for one in found.reasons:
        assert one.text.endswith(".")
        assert not any(word in one.text for word in ("PBO", "DSR", "p-value", "Sharpe", "None", "nan", "inf "))


def test_a_record_that_made_nothing_is_told_from_one_that_is_too_short() -> None:
    found = verdict(replace(GOOD, procedure_days_needed=math.inf))
    passed, text = reason(found, "track_record")
    assert passed is False
    assert "made nothing in 1,900 days" in text


def test_a_hold_out_that_lost_is_said_in_so_many_words() -> None:
    passed, text = reason(verdict(replace(PROVEN, hold_out_return=-0.0012)), "hold_out")
    assert passed is False
    assert "it lost 0.120 % a day on average" in text
    assert "it made 0.040 % a day on average" in reason(verdict(PROVEN), "hold_out")[1]


def test_thresholds_are_settings() -> None:
    strict = Thresholds(luck_promising=0.01, overfitting_promising=0.05, deflated_promising=0.99)
    assert verdict(GOOD, strict).name == "unproven"
    assert [one.name for one in verdict(GOOD, strict).decisive] == ["luck", "overfitting", "deflated"]
    assert verdict(replace(GOOD, luck=0.3), Thresholds(luck_noise=0.25)).name == "noise"


@pytest.mark.parametrize(
    "wrong", [{"luck_noise": 0.05}, {"overfitting_promising": 0.6}, {"deflated_noise": 0.95}, {"luck_noise": 1.5}]
)
def test_thresholds_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadSetting):
        Thresholds(**wrong)
