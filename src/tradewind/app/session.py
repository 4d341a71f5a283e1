"""A session's settings as text, so that its journal alone says how the account was set up; and writing that journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tradewind.adapters.journal import SqliteJournal
from tradewind.model.errors import CodeMismatch, TradewindError
from tradewind.model.events import Event
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.orders import Filters
from tradewind.model.plan import (
    AtrDistance,
    BreakoutEntry,
    LimitEntry,
    MarketEntry,
    Partial,
    Plan,
    PriceFraction,
    TrailStage,
)
from tradewind.trading.setup import BreakerLimits, Caps, Setup, TradedStrategy
from tradewind.trading.sizing import AtrRisk, EqualSplit, FixedFraction, FractionalKelly, InverseVolatility

JOURNAL = "journal.sqlite"
EVENTS_AT_ONCE = 4096
_KINDS: Mapping[str, type] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            Setup, TradedStrategy, Caps, BreakerLimits, Instrument, Costs, Filters,
            Plan, AtrDistance, PriceFraction, MarketEntry, LimitEntry, BreakoutEntry, Partial, TrailStage,
            EqualSplit, FixedFraction, AtrRisk, InverseVolatility, FractionalKelly,
        )
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """Whose journal it is: the session's name, the code that traded, the account's setup, the names of its regimes."""

    name: str
    code: str
    setup: Setup
    regimes: Sequence[str]

    def text(self) -> str:
        """As a journal keeps it."""
        return json.dumps(
            {"name": self.name, "code": self.code, "regimes": list(self.regimes), "setup": _plain(self.setup)}
        )


def session_from(text: str) -> Session:
    """The session written by `Session.text`; raises CodeMismatch where this program knows no such settings."""
    try:
        found = json.loads(text)
        setup = _made(found["setup"])
        assert isinstance(setup, Setup)
        return Session(str(found["name"]), str(found["code"]), setup, tuple(map(str, found["regimes"])))
    except (KeyError, TypeError, ValueError, AssertionError, TradewindError) as error:
        raise CodeMismatch(
            f"the journal's account has settings that this program does not know: {error}",
            "Use the version of the program that wrote the journal",
        ) from error


def _plain(value: Any) -> Any:
    """Values of the account as JSON: a kind is an object with its name as the only key."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return {"Decimal": str(value)}
        case Mapping():
            return {"Mapping": [[key, _plain(item)] for key, item in value.items()]}
        case tuple() | list():
            return [_plain(item) for item in value]
    kind = type(value)
    assert _KINDS.get(kind.__name__) is kind, f"{kind.__name__} is no setting of an account"
    names = [field.name for field in fields(value) if field.init] if is_dataclass(value) else value.__struct_fields__
    return {kind.__name__: {name: _plain(getattr(value, name)) for name in names}}


def _made(value: Any) -> Any:
    match value:
        case list():
            return tuple(_made(item) for item in value)
        case {"Decimal": str(text)}:
            return Decimal(text)
        case {"Mapping": list(pairs)}:
            return {key: _made(item) for key, item in pairs}
        case dict():
            ((name, given),) = value.items()
            return _KINDS[name](**{key: _made(item) for key, item in given.items()})
    return value


class JournalRecord:
    """Writes what a core is told into a batched journal, some thousand events at a time."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal
        self._waiting: list[Event] = []

    def tell(self, event: Event) -> None:
        """One more event."""
        self._waiting.append(event)

    def bars_done(self) -> None:
        """Between bars: write what has gathered."""
        if len(self._waiting) >= EVENTS_AT_ONCE:
            self._write()

    def end(self, state: bytes) -> None:
        """The session is over: write the rest, and the state it ended with."""
        self._write()
        self._journal.snapshot(state)

    def _write(self) -> None:
        if self._waiting:
            self._journal.append(self._waiting)
            self._journal.commit()
            self._waiting.clear()
