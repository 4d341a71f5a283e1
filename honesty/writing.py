"""What came out, for people: the lines that pass or miss, the tables of docs/honesty.md, and its two pictures."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from honesty.judging import (
    COVERAGE_CONFIDENCE,
    FOUND_MIN,
    NAMED_MAX,
    PROMISING_MAX,
    STATED,
    UNIFORM_MIN,
    Line,
    Outcome,
    Rate,
    coverage,
    found,
    marks_met,
    named,
    rate_of,
    uniformity,
    verdict_name,
)
from honesty.markets import ALTERATIONS, COVERED, KINDS, LONG_DAYS, MAIN_EDGE, NOTHING, PLANTED, STORM_REGIME
from honesty.pictures import histogram, power_curve

from tradewind.evidence.verdict import WORST_FIRST

START, END = "<!-- figures: start -->", "<!-- figures: end -->"
COMPARED = {"switch_minus_static": "switch less static", "switch_minus_aside": "switch less standing aside"}
MARKS = {
    "deflated": "deflated Sharpe ratio",
    "overfitting": "PBO",
    "track_record": "minimum track record of the procedure",
    "plateau": "plateau",
}
Outcomes = Mapping[str, Outcome]


def of(outcomes: Outcomes, study: str, kind: str) -> list[Outcome]:
    """Outcomes of one study on one kind of market, in order of the markets' numbers."""
    prefix = f"{study} {kind} "
    return [outcomes[key] for key in sorted(outcomes, key=lambda key: int(key.split()[-1])) if key.startswith(prefix)]


def lines(outcomes: Outcomes) -> list[Line]:
    """Everything that was asked for, with what came."""
    return [*_uniform_lines(outcomes), _promising_line(outcomes), _found_line(outcomes), *_coverage_lines(outcomes)]


def _p_values(outcomes: Outcomes) -> dict[str, list[float]]:
    return {kind: [one["p"] for one in of(outcomes, "luck", kind)] for kind in NOTHING}


def _uniform_lines(outcomes: Outcomes) -> list[Line]:
    by_kind = _p_values(outcomes)
    every = [p for own in by_kind.values() for p in own]
    asked = f"luck p-values are uniform (chance of such a histogram at least {UNIFORM_MIN})"
    parts = [(f"{asked}, all kinds", every), *((f"{asked}, {NOTHING[k].words}", own) for k, own in by_kind.items())]
    return [_uniform_line(name, own) for name, own in parts]


def _uniform_line(name: str, p_values: Sequence[float]) -> Line:
    if not p_values:
        return Line(name, "not tried", None)
    one = uniformity(p_values, ALTERATIONS)
    return Line(name, f"{' '.join(map(str, one.counts))}, chance {one.p:.3f}", one.passed)


def _verdicts(outcomes: Outcomes, tested: str, kinds: Iterable[str]) -> list[str]:
    """Verdicts on markets for which both a luck test (of study `tested`) and everything else is there."""
    out = []
    for kind in kinds:
        for one in of(outcomes, "verdict", kind):
            luck = outcomes.get(one["key"].replace("verdict", tested, 1))
            if luck is not None:
                out.append(verdict_name(one, luck["p"]))
    return out


def _promising_line(outcomes: Outcomes) -> Line:
    names = _verdicts(outcomes, "luck", NOTHING)
    asked = f"`promising` at most {PROMISING_MAX:.0%} of the time where there is nothing"
    if not names:
        return Line(asked, "not tried", None)
    one = rate_of([WORST_FIRST.index(name) >= WORST_FIRST.index("promising") for name in names])
    return Line(asked, str(one), one.share <= PROMISING_MAX)


def _planted(outcomes: Outcomes, kind: str) -> list[Outcome]:
    """Outcomes of markets with an edge of one size, whichever study made them."""
    return of(outcomes, "detection", kind) or of(outcomes, "power", kind)


def _main_kind() -> str:
    return next(name for name, kind in PLANTED.items() if kind.edge == MAIN_EDGE)


