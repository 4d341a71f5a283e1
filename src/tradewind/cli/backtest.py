"""`tradewind backtest`."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tradewind.app.funding import funding_note
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, workspace_of
from tradewind.cli.search import SetOption, SymbolsOption, WorkersOption, named
from tradewind.model.time import TimeRange, utc_text

app = command_group("Trade a preset over catalogued bars with the trader core.")


@app.command("backtest")
def backtest_command(
    context: typer.Context,
    preset: Annotated[Path, typer.Argument(help="A preset file, or the name of a shipped one.")],
    symbols: SymbolsOption = None,
    timerange: Annotated[str, typer.Option(help="As 20240101-20240601; the second day is not included.")] = "-",
    run: Annotated[str | None, typer.Option("--run", help="Trade this run's specialists and static baseline.")] = None,
    settings: SetOption = [],  # noqa: B006 - typer reads the default, nothing changes it
    journal: Annotated[
        bool, typer.Option("--journal", help="Keep everything the core is told, for `tradewind replay`.")
    ] = False,
    workers: WorkersOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Trade several symbols as one account: sizing, slots, conflicts, caps, breakers, venue filters, every order.

    Prints the result and writes it as one HTML page that needs no network. The code that trades is the one that trades
    live. Nothing of a locked hold-out is traded.
    """
    from tradewind.adapters.run_store import RunStore
    from tradewind.app.backtest import BacktestRequest, backtest
    from tradewind.app.settings import read_preset
    from tradewind.cli.progress import search_progress

    workspace = workspace_of(context)
    request = BacktestRequest(
        preset=read_preset(preset, settings),
        symbols=named(symbols),
        span=TimeRange.parse(timerange),
        run=RunStore(workspace.runs_directory).open(run) if run is not None else None,
        workers=workers,
        journal=journal,
    )
    with search_progress() as progress:
        done = backtest(request, workspace, progress)
    if as_json:
        print_json({"backtest": done.name, "folder": str(done.folder), **done.summary})
        return
    _print(done.summary)
    print_line(f"Report: {done.page}")
    print_line(f"Trades, equity, notes{' and journal' if journal else ''}: {done.folder}")


def _print(summary: Mapping[str, Any]) -> None:
    from tradewind.cli.account import print_account

    who = f"specialists and baseline of {summary['run']}" if summary["run"] else "the preset's own parameters"
    print_line(
        f"{summary['preset']}: {who}, {', '.join(summary['symbols'])}, {utc_text(summary['first_ts'])} to "
        f"{utc_text(summary['last_ts'])}, {summary['bars']:,} bars of {summary['timeframe']}"
    )
    print_line(funding_note(summary))
    print_account(summary)
