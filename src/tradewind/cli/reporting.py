"""`tradewind report`: a run's report as one HTML file, and its verdict in the terminal in the same words."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, workspace_of

FILE = "report.html"

app = command_group("A run's report as one HTML file: the verdict first.")


@app.command("report")
def report_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's name, or how it begins.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write the page; in the run's folder if not given.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a run's report as one HTML file that needs no network, and print its verdict.

    The verdict comes first, with its reasons in plain words, then the figures behind it, each with its definition one
    click away. A run that was not validated says so: `tradewind validate` judges it.
    """
    from tradewind.adapters.durable import write_durably
    from tradewind.adapters.run_store import RunStore
    from tradewind.app.judgement import judgement_lines
    from tradewind.app.report import report

    workspace = workspace_of(context)
    found = RunStore(workspace.runs_directory).open(run)
    made = report(found, workspace)
    target = output or found.folder / FILE
    write_durably(target, made.html.encode())
    if as_json:
        print_json({"run": found.run_id, "report": str(target), "verdict": asdict(made.judgement)})
        return
    for line in judgement_lines(made.judgement):
        print_line(line)
    print_line(f"Report: {target}")
