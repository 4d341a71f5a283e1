"""`tradewind runs`: what was searched before."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tradewind.adapters.run_store import RunStore
from tradewind.app.compare import compare
from tradewind.app.holdout import HoldOut, hold_outs_of
from tradewind.cli.holdout import hold_out_cell, hold_out_record, print_hold_out
from tradewind.cli.output import JsonFlag, command_group, print_error, print_json, print_line, workspace_of
from tradewind.cli.report import print_comparison, print_run, run_line, run_record
from tradewind.cli.tables import print_table
from tradewind.model.errors import TradewindError

app = command_group("Results of searches: list, show, compare.")


@app.command("list")
def list_command(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List finished runs, latest last: data, test days, what the procedure earned, what was chosen, the hold-out.

    A run that cannot be read is named on standard error, and the exit code is 1.
    """
    workspace = workspace_of(context)
    store = RunStore(workspace.runs_directory)
    runs, unreadable = store.all()
    damaged = list(unreadable)
    known: Sequence[HoldOut | None] = [None] * len(runs)
    try:
        known = hold_outs_of(runs, workspace)
    except TradewindError as error:
        damaged.append(error)
    if as_json:
        both = zip(runs, known, strict=True)
        print_json([{**run_record(run, whole=False), "hold_out": one and hold_out_record(one)} for run, one in both])
    elif runs:
        columns = ("run", "finished", "data", ">days", ">trades", ">Sharpe", "chosen", "hold-out")
        rows = [(*run_line(run), hold_out_cell(one)) for run, one in zip(runs, known, strict=True)]
        print_table("", columns, rows)
    else:
        print_line(f"No runs in {store.root}. Make one with `tradewind demo` or `tradewind search`.")
    for one in damaged:
        print_error(one)
    if damaged:
        raise typer.Exit(1)


@app.command("show")
def show_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's name, or how it begins.")],
    as_json: JsonFlag = False,
) -> None:
    """Print a finished run's report again, and what it did in the hold-out where that was opened."""
    workspace = workspace_of(context)
    found = RunStore(workspace.runs_directory).open(run)
    (hold_out,) = hold_outs_of([found], workspace)
    if as_json:
        print_json({**run_record(found), "hold_out": hold_out_record(hold_out)})
        return
    print_run(found)
    if hold_out.opening is not None:
        print_line()
        print_hold_out(hold_out)


@app.command("compare")
def compare_command(
    context: typer.Context,
    first: Annotated[str, typer.Argument(help="A run's name, or how it begins.")],
    second: Annotated[str, typer.Argument(help="Another run's.")],
    as_json: JsonFlag = False,
) -> None:
    """Put two runs side by side: what was asked differently, what came out, how far their candidates agree."""
    store = RunStore(workspace_of(context).runs_directory)
    found = compare(store.open(first), store.open(second))
    if as_json:
        print_json(found)
    else:
        print_comparison(found)
