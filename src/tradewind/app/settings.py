"""Presets: one TOML file, read once into frozen models that refuse what they do not know."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

import tradewind
from tradewind.app.account import AccountSettings
from tradewind.app.user_strategy import class_in, source_hash
from tradewind.model.errors import BadSetting, WrongUse
from tradewind.model.instrument import Costs, Instrument, checked_symbol
from tradewind.model.time import DAY_MS, HOUR_MS, MINUTE_MS, TIMEFRAME_MS
from tradewind.regimes.confirmation import Confirmed, Mapped
from tradewind.regimes.detector import RegimeDetector
from tradewind.regimes.registry import build
from tradewind.search.methods import BATCH_MIN
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper

STRATEGIES: Mapping[str, type] = MappingProxyType({"lr_scalper": LRScalper})


def _symbol(text: str) -> str:
    try:
        return checked_symbol(text)
    except WrongUse as error:
        raise ValueError(str(error)) from None


def _timeframe(text: str) -> str:
    if text not in TIMEFRAME_MS:
        raise ValueError(f"use one of {', '.join(TIMEFRAME_MS)}")
    return text


def _known_strategy(name: str) -> str:
    if name not in STRATEGIES:
        raise BadSetting(f"unknown strategy {name!r}", f"Use one of {', '.join(STRATEGIES)}")
    return name


Symbol = Annotated[str, AfterValidator(_symbol)]


_TRIALS = MappingProxyType({"grid": 0, "random": 150, "coarse_to_fine": 3000, "bayesian": 384})


class _Part(BaseModel):
    # Strict: true is no number and "0.0004" neither.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StrategySettings(_Part):
    """Which strategy, by name or as a Python `file` that defines one class; value lists and fixed parameters."""

    name: Annotated[str, AfterValidator(_known_strategy)] | None = None
    file: Path | None = Field(default=None, strict=False)
    values: dict[str, list[Any]] = Field(default_factory=dict)
    fixed: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_two(self) -> "StrategySettings":
        if (self.name is None) == (self.file is None):
            raise BadSetting("strategy needs a name or a file", "Give one of the two, not both")
        return self

    def strategy_class(self) -> type:
        """The class meant; raises BadSetting where a user's file is missing, fails or does not define one strategy."""
        return STRATEGIES[str(self.name)] if self.file is None else class_in(self.file)


