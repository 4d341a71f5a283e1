"""`tradewind validate`."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from typing import Annotated

import typer

from tradewind.cli.output import JsonFlag, command_group, print_json, print_notice, workspace_of

SetOption = Annotated[
    list[str], typer.Option("--set", help="Move a threshold: verdict.luck_promising=0.05, as often as needed.")
]

app = command_group("Judge a run: is its result more than luck?")


@app.command("validate")
def validate_command(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's name, or how it begins.")],
    alterations: Annotated[int, typer.Option(min=0, help="Altered markets of the luck test; 0 leaves it out.")] = 200,
    luck_days: Annotated[
        int, typer.Option(min=0, help="Days before the hold-out that the luck test searches; 0 for all, which is long.")
    ] = 180,
    no_stress: Annotated[bool, typer.Option("--no-stress", help="Leave the stress test out.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Draws every resample; same seed, same figures.")] = 1,
    settings: SetOption = [],  # noqa: B006 - typer reads the default, nothing changes it
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; all cores if not given.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge whether what a run found is more than luck: noise, unproven, promising or confirmed, with the reasons.

    What is found is kept with the run. An interrupted validation goes on where it was when the same command is given
    again.
    """
    from tradewind.app.validate import ValidateRequest, thresholds_of, validate
    from tradewind.cli.progress import search_progress
    from tradewind.cli.validation import print_validation

    request = ValidateRequest(
        run=run,
        alterations=alterations,
        luck_days=luck_days,
        stress=not no_stress,
        seed=seed,
        workers=workers,
        thresholds=thresholds_of(settings),
    )
    with search_progress() as progress:
        try:
            found = validate(request, workspace_of(context), progress)
        except KeyboardInterrupt:
            print_notice("interrupted; what is done of the luck test is kept, and the same command goes on from there")
            raise
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_validation(found)
