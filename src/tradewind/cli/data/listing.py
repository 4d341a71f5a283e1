"""`tradewind data list`."""

import typer

from tradewind.cli.data.common import catalog_of, print_series, summary_record
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line

app = command_group("Show every series in the catalog.")


@app.command("list")
def list_command(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show every series in the catalog: bars, range (UTC), gaps, bars missing in them, and the content's hash."""
    catalog = catalog_of(context)
    series = list(catalog.series())
    if as_json:
        print_json([summary_record(summary) for summary in series])
    elif series:
        print_series(series)
    else:
        print_line(f"The catalog {catalog.root} is empty. Fill it with `tradewind data import` or `download`.")
