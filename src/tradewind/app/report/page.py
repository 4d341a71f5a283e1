"""Turns the parts of a report into one HTML page that needs nothing else: no scripts, no addresses, no files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tradewind.app.charts import Chart, drawn
from tradewind.app.judgement import Judgement
from tradewind.app.report.blocks import Section
from tradewind.app.report.glossary import Term, glossary

WIDE, NARROW = 960, 328  # pixels: one drawing for a screen, one for a telephone
_LINK = re.compile(r"\[([^\]]+)\]\(#([a-z-]+)\)")
_CODE = re.compile(r"`([^`]+)`")
_UNIT = re.compile(r"(?<=\d) (?=(?:%|bp|R|×)(?!\w))")


@dataclass(frozen=True, slots=True)
class Headline:
    """What stands at the top of an account's page; `tone` is gain, loss or even, `name` the result in a word."""

    name: str
    tone: str
    headline: str
    meaning: str
    stands_out: Sequence[str]
    not_said: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a page shows; `terms` are the keys of what is explained at its end, `kind` what it is a page of."""

    kind: str
    title: str
    subtitle: str
    top: Judgement | Headline
    sections: Sequence[Section]
    terms: Sequence[str]
    simulated: str = ""


_TEMPLATES: Mapping[type, str] = MappingProxyType({Judgement: "report.html.j2", Headline: "account.html.j2"})


def rendered(page: Page) -> str:
    """The page as HTML text; the same parts give the same text."""
    environment = Environment(
        loader=PackageLoader("tradewind.app", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"linked": _linked, "drawn": _both}
    environment.globals |= {"glossary": glossary(), "terms": _terms}
    style = Markup((files("tradewind.app") / "pages" / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    template = environment.get_template(_TEMPLATES[type(page.top)])
    return template.render(page=page, style=style).strip() + "\n"


def terms_used(*parts: object) -> tuple[str, ...]:
    """Keys of the terms that parts of a page lead to, in the order of the glossary."""
    used = {key for part in parts for key in _keys(part)}
    return tuple(key for key in glossary() if key in used)


def _keys(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield from (found[2] for found in _LINK.finditer(part))
    elif isinstance(part, Sequence):
        for one in part:
            yield from _keys(one)
    elif is_dataclass(part):
        for field in fields(part):
            value = getattr(part, field.name)
            if field.name == "term":
                yield value
            elif field.name == "terms":
                yield from value
            else:
                yield from _keys(value)


def _terms(keys: Sequence[str]) -> list[Term]:
    return [glossary()[key] for key in dict.fromkeys(keys)]


def _linked(text: str) -> Markup:
    """Escaped text with its links into the glossary, its words of code, and units kept beside their numbers.

    A link to nowhere stays text.
    """

    def link(found: re.Match[str]) -> str:
        words, key = found[1], found[2]
        return f'<a href="#{key}">{words}</a>' if key in glossary() else found[0]

    safe = _LINK.sub(link, str(escape(text)))
    safe = _UNIT.sub("\N{NO-BREAK SPACE}", safe)
    return Markup(_CODE.sub(r"<code>\1</code>", safe))  # noqa: S704 - escaped above


def _both(chart: Chart) -> Markup:
    """A chart twice, for wide and for narrow pages; the style sheet shows one."""
    wide, narrow = drawn(chart, WIDE), drawn(chart, NARROW)
    return Markup(f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>')  # noqa: S704 - drawn escapes
