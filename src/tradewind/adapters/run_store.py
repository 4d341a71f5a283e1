"""Run folders: results of searches on disk, whole or not at all, and what an interrupted search left."""

import fcntl
import io
import json
import os
import shutil
import tomllib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from tradewind.adapters.durable import write_all_durably, write_durably
from tradewind.model.errors import RunBusy, RunIncomplete, TradewindError, WrongUse

MANIFEST, META, SUMMARY, HOLD_OUT = "run.toml", "run.meta.toml", "summary.json", "hold_out.json"
_PARTIAL, _LOCK, _OLD = ".partial-", ".lock-", ".old-"
_CHECK_BYTES = 4
_MAKE_ANEW = "Make the run anew: the same search with --again"
_OPEN_AGAIN = "Delete it: `tradewind holdout` makes it again and counts the run once"
_SUMMARY_PARTS = frozenset(
    {"data", "preset", "costs", "regimes", "windows", "procedure", "decision", "leaderboard", "specialists", "accounts"}
)
_MANIFEST_PARTS = frozenset({"code", "preset", "space", "strategy_source", "data"})
Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run read back: `manifest` says what was asked, `summary` what was found, `meta` how long it took and where."""

    folder: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    meta: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        return self.folder.name

    def hold_out(self) -> Mapping[str, Any] | None:
        """What the run's choices did in the hold-out, None where that was not computed; raises RunIncomplete."""
        return self.beside(HOLD_OUT, _OPEN_AGAIN)

    def beside(self, name: str, remedy: str) -> Mapping[str, Any] | None:
        """A JSON file that was put beside the run's own, None where it is not there.

        Raises RunIncomplete with this remedy where it is damaged or another run's.
        """
        path = self.folder / name
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise RunIncomplete(f"{path} is damaged: {error}", remedy) from error
        if not isinstance(found, dict) or found.get("run") != self.run_id:
            raise RunIncomplete(f"{path} is not of this run", remedy)
        return found

    def tables(self, folder: str) -> list[str]:
        """Names of the run's tables in one of its folders, in order."""
        return sorted(f"{folder}/{path.stem}" for path in (self.folder / folder).glob("*.parquet"))

    def table(self, name: str) -> pa.Table:
        """One of the run's tables; raises RunIncomplete where it is not there or damaged."""
        return read_table(self.folder, name)


