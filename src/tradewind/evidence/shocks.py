"""Shocks that bars can be given: a flash crash, volatility, gaps, liquidity gone, costs.

Sizes of the default shocks were measured on Binance's 1m closes of BTC and ETH, 2019 to 2024, unless another source
stands beside them; docs/stress.md has the table.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from tradewind.model.bars import BAR_COLUMNS, Bars
from tradewind.model.errors import BadSetting
from tradewind.model.instrument import FEE_MOST, Costs
from tradewind.model.time import HOUR_MS, MINUTE_MS

PRICES = ("open", "high", "low", "close")


def refuse(wrong: bool, problem: str, remedy: str) -> None:  # noqa: FBT001 - reads as a sentence at its call
    """Raise BadSetting with `problem` and `remedy` where something is `wrong`."""
    if wrong:
        raise BadSetting(problem, remedy)


class Scenario(Protocol):
    """A shock that strikes every symbol at one moment. The same bars and moment give the same bytes."""

    __slots__ = ()

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str:
        """What happens, in words."""
        ...

    def bars(self, bars: Bars, at_ms: int) -> Bars:
        """A symbol's bars with the shock at the first bar from `at_ms` on; there are bars before and after it."""
        del at_ms
        return bars

    def costs(self, costs: Costs) -> Costs:
        """What a fill costs while the shock lasts."""
        return costs

    def costly_ms(self, at_ms: int) -> tuple[int, int] | None:
        """When `costs` hold, from and up to; None for the whole stretch."""
        del at_ms
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashCrash(Scenario):
    """Every price falls by `fall` within `fall_minutes`, and `recovered` of it is back `recovery_minutes` later.

    BTC fell 17.9 % in the ten minutes to 10:47 UTC on 12 March 2020, ETH 18.8 % in those to 12:53 on 19 May 2021; an
    hour later a quarter (2020) or all (2021) of it was back; ten to fifteen times as much as usual was traded.
    """

    fall: float = 0.18
    fall_minutes: int = 10
    recovered: float = 0.5
    recovery_minutes: int = 60
    volume: float = 10.0

    def __post_init__(self) -> None:
        refuse(not 0 < self.fall < 1, f"a flash crash of {self.fall}", "Write 18 % as 0.18")
        refuse(not 0 <= self.recovered <= 1, f"a recovery of {self.recovered} of the fall", "Choose 0 to 1")
        refuse(min(self.fall_minutes, self.recovery_minutes) < 1, "a flash crash without time", "Give whole minutes")
        refuse(not self.volume > 0, f"a volume × {self.volume}", "Choose a positive number")

    @property
    def name(self) -> str:
        return "flash crash"

    @property
    def text(self) -> str:
        return (
            f"−{self.fall:.0%} in {self.fall_minutes} minutes, {self.recovered:.0%} of it back "
            f"{self.recovery_minutes} minutes later"
        )

    def bars(self, bars: Bars, at_ms: int) -> Bars:
        low, end = np.log1p(-self.fall), np.log1p(-self.fall * (1.0 - self.recovered))
        trough = self.fall_minutes * MINUTE_MS
        times, shifts = [0, trough, trough + self.recovery_minutes * MINUTE_MS], [0.0, low, end]
        opened = bars.ts - at_ms
        closed = opened + bars.timeframe_ms
        at_open, at_close = np.interp(opened, times, shifts), np.interp(closed, times, shifts)
        lowest = np.where((opened < trough) & (trough < closed), low, np.minimum(at_open, at_close))
        struck = (closed > 0) & (opened < times[-1])
        return replace(
            bars,
            open=bars.open * np.exp(at_open),
            high=bars.high * np.exp(np.maximum(at_open, at_close)),
            low=bars.low * np.exp(lowest),
            close=bars.close * np.exp(at_close),
            volume=np.where(struck, self.volume, 1.0) * bars.volume,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityTimes(Scenario):
    """For `hours` every log move since the last close before is `factor` times as large, and as much more is traded.

    A minute's move deviates by 7 bp (BTC) on the median day, by 28 on the worst day of November 2022, by 34 in May
    2022, 58 in May 2021 and 96 on 12 and 13 March 2020: 4 to 13 times as much.
    """

    factor: float = 5.0
    hours: int = 24

    def __post_init__(self) -> None:
        refuse(not self.factor > 0, f"volatility × {self.factor}", "Choose a positive factor")
        refuse(self.hours < 1, f"{self.hours} hours of volatility", "Choose at least one hour")

    @property
    def name(self) -> str:
        return f"volatility × {self.factor:g}"

    @property
    def text(self) -> str:
        return f"every move {self.factor:g} times as large for {self.hours} hours"

    def bars(self, bars: Bars, at_ms: int) -> Bars:
        first, end = (int(n) for n in np.searchsorted(bars.ts, (at_ms, at_ms + self.hours * HOUR_MS)))
        base = bars.close[first - 1]
        new: dict[str, Any] = {name: getattr(bars, name).copy() for name in (*PRICES, "volume")}
        for name in PRICES:
            # Log moves since `base`, and so those between bars and within them, times the factor.
            new[name][first:end] = base * (new[name][first:end] / base) ** self.factor
            new[name][end:] *= (bars.close[end - 1] / base) ** (self.factor - 1.0)
        new["volume"][first:end] *= self.factor
        return replace(bars, **new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Scenario):
    """Trading reopens at the last close times 1 + `move`: after `minutes` without bars, or at once with 0.

    Binance's longest pauses: 600 minutes on 15 May 2019, 354 on 19 February 2020, 284 on 25 April 2021; all reopened
    within 0.1 %. The largest fall of one minute was 7.2 % (BTC, 12 March 2020) and 9.3 % (ETH, 19 May 2021).
    """

    move: float = -0.1
    minutes: int = 0

    def __post_init__(self) -> None:
        refuse(not -1 < self.move < 10, f"a gap of {self.move}", "Write −10 % as -0.1")
        refuse(self.minutes < 0, f"a gap of {self.minutes} minutes", "Choose 0 or more")

    @property
    def name(self) -> str:
        return f"{'halt' if self.minutes else 'jump'} {self.move:+.0%}".replace("-", "−")

    @property
    def text(self) -> str:
        how = f"no bars for {self.minutes} minutes, then trading reopens" if self.minutes else "the next bar opens"
        return f"{how} {self.move:+.0%} from the last close".replace("-", "−")

    def bars(self, bars: Bars, at_ms: int) -> Bars:
        first, again = (int(n) for n in np.searchsorted(bars.ts, (at_ms, at_ms + self.minutes * MINUTE_MS)))
        factor = bars.close[first - 1] * (1.0 + self.move) / bars.open[again]
        columns: dict[str, Any] = {}
        for name in BAR_COLUMNS:
            values = getattr(bars, name)
            columns[name] = np.concatenate((values[:first], values[again:] * (factor if name in PRICES else 1)))
        if bars.funding is not None:
            # A halt pauses trading, not what positions owe.
            columns["funding"] = np.delete(bars.funding, slice(first, again))
            columns["funding"][first] += bars.funding[first:again].sum()
        return replace(bars, **columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidityGone(Scenario):
    """For `hours` half spread and slippage are `factor` times as large, and `volume` times as much is traded.

    The spread for 25 BTC went from a few basis points to 200 on 12 and 13 March 2020, on some venues beyond 700 (B2C2,
    reported by CoinDesk in April 2020): 20 is not the worst there was. A trade pays as when it was decided.
    """

    factor: float = 20.0
    volume: float = 0.1
    hours: int = 24

    def __post_init__(self) -> None:
        refuse(not self.factor >= 1, f"spread × {self.factor}", "Choose a factor of at least 1")
        refuse(not self.volume > 0, f"a volume × {self.volume}", "Choose a positive number")
        refuse(self.hours < 1, f"{self.hours} hours without liquidity", "Choose at least one hour")

    @property
    def name(self) -> str:
        return "liquidity gone"

    @property
    def text(self) -> str:
        return f"spread and slippage × {self.factor:g}, volume × {self.volume:g} for {self.hours} hours"

    def bars(self, bars: Bars, at_ms: int) -> Bars:
        struck = (bars.ts >= at_ms) & (bars.ts < at_ms + self.hours * HOUR_MS)
        return replace(bars, volume=np.where(struck, self.volume, 1.0) * bars.volume)

    def costs(self, costs: Costs) -> Costs:
        return replace(
            costs,
            half_spread_bps=costs.half_spread_bps * self.factor,
            slippage_bps=costs.slippage_bps * self.factor,
        )

    def costly_ms(self, at_ms: int) -> tuple[int, int] | None:
        return at_ms, at_ms + self.hours * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsTimes(Scenario):
    """Every fill of the whole stretch costs `factor` times as much; a maker's rebate stays, no fee goes beyond 1 %.

    Twice 0.04 % is 0.08 %: less than the 0.1 % that Binance asks of a taker on spot without any discount.
    """

    factor: float = 2.0

    def __post_init__(self) -> None:
        refuse(not self.factor >= 1, f"costs × {self.factor}", "Choose a factor of at least 1")

    @property
    def name(self) -> str:
        return f"costs × {self.factor:g}"

    @property
    def text(self) -> str:
        return f"fees, spread and slippage {self.factor:g} times as large all the time"

    def costs(self, costs: Costs) -> Costs:
        return Costs(
            taker_fee=min(FEE_MOST, costs.taker_fee * self.factor),
            maker_fee=min(FEE_MOST, max(costs.maker_fee, costs.maker_fee * self.factor)),
            half_spread_bps=costs.half_spread_bps * self.factor,
            slippage_bps=costs.slippage_bps * self.factor,
        )


SCENARIOS: tuple[Scenario, ...] = (
    FlashCrash(),
    VolatilityTimes(),
    Gap(move=-0.1),
    Gap(move=0.1),
    Gap(move=-0.1, minutes=300),
    LiquidityGone(),
    CostsTimes(),
)
