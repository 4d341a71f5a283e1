"""The terms of a report, read from their file: in plain words, as formulas, with thresholds and sources."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Term:
    """`plain` for everyone; `formula`, `reading` (thresholds) and `source` for whoever checks."""

    key: str
    name: str
    plain: str
    formula: str = ""
    reading: str = ""
    source: str = ""


@cache
def glossary() -> Mapping[str, Term]:
    """Every term by its key, in the order of the file."""
    text = (files("tradewind.app") / "pages" / "glossary.toml").read_text(encoding="utf-8")
    return {key: Term(key, **fields) for key, fields in tomllib.loads(text).items()}
