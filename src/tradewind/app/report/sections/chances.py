"""Report sections on what else could have happened: intervals, Monte Carlo fans, and the hold-out."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.app.charts import Fan, Line, Lines
from tradewind.app.charts.scales import Unit
from tradewind.app.report.blocks import Block, Cell, Column, Figure, Missing, Prose, Section, Table
from tradewind.app.report.formats import (
    MISSING,
    chance,
    count,
    gain,
    interval,
    number,
    percent,
    signed,
    trades,
    win_rate,
)
from tradewind.app.report.subject import Subject
from tradewind.app.validation import Interval, Intervals
from tradewind.model.time import utc_day

RECORDS = (("switch", "switch"), ("static", "best static"))
BANDS = (("p1", "p99", "98 of 100 paths"), ("p5", "p95", "90 of 100 paths"), ("p25", "p75", "half of the paths"))
METHODS = (
    ("blocks", "Whole stretches of days drawn again"),
    ("bootstrap", "Single trades or days drawn again"),
    ("shuffle", "The same in another order"),
)
LOG_FROM = 4.0


def chances_section(subject: Subject) -> Section:
    """Intervals of the record and Monte Carlo of its trades."""
    lead = (
        "The record is one path among many that the same trades could have taken. These figures show how far it could "
        "have gone otherwise."
    )
    title, found = "What else could have happened", subject.validation
    if found is None:
        missing = Missing(
            "Intervals and Monte Carlo paths",
            "this run has not been validated",
            f"`tradewind validate {subject.run.run_id}` makes them",
        )
        return Section("chances", title, lead, [missing])
    blocks: list[Block] = [_intervals(subject, found.intervals)]
    drawn = found.monte_carlo and found.monte_carlo["switch"]
    if found.monte_carlo is None:
        blocks.append(Missing("Monte Carlo", "it was left out of the validation", "Validate without leaving it out"))
    elif not drawn:
        blocks.append(Missing("Monte Carlo", "the procedure never traded, so there is nothing to draw from"))
    else:
        blocks += [_fan(subject, drawn[method], name) for method, name in METHODS]
        blocks.append(_outcomes(subject, found.monte_carlo))
    return Section("chances", title, lead, blocks)


def _intervals(subject: Subject, found: Intervals) -> Table:
    def row(name: str, one: Interval, factor: float, digits: int) -> Sequence[str]:
        value = None if one.value is None else one.value * factor
        return (
            name, number(value, digits), interval(one.low, one.high, digits, factor), count(one.days),
            f"{count(one.block_days)} d" if one.block_days else MISSING,
        )  # fmt: skip

    rows = [
        row("Sharpe ratio a year", found.sharpe_per_year, 1, 2),
        row("profit factor", found.profit_factor, 1, 2),
        row("deepest fall, %", found.max_drawdown, 100, 1),
        row("switch − best static, bp a day", found.switch_minus_static, 1e4, 2),
        row("switch − standing aside, bp a day", found.switch_minus_aside, 1e4, 2),
        row("best static − standing aside, bp a day", found.static_minus_aside, 1e4, 2),
    ]
    columns = (
        Column("of the procedure (switch)", "procedure", words=True), Column("value"),
        Column("95 %", "bootstrap-interval"), Column("days"), Column("block"),
    )  # fmt: skip
    sample = f"N = {count(subject.summary['procedure']['switch']['trades'])} trades of the switch"
    return Table(
        title="How sure the record's figures are", columns=columns, rows=rows, caption=subject.basis(sample),
        terms=("bootstrap-interval", "sharpe", "profit-factor", "drawdown", "comparison"),
    )  # fmt: skip


def _fan(subject: Subject, one: Mapping[str, Any], name: str) -> Figure:
    fan = one["fan"]
    values = [value for low, high, _ in BANDS for value in (*fan[low], *fan[high])]
    log = min(values) > 0 and max(values) / min(values) > LOG_FROM
    block = f" in blocks of {number(one['block_days'], 1)} days on average" if one["block_days"] else ""
    sample = (
        f"N = {count(one['paths'])} paths of {count(one['units'])} {one['unit']}s ({count(one['trades'])} trades)"
        f"{block}, seed {one['seed']}"
    )
    chart = Lines(
        title=f"Monte Carlo fan: {name}",
        x=fan["units"],
        lines=(Line("middle", fan["p50"], "quiet"), Line("real", fan["real"], "first")),
        fans=[Fan(said, fan[low], fan[high]) for low, high, said in BANDS],
        unit=Unit(1.0, " ×"),
        time=False,
        x_name=f"{one['unit']}s",
        log=log,
        level=1.0,
        height=230,
    )
    return Figure(
        title=name,
        chart=chart,
        say=f"{one['answers']}. Bands: 98, 90 and 50 of 100 paths.",
        caption=subject.basis(sample),
        terms=("monte-carlo", "procedure"),
    )


def _outcomes(subject: Subject, found: Mapping[str, Any]) -> Table:
    rows: list[Sequence[str | Cell]] = []
    for record, called in RECORDS:
        for i, (method, _) in enumerate(METHODS if found[record] else ()):
            one = found[record][method]
            returns, falls = one["return"], one["max_drawdown"]
            rows.append(
                (
                    called if i == 0 else "", method,
                    *(gain(returns[q]) if returns else MISSING for q in ("p5", "p50", "p95")),
                    *(percent(falls[q], 1) for q in ("p50", "p95", "p99")),
                    chance(one["loss_probability"]), chance(one["ruin_probability"]),
                )
            )  # fmt: skip
    columns = (
        Column("record", words=True), Column("paths by", "monte-carlo", words=True), Column("return: 5 of 100 below"),
        Column("middle"), Column("5 of 100 above"), Column("deepest fall: middle", "drawdown"),
        Column("5 of 100 deeper"), Column("1 of 100 deeper"), Column("chance of a loss"),
        Column("chance of ruin", "monte-carlo"),
    )  # fmt: skip
    one = next(iter(found[next(r for r, _ in RECORDS if found[r])].values()))
    sample = f"N = {count(one['paths'])} paths each; ruin: equity touches {percent(one['ruin'])} of its start"
    return Table(
        title="Where the paths end", columns=columns, rows=rows, caption=subject.basis(sample),
        terms=("monte-carlo", "return", "drawdown"),
    )  # fmt: skip


def hold_out_section(subject: Subject) -> Section:
    """What the run's choices did in the hold-out, or that it is still closed."""
    start = utc_day(subject.summary["data"]["hold_out_start_ms"])
    lead = f"The last part of the data, from {start} on, was locked before the first search and read by none."
    held, title = subject.hold_out, "The locked hold-out"
    if held.opening is None:
        why = (
            "the run chose nobody for any regime, so there is nothing to try on it"
            if held.nothing_to_trade
            else "it has not been opened for this run"
        )
        remedy = (
            "" if held.nothing_to_trade else f"`tradewind holdout {subject.run.run_id}` opens it; every look is counted"
        )
        return Section("hold-out", title, lead, [Missing("The hold-out", why, remedy)])
    looks = Prose(
        f"Opened {held.opening.opened_at} for this run, as look number {held.opening.nth}; {count(held.runs)} "
        f"run{'s have' if held.runs > 1 else ' has'} looked by now. The more looks, the more luck."
    )
    if held.result is None:
        why = "its opening was interrupted"
        return Section("hold-out", title, lead, [looks, Missing("The result", why, "Open it again: it counts once")])
    return Section("hold-out", title, lead, [*_warned(held.result), looks, _tried(subject, held.result)])


