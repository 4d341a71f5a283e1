"""`tradewind data download`."""

import time
from typing import Annotated, Any

import httpx
import typer

from tradewind import __version__
from tradewind.adapters.binance import BinanceSite, Getter
from tradewind.adapters.catalog import FundingReport
from tradewind.app.download import DownloadReport, DownloadRequest, Venue, download, download_funding
from tradewind.app.other_venues import download_missing, source_of
from tradewind.cli.data.common import (
    ReplaceFlag,
    VenueOption,
    catalog_of,
    print_funding_reports,
    print_reports,
    report_record,
)
from tradewind.cli.output import JsonFlag, command_group, print_json, print_line, workspace_of
from tradewind.cli.tables import progress_bar
from tradewind.model.errors import WrongUse
from tradewind.model.time import TimeRange

app = command_group("Download bars from Binance, any ccxt exchange, or yfinance; resumable.")
_DEFAULT = BinanceSite()
_TIMEOUT_S = 30.0


@app.command("download")
def download_command(
    context: typer.Context,
    symbols: Annotated[list[str], typer.Argument(help="BTC/USDT, or BTC/USDT:USDT for a perpetual.")],
    timerange: Annotated[str, typer.Option(help="Days, UTC: 20240101-20240601, or 20240101- up to now.")],
    timeframe: Annotated[str | None, typer.Option(help="1m 5m 15m 1h 4h 1d; 1m if not given.")] = None,
    funding: Annotated[bool, typer.Option("--funding", help="Perpetuals' funding rates, not bars (binance).")] = False,
    venue: VenueOption = "binance",
    replace: ReplaceFlag = False,
    archive_url: Annotated[str, typer.Option(help="Address of the archive.")] = _DEFAULT.archive_url,
    spot_url: Annotated[str, typer.Option(help="Address of the spot service.")] = _DEFAULT.spot_url,
    futures_url: Annotated[str, typer.Option(help="Address of the futures service.")] = _DEFAULT.futures_url,
    base_url: Annotated[str | None, typer.Option(help="Address of any other venue's service.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Download bars: Binance's archive files checked by checksum, then REST; other venues through ccxt.

    Any exchange that ccxt knows (kraken, bybit, okx, …) needs the extra `tradewind[ccxt]`. yfinance, daily and hourly
    and for research only, needs `tradewind[yfinance]`. Run it again after an interruption: what is finished is kept
    and not asked for twice.
    """
    request = DownloadRequest(
        symbols=tuple(symbols), timeframe=timeframe or "1m", span=TimeRange.parse(timerange), replace=replace
    )
    if funding:
        if venue != "binance" or timeframe is not None:
            raise WrongUse(
                "funding rates are downloaded from binance and have no timeframe",
                "Leave --venue and --timeframe out, or import files with `tradewind data import --funding`",
            )
        site = BinanceSite(futures_url=futures_url)
        print_funding_reports(_funding(context, site, request), as_json=as_json)
        return
    if venue == "binance":
        if base_url is not None:
            raise WrongUse("binance has three addresses", "Give --archive-url, --spot-url, --futures-url instead")
        site = BinanceSite(archive_url=archive_url, spot_url=spot_url, futures_url=futures_url)
        reports = _from_binance(context, site, request)
    else:
        with progress_bar("downloading", "bars") as advance:
            source = source_of(venue, time.sleep, base_url)
            reports = list(download_missing(catalog_of(context), source, request, _now_ms(), advance))
    if as_json:
        print_json([_record(report) for report in reports])
        return
    print_reports([report.written for report in reports], as_json=False)
    files, bars = sum(report.archive_files for report in reports), sum(report.rest_bars for report in reports)
    print_line(f"{files:,} archive files, {bars:,} bars by REST" if venue == "binance" else f"{bars:,} bars came")
    # What is true of all symbols is said once.
    for note in dict.fromkeys(note for report in reports for note in report.notes):
        print_line(f"note: {note}")


def _from_binance(context: typer.Context, site: BinanceSite, request: DownloadRequest) -> list[DownloadReport]:
    with _client() as client, progress_bar("downloading", "files") as advance:
        return list(download(catalog_of(context), _world(context, site, client), request, advance))


def _funding(context: typer.Context, site: BinanceSite, request: DownloadRequest) -> list[FundingReport]:
    with _client() as client, progress_bar("downloading", "symbols") as advance:
        world = _world(context, site, client)
        return list(download_funding(catalog_of(context), world, request, advance))


def _client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT_S, headers={"User-Agent": f"tradewind/{__version__}"})


def _world(context: typer.Context, site: BinanceSite, client: httpx.Client) -> Venue:
    return Venue(
        site=site,
        getter=Getter(client, time.sleep),
        cache_directory=workspace_of(context).cache_directory,
        now_ms=_now_ms(),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _record(report: DownloadReport) -> dict[str, Any]:
    return {
        **report_record(report.written),
        "archive_files": report.archive_files,
        "rest_bars": report.rest_bars,
        "notes": list(report.notes),
    }
