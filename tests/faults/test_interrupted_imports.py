"""Writers killed at every step: the catalog is the old one or the new one, and the next write tidies up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.data_files import DAY, MAY_12_2022, made_bars, same_bars

from tradewind.adapters.catalog import Catalog, write
from tradewind.model.time import TimeRange

ROOT = Path(__file__).resolve().parents[2]

# Kills itself with SIGKILL just before, or just after, the n-th file is put in place.
KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from tests.data_files import DAY, MAY_12_2022, made_bars
from tradewind.adapters.catalog import Catalog, write
root, fatal, after = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "after"
replace, count = Path.replace, 0
def deadly(self, target):
    global count
    count += 1
    if count == fatal and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    result = replace(self, target)
    if count == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
Path.replace = deadly
write(Catalog(root), [made_bars(30 * 1440), made_bars(symbol="ETH/USDT")])
"""
STEPS = 6  # two months and a manifest of BTC, one month and a manifest of ETH, then the index


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "moment"),
    [(1, "before"), (1, "after"), (3, "before"), (4, "after"), (5, "after"), (STEPS, "before"), (STEPS, "after")],
)
def test_a_killed_import_leaves_the_old_catalog_or_the_new_one(tmp_path: Path, step: int, moment: str) -> None:
    catalog = Catalog(tmp_path)
    write(catalog, [made_bars(100)])
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(tmp_path), str(step), moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    committed = step == STEPS and moment == "after"
    assert [(s.key.symbol, s.rows) for s in catalog.series()] == (
        [("BTC/USDT", 30 * 1440), ("ETH/USDT", 1440)] if committed else [("BTC/USDT", 100)]
    )
    expected = made_bars(30 * 1440) if committed else made_bars(100)
    assert same_bars(catalog.bars("binance", "BTC/USDT", "1m", TimeRange()), expected)


@pytest.mark.slow
def test_the_next_write_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    clean, torn = Catalog(tmp_path / "clean"), Catalog(tmp_path / "torn")
    for catalog in (clean, torn):
        write(catalog, [made_bars(100)])
    subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(torn.root), "5", "after"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}, capture_output=True,
    )  # fmt: skip
    for catalog in (clean, torn):
        write(catalog, [made_bars(200, start=MAY_12_2022 + DAY)])
    names = [
        sorted(str(path.relative_to(c.root)) for path in c.root.rglob("*") if path.is_file()) for c in (clean, torn)
    ]
    assert names[0] == names[1]
