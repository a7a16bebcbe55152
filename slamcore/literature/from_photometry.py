"""Labels that published relations give the stars of a table from their photometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from slamcore.literature.mann2015 import RADIUS, TEFF
from slamcore.literature.mann2019 import LOGG, MASS
from slamcore.literature.relation import Relation
from slamcore.photometry import absolute_magnitude

__all__ = ["PHOTOMETRIC", "labels_from_photometry"]

PHOTOMETRIC: tuple[Relation, ...] = (TEFF, RADIUS, MASS, LOGG)
"""The relations behind the rows Mann of Qiu (2025), Table 2: one for each label."""


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
        out of range. Where an input is missing, value and flag are NaN and False.

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
    return pd.DataFrame(out, index=stars.index)


def _inputs(stars: pd.DataFrame) -> dict[str, np.ndarray]:
    """What relations take, NaN where the table has no such column."""
    columns = ("bp_mag", "rp_mag", "j_mag", "h_mag", "k_mag", "plx")
    unknown = np.full(len(stars), np.nan)
    bp, rp, j, h, k, plx = (
        stars[name].to_numpy(dtype=float) if name in stars else unknown for name in columns
    )
    return {"bp_rp": bp - rp, "j_h": j - h, "abs_k_mag": absolute_magnitude(k, plx)}
