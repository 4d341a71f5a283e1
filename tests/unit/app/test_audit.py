"""The audit of a series: damage is a fault, holes and odd moves are facts."""

from pathlib import Path

import numpy as np
import pytest
from tests.data_files import MAY_12_2022, MINUTE, made_bars, without

from tradewind.adapters.catalog import Catalog, SeriesKey, write, write_funding
from tradewind.app.audit import Audit, check_funding, check_series
from tradewind.model.bars import BAR_COLUMNS, Bars, Gap
from tradewind.model.errors import NoData
from tradewind.model.funding import FundingRates
from tradewind.model.time import HOUR_MS

KEY = SeriesKey.of("binance", "BTC/USDT", "1m")


def audited(folder: Path, bars: Bars) -> Audit:
    catalog = Catalog(folder)
    write(catalog, [bars])
    return check_series(catalog, KEY)


def test_sound_bars_have_no_faults(tmp_path: Path) -> None:
    audit = audited(tmp_path, made_bars(3000))
    assert (audit.faults, audit.duplicates, audit.disordered, audit.gaps, audit.outlier_count) == ((), 0, 0, (), 0)


def test_gaps_are_counted_and_the_longest_comes_first(tmp_path: Path) -> None:
    audit = audited(tmp_path, without(made_bars(200), 10, *range(50, 60)))
    assert audit.missing_bars == 11
    assert audit.longest_gaps(1) == [Gap(MAY_12_2022 + 49 * MINUTE, MAY_12_2022 + 60 * MINUTE, 10)]


def test_bars_without_volume_are_a_share_of_all(tmp_path: Path) -> None:
    bars = made_bars(200)
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    columns["volume"][:50] = 0.0
    audit = audited(tmp_path, Bars(venue="binance", symbol="BTC/USDT", timeframe="1m", **columns))
    assert audit.zero_volume_share == 0.25


def test_a_bad_print_is_reported_as_a_wick_and_a_break_as_a_jump(tmp_path: Path) -> None:
    bars = made_bars(3000)
    columns = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    columns["high"][700] = 150.0
    for name in ("open", "high", "low", "close"):
        columns[name][2000:] *= 2.0
    audit = audited(tmp_path, Bars(venue="binance", symbol="BTC/USDT", timeframe="1m", **columns))
    found = {outlier.kind: outlier for outlier in audit.outliers}
    assert audit.outlier_count == 2
    assert found["wick"].ts == MAY_12_2022 + 700 * MINUTE
    assert found["jump"].ts == MAY_12_2022 + 2000 * MINUTE
    assert np.isclose(found["jump"].move, np.log(2), atol=0.01)
    assert audit.faults == ()


@pytest.mark.parametrize("months", [1, 2])
def test_a_damaged_file_is_a_fault_that_names_it(tmp_path: Path, months: int) -> None:
    catalog = Catalog(tmp_path)
    write(catalog, [made_bars(40 * 1440)])
    paths = sorted(tmp_path.rglob("*.parquet"))
    paths[0].write_bytes(paths[0].read_bytes()[:-1])
    if months == 1:
        audit = check_series(catalog, KEY)
        assert len(audit.faults) == 1
        assert paths[0].name in audit.faults[0]
    else:
        paths[1].unlink()
        with pytest.raises(NoData, match="no file of binance BTC/USDT 1m can be read"):
            check_series(catalog, KEY)


def test_funding_rates_are_audited_like_bars(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    ts = MAY_12_2022 + 8 * HOUR_MS * np.array([0, 1, 2, 4])  # one settlement is not there
    write_funding(catalog, [FundingRates(venue="binance", symbol="BTC/USDT:USDT", ts=ts, rate=np.full(4, 1e-4))])
    (known,) = catalog.index().funding
    sound = check_funding(catalog, known)
    assert (sound.rows, sound.faults, sound.holes) == (4, (), 1)
    path = tmp_path / known.file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (fault,) = check_funding(catalog, known).faults
    assert known.file in fault
    assert "damaged" in fault
    path.unlink()
    (fault,) = check_funding(catalog, known).faults
    assert "missing" in fault
