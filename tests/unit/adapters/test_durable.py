"""Files forced to disk: what is there after a failure at any step, and that several are forced before any is named."""

import os
from pathlib import Path
from typing import IO

import pytest

from tradewind.adapters.durable import write_all_durably, write_durably


def test_a_file_is_made_with_its_folder_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_durably(path, b"first")
    write_durably(path, b"2")
    assert path.read_bytes() == b"2"
    assert list(path.parent.iterdir()) == [path]


def test_no_file_has_its_name_before_all_are_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / "one", tmp_path / "folder" / "two"]
    named_when_forced: list[list[bool]] = []
    force = os.fsync

    def forced(place: int) -> None:
        named_when_forced.append([path.exists() for path in paths])
        force(place)

    monkeypatch.setattr(os, "fsync", forced)
    write_all_durably({path: path.name.encode() for path in paths})
    # Two files, then their two folders.
    assert named_when_forced == [[False, False], [False, False], [True, True], [True, True]]
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]


def test_a_large_file_may_be_written_piece_by_piece(tmp_path: Path) -> None:
    def pieces(file: IO[bytes]) -> None:
        file.write(b"one ")
        assert not (tmp_path / "file").exists()
        file.write(b"two")

    write_durably(tmp_path / "file", pieces)
    assert (tmp_path / "file").read_bytes() == b"one two"


def test_where_its_writer_fails_half_a_file_is_removed(tmp_path: Path) -> None:
    def broken(file: IO[bytes]) -> None:
        file.write(b"half")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_all_durably({tmp_path / "whole": b"whole", tmp_path / "half": broken})
    assert list(tmp_path.iterdir()) == []


def test_where_one_cannot_be_written_none_is_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(OSError, match="taken"):
        write_all_durably({tmp_path / "one": b"1", tmp_path / "taken" / "two": b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_where_the_disk_fails_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_all_durably({path: b"new", tmp_path / "other": b"new"})
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
