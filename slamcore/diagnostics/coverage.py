"""Where the training stars lie in each label, and where they are too few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.columns import BY_NAME
from slamcore.constants import USABLE_RANGE
from slamcore.numerals import typeset

__all__ = ["FEWEST", "Coverage", "coverage"]

FEWEST = 20
"""Training stars below which a part of a label's range is not trusted (Qiu (2025), on [Fe/H] below
-0.6 in Fig. 11)."""

_BINS = {
    "teff": (2600.0, 4600.0, 100.0),
    "logg": (4.2, 5.5, 0.05),
    "fe_h": (-1.4, 0.8, 0.1),
    "fe_h_niu": (-1.4, 0.8, 0.1),
    "alpha_fe": (-0.4, 0.6, 0.05),
}
"""Lowest and highest edge, and width: K, dex."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """One label.

    Attributes
    ----------
    label : str
    edges : ndarray (n_bin + 1,)
        K, dex; the same for every sample, wider where stars lie beyond.
    counts : ndarray of int (n_bin,)
        Training stars.
    usable : (float, float) or None
        The validated range (Qiu (2025), Table 1); None for a label without one.
    below, inside, above : int
        Training stars below, in and above it; all inside without one.
    """

    label: str
    edges: np.ndarray
    counts: np.ndarray
    usable: tuple[float, float] | None
    below: int
    inside: int
    above: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each part with fewer stars than `FEWEST`."""
        about = BY_NAME[self.label]
        if self.usable is None:
            return ()
        low, high = (f"{typeset(edge)} {about.unit}".rstrip() for edge in self.usable)
        parts = (
            (f"below {low}", self.below),
            (f"between {low} and {high}", self.inside),
            (f"above {high}", self.above),
        )
        return tuple(
            f"{about.label} {where}: {n} training stars, fewer than {FEWEST}"
            for where, n in parts
            if n < FEWEST
        )


def coverage(label: str, values: np.ndarray) -> Coverage:
    """Count training stars along a label.

    Parameters
    ----------
    label : str
        A column of stars.
    values : array_like (n_train,)
        K, dex; stars without the label, NaN, are left out.

    Returns
    -------
    Coverage
    """
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    low, high, width = _BINS.get(label, (*_extent(values), 0.0))
    width = width or (high - low) / 20
    if values.size:
        low -= width * max(0, int(np.ceil((low - values.min()) / width)))
        high += width * max(0, int(np.ceil((values.max() - high) / width)))
    edges = low + width * np.arange(round((high - low) / width) + 1)
    usable = USABLE_RANGE.get(label)
    start, end = usable or (-np.inf, np.inf)
    below, above = int(np.sum(values < start)), int(np.sum(values > end))
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return Coverage(label, edges, counts, usable, below, values.size - below - above, above)


def _extent(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value, apart from each other."""
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    return low, high if high > low else low + 1
