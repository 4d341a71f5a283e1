"""Feature arrays on disk, one checked file per key, shared between processes."""

import hashlib
import io
import os
import uuid
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

_CHECK_BYTES = 4


class DiskFeatureStore:
    """Keeps arrays under `directory` / `code_version`, so another version of the code never reads them.

    A file is a numpy array file followed by its CRC-32; a file that fails the check is removed and counts as absent.
    Files are written aside and renamed, so a reader sees a whole one or none.
    """

    def __init__(self, directory: Path, code_version: str) -> None:
        self._directory = directory / code_version

    def load(self, key: str) -> npt.NDArray[np.generic] | None:
        """The array saved under `key`, or None."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        body = memoryview(content)[:-_CHECK_BYTES]
        if zlib.crc32(body).to_bytes(_CHECK_BYTES, "little") != content[-_CHECK_BYTES:]:
            path.unlink(missing_ok=True)
            return None
        return _array_in(content)

    def save(self, key: str, array: npt.NDArray[np.generic]) -> None:
        """Keep `array` under `key`; whoever saves last wins, and all save the same."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = np.ascontiguousarray(array)
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(buffer, np.lib.format.header_data_from_array_1_0(content))
        header = buffer.getvalue()
        check = zlib.crc32(content.data, zlib.crc32(header))
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with aside.open("wb") as file:
                file.write(header)
                file.write(content.data)
                file.write(check.to_bytes(_CHECK_BYTES, "little"))
            os.replace(aside, path)  # noqa: PTH105 - the atomic rename, said as such
        finally:
            aside.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._directory / f"{hashlib.sha256(key.encode()).hexdigest()}.npy"


def _array_in(content: bytes) -> npt.NDArray[np.generic]:
    """The array of a checked file, without copying it."""
    header = io.BytesIO(content)
    np.lib.format.read_magic(header)
    shape, _, dtype = np.lib.format.read_array_header_1_0(header)
    return np.frombuffer(content, dtype, int(np.prod(shape)), header.tell()).reshape(shape)
