"""What others say of the survey's stars: literature catalogues and relations, row by row."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from slamcore.literature import CATALOGUES, LiteratureCatalogue
from slamcore.literature.from_photometry import labels_from_photometry
from slamcore.literature.match import match_literature
from slamcore.survey import Survey

__all__ = ["RELATION", "References"]

RELATION = "mann"
"""Name of the reference that photometric relations give: Mann (2015) Teff and radius, Mann
(2019) mass and log g."""

_MODEL, _CATALOGUE = "model", "catalogue"

_TITLE = "Mann et al. (2015, 2019), from photometry"
_PHOTOMETRY = (("bp_mag", "rp_mag", "j_mag", "h_mag"), ("k_mag", "plx"))


class References:
    """Reference labels of a survey's stars, matched when first asked for and remembered.

    Whatever labels are under test, the references are the same: one object serves all sources
    and all cuts.

    Parameters
    ----------
    survey : Survey
    """

    def __init__(self, survey: Survey):
        self._survey = survey
        self.table = lru_cache(maxsize=None)(self._table)

    @property
    def names(self) -> tuple[str, ...]:
        """References that the survey has: registered catalogues first, relations last."""
        held = self._survey.literature
        known = [catalogue.name for catalogue in CATALOGUES if catalogue.name in held]
        others = [name for name in held if name not in known]
        columns = set(self._survey.stars)
        relation = [RELATION] if any(columns.issuperset(some) for some in _PHOTOMETRY) else []
        return (*known, *others, *relation)

    def has(self, name: str) -> bool:
        """Whether `table` knows a name: a reference, ``model`` or ``catalogue``."""
        ours = name == _MODEL and self._survey.labels is not None
        return ours or name in (*self.names, _CATALOGUE)

    def title(self, name: str) -> str:
        """A reference as the field cites it."""
        if name == RELATION:
            return _TITLE
        found = _catalogue(name)
        return found.title if found else name

    def notes(self, name: str) -> tuple[str, ...]:
        """What a reader must know before comparing with a reference."""
        found = _catalogue(name)
        return found.notes if found else ()

    def _table(self, name: str) -> pd.DataFrame:
        """Labels of a reference for every star of the survey (n_star rows).

        Parameters
        ----------
        name : str
            One of `names`; or ``model`` for the labels of our model, ``catalogue`` for those that
            the star table came with.

        Returns
        -------
        DataFrame (n_star rows)
            With the index of the stars: its labels, ``e_<label>`` and ``flag_<label>``, and
            other columns of the catalogue; NaN (False, -1, '') for a star it does not have.

        Raises
        ------
        KeyError
            If the survey does not have that reference.
        InputError
            If the file of it cannot be read.
        """
        stars = self._survey.stars
        if name == RELATION:
            return labels_from_photometry(stars)
        if name == _CATALOGUE:
            return stars
        if name == _MODEL and self._survey.labels is not None:
            return self._survey.labels
        literature = self._survey.literature[name]
        return match_literature(stars, literature).take(literature).set_axis(stars.index)


def _catalogue(name: str) -> LiteratureCatalogue | None:
    return next((catalogue for catalogue in CATALOGUES if catalogue.name == name), None)
