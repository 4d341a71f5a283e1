"""Planted mistakes in our source: each replaces one text of one file and must make a trade differ from the twin's."""

from typing import NamedTuple


class Mutation(NamedTuple):
    """`text` of `file` (below the package) becomes `replacement` wherever it stands."""

    name: str
    file: str
    text: str
    replacement: str


_EXITS, _PLANS, _REPLAY = "kernels/exits.py", "kernels/plans.py", "kernels/replay.py"
_OUTCOMES, _LEVELS, _BITS = "kernels/outcomes.py", "kernels/levels.py", "kernels/bits.py"
_COMPARE, _SIGNALS = "kernels/compare.py", "kernels/signals.py"
_STRUCTURE, _WINDOWS = "kernels/structure.py", "kernels/windows.py"

LAW = (
    Mutation(
        "entry one bar late",
        _PLANS,
        "Opened(OPENED, t + 1, side, price",
        "Opened(OPENED, min(t + 2, tape.open.shape[0] - 1), side, price",
    ),
    Mutation("hole at the entry ignored", _PLANS, "if tape.hole_before[t + 1]:", "if False:"),
    Mutation("ATR of the entry bar", _PLANS, "plans.atr[plans.row[plan], t]", "plans.atr[plans.row[plan], t + 1]"),
    Mutation("a drop skips a bar", _PLANS, "Opened(REFUSED, t + 1, side", "Opened(REFUSED, t + 2, side"),
    Mutation("drops counted as expired", _REPLAY, "counts[0 if opened.state == REFUSED else 2]", "counts[2]"),
    Mutation("eligible a bar after the exit", _REPLAY, "max(carried.bar, t + 1)", "max(carried.bar + 1, t + 1)"),
    Mutation("reversal at the exit's open", _REPLAY, "max(carried.bar, t + 1)", "max(carried.bar - 1, t + 1)"),
    Mutation("excursions see the whole exit bar", _PLANS, "favour, against = raw, raw", "favour = favour"),
    Mutation("favourable slippage at a market entry", _PLANS, "(1.0 + side * terms.slip)", "(1.0 - side * terms.slip)"),
    Mutation("no slippage at an exit", _PLANS, "fill = raw if resting else raw * (1.0 - d * terms.slip)", "fill = raw"),
    Mutation("no fee at the exit", _PLANS, "taken.left * fee * fill", "taken.left * 0.0 * fill"),
    Mutation(
        "slippage of the entry not counted", _PLANS, "opened.fee * price, opened.slippage", "opened.fee * price, 0.0"
    ),
    Mutation(
        "slippage of the exit not counted",
        _PLANS,
        "slippage = taken.slippage + taken.left * (d * (raw - fill))",
        "slippage = taken.slippage",
    ),
    Mutation("a short gains slippage", _PLANS, "taken.left * (d * (raw - fill))", "taken.left * (raw - fill)"),
    Mutation("R before costs", _PLANS, "net = carried.gross - carried.fees", "net = carried.gross"),
    Mutation(
        "gapped stop at its level here too",
        _PLANS,
        "raw, reason = open_x, stop_reason",
        "raw, reason = stop, stop_reason",
    ),
    Mutation(
        "gapped target at its level here too", _PLANS, "raw, reason = open_x, TARGET", "raw, reason = target, TARGET"
    ),
    Mutation("cost without slippage", _PLANS, "cost = carried.fees + carried.slippage", "cost = carried.fees"),
    Mutation("a simple return", _PLANS, "log_of_growth(net / opened.price)", "net / opened.price"),
    Mutation("ambiguity never flagged", _PLANS, "stop, stop_reason, hits_target", "stop, stop_reason, False"),
)
# The shorter law of plain plans, which the fast walk of the search takes.
PLAIN = (
    Mutation("favourable slippage at the entry", _EXITS, "(1.0 + direction * slip)", "(1.0 - direction * slip)"),
    Mutation("no slippage at the exit", _EXITS, "raw_exit * (1.0 - direction * slip)", "raw_exit"),
    Mutation("fee charged twice", _EXITS, "fee * (entry_price + exit_price)", "2.0 * fee * (entry_price + exit_price)"),
    Mutation("fee on the entry only", _EXITS, "fee * (entry_price + exit_price)", "fee * entry_price"),
    Mutation("R before fees", _EXITS, "(exit_price - entry_price) - fees", "(exit_price - entry_price)"),
    Mutation("near stops allowed", _EXITS, "not stop_distance >= smallest", "not stop_distance > 0.0"),
    Mutation("tick ignored", _EXITS, "max(tick, 2.0 * slip", "max(0.0, 2.0 * slip"),
    Mutation("slip weighs once", _EXITS, "2.0 * slip * entry_price", "slip * entry_price"),
    Mutation("hold off by one", _EXITS, "bar = entry + hold", "bar = entry + hold + 1"),
    Mutation("opposite before time", _EXITS, "if opposite + 1 < bar", "if opposite + 1 <= bar"),
    Mutation("opposite exit one bar late", _EXITS, "bar = opposite + 1", "bar = opposite + 2"),
    Mutation("regime before opposite", _EXITS, "if regime_change + 1 < bar", "if regime_change + 1 <= bar"),
)

