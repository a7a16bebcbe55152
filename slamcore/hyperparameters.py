"""Hyper-parameters to choose from, and where in them the choices fell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product

import numpy as np

from slamcore.model import SlamModel

__all__ = ["GRIDS", "Grid", "edge_shares"]


@dataclass(frozen=True)
class Grid:
    """Hyper-parameters to choose from, the same for all pixels.

    Attributes
    ----------
    C, gamma, epsilon : tuple of float
        In standardised units.

    Raises
    ------
    ValueError
        If one has no value, or one that is not positive (epsilon may be 0).
    """

    C: tuple[float, ...]
    gamma: tuple[float, ...]
    epsilon: tuple[float, ...] = (0.05,)

    def __post_init__(self):
        for name, values in asdict(self).items():
            low = 0 if name == "epsilon" else np.nextafter(0, 1)
            if not values or min(values) < low or not np.all(np.isfinite(values)):
                raise ValueError(f"grid: expected positive numbers for {name}, got {values}")

    def candidates(self) -> np.ndarray:
        """Index of gamma, C, epsilon of each point (n, 3); small C, which is fast, first."""
        points = product(sorted(self.C), range(len(self.gamma)), self.epsilon)
        return np.array([(g, c, e) for c, g, e in points])


GRIDS = {
    "quick": Grid(C=(3.0,), gamma=(0.03,)),
    "default": Grid(C=(0.3, 1.0, 3.0, 10.0), gamma=(0.01, 0.03, 0.1)),
}
"""``quick`` is fixed: a sixth of the time, Teff and log g as good on the simulated survey, [Fe/H]
more compressed (slope against the truth 0.45, not 0.57, at SNR > 20). The ``default`` lies lower
in gamma than the grid of astroslam's demo (C and gamma of 0.1, 1, 10), at whose lower edge in
gamma 95 % of pixels end; epsilon is that of the demo."""


def edge_shares(model: SlamModel) -> dict[str, float]:
    """Share of pixels whose best hyper-parameter lies at the edge of the grid searched.

    Parameters
    ----------
    model : SlamModel

    Returns
    -------
    dict of str to float
        Such as ``{"C low": 0.4}``; those above zero, of parameters with more than one value.
    """
    found = {}
    for name, values in model.info["training"]["grid"].items():
        chosen = getattr(model, name)
        if len(values) > 1:
            for side, edge in (("low", min(values)), ("high", max(values))):
                found[f"{name} {side}"] = float(np.mean(chosen == edge))
    return {name: share for name, share in found.items() if share > 0}
