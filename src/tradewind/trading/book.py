"""The account's double-entry book: every posting's legs sum to zero in every currency, so nothing is made or lost."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

ZERO: Final = Decimal(0)
QUANTUM: Final = Decimal("1E-12")  # amounts of money are kept to this: sums of them are then exact

CASH: Final = "cash"
FEES: Final = "fees"
FUNDING: Final = "funding"
DEPOSITS: Final = "deposits"
TRADED: Final = "traded"
HELD: Final = "held"


class Book:
    """Balances by (account, currency or symbol) as `account:currency`; `quote` is the currency of money.

    `cash` is what the account has in money (below zero: borrowed against positions), `held` positions by symbol,
    `traded` the world on the other side of fills. Fees and funding are where paid money went.
    """

    __slots__ = ("_accounts", "_cash", "balances", "quote")

    def __init__(self, quote: str, balances: dict[str, Decimal] | None = None) -> None:
        self.quote = quote
        self.balances: dict[str, Decimal] = {} if balances is None else balances
        self._cash = _name(CASH, quote)
        self._accounts: dict[str, tuple[str, str, str, str, str]] = {}  # that a fill of a symbol moves

    def deposit(self, amount: Decimal) -> None:
        """Put money in, or take it out where negative."""
        amount = in_quantum(amount)
        self._post((_name(CASH, self.quote), amount), (_name(DEPOSITS, self.quote), -amount))

    def fill(self, symbol: str, side: int, quantity: Decimal, price: Decimal, fee: Decimal) -> Decimal:
        """A fill with its fee; returns the money it brought, fee included (negative: cost)."""
        moved = side * quantity
        paid, fee = (moved * price).quantize(QUANTUM), fee.quantize(QUANTUM)
        cost = paid + fee
        balances = self.balances
        if symbol not in self._accounts:
            self._accounts[symbol] = _accounts_of_fill(symbol, self.quote)
            for name in self._accounts[symbol]:
                balances.setdefault(name, ZERO)
        held, given, cash, taken, fees = self._accounts[symbol]
        # Both sides of each posting: units of the symbol; money, which went to the world and to fees.
        balances[held] += moved
        balances[given] -= moved
        balances[cash] -= cost
        balances[taken] += paid
        balances[fees] += fee
        return -cost

    def funding(self, amount: Decimal) -> Decimal:
        """Funding paid (negative: received); returns the amount as it was booked."""
        amount = in_quantum(amount)
        self._post((_name(CASH, self.quote), -amount), (_name(FUNDING, self.quote), amount))
        return amount

    @property
    def cash(self) -> Decimal:
        """Money in the account."""
        return self.balances.get(self._cash, ZERO)

    @property
    def deposits(self) -> Decimal:
        """Money ever put in, less what was taken out."""
        return -self.balances.get(_name(DEPOSITS, self.quote), ZERO)

    def held(self, symbol: str) -> Decimal:
        """The position in a symbol: the sum of its fills."""
        return self.balances.get(_name(HELD, symbol), ZERO)

    def imbalance(self) -> dict[str, Decimal]:
        """Currencies and symbols whose balances do not sum to zero over all accounts; always empty."""
        sums: dict[str, Decimal] = {}
        for name, balance in self.balances.items():
            currency = name.partition(":")[2]
            sums[currency] = sums.get(currency, ZERO) + balance
        return {currency: total for currency, total in sums.items() if total != 0}

    def _post(self, *legs: tuple[str, Decimal]) -> None:
        balances = self.balances
        for name, amount in legs:
            balances[name] = balances.get(name, ZERO) + amount


def _accounts_of_fill(symbol: str, quote: str) -> tuple[str, str, str, str, str]:
    return _name(HELD, symbol), _name(TRADED, symbol), _name(CASH, quote), _name(TRADED, quote), _name(FEES, quote)


@lru_cache
def _name(account: str, currency: str) -> str:
    return f"{account}:{currency}"


def in_quantum(amount: Decimal) -> Decimal:
    """An amount of money as it is kept."""
    return amount.quantize(QUANTUM)
