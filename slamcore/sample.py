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
from slamcore.survey import Survey
from slamcore.training_set import match_training_set

__all__ = ["Sample"]


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
    def stars(self) -> pd.DataFrame:
        """The stars that pass the cuts (n_selected rows)."""
        return self.survey.stars.iloc[self.rows]

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
            ``e_reference_<label>`` (K, dex), and ``in_training``, whether the model of these
            labels has learned from the spectrum. None where the survey has no references.
        """
        reference = self.survey.reference
        if reference is None:
            return None
        names = [name for name in LABELS if name in reference]
        members = match_training_set(self.survey.stars, reference, names)
        selected = self.selection.mask[members.rows]
        stars = self.survey.stars.iloc[members.rows[selected]].reset_index(drop=True)
        columns = {}
        for k, name in enumerate(members.label_names):
            columns[f"reference_{name}"] = members.labels[selected, k]
            columns[f"e_reference_{name}"] = members.errors[selected, k]
        if "in_training" not in stars:
            columns["in_training"] = np.zeros(len(stars), dtype=bool)
        return stars.assign(**columns)
