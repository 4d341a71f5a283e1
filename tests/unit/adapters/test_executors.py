"""Threads: outcomes in order, the first failure stops the rest, and stopping is quick."""

import threading
import time
import weakref

import pytest

from tradewind.adapters.executors import ThreadExecutor


def test_outcomes_come_in_the_order_of_units() -> None:
    def later_ones_first(unit: int) -> int:
        time.sleep(0.002 * (5 - unit))
        return unit * unit

    assert list(ThreadExecutor(3).map(later_ones_first, range(6))) == [0, 1, 4, 9, 16, 25]


def test_an_outcome_that_was_handed_out_is_not_held_on_to() -> None:
    class Outcome:
        pass

    outcomes = ThreadExecutor(1).map(lambda _: Outcome(), range(3))
    first = weakref.ref(next(outcomes))
    next(outcomes)
    assert first() is None
    assert len(list(outcomes)) == 1


def test_without_a_number_all_cores_work() -> None:
    assert ThreadExecutor().workers >= 1
    assert ThreadExecutor(3).workers == 3


def test_a_failure_stops_what_waits_and_tells_what_runs() -> None:
    executor, begun = ThreadExecutor(2), []

    def task(unit: int) -> None:
        begun.append(unit)
        if unit == 0:
            raise ValueError("no luck")
        assert executor.stop.wait(5.0), "nobody told"

    start = time.perf_counter()
    with pytest.raises(ValueError, match="no luck"):
        list(executor.map(task, range(50)))
    assert time.perf_counter() - start < 2.0
    assert len(begun) <= 3


def test_leaving_early_waits_for_nothing_but_what_runs() -> None:
    executor, done = ThreadExecutor(1), threading.Event()
    outcomes = executor.map(lambda unit: done.set() or unit, range(1000))
    assert next(iter(outcomes)) == 0
    outcomes.close()  # type: ignore[attr-defined]
    assert done.is_set()
    assert executor.stop.is_set()
