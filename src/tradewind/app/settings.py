"""Presets: one TOML file, read once into frozen models that refuse what they do not know."""

import datetime as dt
import importlib.util
import inspect
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import tradewind
from tradewind.model.errors import BadSetting
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.params import choices
from tradewind.regimes.confirmation import Confirmed, Mapped
from tradewind.regimes.detector import RegimeDetector
from tradewind.regimes.registry import build
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper

STRATEGIES: Mapping[str, type] = MappingProxyType({"lr_scalper": LRScalper})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class StrategySettings(_Part):
    """Which strategy, by name or as a Python `file` that defines one class; value lists and fixed parameters."""

    name: str | None = None
    file: Path | None = None
    values: dict[str, list[Any]] = Field(default_factory=dict)
    fixed: dict[str, Any] = Field(default_factory=dict)


class MarketSettings(_Part):
    """What is traded. `ticks` are price steps by symbol, 0 where not given."""

    venue: str
    symbols: list[str] = Field(min_length=1)
    timeframe: str = "1m"
    trade_as: Literal["perpetual", "spot"] = "perpetual"
    ticks: dict[str, float] = Field(default_factory=dict)


class CostSettings(_Part):
    taker_fee: float
    maker_fee: float
    half_spread_bps: float
    slippage_bps: float


class DetectorSettings(_Part):
    """A detector with its options; `confirm_bars` above 0 asks for a run of that length, except for `bypass`.

    `table` reads its labels as others: each of its names to one of `table_names`, or to UNKNOWN.
    """

    name: str
    options: dict[str, Any] = Field(default_factory=dict)
    table: dict[str, str] = Field(default_factory=dict)
    table_names: list[str] = Field(default_factory=list)
    confirm_bars: int = Field(default=0, ge=0)
    bypass: list[str] = Field(default_factory=list)


class WalkForwardSettings(_Part):
    """Durations in days; the reference scheme where all three are absent."""

    in_sample_days: int | None = Field(default=None, ge=1)
    out_of_sample_days: int | None = Field(default=None, ge=1)
    step_days: int | None = Field(default=None, ge=1)
    purge_bars: int | None = Field(default=None, ge=1)
    anchored: bool = False
    clean_from: dt.date | None = None  # trades before it are kept but are in no statistic


class HoldOutSettings(_Part):
    """Share of the data that is locked at the first search."""

    share: float = Field(default=0.2, ge=0.05, le=0.5)


class SearchSettings(_Part):
    """`exact_masks` walks everything under every mask; `seed` picks what is replayed and resamples intervals."""

    exact_masks: bool = False
    seed: int = Field(default=1, ge=0)


class Preset(_Part):
    """A reference system or a user's own, as its TOML file says."""

    name: str
    description: str = ""
    strategy: StrategySettings
    market: MarketSettings
    costs: CostSettings
    detectors: list[DetectorSettings] = Field(min_length=1)
    walk_forward: WalkForwardSettings = WalkForwardSettings()
    hold_out: HoldOutSettings = HoldOutSettings()
    search: SearchSettings = SearchSettings()

    def space(self) -> Space:
        """The space of configurations; raises BadSetting for parameters the strategy does not have."""
        return Space.of(self._strategy_class(), self.strategy.values, self.strategy.fixed)

    def built_detectors(self) -> tuple[RegimeDetector, ...]:
        """The detectors, in order; raises BadSetting for an unknown name or option."""
        return tuple(_built(detector) for detector in self.detectors)

    def cost_model(self) -> Costs:
        return Costs(**self.costs.model_dump())

    def instrument(self, symbol: str) -> Instrument:
        """The instrument a symbol's bars are traded as."""
        return Instrument(
            venue=self.market.venue,
            symbol=symbol,
            tick=self.market.ticks.get(symbol, 0.0),
            costs=self.cost_model(),
            short=self.market.trade_as == "perpetual",
        )

    def _strategy_class(self) -> type:
        if (self.strategy.name is None) == (self.strategy.file is None):
            raise BadSetting("strategy needs a name or a file", "Give one of the two, not both")
        if self.strategy.file is not None:
            return _class_in(self.strategy.file)
        name = str(self.strategy.name)
        if name not in STRATEGIES:
            raise BadSetting(f"unknown strategy {name!r}", f"Use one of {', '.join(STRATEGIES)}")
        return STRATEGIES[name]


def read_preset(path: Path, overrides: Sequence[str] = ()) -> Preset:
    """Read a preset file, or a shipped one by its bare name, with `key=value` overrides (values in TOML's notation).

    Raises BadSetting, naming file and key, for a file that is missing or not TOML, an unknown key or a bad value.
    """
    found = path if path.exists() else _shipped(path)
    try:
        content = tomllib.loads(found.read_text())
    except FileNotFoundError:
        names = ", ".join(sorted(p.stem for p in _shipped_folder().glob("*.toml")))
        raise BadSetting(f"there is no preset {path}", f"Give a file, or one of the shipped: {names}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, IsADirectoryError) as error:
        raise BadSetting(f"{found} cannot be read as TOML: {error}", "Mend the file") from None
    for override in overrides:
        _override(content, override)
    try:
        return Preset.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadSetting(f"{found}: {key}: {first['msg'].lower()}", "Mend the setting or remove it") from None


def _shipped_folder() -> Path:
    package = Path(tradewind.__file__).parent
    inside = package / "presets"
    return inside if inside.exists() else package.parent.parent / "presets"


def _shipped(path: Path) -> Path:
    return _shipped_folder() / f"{path.stem}.toml" if len(path.parts) == 1 or path.parts[0] == "presets" else path


def _override(content: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadSetting(f"--set {text!r} is no key=value", "Write for example --set costs.taker_fee=0.0002")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    *parents, last = key.split(".")
    place = content
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise BadSetting(f"--set {text!r}: {parent} holds no settings", "Check the key against the preset")
    place[last] = parsed


def _built(settings: DetectorSettings) -> RegimeDetector:
    detector = build(settings.name, **settings.options)
    if settings.table or settings.table_names:
        detector = Mapped(detector=detector, table=settings.table, names=tuple(settings.table_names))
    if settings.confirm_bars == 0:
        return detector
    return Confirmed(detector=detector, bars=settings.confirm_bars, bypass=tuple(settings.bypass))


def _class_in(path: Path) -> type:
    """The one strategy class a user's file defines. Importing it runs the file: it is the user's own code."""
    spec = importlib.util.spec_from_file_location(f"tradewind_user_{path.stem}", path)
    if spec is None or spec.loader is None or not path.exists():
        raise BadSetting(f"strategy file {path} does not exist", "Give the path of a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadSetting(f"strategy file {path} fails on import: {error!r}", "Mend the file") from error
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__ and hasattr(value, "signals")
    ]
    if len(found) != 1:
        raise BadSetting(f"strategy file {path} defines {len(found)} strategies", "Define exactly one class")
    if not hasattr(found[0], "__dataclass_fields__") or not choices(found[0]):
        raise BadSetting(f"{found[0].__name__} in {path} declares no parameters", "Make it a dataclass with choice()")
    return found[0]
