"""Every detector by name: a new one is a file of this folder plus one line here."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import MappingProxyType
from typing import Any

from tradewind.model.errors import BadSetting
from tradewind.regimes.detector import RegimeDetector
from tradewind.regimes.trend_stress import TrendStress
from tradewind.regimes.trending import TrendingRangingVolatile
from tradewind.regimes.volatility_cluster import VolatilityCluster

DETECTORS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "trend_stress": TrendStress,
        "volatility_cluster": VolatilityCluster,
        "trending_ranging_volatile": TrendingRangingVolatile,
    }
)


def build(name: str, **options: Any) -> RegimeDetector:
    """The detector called `name` with `options`.

    Raises BadSetting, naming what would be valid, for an unknown name or option, or a value of the wrong kind.
    """
    if name not in DETECTORS:
        raise BadSetting(f"unknown detector {name!r}", f"Use one of {', '.join(DETECTORS)}")
    known = {field.name: field for field in fields(DETECTORS[name])}
    for option, value in options.items():
        if option not in known:
            raise BadSetting(f"{name} has no option {option!r}", f"Use {', '.join(known)}")
        if not _fits(known[option], value):
            raise BadSetting(f"{name}.{option} is {value!r}", f"Give a value like {_example(known[option])!r}")
    detector: RegimeDetector = DETECTORS[name](**options)
    return detector


def _fits(field: "Field[Any]", value: object) -> bool:
    example = _example(field)
    if isinstance(value, bool) or isinstance(example, bool):
        return type(value) is type(example)
    if isinstance(example, float):
        return isinstance(value, int | float) or (value is None and field.default is None)
    return isinstance(value, type(example))


def _example(field: "Field[Any]") -> Any:
    """The default, or a number where the default is to have none."""
    assert field.default is not MISSING, f"{field.name} has no default"
    return 0.8 if field.default is None else field.default
