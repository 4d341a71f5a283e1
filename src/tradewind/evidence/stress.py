"""Stress: what is tried, and what a stretch of trading cost an account."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.evidence.shocks import SCENARIOS, Scenario, refuse
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.time import DAY_MS
from tradewind.stats.drawdown import max_drawdown

NOTHING_LEFT = 1e-9  # of the account, where a loss takes all of it and more


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCrash:
    """Days on which a market crashed: midnights UTC, the last one excluded."""

    name: str
    text: str
    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        refuse(self.start_ms % DAY_MS != 0 or self.end_ms % DAY_MS != 0, f"{self.name} off midnight", "Give days")
        refuse(self.end_ms <= self.start_ms, f"{self.name} ends before it starts", "Write the earlier day first")


RECORDED: tuple[RecordedCrash, ...] = (
    RecordedCrash(
        name="March 2020",
        text="BTC −57% from peak to low, −50% in a day, in the first days of the pandemic",
        start_ms=1_583_625_600_000,  # 2020-03-08
        end_ms=1_584_662_400_000,  # 2020-03-20
    ),
    RecordedCrash(
        name="May 2021",
        text="BTC −41% from peak to low, ETH −58%, with record liquidations on 19 May",
        start_ms=1_621_036_800_000,  # 2021-05-15
        end_ms=1_621_987_200_000,  # 2021-05-26
    ),
    RecordedCrash(
        name="May 2022",
        text="BTC −33% from peak to low, SOL −61%, when Terra and its LUNA failed",
        start_ms=1_651_708_800_000,  # 2022-05-05
        end_ms=1_652_659_200_000,  # 2022-05-16
    ),
    RecordedCrash(
        name="November 2022",
        text="BTC −27% from peak to low, SOL −69%, when FTX failed",
        start_ms=1_667_606_400_000,  # 2022-11-05
        end_ms=1_668_556_800_000,  # 2022-11-16
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Closed trades signalled in [start_ms, end_ms), an entry per trade in any order, each made with `share` of the
    account. `open_still` counts trades that had not ended with the bars, and are left out.
    """

    start_ms: int
    end_ms: int
    share: float
    entry_ms: IntArray
    exit_ms: IntArray
    r: FloatArray
    log_return: FloatArray
    open_still: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What a stretch cost an account that gives every symbol an equal, constant share.

    `final_return` is of the whole stretch, `loss` how far equity was below its start at its lowest, both as fractions
    of the start. `worst_r` and `worst_of_account` are the worst trade, in R and as a fraction of the account.
    `recovery_ms` is the time from the trough of the deepest fall until equity was back at the peak before it: 0 where
    nothing fell, None where it was not back when the last trade closed. Equity moves when a trade closes.
    `in_market` is the part of the account that was in a trade, on average over time.
    """

    trades: int
    in_market: float
    final_return: float
    loss: float
    worst_r: float
    worst_of_account: float
    max_drawdown: float
    recovery_ms: int | None
    open_still: int


def toll_of(stretch: Stretch) -> Toll:
    """The figures of a stretch."""
    moves = np.expm1(stretch.log_return) * stretch.share
    times, at = np.unique(stretch.exit_ms, return_inverse=True)
    together = np.zeros(len(times))
    np.add.at(together, at, moves)  # what closes in one bar moves equity once
    equity = np.concatenate(([1.0], np.cumprod(np.maximum(1.0 + together, NOTHING_LEFT))))
    fallen = max_drawdown(equity)
    moments = np.concatenate(([stretch.start_ms], times))
    back = None if fallen.recovery is None else int(moments[fallen.recovery] - moments[fallen.trough])
    return Toll(
        trades=len(moves),
        in_market=float((stretch.exit_ms - stretch.entry_ms).sum())
        * stretch.share
        / (stretch.end_ms - stretch.start_ms),
        final_return=float(equity[-1] - 1.0),
        loss=float(1.0 - equity.min()),
        worst_r=float(stretch.r.min()) if len(moves) else float("nan"),
        worst_of_account=float(moves.min()) if len(moves) else float("nan"),
        max_drawdown=fallen.fraction,
        recovery_ms=back,
        open_still=stretch.open_still,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StressSettings:
    """What to try. Around `moments` random moments, from `lead_days` before until `after_days` after, every shock
    strikes as soon as a trade is open; recorded crashes are traded as they were. Same seed, same moments."""

    scenarios: tuple[Scenario, ...] = SCENARIOS
    recorded: tuple[RecordedCrash, ...] = RECORDED
    moments: int = 20
    lead_days: int = 1
    after_days: int = 7
    seed: int = 1

    def __post_init__(self) -> None:
        refuse(self.moments < 1, f"{self.moments} moments are none", "Choose at least one")
        refuse(self.lead_days < 0 or self.after_days < 1, "a stretch without days", "Choose at least one after_days")
        refuse(self.seed < 0, f"seed {self.seed} is negative", "Choose a whole number from 0")
        names = [*(one.name for one in self.scenarios), *(one.name for one in self.recorded)]
        refuse(len(set(names)) < len(names), "two scenarios have one name", "Give each its own figures")


def random_moments(first_ms: int, last_ms: int, step_ms: int, settings: StressSettings) -> list[int]:
    """The moments, ascending: whole bars from `first_ms` to `last_ms`, any as likely as another."""
    places = (last_ms - first_ms) // step_ms + 1
    drawn = np.random.default_rng(settings.seed).integers(0, places, settings.moments)
    return [first_ms + step_ms * int(place) for place in np.sort(drawn)]


def strike_of(stretch: Stretch, at_ms: int, step_ms: int) -> int:
    """When a shock strikes: at the first bar from `at_ms` on, within a day, before which a trade was opened that is
    not closed yet; at `at_ms` where there is none. Who is out of the market has nothing to lose.
    """
    since = np.maximum(at_ms, stretch.entry_ms + step_ms)
    while_open = since[(since <= stretch.exit_ms) & (since < at_ms + DAY_MS)]
    return int(while_open.min()) if len(while_open) else at_ms


def held_at(stretch: Stretch, strike_ms: int) -> bool:
    """Whether a trade opened in a bar before `strike_ms` is not closed before it."""
    return bool(((stretch.entry_ms < strike_ms) & (strike_ms <= stretch.exit_ms)).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The figures of several stretches side by side: their middle and their worst.

    `recovered` counts those whose deepest fall was made good before they ended, and `recovery_ms` is the median time
    that took, None where more than half were not back.
    """

    stretches: int
    trades: int
    in_market: float
    return_median: float
    return_worst: float
    loss_worst: float
    worst_r: float
    worst_of_account: float
    drawdown_median: float
    drawdown_worst: float
    recovered: int
    recovery_ms: int | None


def spread_of(tolls: Sequence[Toll]) -> Spread:
    """Several stretches, at least one, in one row."""
    returns, falls = [one.final_return for one in tolls], [one.max_drawdown for one in tolls]
    back = sorted(one.recovery_ms for one in tolls if one.recovery_ms is not None)
    middle = (len(tolls) - 1) // 2
    return Spread(
        stretches=len(tolls),
        trades=sum(one.trades for one in tolls),
        in_market=float(np.mean([one.in_market for one in tolls])),
        return_median=float(np.median(returns)),
        return_worst=min(returns),
        loss_worst=max(one.loss for one in tolls),
        worst_r=_least([one.worst_r for one in tolls]),
        worst_of_account=_least([one.worst_of_account for one in tolls]),
        drawdown_median=float(np.median(falls)),
        drawdown_worst=max(falls),
        recovered=len(back),
        recovery_ms=back[middle] if middle < len(back) else None,
    )


def _least(values: Sequence[float]) -> float:
    """The least of those that are numbers; NaN where none is."""
    known = [value for value in values if value == value]
    return min(known) if known else float("nan")