# What the fast walk looks up once per level and combines.
COMBINED = (
    Mutation("R by the wrong distance", _OUTCOMES, "r = net / risk[i]", "r = net / (2.0 * risk[i])"),
    Mutation("simple return for log return", _LEVELS, "= log_of_small_growth(net_return)", "= net_return"),
    Mutation("a short touches like a long", _LEVELS, "not long, level)", "False, level)"),
    Mutation("a touched low holds", _BITS, "low[part] <= level", "low[part] < level"),
    Mutation("a touched high holds", _BITS, "high[part] >= level if", "high[part] > level if"),
    Mutation(
        "gapped stop at its level",
        _LEVELS,
        "stopped[s, i + RAW] = open_[at] if beyond else level",
        "stopped[s, i + RAW] = level",
    ),
    Mutation(
        "gapped target at its level",
        _LEVELS,
        "gained[g, i + RAW] = open_[at] if beyond else level",
        "gained[g, i + RAW] = level",
    ),
    Mutation(
        "the second stop is looked for in later bars alone",
        _LEVELS,
        "s += 1\n            while g",
        "s += 1\n                break\n            while g",
    ),
    Mutation(
        "the second target is looked for in later bars alone",
        _LEVELS,
        "g += 1\n            x += REACHED",
        "g += 1\n                break\n            x += REACHED",
    ),
    Mutation("a gapped target loses to the stop", _OUTCOMES, "together & (not gap_at_target)", "together"),
    Mutation("the target wins where both are touched", _OUTCOMES, "(together & (not gap_at_target))", "False"),
    Mutation("touched at the bar of the time exit", _OUTCOMES, "timed = touch >= to_limit", "timed = touch > to_limit"),
    Mutation("time exit a bar late", _LEVELS, "open_[min(end, n - 1)]", "open_[min(end + 1, n - 1)]"),
    Mutation("open trades count", _LEVELS, "figures[i + TRADES] = 1.0 if there else 0.0", "figures[i + TRADES] = 1.0"),
    Mutation(
        "something follows an open trade",
        _LEVELS,
        "end - entry if there else n - entry",
        "end - entry if there else 0",
    ),
    Mutation("ambiguity is never flagged", _OUTCOMES, "unclear = stopped &", "unclear = False &"),
    Mutation(
        "a gapped stop is ambiguous", _OUTCOMES, "(to_stop == to_target) & (not gap_at_stop)", "(to_stop == to_target)"
    ),
    Mutation("refused orders are not counted", _OUTCOMES, "DROPPED_UNIT if refused else 0.0", "0.0"),
    Mutation(
        "refused orders trade",
        _LEVELS,
        "figures[i + TRADES] = 0.0 if refused else 1.0",
        "figures[i + TRADES] = 1.0",
    ),
    Mutation("holes are entered", _LEVELS, "math.nan if hole_before[t + 1] else atr[t]", "atr[t]"),
    Mutation(
        "risk of another stop",
        _LEVELS,
        "abs(price - (price - side * distance))",
        "abs(price - (price - side * levels.stops[0] * fills[i + ATR]))",
    ),
    Mutation("the trade goes on a bar late", _OUTCOMES, "(code[i] >> 1) + 1 + min", "(code[i] >> 1) + 2 + min"),
    Mutation("cost without the entry's slippage", _EXITS, "slip * (raw_entry + raw_exit)", "slip * raw_exit"),
    Mutation("cost without fees", _EXITS, "(raw_entry + raw_exit) + fees", "(raw_entry + raw_exit)"),
    Mutation(
        "a loss counts as a win",
        _OUTCOMES,
        "win = 1.0 if r > 0.0 else 0.0\n        columns",
        "win = 1.0 if r > -1.0 else 0.0\n        columns",
    ),
    Mutation("a regime change is not seen", _LEVELS, "other_label[t] if on_change else NEVER", "NEVER"),
)

