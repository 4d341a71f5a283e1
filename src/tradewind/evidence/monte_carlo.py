"""Monte Carlo of trades: what else could have come of them, in another order or with others of the same kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from tradewind.kernels.resample_paths import paths_in_order, paths_of_blocks, paths_shuffled, units_of
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.errors import BadData, BadSetting, NoData
from tradewind.model.ports import Executor
from tradewind.model.time import DAY_MS
from tradewind.stats.bootstrap import DAYS_MIN, block_days

FAN_POINTS = 50
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
PATHS_AT_ONCE = 1000  # per unit of work of an executor
ROUNDING = 1e-12  # of a sum of logs: an order of additions must not decide between touched and not


class Method(StrEnum):
    """How a path is made of the trades there are; `ANSWERS` says what each can tell."""

    SHUFFLE = "shuffle"
    BOOTSTRAP = "bootstrap"
    BLOCKS = "blocks"


ANSWERS: Mapping[Method, str] = MappingProxyType(
    {
        Method.SHUFFLE: (
            "The same trades in another order: how deep could the drawdown have been on the way to the same end? "
            "It says nothing of how sure the return is, which is the same in every order"
        ),
        Method.BOOTSTRAP: (
            "Other trades of the same kind, none depending on the one before: how sure is the return, how likely a "
            "loss? Too sure of itself where good and bad times last"
        ),
        Method.BLOCKS: (
            "Other stretches of days of the same kind, good and bad times whole: how sure is the return, how likely a "
            "loss, how deep the drawdown, how likely ruin? It knows no times but those there were"
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AccountTrades:
    """Closed trades of one account, in any order, an entry per trade.

    `log_return` is what a trade added to the log of the account's equity: where several symbols share an account, a
    trade's own log return times its symbol's share. `opened_ms` is when it was decided; it belongs to the UTC day of
    that moment. `closed_ms` is never earlier. `day_ms` are the starts of all days on which the account was trading,
    ascending, those without a trade included. Raises BadData where any of this does not hold.
    """

    log_return: FloatArray
    opened_ms: IntArray
    closed_ms: IntArray
    symbol: npt.NDArray[np.generic]
    day_ms: IntArray

    def __post_init__(self) -> None:
        lengths = {len(self.log_return), len(self.opened_ms), len(self.closed_ms), len(self.symbol)}
        if len(lengths) > 1:
            raise BadData("the columns of the trades have different lengths", "Give one value per trade in each")
        if not np.isfinite(self.log_return).all():
            raise BadData("a trade has no finite log return", "Leave out trades that lost all or are not closed")
        if (self.closed_ms < self.opened_ms).any():
            raise BadData("a trade closed before it opened", "Look for swapped columns")
        if (self.day_ms % DAY_MS != 0).any() or (np.diff(self.day_ms) <= 0).any():
            raise BadData("the days are not ascending midnights UTC", "Give each day's start once, in milliseconds")
        if not np.isin(self.opened_ms // DAY_MS * DAY_MS, self.day_ms).all():
            raise BadData("a trade opened on a day that is not among the days", "Give all days, as `days_of` does")

    def __len__(self) -> int:
        return len(self.log_return)

    @property
    def by_day(self) -> bool:
        """Whether trades must stay with those of their day: several symbols, or one opened before another closed.

        Such trades made or lost together. Drawn one by one they would look like so many independent chances.
        """
        if len(np.unique(self.symbol)) > 1:
            return True
        order = np.lexsort((self.closed_ms, self.opened_ms))
        # Where any two overlap, so do two that opened one after the other.
        return bool((self.opened_ms[order][1:] < self.closed_ms[order][:-1]).any())


def days_of(opened_ms: IntArray) -> IntArray:
    """Starts of all days from the first trade's to the last one's, for trades of which nothing else is known."""
    if len(opened_ms) == 0:
        return np.empty(0, np.int64)
    days: IntArray = np.arange(opened_ms.min() // DAY_MS, opened_ms.max() // DAY_MS + 1) * DAY_MS
    return days


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloSettings:
    """`paths` to walk; `ruin` is the share of its start that ruined equity touches; `block_days` the mean length of a
    block, chosen from the trades if None. Same seed, same paths. Raises BadSetting for values without meaning."""

    paths: int = 10_000
    ruin: float = 0.5
    block_days: float | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        if self.paths < 1:
            raise BadSetting(f"{self.paths} paths are none", "Choose at least 1, better thousands")
        if not 0 < self.ruin < 1:
            raise BadSetting(f"ruin at {self.ruin} of the start is none", "Choose a share between 0 and 1")
        if self.block_days is not None and not 1 <= self.block_days < np.inf:
            raise BadSetting(f"a block of {self.block_days} days is none", "Choose at least 1 day")
        if self.seed < 0:
            raise BadSetting(f"seed {self.seed} is negative", "Choose a whole number from 0")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paths:
    """Where equity paths from 1 ended and how low they came, one entry per path, in logs.

    Equity moves when a trade closes: losses of open trades that were made good before are not in it.
    """

    final_log: FloatArray
    fall_log: FloatArray
    lowest_log: FloatArray

    @property
    def final_return(self) -> FloatArray:
        """Return over the whole path, as a fraction of the start."""
        return np.expm1(self.final_log)

    @property
    def max_drawdown(self) -> FloatArray:
        """Deepest fall from a peak, as a fraction of the peak."""
        return -np.expm1(-self.fall_log)

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """Whether the path ended below its start."""
        return self.final_log < -ROUNDING

    def ruined(self, ruin: float) -> npt.NDArray[np.bool_]:
        """Whether equity touched `ruin` times its start, at any time."""
        touched: npt.NDArray[np.bool_] = self.lowest_log <= np.log(ruin) + ROUNDING
        return touched


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonteCarlo:
    """All paths of one method beside the real one.

    `unit` is what was put in another order or drawn, "trade" or "day", and `units` their number; `block_days` the
    mean length of a block, None where there are none. `fan` holds the `QUANTILES` of equity (1 at the start) over all
    paths at `fan_at` units: points × quantiles; `real_fan` is the real path there.
    """

    method: Method
    settings: MonteCarloSettings
    trades: int
    unit: str
    units: int
    block_days: float | None
    paths: Paths
    real: Paths
    fan_at: IntArray
    fan: FloatArray
    real_fan: FloatArray

    @property
    def return_quantiles(self) -> FloatArray | None:
        """The `QUANTILES` of the final return; None for shuffled trades, which all end where the real ones did."""
        return None if self.method is Method.SHUFFLE else np.quantile(self.paths.final_return, QUANTILES)

    @property
    def drawdown_quantiles(self) -> FloatArray:
        """The `QUANTILES` of the maximum drawdown."""
        return np.quantile(self.paths.max_drawdown, QUANTILES)

    @property
    def loss_probability(self) -> float | None:
        """Share of paths that ended below their start; None for shuffled trades, which cannot tell."""
        return None if self.method is Method.SHUFFLE else float(self.paths.lost.mean())

    @property
    def ruin_probability(self) -> float:
        """Share of paths whose equity touched ruin."""
        return float(self.paths.ruined(self.settings.ruin).mean())


def monte_carlo(
    trades: AccountTrades, method: Method, executor: Executor, settings: MonteCarloSettings | None = None
) -> MonteCarlo:
    """Thousands of paths the account could have taken; `ANSWERS[method]` says to which question.

    SHUFFLE and BOOTSTRAP take trade by trade, or whole days where trades of a day belong together (`by_day`). BLOCKS
    always takes whole days, in runs of consecutive ones. Inside a day trades stay in the order in which they closed.
    As many units are drawn as there are. A path depends on its number and the seed alone: any executor gives the same
    bytes. Raises NoData where there is no trade.

    Source: Efron (1979), Bootstrap methods: another look at the jackknife; Politis and Romano (1994), The stationary
    bootstrap, with the mean block of Politis and White (2004) as corrected by Patton, Politis and White (2009).
    """
    chosen = settings or MonteCarloSettings()
    if len(trades) == 0:
        raise NoData("there is no closed trade to resample", "Give trades, or a run whose procedure traded")
    by_day = method is Method.BLOCKS or trades.by_day
    units = _units(trades, by_day=by_day)
    marks = np.rint(np.linspace(0, len(units), FAN_POINTS + 1)).astype(np.int64)
    block = _mean_block(units[:, 0], chosen) if method is Method.BLOCKS else None

    walk = partial(_paths, units, method, block or 1.0, chosen.seed, marks)
    spans = [(first, min(first + PATHS_AT_ONCE, chosen.paths)) for first in range(0, chosen.paths, PATHS_AT_ONCE)]
    parts = list(executor.map(walk, spans))
    real, real_fan = paths_in_order(units, marks)
    fan = np.exp(np.quantile(np.concatenate([at_marks for _, at_marks in parts]), QUANTILES, axis=0).T)
    return MonteCarlo(
        method=method,
        settings=chosen,
        trades=len(trades),
        unit="day" if by_day else "trade",
        units=len(units),
        block_days=block,
        paths=_as_paths(np.concatenate([ends for ends, _ in parts])),
        real=_as_paths(real),
        fan_at=marks,
        fan=fan,
        real_fan=np.exp(real_fan[0]),
    )


def _units(trades: AccountTrades, *, by_day: bool) -> FloatArray:
    """Days with their trades, or every trade by itself, as rows for the kernels."""
    day = np.searchsorted(trades.day_ms, trades.opened_ms // DAY_MS * DAY_MS)
    # Trades that closed at the same time go by what is known of them: the order of the rows given decides nothing.
    order = np.lexsort((trades.log_return, trades.opened_ms, trades.closed_ms, day))
    # Each day begins at its first trade; a trade by itself is a group of its own.
    group = day[order] if by_day else np.arange(len(trades))
    starts = np.searchsorted(group, np.arange((len(trades.day_ms) if by_day else len(trades)) + 1))
    return units_of(np.ascontiguousarray(trades.log_return[order], np.float64), starts.astype(np.int64))


def _mean_block(daily: FloatArray, settings: MonteCarloSettings) -> float:
    if settings.block_days is not None:
        return float(settings.block_days)
    if len(daily) < DAYS_MIN:
        return float(np.ceil(len(daily) ** (1 / 3)))  # the rate at which the best length grows
    return float(block_days(daily))


def _paths(
    units: FloatArray, method: Method, mean_block: float, seed: int, marks: IntArray, span: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    first, end = span
    if method is Method.SHUFFLE:
        return paths_shuffled(units, first, end, seed, marks)
    return paths_of_blocks(units, mean_block, first, end, seed, marks)


def _as_paths(ends: FloatArray) -> Paths:
    return Paths(final_log=ends[:, 0], fall_log=ends[:, 1], lowest_log=ends[:, 2])
