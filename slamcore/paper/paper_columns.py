"""Columns of the catalogues that Qiu (2025) publishes: its Tables 3 and 4, with their units."""

from __future__ import annotations

import pandas as pd

from slamcore.columns import Column

__all__ = ["TABLE_3", "TABLE_4", "described"]

TABLE_3: tuple[Column, ...] = (
    Column("source_id1", "", "Gaia source ID of the LAMOST FGK primary", "Gaia 1", "id"),
    Column("source_id2", "", "Gaia source ID of the BOSS M dwarf secondary", "Gaia 2", "id"),
    Column("ra1", "deg", "Right ascension of the primary", "RA 1"),
    Column("ra2", "deg", "Right ascension of the secondary", "RA 2"),
    Column("dec1", "deg", "Declination of the primary", "Dec 1"),
    Column("dec2", "deg", "Declination of the secondary", "Dec 2"),
    Column("FeH", "dex", "[Fe/H] of the wide binary from the LAMOST FGK dwarf", "[Fe/H]"),
    Column("FeH_niu", "dex", "[Fe/H] calibrated following Niu et al. (2023)", "[Fe/H] Niu"),
    Column("e_FeH", "dex", "Uncertainty in [Fe/H]", "σ([Fe/H])"),
    Column("Teff", "K", "Effective temperature of the M dwarf from APOGEE Net", "Teff"),
    Column("e_Teff", "K", "Uncertainty in Teff", "σ(Teff)"),
    Column("alphaM", "dex", "[alpha/M] from ASPCAP", "[α/M]"),
    Column("e_alphaM", "dex", "Uncertainty in [alpha/M]", "σ([α/M])"),
    Column("logg", "dex", "Surface gravity from APOGEE Net", "log g"),
    Column("e_logg", "dex", "Uncertainty in log g", "σ(log g)"),
    Column("SNR", "", "Signal-to-noise ratio of the BOSS spectrum", "SNR"),
)
"""Catalogue of FGK+M wide binaries (Qiu (2025), Table 3)."""

TABLE_4: tuple[Column, ...] = (
    Column("Teff", "K", "Effective temperature from SLAM", "Teff"),
    Column("e_Teff", "K", "Uncertainty in Teff from SLAM", "σ(Teff)"),
    Column("logg", "dex", "Surface gravity from SLAM", "log g"),
    Column("e_logg", "dex", "Uncertainty in log g from SLAM", "σ(log g)"),
    Column("alphaM", "dex", "[alpha/M] from SLAM", "[α/M]"),
    Column("e_alphaM", "dex", "Uncertainty in [alpha/M] from SLAM", "σ([α/M])"),
    Column("FeH", "dex", "[Fe/H] from SLAM, calibrated using LAMOST FGK companions", "[Fe/H]"),
    Column("e_FeH", "dex", "Uncertainty in [Fe/H] from SLAM", "σ([Fe/H])"),
    Column("FeHniu", "dex", "[Fe/H] calibrated following Niu et al. (2023)", "[Fe/H] Niu"),
    Column("eFeHniu", "dex", "Uncertainty in [Fe/H] Niu from SLAM", "σ([Fe/H] Niu)"),
)
"""SLAM output (Qiu (2025), Table 4)."""


def described(table: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """The table with ``units`` and ``descriptions`` of its columns, by name, in ``attrs``.

    Parameters
    ----------
    table : DataFrame (n_row rows)
    columns : tuple of Column

    Returns
    -------
    DataFrame (n_row rows)
        A new one.
    """
    known = {column.name: column for column in columns if column.name in table}
    out = table.copy(deep=False)
    out.attrs = {
        "units": {name: column.unit for name, column in known.items()},
        "descriptions": {name: column.description for name, column in known.items()},
    }
    return out
