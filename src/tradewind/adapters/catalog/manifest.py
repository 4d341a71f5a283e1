"""What the catalog writes down about its series: which month files hold them, their sizes, hashes and gaps.

Two levels: `catalog.json` lists every series with the name and hash of its manifest; the manifest lists the month
files. Funding rates are few: one file a perpetual, listed in `catalog.json` itself. Replacing `catalog.json` is the
only step that makes a change visible, for all series at once.
"""

import re
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, field_validator

from tradewind.model.bars import Gap
from tradewind.model.errors import WrongUse
from tradewind.model.instrument import checked_symbol
from tradewind.model.time import TIMEFRAME_MS, timeframe_ms, utc_text

_VENUE = re.compile(r"^[a-z0-9_]{1,30}$")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeriesKey(_Frozen):
    """Names one series: a venue (`binance`), a unified symbol (`BTC/USDT`) and a timeframe (`1m`).

    `SeriesKey.of` raises WrongUse where one of them has a wrong form.
    """

    venue: str
    symbol: str
    timeframe: str

    @classmethod
    def of(cls, venue: str, symbol: str, timeframe: str) -> "SeriesKey":
        if not _VENUE.match(venue):
            raise WrongUse(f"{venue!r} is not a venue name", "Use small letters, digits and underscores: binance")
        timeframe_ms(timeframe)
        return cls(venue=venue, symbol=checked_symbol(symbol), timeframe=timeframe)

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol} {self.timeframe}"

    @property
    def sort_key(self) -> tuple[str, str, int]:
        return self.venue, self.symbol, TIMEFRAME_MS[self.timeframe]

    @property
    def directory(self) -> PurePosixPath:
        """Folder of the series below the catalog's root."""
        return PurePosixPath(self.venue, self.symbol.replace("/", "_").replace(":", "_"), self.timeframe)


class MonthFile(_Frozen):
    """One Parquet file: the bars whose open time lies in `month` (`2022-05`, UTC)."""

    month: str
    file: str
    rows: int
    first_ts: int
    last_ts: int
    sha256: str
    content_hash: str

    @field_validator("file")
    @classmethod
    def _plain_name(cls, file: str) -> str:
        if "/" in file or file.startswith("."):
            raise ValueError("a month file lies beside its manifest")
        return file


class SeriesManifest(_Frozen):
    """All that is known of a series. `gaps` holds (last bar before, first bar after, bars missing).

    `content_hash` is `Bars.content_hash` of the whole series. `resampled_from` names the finer timeframe for a
    series the product made itself, None for a venue's own bars.
    """

    key: SeriesKey
    rows: int
    first_ts: int
    last_ts: int
    content_hash: str
    resampled_from: str | None
    gaps: tuple[tuple[int, int, int], ...]
    months: tuple[MonthFile, ...]

    def gap_list(self) -> list[Gap]:
        return [Gap(*gap) for gap in self.gaps]


class SeriesSummary(_Frozen):
    """A series as `catalog.json` knows it, enough for a listing; `manifest` is a path below the catalog's root."""

    key: SeriesKey
    rows: int
    first_ts: int
    last_ts: int
    gaps: int
    missing_bars: int
    longest_gap_bars: int
    content_hash: str
    resampled_from: str | None
    manifest: str
    manifest_sha256: str

    def __str__(self) -> str:
        return f"{self.key} {utc_text(self.first_ts)} to {utc_text(self.last_ts)} ({self.rows:,} bars)"


class FundingFile(_Frozen):
    """All funding rates of one perpetual: the Parquet file that holds them, a path below the catalog's root.

    `content_hash` is `FundingRates.content_hash`.
    """

    venue: str
    symbol: str
    rows: int
    first_ts: int
    last_ts: int
    content_hash: str
    file: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol} funding {utc_text(self.first_ts)} to {utc_text(self.last_ts)}"


def funding_directory(venue: str, symbol: str) -> PurePosixPath:
    """Folder of a perpetual's funding rates below the catalog's root."""
    return SeriesKey.of(venue, symbol, "1m").directory.with_name("funding")


class CatalogIndex(_Frozen):
    """The content of `catalog.json`."""

    format: int = 1
    series: tuple[SeriesSummary, ...] = ()
    funding: tuple[FundingFile, ...] = ()

    def find(self, key: SeriesKey) -> SeriesSummary | None:
        return next((summary for summary in self.series if summary.key == key), None)

    def with_series(self, summary: SeriesSummary) -> "CatalogIndex":
        others = [other for other in self.series if other.key != summary.key]
        return self.model_copy(update={"series": tuple(sorted([*others, summary], key=lambda item: item.key.sort_key))})

    def funding_of(self, venue: str, symbol: str) -> FundingFile | None:
        return next((one for one in self.funding if (one.venue, one.symbol) == (venue, symbol)), None)

    def with_funding(self, fresh: FundingFile) -> "CatalogIndex":
        others = [one for one in self.funding if (one.venue, one.symbol) != (fresh.venue, fresh.symbol)]
        return self.model_copy(
            update={"funding": tuple(sorted([*others, fresh], key=lambda one: (one.venue, one.symbol)))}
        )
