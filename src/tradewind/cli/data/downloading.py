"""`tradewind data download`."""

import time
from typing import Annotated

import httpx
import typer

from tradewind import __version__
from tradewind.adapters.binance import BinanceSite, Getter
from tradewind.app.download import DownloadReport, DownloadRequest, Venue, download
from tradewind.cli.data.common import ReplaceFlag, VenueOption, catalog_of, print_reports, report_record
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, workspace_of
from tradewind.cli.tables import progress_bar
from tradewind.model.errors import WrongUse
from tradewind.model.time import TimeRange

app = command_group("Download bars from Binance, resumably.")
_DEFAULT = BinanceSite()
_TIMEOUT_S = 30.0


@app.command("download")
def download_command(
    context: typer.Context,
    symbols: Annotated[list[str], typer.Argument(help="BTC/USDT, or BTC/USDT:USDT for a perpetual.")],
    timerange: Annotated[str, typer.Option(help="Days, UTC: 20240101-20240601, or 20240101- up to now.")],
    timeframe: Annotated[str, typer.Option(help="1m 5m 15m 1h 4h 1d.")] = "1m",
    venue: VenueOption = "binance",
    replace: ReplaceFlag = False,
    archive_url: Annotated[str, typer.Option(help="Address of the archive.")] = _DEFAULT.archive_url,
    spot_url: Annotated[str, typer.Option(help="Address of the spot service.")] = _DEFAULT.spot_url,
    futures_url: Annotated[str, typer.Option(help="Address of the futures service.")] = _DEFAULT.futures_url,
    as_json: JsonFlag = False,
) -> None:
    """Download bars from Binance: archive files checked by checksum, REST for the days they do not have yet.

    Run it again after an interruption: finished files are kept in the workspace's cache and not asked for twice.
    """
    if venue != "binance":
        raise WrongUse(f"cannot download from {venue}", "Use --venue binance, or `tradewind data import` its files")
    site = BinanceSite(archive_url=archive_url, spot_url=spot_url, futures_url=futures_url)
    request = DownloadRequest(
        symbols=tuple(symbols), timeframe=timeframe, span=TimeRange.parse(timerange), replace=replace
    )
    reports: list[DownloadReport] = []
    headers = {"User-Agent": f"tradewind/{__version__}"}
    with httpx.Client(timeout=_TIMEOUT_S, headers=headers) as client, progress_bar("downloading", "files") as advance:
        world = Venue(
            site=site,
            getter=Getter(client, time.sleep),
            cache_directory=workspace_of(context).cache_directory,
            now_ms=time.time_ns() // 1_000_000,
        )
        reports.extend(download(catalog_of(context), world, request, advance))
    if as_json:
        print_json(
            [
                {**report_record(item.written), "archive_files": item.archive_files, "rest_bars": item.rest_bars}
                for item in reports
            ]
        )
        return
    print_reports([item.written for item in reports], as_json=False)
    files, bars = sum(item.archive_files for item in reports), sum(item.rest_bars for item in reports)
    print_line(f"{files:,} archive files, {bars:,} bars by REST")
