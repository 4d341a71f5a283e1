"""`tradewind data list`."""

import typer

from tradewind.cli.data.common import catalog_of, funding_record, print_funding, print_series, summary_record
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line

app = command_group("Show every series in the catalog.")


@app.command("list")
def list_command(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show every series in the catalog: bars, range (UTC), gaps, bars missing in them, and the content's hash.

    Funding rates of perpetuals follow.
    """
    catalog = catalog_of(context)
    index = catalog.index()
    if as_json:
        print_json([*map(summary_record, index.series), *map(funding_record, index.funding)])
    elif index.series or index.funding:
        if index.series:
            print_series(list(index.series))
        if index.funding:
            print_funding(list(index.funding))
    else:
        print_line(f"The catalog {catalog.root} is empty. Fill it with `tradewind data import` or `download`.")
