"""Planted mistakes in our source: each replaces one text of one file and must make a trade differ from the twin's."""

from typing import NamedTuple


class Mutation(NamedTuple):
    """`text` of `file` (below the package) becomes `replacement` wherever it stands."""

    name: str
    file: str
    text: str
    replacement: str


_EXITS, _REPLAY = "kernels/exits.py", "kernels/replay.py"
_COMPARE, _SIGNALS = "kernels/compare.py", "kernels/signals.py"
_STRUCTURE, _WINDOWS = "kernels/structure.py", "kernels/windows.py"

LAW = (
    Mutation("entry one bar late", _REPLAY, "entry = t + 1", "entry = min(t + 2, n - 1)"),
    Mutation("hole at the entry ignored", _REPLAY, "hole_before[entry] or ", ""),
    Mutation("ATR of the entry bar", _REPLAY, "atr[plan_atr[plan], t]", "atr[plan_atr[plan], entry]"),
    Mutation("a drop skips a bar", _REPLAY, "t += 1\n            continue", "t += 2\n            continue"),
    Mutation("drops not counted", _REPLAY, "dropped += 1", "dropped += 0"),
    Mutation("eligible a bar after the exit", _REPLAY, "count += 1\n        t = x", "count += 1\n        t = x + 1"),
    Mutation(
        "reversal at the exit's open", _REPLAY, "count += 1\n        t = x", "count += 1\n        t = max(t + 1, x - 1)"
    ),
    Mutation("excursions see the whole exit bar", _REPLAY, "range(entry, exit_bar)", "range(entry, exit_bar + 1)"),
    Mutation("favourable slippage at the entry", _EXITS, "(1.0 + direction * slip)", "(1.0 - direction * slip)"),
    Mutation("no slippage at the exit", _EXITS, "raw_exit * (1.0 - direction * slip)", "raw_exit"),
    Mutation("fee charged twice", _EXITS, "fee * (entry_price + exit_price)", "2.0 * fee * (entry_price + exit_price)"),
    Mutation("fee on the entry only", _EXITS, "fee * (entry_price + exit_price)", "fee * entry_price"),
    Mutation("R by the wrong distance", _EXITS, "net / abs(entry_price - stop)", "net / abs(raw_exit * 0.01)"),
    Mutation("R before fees", _EXITS, "(exit_price - entry_price) - fees", "(exit_price - entry_price)"),
    Mutation("simple return for log return", _EXITS, "log_of_growth(net / entry_price)", "net / entry_price"),
    Mutation("near stops allowed", _EXITS, "not stop_distance >= smallest", "not stop_distance > 0.0"),
    Mutation("tick ignored", _EXITS, "max(tick, 2.0 * slip", "max(0.0, 2.0 * slip"),
    Mutation("slip weighs once", _EXITS, "2.0 * slip * entry_price", "slip * entry_price"),
    Mutation("hold off by one", _EXITS, "bar = entry + hold", "bar = entry + hold + 1"),
    Mutation("opposite before time", _EXITS, "if opposite + 1 < bar", "if opposite + 1 <= bar"),
    Mutation("opposite exit one bar late", _EXITS, "bar = opposite + 1", "bar = opposite + 2"),
    Mutation("regime before opposite", _EXITS, "if regime_change + 1 < bar", "if regime_change + 1 <= bar"),
    Mutation("ambiguous takes the target", _EXITS, "if low[x] <= stop:", "if low[x] <= stop and high[x] < target:"),
    Mutation("target before stop, short", _EXITS, "if high[x] >= stop:", "if high[x] >= stop and low[x] > target:"),
    Mutation("a touch is not enough", _EXITS, "if high[x] >= target:", "if high[x] > target:"),
    Mutation("a touched stop holds", _EXITS, "if low[x] <= stop:", "if low[x] < stop:"),
    Mutation("gapped stop at its level", _EXITS, "open_[x], STOP, False", "stop, STOP, False"),
    Mutation("gapped target at its level", _EXITS, "open_[x], TARGET, False", "target, TARGET, False"),
    Mutation("ambiguity not flagged", _EXITS, "return x, stop, STOP, high[x] >= target", "return x, stop, STOP, False"),
    Mutation("time exit at the bar's end", _EXITS, "last = min(market_exit, n)", "last = min(market_exit + 1, n)"),
)

SIGNALS = (
    Mutation("band dropped", _COMPARE, "BAND = 1e-9", "BAND = 0.0"),
    Mutation("sides swapped", _SIGNALS, "out[t] = 1 if long else -1", "out[t] = -1 if long else 1"),
    Mutation("gate of the confirming bar", _SIGNALS, "if gate[j]:", "if gate[t]:"),
    Mutation("z of the confirming bar", _SIGNALS, "above(score[j], threshold)", "above(score[t], threshold)"),
    Mutation("pivot confirmed a bar early", "strategies/lr_scalper.py", "PIVOT_DELAY = 3", "PIVOT_DELAY = 2"),
    Mutation("pivot not strict", _STRUCTURE, "low[j] < min(", "low[j] <= min("),
    Mutation(
        "deviation without ddof",
        _WINDOWS,
        "unbiased = 1.0 / length, 1.0 / (length - 1)",
        "unbiased = 1.0 / length, 1.0 / length",
    ),
    Mutation("residuals with ddof 1", _WINDOWS, "1.0 / (length - 2)", "1.0 / (length - 1)"),
)

MUTATIONS = LAW + SIGNALS
