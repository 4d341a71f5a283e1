"""The section of a backtest's page on what became of every signal: opened, refused, dropped, or never heard."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tradewind.app.report.account.subject import Account
from tradewind.app.report.blocks import Block, Cell, Column, Missing, Prose, Section, Table
from tradewind.app.report.formats import count, percent

_LIMITS: Mapping[str, str] = MappingProxyType(
    {"daily_drawdown": "daily drawdown", "consecutive_losses": "losses in a row"}
)


def entries_section(account: Account) -> Section:
    """From signals to trades."""
    entries = account.summary["entries"]
    lead = "What the strategies asked for, and why most of it was not done. Every signal stands in exactly one line."
    title = "From signals to trades"
    if entries["signals"] == 0:
        nothing = Missing("What became of signals", "the strategies gave none", "Choose another time range")
        return Section("entries", title, lead, [nothing])
    blocks: list[Block] = [_funnel(account)]
    if entries["conflicts_closed_first"]:
        blocks.append(
            Prose(
                f"In {count(entries['conflicts_closed_first'])} further [conflicts](#conflict) a position of the "
                "static strategy was closed before the switch entered the other way."
            )
        )
    blocks.append(_breakers(account))
    if stray := account.summary["notes"].get("StrayNews", 0):
        blocks.append(
            Prose(f"{count(stray)} pieces of news fitted no order: this is a defect, report it.", strong=True)
        )
    return Section("entries", title, lead, blocks)


def _funnel(account: Account) -> Table:
    entries, figures = account.summary["entries"], account.figures
    signals = entries["signals"]
    lines = [("opened a trade", f"{count(figures['open_trades'])} of them still open", entries["opened"])]
    taken = "its strategy holds the symbol already, or an order waits there"
    lines.append(("not heard", taken, entries["place_taken"]))
    lines.append(
        ("dropped in a conflict", "the other strategy holds or wants the opposite", entries["conflicts_dropped"])
    )
    lines += [
        (f"refused by {one['by']}", one["reason"].replace("_", " "), one["signals"]) for one in entries["refused"]
    ]
    ordered = [lines[0], *sorted(lines[1:], key=lambda line: -line[2])]
    rows: list[Sequence[str | Cell]] = [
        (what, why, count(number), Cell(percent(number / signals, 1), share=number / signals))
        for what, why, number in ordered
        if number
    ]
    columns = (
        Column("", "refusal", words=True), Column("why", words=True, wraps=True), Column("signals"), Column("share"),
    )  # fmt: skip
    return Table(
        title="What became of every signal", columns=columns,
        rows=[*rows, ("all signals", "", count(signals), "100 %")],
        caption=account.basis, terms=("refusal", "conflict", "breaker"),
    )  # fmt: skip


def _breakers(account: Account) -> Block:
    pauses, settings = account.summary["entries"]["pauses"], account.manifest["preset"]["account"]
    set_here = {name: settings[name] for name in _LIMITS if settings.get(name) is not None}
    if not set_here:
        return Prose("No [circuit breaker](#breaker) was set.")
    days = account.figures["days"]
    rows = [
        (
            _LIMITS[name], percent(limit, 1) if name == "daily_drawdown" else count(limit),
            f"{count(pauses.get(name, 0))} of {count(days)}",
        )
        for name, limit in set_here.items()
    ]  # fmt: skip
    columns = (Column("breaker", "breaker", words=True), Column("limit"), Column("days on which it paused entries"))
    return Table(title="Circuit breakers", columns=columns, rows=rows, terms=("breaker",))
