"""Run folders: results of searches on disk, whole or not at all, and what an interrupted search left."""

import io
import json
import os
import shutil
import tomllib
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from tradewind.model.errors import RunIncomplete

MANIFEST, META, SUMMARY = "run.toml", "run.meta.toml", "summary.json"
_PARTIAL = ".partial-"
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

    def table(self, name: str) -> pa.Table:
        """One of the run's tables; raises RunIncomplete where it is not there."""
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            raise RunIncomplete(f"{path} is missing", "Run the search again")
        return pq.read_table(path)


class RunStore:
    """All runs under one folder, each named by what was asked; a run appears there only when it is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, run_id: str) -> FinishedRun | None:
        """The finished run with this very name, or None."""
        folder = self.root / run_id
        return read_run(folder) if (folder / MANIFEST).exists() else None

    def open(self, prefix: str) -> FinishedRun:
        """The finished run whose name starts with `prefix`; raises RunIncomplete where none or several do."""
        found = [folder for folder in self._folders() if folder.name.startswith(prefix)]
        if len(found) != 1:
            names = ", ".join(folder.name for folder in found) or "none"
            raise RunIncomplete(f"{prefix!r} names {len(found)} runs ({names})", "See `tradewind runs list`")
        return read_run(found[0])

    def all(self) -> Sequence[FinishedRun]:
        """Every finished run, latest last."""
        return sorted((read_run(folder) for folder in self._folders()), key=lambda run: str(run.meta.get("finished")))

    def begin(self, run_id: str) -> "RunWriter":
        """A writer for this run; what an interrupted search of the same name left is there to go on with."""
        return RunWriter(self.root, run_id)

    def _folders(self) -> list[Path]:
        if not self.root.exists():
            return []
        return sorted(
            folder for folder in self.root.iterdir() if (folder / MANIFEST).exists() and folder.name[0] != "."
        )


class RunWriter:
    """Collects a run aside and moves it into place at the end."""

    def __init__(self, root: Path, run_id: str) -> None:
        self._final = root / run_id
        self._work = root / f"{_PARTIAL}{run_id}"
        self._units = self._work / "units"
        self._units.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """Where the finished run will be."""
        return self._final

    def recall(self, unit: int) -> dict[str, npt.NDArray[Any]] | None:
        """Arrays kept for a unit, or None; a damaged file counts as absent."""
        try:
            with np.load(self._units / f"{unit:04}.npz", allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (FileNotFoundError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def keep(self, unit: int, arrays: Arrays) -> None:
        """Keep a unit's arrays, so that an interrupted search need not repeat it."""
        buffer = io.BytesIO()
        cast(Any, np.savez)(buffer, **arrays)
        _write_whole(self._units / f"{unit:04}.npz", buffer.getvalue())

    def table(self, name: str, columns: Arrays) -> None:
        """Write columns of equal length as `name`.parquet; `name` may have a folder."""
        path = self._work / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{uuid.uuid4().hex}")
        table = pa.table({key: pa.array(value) for key, value in columns.items()})
        pq.write_table(table, aside, compression="zstd", compression_level=1)
        os.replace(aside, path)  # noqa: PTH105 - the atomic rename, said as such

    def finish(self, manifest: Mapping[str, Any], summary: Mapping[str, Any], meta: Mapping[str, Any]) -> Path:
        """Write manifest, summary and meta, drop the units, and move the run into place."""
        _write_whole(self._work / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
        _write_whole(self._work / META, tomli_w.dumps(dict(meta)).encode())
        _write_whole(self._work / MANIFEST, tomli_w.dumps(dict(manifest)).encode())
        shutil.rmtree(self._units)
        if self._final.exists():
            shutil.rmtree(self._final)
        os.replace(self._work, self._final)  # noqa: PTH105 - the atomic rename, said as such
        return self._final


def read_run(folder: Path) -> FinishedRun:
    """Read a run folder; raises RunIncomplete where it is damaged."""
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text())
        meta = tomllib.loads((folder / META).read_text())
        summary = json.loads((folder / SUMMARY).read_text())
    except (OSError, ValueError) as error:
        raise RunIncomplete(f"{folder} is damaged: {error}", "Remove the folder and run the search again") from error
    return FinishedRun(folder, manifest, summary, meta)


def _write_whole(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)  # noqa: PTH105 - the atomic rename, said as such
