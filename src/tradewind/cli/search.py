"""`tradewind search`."""

# ruff: noqa: PLC0415 - what a command needs is loaded when it runs: with compiled code it takes seconds, help none

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, print_notice, workspace_of
from tradewind.model.errors import WrongUse
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import TimeRange

if TYPE_CHECKING:
    from tradewind.app.search import SearchRequest

SymbolsOption = Annotated[
    str | None, typer.Option("--symbols", help="Symbols with commas between, instead of the preset's.")
]
SetOption = Annotated[list[str], typer.Option("--set", help="Override a setting: key=value, as often as needed.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Threads; all cores if not given.")]

app = command_group("Search a preset's configurations and choose a specialist for each regime.")


@app.command("search")
def search_command(
    context: typer.Context,
    preset: Annotated[Path, typer.Argument(help="A preset file, or the name of a shipped one.")],
    symbols: SymbolsOption = None,
    timerange: Annotated[str, typer.Option(help="As 20240101-20240601; the second day is not included.")] = "-",
    method: Annotated[
        str | None, typer.Option(help="Which configurations: grid (all), random, coarse_to_fine, bayesian.")
    ] = None,
    settings: SetOption = [],  # noqa: B006 - typer reads the default, nothing changes it
    workers: WorkersOption = None,
    exact_masks: Annotated[
        bool, typer.Option("--exact-masks", help="Walk every configuration under every regime, not the shortlists.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Allow more than 400 windows.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Compute anew what was computed before.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Search all configurations of a preset over catalogued bars, walk forward, and choose specialists.

    An interrupted search goes on where it was when the same command is given again.
    """
    from tradewind.app.research import catalog_request
    from tradewind.app.settings import read_preset

    overrides = list(settings)
    overrides += [f"search.method={method}"] if method is not None else []
    overrides += ["search.exact_masks=true"] if exact_masks else []
    request = catalog_request(
        read_preset(preset, overrides),
        workspace_of(context),
        symbols=named(symbols),
        span=TimeRange.parse(timerange),
        workers=workers,
        force=force,
        again=again,
    )
    run_and_print(context, request, as_json=as_json)


def named(symbols: str | None) -> list[str]:
    """The symbols of `--symbols`, none where it was not given; raises WrongUse where it was and names none."""
    chosen = [checked_symbol(symbol.strip()) for symbol in (symbols or "").split(",") if symbol.strip()]
    if symbols is not None and not chosen:
        raise WrongUse(f"--symbols {symbols!r} names none", "Write for example --symbols BTC/USDT,ETH/USDT")
    return chosen


def run_and_print(context: typer.Context, request: "SearchRequest", *, as_json: bool) -> None:
    """Run a search with its progress bar and print its report."""
    from tradewind.app.search import search
    from tradewind.cli.progress import search_progress
    from tradewind.cli.report import print_run, run_record

    with search_progress() as progress:
        try:
            run, known = search(request, workspace_of(context), progress)
        except KeyboardInterrupt:
            print_notice("interrupted; what is done is kept, and the same command goes on from there")
            raise
    if as_json:
        print_json(run_record(run))
        return
    print_run(run)
    if known:
        print_line("This very search was done before; --again computes it anew.")
