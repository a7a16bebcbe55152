"""Labels that published relations give the stars of a table from their photometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.literature.mann2015 import RADIUS, TEFF
from slamcore.literature.mann2019 import LOGG, MASS
from slamcore.literature.relation import Relation
from slamcore.photometry import absolute_magnitude
from slamcore.star_table import StarTable

__all__ = ["NEEDS", "PHOTOMETRIC", "columns_from_photometry", "labels_from_photometry", "why_not"]

PHOTOMETRIC: tuple[Relation, ...] = (TEFF, RADIUS, MASS, LOGG)
"""The relations behind the rows Mann of Qiu (2025), Table 2: one for each label."""

NEEDS: dict[str, tuple[str, str]] = {
    "bp_rp": ("bp_mag", "rp_mag"),
    "j_h": ("j_mag", "h_mag"),
    "abs_k_mag": ("k_mag", "plx"),
}
"""Columns of the stars behind each input of the relations."""


def labels_from_photometry(
    stars: StarTable | pd.DataFrame, relations: Sequence[Relation] = PHOTOMETRIC
) -> pd.DataFrame:
    """Evaluate relations on a star table, each inside its range only.

    Magnitudes are taken as observed, without a correction for extinction, as in Qiu (2025),
    appendix.

    Parameters
    ----------
    stars : StarTable or DataFrame (n_star rows)
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
    columns = columns_from_photometry(stars, relations)
    return pd.DataFrame({name: make() for name, make in columns.items()}, index=stars.index)


def columns_from_photometry(
    stars: StarTable | pd.DataFrame, relations: Sequence[Relation] = PHOTOMETRIC
) -> dict[str, Callable[[], pd.Series]]:
    """What makes each column of `labels_from_photometry`: of many stars few are needed.

    Parameters
    ----------
    stars : StarTable or DataFrame (n_star rows)
    relations : sequence of Relation
        At most one for each quantity.

    Returns
    -------
    dict of str to callable
        Each gives a Series (n_star,).

    Raises
    ------
    ValueError
        If two relations give the same quantity.
    """
    given = [relation.what for relation in relations]
    if len(set(given)) < len(given):
        raise ValueError(f"expected one relation for each quantity, got {given}")

    def value(relation: Relation) -> np.ndarray:
        return relation(*(_input(stars, name) for name in relation.x))

    def error(relation: Relation) -> np.ndarray:
        found = value(relation)
        scatter = relation.scatter * (found if relation.is_relative else 1.0)
        return np.where(np.isfinite(found), scatter, np.nan)

    def flag(relation: Relation) -> np.ndarray:
        x = [_input(stars, name) for name in relation.x]
        return np.isfinite(x).all(axis=0) & ~relation.inside(*x)

    def column(make: Callable[..., np.ndarray], *of: object) -> Callable[[], pd.Series]:
        return lambda: pd.Series(make(*of), index=stars.index)

    made = {
        f"{kind}{relation.what}": column(make, relation)
        for relation in relations
        for kind, make in (("", value), ("e_", error), ("flag_", flag))
    }
    return {**made, "abs_k_mag": column(_input, stars, "abs_k_mag")}


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
    told = []
    for name, (low, high) in zip(relation.x, relation.valid, strict=True):
        value, symbol = float(_input(star, name)[0]), BY_NAME[name].label
        if not np.isfinite(value):
            told.append(f"no {symbol}: it takes {' and '.join(NEEDS[name])}")
        elif not low <= value <= high:
            told.append(f"{symbol} {value:.2f} is outside {low:g} to {high:g} mag")
    return ", ".join(told)


def _input(stars: StarTable | pd.DataFrame, name: str) -> np.ndarray:
    """What relations take (n_star,), NaN where the table has no such column."""
    first, second = (
        stars[column].to_numpy(dtype=float) if column in stars else np.full(len(stars), np.nan)
        for column in NEEDS[name]
    )
    return absolute_magnitude(first, second) if name == "abs_k_mag" else first - second
