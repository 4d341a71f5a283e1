"""The disk store of feature arrays: what goes in comes out, damage is noticed, nothing half-written is seen."""

from pathlib import Path

import numpy as np
import pytest

from tradewind.adapters.feature_store import DiskFeatureStore


@pytest.mark.parametrize(
    "array",
    [
        np.array([np.nan, 1.5, -0.0, np.inf]),
        np.array([True, False]),
        np.array([-1, 3], np.int8),
        np.zeros(0),
        np.arange(6.0).reshape(2, 3),
    ],
    ids=["float", "bool", "labels", "empty", "matrix"],
)
def test_an_array_comes_back_bit_by_bit(array: np.ndarray, tmp_path: Path) -> None:
    store = DiskFeatureStore(tmp_path, "v1")
    store.save("data/feature(period=14)", array)
    back = store.load("data/feature(period=14)")
    assert back is not None
    assert back.tobytes() == array.tobytes()
    assert (back.dtype, back.shape) == (array.dtype, array.shape)


def test_what_was_never_saved_is_absent(tmp_path: Path) -> None:
    assert DiskFeatureStore(tmp_path / "nowhere", "v1").load("key") is None


def test_keys_and_code_versions_are_kept_apart(tmp_path: Path) -> None:
    DiskFeatureStore(tmp_path, "v1").save("a", np.ones(2))
    assert DiskFeatureStore(tmp_path, "v1").load("b") is None
    assert DiskFeatureStore(tmp_path, "v2").load("a") is None


@pytest.mark.parametrize("kind", ["truncated", "one bit", "empty", "text"])
def test_a_damaged_file_is_removed_and_counts_as_absent(kind: str, tmp_path: Path) -> None:
    store = DiskFeatureStore(tmp_path, "v1")
    store.save("key", np.arange(100.0))
    (path,) = tmp_path.rglob("*.npy")
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[500] ^= 1
    path.write_bytes({"truncated": whole[:300], "one bit": bytes(flipped), "empty": b"", "text": b"nonsense"}[kind])
    assert store.load("key") is None
    assert not path.exists()


def test_saving_leaves_no_other_files_and_the_last_one_wins(tmp_path: Path) -> None:
    store = DiskFeatureStore(tmp_path, "v1")
    store.save("key", np.zeros(3))
    store.save("key", np.ones(3))
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    back = store.load("key")
    assert back is not None
    assert back.tolist() == [1, 1, 1]


def test_a_write_that_fails_leaves_the_old_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DiskFeatureStore(tmp_path, "v1")
    store.save("key", np.zeros(3))

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        store.save("key", np.ones(3))
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    back = store.load("key")
    assert back is not None
    assert back.tolist() == [0, 0, 0]
