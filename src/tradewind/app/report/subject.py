"""What a report is about: a finished run, its validation where there is one, and the captions all figures share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tradewind.adapters.run_store import FinishedRun
from tradewind.app.holdout import HoldOut
from tradewind.app.report.formats import count, number
from tradewind.app.validation import Validation
from tradewind.model.time import DAY_MS, MINUTE_MS, duration_text

OPTIMISTIC = "Selected on these figures: optimistic."


@dataclass(frozen=True)
class Subject:
    """A run as its report sees it, read from its folder and the ledger."""

    run: FinishedRun
    hold_out: HoldOut
    validation: Validation | None

    @property
    def summary(self) -> Mapping[str, Any]:
        return self.run.summary

    @property
    def simulated(self) -> str | None:
        """What simulated market this is, None for a real one."""
        told: str | None = self.summary["data"]["simulated"]
        return told

    @cached_property
    def windows(self) -> str:
        """`12 windows (24 days in sample, 6 days out of sample), 72 test days`."""
        one = self.summary["windows"]
        return (
            f"{count(one['count'])} windows ({days_text(one['in_sample_days'])} in sample, "
            f"{days_text(one['out_of_sample_days'])} out of sample), {count(one['test_days'])} test days"
        )

    @cached_property
    def costs(self) -> str:
        """`10.0 bp a round trip at market`."""
        return f"{number(self.summary['round_trip_bps'], 1)} bp a round trip at market"

    def basis(self, sample: str, *, windows: bool = True) -> str:
        """A caption: what the figures count, over which windows, at what cost, and whether the market is simulated."""
        parts = [sample, *([self.windows] if windows else []), f"costs {self.costs}"]
        return f"{'SIMULATED market. ' if self.simulated else ''}{'; '.join(parts)}."


def days_text(days: float) -> str:
    """A duration in the largest unit that is whole: `24 days`, `12 hours`."""
    return duration_text(round(days * DAY_MS / MINUTE_MS) * MINUTE_MS)


def parameters_text(parameters: Mapping[str, Any]) -> str:
    """`entry_z 3 · vol_period 240`."""
    return " · ".join(f"{name} {_value_text(value)}" for name, value in parameters.items())


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
