"""Binance's archive: which files cover a span, and each of them on disk, whole and verified, fetched at most once."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tradewind.adapters.binance.http import Getter
from tradewind.adapters.durable import write_durably
from tradewind.model.errors import DownloadFailed, WrongUse
from tradewind.model.time import DAY_MS, utc_day

_TRIES = 2


@dataclass(frozen=True, slots=True)
class Market:
    """A symbol as Binance spells it, `BTCUSDT`, and the market it trades in."""

    name: str
    perpetual: bool

    @classmethod
    def of(cls, symbol: str) -> "Market":
        """The market of a unified symbol; raises WrongUse for one that is not margined in its quote currency."""
        pair, _, settle = symbol.partition(":")
        base, _, quote = pair.partition("/")
        if settle not in ("", quote):
            raise WrongUse(
                f"{symbol} is not margined in {quote}", "Only BTC/USDT and BTC/USDT:USDT forms can be loaded"
            )
        return cls(base + quote, bool(settle))

    @property
    def folder(self) -> str:
        return "futures/um" if self.perpetual else "spot"


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file of the archive: a whole `monthly` or `daily` period, from `start_ms` to before `end_ms`."""

    period: str
    start_ms: int
    end_ms: int

    def path(self, market: Market, timeframe: str) -> str:
        """Where the archive keeps it, without a leading slash."""
        day = utc_day(self.start_ms)
        date = day[:7] if self.period == "monthly" else day
        return (
            f"data/{market.folder}/{self.period}/klines/{market.name}/{timeframe}/{market.name}-{timeframe}-{date}.zip"
        )


def archive_files(start_ms: int, end_ms: int, now_ms: int) -> list[ArchiveFile]:
    """Files that cover the finished days of a span: months where a whole one is asked for and past, else days."""
    files = []
    day = start_ms - start_ms % DAY_MS
    while day < end_ms and day + DAY_MS <= now_ms:
        month_end = _next_month(day)
        if day == _month_start(day) and month_end <= min(end_ms, now_ms):
            files.append(ArchiveFile("monthly", day, month_end))
        else:
            files.append(ArchiveFile("daily", day, day + DAY_MS))
        day = files[-1].end_ms
    return files


def days_of(file: ArchiveFile) -> Iterator[ArchiveFile]:
    """The daily files that hold the same bars as a monthly one."""
    for day in range(file.start_ms, file.end_ms, DAY_MS):
        yield ArchiveFile("daily", day, day + DAY_MS)


class Archive:
    """Fetches archive files into `folder`, a mirror of the archive's own layout."""

    def __init__(self, url: str, folder: Path, getter: Getter) -> None:
        self._url = url
        self._folder = folder
        self._getter = getter

    def fetch(self, path: str) -> Path | None:
        """The file on disk, checked against the archive's SHA-256; None where the archive does not have it.

        A file that is already there and matches its checksum is not asked for again. Raises DownloadFailed where the
        checksum does not match twice, or is not to be had.
        """
        file = self._folder / path
        checksum_file = file.with_name(file.name + ".CHECKSUM")
        if file.exists() and checksum_file.exists() and _matches(file.read_bytes(), checksum_file.read_text()):
            return file
        url = f"{self._url}/{path}"
        for _ in range(_TRIES):
            answer = self._getter.get(url)
            if answer is None:
                return None
            checksum = self._getter.get(f"{url}.CHECKSUM")
            if checksum is None:
                raise DownloadFailed(f"{url} has no checksum beside it", "Try again later")
            if _matches(answer.content, checksum.text):
                write_durably(file, answer.content)
                write_durably(checksum_file, checksum.content)
                return file
        raise DownloadFailed(
            f"{url}: the file does not match its checksum, twice", "Try again later; other finished files are kept"
        )


def _matches(content: bytes, checksum: str) -> bool:
    return checksum.split()[:1] == [hashlib.sha256(content).hexdigest()]


def _month_start(day_ms: int) -> int:
    moment = dt.datetime.fromtimestamp(day_ms / 1000, dt.UTC).replace(day=1)
    return int(moment.timestamp()) * 1000


def _next_month(day_ms: int) -> int:
    # Day 28 exists in every month, and four days later is always the next one.
    later = dt.datetime.fromtimestamp(day_ms / 1000, dt.UTC).replace(day=28) + dt.timedelta(days=4)
    return int(later.replace(day=1).timestamp()) * 1000
