"""Evaluating a strategy or a detector on some bars with a record of every feature it asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from tradewind.features.features import Features
from tradewind.features.spec import AnyArray, BoolArray
from tradewind.model.bars import Bars
from tradewind.model.errors import BadSetting
from tradewind.model.params import choices
from tradewind.regimes.detector import RegimeDetector
from tradewind.strategies.strategy import Strategy, guarded_signals, parameters

NOTHING: Mapping[str, AnyArray] = MappingProxyType({})
TOLERANCE = 1e-9  # part of a value by which two numbers may differ: sums of another length round differently


class RecordedFeatures(Features):
    """Features that note what is asked of them: `asked` by label, inner features before those made of them.

    What stands in `given` is handed out instead of being computed.
    """

    def __init__(self, bars: Bars, given: Mapping[str, AnyArray] = NOTHING) -> None:
        super().__init__(bars)
        self.given = given
        self.asked: dict[str, AnyArray] = {}
        self.longest = 1

    def get(self, name: str, **parameters: Any) -> AnyArray:
        """As ever, and noted."""
        self.longest = max(self.longest, self.window(name, **parameters))
        label = _label(name, parameters)
        made = self.given[label] if label in self.given else super().get(name, **parameters)
        return self.asked.setdefault(label, made)

    def shared(self, name: str, compute: Callable[[], AnyArray], **parameters: Any) -> AnyArray:
        """As ever, and noted."""
        label = _label(name, parameters)
        made = self.given[label] if label in self.given else super().shared(name, compute, **parameters)
        return self.asked.setdefault(label, made)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What was said of every bar (`outputs`), the features asked for, and the longest window they declare."""

    outputs: Mapping[str, AnyArray]
    features: Mapping[str, AnyArray]
    window: int


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is verified: a name, its parameters, the window it declares itself, and what it says of bars."""

    kind: str  # "strategy" or "detector"
    name: str
    parameters: Mapping[str, Any]
    window: int
    says: Callable[[Features], Mapping[str, AnyArray]]

    def evaluate(self, bars: Bars, given: Mapping[str, AnyArray] = NOTHING) -> Evaluation:
        """What it says of `bars`; raises BadSetting where that is not one entry per bar."""
        features = RecordedFeatures(bars, given)
        outputs = {name: np.asarray(values) for name, values in self.says(features).items()}
        for name, values in outputs.items():
            if values.shape != (len(bars),):
                problem = f"{name} of {self.name} has shape {values.shape} on {len(bars)} bars"
                raise BadSetting(problem, "Return one entry per bar")
        return Evaluation(outputs, features.asked, max(self.window, features.longest))


def strategy_subject(name: str, strategy: Strategy) -> Subject:
    """A strategy's direction, and its confidence and volatility where it gives them."""

    def says(features: Features) -> Mapping[str, AnyArray]:
        signals = guarded_signals(strategy, features)
        others = {"confidence": signals.confidence, "volatility": signals.volatility}
        return {"direction": signals.direction, **{name: one() for name, one in others.items() if one is not None}}

    return Subject("strategy", name, _signal_parameters(strategy), 1, says)


def detector_subject(detector: RegimeDetector) -> Subject:
    """A detector's labels."""
    return Subject(
        "detector", detector.name, {}, detector.window, lambda features: {"label": detector.labels(features).values}
    )


def needed_bars(strategies: Iterable[Strategy], detector: RegimeDetector, few: Bars) -> int:
    """How many bars have to be known, the last included, before all of these can speak and their plans have an ATR.

    What strategies declare is seen by asking them about a few bars."""
    windows = [
        max(strategy_subject("", one).evaluate(few).window, (one.plan.atr_period or 0) + 1) for one in strategies
    ]
    return max(detector.window, *windows)


def _signal_parameters(strategy: Strategy) -> dict[str, Any]:
    """Parameters that signals may read: those searched, and others where they are not as declared."""
    declared = choices(type(strategy))
    defaults = {field.name: field.default for field in fields(cast(Any, strategy))}
    return {
        name: value
        for name, value in parameters(strategy).items()
        if (not declared[name].exit if name in declared else value != defaults[name])
    }


def is_registered(label: str) -> bool:
    """Whether a label is of a registered feature, not of one that a strategy shares under `owner.thing`."""
    return "." not in label.partition("(")[0]


def scale_of(values: AnyArray) -> float:
    """The usual size of a series' values: the median of those that are numbers."""
    sizes = np.abs(np.asarray(values, np.float64))
    sizes = sizes[np.isfinite(sizes)]
    return float(np.median(sizes)) if len(sizes) else 0.0


def unequal(one: AnyArray, other: AnyArray, scale: float) -> BoolArray:
    """Where two series differ by more than rounding; NaN equals NaN, whole numbers and flags must be the same."""
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype.kind != "f" and b.dtype.kind != "f":
        different: BoolArray = a != b
        return different
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= TOLERANCE * (np.maximum(np.abs(a), np.abs(b)) + scale)
    apart: BoolArray = ~((a == b) | (np.isfinite(a) & np.isfinite(b) & near) | (np.isnan(a) & np.isnan(b)))
    return apart


def _label(name: str, parameters: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value}' for key, value in sorted(parameters.items()))})"
