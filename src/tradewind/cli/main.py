"""The `tradewind` command: global options, the table of subcommands, and how every failure ends."""

import gc
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar

import typer

from tradewind import __version__
from tradewind.app.workspace import Workspace
from tradewind.cli.lazy import LazyGroup, Subcommand
from tradewind.cli.output import print_error
from tradewind.model.errors import TradewindError

INTERRUPTED = 130
COLLECT_AFTER = 100_000  # new objects: imports make very many, and none of them is garbage


class Root(LazyGroup):
    """Every command of the product; a new one is one line here."""

    subcommands: ClassVar[Mapping[str, Subcommand]] = MappingProxyType(
        {
            "demo": Subcommand("tradewind.cli.demo", "The main job on a simulated market: nothing to download."),
            "search": Subcommand("tradewind.cli.search", "Search a preset and choose a specialist for each regime."),
            "holdout": Subcommand("tradewind.cli.holdout", "Try a run's choices on the locked hold-out: counted."),
            "backtest": Subcommand("tradewind.cli.backtest", "Trade a preset over history as one account."),
            "replay": Subcommand("tradewind.cli.replay", "Make a session's account again from its journal."),
            "validate": Subcommand("tradewind.cli.validate", "Judge a run: is its result more than luck?"),
            "verify": Subcommand(
                "tradewind.cli.verify", "See that a strategy uses no later bar, and no endless memory."
            ),
            "report": Subcommand("tradewind.cli.reporting", "A run's report as one HTML file: the verdict first."),
            "runs": Subcommand("tradewind.cli.runs", "Results of searches: list, show, compare."),
            "data": Subcommand("tradewind.cli.data", "Market data: import, download, list, check, resample, sql."),
        }
    )


app = typer.Typer(
    cls=Root,
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Finds trading parameters that survive out of sample in each market regime.",
)


def _show_version(asked: bool) -> None:  # noqa: FBT001
    if asked:
        sys.stdout.write(f"tradewind {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(
            envvar="TRADEWIND_WORKSPACE", help="Folder that holds catalog/, runs/ and cache/.", file_okay=False
        ),
    ] = Path("workspace"),
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = Workspace(workspace)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors of the world are printed as one line."""
    try:
        app(args=list(arguments), prog_name="tradewind")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except TradewindError as error:
        print_error(error)
        return error.exit_code
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print_error(
            TradewindError(f"{place}{error.strerror or error}", "See that it is there, writable, and its disk not full")
        )
        return TradewindError.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    return 0


def main() -> None:
    """Entry point of the `tradewind` script.

    Whatever is to be kept is on disk and closed by now, so Python is not taken apart piece by piece: that would take
    as long as walking a small search.
    """
    gc.set_threshold(COLLECT_AFTER)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a sign shows another in its place; what was computed is not lost for that.
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # what was printed is not all there
        code = code or TradewindError.exit_code
    os._exit(code)
