"""`tradewind data resample`."""

from dataclasses import asdict
from typing import Annotated

import typer

from tradewind.adapters.catalog import SeriesKey
from tradewind.app.resample import resample_series
from tradewind.cli.data.common import ReplaceFlag, VenueOption, catalog_of, print_reports, report_record
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line
from tradewind.model.errors import NoData

app = command_group("Make coarser bars of finer ones.")


@app.command("resample")
def resample_command(
    context: typer.Context,
    symbols: Annotated[list[str], typer.Argument(help="Symbols to resample, or `all`.")],
    to: Annotated[str, typer.Option(help="Timeframe to make: 5m 15m 1h 4h 1d.")],
    source: Annotated[str, typer.Option("--from", help="Timeframe to make it of.")] = "1m",
    venue: VenueOption = "binance",
    replace: ReplaceFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Make coarser bars of finer ones. Gaps stay gaps; an unfinished last bar is left out."""
    catalog = catalog_of(context)
    if symbols == ["all"]:
        keys = [item.key for item in catalog.series() if (item.key.venue, item.key.timeframe) == (venue, source)]
    else:
        keys = [SeriesKey.of(venue, symbol, source) for symbol in symbols]
    if not keys:
        raise NoData(f"no {source} bars of {venue} in the catalog", "See `tradewind data list`")
    reports = [resample_series(catalog, key, to, replace=replace) for key in keys]
    if as_json:
        print_json([{**asdict(report), "written": report_record(report.written)} for report in reports])
        return
    print_reports([report.written for report in reports], as_json=False)
    for report in reports:
        key = report.written.summary.key
        if report.partial:
            print_line(
                f"{key}: {report.partial:,} bars are made of fewer {source} bars than they span"
                f" (the first: {', '.join(report.first_partial)})"
            )
        if report.dropped_bars:
            print_line(f"{key}: the last {report.dropped_bars} {source} bars do not fill a {to} bar yet")
