"""The stars under test: a survey, the labels chosen, the cuts; what follows is derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from slamcore.label_sources import label_sources
from slamcore.pairs import Pairs, pairs_within
from slamcore.references import References
from slamcore.selection import PAPER, Cuts, Selection, select
from slamcore.star_table import StarTable
from slamcore.survey import Survey

__all__ = ["Common", "Sample"]


@dataclass(frozen=True, eq=False)
class Common:
    """Stars that pass the cuts and that a reference has.

    Attributes
    ----------
    rows : ndarray of int (n,)
        Rows of the survey's stars, rising.
    stars, reference : StarTable (n rows)
        What the survey and what the reference say of them.
    """

    rows: np.ndarray
    stars: StarTable
    reference: StarTable


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

    def common(self, name: str) -> Common:
        """The stars that pass the cuts and that a reference has.

        Parameters
        ----------
        name : str
            One of ``references.names``, not that of a relation.

        Raises
        ------
        KeyError
            If the survey does not have that reference.
        """
        matched = self.references.matched(name)
        selected = np.flatnonzero(self.selection.mask[matched.rows])
        rows = matched.rows[selected]
        return Common(rows, self.survey.stars.take(rows), matched.table.take(selected))

    @cached_property
    def pairs(self) -> Pairs | None:
        """Wide binaries whose M dwarfs pass the cuts; None where the survey has no pairs."""
        members = self.references.pair_members
        return None if members is None else pairs_within(members, self.cuts)

    @cached_property
    def known(self) -> StarTable | None:
        """Stars with reference labels that pass the cuts: training and test set.

        Returns
        -------
        StarTable (n_reference rows) or None
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
        members = self.references.training
        if members is None:
            return None
        selected = np.flatnonzero(self.selection.mask[members.rows])
        stars = self.survey.stars.take(members.rows[selected]).renumbered()
        columns = {name: values[selected] for name, values in members.labels.items()}
        if "in_training" not in stars:
            columns["in_training"] = np.zeros(len(stars), dtype=bool)
        return stars.assign(**columns)
