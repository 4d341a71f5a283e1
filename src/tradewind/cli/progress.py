"""The progress bar of a search: what is done, how fast, how long still, counted in work and not in time."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from tradewind.cli.tables import console


class _Rate(ProgressColumn):
    """Work per second, in units a reader can compare."""

    def render(self, task: Task) -> Text:
        if task.finished_speed is None and task.speed is None:
            return Text("")
        speed = task.finished_speed or task.speed or 0.0
        for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
            if speed >= size:
                return Text(f"{speed / size:.2f} {unit}/s")
        return Text(f"{speed:.0f} /s")


class BarProgress:
    """One bar per stage; work is counted in bars × configurations. Threads may advance it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._plain = not progress.console.is_terminal
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=self._progress.tasks[-1].total)
        self._task = self._progress.add_task(name, total=total)
        if self._plain:
            self._progress.console.print(f"{name} …")

    def advance(self, amount: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, amount)


@contextmanager
def search_progress() -> Iterator[BarProgress]:
    """Shown on standard error; where that is no terminal each stage is one line."""
    screen = console(stderr=True)
    columns = (
        TextColumn("{task.description:40}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), _Rate(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=False, disable=not screen.is_terminal) as progress:
        yield BarProgress(progress)
