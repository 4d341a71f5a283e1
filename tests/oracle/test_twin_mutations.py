"""Planted mistakes in the law and the signals: the comparison with the twin must notice every one of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.oracle.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tradewind"


def planted(mutation: Mutation, folder: Path) -> None:
    """A copy of the package in `folder` with the mistake in it."""
    shutil.copytree(PACKAGE, folder / "tradewind", ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "tradewind" / mutation.file
    source = path.read_text(encoding="utf-8")
    if mutation.text not in source:
        pytest.fail(f"mutation {mutation.name!r}: {mutation.file} no longer holds {mutation.text!r}: write it anew")
    path.write_text(source.replace(mutation.text, mutation.replacement), encoding="utf-8")


def first_differences(folders: list[Path]) -> dict[str, str | None]:
    """What the runner says of each folder's package, in a process that does not compile."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.oracle.mutation_runner"]
    asked = json.dumps([str(folder) for folder in folders])
    done = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_the_package_as_it_is_equals_the_twin_and_every_planted_mistake_is_noticed(tmp_path: Path) -> None:
    folders = {mutation.name: tmp_path / str(number) for number, mutation in enumerate(MUTATIONS)}
    assert len(folders) == len(MUTATIONS)
    for mutation in MUTATIONS:
        planted(mutation, folders[mutation.name])
    found = first_differences([PACKAGE.parent, *folders.values()])
    assert found[str(PACKAGE.parent)] is None
    assert [name for name, folder in folders.items() if found[str(folder)] is None] == []
