"""Names of orders, which a restart makes again."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LEG_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {"entry": "E", "entry_down": "D", "stop": "S", "target": "T", "exit": "X"}
)


def order_owner(account: str, strategy: str, symbol: str) -> str:
    """What the ids of all orders of a strategy on a symbol begin with."""
    # A separator that no part contains: otherwise ("a", "bc") and ("ab", "c") would meet.
    text = "\x1f".join((account, strategy, symbol))
    return "tw" + hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def client_order_id(owner: str, ts: int, leg: str, attempt: int) -> str:
    """The id of an order: a pure function of what the order is for, so that a restart finds its own orders again.

    Letters and digits only, 32 at most, as every venue takes. `attempt` counts orders for the same leg, from 0.
    """
    # Owner and time have letters of hexadecimal, in small; what follows begins with a capital.
    code = _LEG_CODES.get(leg) or "P" + leg.removeprefix("partial")
    when = format(ts, "x")
    return f"{owner}{when}{code}R{attempt}" if attempt else f"{owner}{when}{code}"
