"""SQL over the catalog: one view `bars` of every series, answered by DuckDB from the committed month files."""

from dataclasses import dataclass
from typing import Any

import duckdb

from tradewind.adapters.catalog.manifest import SeriesSummary
from tradewind.adapters.catalog.store import Catalog
from tradewind.model.errors import NoData, WrongUse


@dataclass(frozen=True, slots=True)
class SqlResult:
    """Names of the columns and the rows of a query's answer, as plain Python values."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def query(catalog: Catalog, sql: str) -> SqlResult:
    """Answer `sql` over the view `bars` (venue, symbol, timeframe, ts, open, high, low, close, volume).

    Raises NoData on an empty catalog, WrongUse where DuckDB refuses the statement.
    """
    branches = [_branch(catalog, summary) for summary in catalog.series()]
    if not branches:
        raise NoData(f"the catalog {catalog.root} is empty", "Fill it with `tradewind data import`")
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("CREATE VIEW bars AS " + " UNION ALL ".join(branches))
        try:
            answer = connection.execute(sql)
            columns = tuple(column[0] for column in answer.description or ())
            return SqlResult(columns, answer.fetchall())
        except duckdb.Error as error:
            first_line = str(error).strip().splitlines()[0]
            raise WrongUse(
                f"the query failed: {first_line}",
                "The view is bars(venue, symbol, timeframe, ts, open, high, low, close, volume)",
            ) from None


def _branch(catalog: Catalog, summary: SeriesSummary) -> str:
    folder = catalog.root / summary.key.directory
    names = [str(folder / entry.file) for entry in catalog.read_manifest(summary).months]
    files = ", ".join(_quoted(name) for name in names)
    labels = ", ".join(f"{_quoted(value)} AS {name}" for name, value in summary.key)
    return f"SELECT {labels}, ts, open, high, low, close, volume FROM read_parquet([{files}])"  # noqa: S608


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
