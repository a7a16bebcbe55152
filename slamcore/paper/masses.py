"""Masses, radii and gravities by the relations of Mann et al. (2015, 2019), and by others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.compare import Comparison, compare
from slamcore.literature.mann2019 import surface_gravity
from slamcore.references import RELATION
from slamcore.sample import Sample

__all__ = [
    "QUANTITIES",
    "STAR_TABLE",
    "BesideMann",
    "Counted",
    "beside_mann",
    "counted",
    "sources",
]

QUANTITIES = ("mass", "radius", "logg")

STAR_TABLE = "catalogue"
"""Key of the masses and radii that the star table came with, among the references."""

_RESAMPLES = 100
_PER_CENT = 100.0


@dataclass(frozen=True)
class Counted:
    """What becomes of the selected stars in a relation.

    Attributes
    ----------
    known : int
        Inside its range.
    outside : int
        With inputs that lie outside it.
    lacking : int
        Without an input.
    """

    known: int
    outside: int
    lacking: int


@dataclass(frozen=True, eq=False)
class BesideMann:
    """One quantity of a source beside the relation's, of the selected stars that have both.

    Attributes
    ----------
    quantity : str
        One of ``QUANTITIES``.
    values, mann : ndarray (n,)
        Msun, Rsun or dex.
    rows : ndarray of int (n,)
        Rows of the survey's stars.
    found : Comparison
        Values minus the relation's.
    ratio : Comparison or None
        Values over the relation's, minus 1, in per cent; None for log g, a logarithm already.
    """

    quantity: str
    values: np.ndarray
    mann: np.ndarray
    rows: np.ndarray
    found: Comparison
    ratio: Comparison | None


def counted(sample: Sample, quantity: str) -> Counted:
    """How many of the selected stars a relation gives a quantity.

    Parameters
    ----------
    sample : Sample
    quantity : str

    Returns
    -------
    Counted
        Adds up to the selected stars.
    """
    table = sample.references.table(RELATION)
    value = table[quantity].to_numpy()[sample.rows]
    flag = table[f"flag_{quantity}"].to_numpy()[sample.rows]
    known, outside = int(np.isfinite(value).sum()), int(flag.sum())
    return Counted(known, outside, len(value) - known - outside)


def sources(sample: Sample) -> dict[str, str]:
    """Who else gives masses and radii: key and name, the star table first."""
    references = sample.references
    keys = [STAR_TABLE, *(name for name in references.names if name != RELATION)]
    having = [key for key in keys if _has_both(references.table(key))]
    return {
        key: "the star table" if key == STAR_TABLE else references.title(key) for key in having
    }


def beside_mann(sample: Sample, source: str) -> dict[str, BesideMann]:
    """What a source gives the selected stars beside what the relations do.

    Parameters
    ----------
    sample : Sample
    source : str
        One of `sources`.

    Returns
    -------
    dict of str to BesideMann
        By quantity, those of at least one star. log g follows from the source's own mass and
        radius, as the relation's does (Qiu (2025), Eq. 9): one that is tabulated may be coarse.

    Raises
    ------
    KeyError
        If there is no such source.
    """
    table = sample.references.table(source)
    mass, radius = (_positive(table[name]) for name in ("mass", "radius"))
    own = {"mass": mass, "radius": radius, "logg": surface_gravity(mass, radius)}
    relation, found = sample.references.table(RELATION), {}
    for quantity in QUANTITIES:
        values, mann = (
            array[sample.rows] for array in (own[quantity], relation[quantity].to_numpy())
        )
        both = np.isfinite(values) & np.isfinite(mann)
        if both.any():
            values, mann = values[both], mann[both]
            ratio = None
            if quantity != "logg":
                per_cent = _PER_CENT * (values / mann - 1)
                # Per cent plus nothing beside nothing: only the differences count.
                ratio = compare(per_cent, np.zeros(len(per_cent)), _RESAMPLES)
            difference = compare(values, mann, _RESAMPLES)
            found[quantity] = BesideMann(
                quantity, values, mann, sample.rows[both], difference, ratio
            )
    return found


def _has_both(table: pd.DataFrame) -> bool:
    return all(name in table and table[name].notna().any() for name in ("mass", "radius"))


def _positive(values: pd.Series) -> np.ndarray:
    """As numbers (n_star,), NaN where there is none: no star has a mass of 0."""
    array = values.to_numpy(dtype=float, na_value=np.nan)
    return np.where(array > 0, array, np.nan)
