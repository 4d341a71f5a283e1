"""The section of a backtest's page that shows single trades: those that cost and those that brought the most."""

from collections.abc import Sequence

import numpy as np

from tradewind.app.report.account.subject import Account, gained
from tradewind.app.report.blocks import Block, Column, Missing, Section, Table
from tradewind.app.report.formats import number, signed
from tradewind.model.time import utc_text

SHOWN = 10


def trades_section(account: Account) -> Section:
    """The worst and the best, and how to read all of them."""
    lead = (
        "Look at some by hand: whoever does not believe the worst ones will not believe the best. All of them stand in "
        "`trades.parquet` beside this page."
    )
    table = account.tables["trades"]
    net = np.array([float(text) for text in table["net_quote"]])
    if not len(net):
        nothing = Missing("Trades", "no trade was closed", "Choose another time range or other settings")
        return Section("trades", "Single trades", lead, [nothing])
    order = np.lexsort((table["number"], net))
    worst, best = order[:SHOWN], order[::-1][:SHOWN]
    blocks: list[Block] = [
        _table(account, f"The {len(worst)} that cost the most", worst.tolist(), net),
        _table(account, f"The {len(best)} that brought the most", best.tolist(), net),
    ]
    return Section("trades", "Single trades", lead, blocks)


def _table(
    account: Account, title: str, rows: Sequence[int], net: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> Table:
    table = account.tables["trades"]
    shown = [
        (
            utc_text(int(table["entry_ts"][i])), str(table["symbol"][i]),
            "long" if table["direction"][i] > 0 else "short", gained(float(net[i])), signed(float(table["r"][i])),
            str(table["exit"][i]), _held(int(table["exit_ts"][i]) - int(table["entry_ts"][i])),
            str(table["regime"][i]), str(table["strategy"][i]), _price(table["quantity"][i]),
            _price(table["entry_price"][i]), _price(table["exit_price"][i]), signed(float(table["mfe_r"][i])),
            signed(float(table["mae_r"][i])),
        )
        for i in rows
    ]  # fmt: skip
    columns = (
        Column("entry (UTC)", words=True), Column("symbol", words=True), Column("side", words=True),
        Column(f"net {account.quote}", "net-result"), Column("R", "r-multiple"),
        Column("exit", "exit-reason", words=True), Column("held"), Column("regime", "regime", words=True),
        Column("strategy", "account-strategies", words=True), Column("quantity"), Column("entry at"), Column("exit at"),
        Column("best R", "excursion"), Column("worst R", "excursion"),
    )  # fmt: skip
    return Table(
        title=title, columns=columns, rows=shown, caption=account.basis,
        terms=("r-multiple", "excursion", "exit-reason", "net-result"),
    )  # fmt: skip


def _price(text: str) -> str:
    """Six figures that matter: enough to find it on a chart."""
    value = float(text)
    whole = len(str(int(abs(value))))
    return number(value, max(0, 6 - whole) if abs(value) >= 1 else 6)


def _held(duration_ms: int) -> str:
    minutes = duration_ms // 60_000
    return f"{minutes} min" if minutes < 600 else f"{minutes / 60:.0f} h"
