"""The stars under test: a survey, the labels chosen, the cuts; what follows is derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from slamcore.columns import LABELS
from slamcore.label_sources import label_sources
from slamcore.pairs import Pairs, find_pairs
from slamcore.references import References
from slamcore.selection import PAPER, Cuts, Selection, select
from slamcore.star_table import StarTable
from slamcore.survey import Survey
from slamcore.training_set import match_training_set

__all__ = ["Sample"]

_KEYS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")
_OWN = ("observed", "simulated")


@dataclass(frozen=True, eq=False)
class Sample:
    """One question to a survey. Nothing in it changes; everything else is derived once.

    Attributes
    ----------
    survey : Survey
        With the labels of one source among its stars (`slamcore.label_sources.relabel`).
    source : str
        Where those labels come from: a key of `slamcore.label_sources.label_sources`.
    cuts : Cuts
    references : References
        Of the same survey.
    """

    survey: Survey
    source: str
    cuts: Cuts
    references: References

    @property
    def source_name(self) -> str:
        """Where the labels come from, in words."""
        return label_sources(self.survey, self.references)[self.source]

    @property
    def is_simulated(self) -> bool:
        """Whether stars or labels are made up."""
        ours = self.source == "model" and bool(self.survey.label_info.get("simulated"))
        return self.survey.info.simulated or ours

    @property
    def has_paper_cuts(self) -> bool:
        """Whether the cuts are those of the paper."""
        return self.cuts == PAPER

    @cached_property
    def selection(self) -> Selection:
        """Mask (n_star,) and funnel of the cuts."""
        return select(self.survey.stars, self.cuts)

    @cached_property
    def rows(self) -> np.ndarray:
        """Rows (n_selected,) of the stars that pass the cuts."""
        return np.flatnonzero(self.selection.mask)

    @cached_property
    def stars(self) -> StarTable:
        """The stars that pass the cuts (n_selected rows)."""
        return self.survey.stars.take(self.rows)

    def reference(self, name: str) -> pd.DataFrame:
        """Reference labels of the stars that pass the cuts (n_selected rows).

        Parameters
        ----------
        name : str
            One of ``references.names``.

        Raises
        ------
        KeyError
            If the survey does not have that reference.
        """
        return self.references.table(name).iloc[self.rows]

    @cached_property
    def pairs(self) -> Pairs | None:
        """Wide binaries whose M dwarfs pass the cuts; None where the survey has no pairs."""
        survey = self.survey
        if survey.pairs is None:
            return None
        return find_pairs(survey.pairs, survey.stars, survey.primaries, self.cuts)

    @cached_property
    def known(self) -> pd.DataFrame | None:
        """Stars with reference labels that pass the cuts: training and test set.

        Returns
        -------
        DataFrame (n_reference rows) or None
            Columns of the stars under their names, the references as ``reference_<label>`` and
            ``e_reference_<label>`` (K, dex; NaN where a star has no reference of that label),
            and ``in_training``, whether the model of these labels has learned from the
            spectrum. None where the survey has no references, or none of a star with a
            spectrum of its own.

        Raises
        ------
        ValueError
            If the references have no key of the stars, or one that repeats or is no integer.
        """
        stars, reference = self.survey.stars, self.survey.reference
        if reference is None:
            return None
        names = [name for name in LABELS if name in reference]
        reference = reference[np.isfinite(reference[names].to_numpy(float)).any(axis=1)]
        if not _has_match(stars, reference):
            return None
        # The place in the table is the label asked for: no other has to be known.
        places = reference.assign(place=np.arange(len(reference)))
        members = match_training_set(stars, places, ["place"])
        selected = self.selection.mask[members.rows]
        found = reference.iloc[members.labels[selected, 0].astype(int)]
        stars = stars.take(members.rows[selected]).frame().reset_index(drop=True)
        columns = {}
        for name in names:
            columns[f"reference_{name}"] = found[name].to_numpy(float)
            error = found.get(f"e_{name}", pd.Series(np.nan, found.index)).to_numpy(float)
            columns[f"e_reference_{name}"] = np.where(error > 0, error, np.nan)
        if "in_training" not in stars:
            columns["in_training"] = np.zeros(len(stars), dtype=bool)
        return stars.assign(**columns)


def _has_match(stars: StarTable, reference: pd.DataFrame) -> bool:
    """Whether a star with a spectrum of its own has a reference, by the key that counts.

    True also without a key: what is wrong with such a table is told where it is matched.
    """
    key = next((name for name in _KEYS if name in reference and name in stars), None)
    if key is None:
        return True
    keys = stars[key][stars["spectrum_origin"].isin(_OWN)]
    return bool(keys[keys > 0].isin(reference[key]).any())
