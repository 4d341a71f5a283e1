"""Auditing a catalogued series: damage, duplicates, disorder, gaps, bars without volume, outliers; funding rates."""

import hashlib
from dataclasses import dataclass

import numpy as np

from tradewind.adapters.catalog import Catalog, FundingFile, SeriesKey, SeriesManifest, read_funding
from tradewind.adapters.catalog.files import Columns
from tradewind.model.bars import BAR_COLUMNS, Bars, FloatArray, Gap, IntArray
from tradewind.model.errors import BadData, NoData
from tradewind.model.funding import LONGEST_PAUSE_MS
from tradewind.model.time import timeframe_ms, utc_text

# A move is an outlier where it is this many times the median move of its neighbourhood. Measured on BTC 1m 2019-2024:
# 40 leaves some hundred moves in three million, nearly all of them real crashes.
OUTLIER_MULTIPLE = 40.0
_NEIGHBOURHOOD_BARS = 1440
_TOP = 10


@dataclass(frozen=True, slots=True)
class Outlier:
    """A one-bar move far beyond those around it; `multiple` counts medians of the neighbourhood's moves.

    `kind` is `jump` (close to close, `move` a signed log return) or `wick` (the part of the bar beyond its body, a log
    ratio). `across_gap` marks a jump over missing bars.
    """

    ts: int
    kind: str
    move: float
    multiple: float
    across_gap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is wrong with a series (`faults`) and what is merely worth knowing (the rest).

    `zero_volume_share` and `flat_share` (high equals low) are fractions of all bars; outliers are the largest few of
    `outlier_count`.
    """

    key: SeriesKey
    rows: int
    first_ts: int
    last_ts: int
    content_hash: str
    faults: tuple[str, ...]
    duplicates: int
    disordered: int
    gaps: tuple[Gap, ...]
    zero_volume_share: float
    flat_share: float
    outlier_count: int
    outliers: tuple[Outlier, ...]

    @property
    def missing_bars(self) -> int:
        return sum(gap.missing for gap in self.gaps)

    def longest_gaps(self, count: int = _TOP) -> list[Gap]:
        """The longest gaps, longest first."""
        return sorted(self.gaps, key=lambda gap: (-gap.missing, gap.after_ts))[:count]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingAudit:
    """What is wrong with a perpetual's funding rates (`faults`), and how often they pause for longer than a venue."""

    venue: str
    symbol: str
    file: str
    rows: int
    first_ts: int
    last_ts: int
    content_hash: str
    faults: tuple[str, ...]
    holes: int


def check_funding(catalog: Catalog, known: FundingFile) -> FundingAudit:
    """Read a perpetual's rates again; damage becomes a fault that names the file, or the rate and its row."""
    faults, holes = [], 0
    try:
        rates = read_funding(catalog, known.venue, known.symbol)
        assert rates is not None, "the catalog lists it"
        holes = int((np.diff(rates.ts) > LONGEST_PAUSE_MS).sum())
        if rates.content_hash() != known.content_hash:
            faults.append(f"{known.file} does not hold the rates the catalog names")
    except BadData as error:
        faults.append(error.problem)
    listed = known.model_dump(include={"venue", "symbol", "file", "rows", "first_ts", "last_ts", "content_hash"})
    return FundingAudit(**listed, faults=tuple(faults), holes=holes)


def check_series(catalog: Catalog, key: SeriesKey) -> Audit:
    """Read every file of a series again and audit it; damage becomes a fault in the report, not an error.

    Raises NoData where the series is not catalogued or no file of it can be read.
    """
    manifest = catalog.manifest(key)
    faults: list[str] = []
    readable = []
    for entry in manifest.months:
        try:
            columns = catalog.columns(manifest, [entry])
        except (BadData, FileNotFoundError) as error:
            faults.append(str(error) if isinstance(error, BadData) else f"{error.filename} is missing")
            continue
        readable.append(columns)
        if _content_hash(key, columns) != entry.content_hash:
            faults.append(f"{entry.file} does not hold the bars its manifest names")
    if not readable:
        raise NoData(f"no file of {key} can be read: {faults[0]}", "Import it again with --replace")
    whole = _stacked(readable)
    if not faults and _content_hash(key, whole) != manifest.content_hash:
        faults.append("the months together are not the series that was committed")
    return _audited(manifest, whole, faults)


