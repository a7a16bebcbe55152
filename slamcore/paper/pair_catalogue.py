"""The catalogue of FGK+M wide binaries of a survey: Qiu (2025), Table 3."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.paper.comparisons import rows_of
from slamcore.paper.paper_columns import TABLE_3, described
from slamcore.sample import Sample

__all__ = ["pair_catalogue"]

_OF_M_DWARF = {
    "Teff": ("teff", "apogeenet"),
    "logg": ("logg", "apogeenet"),
    "alphaM": ("alpha_fe", "aspcap"),
}
"""Label of the M dwarf and the reference that the paper takes it from."""

_SECOND = {"source_id2": "gaia_dr3_source_id", "ra2": "ra", "dec2": "dec"}
"""Names under which a reader of star tables gives the second star of El-Badry's table."""


def pair_catalogue(sample: Sample) -> pd.DataFrame | None:
    """FGK+M pairs with the labels of both stars.

    Labels of the M dwarf are those that the survey's training table has, else those of the
    survey's reference of that kind, else NaN.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    DataFrame (n_pair rows) or None
        The columns of `slamcore.paper.paper_columns.TABLE_3`, described; None without pairs.
    """
    if sample.pairs is None:
        return None
    pairs = sample.pairs.table
    pairs = pairs[pairs["kind"] == "FGK+M"]
    keys = pairs["spectrum_pk_2"].to_numpy()
    rows = rows_of(sample, keys)
    stars = sample.survey.stars.take(rows)
    ra, dec = _positions(sample, pairs["gaia_dr3_source_id_1"].to_numpy())
    columns = {
        "source_id1": pairs["gaia_dr3_source_id_1"].to_numpy(),
        "source_id2": pairs["gaia_dr3_source_id_2"].to_numpy(),
        "ra1": ra,
        "ra2": _column(stars, "ra"),
        "dec1": dec,
        "dec2": _column(stars, "dec"),
        "FeH": pairs["fe_h_1"].to_numpy(),
        "FeH_niu": pairs["fe_h_niu_1"].to_numpy(),
        "e_FeH": pairs["e_fe_h_1"].to_numpy(),
        "SNR": _column(stars, "snr"),
    }
    for name, (label, reference) in _OF_M_DWARF.items():
        columns[name], columns[f"e_{name}"] = _labels(sample, keys, rows, label, reference)
    order = [column.name for column in TABLE_3]
    return described(pd.DataFrame(columns)[order], TABLE_3)


def _positions(sample: Sample, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension and declination (n_pair,) of stars of the table of pairs, in degrees."""
    table = sample.survey.pairs
    sides = []
    for side in "12":
        names = {f"{name}{side}": name for name in ("source_id", "ra", "dec")}
        if side == "2" and "source_id2" not in table:
            names = {_SECOND[theirs]: ours for theirs, ours in names.items()}
        if set(names) <= set(table):
            sides.append(table[list(names)].rename(columns=names))
    if not sides:
        return np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    both = pd.concat(sides).drop_duplicates("source_id").set_index("source_id").reindex(ids)
    return both["ra"].to_numpy(float), both["dec"].to_numpy(float)


def _labels(
    sample: Sample, keys: np.ndarray, rows: np.ndarray, label: str, reference: str
) -> tuple[np.ndarray, np.ndarray]:
    """A label and its error (n_pair,) of the M dwarfs."""
    known = sample.survey.reference
    if known is not None and label in known and "spectrum_pk" in known:
        known = known.set_index("spectrum_pk").reindex(keys)
        return _column(known, label), _column(known, f"e_{label}")
    if reference in sample.references.names:
        known = sample.references.table(reference).iloc[rows]
        return _column(known, label), _column(known, f"e_{label}")
    return np.full(len(keys), np.nan), np.full(len(keys), np.nan)


def _column(table: pd.DataFrame, name: str) -> np.ndarray:
    return table[name].to_numpy(float) if name in table else np.full(len(table), np.nan)
