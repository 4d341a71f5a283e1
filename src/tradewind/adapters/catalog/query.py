"""SQL over the catalog, answered by DuckDB from the committed files: a view `bars` of every series, and `funding`."""

from dataclasses import dataclass
from typing import Any

import duckdb

from tradewind.adapters.catalog.manifest import FundingFile, SeriesSummary
from tradewind.adapters.catalog.store import Catalog
from tradewind.model.errors import NoData, WrongUse


@dataclass(frozen=True, slots=True)
class SqlResult:
    """Names of the columns and the rows of a query's answer, as plain Python values."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def query(catalog: Catalog, sql: str) -> SqlResult:
    """Answer `sql` over the views `bars` (venue, symbol, timeframe, ts, open, high, low, close, volume) and, with
    funding rates, `funding` (venue, symbol, ts, rate).

    Raises NoData on an empty catalog, WrongUse where DuckDB refuses the statement.
    """
    index = catalog.index()
    if not (index.series or index.funding):
        raise NoData(f"the catalog {catalog.root} is empty", "Fill it with `tradewind data import`")
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        views = {
            "bars": [_bars_of(catalog, summary) for summary in index.series],
            "funding": [_rates_of(catalog, one) for one in index.funding],
        }
        for name, branches in views.items():
            if branches:
                connection.execute(f"CREATE VIEW {name} AS " + " UNION ALL ".join(branches))
        try:
            if not connection.extract_statements(sql):
                raise WrongUse(
                    "that is no statement", 'Write for example "SELECT symbol, count(*) FROM bars GROUP BY 1"'
                )
            answer = connection.execute(sql)
            columns = tuple(column[0] for column in answer.description or ())
            return SqlResult(columns, answer.fetchall())
        except duckdb.Error as error:
            first_line = str(error).strip().splitlines()[0]
            raise WrongUse(
                f"the query failed: {first_line}",
                "Views are bars(venue, symbol, timeframe, ts, open, high, low, close, volume) and, with rates, "
                "funding(venue, symbol, ts, rate)",
            ) from None


def _bars_of(catalog: Catalog, summary: SeriesSummary) -> str:
    folder = catalog.root / summary.key.directory
    names = [str(folder / entry.file) for entry in catalog.read_manifest(summary).months]
    files = ", ".join(_quoted(name) for name in names)
    labels = ", ".join(f"{_quoted(value)} AS {name}" for name, value in summary.key)
    return f"SELECT {labels}, ts, open, high, low, close, volume FROM read_parquet([{files}])"  # noqa: S608


def _rates_of(catalog: Catalog, one: FundingFile) -> str:
    labels = f"{_quoted(one.venue)} AS venue, {_quoted(one.symbol)} AS symbol"
    return f"SELECT {labels}, ts, rate FROM read_parquet({_quoted(str(catalog.root / one.file))})"  # noqa: S608


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
