"""Funding rates in the catalog: one Parquet file a perpetual, changed by whole commits like the bars."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tradewind.adapters.catalog.manifest import CatalogIndex, FundingFile, funding_directory
from tradewind.adapters.catalog.store import RETRIES, Catalog
from tradewind.adapters.catalog.writer import commit
from tradewind.adapters.durable import write_durably
from tradewind.model.errors import BadData, WrongUse
from tradewind.model.funding import FUNDING_COLUMNS, FundingRates
from tradewind.model.time import utc_text


@dataclass(frozen=True, slots=True)
class FundingReport:
    """What a commit did to one perpetual's rates: `added`, already there (`identical`), or `replaced` by others."""

    summary: FundingFile
    added: int
    identical: int
    replaced: int


def read_funding(catalog: Catalog, venue: str, symbol: str) -> FundingRates | None:
    """All catalogued rates of a perpetual, None where there are none; raises BadData where their file is damaged."""
    for _ in range(RETRIES):
        known = catalog.index().funding_of(venue, symbol)
        if known is None:
            return None
        try:
            return _read(catalog, known)
        except FileNotFoundError:
            # A writer may have committed and cleaned up between our two reads; then the index has changed.
            if catalog.index().funding_of(venue, symbol) == known:
                break
    raise BadData(f"the funding rates of {symbol} are missing from the catalog", _again(symbol))


def write_funding(catalog: Catalog, batches: Iterable[FundingRates], *, replace: bool = False) -> list[FundingReport]:
    """Merge every batch into what is known of its perpetual and commit them together.

    A rate that is there with another value is refused (BadData), or taken with `replace`, which also overwrites a
    damaged file. Any error leaves the catalog as it was. Raises WrongUse for a symbol that is no perpetual, CatalogBusy
    where another process writes.
    """

    def merged(staged: CatalogIndex, rates: FundingRates) -> tuple[CatalogIndex, FundingReport]:
        report = _merged(catalog, staged, rates, replace=replace)
        return staged.with_funding(report.summary), report

    return commit(catalog, batches, merged)


def _merged(catalog: Catalog, index: CatalogIndex, new: FundingRates, *, replace: bool) -> FundingReport:
    if ":" not in new.symbol:
        named = f"{new.symbol}:{new.symbol.partition('/')[2]}"
        raise WrongUse(f"{new.symbol} is no perpetual and has no funding", f"Call it {named} if it is one")
    known = index.funding_of(new.venue, new.symbol)
    old = None if known is None else _known_rates(catalog, known, replace=replace)
    if known is None or old is None:
        return FundingReport(_written(catalog, new), len(new), 0, 0)
    again = np.isin(new.ts, old.ts, assume_unique=True)
    same = again.copy()
    same[again] = old.rate[np.searchsorted(old.ts, new.ts[again])] == new.rate[again]
    differs = again & ~same
    if differs.any() and not replace:
        row = int(np.argmax(differs))
        was = float(old.rate[np.searchsorted(old.ts, new.ts[row])])
        raise BadData(
            f"{new.venue} {new.symbol}: the funding rate of {utc_text(int(new.ts[row]))} is catalogued as {was:.8g}, "
            f"the new data say {float(new.rate[row]):.8g}",
            "Nothing was changed; add --replace to take the new rates",
        )
    counts = (int((~again).sum()), int(same.sum()), int(differs.sum()))
    if same.all():
        return FundingReport(known, *counts)
    kept = ~np.isin(old.ts, new.ts, assume_unique=True)
    ts, rate = np.concatenate((old.ts[kept], new.ts)), np.concatenate((old.rate[kept], new.rate))
    order = np.argsort(ts)
    whole = FundingRates(venue=new.venue, symbol=new.symbol, ts=ts[order], rate=rate[order])
    return FundingReport(_written(catalog, whole), *counts)


def _known_rates(catalog: Catalog, known: FundingFile, *, replace: bool) -> FundingRates | None:
    try:
        return _read(catalog, known)
    except FileNotFoundError:
        if not replace:
            raise BadData(f"{known} is missing from the catalog", _again(known.symbol)) from None
    except BadData:
        if not replace:
            raise
    return None


def _written(catalog: Catalog, rates: FundingRates) -> FundingFile:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(zip(FUNDING_COLUMNS, (rates.ts, rates.rate), strict=True))), sink, compression="lz4")
    content = bytes(sink.getvalue())
    digest = hashlib.sha256(content).hexdigest()
    file = funding_directory(rates.venue, rates.symbol) / f"rates.{digest[:12]}.parquet"
    write_durably(catalog.root / file, content)
    return FundingFile(
        venue=rates.venue,
        symbol=rates.symbol,
        rows=len(rates),
        first_ts=int(rates.ts[0]),
        last_ts=int(rates.ts[-1]),
        content_hash=rates.content_hash(),
        file=str(file),
        sha256=digest,
    )


def _read(catalog: Catalog, known: FundingFile) -> FundingRates:
    path = catalog.root / known.file
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != known.sha256:
        raise BadData(f"{path} is damaged: its bytes are not those that were written", _again(known.symbol))
    table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    columns = {name: np.concatenate([np.from_dlpack(part) for part in table[name].chunks]) for name in FUNDING_COLUMNS}
    return FundingRates(venue=known.venue, symbol=known.symbol, ts=columns["ts"], rate=columns["rate"])


def _again(symbol: str) -> str:
    return f"Import the funding rates of {symbol} again with --replace"
