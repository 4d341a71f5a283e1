"""Calmer labels made of a detector's raw ones: confirmation over several bars, and renaming by a table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tradewind.features.features import Features
from tradewind.kernels.regimes import confirmed_labels
from tradewind.model.regimes import UNKNOWN, Labels
from tradewind.regimes.detector import RegimeDetector, check

UNKNOWN_NAME = "UNKNOWN"


@dataclass(frozen=True, slots=True, eq=False)
class ConfirmedLabels:
    """What a detector said of each bar (`raw`) and what counts after confirmation (`effective`)."""

    raw: Labels
    effective: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A detector whose label counts once a run of it has lasted `bars` bars.

    The effective label is that of the latest raw run with at least `bars` bars among the last `memory`; a run is
    counted only as far as it lies in them. Labels named in `bypass` count at once where the detector has them.
    UNKNOWN where there is no such run, and where the raw label is UNKNOWN: an unknown bar confirms nothing.
    Raises BadSetting for a number of bars that the memory cannot hold or a bypass the detector does not know.
    """

    detector: RegimeDetector
    bars: int
    bypass: tuple[str, ...] = ()
    memory: int = 1000

    def __post_init__(self) -> None:
        check(1 <= self.bars <= self.memory, f"confirmation of {self.bars} bars", f"Choose 1 to {self.memory} bars")
        strange = [name for name in self.bypass if name not in self.detector.names]
        known = ", ".join(self.detector.names)
        check(not strange, f"{self.detector.name} has no {', '.join(strange)} to let pass", f"Use some of {known}")

    @property
    def name(self) -> str:
        return f"{self.detector.name}, confirmed over {self.bars}"

    @property
    def names(self) -> tuple[str, ...]:
        return self.detector.names

    @property
    def window(self) -> int:
        return self.detector.window + self.memory - 1

    def labels(self, features: Features) -> Labels:
        return self.both(features).effective

    def both(self, features: Features) -> ConfirmedLabels:
        """Raw and effective labels; where both are wanted this computes the raw ones once."""
        raw = self.detector.labels(features)
        passing = np.array([name in self.bypass for name in self.names])
        values = confirmed_labels(raw.values, self.bars, self.memory, passing, self.window - 1)
        return ConfirmedLabels(raw, Labels(values, self.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A detector whose labels are read as another's: `table` gives each of its names a name of `names`.

    UNKNOWN may be a target. `names` fixes the numbers of the new labels. Raises BadSetting where the table leaves
    out a label, names one that the detector does not have, or points to a name not in `names`.
    """

    detector: RegimeDetector
    table: Mapping[str, str]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        ours = self.detector.names
        wrong = sorted(set(self.table) ^ set(ours))
        check(not wrong, f"a table of labels is wrong about {', '.join(wrong)}", f"Give each of {', '.join(ours)}")
        lost = sorted(set(self.table.values()) - set(self.names) - {UNKNOWN_NAME})
        check(not lost, f"a table points to {', '.join(lost)}", f"Point to {', '.join(self.names)} or UNKNOWN")
        # A copy, so that a caller's later edit of its own table changes nothing here.
        object.__setattr__(self, "table", dict(self.table))

    @property
    def name(self) -> str:
        return f"{self.detector.name}, mapped"

    @property
    def window(self) -> int:
        return self.detector.window

    def labels(self, features: Features) -> Labels:
        targets = [self.table[name] for name in self.detector.names]
        numbers = [UNKNOWN if target == UNKNOWN_NAME else self.names.index(target) for target in targets]
        # The entry after the last label is what label -1 picks.
        lookup = np.array([*numbers, UNKNOWN], dtype=np.int8)
        return Labels(lookup[self.detector.labels(features).values], self.names)
