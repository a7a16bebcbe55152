"""Reference labels of the paper's own FGK+M pairs: Qiu (2025), Table 3."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from slamcore.columns import LABELS
from slamcore.ingest.rows import FoundRows
from slamcore.io.tables import read_stars
from slamcore.literature.match import match_literature

__all__ = ["TABLE3", "read_table3", "table3_of"]

TABLE3 = "table3"
"""Part of a survey: the table's rows that are stars of the survey."""


def read_table3(path: Path) -> FoundRows:
    """Read the table: the M dwarf is the star of the row, its [Fe/H] that of the primary.

    Parameters
    ----------
    path : Path

    Returns
    -------
    FoundRows

    Raises
    ------
    InputError
        If the file is damaged or lacks ids or [Fe/H].
    """
    table = read_stars(path, require=("gaia_dr3_source_id", "fe_h"))
    ids = [name for name in ("gaia_dr3_source_id", "ra", "dec") if name in table.data]
    labels = [n for label in LABELS for n in (label, f"e_{label}") if n in table.data]
    expected = (*LABELS, *(f"e_{label}" for label in LABELS if label != "fe_h_niu"))
    lacking = tuple(name for name in expected if name not in labels)
    rows = table.data[[*ids, *labels]]
    return FoundRows(rows, path.name, len(rows), table.sha256, table.notes, lacking)


def table3_of(stars: pd.DataFrame, table3: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table's rows that are stars of the survey, each star once, under the survey's keys.

    Of several spectra of a star the one with the highest SNR gets the labels.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    table3 : DataFrame (n_row rows)

    Returns
    -------
    DataFrame (n_reference rows)
        ``spectrum_pk`` and labels, as `slamcore.training_set.match_training_set` takes them.
    tuple of str
    """
    best = stars
    if "snr" in stars:
        best = stars.sort_values("snr", ascending=False, kind="stable").reset_index(drop=True)
    match = match_literature(best, table3)
    labels = match.take(table3.drop(columns=["ra", "dec"], errors="ignore"))
    labels.insert(0, "spectrum_pk", best["spectrum_pk"].to_numpy())
    found = labels[match.row >= 0].drop_duplicates("gaia_dr3_source_id")
    note = f"{len(found):,} of {len(table3):,} rows of Table 3 are stars of the survey"
    return found.reset_index(drop=True), (note, *match.notes)
