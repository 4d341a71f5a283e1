"""What a validation found, in the terminal: the verdict with its reasons first, then the figures behind them."""

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tradewind.app.judged import share_on_plateaus
from tradewind.app.judgement import HEADLINES, meaning_of
from tradewind.app.validation import Interval, Plateau, Validation, known
from tradewind.cli.output import print_line
from tradewind.cli.stress import print_stress
from tradewind.cli.tables import print_table
from tradewind.cli.words import MISSING, number, percent, signed
from tradewind.evidence.verdict import Reason

_MARKS = MappingProxyType({True: "✓", False: "✗", None: "?"})
_WIDTH = 116
_METHODS = MappingProxyType({"shuffle": "shuffled", "bootstrap": "drawn", "blocks": "drawn in blocks of days"})


def verdict_line(found: Validation | None, run_id: str) -> str:
    """The verdict on a run in one sentence, or how to get one."""
    if found is None:
        return f"Verdict: not validated yet: tradewind validate {run_id}"
    name = found.verdict.name
    return f"Verdict: {name.upper()}. {HEADLINES[name]} {meaning_of(found)}"


def print_validation(found: Validation) -> None:
    """The whole of it: a trader reads down to the first table, a statistician the rest."""
    print_line(verdict_line(found, found.run))
    decisive = found.verdict.decisive
    print_line("Because:" if found.verdict.name != "confirmed" else "All of it holds:")
    _reasons(decisive)
    others = [reason for reason in found.verdict.reasons if reason not in decisive]
    if others:
        print_line("Besides:")
        _reasons(others)
    print_line()
    _about(found)
    _chance(found)
    _overfitting(found)
    _intervals(found)
    _plateaus(found.plateaus)
    _luck(found.luck)
    _monte_carlo(found.monte_carlo)
    if found.stress is not None:
        print_stress(found.stress)
    _hold_out(found)
    print_line("Every figure is defined in docs/validation.md.")


def _reasons(reasons: tuple[Reason, ...] | list[Reason]) -> None:
    for reason in reasons:
        mark = _MARKS[reason.passed]
        print_line(textwrap.fill(reason.text, _WIDTH, initial_indent=f"  {mark} ", subsequent_indent="    "))


def _about(found: Validation) -> None:
    data, trials, costs = found.data, found.trials, found.costs
    if data.simulated:
        print_line(data.simulated)
    print_line(
        f"{', '.join(data.symbols)} ({data.venue}, {data.timeframe}): {data.years:.1f} years, {data.test_days:,} test "
        f"days in {data.windows} windows. Costs of a round trip at market {costs.round_trip_bps:.1f} bp."
    )
    print_line(
        f"Tried: {trials.configurations:,} configurations × {trials.labels} ways to use regimes = {trials.together:,} "
        f"trials; N = {trials.in_ledger:,} in the ledger of this market and time. {trials.eligible:,} configurations "
        "are eligible."
    )
    rows = [
        ("procedure", number(costs.procedure_paid_bps, 1), number(costs.procedure_break_even_bps, 1)),
        ("best candidate", number(costs.candidate_paid_bps, 1), number(costs.candidate_break_even_bps, 1)),
    ]
    print_table("Costs of a round trip, basis points", ("", ">paid", ">break-even"), rows)


def _chance(found: Validation) -> None:
    best, record, trials, superior = found.deflated_sharpe, found.track_record, found.trials, found.superior
    if best.configuration is None:
        print_line("No configuration is eligible: there is no best candidate.")
    else:
        print_line(f"Best candidate: {best.name} {best.parameters}")
    rows = [
        ("Sharpe ratio a year", signed(best.sharpe_per_year, 2), signed(record.sharpe_per_year, 2)),
        ("… of the luckiest of N worthless trials (SR₀)", signed(best.luck_sharpe_per_year, 2), ""),
        ("chance that the true one is above 0 (PSR)", _chance_of(best.probabilistic), _chance_of(record.probabilistic)),
        ("chance that it is above SR₀ (DSR), N trials", _chance_of(best.deflated), ""),
        (
            f"… at {number(trials.effective, 0)} effective trials of the {trials.effective_of:,} busiest",
            _chance_of(best.deflated_effective),
            "",
        ),
        ("SR₀ if all that tells configurations apart were luck", signed(best.uncapped_luck_sharpe_per_year, 2), ""),
        ("… chance that the true one is above that", _chance_of(best.deflated_uncapped), ""),
        ("trades", f"{best.trades:,}", f"{record.trades:,}"),
        ("days", f"{best.days:,}", f"{record.days:,}"),
        ("days it takes to tell it from 0", _days(best.minimum_track_record_days), _days(record.minimum_days)),
        ("skew", signed(best.skew, 2), signed(record.skew, 2)),
        ("kurtosis (3 is normal)", number(best.kurtosis, 1), number(record.kurtosis, 1)),
    ]
    print_table(
        "Luck of many trials. The best candidate was selected on these figures; the procedure never was",
        ("", ">best candidate", ">procedure"),
        rows,
    )
    print_line(
        f"The best of {trials.in_ledger:,} worthless trials shows a Sharpe ratio of 1 a year unless there are "
        f"{number(best.minimum_backtest_years, 1)} years of test; here are {best.test_years:.1f}."
    )
    print_line(
        f"Better than standing aside, the choice among {superior.compared:,} of {superior.eligible:,} eligible "
        f"configurations allowed for? Hansen's test p = {_p(superior.consistent)} (from {_p(superior.lower)} to "
        f"{_p(superior.upper)}), White's reality check p = {_p(superior.reality_check)}; small p speaks for skill."
    )
    print_line()


