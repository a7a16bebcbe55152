"""Composites of the brushed stars in bins of a label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.composites import COMPOSITE_LIMIT, draw_lots
from slamcore.composite import Composite, composite, equal_bins
from slamcore.selection import Cuts

__all__ = ["MOST_BINS", "BinOfStars", "binned_composites"]

MOST_BINS = 6
"""More lines could not be told apart."""


@dataclass(frozen=True, eq=False)
class BinOfStars:
    """The composite of the stars of one bin.

    Attributes
    ----------
    low, high : float
        Lowest and highest value among its stars.
    n : int
        Its stars with a spectrum.
    composite : Composite
        Of these, or of some drawn by lot.
    """

    low: float
    high: float
    n: int
    composite: Composite


def binned_composites(
    catalog: Catalog, cuts: Cuts, brush: Brush | None, column: str, n_bins: int
) -> tuple[BinOfStars, ...]:
    """Composites of the brushed stars, in bins of equally many.

    Parameters
    ----------
    catalog : Catalog
    cuts : Cuts
    brush : Brush or None
    column : str
        Of the stars.
    n_bins : int

    Returns
    -------
    tuple of BinOfStars
        By rising value; fewer than asked for where there are fewer stars.
    """
    rows = catalog.rows(cuts, brush)
    rows = rows[catalog.has_spectrum[rows]]
    values = catalog.stars[column].to_numpy(dtype=float)[rows]
    keys = catalog.stars["spectrum_pk"].to_numpy()
    limit = max(COMPOSITE_LIMIT // n_bins, 1)
    found = []
    for places in equal_bins(values, n_bins):
        block = catalog.survey.spectra(draw_lots(np.sort(rows[places]), keys, limit))
        found.append(
            BinOfStars(
                low=float(values[places[0]]),
                high=float(values[places[-1]]),
                n=int(places.size),
                composite=composite(block, available=int(places.size)),
            )
        )
    return tuple(found)