ENTRIES = (
    Mutation(
        "a limit fills on a touch",
        _PLANS,
        "tape.low[x] < level) or (side < 0 and tape.high[x] > level)",
        "tape.low[x] <= level) or (side < 0 and tape.high[x] >= level)",
    ),
    Mutation(
        "a limit counts slippage", _PLANS, "level, True, terms.maker_fee, 0.0", "level, True, terms.maker_fee, 0.01"
    ),
    Mutation(
        "a breakout counts no slippage",
        _PLANS,
        "price, paid = raw * (1.0 + side * terms.slip), raw * terms.slip",
        "price, paid = raw * (1.0 + side * terms.slip), 0.0",
    ),
    Mutation("a limit pays slip", _PLANS, "side, level, True,", "side, level * (1.0 + side * terms.slip), True,"),
    Mutation("a limit pays the taker's fee", _PLANS, "level, True, terms.maker_fee", "level, True, terms.taker_fee"),
    Mutation("a gapped limit fills at its level", _PLANS, "side, tape.open[x], False", "side, level, False"),
    Mutation("a gapped limit was inside", _PLANS, "side, tape.open[x], False", "side, tape.open[x], True"),
    Mutation("a limit lives a bar longer", _PLANS, "t + expiry + 1)", "t + expiry + 2)"),
    Mutation("a limit lives a bar less", _PLANS, "t + expiry + 1)", "t + expiry)"),
    Mutation(
        "an expired limit holds the slot", _PLANS, "Opened(EXPIRED, t + expiry,", "Opened(EXPIRED, t + expiry + 1,"
    ),
    Mutation("a limit survives a hole", _PLANS, "if tape.hole_before[x]:", "if False:"),
    Mutation(
        "a limit judged only where it fills",
        _PLANS,
        "if risk_is_too_small(",
        "if opened.state == OPENED and risk_is_too_small(",
    ),
    Mutation("a resting order counts", _REPLAY, "if opened.state == PENDING:", "if False:"),
    Mutation(
        "the lower price on a bar of both",
        _PLANS,
        "if tape.high[x] >= up:",
        "if tape.high[x] >= up and not (looks_down and tape.low[x] <= down):",
    ),
    Mutation("expiry after breakout", _PLANS, "if tape.ts[x] >= end:", "if tape.ts[x] > end:"),
    Mutation("a window from the signal bar's open", _PLANS, "tape.ts[t] + terms.timeframe_ms +", "tape.ts[t] +"),
    Mutation("a hole ends a window", _PLANS, "if tape.ts[x] >= end:", "if tape.ts[x] >= end or tape.hole_before[x]:"),
    Mutation("a gapped breakout at its level", _PLANS, "raw = max(tape.open[x], up)", "raw = up"),
    Mutation("a gapped lower breakout at its level", _PLANS, "raw = min(tape.open[x], down)", "raw = down"),
    Mutation("up_only looks down", _PLANS, "kind == EITHER or", "kind != SHORT_ON_DOWN or"),
    Mutation("short_on_down buys", _PLANS, "side = -1 if kind == SHORT_ON_DOWN else 1", "side = 1"),
    Mutation("short_on_down on spot", _PLANS, "(kind == SHORT_ON_DOWN and terms.short)", "kind == SHORT_ON_DOWN"),
    Mutation("a short signal opens a window", _PLANS, "if kind == BREAKOUT and side < 0:", "if False:"),
    Mutation("a breakout without slip", _PLANS, "raw * (1.0 + terms.slip)", "raw"),
    Mutation("a refused breakout frees its wait", _PLANS, "t + 1 if kind != BREAKOUT else opened.bar", "t + 1"),
    Mutation("an opposite to the signal", _REPLAY, "opened.side, opened.bar,", "int(direction[t]), opened.bar,"),
    Mutation("an opposite before the fill", _REPLAY, "opened.side, opened.bar,", "opened.side, t + 1,"),
    Mutation(
        "regimes from the entry on", _PLANS, "change = entry if tape.labels[entry] != tape.labels[t] else", "change ="
    ),
)

