"""What makes a pair FGK+M, M+M or FGK+FGK (Qiu (2025), section 2.3 and appendix)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from slamcore.selection import Criterion, Cuts

__all__ = ["E_FE_H_MAX", "KINDS", "R_CHANCE_MAX", "kind_conditions", "pair_criteria"]

KINDS = ("FGK+M", "M+M", "FGK+FGK")
"""A pair that could be of several kinds is of the first."""

E_FE_H_MAX = 0.2
"""dex; limit of the error of LAMOST's [Fe/H] (Qiu (2025), section 2.3, criterion 1)."""

R_CHANCE_MAX = 0.1
"""Limit of the chance alignment of El-Badry et al. (2021) (Qiu (2025), section 2.3)."""

_E_FE_H = Criterion(
    "e_fe_h_max", f"σ([Fe/H]) < {E_FE_H_MAX:g}", ("e_fe_h",), lambda e: e < E_FE_H_MAX
)
_CHANCE = Criterion(
    "r_chance_max",
    f"R_chance_align < {R_CHANCE_MAX:g}",
    ("r_chance_align",),
    lambda r: r < R_CHANCE_MAX,
)

_NOT_OF_PAIRS = ("boss_m", "snr_min", "teff", "logg", "fe_h", "where")
"""Cuts on what the spectrum and the labels of a star are, and filters, which may be."""


def kind_conditions(frame: pd.DataFrame, kind: str) -> tuple[tuple[str, str, np.ndarray], ...]:
    """What the stars of a kind are.

    Parameters
    ----------
    frame : DataFrame (n_pair rows)
        As `slamcore.pairs.PairMembers` has it.
    kind : str
        One of `KINDS`.

    Returns
    -------
    tuple of (str, str, ndarray of bool (n_pair,))
        Key, text and mask of each condition.
    """
    labelled_1, labelled_2 = (frame[f"fe_h_{side}"].notna().to_numpy() for side in "12")
    ours_1, ours_2 = ((frame[f"spectrum_pk_{side}"] > 0).to_numpy() for side in "12")
    if kind == "FGK+M":
        return (
            ("fgk", "one star has [Fe/H] of LAMOST", labelled_1 | labelled_2),
            ("m", "the other is in the survey", labelled_1 & ours_2),
        )
    if kind == "M+M":
        return (("m", "both stars are in the survey", ours_1 & ours_2),)
    return (("fgk", "both stars have [Fe/H] of LAMOST", labelled_1 & labelled_2),)


def pair_criteria(kind: str, cuts: Cuts) -> tuple[Criterion, ...]:
    """What the pairs of a kind must pass, in the order of the paper.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    cuts : Cuts
        Of M dwarfs.

    Returns
    -------
    tuple of Criterion
        Their columns have the endings ``_1`` and ``_2``.
    """
    shared = replace(cuts, **dict.fromkeys(_NOT_OF_PAIRS))
    m_dwarf = shared.criteria()
    ruwe = tuple(criterion for criterion in m_dwarf if criterion.key == "ruwe_max")
    if kind == "FGK+M":
        return (*_of("2", *m_dwarf), *_of("1", _E_FE_H), _CHANCE, *_of("1", *ruwe))
    if kind == "M+M":
        return (*_of("1", *m_dwarf), *_of("2", *m_dwarf), _CHANCE)
    errors = (*_of("1", _E_FE_H), *_of("2", _E_FE_H))
    return (*errors, _CHANCE, *_of("1", *ruwe), *_of("2", *ruwe))


def _of(side: str, *criteria: Criterion) -> Iterator[Criterion]:
    """Criteria for one star of the pair."""
    for criterion in criteria:
        columns = tuple(f"{name}_{side}" for name in criterion.columns)
        text = f"star {side}: {criterion.text}"
        yield Criterion(f"{criterion.key}_{side}", text, columns, criterion.test)
