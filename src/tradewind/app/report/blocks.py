"""What a report is made of: sections of prose, facts, tables and charts, each with the terms that explain it.

Text may hold `[words](#term)`, a link into the glossary, and words between backquotes; everything else is plain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.app.charts import Chart


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; `strong` sets it apart as a notice."""

    text: str
    strong: bool = False
    kind: str = "prose"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure worth a tile: what it is in plain words, its value, what it rests on, and its term."""

    name: str
    value: str
    note: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    items: Sequence[Fact]
    terms: Sequence[str] = ()
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, linked to its term; `words` columns are set left, `wraps` ones may break their lines."""

    name: str
    term: str = ""
    words: bool = False
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`few` marks a figure that rests on fewer than 100 trades; `share` (0 to 1) shades the cell."""

    text: str
    few: bool = False
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`folded` hides it until asked for; `caption` says N, windows and cost model."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Cell]]
    caption: str = ""
    terms: Sequence[str] = ()
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart with its title, what to see in it, and on what it rests."""

    title: str
    chart: Chart
    say: str = ""
    caption: str = ""
    terms: Sequence[str] = ()
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that this report cannot have: what it would show, why it is not there, and what would bring it."""

    what: str
    why: str
    remedy: str = ""
    kind: str = "missing"


Block = Prose | Facts | Table | Figure | Missing


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered part of the report; `lead` says in a sentence or two what it answers."""

    key: str
    title: str
    lead: str
    blocks: Sequence[Block]
