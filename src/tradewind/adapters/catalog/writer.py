"""Changes the catalog: merges bars into months and makes the whole change visible in one step, or not at all.

New files have names of their own, made of their content; nothing that is committed is ever overwritten. The
last step replaces `catalog.json`. Whatever an interrupted writer left is unreachable and swept by the next one.
"""

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tradewind.adapters.catalog.files import Columns, encode_month, sole_writer
from tradewind.adapters.catalog.manifest import CatalogIndex, MonthFile, SeriesKey, SeriesManifest, SeriesSummary
from tradewind.adapters.catalog.store import INDEX_NAME, Catalog, bars_of
from tradewind.adapters.durable import write_durably
from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadData
from tradewind.model.time import utc_text

Batch = TypeVar("Batch")
Report = TypeVar("Report")


@dataclasses.dataclass(frozen=True, slots=True)
class WriteReport:
    """What a commit did to one series: bars `added`, already there (`identical`), or `replaced` by other values."""

    summary: SeriesSummary
    added: int
    identical: int
    replaced: int


def write(
    catalog: Catalog, batches: Iterable[Bars], *, replace: bool = False, resampled_from: str | None = None
) -> list[WriteReport]:
    """Merge every batch into its series and commit them together; the batches may be made while this runs.

    A bar that is already there with the same values is left alone; with other values it is refused (BadData),
    or taken with `replace`, which also overwrites damaged months. Any error, also one raised by the
    iterable, leaves the catalog as it was. Raises CatalogBusy where another process writes.
    """

    def merged(staged: CatalogIndex, bars: Bars) -> tuple[CatalogIndex, WriteReport]:
        report = _SeriesMerge(catalog, staged.find(_key(bars)), bars, replace).run(resampled_from)
        return staged.with_series(report.summary), report

    return commit(catalog, batches, merged)


def commit(
    catalog: Catalog, batches: Iterable[Batch], merge: Callable[[CatalogIndex, Batch], tuple[CatalogIndex, Report]]
) -> list[Report]:
    """Merge batch after batch into the index, then make the whole change visible in one step; returns the reports.

    `merge` writes new files and returns the index that names them. Any error leaves the catalog as it was. Raises
    CatalogBusy where another process writes.
    """
    with sole_writer(catalog.root):
        committed = staged = catalog.index()
        _sweep(catalog, committed)
        reports = []
        try:
            for batch in batches:
                staged, report = merge(staged, batch)
                reports.append(report)
            if staged != committed:
                write_durably(catalog.root / INDEX_NAME, staged.model_dump_json(indent=1).encode())
        except BaseException:
            _sweep(catalog, committed)
            raise
        return reports


def _key(bars: Bars) -> SeriesKey:
    return SeriesKey.of(bars.venue, bars.symbol, bars.timeframe)


