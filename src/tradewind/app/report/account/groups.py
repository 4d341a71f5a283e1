"""The section of a backtest's page on where the result came from: one table a question, each summing to the whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tradewind.app.charts import Histogram, Mark, binned
from tradewind.app.charts.scales import R_MULTIPLE
from tradewind.app.report.account.subject import Account, gained, money
from tradewind.app.report.blocks import Block, Cell, Column, Figure, Missing, Section, Table
from tradewind.app.report.formats import count, number, signed, trades, win_rate

KINDS = (
    ("strategy", "By strategy", "account-strategies"),
    ("asset", "By symbol", ""),
    ("side", "By direction", ""),
    ("regime", "By market regime at the signal", "regime"),
    ("exit", "By reason of exit", "exit-reason"),
    ("month", "By month of the entry", ""),
    ("session", "By session of the entry", "session"),
)
_R_SHOWN = 5.0  # beyond it a trade counts at the edge, or one outlier would press all others together


def groups_section(account: Account) -> Section:
    """Every breakdown, and how trades spread around their mean."""
    lead = (
        "The same trades, sorted by one question after the other. Each table counts every closed trade once, so its "
        "last line is always the same."
    )
    title = "Where the result came from"
    if account.whole["trades"] == 0:
        nothing = Missing("Breakdowns", "no trade was closed", "Choose another time range or other settings")
        return Section("groups", title, lead, [nothing])
    blocks: list[Block] = [_table(account, kind, heading, term) for kind, heading, term in KINDS]
    return Section("groups", title, lead, [*blocks, _spread(account)])


def _table(account: Account, kind: str, title: str, term: str) -> Table:
    columns = (
        Column("", term, words=True) if term else Column("", words=True), Column("trades"),
        Column("win rate %", "win-rate"), Column(f"net {account.quote}", "net-result"), Column("mean R", "r-multiple"),
        Column("profit factor", "profit-factor"), Column("mean bp"), Column("fees", "trading-cost"),
        Column("spread, slippage", "trading-cost"), Column("funding", "trading-cost"), Column("worst trade"),
        Column("ambiguous", "ambiguous"),
    )  # fmt: skip
    groups = account.summary["by"][kind]
    rows = [_row(name.replace("_", " "), figures) for name, figures in groups.items()]
    return Table(
        title=title, columns=columns, rows=[*rows, _row("all", account.whole)], caption=account.basis,
        terms=tuple(one for one in (term, "win-rate", "r-multiple", "profit-factor", "few-trades") if one),
    )  # fmt: skip


def _row(name: str, figures: Mapping[str, Any]) -> Sequence[str | Cell]:
    return (
        name, trades(figures["trades"]), win_rate(figures), gained(figures["net"]), signed(figures["mean_r"], 3),
        number(figures["profit_factor"]), signed(figures["mean_return_bps"], 1), money(figures["fees"]),
        money(figures["slippage"]), money(figures["funding"]), gained(figures["worst"]), count(figures["ambiguous"]),
    )  # fmt: skip


def _spread(account: Account) -> Figure:
    r = account.tables["trades"]["r"]
    edges, counts = binned(np.clip(r, -_R_SHOWN, _R_SHOWN).tolist())
    return Figure(
        title="How trades ended, in units of what was risked",
        chart=Histogram(
            title="Closed trades by R", edges=edges, counts=counts, unit=R_MULTIPLE, y_name="trades",
            marks=(Mark(float(np.clip(r.mean(), -_R_SHOWN, _R_SHOWN)), "mean"),),
        ),
        say=f"After all costs. Beyond {_R_SHOWN:g} R a trade counts at the edge.",
        caption=account.basis,
        terms=("r-multiple",),
    )  # fmt: skip
