"""Compiling the trader core: made once, whole or not at all, and said in one line where it cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind import compiled
from tradewind.app import compiling


def test_a_missing_compiler_of_python_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiling, "find_spec", lambda name: None if name == "mypyc" else object())
    assert compiling.main() == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "there is no mypyc" in said
    assert "install mypy" in said
    assert list(tmp_path.rglob("*")) == []


def test_a_c_compiler_that_fails_leaves_nothing_behind_and_its_first_error_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def failing(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "running build_ext\n", "\nerror: command 'cc' failed: No such file\n")

    monkeypatch.setattr(compiling, "lacking", lambda: "")
    monkeypatch.setattr(compiling.subprocess, "run", failing)
    with pytest.raises(compiling.CoreNotCompiled, match="command 'cc' failed"):
        compiling.compile_core()
    assert not compiled.core_folder().exists()
    assert list(compiled.core_folder().parent.iterdir()) == []


def test_a_core_that_was_compiled_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled.core_folder().mkdir(parents=True)

    def never(*arguments: object, **options: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiling.subprocess, "run", never)
    assert compiling.compile_core() == compiled.core_folder()


def test_another_source_is_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = compiled.core_folder()
    package = tmp_path / "tradewind"
    for floor in compiled.FLOORS:
        (package / floor).mkdir(parents=True)
        for source in (compiled.PACKAGE / floor).glob("*.py"):
            (package / floor / source.name).write_bytes(source.read_bytes())
    for name in ("compiled.py", "app/mypyc_run.py"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_bytes((compiled.PACKAGE / name).read_bytes())
    monkeypatch.setattr(compiled, "PACKAGE", package)
    assert compiled.core_folder() == before
    edited = package / "model" / "plan.py"
    edited.write_text(edited.read_text() + "\n# edited\n")
    assert compiled.core_folder() != before


def test_sources_that_change_meanwhile_are_not_kept_under_the_old_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = iter(("before", "after"))
    monkeypatch.setattr(compiling, "core_folder", lambda: tmp_path / "core" / next(names))
    monkeypatch.setattr(compiling, "lacking", lambda: "")
    monkeypatch.setattr(compiling.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, "", ""))
    with pytest.raises(compiling.CoreNotCompiled, match="changed meanwhile"):
        compiling.compile_core()
    assert list((tmp_path / "core").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(compiling, "lacking", lambda: "")
    assert compiling.main() == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "compiling the trader core for this machine"
    assert "was not compiled" in said[1]
    assert len(said) == 2


def test_a_missing_c_compiler_is_named_before_anything_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling.shutil, "which", lambda _: None)
    assert compiling.lacking().startswith("C compiler")


@pytest.mark.parametrize("variable", ["", "1"])
def test_the_sources_run_where_nothing_was_compiled_or_they_are_asked_for(variable: str, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), compiled.PLAIN: variable}
    said = subprocess.run(
        [sys.executable, "-c", "from tradewind.trading import core; print(core.__file__)"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert Path(said.strip()).parts[-2:] == ("trading", "core.py")
