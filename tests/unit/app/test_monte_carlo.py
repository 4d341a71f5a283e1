"""Monte Carlo of a finished run: its real path is the record's, its figures are plain, and a run that stands aside."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.unit.app.small_search import searched, small_request

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.run_store import FinishedRun
from tradewind.app.monte_carlo import monte_carlo_of_run, procedure_trades
from tradewind.evidence.monte_carlo import Method, MonteCarloSettings, monte_carlo

FEW = MonteCarloSettings(paths=400)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    return searched(small_request(symbols=2), tmp_path_factory.mktemp("monte_carlo"))


@pytest.mark.parametrize("record", ["switch", "static"])
def test_the_real_path_ends_where_the_record_did_and_falls_at_least_as_deep(run: FinishedRun, record: str) -> None:
    figures, of_record = monte_carlo_of_run(run, FEW)[record], run.summary["procedure"][record]
    assert figures is not None
    for one in figures.values():
        assert one["trades"] == of_record["trades"] > 20
        assert one["real"]["return"] == pytest.approx(of_record["return"], abs=1e-12)
        # The record looks once a day, the path at every closed trade.
        assert one["real"]["max_drawdown"] >= of_record["max_drawdown"] - 1e-12
        assert (one["unit"], one["units"]) == ("day", of_record["days"])


def test_each_method_gives_the_figures_it_can_answer_for(run: FinishedRun) -> None:
    figures = monte_carlo_of_run(run, FEW)["static"]
    assert figures is not None
    assert list(figures) == ["shuffle", "bootstrap", "blocks"]
    assert figures["shuffle"]["return"] is figures["shuffle"]["loss_probability"] is None
    for name in ("bootstrap", "blocks"):
        assert 0 <= figures[name]["loss_probability"] <= 1
        quantiles = list(figures[name]["return"].values())
        assert quantiles == sorted(quantiles)
        assert list(figures[name]["return"]) == ["p1", "p5", "p25", "p50", "p75", "p95", "p99"]
        assert len(figures[name]["fan"]["p50"]) == len(figures[name]["fan"]["units"]) == 51
    assert len({one["answers"] for one in figures.values()}) == 3
    json.dumps(figures, allow_nan=False)
    assert figures == monte_carlo_of_run(run, FEW, workers=1)["static"]


def test_a_single_symbol_never_overlaps_and_is_resampled_trade_by_trade(run: FinishedRun) -> None:
    trades = procedure_trades(run, "static")
    table = pd.DataFrame(run.table("procedure_trades").to_pydict()).query("record == 'static'")
    assert np.allclose(trades.log_return, table.log_return / 2)
    assert trades.by_day
    first = trades.symbol == trades.symbol[0]
    alone = type(trades)(
        log_return=trades.log_return[first],
        opened_ms=trades.opened_ms[first],
        closed_ms=trades.closed_ms[first],
        symbol=trades.symbol[first],
        day_ms=trades.day_ms,
    )
    result = monte_carlo(alone, Method.SHUFFLE, ThreadExecutor(1), FEW)
    assert (result.unit, result.units) == ("trade", int(first.sum()))


def test_a_record_without_a_trade_has_no_figures(run: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = FinishedRun.table

    def none_of_switch(self: FinishedRun, name: str) -> object:
        table = stored(self, name)
        return (
            table.filter([one != "switch" for one in table["record"].to_pylist()])
            if "record" in table.column_names
            else table
        )

    monkeypatch.setattr(FinishedRun, "table", none_of_switch)
    figures = monte_carlo_of_run(run, FEW)
    assert figures["switch"] is None
    assert figures["static"] is not None