def _found_line(outcomes: Outcomes) -> Line:
    own = of(outcomes, "detection", _main_kind())
    asked = f"the {STORM_REGIME} specialist is found and named at an edge of {MAIN_EDGE} in at least {FOUND_MIN:.0%}"
    if not own:
        return Line(asked, "not tried", None)
    one = rate_of([found(outcome) for outcome in own])
    return Line(asked, str(one), one.share >= FOUND_MIN)


def _coverage_lines(outcomes: Outcomes) -> list[Line]:
    out = []
    for kind, about in COVERED.items():
        own = of(outcomes, "coverage", kind)
        asked = f"the {STATED:.0%} interval of switch less static holds the truth, {about.words}"
        if not own:
            out.append(Line(asked, "not tried", None))
            continue
        one = coverage(own, "switch_minus_static")
        out.append(Line(asked, str(one.rate), one.passed))
    return out


def written(outcomes: Outcomes) -> str:
    """All tables, as Markdown."""
    parts = (
        _counted(outcomes),
        "### No edge: p-values",
        _uniform_table(outcomes),
        "### Verdicts",
        _verdict_table(outcomes),
        _marks_table(outcomes),
        "### An edge in storms",
        _found_table(outcomes),
        "### Intervals",
        _coverage_table(outcomes),
    )
    return "\n\n".join(parts) + "\n"


def _counted(outcomes: Outcomes) -> str:
    """How many markets of each kind stand behind the figures."""
    pairs = [(study, kind) for study in ("luck", "verdict", "long", "detection", "power", "coverage") for kind in KINDS]
    counts = [(study, kind, len(of(outcomes, study, kind))) for study, kind in pairs]
    return f"Markets behind these figures: {', '.join(f'{n} {study} {kind}' for study, kind, n in counts if n)}."


def write_documents(folder: Path, outcomes: Outcomes) -> None:
    """Replace the figures of honesty.md in `folder`, between its two marks, and the pictures beside it."""
    page = folder / "honesty.md"
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(START)}.*{re.escape(END)}", re.DOTALL)
    assert pattern.search(text), f"{page} has lost the marks of its figures"
    page.write_text(pattern.sub(lambda _: f"{START}\n\n{written(outcomes)}\n{END}", text), encoding="utf-8")
    by_kind = {NOTHING[kind].words: own for kind, own in _p_values(outcomes).items()}
    if any(by_kind.values()):
        (folder / "honesty-p-values.svg").write_text(histogram(by_kind, ALTERATIONS), encoding="utf-8")
    if points := _power(outcomes):
        (folder / "honesty-power.svg").write_text(power_curve(points), encoding="utf-8")


def _power(outcomes: Outcomes) -> list[tuple[float, Rate]]:
    """Edge and how often the storms' regime is named; without an edge, how often its p-value alone would do."""
    none = [dict(zip(REGIMES, one["corrected"], strict=True)) for one in of(outcomes, "luck", "storms-paid")]
    points = [(0.0, rate_of([one[STORM_REGIME] <= NAMED_MAX for one in none]))]
    points += [(PLANTED[k].edge, rate_of([found(one) for one in _planted(outcomes, k)])) for k in PLANTED]
    return [point for point in points if point[1].count]


REGIMES = ("BULL", "BEAR", "SIDEWAYS", "STRESS")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    body = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(body)


def _uniform_table(outcomes: Outcomes) -> str:
    by_kind = {kind: of(outcomes, "luck", kind) for kind in NOTHING}
    every = [one for own in by_kind.values() for one in own]
    rows = []
    for words, own in [("**all**", every), *((NOTHING[kind].words, own) for kind, own in by_kind.items())]:
        if own:
            p_values = [one["p"] for one in own]
            one = uniformity(p_values, ALTERATIONS)
            small = [rate_of([p <= level for p in p_values]) for level in (0.05, 0.10)]
            regime = rate_of([min(one["corrected"]) <= NAMED_MAX for one in own])
            cells = [str(len(own)), " ".join(map(str, one.counts)), f"{one.chi_square:.1f}", f"{one.p:.3f}"]
            rows.append([words, *cells, *map(str, small), str(regime)])
    head = ["market", "markets", "p-values by tenth", "χ²", "chance of such a χ²", "p ≤ 0.05", "p ≤ 0.10",
            "any regime's corrected p ≤ 0.10"]  # fmt: skip
    return _table(head, rows)


