"""Command groups that know their subcommands by name and help line and import a module only when it is called."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A module that holds `app`, a Typer application, and the line that describes it in the help."""

    module: str
    help: str


class LazyGroup(TyperGroup):
    """Subclass it with `subcommands` and give it to `typer.Typer(cls=...)`."""

    subcommands: ClassVar[Mapping[str, Subcommand]] = MappingProxyType({})

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, subcommand in self.subcommands.items():
            self.add_command(TyperCommand(name, help=subcommand.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The called command, its module imported now; unknown names are refused with a suggestion."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.subcommands:
            command = typer.main.get_command(importlib.import_module(self.subcommands[name].module).app)
            command.name = name
        return name, command, rest