def read_table(folder: Path, name: str) -> pa.Table:
    """A table of a folder of results; raises RunIncomplete where it is not there or damaged."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise RunIncomplete(f"{path} is missing", _MAKE_ANEW)
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise RunIncomplete(f"{path} is damaged: {error}", _MAKE_ANEW) from error


class RunStore:
    """All runs under one folder, each named by what was asked; a run appears there only when it is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, run_id: str) -> FinishedRun | None:
        """The finished run with this very name, or None."""
        folder = self.root / run_id
        return read_run(folder) if (folder / MANIFEST).exists() else None

    def open(self, prefix: str) -> FinishedRun:
        """The finished run whose name starts with `prefix`; raises RunIncomplete where none or several do,
        WrongUse for an empty one.
        """
        if not prefix:
            # As an unset variable of the shell gives it: any run would do, and `holdout` counts.
            raise WrongUse("the name of the run is empty", "See `tradewind runs list`")
        found = [folder for folder in self._folders() if folder.name.startswith(prefix)]
        if not found:
            raise RunIncomplete(f"no run begins with {prefix!r} in {self.root}", "See `tradewind runs list`")
        if len(found) > 1 and found[0].name != prefix:
            names = ", ".join(folder.name for folder in found)
            raise RunIncomplete(f"{len(found)} runs begin with {prefix!r}: {names}", "Write more of the name")
        return read_run(found[0])

    def all(self) -> tuple[Sequence[FinishedRun], Sequence[TradewindError]]:
        """Every finished run, latest last, and what is wrong with those that cannot be read."""
        runs, damaged = [], []
        for folder in self._folders():
            try:
                runs.append(read_run(folder))
            except RunIncomplete as error:
                damaged.append(error)
        return sorted(runs, key=lambda run: (str(run.meta["finished"]), run.run_id)), damaged

    def begin(self, run_id: str) -> "RunWriter":
        """A writer for this run; what an interrupted search of the same name left is there to go on with.

        Raises RunBusy where another process is writing it.
        """
        return RunWriter(self.root, run_id)

    def sweep(self) -> None:
        """Remove what killed writers left and nobody will go on with; a writer that is at work keeps its own.

        Not for searches: what is left of one is where the same search goes on.
        """
        for left in self.root.glob(f"{_LOCK}*"):
            run_id = left.name.removeprefix(_LOCK)
            try:
                lock = _held_lock(left, run_id)
            except RunBusy:
                continue
            shutil.rmtree(self.root / f"{_PARTIAL}{run_id}", ignore_errors=True)
            _let_go(lock)

    def keep_hold_out(self, run_id: str, result: Mapping[str, Any]) -> None:
        """Put what a run's choices did in the hold-out beside its other files; as `keep_beside`."""
        self.keep_beside(run_id, HOLD_OUT, result)

    def keep_beside(self, run_id: str, name: str, content: Mapping[str, Any]) -> None:
        """Put a JSON file beside a run's own, which stay as they are; an older one of this name is replaced.

        Raises RunBusy where another process is writing this run.
        """
        lock = _held_lock(self.root / f"{_LOCK}{run_id}", run_id)
        try:
            write_durably(self.root / run_id / name, _json(content))
        finally:
            _let_go(lock)

    def _folders(self) -> list[Path]:
        if not self.root.exists():
            return []
        return sorted(
            folder for folder in self.root.iterdir() if (folder / MANIFEST).exists() and folder.name[0] != "."
        )


