"""Tables and progress for people, with rich: imported only by the modules of commands."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def console(*, stderr: bool = False) -> Console:
    """A rich console; progress goes to standard error so that standard output stays clean for pipes."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; a column whose name starts with `>` is right-aligned."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    screen = console()
    # Wider than the terminal is better than cut: what is piped or pasted stays whole.
    screen.width = max(screen.width, screen.measure(table, options=screen.options.update(width=1000)).maximum)
    screen.print(table)


@contextlib.contextmanager
def progress_bar(what: str, unit: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on standard error; call what it yields with (done, total, name of the current one).

    Nothing is shown where standard error is no terminal.
    """
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn(),
        TextColumn("{task.fields[current]}"),
    )  # fmt: skip
    screen = console(stderr=True)
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(what, total=None, current="")

        def advance(done: int, total: int, current: str) -> None:
            progress.update(task, completed=done, total=total, current=current)

        yield advance
