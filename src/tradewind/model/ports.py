"""What the floors above ask of the outside world; the adapters implement these."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import Bars
from tradewind.model.time import TimeRange


class FeatureStore(Protocol):
    """Arrays kept between processes. A key names dataset, feature, parameters and code version."""

    def load(self, key: str) -> npt.NDArray[np.generic] | None:
        """The array saved under `key`, or None; a damaged entry counts as absent and is removed."""
        ...

    def save(self, key: str, array: npt.NDArray[np.generic]) -> None:
        """Keep `array` under `key`; another process never sees half of it."""
        ...


class BarCatalog(Protocol):
    """Closed bars by venue, symbol and timeframe."""

    def bars(self, venue: str, symbol: str, timeframe: str, span: TimeRange) -> Bars:
        """All catalogued bars in `span`; raises NoData where there are none."""
        ...


class Executor(Protocol):
    """Runs independent units of work; outcomes arrive in the order of `units` whatever the number of workers."""

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        """`task(unit)` for each unit, in order."""
        ...
