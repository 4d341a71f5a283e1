"""How Monte Carlo figures are printed: what each method can tell of the trades, and which question it answers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tradewind.cli.output import print_line
from tradewind.cli.tables import print_table
from tradewind.cli.words import MISSING

_NAMES = MappingProxyType({"shuffle": "shuffled", "bootstrap": "drawn", "blocks": "drawn in blocks"})


def print_monte_carlo(figures: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Figures by record, as `monte_carlo_of_run` gives them; of a single account give them under its name."""
    rows, known = [], None
    for record, methods in figures.items():
        if methods is None:
            print_line(f"Monte Carlo of the {record}: it never traded, so there is nothing to resample.")
            continue
        known = methods
        real = next(iter(methods.values()))
        rows.append((record, "as it was", f"{real['trades']:,} trades", *_real(real["real"])))
        rows += [("", _NAMES[method], _units(one), *_drawn(one)) for method, one in methods.items()]
    if known is None:
        return
    one = known["blocks"]
    columns = (
        "", "", "of", ">return", ">5 %", ">95 %", ">loss", ">DD", ">95 %", f">touches {one['ruin']:.0%}",
    )  # fmt: skip
    print_table(f"Monte Carlo, {one['paths']:,} paths each: medians, quantiles and chances", columns, rows)
    for method, figured in known.items():
        print_line(f"{_NAMES[method]}: {figured['answers']}.")


def _real(real: Mapping[str, Any]) -> tuple[str, ...]:
    ruined = "yes" if real["ruined"] else "no"
    return (
        f"{real['return']:+.1%}",
        "",
        "",
        "yes" if real["return"] < 0 else "no",
        f"{real['max_drawdown']:.1%}",
        "",
        ruined,
    )


def _drawn(one: Mapping[str, Any]) -> tuple[str, ...]:
    found, falls = one["return"], one["max_drawdown"]
    returns = (MISSING,) * 3 if found is None else tuple(f"{found[name]:+.1%}" for name in ("p50", "p5", "p95"))
    loss = MISSING if one["loss_probability"] is None else _chance(one["loss_probability"])
    return (*returns, loss, f"{falls['p50']:.1%}", f"{falls['p95']:.1%}", _chance(one["ruin_probability"]))


def _chance(share: float) -> str:
    """A share of paths; few of them are not called none, nor almost all all."""
    if 0 < share < 0.001:
        return "under 0.1%"
    if 0.999 < share < 1:
        return "over 99.9%"
    return f"{share:.1%}"


def _units(one: Mapping[str, Any]) -> str:
    block = "" if one["block_days"] is None else f", {one['block_days']:.1f} d a block"
    return f"{one['units']:,} {one['unit']}s{block}"