def _verdict_table(outcomes: Outcomes) -> str:
    columns = {
        "no edge, markets": _verdicts(outcomes, "luck", NOTHING),
        f"an edge of {MAIN_EDGE:.0%}, markets": _verdicts(outcomes, "detection", [_main_kind()]),
    }
    tried = {head: names for head, names in columns.items() if names}
    rows = [[name, *(str(rate_of([n == name for n in names])) for names in tried.values())] for name in WORST_FIRST]
    return _table(["verdict", *tried], rows) if tried else "Not tried."


def _marks_table(outcomes: Outcomes) -> str:
    """In how many markets each kind of evidence meets the mark for promising."""
    columns = {
        "no edge, 30 days": [one for kind in NOTHING for one in of(outcomes, "verdict", kind)],
        f"an edge of {MAIN_EDGE:.0%}, 30 days": of(outcomes, "verdict", _main_kind()),
        f"an edge of {MAIN_EDGE:.0%}, {LONG_DAYS} days": of(outcomes, "long", _main_kind()),
    }
    tried = {head: [marks_met(one) for one in own] for head, own in columns.items() if own}
    rows = [
        [words, *(str(rate_of([met[name] for met in all_met])) for all_met in tried.values())]
        for name, words in MARKS.items()
    ]
    return _table(["mark for promising", *tried], rows) if tried else "Not tried."


def _found_table(outcomes: Outcomes) -> str:
    rows = []
    for kind, about in PLANTED.items():
        own = _planted(outcomes, kind)
        if not own:
            continue
        storm = [one["named"][STORM_REGIME] for one in own if STORM_REGIME in one["named"]]
        elsewhere = [one for one in own if named(one) - {STORM_REGIME}]
        net = np.array([one["later_net_bp"] for one in storm])
        cost = float(np.mean([one["later_cost_bp"] for one in storm])) if storm else float("nan")
        error = net.std(ddof=1) / np.sqrt(len(net)) if len(net) > 1 else float("nan")
        rows.append(
            [
                f"{about.edge:.0%}",
                f"{len(storm)} of {len(own)}",
                str(rate_of([found(one) for one in own])),
                str(Rate(hits=len(elsewhere), count=len(own))),
                str(rate_of([one["p"] <= 0.10 for one in own])),
                f"{net.mean() + cost:+.1f}" if len(net) else "",
                f"{net.mean():+.1f} ± {error:.1f}" if len(net) else "",
            ]
        )
    head = [
        "edge: share of a storm's variance that comes back",
        f"a specialist for {STORM_REGIME}",
        "**found and named** (and its corrected p ≤ 0.10)",
        "another regime named too",
        "p over all regimes ≤ 0.10",
        "what it earns on a later market, bp a trade before costs",
        "after costs",
    ]
    return _table(head, rows)


def _coverage_table(outcomes: Outcomes) -> str:
    rows = []
    for kind, about in COVERED.items():
        own = of(outcomes, "coverage", kind)
        for name, words in COMPARED.items() if own else ():
            one = coverage(own, name)
            low, high = one.rate.bounds()
            rows.append(
                [
                    about.words,
                    words,
                    str(one.days),
                    f"{one.rate.hits} of {one.rate.count}: {one.rate.share:.1%} ({low:.1%} to {high:.1%})",
                    f"{one.below} below, {one.above} above",
                    f"{1e4 * one.truth:+.1f} ± {1e4 * one.truth_error:.1f}",
                    f"{1e4 * one.width:.0f}",
                ]
            )
    head = ["market", "difference", "test days", f"holds the truth (stated: {STATED:.0%})", "misses: interval lies",
            "truth, bp a day", "mean width, bp a day"]  # fmt: skip
    note = f"A line counts as missed where the {COVERAGE_CONFIDENCE:.1%} interval of the share leaves {STATED:.0%} out."
    return f"{_table(head, rows)}\n\n{note}"
