"""The section of a backtest's page on what it ran on: strategies, account, costs, bars, code."""

from collections.abc import Mapping
from typing import Any

from tradewind.app.funding import funding_note
from tradewind.app.report.account.subject import Account, money
from tradewind.app.report.blocks import Block, Column, Prose, Section, Table
from tradewind.app.report.formats import count, number, percent
from tradewind.app.report.subject import parameters_text
from tradewind.model.time import utc_text


def provenance_section(account: Account) -> Section:
    """Everything this page follows from."""
    lead = "Everything here follows from these settings, these bars and this code; the same again gives the same bytes."
    blocks: list[Block] = []
    blocks.append(Prose(funding_note(account.summary)))
    blocks += [_strategies(account), _settings(account), _costs(account), _bars(account), _made(account)]
    return Section("made", "Settings, bars and code", lead, blocks)


def _strategies(account: Account) -> Table:
    settings = account.manifest["preset"]["account"]
    rows = [
        (
            one["strategy"], percent(settings[f"{one['strategy']}_share"]), one["regime"],
            parameters_text(one["parameters"]),
        )
        for one in account.summary["strategies"]
    ]  # fmt: skip
    columns = (
        Column("strategy", "account-strategies", words=True), Column("share"), Column("regime", "regime", words=True),
        Column("parameters", "configuration", words=True, wraps=True),
    )  # fmt: skip
    return Table(title="Who traded", columns=columns, rows=rows, terms=("account-strategies", "regime"))


def _settings(account: Account) -> Table:
    settings: Mapping[str, Any] = account.manifest["preset"]["account"]
    rows = [
        ("deposit", f"{money(settings['deposit'])} {account.quote}"),
        ("slots", count(settings.get("slots") or len(account.summary["symbols"]))),
        ("sizing", _sizing(settings["sizing"])),
        ("cap of the account", f"{settings['account_cap']:g} × equity" if "account_cap" in settings else "none"),
        *((f"cap in {name}", f"{money(cap)} {account.quote}") for name, cap in settings["regime_caps"].items()),
        *((f"cap of {name}", f"{money(cap)} {account.quote}") for name, cap in settings["instrument_caps"].items()),
        *(
            (f"venue's filters of {name}", parameters_text({k: v for k, v in one.items() if v is not None}))
            for name, one in settings["filters"].items()
        ),
    ]
    columns = (Column("", words=True), Column("", words=True))
    return Table(title="Account", columns=columns, rows=rows, terms=("breaker",))


def _sizing(settings: Mapping[str, Any]) -> str:
    numbers = parameters_text({name: value for name, value in settings.items() if name != "type"})
    return " · ".join(text for text in (str(settings["type"]).replace("_", " "), numbers) if text)


def _costs(account: Account) -> Table:
    costs = account.summary["costs"]
    rows = [
        ("taker fee, a fill", f"{number(1e4 * costs['taker_fee'], 1)} bp"),
        ("maker fee, a fill", f"{number(1e4 * costs['maker_fee'], 1)} bp"),
        ("half the spread, a fill at market", f"{number(costs['half_spread_bps'], 2)} bp"),
        ("slippage, a fill at market", f"{number(costs['slippage_bps'], 2)} bp"),
    ]
    columns = (Column("cost model", "cost-model", words=True), Column("basis points"))
    return Table(title="Costs assumed", columns=columns, rows=rows, terms=("cost-model",))


def _bars(account: Account) -> Table:
    summary = account.summary
    rows = [
        (one["symbol"], one["venue"], one["timeframe"], count(one["bars"]), str(one["hash"]))
        for one in account.manifest["data"]
    ]
    columns = (
        Column("symbol", words=True), Column("venue", words=True), Column("bars of"), Column("bars"),
        Column("identity", "identity", words=True),
    )  # fmt: skip
    caption = (
        f"Bars before {utc_text(summary['first_ts'])} only warm the features up; {count(summary['bars'])} were traded. "
        f"{count(summary['missing_bars'])} are missing in {count(summary['gaps'])} gaps, kept as gaps: no "
        "entry crosses one."
    )
    return Table(title="Bars", columns=columns, rows=rows, caption=caption, terms=("identity",))


def _made(account: Account) -> Table:
    manifest = account.manifest
    rows = [
        ("backtest", account.name),
        ("preset", str(account.summary["preset"])),
        ("run", account.summary["run"] or "none: the preset's own parameters"),
        ("code", f"{manifest['code']} (version {manifest['version']})"),
        ("state at the end", f"digest {account.summary['digest']}"),
        ("detector of regimes", parameters_text(manifest["preset"]["detectors"][0])),
    ]
    columns = (Column("", words=True), Column("", words=True))
    return Table(title="How it was made", columns=columns, rows=rows, terms=("identity",), folded=True)
