"""Files that survive a crash whole: written beside, forced to disk, then renamed."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

TEMPORARY_SUFFIX = ".part"
Content = bytes | Callable[[IO[bytes]], None]  # or what writes it piece by piece, where it is large


def write_durably(path: Path, content: Content) -> None:
    """Put `content` at `path`: after a crash at any moment there is the old file, the new one, or none, never half."""
    write_all_durably({path: content})


def write_all_durably(contents: Mapping[Path, Content]) -> None:
    """Do so with several files. Written before any is forced to disk, all of them wait for it about as long as one."""
    temporary = {path: path.with_name(path.name + TEMPORARY_SUFFIX) for path in contents}
    folders = {path.parent for path in contents}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    try:
        for path, content in contents.items():
            with temporary[path].open("wb") as out:
                if callable(content):
                    content(out)
                else:
                    out.write(content)
        for file in temporary.values():
            _force(file)
        for path, file in temporary.items():
            file.replace(path)
    except BaseException:
        for file in temporary.values():
            file.unlink(missing_ok=True)
        raise
    for folder in folders:
        _force(folder)


def _force(path: Path) -> None:
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
