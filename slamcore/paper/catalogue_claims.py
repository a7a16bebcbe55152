"""Claims about published catalogues: that every column says something and can be meant."""

from __future__ import annotations

import pandas as pd

from slamcore.checks import Check
from slamcore.columns import BY_NAME, Column

__all__ = ["filled"]

_LIMITS = {
    "Teff": BY_NAME["teff"].physical,
    "logg": BY_NAME["logg"].physical,
    "FeH": BY_NAME["fe_h"].physical,
    "alphaM": BY_NAME["alpha_fe"].physical,
}


def filled(
    table: pd.DataFrame, columns: tuple[Column, ...], source: str
) -> tuple[Check, Check, Check]:
    """That every column has values, that no error is negative, and that labels are possible.

    Parameters
    ----------
    table : DataFrame (n_row rows)
    columns : tuple of Column
        That must be there.
    source : str

    Returns
    -------
    (Check, Check, Check)
    """
    names = [column.name for column in columns]
    have = sum(name in table and bool(table[name].notna().any()) for name in names)
    errors = [name for name in names if name.startswith("e") and name in table]
    bad = sum(int((table[name] < 0).sum()) for name in errors)
    odd = sum(
        int(((table[name] < low) | (table[name] > high)).sum())
        for name, (low, high) in _LIMITS.items()
        if name in table
    )
    n = len(table)
    return (
        Check("columns with values", float(have), len(names), 0, source, n=n),
        Check("negative errors", float(bad), 0, 0, "a standard deviation", n=n),
        Check("labels that no star can have", float(odd), 0, 0, "slamcore.columns", n=n),
    )
