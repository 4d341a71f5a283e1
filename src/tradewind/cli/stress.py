"""How a run's stress figures are printed: shocks at random moments, and the crashes that were recorded."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tradewind.cli.output import print_line
from tradewind.cli.tables import print_table
from tradewind.cli.words import MISSING, ordinal, signed
from tradewind.model.time import DAY_MS, HOUR_MS, utc_day

_UNTRADED = MappingProxyType({"missing": "no bars in the catalog", "locked": "in the hold-out, which stays closed"})


def print_stress(figures: Mapping[str, Any]) -> None:
    """What `stress_of_run` found, as tables."""
    if figures["nothing"] is not None:
        print_line(f"Stress: {figures['nothing'][0].lower()}{figures['nothing'][1:]}.")
        return
    if not figures["chosen_to_trade"] and figures["configuration"] is None:
        print_line("The search's own result was to stand aside: whom these figures stress was not recommended.")
    for name in figures["stands_aside"]:
        print_line(f"The {name} stands aside: there is nothing of it to stress.")
    _synthetic(figures["synthetic"])
    _recorded(figures["recorded"])
    print_line(
        "Equity moves when a trade closes, each symbol with an equal, constant share. return: of the whole stretch; "
        "DD: deepest fall from a peak; worst trade: in R, and of the account; back: from the trough of the deepest "
        "fall until equity was at the peak before it again."
    )


def _synthetic(found: Mapping[str, Any] | None) -> None:
    if found is None:
        print_line("Shocks: the symbols have too few bars in common for a stretch.")
        return
    rows = [
        (one["name"] if i == 0 else "", *_spread_row(record, figures, first=place == 0))
        for place, one in enumerate(found["scenarios"])
        for i, (record, figures) in enumerate(one["records"].items())
    ]
    columns = (
        "shock", "", ">trades", ">return", ">worst", ">change", ">worst change", ">worst trade", ">DD", ">worst DD",
        "back",
    )  # fmt: skip
    strikes = len(found["strikes"])
    usual = found["scenarios"][0]["records"]
    print_table(
        f"Shocks to {', '.join(found['symbols'])}: {strikes} stretches of {found['lead_days'] + found['after_days']} "
        f"days, a shock on the {ordinal(found['lead_days'] + 1)} day; medians and worst",
        columns,
        rows,
    )
    for one in found["scenarios"][1:]:
        print_line(f"{one['name']}: {one['text']}{_dearer(one, found['scenarios'][0])}.")
    print_line(
        "Each strikes at a random moment, or as soon after it as "
        f"a trade of the {next(iter(usual))} is open. "
        + " ".join(
            f"{name}: {held} of {strikes} strikes met an open trade; on average {usual[name]['in_market']:.0%} of the "
            "account is in one."
            for name, held in found["held"].items()
        )
    )
    print_line(
        "change: return less that of the same stretch as it was. The stretches lie in bars the choice was made on: "
        "returns are optimistic, changes less so."
    )
    print_line()


def _dearer(shock: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """What a round trip costs where a shock makes it dearer."""
    if shock["round_trip_bps"] == usual["round_trip_bps"]:
        return ""
    return f"; a round trip at market costs {shock['round_trip_bps']:.1f} bp instead of {usual['round_trip_bps']:.1f}"


def _spread_row(record: str, figures: Mapping[str, Any], *, first: bool) -> Sequence[str]:
    changes = ("", "") if first else (_percent(figures["difference_median"]), _percent(figures["difference_worst"]))
    back = f"{figures['recovered']} of {figures['stretches']}"
    if figures["recovery_ms"] is not None:
        back += f", median {_hours(figures['recovery_ms'])}"
    return (
        record, f"{figures['trades']:,}", _percent(figures["return_median"]), _percent(figures["return_worst"]),
        *changes, _worst_trade(figures), _fall(figures["drawdown_median"]), _fall(figures["drawdown_worst"]), back,
    )  # fmt: skip


def _recorded(crashes: Sequence[Mapping[str, Any]]) -> None:
    rows: list[Sequence[str]] = []
    for one in crashes:
        days = f"{utc_day(one['start_ms'])} – {utc_day(one['end_ms'] - DAY_MS)}"
        if one["status"] != "replayed":
            rows.append((one["name"], days, _UNTRADED[one["status"]], *[""] * 7))
            continue
        coins = _coins(one["symbols"]) + (f" (no {_coins(one['absent'])})" if one["absent"] else "")
        for i, (record, toll) in enumerate(one["records"].items()):
            what = (one["name"], days, coins) if i == 0 else ("", "", "")
            mark = "" if i else "selected on these bars" if one["selected_on"] else "bars not searched"
            rows.append((*what, *_toll_row(record, toll), mark))
    columns = (
        "crash", "days", "symbols", "", ">trades", ">return", ">lowest", ">worst trade", ">DD", "back", "",
    )  # fmt: skip
    print_table("Recorded crashes, traded as they were", columns, rows)
    for one in crashes:
        print_line(f"{one['name']}: {one['text']}.")


def _toll_row(record: str, toll: Mapping[str, Any]) -> Sequence[str]:
    back = "not within these days" if toll["recovery_ms"] is None else f"after {_hours(toll['recovery_ms'])}"
    return (
        record, f"{toll['trades']:,}", _percent(toll["final_return"]), _percent(-toll["loss"]), _worst_trade(toll),
        _fall(toll["max_drawdown"]), back if toll["max_drawdown"] > 0 else MISSING,
    )  # fmt: skip


def _worst_trade(figures: Mapping[str, Any]) -> str:
    if figures["worst_r"] is None:
        return MISSING
    return f"{signed(figures['worst_r'], 1)} R {figures['worst_of_account']:+.2%}"


def _coins(symbols: Sequence[str]) -> str:
    return ", ".join(symbol.split("/")[0] for symbol in symbols)


def _percent(value: float) -> str:
    return f"{round(value, 3) + 0.0:+.1%}"  # no negative zero


def _fall(value: float) -> str:
    return f"{value:.1%}"


def _hours(duration_ms: int) -> str:
    hours = duration_ms / HOUR_MS
    return f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