EXITS = (
    Mutation(
        "a target inside the entry bar",
        _PLANS,
        "hits_target = at_open and reaches(d, favour, target, limit)",
        "hits_target = reaches(d, favour, target, limit)",
    ),
    Mutation(
        "an open before the entry stops it",
        _PLANS,
        "elif at_open and d * (open_x - stop) <= 0.0:",
        "elif d * (open_x - stop) <= 0.0:",
    ),
    Mutation("a limit target fills on a touch", _PLANS, "beyond > 0.0 if through else beyond >= 0.0", "beyond >= 0.0"),
    Mutation(
        "a limit target pays slip",
        _PLANS,
        "fill = raw if resting else raw * (1.0 - d * terms.slip)",
        "fill = raw * (1.0 - d * terms.slip)",
    ),
    Mutation("a market target pays none", _PLANS, "resting = limit and reason == TARGET", "resting = reason == TARGET"),
    Mutation(
        "a limit target pays the taker's fee", _PLANS, "terms.maker_fee if limit else", "terms.taker_fee if limit else"
    ),
    Mutation(
        "a trail acts on its own bar",
        _PLANS,
        "        raw, reason, ambiguous = 0.0, 0, False\n",
        "        raw, reason, ambiguous = 0.0, 0, False\n"
        "        seen = favour if d * (favour - best) > 0.0 else best\n"
        "        stop, stop_reason = trailed(plans, plan, opened, levels, atr, seen, stop, stop_reason)\n",
    ),
    Mutation(
        "a trail loosens",
        _PLANS,
        "return (moved, TRAIL) if d * (moved - stop) > 0.0 else (stop, stop_reason)",
        "return moved, TRAIL",
    ),
    Mutation(
        "the lowest stage rules", _PLANS, "range(plans.trail.shape[1] - 1, -1, -1)", "range(plans.trail.shape[1])"
    ),
    Mutation("a trail sees all of the entry bar", _PLANS, "favour, against = close[x], close[x]", "pass"),
    Mutation("a trail called a stop", _PLANS, "return (moved, TRAIL) if", "return (moved, STOP) if"),
    Mutation("a trail at a distance of its own", _PLANS, "return initial", "return initial / 2.0"),
    Mutation(
        "a partial before the stop",
        _PLANS,
        "                if d * (against - stop) <= 0.0:\n",
        "                if at_open:\n"
        "                    taken = take_partials(terms, plans, plan, opened, levels, favour, False, taken)\n"
        "                if d * (against - stop) <= 0.0:\n",
    ),
    Mutation("fractions ignored", _PLANS, "fraction = plans.partials[plan, count, 1]", "fraction = left / 2.0"),
    Mutation(
        "one partial a bar",
        _PLANS,
        "while count < plans.partials.shape[1]:",
        "while count < min(plans.partials.shape[1], taken.legs + 1):",
    ),
    Mutation(
        "a gapped partial without slip",
        _PLANS,
        "fill = (reached if gapped else level) * (1.0 - d * slip)",
        "fill = reached if gapped else level * (1.0 - d * slip)",
    ),
    Mutation(
        "slippage of partials not counted",
        _PLANS,
        "slippage += fraction * (d * ((reached if gapped else level) - fill))",
        "slippage += 0.0",
    ),
    Mutation("a partial pays for the whole", _PLANS, "fees += fraction * fee * fill", "fees += fee * fill"),
    Mutation(
        "the last leg is the whole",
        _PLANS,
        "taken.gross + taken.left * (d * (fill - price))",
        "taken.gross + (d * (fill - price))",
    ),
    Mutation("funding received by longs", _PLANS, "paid = d * funding[x]", "paid = -d * funding[x]"),
    Mutation("funding paid by shorts", _PLANS, "paid = d * funding[x]", "paid = funding[x]"),
    Mutation("funding on the entry bar", _PLANS, "if after and funded", "if funded"),
    Mutation("funding on the whole size", _PLANS, "open_x * taken.left", "open_x"),
    Mutation(
        "no liquidation", _PLANS, "if terms.leverage > 1.0 and d * (liquidation - first_stop) > 0.0:", "if False:"
    ),
    Mutation(
        "longs liquidated at leverage 1",
        _PLANS,
        "if terms.leverage > 1.0 and d * (liquidation - first_stop) > 0.0:",
        "if d * (liquidation - first_stop) > 0.0:",
    ),
    Mutation("maintenance ignored", _PLANS, "terms.leverage - terms.maintenance", "terms.leverage"),
    Mutation("a liquidation called a stop", _PLANS, "liquidation, LIQUIDATION, target)", "liquidation, STOP, target)"),
    Mutation(
        "R by the liquidation",
        _PLANS,
        "Levels(initial, first_stop, liquidation, LIQUIDATION, target)",
        "Levels(initial, liquidation, liquidation, LIQUIDATION, target)",
    ),
)

