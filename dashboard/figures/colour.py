"""What stars are coloured by: their density, a column, or the difference of two sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.style import colour_map, colour_range

__all__ = ["DENSITY", "Colour"]

_DIGITS = {"teff": "0", "snr": "0.0"}


@dataclass(frozen=True, eq=False)
class Colour:
    """Values behind a colour, and how they are told.

    Attributes
    ----------
    name : str
        As `dashboard.planes.values` knows it, or ``density``.
    values : ndarray (n_star,) or None
        None for density.
    title : str
        Beside the colour bar.
    """

    name: str
    values: np.ndarray | None
    title: str

    @property
    def is_density(self) -> bool:
        """Whether stars are counted, not averaged."""
        return self.values is None

    @property
    def digits(self) -> str:
        """Format of a value when hovering."""
        return _DIGITS.get(self.name.split(" ")[0], "0.00")

    def colours(self, dark: bool) -> list[str]:
        """The colour map, from low to high."""
        return colour_map(self.name, dark)

    def limits(self, rows: np.ndarray) -> tuple[float, float]:
        """Values at the ends of the map, for the stars in ``rows`` (n,)."""
        return (0.0, 1.0) if self.values is None else colour_range(self.name, self.values[rows])


DENSITY = Colour("density", None, "stars per cell")
