"""What a file's name says about its content: symbol and timeframe in the spellings venues and bots use."""

import re
from dataclasses import dataclass

from tradewind.model.errors import BadFile
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import TIMEFRAME_MS, timeframe_ms

# Longest first, so that BTCFDUSD is not read as BTCFD/USD.
_QUOTES = (
    "FDUSD",
    "USDT",
    "USDC",
    "BUSD",
    "TUSD",
    "USDP",
    "DAI",
    "EUR",
    "GBP",
    "TRY",
    "BRL",
    "USD",
    "BTC",
    "ETH",
    "BNB",
)
_TIMEFRAMES = "|".join(TIMEFRAME_MS)
_SPLIT_SYMBOL = re.compile(r"^([A-Z0-9]{1,20})[_-]([A-Z0-9]{2,6})(?:_([A-Z0-9]{2,6}))?$")
_NAMED = re.compile(rf"^(?P<symbol>[A-Z0-9_]+?)[-_](?P<timeframe>{_TIMEFRAMES})(?P<rest>[-_.].*)?$")
_NOT_BARS = re.compile(r"-(mark|index|premiumIndex|funding_rate|fundingRate)(?=[-.]|$)")
_FUNDING = re.compile(r"^([A-Z0-9_]+?)-(?:[0-9]+[hm]-)?(?:funding_rate|fundingRate)(?=[-.]|$)")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose bars a file holds: a unified symbol and a timeframe."""

    symbol: str
    timeframe: str


def identify(path: str, *, symbol: str | None, timeframe: str | None) -> Identity:
    """Symbol and timeframe of the file at `path`, from what the user gave and what the name says.

    Names read: BTCUSDT-1m-2022-05.zip, BTCUSDT/1m.parquet, BTC_USDT-1m.feather, BTC_USDT_USDT-5m-futures.feather;
    a folder `um` or one that ends in `_um` makes BTCUSDT the perpetual BTC/USDT:USDT. Raises BadFile where neither
    the name nor the user says it, or where the two contradict each other.
    """
    said_symbol, said_timeframe = _read_name(path)
    if not holds_bars(path):
        remedy = "Add --funding to import funding rates" if named_perpetual(path) else "Leave it out of the import"
        raise BadFile("holds mark prices or funding rates, not bars", remedy, file=path)
    if symbol is not None:
        checked_symbol(symbol)
        if said_symbol is not None and said_symbol.split(":")[0] != symbol.split(":")[0]:
            raise BadFile(
                f"its name says {said_symbol}, not {symbol}", "Give the symbol of this file, or rename it", file=path
            )
    if timeframe is not None:
        timeframe_ms(timeframe)
        if said_timeframe is not None and said_timeframe != timeframe:
            raise BadFile(
                f"its name says {said_timeframe}, not {timeframe}",
                "Give the timeframe of this file, or rename it",
                file=path,
            )
    symbol, timeframe = symbol or said_symbol, timeframe or said_timeframe
    if symbol is None:
        raise BadFile("its name does not say which symbol it holds", "Add --symbol BTC/USDT", file=path)
    if timeframe is None:
        raise BadFile("its name does not say which timeframe it holds", "Add --timeframe 1m", file=path)
    return Identity(symbol, timeframe)


def holds_bars(path: str) -> bool:
    """Whether the name says nothing else: bots' folders hold mark prices, index prices and funding rates too."""
    return _NOT_BARS.search(path.replace("\\", "/").rsplit("/", 1)[-1]) is None


def named_perpetual(path: str) -> str | None:
    """The perpetual whose funding rates a file holds by its name; None where the name does not say so."""
    found = _FUNDING.match(path.replace("\\", "/").rsplit("/", 1)[-1].rsplit("!", 1)[-1])
    return None if found is None else _unified(found[1], perpetual=True)


def _read_name(path: str) -> tuple[str | None, str | None]:
    *folders, file = path.replace("\\", "/").split("/")
    stem = re.sub(r"\.(csv|csv\.gz|zip|parquet|feather)$", "", file, flags=re.IGNORECASE)
    perpetual = any(folder == "um" or folder.endswith("_um") for folder in folders)
    named = _NAMED.match(stem)
    if named:
        return _unified(named["symbol"], perpetual=perpetual), named["timeframe"]
    if stem in TIMEFRAME_MS:
        return _unified(folders[-1], perpetual=perpetual) if folders else None, stem
    return _unified(stem, perpetual=perpetual), None


def _unified(text: str, *, perpetual: bool) -> str | None:
    split = _SPLIT_SYMBOL.match(text)
    if split:
        base, quote, settle = split.groups()
        return f"{base}/{quote}" + (f":{settle}" if settle else f":{quote}" if perpetual else "")
    if not re.fullmatch(r"[A-Z0-9]{4,26}", text):
        return None
    for quote in _QUOTES:
        base = text.removesuffix(quote)
        if base not in ("", text):
            return f"{base}/{quote}" + (f":{quote}" if perpetual else "")
    return None
