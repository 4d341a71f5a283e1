"""How many random one-character mutations of built-in features `verify` finds: `python -m benchmarks.mutations_found`.

Measures no time. Each mutation is run in a process of its own on a copy of the package, by a strategy that asks for
every registered feature and by the LR scalper. What is not found is checked in another way: later bars are replaced
by other bars, not cut off, and no earlier value may change.
"""

import argparse
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "tradewind"
FILES = (
    "features/price.py", "features/volume.py", "features/structure.py",
    "kernels/indicators.py", "kernels/structure.py", "kernels/windows.py",
)  # fmt: skip
OPERATORS, DIGITS = "+-*/<>", "0123456789"

ONE_MUTANT = """
import sys
from dataclasses import dataclass
import numpy as np
from tradewind.evidence.market import SimulationSettings, simulate
from tradewind.evidence.recording import strategy_subject
from tradewind.evidence.verification import verify
from tradewind.features.features import Features
from tradewind.features.registry import FEATURES
from tradewind.model.params import choice
from tradewind.model.signals import Signals
from tradewind.strategies.lr_scalper import LRScalper

@dataclass(frozen=True)
class All:
    step: float = choice(0.001)

    def signals(self, features):
        for spec in FEATURES.values():
            features.get(spec.name, **spec.examples[0])
        return Signals(np.sign(np.round(features.log_return() / self.step)).astype(np.int8))

bars = simulate(SimulationSettings(symbols=("BTC/USDT:USDT",), days=3)).bars[0]
values = {spec.name: Features(bars).get(spec.name, **spec.examples[0]) for spec in FEATURES.values()}
if sys.argv[1] == "save":
    np.savez(sys.argv[2], **values)
    sys.exit()
before = np.load(sys.argv[2])
changed = [name for name in values if not np.array_equal(values[name], before[name], equal_nan=True)]
found = [one for strategy in (All(), LRScalper())
         for one in verify(strategy_subject("it", strategy), bars, samples=16, seed=1).findings]
names = sorted({f"{one.kind} {one.feature} by {one.needed}" for one in found})
if names:
    print("found", "; ".join(names))
    sys.exit()
replaced = []
for cut in (1300, 2200, 3100, 4000):
    columns = {c: np.r_[getattr(bars, c)[:cut], getattr(bars, c)[cut:][::-1]]
               for c in ("open", "high", "low", "close", "volume")}
    other = type(bars)(venue="v", symbol=bars.symbol, timeframe="1m", ts=bars.ts, **columns)
    replaced += [name for name in values if not np.array_equal(
        Features(other).get(name, **FEATURES[name].examples[0])[:cut], values[name][:cut], equal_nan=True)]
print("missed" if replaced else "wrong" if changed else "same", ", ".join(sorted(set(replaced or changed))))
"""
MEANINGS = {
    "found": "found: looks ahead, or depends on where history begins",
    "missed": "MISSED: other later bars change earlier values",
    "wrong": "not found: other numbers, from the same bars",
    "same": "not found: every value is as before",
    "fails": "ends in an error",
}


def mutations(seed: int) -> Iterator[tuple[str, int, str, str, str]]:
    """File, line, that line before and after, whole text after: without end, none twice; texts that are no Python
    are left out."""
    source = random.Random(seed)  # noqa: S311 - a draw of mutations
    places = [(name, *place) for name in FILES for place in _places((PACKAGE / name).read_text(encoding="utf-8"))]
    source.shuffle(places)
    for name, line, column, alphabet in places:
        lines = (PACKAGE / name).read_text(encoding="utf-8").splitlines(keepends=True)
        old = lines[line]
        new = old[:column] + source.choice(alphabet.replace(old[column], "")) + old[column + 1 :]
        lines[line] = new
        text = "".join(lines)
        try:
            compile(text, name, "exec")
        except SyntaxError:
            continue
        yield name, line + 1, old.strip(), new.strip(), text


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, column and alphabet of every digit and operator of the code, not of comments and strings."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.string in ("->", "**") or token.type not in (tokenize.NUMBER, tokenize.OP):
            continue
        for i, character in enumerate(token.string):
            alphabet = DIGITS if token.type == tokenize.NUMBER else OPERATORS
            if character in alphabet:
                yield token.start[0] - 1, token.start[1] + i, alphabet


def run(folder: Path, mode: str, values: Path) -> str:
    """What one copy of the package says."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ONE_MUTANT, mode, str(values)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    last = (done.stderr.strip().splitlines() or ["killed"])[-1]
    return done.stdout.strip() if done.returncode == 0 else f"fails {last[:100]}"


def main() -> int:
    """Run so many mutations and print each, then the rates."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations_found", description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder, values = Path(temporary) / "copy", Path(temporary) / "values.npz"
        shutil.copytree(PACKAGE, folder / "tradewind", ignore=shutil.ignore_patterns("__pycache__"))
        said = run(folder, "save", values)
        assert not said, said
        for (name, line, old, new, text), _ in zip(mutations(given.seed), range(given.count), strict=False):
            place = folder / "tradewind" / name
            place.write_text(text, encoding="utf-8")
            shutil.rmtree(folder / "cache", ignore_errors=True)
            outcome = run(folder, "check", values)
            shutil.copy(PACKAGE / name, place)
            counted[outcome.split()[0]] += 1
            print(f"{name}:{line}\n  - {old}\n  + {new}\n  {outcome}", flush=True)
    for kind, meaning in MEANINGS.items():
        print(f"{counted[kind]:>3} of {counted.total()} {meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
