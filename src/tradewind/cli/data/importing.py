"""`tradewind data import`."""

from pathlib import Path
from typing import Annotated

import typer

from tradewind.app.data import ImportRequest, import_files, import_funding
from tradewind.cli.data.common import ReplaceFlag, VenueOption, catalog_of, print_funding_reports, print_reports
from tradewind.cli.output import JsonFlag, command_group
from tradewind.cli.tables import progress_bar
from tradewind.model.errors import WrongUse

app = command_group("Import files, all of them or, on any error, none.")


@app.command("import")
def import_command(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files (csv, csv.gz, zip, parquet, feather) or folders of them.")],
    venue: VenueOption = "binance",
    symbol: Annotated[str | None, typer.Option(help="BTC/USDT, or BTC/USDT:USDT for a perpetual.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="1m 5m 15m 1h 4h 1d.")] = None,
    funding: Annotated[bool, typer.Option("--funding", help="The files hold a perpetual's funding rates.")] = False,
    replace: ReplaceFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Import files into the catalog, all of them or, on any error, none.

    Symbol and timeframe are read from names like BTCUSDT-1m-2022-05.zip where they are not given.
    Times without a zone are UTC. Funding rates (columns ts and rate, Binance's archive, freqtrade's files) need no
    timeframe.
    """
    request = ImportRequest(paths=tuple(paths), venue=venue, symbol=symbol, timeframe=timeframe, replace=replace)
    if funding and timeframe is not None:
        raise WrongUse("funding rates have no timeframe", "Leave --timeframe out")
    catalog = catalog_of(context)
    with progress_bar("importing", "files") as advance:
        if funding:
            paid = import_funding(catalog, request, advance)
        else:
            reports = import_files(catalog, request, advance)
    if funding:
        print_funding_reports(paid, as_json=as_json)
    else:
        print_reports(reports, as_json=as_json)
