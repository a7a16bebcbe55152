"""What the Training tab shows: a model, one of its pixels, and where the labels are held."""

from __future__ import annotations

import numpy as np
import param

from dashboard.catalog import Catalog
from dashboard.models import ModelView
from slamcore.diagnostics.response import nearest_pixel

__all__ = ["TrainingRoom"]

_FIRST_PIXEL = 7055.0
"""Angstrom: the head of a TiO band, which tells Teff."""

_MEDIAN, _STAR = "the median of the training set", "the opened star"


class TrainingRoom(param.Parameterized):
    """Choices of the tab; kept for the session only.

    Parameters
    ----------
    catalog : Catalog
    """

    model = param.ClassSelector(class_=ModelView, allow_None=True, doc="Under the lens")
    wavelength = param.Number(default=_FIRST_PIXEL, doc="Of the pixel chosen, Angstrom")
    held = param.Selector(default=_MEDIAN, objects=[_MEDIAN, _STAR])

    def __init__(self, catalog: Catalog, **choices):
        super().__init__(**choices)
        self.catalog = catalog

    @property
    def pixel(self) -> int:
        """The pixel of the model that was chosen."""
        return nearest_pixel(self.model.model, self.wavelength)

    @property
    def marks(self) -> tuple[str, ...]:
        """What every figure has to say: a model of a simulated survey is of its stars."""
        return ("SIMULATED",) if self.catalog.simulated else ()

    def held_at(self, star: int | None) -> tuple[np.ndarray, str]:
        """Labels at which responses are held.

        Parameters
        ----------
        star : int or None
            Key of the opened star.

        Returns
        -------
        labels : ndarray (n_label,)
        whose : str
        """
        middle = self.model.middle
        if self.held == _MEDIAN:
            return middle, _MEDIAN
        found = self.model.labels_of(self.catalog.row_of(star))
        if found is None:
            return middle, f"{_MEDIAN}: no opened star with all labels"
        return found, _STAR
