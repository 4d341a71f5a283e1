"""An account in the terminal: what it is worth, its trades in every breakdown, and what else happened."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.cli.output import print_line
from tradewind.cli.tables import print_table
from tradewind.cli.words import MISSING, number, sharpe_a_year, signed, trade_count, win_rate


def print_account(summary: Mapping[str, Any]) -> None:
    """Figures of the account as a whole, then the table of its trades, then refusals, conflicts and pauses."""
    account = summary["account"]
    quote = account["quote"]
    print_line(
        f"Account {account['deposit']:,.2f} → {account['equity']:,.2f} {quote} ({account['return']:+.2%}), largest "
        f"drawdown {account['max_drawdown_quote']:,.2f} {quote} ({account['max_drawdown']:.2%}), Sharpe a year "
        f"{sharpe_a_year(account)} over {account['days']:,} days, {account['open_trades']} trades still open"
    )
    # Nobody who pays no funding needs a column of zeros.
    paid = ("fees", "slippage", "funding") if float(summary["trades"]["funding"]) else ("fees", "slippage")
    rows = [("all", "", *_row(summary["trades"], paid))]
    for name, groups in summary["by"].items():
        rows += [
            (name if place == 0 else "", key, *_row(figures, paid))
            for place, (key, figures) in enumerate(groups.items())
        ]
    columns = ("", "", ">trades", ">win rate %", ">mean R", ">PF", ">mean bp", f">net {quote}")
    print_table("", (*columns, *(f">{name}" for name in paid), ">worst"), rows)
    for what, count in summary["notes"].items():
        print_line(f"{what}: {count:,}")


def _row(figures: Mapping[str, Any], paid: Sequence[str]) -> tuple[str, ...]:
    return (
        trade_count(figures["trades"]),
        win_rate(figures),
        signed(figures["mean_r"], 3),
        number(figures["profit_factor"], 2),
        signed(figures["mean_return_bps"], 1),
        f"{float(figures['net']):+,.2f}",
        *(f"{float(figures[name]):,.2f}" for name in paid),
        MISSING if figures["worst"] is None else f"{float(figures['worst']):+,.2f}",
    )
