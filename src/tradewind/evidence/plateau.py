"""Is the best configuration a plateau or a spike: do slightly different settings do well too?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

POSITIVE_MIN = 0.7  # share of the neighbours that must earn something
MEDIAN_MIN = 0.5  # of the peak's edge, which the neighbours' median must reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """How the neighbours of a peak do; NaN where there is nothing to tell it from.

    `positive_share` of the neighbours have an edge above zero, `median_edge` is their median and `median_of_peak` that
    ÷ the peak's, NaN where the peak itself earns nothing. `passed` is None without a peak or a neighbour.
    """

    positive_share: float
    median_edge: float
    median_of_peak: float
    passed: bool | None


def plateau(peak_edge: float, neighbour_edges: npt.ArrayLike) -> Plateau:
    """Whether 70 % of the neighbours earn something and their median at least half of what the peak does.

    Edges are in R a trade. A neighbour without an edge (NaN, no trades) counts as one that earns nothing. A peak that
    earns nothing is no plateau.
    """
    edges = np.asarray(neighbour_edges, np.float64)
    edges = np.where(np.isnan(edges), 0.0, edges)
    if len(edges) == 0 or np.isnan(peak_edge):
        nan = float("nan")
        return Plateau(positive_share=nan, median_edge=nan, median_of_peak=nan, passed=None)
    positive, median = float((edges > 0).mean()), float(np.median(edges))
    ratio = median / peak_edge if peak_edge > 0 else float("nan")
    return Plateau(
        positive_share=positive,
        median_edge=median,
        median_of_peak=ratio,
        passed=positive >= POSITIVE_MIN and ratio >= MEDIAN_MIN,
    )
