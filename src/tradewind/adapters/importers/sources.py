"""From the paths a user names to the single tables in them: files, folders, and the members of zip archives."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewind.adapters.importers.names import holds_bars, named_perpetual
from tradewind.model.errors import BadFile

READABLE = (".parquet", ".feather", ".csv", ".csv.gz", ".zip")


@dataclass(frozen=True, slots=True)
class Source:
    """One table to import: a file, or the member `member` of a zip archive."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.path) if self.member is None else f"{self.path}!{self.member}"

    @property
    def kind(self) -> str:
        """`parquet`, `feather` or `csv`."""
        return "csv" if self.member is not None else _suffix(self.path).split(".")[1]

    def text_bytes(self) -> bytes:
        """The unpacked bytes of a CSV; raises BadFile where the packing is damaged."""
        try:
            if self.member is not None:
                with zipfile.ZipFile(self.path) as archive:
                    return archive.read(self.member)
            if _suffix(self.path) == ".csv.gz":
                return gzip.decompress(self.path.read_bytes())
            return self.path.read_bytes()
        except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError, RuntimeError) as error:
            raise BadFile(f"cannot be unpacked ({error})", "Get the file again", file=self.name) from None


def find_sources(paths: Sequence[Path], *, funding: bool = False) -> list[Source]:
    """Every table under `paths`, in a stable order; folders are searched for files of bars, or of funding rates, and
    others in them ignored.

    Raises BadFile for a path that does not exist or cannot be read, and where a folder or zip holds no table.
    """
    sources = [source for path in paths for source in _sources_of(path, funding=funding)]
    return list(dict.fromkeys(sources))


def _sources_of(path: Path, *, funding: bool) -> Iterator[Source]:
    if path.is_dir():
        wanted = named_perpetual if funding else holds_bars
        files = sorted(file for file in path.rglob("*") if file.is_file() and _suffix(file) and wanted(file.name))
        if not files:
            raise BadFile("no file to import in this folder", f"It may hold {', '.join(READABLE)}", file=str(path))
        for file in files:
            yield from _sources_of(file, funding=funding)
    elif not path.exists():
        raise BadFile("there is no such file", "Check the path", file=str(path))
    elif not _suffix(path):
        raise BadFile("is of no kind that can be imported", f"Give {', '.join(READABLE)}", file=str(path))
    elif path.stat().st_size == 0:
        raise BadFile("is empty", "Get the file again, or leave it out", file=str(path))
    elif _suffix(path) == ".zip":
        yield from _members(path)
    else:
        yield Source(path)


def _members(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if name.lower().endswith(".csv"))
    except zipfile.BadZipFile as error:
        raise BadFile(f"is not a whole zip archive ({error})", "Get the file again", file=str(path)) from None
    if not names:
        raise BadFile("no CSV in this zip archive", "Give an archive that holds a .csv file", file=str(path))
    for name in names:
        yield Source(path, name)


def _suffix(path: Path) -> str:
    return next((suffix for suffix in READABLE if path.name.lower().endswith(suffix)), "")
