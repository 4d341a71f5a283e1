"""`tradewind runs`: what was searched before."""

from typing import Annotated

import typer

from tradewind.adapters.run_store import RunStore
from tradewind.app.compare import compare
from tradewind.cli.output import JsonFlag, command_group, print_error, print_json, print_line, workspace_of
from tradewind.cli.report import print_comparison, print_run, run_line, run_record
from tradewind.cli.tables import print_table

app = command_group("Results of searches: list, show, compare.")


@app.command("list")
def list_command(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List finished runs, latest last: data, test days, what the procedure earned, what was chosen.

    A run that cannot be read is named on standard error, and the exit code is 1.
    """
    store = RunStore(workspace_of(context).runs_directory)
    runs, damaged = store.all()
    if as_json:
        print_json([run_record(run, whole=False) for run in runs])
    elif runs:
        print_table("", ("run", "finished", "data", ">days", ">trades", ">Sharpe", "chosen"), map(run_line, runs))
    else:
        print_line(f"No runs in {store.root}. Make one with `tradewind demo` or `tradewind search`.")
    for error in damaged:
        print_error(error)
    if damaged:
        raise typer.Exit(1)


@app.command("show")
def show_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's name, or how it begins.")],
    as_json: JsonFlag = False,
) -> None:
    """Print a finished run's report again."""
    found = RunStore(workspace_of(context).runs_directory).open(run)
    if as_json:
        print_json(run_record(found))
    else:
        print_run(found)


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
