"""The two pictures of docs/honesty.md as SVG, drawn from results; they follow the reader's light or dark page."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from honesty.judging import BINS, FOUND_MIN, Rate

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 50, 60
COLOURS = ("#2563eb", "#0d9488", "#d97706", "#9333ea")
STYLE = (
    "<style>svg{background:#fff;color:#0f172a}text{fill:currentColor}.axis{stroke:currentColor}"
    "@media(prefers-color-scheme:dark){svg{background:#0f172a;color:#e2e8f0}}</style>"
)


def histogram(by_kind: Mapping[str, Sequence[float]], alterations: int) -> str:
    """p-values in ten bins, kinds stacked, with the level that uniform ones have and the range of 95 % of bins."""
    steps = alterations + 1
    counts = np.array(
        [
            np.bincount((np.rint(np.asarray(own) * steps).astype(int) - 1) * BINS // steps, minlength=BINS)
            for own in by_kind.values()
        ]
    )
    total = int(counts.sum())
    expected, deviation = total / BINS, np.sqrt(total / BINS * (1 - 1 / BINS))
    most = max(float(counts.sum(axis=0).max()), expected + 2 * deviation) * 1.15
    y = _scale(0, most, HEIGHT - BOTTOM, TOP)
    wide = (WIDTH - LEFT - RIGHT) / BINS
    parts = [_text(WIDTH / 2, 22, f"Luck p-values of {total} markets without an edge", bold=True)]
    low, high = y(expected - 1.96 * deviation), y(expected + 1.96 * deviation)
    parts.append(
        f'<rect x="{LEFT}" y="{high:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{low - high:.1f}" '
        'fill="currentColor" opacity="0.10"/>'
    )
    for place in range(BINS):
        base = 0.0
        for row, colour in zip(counts, COLOURS, strict=False):
            upper = base + row[place]
            parts.append(
                f'<rect x="{LEFT + place * wide + 3:.1f}" y="{y(upper):.1f}" width="{wide - 6:.1f}" '
                f'height="{y(base) - y(upper):.1f}" fill="{colour}"/>'
            )
            base = upper
        parts.append(_text(LEFT + (place + 1) * wide, HEIGHT - BOTTOM + 18, f"{(place + 1) / BINS:.1f}", size=12))
    parts.append(_line(LEFT, y(expected), WIDTH - RIGHT, y(expected), dashed=True))
    parts.append(_text(LEFT, HEIGHT - BOTTOM + 18, "0", size=12))
    parts += [_text(LEFT - 8, y(n) + 4, str(n), size=12, anchor="end") for n in _ticks(most)]
    for place, (words, colour) in enumerate(zip(by_kind, COLOURS, strict=False)):
        x = LEFT + place * (WIDTH - LEFT - RIGHT) / 4
        parts.append(f'<rect x="{x:.1f}" y="{HEIGHT - 24}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(x + 14, HEIGHT - 15, words, size=11, anchor="start"))
    return _page("Histogram of luck p-values where there is nothing to find", parts)


def power_curve(points: Sequence[tuple[float, Rate]]) -> str:
    """How often the regime that holds the edge is found and named, by the size of the edge, with 95 % intervals."""
    x = _scale(0.0, 1.0, LEFT + 20, WIDTH - RIGHT)
    y = _scale(0.0, 1.0, HEIGHT - BOTTOM, TOP)
    parts = [_text(WIDTH / 2, 22, "Found and named, by size of the edge", bold=True)]
    for level in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(_text(LEFT - 8, y(level) + 4, f"{level:.0%}", size=12, anchor="end"))
        parts.append(_line(LEFT, y(level), WIDTH - RIGHT, y(level), faint=True))
    parts.append(_line(LEFT, y(FOUND_MIN), WIDTH - RIGHT, y(FOUND_MIN), dashed=True))
    path = " ".join(f"{x(edge):.1f},{y(rate.share):.1f}" for edge, rate in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>')
    for edge, rate in points:
        low, high = rate.bounds()
        parts.append(_line(x(edge), y(low), x(edge), y(high)))
        parts.append(f'<circle cx="{x(edge):.1f}" cy="{y(rate.share):.1f}" r="5" fill="{COLOURS[0]}"/>')
        parts.append(_text(x(edge) + 10, y(rate.share) + 16, f"{rate.hits}/{rate.count}", size=12, anchor="start"))
        parts.append(_text(x(edge), HEIGHT - BOTTOM + 18, f"{edge:.0%}", size=12))
    parts.append(_text(WIDTH / 2, HEIGHT - 15, "share of a storm's variance that comes back", size=12))
    return _page("Detection rate by size of the planted edge", parts)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _ticks(most: float) -> range:
    return range(0, int(most) + 1, max(1, round(most / 5)))


def _text(x: float, y: float, words: str, *, size: int = 14, anchor: str = "middle", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}>{words}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False, faint: bool = False) -> str:
    extra = ' stroke-dasharray="6 4"' if dashed else ' opacity="0.15"' if faint else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="axis"{extra}/>'


def _page(title: str, parts: Sequence[str]) -> str:
    axis = _line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
        f"<title>{title}</title>{STYLE}\n" + "\n".join([*parts, axis]) + "\n</svg>\n"
    )
