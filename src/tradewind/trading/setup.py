"""What an account trades and within which bounds: fixed for the life of a core, and hashed into its journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated

import msgspec

from tradewind.model.errors import BadSetting
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Filters
from tradewind.model.plan import Plan
from tradewind.trading.order_ids import order_owner
from tradewind.trading.route import Route
from tradewind.trading.sizing import EqualSplit, Sizing

NO_FILTERS = Filters()


class BreakerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When entries pause; None: never. A daily drawdown is a fraction of the equity the UTC day began with."""

    daily_drawdown: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    consecutive_losses: Annotated[int, msgspec.Meta(ge=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradedStrategy:
    """One strategy of an account: its share of an instrument's budget, and the plans its configurations trade by."""

    name: str
    share: float
    plans: Mapping[int, Plan]

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise BadSetting(f"{self.name} has a share of {self.share}", "Shares lie above 0 and at most at 1")


class Routes(dict[tuple[str, int, str], Route]):
    """Routes by strategy, plan and symbol, each made when it is first asked for."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__()
        self._setup = setup

    def __missing__(self, key: tuple[str, int, str]) -> Route:
        """Raises BadSetting for a strategy that is not in the account."""
        (name, plan, symbol), setup = key, self._setup
        for place, one in enumerate(setup.strategies):
            if one.name == name:
                owner = order_owner(setup.account, name, symbol)
                route = Route(
                    one.plans[plan], one.share, place, setup.instruments[symbol], setup.allowed(symbol), owner
                )
                return self.setdefault(key, route)
        raise BadSetting(f"no strategy {name} in this account", "Use the settings the journal was begun with")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that may be held, as notional in quote currency at the entry price; None or absent: no bound.

    `regime` bounds all that entries of one regime label hold of one instrument, `instrument` what is held of a symbol,
    `account` what is held of everything, as a multiple of equity. What might still fill counts as held.
    """

    regime: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    instrument: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    account: float | None = None

    @property
    def bounds(self) -> bool:
        """Whether there is any bound."""
        return bool(self.regime) or bool(self.instrument) or self.account is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """An account's settings. Strategies stand in order of precedence: where two want opposite sides, the first wins.

    `slots` is how many symbols may be held at once.
    """

    account: str
    quote: str
    timeframe_ms: int
    strategies: tuple[TradedStrategy, ...]
    instruments: Mapping[str, Instrument]
    filters: Mapping[str, Filters] = field(default_factory=lambda: MappingProxyType({}))
    sizing: Sizing = EqualSplit()  # noqa: RUF009 - frozen
    slots: int = 1
    caps: Caps = field(default_factory=Caps)
    breakers: BreakerLimits = field(default_factory=BreakerLimits)
    routes: Routes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [one.name for one in self.strategies]
        if not names or len(set(names)) < len(names):
            raise BadSetting(f"the account trades {names or 'nothing'}", "Name at least one strategy, none twice")
        if sum(one.share for one in self.strategies) > 1 + 1e-9:
            raise BadSetting("the strategies' shares add up to more than 1", "Lower them")
        if self.slots < 1:
            raise BadSetting(f"{self.slots} slots", "An account has at least one")
        object.__setattr__(self, "routes", Routes(self))

    def allowed(self, symbol: str) -> Filters:
        """What the venue allows for a symbol."""
        return self.filters.get(symbol, NO_FILTERS)
