"""The rules of the house that no linter knows: sizes, forbidden names, state, isolation, the compile cache."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tradewind"
PURE_FLOORS = ("model", "kernels", "features", "stats", "regimes", "strategies", "search", "evidence", "trading")
MODULES = sorted(SOURCE.rglob("*.py"))
OWN_FOLDERS = ("src", "tests", "benchmarks", "honesty")
OWN_PYTHON = sorted(path for folder in OWN_FOLDERS for path in (ROOT / folder).rglob("*.py"))
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = "" if node is None else f":{getattr(node, 'lineno', '?')}"
    return f"{path.relative_to(ROOT)}{line}"


def floor_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def dotted(node: ast.AST) -> str:
    """`np.random.default_rng` for a chain of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (start := dotted(node.value)):
        return f"{start}.{node.attr}"
    return ""


def tracked_files() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files belong to the project is unknown")
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_python_file_is_longer_than_a_sitting() -> None:
    lengths = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in OWN_PYTHON}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def code_lines(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body that are neither blank, comment nor docstring."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    if not body:
        return 0
    lines = path.read_text(encoding="utf-8").splitlines()[body[0].lineno - 1 : function.end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        f"{place(path, node)} {node.name}": size
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := code_lines(path, node)) > FUNCTION_LINES_MAX
    }
    assert too_long == {}


def test_every_source_file_opens_by_saying_what_it_is_for() -> None:
    assert [place(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


def clock_and_chance(path: Path) -> Iterator[str]:
    """Uses of a wall clock, global randomness or fresh identifiers."""
    for node in ast.walk(tree_of(path)):
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in imported:
            if name.split(".")[0] in {"random", "secrets", "time", "uuid"}:
                yield f"{place(path, node)} imports {name}"
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            if re.search(r"(^|\.)(datetime|date)\.(now|utcnow|today)$", name) or name.endswith("uuid4"):
                yield f"{place(path, node)} {name}"
            drawn = re.fullmatch(r"(?:np|numpy)\.random\.(\w+)", name)
            if drawn and drawn[1] not in {"Generator", "SeedSequence", "PCG64", "Philox", "default_rng"}:
                yield f"{place(path, node)} {name} draws from numpy's global generator"
        if isinstance(node, ast.Call) and dotted(node.func).endswith("default_rng") and not node.args:
            yield f"{place(path, node)} default_rng() without a seed"


def test_floors_without_input_and_output_have_no_clock_and_no_chance_of_their_own() -> None:
    # Compiled kernels seed numba's own generator inside; the rule for them is that a seed arrives as an argument.
    pure = [path for path in MODULES if floor_of(path) in PURE_FLOORS]
    assert [use for path in pure for use in clock_and_chance(path)] == []


def test_no_mode_flag_exists_below_the_application() -> None:
    below = [path for path in MODULES if floor_of(path) in (*PURE_FLOORS, "adapters")]
    flags = re.compile(r"is_(live|backtest|backtesting|paper|dry_run)|(live|backtest|paper)_mode")
    found: list[str] = []
    for path in below:
        for node in ast.walk(tree_of(path)):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if flags.fullmatch(name):
                found.append(f"{place(path, node)} {name}")
            if isinstance(node, ast.If | ast.IfExp) and dotted(node.test).split(".")[-1] in {"live", "paper"}:
                found.append(f"{place(path, node)} if {dotted(node.test)}")
    assert found == []


MUTABLE_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_MAKERS = {
    "list", "dict", "set", "bytearray", "sorted", "defaultdict", "deque", "Counter", "OrderedDict", "SimpleNamespace",
}  # fmt: skip


def is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return dotted(value.func).split(".")[-1] in MUTABLE_MAKERS
    return isinstance(value, MUTABLE_DISPLAYS)


def module_level(body: list[ast.stmt]) -> Iterator[ast.Assign | ast.AnnAssign]:
    """Assignments that run at import, those under `if`, `try` and `with` and in class bodies included."""
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ClassDef):
            yield from module_level(node.body)
            yield from module_level(getattr(node, "orelse", []))


def test_no_module_holds_a_mutable_object() -> None:
    found: list[str] = []
    for path in MODULES:
        for node in module_level(tree_of(path).body):
            names = [dotted(t) for t in (node.targets if isinstance(node, ast.Assign) else [node.target])]
            if is_mutable(node.value) and names != ["__all__"]:
                found.append(f"{place(path, node)} {', '.join(names)}: use a tuple, frozenset or MappingProxyType")
        found += [f"{place(path, n)} global" for n in ast.walk(tree_of(path)) if isinstance(n, ast.Global)]
    assert found == []


BROAD = {"Exception", "BaseException"}


def is_broad(node: ast.expr | None) -> bool:
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(name is None or dotted(name) in BROAD for name in names)


def test_no_broad_except_swallows_an_error() -> None:
    found: list[str] = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
                raises = any(isinstance(inner, ast.Raise) for statement in node.body for inner in ast.walk(statement))
                found += [] if raises else [place(path, node)]
            if isinstance(node, ast.Call) and dotted(node.func).endswith("suppress") and any(map(is_broad, node.args)):
                found.append(place(path, node))
    assert found == []


def test_nothing_is_pickled() -> None:
    pickles = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    found = [
        place(path, node)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] in pickles for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in pickles)
    ]
    assert found == []


