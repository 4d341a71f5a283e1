"""A download killed between two files: the catalog is untouched, and the next run asks only for what is missing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.data_files import MAY_12_2022, made_bars, same_bars
from tests.venue_server import FakeVenue, serving

from tradewind.adapters.catalog import Catalog
from tradewind.cli.main import run
from tradewind.model.time import TimeRange


@pytest.mark.slow
def test_a_killed_download_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bars = made_bars(2 * 1440, start=MAY_12_2022)
    with serving(FakeVenue()) as venue:
        paths = [venue.put_bars(bars.rows(1440 * day, 1440 * day + 1440)) for day in range(2)]
        venue.faults[paths[1]] = ["hang"]
        arguments = [
            "--workspace", str(tmp_path), "data", "download", "BTC/USDT", "--timerange", "20220512-20220514",
            "--archive-url", venue.url, "--spot-url", venue.url,
        ]  # fmt: skip
        code = "from tradewind.cli.main import main; main()"
        with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE) as process:
            deadline = time.monotonic() + 30
            while not venue.asked[paths[1]] and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        venue.hanging.set()
        catalog = Catalog(tmp_path / "catalog")
        assert catalog.series() == ()
        assert run(arguments) == 0
        capsys.readouterr()
        assert [venue.asked[path] for path in paths] == [1, 2]
    assert same_bars(catalog.bars("binance", "BTC/USDT", "1m", TimeRange()), bars)
