"""A user's own strategy: one class in a Python file outside the package, and whose fault it is when it fails."""

import hashlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from tradewind.model.errors import BadSetting, TradewindError
from tradewind.model.params import choices


def source_hash(path: Path) -> str:
    """Hash of a strategy file's content; raises BadSetting where there is no such file."""
    return hashlib.sha256(_source(path)).hexdigest()[:16]


def class_in(path: Path, name: str = "") -> type:
    """The strategy class a user's file defines, the one called `name` if given. Importing it runs the user's code.

    Raises BadSetting where the file is missing, fails, or defines no such strategy, or several without a name given.
    """
    source = _source(path)
    module = ModuleType(f"tradewind_user_{path.stem}_{hashlib.sha256(source).hexdigest()[:8]}")
    module.__file__ = str(path)
    # dataclasses look their module up by name, and so does pickle.
    sys.modules[module.__name__] = module
    with faults_of(path):
        # Compiled anew each time: a cached bytecode file may be of another version saved in the same second.
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own code, on their word
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__ and hasattr(value, "signals")
    ]
    if name:
        found = [one for one in found if one.__name__ == name]
        if not found:
            raise BadSetting(f"strategy file {path} defines no strategy class {name}", "Check the name")
    if len(found) != 1:
        names = ", ".join(one.__name__ for one in found) or "no class with signals()"
        raise BadSetting(f"strategy file {path} has {names}", "Define exactly one strategy class")
    if not hasattr(found[0], "__dataclass_fields__") or not choices(found[0]):
        raise BadSetting(f"{found[0].__name__} in {path} declares no parameters", "Make it a dataclass with choice()")
    if not hasattr(found[0], "plan"):
        raise BadSetting(f"{found[0].__name__} in {path} has no plan", "Give it a property `plan` that returns a Plan")
    return found[0]


@contextmanager
def faults_of(path: Path | None) -> Iterator[None]:
    """Whatever fails inside fails in the user's file at `path`: BadSetting with its line. None lets all pass."""
    try:
        yield
    except TradewindError:
        raise
    except (Exception, SystemExit) as error:
        if path is None:
            raise
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        if isinstance(error, SyntaxError):
            lines = [error.lineno]
        place = f"{path}, line {lines[-1]}" if lines and lines[-1] else str(path)
        said = str(error) or "no message"
        raise BadSetting(f"strategy file {place}: {type(error).__name__}: {said}", "Mend the file") from error


def _source(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSetting(f"strategy file {path}: {error.strerror}", "Give the path of a Python file") from None
