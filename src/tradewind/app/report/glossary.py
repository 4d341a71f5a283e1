"""The terms of reports, read from their files: in plain words, as formulas, with thresholds and sources."""

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


OF_RUNS, OF_ACCOUNTS = "glossary.toml", "glossary_account.toml"


@cache
def glossary() -> Mapping[str, Term]:
    """Every term by its key, in the order of the files."""
    return {key: term for file in (OF_RUNS, OF_ACCOUNTS) for key, term in terms_in(file).items()}


@cache
def terms_in(file: str) -> Mapping[str, Term]:
    """The terms of one file."""
    text = (files("tradewind.app") / "pages" / file).read_text(encoding="utf-8")
    return {key: Term(key, **fields) for key, fields in tomllib.loads(text).items()}
