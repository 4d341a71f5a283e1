"""A report's page read back: whether its elements close, what they hold, and where its links lead."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})
HIDDEN = frozenset({"style"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, tag: str, kind: str = "") -> list["Element"]:
        """Every element inside of this tag and class."""
        inside = [child for child in self.children if isinstance(child, Element)]
        own = [e for e in inside if e.tag == tag and (not kind or kind in e.attributes.get("class", "").split())]
        return own + [found for child in inside for found in child.all(tag, kind)]

    @property
    def text(self) -> str:
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split())

    def rows(self) -> list[list[str]]:
        """Cells of a table, its heading first."""
        return [[cell.text for cell in [*row.all("th"), *row.all("td")]] for row in self.all("tr")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1].tag not in HIDDEN:
            self.open[-1].children.append(data)


def read_page(html: str) -> Element:
    """The page as a tree; fails where an element is not closed by its own end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is never closed"
    return reader.root


def table_titled(page: Element, title: str) -> list[list[str]]:
    """Rows of the table that follows this heading or lies in the fold of this name."""
    for fold in page.all("details", "fold"):
        if fold.all("summary")[0].text == title:
            return fold.all("table")[0].rows()
    for section in page.all("section"):
        after = False
        for child in section.children:
            if not isinstance(child, Element):
                continue
            after = after or (child.tag == "h3" and child.text == title)
            if after and child.all("table"):
                return child.all("table")[0].rows()
    raise AssertionError(f"no table {title!r}")
