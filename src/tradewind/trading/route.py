"""What holds for one plan of one strategy on one symbol, looked up once."""

from tradewind.model.instrument import Instrument
from tradewind.model.orders import Filters
from tradewind.model.plan import Plan


class Route:
    """`owner` begins the ids of its orders; `precedence` is 0 for the strategy that wins conflicts."""

    __slots__ = ("filters", "instrument", "owner", "plan", "precedence", "share")

    def __init__(
        self, plan: Plan, share: float, precedence: int, instrument: Instrument, filters: Filters, owner: str
    ) -> None:
        self.plan, self.share, self.precedence = plan, share, precedence
        self.instrument, self.filters, self.owner = instrument, filters, owner
