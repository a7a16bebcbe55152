"""What a brush may be drawn against: columns of the stars, of references, and differences.

``teff`` is a column of the stars, ``birky2020.teff`` that of a reference of the same stars, and
``teff - birky2020.teff`` their difference.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.style import MINUS
from slamcore.columns import BY_NAME, axis_label, shown_unit
from slamcore.references import RELATION, References

__all__ = ["difference", "of_reference", "title", "values"]


def of_reference(name: str, column: str) -> str:
    """The name of a column of a reference."""
    return f"{name}.{column}"


def difference(first: str, second: str) -> str:
    """The name of the difference of two columns."""
    return f"{first}{MINUS}{second}"


def title(name: str) -> str:
    """A column with its unit, that of a reference with the reference: ``M by mann [Msun]``."""
    reference, _, column = name.rpartition(".")
    if column not in BY_NAME or not reference:
        return axis_label(name)
    whose = "Mann" if reference == RELATION else reference
    return f"{BY_NAME[column].label} by {whose} [{shown_unit(column)}]"


def values(stars: pd.DataFrame, references: References, name: str) -> np.ndarray:
    """What a name of a plane stands for, star by star.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    references : References
        Of the same stars.
    name : str

    Returns
    -------
    ndarray (n_star,)
        NaN throughout where the survey has no such column, or none of numbers: a link may come
        from another survey.
    """
    if MINUS in name:
        first, second = name.split(MINUS, 1)
        return values(stars, references, first) - values(stars, references, second)
    table, column = stars, name
    reference, _, theirs = name.partition(".")
    if name not in stars and references.has(reference):
        table, column = references.table(reference), theirs
    if column not in table or not pd.api.types.is_numeric_dtype(table[column]):
        return np.full(len(stars), np.nan)
    return table[column].to_numpy(dtype=float, na_value=np.nan)
