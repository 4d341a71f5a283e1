"""Charts as inline SVG: descriptions in, text out, no scripts, colours left to the page."""

from tradewind.app.charts.kinds import Chart, Fan, Histogram, Line, Lines, Mark, Pairs, Range, Ranges, Role, binned
from tradewind.app.charts.svg import drawn

__all__ = ["Chart", "Fan", "Histogram", "Line", "Lines", "Mark", "Pairs", "Range", "Ranges", "Role", "binned", "drawn"]
