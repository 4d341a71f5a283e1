"""`tradewind data sql`."""

from typing import Annotated

import typer

from tradewind.adapters.catalog.query import query
from tradewind.cli.data.common import catalog_of
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line
from tradewind.cli.tables import print_table

app = command_group("Ask the catalog in SQL.")
_ROWS_SHOWN = 100


@app.command("sql")
def sql_command(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help='For example "SELECT symbol, count(*) FROM bars GROUP BY symbol".')],
    as_json: JsonFlag = False,
) -> None:
    """Ask the catalog in SQL: bars(venue, symbol, timeframe, ts, open, high, low, close, volume) and, where funding
    rates were imported, funding(venue, symbol, ts, rate).

    `ts` is the open time in milliseconds UTC; make_timestamp(ts * 1000) shows it as a time.
    """
    result = query(catalog_of(context), statement)
    if as_json:
        print_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
        return
    shown = result.rows[:_ROWS_SHOWN]
    right = [bool(shown) and isinstance(shown[0][i], int | float) for i in range(len(result.columns))]
    heads = [f">{name}" if aligned else name for name, aligned in zip(result.columns, right, strict=True)]
    print_table("", heads, [[_cell(value) for value in row] for row in shown])
    if len(result.rows) > len(shown):
        print_line(f"{len(result.rows) - len(shown):,} more rows; --json prints all of them, LIMIT fewer")


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
