"""Resampling in the catalog: written explicitly, made again when finer bars come, never over a venue's own bars."""

from pathlib import Path

import pytest
from tests.data_files import made_bars, without

from tradewind.adapters.catalog import Catalog, SeriesKey, write
from tradewind.app.resample import resample_series, resampled
from tradewind.model.errors import BadData, NoData, WrongUse
from tradewind.model.time import TimeRange

KEY = SeriesKey.of("binance", "BTC/USDT", "1m")


def test_a_resampled_series_says_what_it_is_made_of(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    write(catalog, [without(made_bars(150), 3)])
    report = resample_series(catalog, KEY, "1h")
    assert (report.partial, report.first_partial, report.dropped_bars) == (1, ("2022-05-12 00:00",), 30)
    assert report.written.summary.resampled_from == "1m"
    assert len(catalog.bars("binance", "BTC/USDT", "1h", TimeRange())) == 2


def test_it_is_made_again_when_a_hole_in_the_finer_bars_was_filled(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    write(catalog, [without(made_bars(180), 61)])
    resample_series(catalog, KEY, "1h")
    write(catalog, [made_bars(240)])
    report = resample_series(catalog, KEY, "1h").written
    assert (report.added, report.replaced, report.identical) == (1, 1, 2)
    assert catalog.series()[-1].content_hash == resampled(made_bars(240), "1h")[0].content_hash()


def test_it_does_not_overwrite_what_the_venue_itself_said(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    write(catalog, [made_bars(240), made_bars(4, timeframe="1h", seed=9)])
    with pytest.raises(BadData, match="binance BTC/USDT 1h: the bar of 2022-05-12 00:00 is catalogued with"):
        resample_series(catalog, KEY, "1h")


def test_a_target_that_is_not_coarser_or_never_complete_is_refused(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    write(catalog, [made_bars(30)])
    with pytest.raises(WrongUse, match="1m is not coarser than 1m"):
        resample_series(catalog, KEY, "1m")
    with pytest.raises(NoData, match="no complete 1h bar"):
        resample_series(catalog, KEY, "1h")