def _audited(manifest: SeriesManifest, columns: Columns, faults: list[str]) -> Audit:
    ts, opens, highs, lows, closes, volumes = columns
    step = timeframe_ms(manifest.key.timeframe)
    steps = np.diff(ts)
    faults.extend(_broken_rules(manifest.key, columns))
    outliers = [*_jumps(ts, closes, step), *_wicks(ts, opens, highs, lows, closes)]
    outliers.sort(key=lambda outlier: (-outlier.multiple, outlier.ts))
    return Audit(
        key=manifest.key,
        rows=len(ts),
        first_ts=int(ts[0]),
        last_ts=int(ts[-1]),
        content_hash=manifest.content_hash,
        faults=tuple(faults),
        duplicates=int((steps == 0).sum()),
        disordered=int((steps < 0).sum()),
        gaps=tuple(Gap(int(ts[i]), int(ts[i + 1]), int(steps[i] // step - 1)) for i in np.flatnonzero(steps > step)),
        zero_volume_share=float((volumes == 0).mean()),
        flat_share=float((highs == lows).mean()),
        outlier_count=len(outliers),
        outliers=tuple(outliers[:_TOP]),
    )


def _broken_rules(key: SeriesKey, columns: Columns) -> list[str]:
    try:
        _bars(key, columns)
    except BadData as error:
        return [error.problem]
    return []


def _jumps(ts: IntArray, closes: FloatArray, step: int) -> list[Outlier]:
    moves = np.diff(np.log(closes))
    multiples = _multiples(np.abs(moves))
    return [
        Outlier(int(ts[i + 1]), "jump", float(moves[i]), float(multiples[i]), bool(ts[i + 1] - ts[i] != step))
        for i in np.flatnonzero(multiples > OUTLIER_MULTIPLE)
    ]


def _wicks(ts: IntArray, opens: FloatArray, highs: FloatArray, lows: FloatArray, closes: FloatArray) -> list[Outlier]:
    above = np.log(highs / np.maximum(opens, closes))
    below = np.log(np.minimum(opens, closes) / lows)
    wicks = np.maximum(above, below)
    multiples = _multiples(wicks)
    return [
        Outlier(int(ts[i]), "wick", float(wicks[i]), float(multiples[i]), across_gap=False)
        for i in np.flatnonzero(multiples > OUTLIER_MULTIPLE)
    ]


def _multiples(sizes: FloatArray) -> FloatArray:
    """Each move over the median move of its block of bars, or of the whole series where that is larger.

    The larger of the two, so that a quiet night does not make an ordinary move look like an error.
    """
    positive = sizes[sizes > 0]
    if len(positive) == 0:
        return np.zeros(len(sizes))
    overall = float(np.median(positive))
    blocks = np.arange(len(sizes)) // _NEIGHBOURHOOD_BARS
    starts = np.arange(0, len(sizes), _NEIGHBOURHOOD_BARS)
    local = np.array([np.median(sizes[start : start + _NEIGHBOURHOOD_BARS]) for start in starts])
    scale: FloatArray = np.maximum(local, overall)[blocks]
    return sizes / scale


def _content_hash(key: SeriesKey, columns: Columns) -> str:
    try:
        return _bars(key, columns).content_hash()
    except BadData as error:
        return hashlib.sha256(str(error).encode()).hexdigest()


def _bars(key: SeriesKey, columns: Columns) -> Bars:
    ts, opens, highs, lows, closes, volumes = columns
    return Bars(
        venue=key.venue, symbol=key.symbol, timeframe=key.timeframe,
        ts=ts, open=opens, high=highs, low=lows, close=closes, volume=volumes,
    )  # fmt: skip


def _stacked(parts: list[Columns]) -> Columns:
    ts = np.concatenate([part[0] for part in parts])
    floats: list[FloatArray] = [
        np.concatenate([np.asarray(part[i], np.float64) for part in parts]) for i in range(1, len(BAR_COLUMNS))
    ]
    return ts, floats[0], floats[1], floats[2], floats[3], floats[4]


def gap_text(gap: Gap, step: int) -> str:
    """`2019-05-15 03:00 to 2019-05-15 12:59` for the bars a gap lacks."""
    return f"{utc_text(gap.after_ts + step)} to {utc_text(gap.before_ts - step)}"
