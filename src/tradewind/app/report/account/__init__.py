"""The page of a backtest: what became of the account first, in plain words, then where it came from, to the cent."""

from collections.abc import Mapping
from typing import Any

from tradewind.app.report.account.entries import entries_section
from tradewind.app.report.account.groups import groups_section
from tradewind.app.report.account.headline import headline_of
from tradewind.app.report.account.provenance import provenance_section
from tradewind.app.report.account.result import costs_section, result_section
from tradewind.app.report.account.subject import Account, Columns
from tradewind.app.report.account.trades import trades_section
from tradewind.app.report.page import Page, rendered, terms_used

__all__ = ["account_page"]


def account_page(
    name: str, manifest: Mapping[str, Any], summary: Mapping[str, Any], tables: Mapping[str, Columns]
) -> str:
    """The page as HTML text, made of a backtest's manifest, summary and tables alone; no clock is read."""
    account = Account(name, manifest, summary, tables)
    top = headline_of(account)
    sections = [
        result_section(account),
        costs_section(account),
        groups_section(account),
        trades_section(account),
        entries_section(account),
        provenance_section(account),
    ]
    return rendered(
        Page(
            kind="backtest",
            title=name,
            subtitle=f"{account.who}, {', '.join(summary['symbols'])}, {summary['timeframe']} bars, {account.span}",
            top=top,
            sections=sections,
            terms=terms_used(top, sections),
        )
    )
