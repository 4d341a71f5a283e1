"""`tradewind demo`."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from dataclasses import replace
from typing import Annotated

import typer

from tradewind.cli.output import JsonFlag, command_group
from tradewind.cli.search import SetOption, WorkersOption, run_and_print

app = command_group("The main job on a simulated market: nothing to download.")


@app.command("demo")
def demo_command(
    context: typer.Context,
    no_edge: Annotated[bool, typer.Option("--no-edge", help="A market with nothing to find in it.")] = False,
    days: Annotated[int, typer.Option(min=20, max=3650, help="Days to simulate.")] = 120,
    seed: Annotated[int, typer.Option(min=0, help="Another market for another seed.")] = 1,
    settings: SetOption = [],  # noqa: B006 - typer reads the default, nothing changes it
    workers: WorkersOption = None,
    again: Annotated[bool, typer.Option("--again", help="Compute anew what was computed before.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Simulate six perpetuals, search 12,288 configurations over them and report what survives out of sample."""
    from tradewind.app.demo import demo_request

    request = demo_request(days=days, seed=seed, edge=not no_edge, workers=workers, overrides=settings)
    run_and_print(context, replace(request, again=again), as_json=as_json)