def test_no_unfinished_work_is_left_in_the_source() -> None:
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b|raise NotImplementedError")
    assert [place(path) for path in MODULES if marks.search(path.read_text(encoding="utf-8"))] == []


def test_no_file_names_a_package_index() -> None:
    # Written in pieces, so that this file does not name one either.
    hosts = (("pypi", "org"), ("pypi", "python"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
             ("yarnpkg", "com"), ("crates", "io"), ("anaconda", "org"), ("anaconda", "com"))  # fmt: skip
    named = re.compile("|".join(re.escape(".".join(parts)) for parts in hosts), re.IGNORECASE)
    texts = {path: path.read_bytes().decode("utf-8", errors="replace") for path in tracked_files()}
    assert [place(path) for path, text in texts.items() if named.search(text)] == []


def test_requirement_files_pin_by_hash_and_carry_no_address() -> None:
    files = sorted((ROOT / "requirements").glob("*.txt"))
    assert {path.name for path in files} == {"base.txt", "dev.txt", "engines.txt", "lock.txt", "peers.txt"}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, place(path)
        assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)
        pins = re.findall(r"^[A-Za-z0-9][^\n]*", text, re.MULTILINE)
        assert pins, place(path)
        assert [pin for pin in pins if "==" not in pin or not pin.endswith("\\")] == []


def cache_directory(package: Path, home: Path) -> str:
    """Where a fresh process that imports this copy of the package puts compiled kernels."""
    kept = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    script = "import os, tradewind; print(os.environ['NUMBA_CACHE_DIR'])"
    environment = {**kept, "PYTHONPATH": str(package.parent), "XDG_CACHE_HOME": str(home), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, cwd=home
    )
    return done.stdout.strip()


def test_editing_a_kernel_moves_the_compile_cache(tmp_path: Path) -> None:
    package = tmp_path / "copy" / "tradewind"
    (package / "kernels").mkdir(parents=True)
    shutil.copy(SOURCE / "__init__.py", package)
    for source in (SOURCE / "kernels").glob("*.py"):
        shutil.copy(source, package / "kernels")
    before = cache_directory(package, tmp_path)
    assert before.startswith(str(tmp_path))
    assert cache_directory(package, tmp_path) == before
    edited = sorted((package / "kernels").glob("*.py"))[-1]
    edited.write_text(edited.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert cache_directory(package, tmp_path) != before


def test_loading_numba_before_the_package_does_not_escape_the_keyed_cache() -> None:
    kept = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    script = "import numba, os, tradewind; assert numba.config.CACHE_DIR == os.environ['NUMBA_CACHE_DIR'] != ''"
    subprocess.run([sys.executable, "-c", script], env=kept, check=True, cwd=ROOT)


def test_compiled_code_lives_only_where_the_cache_key_looks() -> None:
    compilers = {"kernel", "njit", "jit", "vectorize", "guvectorize", "cfunc", "stencil"}
    found = [
        place(path, node)
        for path in MODULES
        if path.parent != SOURCE / "kernels"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if dotted(decorator.func if isinstance(decorator, ast.Call) else decorator).split(".")[-1] in compilers
    ]
    assert found == []


# Third-party packages are loaded once; then each module is imported in a child of its own, in which nothing of
# tradewind has been imported yet, so that a cycle or a missing import cannot hide behind an earlier module.
IMPORT_ALONE = """
import importlib, os, sys, traceback
import numba, numpy, pandas, pyarrow, scipy
assert not [name for name in sys.modules if name.startswith("tradewind")]
failed = []
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            importlib.import_module(name)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        failed.append(name)
print(*failed)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to give every module a fresh process cheaply")
def test_every_module_imports_on_its_own() -> None:
    names = [".".join(path.relative_to(SOURCE.parent).with_suffix("").parts) for path in MODULES]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    done = subprocess.run([sys.executable, "-c", IMPORT_ALONE, *names], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [], done.stderr
