"""The features of one dataset: each (name, parameters) is computed once and shared by everyone who asks."""

import threading
from collections.abc import Callable
from typing import Any

from tradewind.features.registry import feature_spec, feature_window
from tradewind.features.spec import AnyArray, BoolArray, FloatArray, IntArray
from tradewind.kernels.windows import block_starts
from tradewind.model.bars import Bars
from tradewind.model.ports import FeatureStore


class Features:
    """Features of `bars`, all arrays read-only, one entry per bar. Threads may share it.

    Float features are NaN, boolean ones False, until their declared window is full. Slow ones are also kept in
    `store`, if one is given, under dataset hash, name and parameters; the store adds the code version. Most features
    take no longer to compute than to read back. `dataset` is the bars' content hash where the caller has it already.
    With `room_bytes` those not asked for longest are forgotten beyond so many bytes, and made again when asked for.
    """

    def __init__(
        self, bars: Bars, store: FeatureStore | None = None, dataset: str = "", room_bytes: int | None = None
    ) -> None:
        self.bars = bars
        self.ts: IntArray = bars.ts
        self.open: FloatArray = bars.open
        self.high: FloatArray = bars.high
        self.low: FloatArray = bars.low
        self.close: FloatArray = bars.close
        self.volume: FloatArray = bars.volume
        self.timeframe_ms = bars.timeframe_ms
        self.fresh: BoolArray = _read_only(block_starts(bars.ts, bars.timeframe_ms))
        self._store = store
        self._lock = threading.Lock()
        self._cells: dict[tuple[Any, ...], _Cell] = {}
        self._dataset = dataset
        self._room_bytes = room_bytes

    def __len__(self) -> int:
        return len(self.bars)

    def get(self, name: str, **parameters: Any) -> AnyArray:
        """The feature `name`; raises WrongUse for a name that is not registered or senseless parameters."""
        spec = feature_spec(name)

        def compute() -> AnyArray:
            spec.window(**parameters)  # refuses what makes no sense; what is there already made sense
            return spec.compute(self, **parameters)

        return self._once(name, parameters, compute, stored=spec.stored)

    def shared(self, name: str, compute: Callable[[], AnyArray], **parameters: Any) -> AnyArray:
        """What `compute` gives for these bars, computed once, kept in memory and in the store: for slow arrays of
        other floors (regime labels). `name` and `parameters` must determine the result; name it `owner.thing`.
        """
        assert "." in name, f"{name} could be mistaken for a registered feature"
        return self._once(name, parameters, compute, stored=True)

    def window(self, name: str, **parameters: Any) -> int:
        """Trailing bars a value of this feature depends on; its first value is at bar window - 1."""
        return feature_window(name, **parameters)

    def drop(self) -> None:
        """Forget all computed features; arrays already handed out stay valid."""
        with self._lock:
            self._cells = {}

    def sma(self, period: int) -> FloatArray:
        return self.get("sma", period=period)

    def ema(self, span: int, window: int | None = None) -> FloatArray:
        return self.get("ema", span=span, window=5 * span if window is None else window)

    def atr(self, period: int) -> FloatArray:
        return self.get("atr", period=period)

    def log_return(self) -> FloatArray:
        return self.get("log_return")

    def volatility(self, period: int) -> FloatArray:
        return self.get("volatility", period=period)

    def regression_z(self, lookback: int) -> FloatArray:
        return self.get("regression_z", lookback=lookback)

    def mean_z(self, lookback: int) -> FloatArray:
        return self.get("mean_z", lookback=lookback)

    def volume_gate(self, period: int) -> BoolArray:
        return self.get("volume_gate", period=period)

    def volume_ratio(self, period: int) -> FloatArray:
        return self.get("volume_ratio", period=period)

    def adx(self, period: int) -> FloatArray:
        return self.get("adx", period=period)

    def rsi(self, period: int) -> FloatArray:
        return self.get("rsi", period=period)

    def efficiency_ratio(self, period: int) -> FloatArray:
        return self.get("efficiency_ratio", period=period)

    def pivot_low(self) -> BoolArray:
        return self.get("pivot_low")

    def pivot_high(self) -> BoolArray:
        return self.get("pivot_high")

    def _once(
        self, name: str, parameters: dict[str, Any], compute: Callable[[], AnyArray], *, stored: bool
    ) -> AnyArray:
        key = (name, *sorted(parameters.items()))
        with self._lock:
            # Taken out and put back, the cells stand in the order in which they were last asked for.
            cell = self._cells.pop(key, None) or _Cell()
            self._cells[key] = cell
        # The lock is per feature: two threads never compute the same one, and do compute different ones.
        with cell.lock:
            if cell.array is None:
                made = self._kept(name, parameters, compute) if stored else compute()
                cell.array = _read_only(made)
                self._make_room()
            return cell.array

    def _make_room(self) -> None:
        if self._room_bytes is None:
            return
        with self._lock:
            sizes = {key: cell.array.nbytes for key, cell in self._cells.items() if cell.array is not None}
            too_many = sum(sizes.values()) - self._room_bytes
            for key, size in sizes.items():
                if too_many <= 0:
                    break
                del self._cells[key]
                too_many -= size

    def _kept(self, name: str, parameters: dict[str, Any], compute: Callable[[], AnyArray]) -> AnyArray:
        if self._store is None:
            return compute()
        key = self._key(name, parameters)
        array = self._store.load(key)
        if array is None:
            array = compute()
            self._store.save(key, array)
        return array

    def _key(self, name: str, parameters: dict[str, Any]) -> str:
        if not self._dataset:
            self._dataset = self.bars.content_hash()
        settings = ",".join(f"{key}={value!r}" for key, value in sorted(parameters.items()))
        return f"{self._dataset}/{name}({settings})"


class _Cell:
    """A place for one computed array, with the lock under which it is computed."""

    __slots__ = ("array", "lock")

    def __init__(self) -> None:
        self.array: AnyArray | None = None
        self.lock = threading.Lock()


def _read_only(array: AnyArray) -> AnyArray:
    array.flags.writeable = False
    return array