class _SeriesMerge:
    """Merges one batch into one series on disk, month by month; nothing of it is visible before the commit."""

    def __init__(self, catalog: Catalog, known: SeriesSummary | None, bars: Bars, replace: bool) -> None:  # noqa: FBT001
        self.catalog = catalog
        self.key = _key(bars)
        self.bars = bars
        self.replace = replace
        self.folder = catalog.root / self.key.directory
        self.known = known
        self.manifest = self._known_manifest()
        self.added = self.identical = self.replaced = 0

    def run(self, resampled_from: str | None) -> WriteReport:
        assert len(self.bars), "a batch without bars says nothing"
        before = {} if self.manifest is None else {entry.month: entry for entry in self.manifest.months}
        after = dict(before)
        months = month_names(self.bars.ts)
        cuts = [0, *(np.flatnonzero(months[1:] != months[:-1]) + 1).tolist(), len(months)]
        for start, end in itertools.pairwise(cuts):
            name = str(months[start])
            after[name] = self._merge_month(name, before.get(name), self.bars.rows(start, end))
        if self.known is not None and after == before:
            return self._report(self.known)
        return self._report(self._write_manifest([after[name] for name in sorted(after)], resampled_from))

    def _report(self, summary: SeriesSummary) -> WriteReport:
        return WriteReport(summary, self.added, self.identical, self.replaced)

    def _known_manifest(self) -> SeriesManifest | None:
        if self.known is None:
            return None
        try:
            return self.catalog.read_manifest(self.known)
        except (BadData, FileNotFoundError):
            if not self.replace:
                raise
            return None

    def _merge_month(self, name: str, entry: MonthFile | None, new: Bars) -> MonthFile:
        old = None if entry is None else self._old_columns(entry)
        if entry is None or old is None:
            self.added += len(new)
            return self._write_month(name, new)
        merged, rows_changed = self._merge(old, new)
        return self._write_month(name, merged) if rows_changed else entry

    def _old_columns(self, entry: MonthFile) -> Columns | None:
        assert self.manifest is not None
        try:
            return self.catalog.columns(self.manifest, [entry])
        except (BadData, FileNotFoundError):
            if not self.replace:
                raise
            return None

    def _merge(self, old: Columns, new: Bars) -> tuple[Bars, int]:
        fresh = tuple(getattr(new, name) for name in BAR_COLUMNS)
        at = np.searchsorted(old[0], fresh[0])
        there = old[0][np.minimum(at, len(old[0]) - 1)] == fresh[0]
        same = there.copy()
        for mine, theirs in zip(old[1:], fresh[1:], strict=True):
            same[there] &= mine[at[there]] == theirs[there]
        differs = there & ~same
        if differs.any() and not self.replace:
            raise self._conflict(old, new, at, differs)
        self.identical += int(same.sum())
        self.replaced += int(differs.sum())
        self.added += int((~there).sum())
        kept = np.ones(len(old[0]), np.bool_)
        kept[at[differs]] = False
        order = np.argsort(np.concatenate((old[0][kept], fresh[0][~same])), kind="stable")
        columns = [np.concatenate((mine[kept], theirs[~same]))[order] for mine, theirs in zip(old, fresh, strict=True)]
        return bars_of(self.key, columns), int((~same).sum())

    def _conflict(self, old: Columns, new: Bars, at: npt.NDArray[np.intp], differs: npt.NDArray[np.bool_]) -> BadData:
        row = int(np.argmax(differs))
        for name, mine in zip(BAR_COLUMNS[1:], old[1:], strict=True):
            was, now = float(mine[at[row]]), float(getattr(new, name)[row])
            if was != now:
                break
        count = int(differs.sum())
        others = f" (and {count - 1} more bars that month)" if count > 1 else ""
        return BadData(
            f"{self.key}: the bar of {utc_text(int(new.ts[row]))} is catalogued with {name} {was:.12g},"
            f" the new data say {now:.12g}{others}",
            "Nothing was changed; add --replace to take the new bars",
        )

    def _write_month(self, name: str, bars: Bars) -> MonthFile:
        content = encode_month((bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume))
        digest = hashlib.sha256(content).hexdigest()
        file = f"{name}.{digest[:12]}.parquet"
        write_durably(self.folder / file, content)
        return MonthFile(
            month=name,
            file=file,
            rows=len(bars),
            first_ts=int(bars.ts[0]),
            last_ts=int(bars.ts[-1]),
            sha256=digest,
            content_hash=bars.content_hash(),
        )

    def _write_manifest(self, months: list[MonthFile], resampled_from: str | None) -> SeriesSummary:
        shell = SeriesManifest(
            key=self.key,
            rows=sum(entry.rows for entry in months),
            first_ts=months[0].first_ts,
            last_ts=months[-1].last_ts,
            content_hash="",
            resampled_from=resampled_from,
            gaps=(),
            months=tuple(months),
        )
        whole = bars_of(self.key, self.catalog.columns(shell, months))
        gaps = tuple((gap.after_ts, gap.before_ts, gap.missing) for gap in whole.gaps())
        manifest = shell.model_copy(update={"content_hash": whole.content_hash(), "gaps": gaps})
        content = manifest.model_dump_json(indent=1).encode()
        digest = hashlib.sha256(content).hexdigest()
        path = self.key.directory / f"series.{digest[:12]}.json"
        write_durably(self.catalog.root / path, content)
        missing = [gap[2] for gap in gaps]
        return SeriesSummary(
            key=self.key,
            rows=manifest.rows,
            first_ts=manifest.first_ts,
            last_ts=manifest.last_ts,
            gaps=len(gaps),
            missing_bars=sum(missing),
            longest_gap_bars=max(missing, default=0),
            content_hash=manifest.content_hash,
            resampled_from=resampled_from,
            manifest=str(path),
            manifest_sha256=digest,
        )


def month_names(ts: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """The UTC month of each open time; `str` of an element is `2022-05`."""
    return ts.astype("datetime64[ms]").astype("datetime64[M]")


def _sweep(catalog: Catalog, committed: CatalogIndex) -> None:
    """Remove files that no committed manifest names; a series whose manifest is unreadable is left alone."""
    for folder in {path.parent for path in catalog.root.glob("*/*/*/*")}:
        named = _named_files(catalog, committed, folder)
        if named is None:
            continue
        for path in folder.iterdir():
            if path.is_file() and path.name not in named:
                path.unlink()


def _named_files(catalog: Catalog, committed: CatalogIndex, folder: Path) -> set[str] | None:
    rates = {catalog.root / one.file for one in committed.funding}
    if any(path.parent == folder for path in rates):
        return {path.name for path in rates if path.parent == folder}
    for summary in committed.series:
        if catalog.root / summary.key.directory == folder:
            try:
                manifest = catalog.read_manifest(summary)
            except (BadData, FileNotFoundError):
                return None
            return {Path(summary.manifest).name, *(entry.file for entry in manifest.months)}
    return set()