def _overfitting(found: Validation) -> None:
    one = found.overfitting
    rows = [
        ("best of one half in the worse half of the other (PBO; 50 % is chance)", _share(one.probability)),
        ("… lost money there", _share(one.loss_share)),
        ("slope of the other half on the one it was chosen in", signed(one.slope, 2)),
    ]
    title = (
        f"Overfitting: {one.configurations:,} eligible configurations, {one.splits:,} ways to halve {one.groups} groups"
    )
    print_table(title, ("", ">"), rows)


def _intervals(found: Validation) -> None:
    own, ratio = found.intervals, found.overfit_ratio
    rows = [
        ("Sharpe ratio a year", *_figures(own.sharpe_per_year, 2, 1.0)),
        ("profit factor", *_figures(own.profit_factor, 2, 1.0)),
        ("deepest fall, %", *_figures(own.max_drawdown, 1, 100.0)),
        ("switch − best static, bp a day", *_figures(own.switch_minus_static, 2, 1e4)),
        ("switch − standing aside, bp a day", *_figures(own.switch_minus_aside, 2, 1e4)),
        ("best static − standing aside, bp a day", *_figures(own.static_minus_aside, 2, 1e4)),
    ]
    print_table("The procedure, with 95 % intervals from blocks of days", ("", ">", ">95 %", ">block"), rows)
    print_line(
        "Overfit ratio: "
        + (f"{ratio:.2f}, 1 is good." if ratio is not None else "undefined, nothing positive was chosen in sample.")
    )
    print_line()


def _figures(one: Interval, digits: int, times: float) -> tuple[str, str, str]:
    value, low, high = (None if x is None else x * times for x in (one.value, one.low, one.high))
    if low is None and high is None:
        return number(value, digits), MISSING, MISSING
    return number(value, digits), f"[{number(low, digits)} … {number(high, digits)}]", f"{one.block_days} d"


def _plateaus(plateaus: Sequence[Plateau]) -> None:
    for one in plateaus:
        who = "best candidate" if one.regime is None else f"{one.regime} specialist"
        where = "" if one.regime is None else f" in {one.regime}"
        if not one.neighbours:
            print_line(f"The {who} has no neighbours among what was searched: plateau or spike is not known.")
            print_line()
            continue
        rows = [(each.parameter, f"{each.value:g}", signed(each.edge, 3)) for each in one.neighbours]
        rows.insert(0, (who, "", signed(one.edge, 3)))
        print_table("Plateau or spike? One step away in one parameter", ("", ">value", f">edge R{where}"), rows)
        print_line(
            f"{_share(one.positive_share)} of the neighbours earn something{where} (70 % asked for); their median is "
            f"{_share(one.median_of_peak)} of the {who}'s edge (50 % asked for)."
        )
        print_line()
    if len(plateaus) > 1:
        share = _share(known(share_on_plateaus(plateaus)))
        print_line(f"Plateaus bring {share} of what the specialists earned in their regimes (70 % asked for).")
        print_line()


def _luck(luck: Mapping[str, Any] | None) -> None:
    if luck is None:
        print_line("Luck test: left out.")
        print_line()
        return
    rows = [
        (one["regime"], signed(one["statistic"], 2), _p(one["p"]), _p(one["corrected_p"])) for one in luck["regimes"]
    ]
    rows.insert(0, ("all together", signed(luck["statistic"], 2), _p(luck["p"]), ""))
    span = "all days" if luck["days"] is None else f"the last {luck['days']:,} days"
    title = f"Luck test: the same search over {span} on {luck['alterations']:,} altered markets ({luck['alteration']})"
    print_table(title, ("best of", ">t", ">p", ">p, all regimes looked at"), rows)


def _monte_carlo(found: Mapping[str, Any] | None) -> None:
    switch = (found or {}).get("switch")
    if switch is None:
        print_line("Monte Carlo: the procedure made no trade.")
        print_line()
        return
    rows = [
        (
            _METHODS.get(name, name), _quantiles(one["return"]), _quantiles(one["max_drawdown"]),
            percent(one["loss_probability"]), percent(one["ruin_probability"]),
        )
        for name, one in switch.items()
    ]  # fmt: skip
    first = next(iter(switch.values()))
    title = (
        f"Monte Carlo of the procedure's {first['trades']:,} trades, {first['paths']:,} paths: 5 %, half, 95 % of them"
    )
    print_table(title, ("", ">return", ">deepest fall", ">chance of loss", f">of touching {first['ruin']:.0%}"), rows)


def _quantiles(one: Mapping[str, float] | None) -> str:
    return MISSING if one is None else "  ".join(f"{one[key]:+.1%}" for key in ("p5", "p50", "p95"))


def _hold_out(found: Validation) -> None:
    one = found.hold_out
    if one.result is not None:
        earned = one.result["comparison"]["switch_minus_aside"]["mean"]
        text = f"this run's choices earned {signed(1e4 * earned, 2)} bp a day there."
    else:
        text = "this run opened it without a result." if one.opened else "this run has not opened it."
    print_line(f"Hold-out: opened by {one.runs} run{'' if one.runs == 1 else 's'} so far; {text}")


def _chance_of(value: float | None) -> str:
    return (
        MISSING if value is None else f"{value:.1%}" if 0.001 < value < 0.999 or value in (0.0, 1.0) else _edge(value)
    )


def _edge(value: float) -> str:
    return "< 0.1%" if value < 0.5 else "> 99.9%"


def _share(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0%}"


def _p(value: float | None) -> str:
    return number(value, 3)


def _days(value: float | None) -> str:
    return "never" if value is None else f"{value:,.0f}"
