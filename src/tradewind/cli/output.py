"""What every command prints with, light enough for the help: JSON for programs, one line for an error."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tradewind.app.workspace import Workspace
from tradewind.model.errors import TradewindError

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def command_group(help_text: str) -> typer.Typer:
    """An empty Typer application in the house's plain style; a module with one command becomes that command."""
    return typer.Typer(help=help_text, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


def workspace_of(context: typer.Context) -> Workspace:
    """The workspace named by `--workspace`, the environment, or `./workspace`."""
    workspace = context.find_root().obj
    return workspace if isinstance(workspace, Workspace) else Workspace(Path("workspace"))


def print_json(value: object) -> None:
    """Print `value` as JSON; numpy scalars become numbers, NaN and infinities become null."""
    json.dump(_plain(value), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def print_line(text: str = "") -> None:
    """Print one line of plain text to standard output."""
    sys.stdout.write(text + "\n")


def print_notice(text: str) -> None:
    """Print one line for people to standard error."""
    sys.stderr.write(text + "\n")


def print_error(error: TradewindError) -> None:
    """One line on standard error: what is wrong, then the remedy."""
    sys.stderr.write(f"error: {' '.join(str(error).split())}\n")


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if value - value == 0.0 else None
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case Path():
            return str(value)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return str(value)
