"""Files that survive a crash whole: written beside, forced to disk, then renamed."""

import os
from pathlib import Path

TEMPORARY_SUFFIX = ".part"


def write_durably(path: Path, content: bytes) -> None:
    """Put `content` at `path`: after a crash at any moment there is the old file, the new one, or none, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