SIGNALS = (
    Mutation("band dropped", _COMPARE, "BAND = 1e-9", "BAND = 0.0"),
    Mutation("sides swapped", _SIGNALS, "confirmed[j] = (long - short)", "confirmed[j] = (short - long)"),
    Mutation("gate of the confirming bar", _SIGNALS, "np.int8(gate[j])", "np.int8(gate[j + delay])"),
    Mutation("z of the confirming bar", _SIGNALS, "score[j] >= least", "score[j + delay] >= least"),
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

# The walk that takes configurations one by one settles plain plans itself.
_ALONE = "kernels/alone.py"
ALONE = (
    Mutation("a gapped stop alone at its level", _ALONE, "(stopped & (side * at_open <= side * stop)) |", ""),
    Mutation("a gapped target alone at its level", _ALONE, " | (reached & (side", " | (False & (side"),
    Mutation(
        "the target before the stop alone", _ALONE, "raw = stop if stopped else", "raw = stop if not reached else"
    ),
    Mutation("ambiguity alone never flagged", _ALONE, "stopped & reached & (not gapped)", "False"),
    Mutation("sides alone confused", _ALONE, "(fell & long) | (rose & (not long))", "fell"),
    Mutation(
        "hold alone off by one",
        _ALONE,
        "min(entry + hold, opposite + 1, change",
        "min(entry + hold + 1, opposite + 1, change",
    ),
    Mutation("an opposite alone a bar late", _ALONE, "opposite + 1, change + 1, n)", "opposite + 2, change + 1, n)"),
    Mutation("a change alone a bar late", _ALONE, "opposite + 1, change + 1, n)", "opposite + 1, change + 2, n)"),
    Mutation(
        "an opposite alone not on the entry bar",
        _ALONE,
        "next_opposite(all_some, all_short, long, entry,",
        "next_opposite(all_some, all_short, long, entry + 1,",
    ),
    Mutation(
        "any signal alone is an opposite",
        "kernels/signal_words.py",
        "ahead_of(some, t) & ~against",
        "ahead_of(some, t)",
    ),
    Mutation("eligible alone a bar after the exit", _ALONE, "        t = x\n", "        t = x + 1\n"),
    Mutation("a drop alone uncounted", _ALONE, "* SUMS + 7] += DROPPED_UNIT", "* SUMS + 7] += 0.0"),
    Mutation("holes alone ignored", _ALONE, "hole_before[entry] or ", ""),
    Mutation("shorts alone on spot", _ALONE, "not (long or shorts) or", ""),
    Mutation("a market exit alone overrun", _ALONE, "x = min(x + lowest(touched), last)", "x = x + lowest(touched)"),
)

MUTATIONS = ALONE + LAW + PLAIN + COMBINED + ENTRIES + EXITS + SIGNALS