class RunWriter:
    """Collects a run aside and moves it into place at the end; one process at a time, until `release`."""

    def __init__(self, root: Path, run_id: str) -> None:
        self._final = root / run_id
        self._work = root / f"{_PARTIAL}{run_id}"
        self._units = self._work / "units"
        self._lock = _held_lock(root / f"{_LOCK}{run_id}", run_id)
        self.recalled = 0

    def recall(self, unit: int) -> dict[str, npt.NDArray[Any]] | None:
        """Arrays kept for a unit, or None; a damaged file counts as absent."""
        try:
            content = self._unit_path(unit).read_bytes()
        except FileNotFoundError:
            return None
        body = content[:-_CHECK_BYTES]
        if zlib.crc32(body).to_bytes(_CHECK_BYTES, "little") != content[-_CHECK_BYTES:]:
            return None
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        self.recalled += 1
        return arrays

    def keep(self, unit: int, arrays: Arrays) -> None:
        """Keep a unit's arrays, so that an interrupted search need not repeat it."""
        buffer = io.BytesIO()
        cast(Any, np.savez)(buffer, **arrays)
        body = buffer.getvalue()
        write_durably(self._unit_path(unit), body + zlib.crc32(body).to_bytes(_CHECK_BYTES, "little"))

    def table(self, name: str, columns: Arrays | Iterable[Arrays]) -> None:
        """Write columns of equal length as `name`.parquet; `name` may have a folder.

        A long table may come in parts, one at least, with the same columns: each is on its way to the disk before the
        next is asked for.
        """
        self.tables({name: columns})

    def tables(self, tables: Mapping[str, Arrays | Iterable[Arrays]]) -> None:
        """Write several tables."""
        write_all_durably(
            {self._work / f"{name}.parquet": partial(_write_parquet, columns) for name, columns in tables.items()}
        )

    def path(self, name: str) -> Path:
        """Where a file of another kind belongs, which its maker writes; nothing lies there yet."""
        self._work.mkdir(parents=True, exist_ok=True)
        for left in self._work.glob(f"{name}*"):
            left.unlink()
        return self._work / name

    def finish(self, manifest: Mapping[str, Any], summary: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
        """Write manifest, summary and meta, drop the units, and move the run into place; an older one makes way."""
        contents = {
            SUMMARY: _json(summary),
            META: tomli_w.dumps(dict(meta)).encode(),
            MANIFEST: tomli_w.dumps(dict(manifest)).encode(),
        }
        write_all_durably({self._work / name: content for name, content in contents.items()})
        shutil.rmtree(self._units, ignore_errors=True)
        aside = self._final.with_name(f"{_OLD}{self._final.name}")
        if self._final.exists():
            shutil.rmtree(aside, ignore_errors=True)
            self._final.rename(aside)
        self._work.rename(self._final)
        shutil.rmtree(aside, ignore_errors=True)

    def release(self) -> None:
        """Let others write this run. What is not finished stays to go on with, where there is a unit of it."""
        if not self._units.exists():
            shutil.rmtree(self._work, ignore_errors=True)
        _let_go(self._lock)

    def _unit_path(self, unit: int) -> Path:
        return self._units / f"{unit:04}.npz.crc"


def _write_parquet(columns: Arrays | Iterable[Arrays], file: IO[bytes]) -> None:
    """Write a table part by part: a file of cells in memory would be as large as half of the cells."""
    parts = map(_arrow_table, [columns] if isinstance(columns, Mapping) else columns)
    first = next(parts, None)
    assert first is not None, "a table has at least one part, empty if need be"
    with pq.ParquetWriter(file, first.schema, compression="zstd", compression_level=1) as writer:
        for part in chain([first], parts):
            writer.write_table(part)


def _arrow_table(columns: Arrays) -> pa.Table:
    return pa.table({name: arrow_array(values) for name, values in columns.items()})


def arrow_array(values: npt.NDArray[Any]) -> pa.Array:
    """A column of numbers, truths or texts. Arrow's own conversion of arrays loads pandas, a third of a second."""
    if values.dtype.kind in "iuf":
        plain = np.ascontiguousarray(values)
        return pa.Array.from_buffers(pa.from_numpy_dtype(plain.dtype), len(plain), [None, pa.py_buffer(plain)])
    if values.dtype.kind == "b":
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    texts = [str(value).encode() for value in values]
    offsets = np.cumsum([0, *(len(text) for text in texts)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(texts)))


def _held_lock(path: Path, run_id: str) -> IO[str]:
    """An open, locked file; raises RunBusy where another process holds it. The kernel frees a dead holder's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        lock = path.open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A holder that let go may have removed the file between our opening and locking it.
            if path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                return lock
            lock.close()
        except BlockingIOError:
            lock.close()
            raise RunBusy(
                f"another process is making the run {run_id}", "Wait for it, or stop it: what it has done is kept"
            ) from None


def _let_go(lock: IO[str]) -> None:
    Path(lock.name).unlink(missing_ok=True)
    lock.close()


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, allow_nan=False) + "\n").encode()


def read_run(folder: Path) -> FinishedRun:
    """Read a run folder; raises RunIncomplete where it is damaged."""
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text())
        meta = tomllib.loads((folder / META).read_text())
        summary = json.loads((folder / SUMMARY).read_text())
    except (OSError, ValueError) as error:
        raise RunIncomplete(f"{folder} is damaged: {error}", _MAKE_ANEW) from error
    missing = _SUMMARY_PARTS - set(summary if isinstance(summary, dict) else ())
    missing |= _MANIFEST_PARTS - set(manifest) | {"finished", "stages"} - set(meta)
    if missing:
        raise RunIncomplete(f"{folder} is damaged: it lacks {', '.join(sorted(missing))}", _MAKE_ANEW)
    return FinishedRun(folder, manifest, summary, meta)