class MarketSettings(_Part):
    """What is traded. `ticks` are price steps by symbol, 0 where not given.

    `funding`: true refuses to go on without a perpetual's rates, false charges none; where it is not given, perpetuals
    pay it if the catalog has their rates.
    """

    venue: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    symbols: list[Symbol] = Field(min_length=1)
    timeframe: Annotated[str, AfterValidator(_timeframe)] = "1m"
    trade_as: Literal["perpetual", "spot"] = "perpetual"
    ticks: dict[Symbol, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    funding: bool | None = None

    @model_validator(mode="after")
    def _each_once(self) -> "MarketSettings":
        if len(set(self.symbols)) < len(self.symbols):
            raise ValueError("market.symbols names a symbol twice")
        return self


class CostSettings(_Part):
    taker_fee: float
    maker_fee: float
    half_spread_bps: float
    slippage_bps: float

    def model(self) -> Costs:
        """The same as the cost model that refuses absurd figures with BadSetting."""
        return Costs(**self.model_dump())

    @model_validator(mode="after")
    def _sensible(self) -> "CostSettings":
        self.model()
        return self


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

    def built(self) -> RegimeDetector:
        """The detector itself; raises BadSetting for an unknown name, option or label."""
        detector = build(self.name, **self.options)
        if self.table or self.table_names:
            detector = Mapped(detector=detector, table=self.table, names=tuple(self.table_names))
        if self.confirm_bars > 0:
            return Confirmed(detector=detector, bars=self.confirm_bars, bypass=tuple(self.bypass))
        if self.bypass:
            raise BadSetting(f"bypass of {self.name} does nothing without confirm_bars", "Set confirm_bars above 0")
        return detector

    @model_validator(mode="after")
    def _can_be_built(self) -> "DetectorSettings":
        self.built()
        return self


def _duration(text: str) -> str:
    if not _DURATION.fullmatch(text):
        raise ValueError('write a duration as "168d", "12h", "90m" or "500 bars"')
    return text


Duration = Annotated[str, AfterValidator(_duration)]
_DURATION = re.compile(r"([1-9][0-9]{0,8})(d|h|m| bars?)")
_DURATIONS = ("in_sample", "out_of_sample", "step")
_UNIT_MS: Mapping[str, int] = MappingProxyType({"d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS})


class WalkForwardSettings(_Part):
    """Durations, each in whole days (`in_sample_days = 168`) or as text: `in_sample = "168d"`, `"12h"`, `"90m"` or
    `"500 bars"`. The reference scheme's where absent; the step is then the out-of-sample part's, if that is given.
    """

    in_sample_days: int | None = Field(default=None, ge=1)
    out_of_sample_days: int | None = Field(default=None, ge=1)
    step_days: int | None = Field(default=None, ge=1)
    in_sample: Duration | None = None
    out_of_sample: Duration | None = None
    step: Duration | None = None
    purge_bars: int | None = Field(default=None, ge=1)
    anchored: bool = False
    clean_from: dt.date | None = None  # trades before it are kept but are in no statistic

    @model_validator(mode="after")
    def _each_duration_once(self) -> "WalkForwardSettings":
        for name in _DURATIONS:
            if getattr(self, name) is not None and getattr(self, f"{name}_days") is not None:
                raise ValueError(f"walk_forward has both {name} and {name}_days; give one of the two")
        return self

    def durations_ms(self, timeframe: str) -> tuple[int | None, int | None, int | None]:
        """In sample, out of sample and step in milliseconds, None where not given.

        Raises BadSetting for one that is no whole number of bars.
        """
        inside, outside, step = (self._duration_ms(name, timeframe) for name in _DURATIONS)
        return inside, outside, step

    def _duration_ms(self, name: str, timeframe: str) -> int | None:
        days, text = getattr(self, f"{name}_days"), getattr(self, name)
        if text is None:
            return None if days is None else int(days) * DAY_MS
        found = _DURATION.fullmatch(text)
        assert found is not None, "checked when the preset was read"
        bar = TIMEFRAME_MS[timeframe]
        duration = int(found[1]) * _UNIT_MS.get(found[2], bar)
        if duration % bar:
            raise BadSetting(f"walk_forward.{name} is {text!r}, no whole number of {timeframe} bars", "Choose another")
        return duration


class HoldOutSettings(_Part):
    """Share of the data that is locked at the first search."""

    share: float = Field(default=0.2, ge=0.05, le=0.5)


class SearchSettings(_Part):
    """How the space is searched. `exact_masks` walks everything under every mask.

    `method` says which configurations are tried: all of the grid, `trials` random ones, a coarse grid of at most
    `trials` refined around its best, or `trials` of a Bayesian estimator in batches of `batch`. `seed` draws them,
    picks what is replayed and resamples intervals.
    """

    method: Literal["grid", "random", "coarse_to_fine", "bayesian"] = "grid"
    trials: int | None = Field(default=None, ge=1)
    batch: int = BATCH_MIN
    exact_masks: bool = False
    seed: int = Field(default=1, ge=0)

    @property
    def most_trials(self) -> int:
        """`trials`, or the method's own number."""
        return _TRIALS[self.method] if self.trials is None else self.trials

    @model_validator(mode="after")
    def _fits_the_method(self) -> "SearchSettings":
        if self.method == "grid" and self.trials is not None:
            raise BadSetting("search.trials does nothing with search.method grid", "Remove it, or choose a method")
        if self.batch < BATCH_MIN:
            raise BadSetting(
                f"search.batch is {self.batch}: smaller batches leave the machine idle", f"At least {BATCH_MIN}"
            )
        return self


class Preset(_Part):
    """A reference system or a user's own, as its TOML file says."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$")  # it begins the name of the run's folder
    description: str = ""
    strategy: StrategySettings
    market: MarketSettings
    costs: CostSettings
    detectors: list[DetectorSettings] = Field(min_length=1)
    walk_forward: WalkForwardSettings = WalkForwardSettings()
    hold_out: HoldOutSettings = HoldOutSettings()
    search: SearchSettings = SearchSettings()
    account: AccountSettings = AccountSettings()

    @model_validator(mode="after")
    def _detectors_once(self) -> "Preset":
        if any(one in self.detectors[:i] for i, one in enumerate(self.detectors)):
            raise ValueError("detectors lists the same detector with the same options twice")
        return self

    def space(self) -> Space:
        """The space of configurations; raises BadSetting for parameters the strategy does not have."""
        return Space.of(self.strategy.strategy_class(), self.strategy.values, self.strategy.fixed)

    def built_detectors(self) -> tuple[RegimeDetector, ...]:
        """The detectors, in order."""
        return tuple(detector.built() for detector in self.detectors)

    def strategy_source(self) -> str | None:
        """Hash of a user's strategy file, None for a strategy of ours: with other code it is another search."""
        return None if self.strategy.file is None else source_hash(self.strategy.file)

    def instrument(self, symbol: str) -> Instrument:
        """The instrument a symbol's bars are traded as."""
        return Instrument(
            venue=self.market.venue,
            symbol=symbol,
            tick=self.market.ticks.get(symbol, 0.0),
            costs=self.costs.model(),
            short=self.market.trade_as == "perpetual",
        )


def read_preset(path: Path, overrides: Sequence[str] = ()) -> Preset:
    """Read a preset file, or a shipped one by its bare name, with `key=value` overrides (values in TOML's notation).

    Raises BadSetting, naming file and key, for a file that is missing or not TOML, an unknown key or a bad value.
    """
    found = path if path.is_file() else _shipped(path)
    try:
        content = tomllib.loads(found.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError):
        names = ", ".join(sorted(p.stem for p in _shipped_folder().glob("*.toml")))
        raise BadSetting(f"there is no preset {path}", f"Give a file, or one of the shipped: {names}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{found} cannot be read as TOML: {error}", "Mend the file") from None
    for override in overrides:
        _override(content, override)
    try:
        return Preset.model_validate(content)
    except ValidationError as error:
        raise _refusal(error, found, overrides) from None


def _refusal(error: ValidationError, found: Path, overrides: Sequence[str]) -> BadSetting:
    """The first thing wrong, said with where it was set."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    by_hand = any(key.startswith(override.partition("=")[0].strip()) for override in overrides)
    place = f"--set {key}" if by_hand else f"{found}: {key}"
    place = place.removesuffix(": ")
    match first["type"]:
        case "extra_forbidden":
            return BadSetting(f"{place} is no setting", f"Known here: {', '.join(_known_beside(first['loc']))}")
        case "missing":
            return BadSetting(f"{place} is missing", "Add it")
        case "model_type":
            return BadSetting(f"{place} is {first['input']!r}, not a table of settings", "Write its keys one by one")
    message = first["msg"].removeprefix("Value error, ")
    given = "" if isinstance(first["input"], dict | BaseModel) else f" is {str(first['input'])[:60]!r}"
    return BadSetting(f"{place}{given}: {message[0].lower()}{message[1:]}", "Mend the setting or remove it")


def _known_beside(location: tuple[int | str, ...]) -> list[str]:
    """Names of the settings that may stand where the last part of `location` stands."""
    model: Any = Preset
    for part in location[:-1]:
        if isinstance(part, str):
            kind = model.model_fields[part].annotation
            model = next(iter(get_args(kind)), kind)
    return list(model.model_fields)


def _shipped_folder() -> Path:
    package = Path(tradewind.__file__).parent
    inside = package / "presets"
    return inside if inside.exists() else package.parent.parent / "presets"


def _shipped(path: Path) -> Path:
    return _shipped_folder() / f"{path.stem}.toml" if len(path.parts) == 1 or path.parts[:1] == ("presets",) else path


def _override(content: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadSetting(f"--set {text!r} is no key=value", "Write for example --set costs.taker_fee=0.0002")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    *parents, last = key.strip().split(".")
    place = content
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise BadSetting(f"--set {text!r}: {parent} holds no settings", "Check the key against the preset")
    place[last] = parsed
