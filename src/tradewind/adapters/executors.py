"""Executors: where units of a search run."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class ThreadExecutor:
    """This machine's cores. Kernels hold no interpreter lock, and threads share the read-only arrays.

    `stop` is set when the caller leaves early (Ctrl-C, an error): running units see it at their next step.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.stop = threading.Event()

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        """`task(unit)` for each unit, in the order of units; the first failure stops the rest and is raised.

        What was handed out is not held on to.
        """
        pool = ThreadPoolExecutor(self.workers)
        futures = deque(pool.submit(task, unit) for unit in units)
        try:
            while futures:
                yield futures.popleft().result()
        except BaseException:
            self.stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class InTurn:
    """One unit after the other, in the caller's own thread: for work that is spread over threads further out."""

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        """`task(unit)` for each unit, in order."""
        return map(task, units)