def _warned(result: Mapping[str, Any]) -> list[Block]:
    if result["chosen_to_trade"]:
        return []
    text = "The search's own result was to stand aside: these specialists were not recommended."
    return [Prose(text, strong=True)]


def _tried(subject: Subject, result: Mapping[str, Any]) -> Table:
    columns = (
        Column("", words=True), Column("days"), Column("trades"), Column("win rate %", "win-rate"),
        Column("mean R", "r-multiple"), Column("profit factor", "profit-factor"), Column("Sharpe a year", "sharpe"),
        Column("95 %", "sharpe"), Column("return", "return"), Column("deepest fall", "drawdown"),
    )  # fmt: skip
    rows = [
        (
            name, count(one["days"]), trades(one["trades"]), win_rate(one), signed(one["mean_r"], 3),
            number(one["profit_factor"]), signed(one["sharpe_per_year"]),
            interval(one["sharpe_low"], one["sharpe_high"]), gain(one["return"]), percent(one["max_drawdown"], 1),
        )
        for name, one in (("switch", result["switch"]), ("best static", result["static"]))
    ]  # fmt: skip
    span = f"{utc_day(result['start_ms'])} to {utc_day(result['end_ms'])}"
    return Table(
        title="What the choices did there", columns=columns, rows=rows,
        caption=subject.basis(f"N = {count(result['switch']['trades'])} trades of the switch, {span}", windows=False),
        terms=("hold-out", "switch", "static", "sharpe", "few-trades"),
    )  # fmt: skip
