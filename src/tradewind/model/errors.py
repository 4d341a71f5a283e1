"""Errors a user can meet: each names the thing that is wrong and the remedy, in one line."""


class TradewindError(Exception):
    """Base of all errors that are the world's or the user's, never a programmer's.

    `str(error)` is one line: what is wrong, then the remedy. The command line prints it without a traceback
    and exits with `exit_code`.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}. {self.remedy}"


class BadData(TradewindError):
    """Market data that must not be used: a bad value, order or shape."""


class BadFile(BadData):
    """A file that cannot be imported; `row` counts data rows from 1, `None` where the whole file is meant."""

    def __init__(
        self, problem: str, remedy: str, *, file: str, row: int | None = None, column: str | None = None
    ) -> None:
        place = file
        if row is not None:
            place += f", row {row}"
        if column is not None:
            place += f", column {column}"
        super().__init__(f"{place}: {problem}", remedy)
        self.file = file
        self.row = row
        self.column = column


class NoData(TradewindError):
    """Nothing in the catalog answers the request."""


class CatalogBusy(TradewindError):
    """Another process is changing the catalog."""


class DatasetMismatch(TradewindError):
    """The data at hand is not the data a result or a task names."""


class CodeMismatch(TradewindError):
    """The code at hand is not the code a result was made with."""


class DownloadFailed(TradewindError):
    """A venue's archive or REST service did not give what was asked for."""


class NotInstalled(TradewindError):
    """An optional library that what was asked for needs."""


class BadSetting(TradewindError):
    """A preset, option or key that is refused."""

    exit_code = 78


class WrongUse(TradewindError):
    """A command given arguments that make no sense together."""

    exit_code = 2


class RunIncomplete(TradewindError):
    """A run folder that is missing, interrupted or damaged."""


class RunBusy(TradewindError):
    """Another process is making the same run."""


class SearchInconsistent(TradewindError):
    """Accounting of a search does not add up: a configuration is missing or a replayed trade differs."""
