"""Labels that published relations give the stars of a table from their photometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.literature.mann2015 import RADIUS, TEFF
from slamcore.literature.mann2019 import LOGG, MASS
from slamcore.literature.relation import Relation
from slamcore.photometry import absolute_magnitude

__all__ = ["NEEDS", "PHOTOMETRIC", "labels_from_photometry", "why_not"]

PHOTOMETRIC: tuple[Relation, ...] = (TEFF, RADIUS, MASS, LOGG)
"""The relations behind the rows Mann of Qiu (2025), Table 2: one for each label."""

NEEDS: dict[str, tuple[str, str]] = {
    "bp_rp": ("bp_mag", "rp_mag"),
    "j_h": ("j_mag", "h_mag"),
    "abs_k_mag": ("k_mag", "plx"),
}
"""Columns of the stars behind each input of the relations."""


def labels_from_photometry(
    stars: pd.DataFrame, relations: Sequence[Relation] = PHOTOMETRIC
) -> pd.DataFrame:
    """Evaluate relations on a star table, each inside its range only.

    Magnitudes are taken as observed, without a correction for extinction, as in Qiu (2025),
    appendix.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Of ``bp_mag``, ``rp_mag``, ``j_mag``, ``h_mag``, ``k_mag`` (mag) and ``plx`` (mas) those
        that there are.
    relations : sequence of Relation
        At most one for each quantity.

    Returns
    -------
    DataFrame (n_star rows)
        With the table's index. For each relation its quantity, such as ``teff``, in the
        relation's unit, NaN outside its range; ``e_teff``, the relation's own scatter, without
        the errors of the photometry; and ``flag_teff``, True where the inputs are known and
        out of range. Where an input is missing, value and flag are NaN and False. Last
        ``abs_k_mag`` (mag), what masses and radii rest on.

    Raises
    ------
    ValueError
        If two relations give the same quantity.
    """
    given = [relation.what for relation in relations]
    if len(set(given)) < len(given):
        raise ValueError(f"expected one relation for each quantity, got {given}")
    inputs = _inputs(stars)
    out: dict[str, np.ndarray] = {}
    for relation in relations:
        x = [inputs[name] for name in relation.x]
        value = relation(*x)
        scatter = relation.scatter * (value if relation.is_relative else 1.0)
        known = np.isfinite(x).all(axis=0)
        out[relation.what] = value
        out[f"e_{relation.what}"] = np.where(np.isfinite(value), scatter, np.nan)
        out[f"flag_{relation.what}"] = known & ~relation.inside(*x)
    return pd.DataFrame({**out, "abs_k_mag": inputs["abs_k_mag"]}, index=stars.index)


def why_not(star: pd.DataFrame, relation: Relation) -> str:
    """Why a relation gives a star no value.

    Parameters
    ----------
    star : DataFrame (1 rows)
        As for `labels_from_photometry`.
    relation : Relation

    Returns
    -------
    str
        What is missing or out of range, parted by commas; empty where there is a value.
    """
    inputs, told = _inputs(star), []
    for name, (low, high) in zip(relation.x, relation.valid, strict=True):
        value, symbol = float(inputs[name][0]), BY_NAME[name].label
        if not np.isfinite(value):
            told.append(f"no {symbol}: it takes {' and '.join(NEEDS[name])}")
        elif not low <= value <= high:
            told.append(f"{symbol} {value:.2f} is outside {low:g} to {high:g} mag")
    return ", ".join(told)


def _inputs(stars: pd.DataFrame) -> dict[str, np.ndarray]:
    """What relations take, NaN where the table has no such column."""
    columns = [column for pair in NEEDS.values() for column in pair]
    unknown = np.full(len(stars), np.nan)
    bp, rp, j, h, k, plx = (
        stars[name].to_numpy(dtype=float) if name in stars else unknown for name in columns
    )
    return {"bp_rp": bp - rp, "j_h": j - h, "abs_k_mag": absolute_magnitude(k, plx)}
