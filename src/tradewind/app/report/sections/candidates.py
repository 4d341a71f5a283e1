"""Report sections on what was searched: the candidate table, the field it was picked from, and what was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tradewind.app.charts import Histogram, Mark, binned
from tradewind.app.charts.scales import BASIS_POINTS, R_MULTIPLE
from tradewind.app.report.blocks import Block, Cell, Column, Figure, Missing, Prose, Section, Table
from tradewind.app.report.formats import MISSING, count, number, percent, signed, trades, win_rate
from tradewind.app.report.subject import OPTIMISTIC, Subject, parameters_text


def leaderboard_section(subject: Subject) -> Section:
    """The best of the candidate table, as a whole and by regime."""
    accounts, leaders = subject.summary["accounts"], subject.summary["leaderboard"]
    sample = f"{OPTIMISTIC} The first {len(leaders)} of N = {count(accounts['configurations'])} configurations"
    basis = subject.basis(sample)
    lead = (
        f"Of {count(accounts['configurations'])} [configurations](#configuration) the table shows the best "
        f"{len(leaders)}. The best of so many looks good whether it is or not, so none of these figures is a result; "
        "they only say what would be picked next."
    )
    blocks: list[Block] = [
        Prose(OPTIMISTIC, strong=True),
        _leaders(leaders, basis),
        _cells(subject, basis),
        _parameters(leaders, basis),
    ]
    return Section("leaderboard", "Leaderboard", lead, blocks)


def _places(leaders: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(i) if one["eligible"] else "few trades" for i, one in enumerate(leaders, 1)]


def _leaders(leaders: Sequence[Mapping[str, Any]], basis: str) -> Table:
    columns = (
        Column("place", "eligible"), Column("configuration", "configuration", words=True), Column("trades"),
        Column("win rate %", "win-rate"), Column("robust score / even", "robust-score"),
        Column("robust edge R", "robust-edge"), Column("paid bp", "cost-model"),
        Column("break-even bp", "break-even-cost"), Column("filled", "fill-rate"), Column("stability", "stability"),
        Column("profit factor", "profit-factor"), Column("Sharpe a year", "sharpe"),
        Column("deepest fall", "drawdown"),
    )  # fmt: skip
    rows = [
        (
            place, one["name"], trades(one["trades"]), win_rate(one),
            f"{number(one['robust_score'], 3)} / {number(one['break_even_score'], 3)}",
            signed(one["robust_edge"], 3), number(one["cost_bps"], 1), number(one["break_even_cost_bps"], 1),
            percent(one["fill_rate"]), signed(one["stability"]), number(one["profit_factor"]),
            signed(one["sharpe_per_year"]), percent(one["max_drawdown"], 1),
        )
        for place, one in zip(_places(leaders), leaders, strict=True)
    ]  # fmt: skip
    return Table(
        title="Best candidates over all test days", columns=columns, rows=rows, caption=basis,
        terms=("candidates", "robust-edge", "robust-score", "stability", "eligible", "break-even-cost", "few-trades"),
    )  # fmt: skip


def _cells(subject: Subject, basis: str) -> Table:
    weights, leaders = subject.summary["weights"], subject.summary["leaderboard"]
    shown = [name for name, weight in weights.items() if weight > 0]
    left_out = [name for name, weight in weights.items() if not weight > 0]
    rows = [
        (place, *(cell for name in shown for cell in _cell(one["cells"][name])))
        for place, one in zip(_places(leaders), leaders, strict=True)
    ]
    columns = (
        Column("place"),
        *(column for name in shown for column in (Column(f"{name} edge R", "robust-edge"), Column("trades"))),
    )
    under = f" Under 5 % of the bars and so without weight: {', '.join(left_out)}." if left_out else ""
    return Table(
        title="The same by regime", columns=columns, rows=rows, caption=basis + under,
        terms=("regime", "robust-edge", "few-trades"),
    )  # fmt: skip


def _cell(cell: Mapping[str, Any]) -> tuple[str, Cell]:
    return signed(cell["edge"], 3), Cell(count(cell["trades"]), few=cell["small"])


def _parameters(leaders: Sequence[Mapping[str, Any]], basis: str) -> Table:
    names = list(dict.fromkeys(name for one in leaders for name in one["parameters"]))
    columns = (
        Column("place"),
        Column("number"),
        *(Column(name, words=isinstance(leaders[0]["parameters"].get(name), str)) for name in names),
    )
    rows = [
        (place, count(one["number"]), *(_value(one["parameters"].get(name)) for name in names))
        for place, one in zip(_places(leaders), leaders, strict=True)
    ]
    return Table(
        title="Their settings", columns=columns, rows=rows, caption=basis, terms=("configuration",), folded=True
    )


def _value(value: object) -> str:
    return MISSING if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def field_section(subject: Subject) -> Section:
    """Where the best stands in the field of all configurations, and what costs they could bear."""
    summary = subject.summary
    accounts, spread = summary["accounts"], summary["distribution"]
    table = subject.run.table("candidates")
    eligible = table["eligible"].to_numpy(zero_copy_only=False).astype(bool)
    lead = (
        "A single good configuration among thousands of bad ones is what luck looks like. A real effect lifts many at "
        "once, and it has to be larger than what trading costs."
    )
    if not eligible.any():
        why = f"none of {count(accounts['configurations'])} configurations traded often enough to be judged"
        blocks: list[Block] = [Missing("The field", why, "Give more history, or settings that trade more often")]
        return Section("field", "The whole field, and what it costs to trade", lead, blocks)
    sample = f"N = {count(int(eligible.sum()))} eligible of {count(accounts['configurations'])} configurations"
    basis = subject.basis(f"{OPTIMISTIC} {sample}")
    edges = table["robust_edge"].to_numpy()[eligible]
    blocks = [
        Prose(
            f"{percent(spread['positive_share'], 1)} of the eligible configurations have a positive robust edge; the "
            f"middle one has {signed(spread['robust_edge']['p50'], 3)} R, the best "
            f"{signed(spread['robust_edge']['p100'], 3)} R."
        ),
        Figure(
            title="Robust edge of every eligible configuration",
            chart=_histogram(edges, "Robust edge of all eligible configurations", R_MULTIPLE, "robust edge, R a trade",
                             (Mark(0.0, "earns nothing", "quiet"), Mark(float(edges.max()), "the best"))),
            caption=basis,
            terms=("robust-edge", "eligible", "candidates"),
        ),
        *_costs(subject, table, eligible, basis),
        _luckiest(subject),
    ]  # fmt: skip
    return Section("field", "The whole field, and what it costs to trade", lead, blocks)


def _costs(subject: Subject, table: Any, eligible: Any, basis: str) -> list[Block]:
    net, cost = (1e4 * table[name].to_numpy()[eligible] for name in ("mean_net_return", "mean_cost"))
    bears = net + cost
    share, middle_cost, most = float((bears > cost).mean()), float(np.median(cost)), float(bears.max())
    text = (
        f"A trade costs {number(middle_cost, 1)} bp in the middle of the field. Before costs the middle configuration "
        f"earns {signed(float(np.median(bears)), 1)} bp a trade and the best {signed(most, 1)} bp: that is the cost "
        f"each could bear. {percent(share, 1)} of them can bear what trading costs."
    )
    chart = _histogram(
        bears, "Break-even cost of all eligible configurations", BASIS_POINTS, "break-even cost, bp a round trip",
        (Mark(middle_cost, "cost paid (middle)", "quiet"), Mark(most, "the most any could bear")),
    )  # fmt: skip
    return [
        Prose(text),
        Figure(
            title="The cost at which each configuration would earn nothing",
            chart=chart,
            say="Right of the cost paid: earns money. Left of it: it finds less than it costs to trade.",
            caption=basis,
            terms=("break-even-cost", "cost-model"),
        ),
    ]


def _histogram(values: Any, title: str, unit: Any, x_name: str, marks: Sequence[Mark]) -> Histogram:
    edges, counts = binned(values.tolist())
    return Histogram(
        title=title, edges=edges, counts=counts, marks=marks, unit=unit, x_name=x_name, y_name="configurations"
    )


def _luckiest(subject: Subject) -> Block:
    accounts, days = subject.summary["accounts"], subject.summary["windows"]["test_days"]
    years = accounts["minimum_backtest_length_years"]
    if years is None:
        return Missing("What the luckiest would show", "one configuration alone cannot be the luckiest of many")
    return Prose(
        f"The best of {count(accounts['configurations'])} worthless configurations, were they independent, would show "
        f"a [Sharpe ratio](#sharpe) of about {number(accounts.get('luckiest_sharpe_per_year'), 1)} a year in these "
        f"{count(days)} test days. Only {number(years, 1)} years of data would bring that down to 1 "
        "([minimum backtest length](#backtest-length))."
    )


def chosen_section(subject: Subject) -> Section:
    """The specialists by detector and regime, and the static baseline."""
    lead = "What would be traded next, picked on all test days. Where no configuration earned its costs, nothing is."
    static = subject.summary["static"]
    settings = parameters_text(static["parameters"])
    sample = f"{OPTIMISTIC} Of the walks under each regime's mask; compared: how many were"
    blocks: list[Block] = [
        _specialists(subject, subject.basis(sample)),
        Prose(f"[Static baseline](#static): {static['name']}{f' ({settings})' if settings else ''}."),
    ]
    return Section("chosen", "What was chosen", lead, blocks)


def _specialists(subject: Subject, basis: str) -> Table:
    detectors = subject.summary["regimes"]
    rows = [
        (
            detectors[d]["detector"] if i == 0 else "", one["regime"], one["name"], parameters_text(one["parameters"]),
            trades(one["trades"]) if one["number"] >= 0 else MISSING, percent(one["fill_rate"]), signed(one["edge"], 3),
            signed(one["edge_10th"], 3), signed(one["edge_50th"], 3), signed(one["edge_last"], 3),
            count(one["compared"]),
        )
        for d, row in enumerate(subject.summary["specialists"])
        for i, one in enumerate(row)
    ]  # fmt: skip
    columns = (
        Column("detector", "regime", words=True), Column("regime", "regime", words=True),
        Column("specialist", "specialist", words=True), Column("settings", words=True, wraps=True), Column("trades"),
        Column("filled", "fill-rate"), Column("edge R", "robust-edge"), Column("10th best"), Column("50th"),
        Column("last"), Column("compared"),
    )  # fmt: skip
    return Table(
        title="Specialists: the best per regime", columns=columns, rows=rows,
        caption=basis + " Edges of the 10th, the 50th and the last of those compared show how far the best stands out. "
        "The first detector's specialists are the ones that trade.",
        terms=("specialist", "regime", "stand-aside", "robust-edge", "few-trades"),
    )  # fmt: skip
