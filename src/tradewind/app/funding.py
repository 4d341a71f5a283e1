"""Bars as a preset's account meets them: with the funding that a perpetual's positions pay, where rates are known."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tradewind.adapters.catalog import Catalog, read_funding
from tradewind.app.settings import MarketSettings
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting, NoData
from tradewind.model.time import TimeRange, utc_text

_FILL_UP = "Import them with `tradewind data import --funding`, or set market.funding to false to charge none"


def market_bars(
    catalog: Catalog, market: MarketSettings, symbol: str, span: TimeRange, traded_from_ms: int | None = None
) -> Bars:
    """Catalogued bars of a symbol of a preset, with its funding unless the preset wants none or there is none.

    Bars before `traded_from_ms` warm features up and need no rates.

    Raises NoData where rates begin too late or have holes: half of the funding would be a guess; BadSetting where
    funding is asked for that nothing pays.
    """
    bars = catalog.bars(market.venue, symbol, market.timeframe, span)
    if market.funding is False:
        return bars
    rates = read_funding(catalog, market.venue, symbol)
    if rates is None:
        if market.funding:
            if ":" not in symbol:
                raise BadSetting(f"market.funding is true, but {symbol} is spot and pays none", "Remove the setting")
            raise NoData(f"the catalog has no funding rates of {market.venue} {symbol}", _FILL_UP)
        return bars
    first = int(bars.ts[0]) if traded_from_ms is None else max(int(bars.ts[0]), traded_from_ms)
    hole = rates.first_hole(TimeRange(first, int(bars.ts[-1]) + bars.timeframe_ms))
    if hole is not None:
        raise NoData(
            f"funding rates of {market.venue} {symbol} are missing between {utc_text(hole[0])} and {utc_text(hole[1])}",
            _FILL_UP,
        )
    return replace(bars, funding=rates.at_opens(bars))


def about_funding(bars: Sequence[Bars]) -> dict[str, Any]:
    """What a summary keeps: whether spot prices are traded, and which perpetuals pay no funding."""
    return {
        "spot_prices": any(":" not in one.symbol for one in bars),
        "unfunded": [one.symbol for one in bars if ":" in one.symbol and one.funding is None],
    }


def funding_cost(bars: Sequence[Bars]) -> dict[str, list[str]]:
    """What a cost model says of funding, nothing where none is charged: with it, a configuration is another trial."""
    funded = [one.symbol for one in bars if one.funding is not None]
    return {"funding": funded} if funded else {}


def funding_note(about: Mapping[str, Any]) -> str:
    """The same for a reader, for an account that may be short."""
    if about["spot_prices"]:
        return "Spot prices stand in for perpetuals: shorts are allowed, funding is not charged."
    if about["unfunded"]:
        return f"No funding is charged on {', '.join(about['unfunded'])}: the catalog has no rates, or none was wanted."
    return "Funding is charged at the venue's settled rates."
