"""What stands at the top of a backtest's page: the result in a sentence, what made it, and what it does not say."""

from tradewind.app.funding import funding_note
from tradewind.app.report.account.subject import Account, gained, money
from tradewind.app.report.formats import count, gain, percent
from tradewind.app.report.page import Headline

_NOT_SAID = (
    "A backtest is no evidence that these settings are worth trading: `tradewind search` and `tradewind validate` ask "
    "that. It shows what one account makes of them.",
    "Fills, spread and slippage are assumed. Real ones may be worse, above all in a falling market.",
    "History happened once. Another order of the same days gives another deepest fall.",
)
_CHOSEN_HERE = "The run chose these configurations on bars like these, so a good result here was to be expected."
_SPOT = "Spot prices stand in for the perpetuals': funding is not charged, and a perpetual's price moves otherwise."


def headline_of(account: Account) -> Headline:
    """The result as a trader would say it."""
    figures, change = account.figures, account.change
    deposit, quote, days = money(account.deposit), account.quote, f"{count(figures['days'])} days"
    share = gain(figures["return"])
    if account.whole["trades"] == 0 and figures["open_trades"] == 0:
        tone, name, said = "even", "no trade", f"The account did not trade in {days}."
    elif change > 0:
        tone, name, said = "gain", "gain", f"The account made {money(change)} on {deposit} {quote} ({share}) in {days}."
    elif change < 0:
        tone, name = "loss", "loss"
        said = f"The account lost {money(-change)} of {deposit} {quote} ({share}) in {days}."
    else:
        tone, name, said = "even", "nothing", f"The account made nothing of {deposit} {quote} in {days}."
    not_said = [*_NOT_SAID]
    if account.summary["run"]:
        not_said.insert(0, _CHOSEN_HERE)
    if account.summary["spot_prices"]:
        not_said.append(_SPOT)
    elif account.summary["unfunded"]:
        not_said.append(funding_note(account.summary))
    return Headline(name, tone, said, _meaning(account), _stands_out(account), not_said)


def _meaning(account: Account) -> str:
    whole, quote = account.whole, account.quote
    if whole["trades"] == 0:
        return "No trade was closed, so there is nothing to account for."
    raw = float(whole["gross"]) + float(whole["slippage"])
    cost = float(whole["fees"]) + float(whole["slippage"]) + float(whole["funding"])
    return (
        f"{count(whole['trades'])} closed trades, {percent(whole['win_rate'], 1)} of them with a gain. Price moves "
        f"alone brought {gained(raw)} {quote}; [trading cost](#trading-cost) {money(cost)}: fees {money(whole['fees'])}"
        f", spread and slippage {money(whole['slippage'])}, funding {money(whole['funding'])}."
    )


def _stands_out(account: Account) -> list[str]:
    figures, entries, quote = account.figures, account.summary["entries"], account.quote
    found = [
        f"[Deepest fall](#account-fall): {money(figures['max_drawdown_quote'])} {quote}, or "
        f"{percent(figures['max_drawdown'], 1)} of the most it had been worth."
    ]
    if account.whole["worst"] is not None:
        found.append(f"Worst trade: {gained(account.whole['worst'])} {quote}.")
    for breaker, days in entries["pauses"].items():
        found.append(
            f"The [breaker](#breaker) on {breaker.replace('_', ' ')} paused entries on {count(days)} of "
            f"{count(figures['days'])} days."
        )
    if entries["signals"]:
        found.append(
            f"{count(entries['signals'])} signals, {count(entries['opened'])} of them opened a trade "
            f"({percent(entries['opened'] / entries['signals'], 1)})."
        )
    if figures["open_trades"]:
        found.append(f"{count(figures['open_trades'])} trades still open, {gained(account.of_open)} {quote} so far.")
    return found
