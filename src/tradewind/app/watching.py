"""Work that is watched: seconds by stage, an end where one is asked for, and a watch that shows nothing."""

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tradewind.adapters.executors import ThreadExecutor
from tradewind.adapters.feature_store import DiskFeatureStore
from tradewind.search.search import Watch


class SearchInterrupted(KeyboardInterrupt):
    """The search was asked to stop; what is done is kept."""


class SilentProgress:
    """Shows nothing."""

    def stage(self, name: str, total: int) -> None:
        """Nothing is shown."""

    def advance(self, amount: int) -> None:
        """Nothing is shown."""


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU seconds by stage; it also stops the work when the executor is told to stop."""

    progress: Watch
    executor: ThreadExecutor
    seconds: dict[str, tuple[float, float]] = field(default_factory=dict)
    _name: str = ""
    _wall: float = 0.0
    _cpu: float = 0.0

    def stage(self, name: str, total: int) -> None:
        """Begin a stage; the one before ends here."""
        self.close()
        self._name, self._wall, self._cpu = name, time.perf_counter(), time.process_time()
        self.progress.stage(name, total)

    def advance(self, amount: int) -> None:
        if self.executor.stop.is_set():
            raise SearchInterrupted
        self.progress.advance(amount)

    def close(self) -> None:
        if self._name:
            wall, cpu = self.seconds.get(self._name, (0.0, 0.0))
            self.seconds[self._name] = (
                wall + time.perf_counter() - self._wall,
                cpu + time.process_time() - self._cpu,
            )
            self._name = ""


@dataclass(frozen=True, slots=True)
class StoppableStore:
    """A feature store that ends the work at the next feature once the search was asked to stop."""

    store: DiskFeatureStore
    watch: Stopwatch

    def load(self, key: str) -> npt.NDArray[np.generic] | None:
        self.watch.advance(0)
        return self.store.load(key)

    def save(self, key: str, array: npt.NDArray[np.generic]) -> None:
        self.store.save(key, array)
