"""`tradewind data`: fill the catalog, look into it, audit it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import typer

from tradewind.cli.lazy import LazyGroup, Subcommand


class DataGroup(LazyGroup):
    """The commands around the catalog."""

    subcommands: ClassVar[Mapping[str, Subcommand]] = MappingProxyType(
        {
            "import": Subcommand("tradewind.cli.data.importing", "Import files, all of them or, on any error, none."),
            "download": Subcommand(
                "tradewind.cli.data.downloading", "Download bars: Binance, any ccxt exchange, yfinance."
            ),
            "list": Subcommand("tradewind.cli.data.listing", "Show every series in the catalog."),
            "check": Subcommand("tradewind.cli.data.checking", "Audit series: damage, gaps, outliers."),
            "resample": Subcommand("tradewind.cli.data.resampling", "Make coarser bars of finer ones."),
            "sql": Subcommand("tradewind.cli.data.sql", "Ask the catalog in SQL."),
        }
    )


app = typer.Typer(
    cls=DataGroup,
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Market data: import, download, list, check, resample, sql.",
)


@app.callback()
def _data() -> None:
    """Market data: import, download, list, check, resample, sql."""
