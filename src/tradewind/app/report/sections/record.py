"""Report sections on what the procedure earned: both records, their equity, the comparison, and every window."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tradewind.app.charts import Line, Lines, Mark, Range, Ranges, Role
from tradewind.app.charts.scales import PERCENT, Unit
from tradewind.app.report.blocks import Block, Cell, Column, Fact, Facts, Figure, Missing, Section, Table
from tradewind.app.report.formats import (
    MISSING,
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
from tradewind.model.time import DAY_MS
from tradewind.stats.drawdown import equity_path

RECORDS = (("switch", "switch"), ("static", "best static"))
ROLES: tuple[Role, Role] = ("first", "second")
BP_A_DAY = Unit(1.0, " bp", signed=True)
LOG_FROM = 2.5  # highest ÷ lowest equity from which an axis of equal ratios reads better
NO_DIFFERENCE = Mark(0.0, "no difference", "quiet")


def procedure_section(subject: Subject) -> Section:
    """The headline record and its equity."""
    procedure = subject.summary["procedure"]
    switch, static = procedure["switch"], procedure["static"]
    sample = f"N = {count(switch['trades'])} trades of the switch, {count(static['trades'])} of the best static"
    basis = subject.basis(sample)
    blocks: list[Block] = [_tiles(subject), _records(subject, basis)]
    if switch["trades"] + static["trades"] == 0:
        blocks.append(
            Missing(
                "Equity, comparison and groups of trades",
                "in no window did anything earn its costs in sample, so nothing was ever traded out of sample",
                "That is a result: with these costs the method found nothing worth trying",
            )
        )
    else:
        blocks += [*_equity(subject, basis), *_comparison(subject, basis), _groups(subject, basis)]
    lead = (
        "What following the method honestly would have earned: choose on the past alone, trade the days that follow, "
        "move on. None of these days took part in any choice."
    )
    return Section("procedure", "What the method earned out of sample", lead, blocks)


def _tiles(subject: Subject) -> Facts:
    summary = subject.summary
    record, windows = summary["procedure"]["switch"], summary["windows"]
    ratio = summary["procedure"]["overfit_ratio"]
    return Facts(
        (
            Fact("Return of the account", gain(record["return"]), f"over {count(record['days'])} test days", "return"),
            Fact(
                "Sharpe ratio a year",
                signed(record["sharpe_per_year"]),
                f"95 %: {interval(record['sharpe_low'], record['sharpe_high'])}",
                "sharpe",
            ),
            Fact("Deepest fall", percent(record["max_drawdown"], 1), "from the highest point so far", "drawdown"),
            Fact(
                "Trades",
                count(record["trades"]),
                f"in {windows['traded_by_switch']} of {windows['count']} windows",
                "procedure",
            ),
            Fact(
                "Cost that leaves nothing",
                f"{number(record['break_even_cost_bps'], 1)} bp",
                f"a round trip paid {number(record['cost_bps'], 1)} bp",
                "break-even-cost",
            ),
            Fact("Promise kept", number(ratio), "out of sample ÷ in sample, 1 is good", "overfit-ratio"),
        ),
        terms=("procedure", "return", "sharpe", "drawdown", "break-even-cost", "overfit-ratio"),
    )


def _records(subject: Subject, basis: str) -> Table:
    windows = subject.summary["windows"]
    columns = (
        Column("", words=True), Column("windows traded", "walk-forward"), Column("trades"),
        Column("win rate %", "win-rate"), Column("mean R", "r-multiple"), Column("profit factor", "profit-factor"),
        Column("Sharpe a year", "sharpe"), Column("95 %", "sharpe"), Column("return", "return"),
        Column("deepest fall", "drawdown"), Column("paid bp", "cost-model"), Column("break-even bp", "break-even-cost"),
        Column("filled", "fill-rate"),
    )  # fmt: skip
    rows = [
        _record_row(name, subject.summary["procedure"][key], f"{windows[f'traded_by_{key}']} of {windows['count']}")
        for key, name in RECORDS
    ]
    return Table(
        title="Procedure record", columns=columns, rows=rows, caption=basis,
        terms=("procedure", "walk-forward", "switch", "static", "r-multiple", "win-rate", "profit-factor", "fill-rate"),
    )  # fmt: skip


def _record_row(name: str, record: Mapping[str, Any], traded: str) -> Sequence[str | Cell]:
    return (
        name, traded, trades(record["trades"]), win_rate(record), signed(record["mean_r"], 3),
        number(record["profit_factor"]), signed(record["sharpe_per_year"]),
        interval(record["sharpe_low"], record["sharpe_high"]) if record["sharpe_low"] is not None else MISSING,
        gain(record["return"]), percent(record["max_drawdown"], 1), number(record["cost_bps"], 1),
        number(record["break_even_cost_bps"], 1), percent(record["fill_rate"]),
    )  # fmt: skip


def _equity(subject: Subject, basis: str) -> list[Figure]:
    table = subject.run.table("procedure_days")
    days = table["day_ms"].to_numpy()
    paths = {key: equity_path(table[key].to_numpy()) for key, _ in RECORDS}
    # A path has the value before the first day, too: that of its midnight, each other at the end of its day.
    at = [float(days[0]), *(float(day + DAY_MS) for day in days.tolist())]
    lines = [
        Line(name, paths[key].tolist(), role)
        for (key, name), role in zip(RECORDS, ROLES, strict=True)
        if subject.summary["procedure"][key]["trades"]
    ]
    highest, lowest = (f(f(path) for path in paths.values()) for f in (max, min))
    log = highest / lowest > LOG_FROM
    falls = [
        Line(line.name, (np.asarray(line.y) / np.maximum.accumulate(line.y) - 1.0).tolist(), line.role, area=i == 0)
        for i, line in enumerate(lines)
    ]
    equity = Figure(
        title="Equity of the procedure, 1 at the start",
        chart=Lines(
            title="Equity of the procedure over its test days", x=at, lines=lines, unit=Unit(1.0, " ×"), log=log,
            level=1.0, height=280,
        ),
        say="The flat line at 1 is standing aside." + (" Equal heights are equal ratios." if log else ""),
        caption=basis,
        terms=("procedure", "return", "stand-aside"),
    )  # fmt: skip
    drawdown = Figure(
        title="How far below its highest point so far",
        chart=Lines(
            title="Drawdown of the procedure over its test days", x=at, lines=falls, unit=PERCENT, level=0.0, height=160
        ),
        caption=basis,
        terms=("drawdown",),
    )
    return [equity, drawdown]


def _comparison(subject: Subject, basis: str) -> list[Block]:
    compared = subject.summary["procedure"]["comparison"]
    names = (
        ("switch_minus_static", "switch − best static"),
        ("switch_minus_aside", "switch − standing aside"),
        ("static_minus_aside", "best static − standing aside"),
    )
    rows, lines = [], []
    for key, name in names:
        one = compared[key]
        mean, low, high = (math.nan if one[k] is None else 1e4 * one[k] for k in ("mean", "low", "high"))
        rows.append(Range(name, mean, low, high, strong=bool(one["clear"])))
        verdict = "too short to tell" if one["low"] is None else "clear" if one["clear"] else "not clear"
        lines.append((name, signed(mean), interval(one["low"], one["high"], 2, 1e4), f"{one['block_days']} d", verdict))
    columns = (
        Column("basis points a day", words=True), Column("mean", "comparison"), Column("95 %", "bootstrap-interval"),
        Column("block"), Column("", words=True),
    )  # fmt: skip
    chart = Ranges(title="Daily differences with their intervals", rows=rows, unit=BP_A_DAY, marks=(NO_DIFFERENCE,))
    return [
        Figure(
            title="Is switching worth it? Daily difference, same notional, 95 %",
            chart=chart,
            say="A bar that crosses 0 cannot be told from no difference.",
            terms=("comparison", "bootstrap-interval", "switch", "static", "stand-aside", "cost-model"),
        ),
        Table(title="", columns=columns, rows=lines, caption=basis),
    ]


def _groups(subject: Subject, basis: str) -> Table:
    by = subject.summary["procedure"]["switch"]["by"]
    rows = [
        (
            kind if i == 0 else "", name, trades(f["trades"]), win_rate(f), signed(f["mean_r"], 3),
            number(f["profit_factor"]),
        )
        for kind in ("regime", "exit", "side", "symbol")
        for i, (name, f) in enumerate((n, f) for n, f in by[kind].items() if f["trades"])
    ]  # fmt: skip
    columns = (
        Column("", words=True), Column("", words=True), Column("trades"), Column("win rate %", "win-rate"),
        Column("mean R", "r-multiple"), Column("profit factor", "profit-factor"),
    )  # fmt: skip
    return Table(
        title="The switch's trades by regime, exit, side and symbol", columns=columns, rows=rows, caption=basis,
        terms=("regime", "win-rate", "r-multiple", "profit-factor", "few-trades"), folded=False,
    )  # fmt: skip
