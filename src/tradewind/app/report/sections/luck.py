"""Report section on luck: altered markets, the deflated Sharpe ratio, overfitting, superior ability, the plateau."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.app.charts import Histogram, Mark, Range, Ranges, binned
from tradewind.app.charts.scales import R_MULTIPLE
from tradewind.app.judged import share_on_plateaus
from tradewind.app.report.blocks import Block, Column, Fact, Facts, Figure, Missing, Prose, Section, Table
from tradewind.app.report.formats import chance, count, number, percent, signed
from tradewind.app.report.subject import OPTIMISTIC, Subject, parameters_text
from tradewind.app.validation import Overfitting, Plateau, Validation, known

TITLE = "Could it be luck?"
LEAD = (
    "Among thousands of tries the best one always looks good. Each test here asks in its own way whether this best one "
    "is better than that."
)


def luck_section(subject: Subject) -> Section:
    """All tests of luck, or what to run for them."""
    found = subject.validation
    if found is None:
        blocks: Sequence[Block] = [
            Missing(
                "The tests of luck (altered markets, deflated Sharpe ratio, overfitting, neighbours)",
                "this run has not been validated",
                f"`tradewind validate {subject.run.run_id}` makes them",
            )
        ]
        return Section("luck", TITLE, LEAD, blocks)
    blocks = [
        _tiles(found),
        *_altered(subject, found.luck),
        *_deflated(subject, found),
        *_overfitting(subject, found.overfitting),
        _superior(subject, found),
        *_plateaus(subject, found.plateaus),
    ]
    return Section("luck", TITLE, LEAD, blocks)


def _tiles(found: Validation) -> Facts:
    marks, best, record = found.settings.thresholds, found.deflated_sharpe, found.track_record
    needed = _days(record.minimum_days) + ("" if record.minimum_days is None else " are needed")
    p = None if found.luck is None else found.luck["p"]
    return Facts(
        (
            Fact(
                "As good on markets of chance",
                chance(p),
                "not tested" if p is None else f"of the time; asked: {chance(marks.luck_promising)} or less",
                "luck-test",
            ),
            Fact(
                "The past's best fails later",
                chance(found.overfitting.probability),
                f"of the time; blind: 50 %, asked: {chance(marks.overfitting_promising)} or less",
                "pbo",
            ),
            Fact(
                "Better than the luckiest",
                chance(best.deflated),
                f"the chance of it; asked: {chance(marks.deflated_promising)} or more",
                "dsr",
            ),
            Fact("Days the procedure traded", count(record.days), needed, "track-record"),
            Fact(
                "Earned on plateaus",
                percent(known(share_on_plateaus(found.plateaus))),
                "of what those chosen earned; asked: 70 % or more",
                "plateau",
            ),
            Fact("Things tried (N)", count(found.trials.in_ledger), _effective(found), "trials"),
        ),
        terms=("luck-test", "pbo", "dsr", "track-record", "plateau", "trials", "effective-trials"),
    )


def _altered(subject: Subject, found: Mapping[str, Any] | None) -> list[Block]:
    """The best of the real market among the bests of altered ones, as a whole and by regime."""
    if found is None:
        return [Missing("The luck test", "it was left out of the validation", "Validate without leaving it out")]
    others = [value for value in found["statistics"] if value is not None]
    if not others or found["statistic"] is None:
        nothing = "the real market" if found["statistic"] is None else "any of the altered markets"
        why = f"nothing was eligible on {nothing}; p = {number(found['p'], 3)}"
        return [Missing("The histogram of the luck test", why)]
    asked, made = found["statistic"], found["alterations"]
    edges, counts = binned(others, 30)
    better = sum(value >= asked for value in others)
    chart = Histogram(
        title="Best statistic of each altered market, and the real one",
        edges=edges,
        counts=counts,
        marks=(Mark(asked, "the real market"),),
        x_name="best T of the whole search on a market; larger is better",
        y_name="altered markets",
    )
    idle = made - len(others)
    figure = Figure(
        title="The same search on markets of chance",
        chart=chart,
        say=(
            f"Each bar counts altered markets by the best the search found there. On {count(better)} of {count(made)} "
            f"it found at least as much as on the real one: p = (1 + {count(better)}) ÷ (1 + {count(made)}) = "
            f"{number(found['p'], 3)}."
            + (f" On {count(idle)} of them nothing was eligible; they are not drawn." if idle else "")
        ),
        caption=subject.basis(
            f"{found['about'].rstrip('.')}. N = {count(made)} altered markets, the whole search repeated on each "
            f"over {_span(found)}, seed {found['seed']}"
        ),
        terms=("luck-test", "p-value"),
    )
    return [figure, _altered_regimes(subject, found)]


def _span(found: Mapping[str, Any]) -> str:
    """The days that the luck test searched."""
    return "all days" if found["days"] is None else f"the last {count(found['days'])} days"


def _altered_regimes(subject: Subject, found: Mapping[str, Any]) -> Table:
    rows = [
        (one["regime"], number(one["statistic"], 2), number(one["p"], 3), number(one["corrected_p"], 3))
        for one in found["regimes"]
    ]
    columns = (
        Column("regime", "regime", words=True), Column("best specialist's T", "luck-test"), Column("p", "p-value"),
        Column("p, all regimes looked at", "luck-test"),
    )  # fmt: skip
    sample = f"N = {count(found['alterations'])} altered markets over {_span(found)}, seed {found['seed']}"
    return Table(
        title="The same for each regime's best specialist", columns=columns, rows=rows, caption=subject.basis(sample),
        terms=("luck-test", "p-value", "specialist", "regime"),
    )  # fmt: skip


def _effective(found: Validation) -> str:
    effective = found.trials.effective
    return "" if effective is None else f"like {number(effective, 1)} independent ones"


def _deflated(subject: Subject, found: Validation) -> list[Block]:
    best, trials = found.deflated_sharpe, found.trials
    if best.sharpe_per_year is None or best.luck_sharpe_per_year is None:
        return [
            Missing(
                "The deflated Sharpe ratio", "the best candidate, or the luck of so many tries, has no Sharpe ratio"
            )
        ]
    name = f"{best.name} ({parameters_text(best.parameters)})"
    said = Prose(
        f"The best candidate, {name}, shows a [Sharpe ratio](#sharpe) of {signed(best.sharpe_per_year)} a year. The "
        f"best of {count(trials.in_ledger)} worthless tries, told apart by luck, would show about "
        f"{signed(best.luck_sharpe_per_year)}. The chance that the true one is above that is {chance(best.deflated)} "
        f"([DSR](#dsr)); with the {number(trials.effective, 1)} independent tries they amount to it is "
        f"{chance(best.deflated_effective)}; had nothing else been tried, {chance(best.probabilistic)} ([PSR](#psr)). "
        f"If all that tells these ratios apart were luck, the luckiest would show "
        f"{signed(best.uncapped_luck_sharpe_per_year)}, and the chance would be {chance(best.deflated_uncapped)}."
    )
    rows = [
        ("Sharpe ratio a year (a day)", f"{signed(best.sharpe_per_year)} ({signed(best.sharpe_per_day, 4)})"),
        ("luckiest of N", f"{signed(best.luck_sharpe_per_year)} ({signed(best.luck_sharpe_per_day, 4)})"),
        ("N, distinct trials in the ledger", count(trials.in_ledger)),
        ("trials of this search", f"{count(trials.configurations)} configurations × {count(trials.labels)} labels"),
        ("effective trials", f"{number(trials.effective, 1)} (from {count(trials.effective_of)} configurations)"),
        ("deviation of ratios a day", f"{number(trials.spread_per_day, 4)} (over {count(trials.spread_of)})"),
        ("days, trades", f"{count(best.days)}, {count(best.trades)}"),
        ("skew, raw kurtosis of daily returns", f"{signed(best.skew)}, {number(best.kurtosis)}"),
        ("DSR with N", chance(best.deflated)),
        ("DSR with effective trials", chance(best.deflated_effective)),
        ("luckiest of N, the whole deviation taken for luck",
         f"{signed(best.uncapped_luck_sharpe_per_year)} ({signed(best.uncapped_luck_sharpe_per_day, 4)})"),
        ("DSR against that", chance(best.deflated_uncapped)),
        ("PSR against 0", chance(best.probabilistic)),
        ("minimum track record, best candidate", _days(best.minimum_track_record_days)),
        ("minimum track record, procedure", _days(found.track_record.minimum_days)),
        ("minimum backtest length for N", f"{number(best.minimum_backtest_years, 1)} years; there are "
                                          f"{number(best.test_years, 1)}"),
    ]  # fmt: skip
    table = Table(
        title="The numbers behind the deflated Sharpe ratio",
        columns=(Column("", words=True), Column("")),
        rows=rows,
        caption=subject.basis(f"{OPTIMISTIC} N = {count(trials.in_ledger)} trials"),
        terms=("dsr", "psr", "trials", "effective-trials", "track-record", "backtest-length"),
        folded=True,
    )
    return [said, table]


def _days(days: float | None) -> str:
    return "no number of days would do" if days is None else f"{count(math.ceil(days))} days"


def _overfitting(subject: Subject, found: Overfitting) -> list[Block]:
    if found.probability is None or not found.logits:
        return [
            Missing("The test of overfitting", "there are too few configurations or stretches of time to cut in halves")
        ]
    worse = sum(logit < 0 for logit in found.logits)
    edges, counts = binned(found.logits)  # zero, the middle, is an edge of them
    sample = (
        f"N = {count(found.splits)} ways to halve {found.groups} stretches of time, {count(found.configurations)} "
        "eligible configurations, judged by mean R ÷ its deviation"
    )
    chart = Histogram(
        title="Logits of the chosen one's rank out of sample",
        edges=edges,
        counts=counts,
        marks=(Mark(0.0, "the middle of the field", "quiet"),),
        x_name="logit of the rank out of sample: worse half on the left, better half on the right",
        y_name="ways to halve",
    )
    slope = (
        ""
        if found.slope is None
        else f" A ratio higher by 1 in sample came with {signed(found.slope)} out of sample"
        + (" (degradation: the better it looked, the worse it did)." if found.slope < 0 else ".")
    )
    return [
        Figure(
            title="Where the best of one half of history ends in the other half",
            chart=chart,
            say=(
                f"In {count(worse)} of {count(len(found.logits))} ways the chosen one fell into the worse half: "
                f"[PBO](#pbo) {chance(found.probability)}; picking blindly gives 50 %. In {percent(found.loss_share)} "
                f"of the ways it lost money.{slope}"
            ),
            caption=subject.basis(sample),
            terms=("pbo", "logit", "eligible"),
        )
    ]


def _superior(subject: Subject, found: Validation) -> Block:
    tested = found.superior
    if tested.consistent is None:
        return Missing("The test of superior ability (SPA)", "there are too few days or configurations to compare")
    rows = [
        ("SPA, consistent", number(tested.consistent, 3)),
        ("SPA, lower and upper bound", f"{number(tested.lower, 3)} to {number(tested.upper, 3)}"),
        ("White's reality check", number(tested.reality_check, 3)),
    ]
    sample = (
        f"N = {count(tested.compared)} of {count(tested.eligible)} eligible configurations, spread evenly over their "
        f"numbers; against {tested.benchmark}; {count(tested.resamples)} draws in blocks of "
        f"{count(tested.block_days)} days"
    )
    return Table(
        title="Is the best better than standing aside, its choice allowed for?",
        columns=(Column("", words=True), Column("p-value", "p-value")),
        rows=rows,
        caption=subject.basis(sample),
        terms=("spa", "p-value"),
    )


def _plateaus(subject: Subject, plateaus: Sequence[Plateau]) -> list[Block]:
    if not plateaus:
        return [Missing("The neighbours of the best", "nobody is eligible")]
    return [_plateau(subject, one) for one in plateaus]


def _plateau(subject: Subject, found: Plateau) -> Block:
    who = "best candidate" if found.regime is None else f"{found.regime} specialist"
    if not found.neighbours or found.edge is None:
        return Missing(f"The neighbours of the {who}", "it has no neighbouring settings among those searched")
    edge = "robust edge" if found.regime is None else f"edge in {found.regime}"
    rows = [Range(f"the {who}", found.edge, strong=True)] + [
        Range(f"{one.parameter} {one.value:g}", math.nan if one.edge is None else one.edge) for one in found.neighbours
    ]
    verdict = {True: "a plateau", False: "no plateau", None: "unknown"}[found.passed]
    return Figure(
            title=f"Slightly different settings: the {who}",
            chart=Ranges(
                title=f"{edge[0].upper()}{edge[1:]} of the {who} and its neighbours", rows=rows, unit=R_MULTIPLE,
                marks=(Mark(0.0, "earns nothing", "quiet"), Mark(found.edge / 2, "half of its own", "quiet"))
                if found.edge > 0 else (Mark(0.0, "earns nothing", "quiet"),),
                x_name=f"{edge}, R a trade",
            ),
            say=(
                f"One setting at a time, one step away. {percent(found.positive_share)} earn, their "
                f"middle is {signed(found.median_edge, 3)} R"
                + (f", {percent(found.median_of_peak)} of its own" if found.median_of_peak is not None else "")
                + f": {verdict}."
            ),
            caption=subject.basis(f"{OPTIMISTIC} N = {count(len(found.neighbours))} neighbours"),
            terms=("plateau", "robust-edge"),
        )  # fmt: skip
