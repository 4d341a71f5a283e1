"""A whole validation record with made-up figures, for tests of what reads it."""

from typing import Any

from tradewind.app import validation as parts
from tradewind.app.validation import Validation
from tradewind.evidence.verdict import Evidence, Thresholds, verdict

NOTHING = parts.Interval(value=None, low=None, high=None, days=0, block_days=0)
SHARPE = parts.Interval(value=0.1 + 0.2, low=-1.0, high=2.0, days=1900, block_days=3)


def sample(run: str = "scalper-0", **changed: Any) -> Validation:
    """Figures of a run that came to nothing; `changed` replaces whole parts."""
    found = Validation(
        version=2,
        run=run,
        verdict=verdict(Evidence(eligible=90, luck=0.6, overfitting=0.2, deflated=1e-9)),
        settings=parts.Settings(alterations=200, luck_days=180, stress=True, seed=1, thresholds=Thresholds()),
        data=parts.Data(
            venue="binance", timeframe="1m", symbols=("BTC/USDT",), bars=3_000_000, first_ts=0, last_ts=180_000_000_000,
            hold_out_start_ms=180_000_060_000, windows=70, test_days=1900, years=5.7, simulated=None,
        ),
        costs=parts.Costs(
            taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5, round_trip_bps=10.0,
            procedure_paid_bps=None, procedure_break_even_bps=None, candidate_paid_bps=10.0,
            candidate_break_even_bps=1.6,
        ),
        trials=parts.Trials(
            configurations=96, labels=13, together=1248, in_ledger=2496, eligible=90, effective=23.4, effective_of=96,
            spread_per_day=0.07, spread_of=95,
        ),
        deflated_sharpe=parts.DeflatedSharpe(
            configuration=7, name="lr_snapshot|lb60|atr7", parameters={"lookback": 60}, trades=1234, days=1900,
            sharpe_per_day=-0.21, sharpe_per_year=-4.0, skew=-0.3, kurtosis=7.0, luck_sharpe_per_day=0.2,
            luck_sharpe_per_year=3.8, probabilistic=1e-9, deflated=1e-12, deflated_effective=1e-11,
            uncapped_luck_sharpe_per_day=0.3, uncapped_luck_sharpe_per_year=5.7, deflated_uncapped=1e-14,
            minimum_track_record_days=None, minimum_backtest_years=11.0, test_years=5.2,
        ),
        track_record=parts.TrackRecord(
            trades=0, days=1900, sharpe_per_day=None, sharpe_per_year=None, skew=None, kurtosis=None,
            probabilistic=None, minimum_days=None, enough=None,
        ),
        overfitting=parts.Overfitting(
            probability=0.2, groups=4, splits=6, configurations=90, slope=0.4, intercept=-0.1, loss_share=1.0,
            logits=(-1.0, 0.5, 0.5, 1.5, 2.0, 2.0), histogram=parts.Histogram(edges=(-1.0, 0.5, 2.0), counts=(1, 5)),
        ),
        superior=parts.Superior(
            benchmark="standing aside", consistent=1.0, lower=1.0, upper=1.0, reality_check=1.0, eligible=90,
            compared=90, block_days=4, resamples=1000,
        ),
        intervals=parts.Intervals(
            sharpe_per_year=SHARPE, profit_factor=NOTHING, max_drawdown=NOTHING, switch_minus_static=NOTHING,
            switch_minus_aside=NOTHING, static_minus_aside=NOTHING,
        ),
        overfit_ratio=None,
        plateaus=(parts.Plateau(
            regime="STRESS", configuration=7, edge=-0.4,
            neighbours=(parts.Neighbour(configuration=8, parameter="lookback", value=90.0, edge=-0.5),),
            positive_share=0.0, median_edge=-0.5, median_of_peak=None, total_r=-9.0, passed=False,
        ),),
        luck=None,
        monte_carlo={"switch": None, "static": None},
        stress=None,
        hold_out=parts.HoldOut(runs=0, opened=False, result=None),
    )  # fmt: skip
    return found.model_copy(update=changed)
