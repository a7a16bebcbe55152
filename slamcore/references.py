"""What others say of the survey's stars: literature catalogues and relations, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np
import pandas as pd

from slamcore.columns import LABELS
from slamcore.literature import CATALOGUES, LiteratureCatalogue
from slamcore.literature.from_photometry import columns_from_photometry
from slamcore.literature.match import match_literature
from slamcore.pairs import PairMembers, match_pairs
from slamcore.star_table import StarTable
from slamcore.survey import Survey
from slamcore.training_set import match_training_set

__all__ = ["RELATION", "KnownStars", "Matched", "References"]

RELATION = "mann"
"""Name of the reference that photometric relations give: Mann (2015) Teff and radius, Mann
(2019) mass and log g."""

_MODEL, _CATALOGUE = "model", "catalogue"
_KEYS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")
_OWN = ("observed", "simulated")

_TITLE = "Mann et al. (2015, 2019), from photometry"
_PHOTOMETRY = (("bp_mag", "rp_mag", "j_mag", "h_mag"), ("k_mag", "plx"))


@dataclass(frozen=True, eq=False)
class Matched:
    """Stars that a catalogue has.

    Attributes
    ----------
    rows : ndarray of int (n,)
        Rows of the survey's stars, rising.
    table : StarTable (n rows)
        The catalogue's rows of these stars.
    """

    rows: np.ndarray
    table: StarTable


@dataclass(frozen=True, eq=False)
class KnownStars:
    """Stars that have reference labels.

    Attributes
    ----------
    rows : ndarray of int (n,)
        Rows of the survey's stars.
    labels : dict of str to ndarray (n,)
        ``reference_<label>`` and ``e_reference_<label>``, K or dex, NaN where not known.
    """

    rows: np.ndarray
    labels: dict[str, np.ndarray]


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
        self.matched = lru_cache(maxsize=None)(self._matched)

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
        """Whether ``table`` knows a name: a reference, ``model`` or ``catalogue``."""
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

    @cached_property
    def pair_members(self) -> PairMembers | None:
        """The survey's wide binaries with what is known of their stars; None without any."""
        survey = self._survey
        if survey.pairs is None:
            return None
        return match_pairs(survey.pairs, survey.stars, survey.primaries)

    @cached_property
    def training(self) -> KnownStars | None:
        """The stars that have reference labels, whatever the cuts.

        None where the survey has no references, or none of a star with a spectrum of its own.

        Raises
        ------
        ValueError
            If the references have no key of the stars, or one that repeats or is no integer.
        """
        stars, reference = self._survey.stars, self._survey.reference
        if reference is None:
            return None
        names = [name for name in LABELS if name in reference]
        reference = reference[np.isfinite(reference[names].to_numpy(float)).any(axis=1)]
        if not _has_match(stars, reference):
            return None
        # The place in the table is the label asked for: no other has to be known.
        places = reference.assign(place=np.arange(len(reference)))
        members = match_training_set(stars, places, ["place"])
        found = reference.iloc[members.labels[:, 0].astype(int)]
        columns = {}
        for name in names:
            columns[f"reference_{name}"] = found[name].to_numpy(float)
            error = found.get(f"e_{name}", pd.Series(np.nan, found.index)).to_numpy(float)
            columns[f"e_reference_{name}"] = np.where(error > 0, error, np.nan)
        return KnownStars(members.rows, columns)

    def _matched(self, name: str) -> Matched:
        """The stars that a literature catalogue has, and its rows of them.

        Parameters
        ----------
        name : str
            Of a catalogue that the survey has.

        Raises
        ------
        KeyError
            If the survey does not have it.
        InputError
            If the file of it cannot be read.
        """
        literature = self._survey.literature[name]
        row = match_literature(self._survey.stars, literature).row
        rows = np.flatnonzero(row >= 0)
        return Matched(rows, literature.take(row[rows]).renumbered())

    def _table(self, name: str) -> StarTable:
        """Labels of a reference for every star of the survey (n_star rows).

        Parameters
        ----------
        name : str
            One of `names`; or ``model`` for the labels of our model, ``catalogue`` for those that
            the star table came with.

        Returns
        -------
        StarTable (n_star rows)
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
            return StarTable(columns_from_photometry(stars), stars.index)
        if name == _CATALOGUE:
            return stars
        if name == _MODEL and self._survey.labels is not None:
            return self._survey.labels
        found = self.matched(name)
        columns = {column: partial(_spread, found, column, stars.index) for column in found.table}
        return StarTable(columns, stars.index)


def _spread(found: Matched, column: str, index: pd.Index) -> pd.Series:
    """Values of the stars that a catalogue has for all: NaN (False, -1, '') for the others."""
    values = found.table[column]
    kind = values.dtype.kind
    fill = {"b": False, "i": -1, "u": -1, "f": np.nan}.get(kind, "")
    out = np.full(len(index), fill, dtype=values.dtype if kind in "biuf" else object)
    out[found.rows] = values.to_numpy()
    return pd.Series(out, index=index, dtype=values.dtype)


def _has_match(stars: StarTable, reference: pd.DataFrame) -> bool:
    """Whether a star with a spectrum of its own has a reference, by the key that counts.

    True also without a key: what is wrong with such a table is told where it is matched.
    """
    key = next((name for name in _KEYS if name in reference and name in stars), None)
    if key is None:
        return True
    keys = stars[key][stars["spectrum_origin"].isin(_OWN)]
    return bool(keys[keys > 0].isin(reference[key]).any())


def _catalogue(name: str) -> LiteratureCatalogue | None:
    return next((catalogue for catalogue in CATALOGUES if catalogue.name == name), None)
