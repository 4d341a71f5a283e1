"""`tradewind replay`: a session made again from its journal."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, workspace_of

if TYPE_CHECKING:
    from tradewind.app.replay import Replayed

app = command_group("Make a session's account again from its journal.")


@app.command("replay")
def replay_command(
    context: typer.Context,
    session: Annotated[str, typer.Option("--session", help="A backtest's name, its folder, or a journal's file.")],
    as_json: JsonFlag = False,
) -> None:
    """Replay a journal: check every link of its chain, make the account again, and print it as it was at the end.

    Nothing is resumed and nothing is written. A journal that is torn, changed or too new is refused by name, and so is
    one whose bars the catalog no longer has, or whose account does not come out as its session ended.
    """
    from tradewind.app.replay import journal_at, replay
    from tradewind.cli.account import print_account
    from tradewind.cli.progress import search_progress

    workspace = workspace_of(context)
    with search_progress() as progress:
        done = replay(journal_at(session, workspace), workspace, progress)
    if as_json:
        print_json({**_record(done), **done.summary})
        return
    state = "as its session ended" if done.ended else "its session was never ended: this is how far it came"
    print_line(f"{done.session.name}: {done.events:,} events, every link whole; state {done.digest}, {state}")
    print_account(done.summary)
    _breakers(done)
    _open_trades(done)


def _record(done: "Replayed") -> dict[str, Any]:
    breakers = done.traded.core.state.breakers
    return {
        "session": done.session.name,
        "journal": str(done.journal),
        "events": done.events,
        "digest": done.digest,
        "ended": done.ended,
        "breakers": {"paused_by": breakers.paused_by, "losses_in_row": breakers.losses_in_row},
        "open": _positions(done),
    }


def _positions(done: "Replayed") -> list[dict[str, Any]]:
    """Trades that hold something, or wait to."""
    state = done.traded.core.state
    return [
        {
            "number": trade.number,
            "strategy": trade.strategy,
            "symbol": trade.symbol,
            "side": "long" if trade.direction > 0 else "short",
            "quantity": format(abs(trade.left), "f"),
            "entry": trade.entry if trade.opened else None,
            "stop": trade.stop if trade.opened else None,
            "target": trade.target,
            "last": state.marks[trade.symbol],
            "orders": sorted(leg for leg, name in trade.orders.items() if not state.orders[name].ended),
        }
        for trade in state.trades.values()
    ]


def _breakers(done: "Replayed") -> None:
    state = done.traded.core.state
    limits, breakers = done.session.setup.breakers, state.breakers
    paused = f"entries are paused by {' and '.join(breakers.paused_by)}" if breakers.paused_by else "entries go on"
    drawdown = "none" if limits.daily_drawdown is None else f"{limits.daily_drawdown:.1%}"
    losses = "none" if limits.consecutive_losses is None else str(limits.consecutive_losses)
    print_line(
        f"Breakers: {paused}; losses in a row {breakers.losses_in_row} (limit {losses}), the day began with "
        f"{breakers.equity_at_start:,.2f} (daily drawdown {drawdown})"
    )


def _open_trades(done: "Replayed") -> None:
    from tradewind.cli.tables import print_table
    from tradewind.cli.words import MISSING

    positions = _positions(done)
    if not positions:
        print_line("No trade is open.")
        return
    rows = [
        (
            one["symbol"], one["side"], one["strategy"], one["quantity"],
            *(MISSING if one[name] is None else f"{one[name]:,.8g}" for name in ("entry", "stop", "target", "last")),
            " ".join(one["orders"]),
        )
        for one in positions
    ]  # fmt: skip
    columns = ("open", "", "", ">quantity", ">entry", ">stop", ">target", ">last", "orders")
    print_table("", columns, rows)
