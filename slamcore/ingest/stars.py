"""The stars of a release: Astra's SLAM table, checked, each spectrum once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME, LABELS
from slamcore.ingest.release import Release, check_release
from slamcore.io.column_names import name_columns
from slamcore.io.errors import InputError
from slamcore.io.survey_info import Source
from slamcore.io.table_scan import check_types, table_layout
from slamcore.io.tables import read_stars
from slamcore.photometry import CMD_COLUMNS

__all__ = ["SlamStars", "read_slam_stars"]

_REQUIRED = ("sdss_id", "teff", "logg", "fe_h", *CMD_COLUMNS)

_OPTIONAL = {
    "gaia_dr3_source_id": "no RUWE, no pairs, literature by other ids",
    "telescope": "spectra of two telescopes cannot be told apart",
    "spectrum_pk": "keys of rows are made up",
    "ra": "nothing is matched by position",
    "dec": "nothing is matched by position",
    "snr": "SNR is that of the spectra, where there are any",
    "ebv_bayestar_2019": "extinction from ebv",
    "ebv": "no extinction where Bayestar has none",
    "fe_h_niu": "no published [Fe/H] on Niu's scale",
    "alpha_fe": "no published [alpha/M]",
    "e_teff": "no published errors of Teff",
    "e_logg": "no published errors of log g",
    "e_fe_h": "no published errors of [Fe/H]",
    "j_mag": "no relations in J",
    "h_mag": "no relations in H",
    "k_mag": "no relations in Ks",
    "result_flags": "published flags are not known",
    "flag_bad": "published flags are not known",
}
"""Columns of the SLAM table (SDSS DR19) that are used, and what their lack means."""


@dataclass(frozen=True, eq=False)
class SlamStars:
    """Stars with published labels.

    Attributes
    ----------
    data : DataFrame (n_star rows)
    source : Source
    left_out : DataFrame (n_left_out rows)
        ``sdss_id`` and ``spectrum_pk`` of rows without labels.
    counts : dict of str to int
        ``in_table`` rows of the file, ``no_labels`` and ``repeated`` that were left out.
    notes : tuple of str
    """

    data: pd.DataFrame
    source: Source
    left_out: pd.DataFrame
    counts: dict[str, int]
    notes: tuple[str, ...]


def read_slam_stars(path: Path, release: Release, ebv_factor: float = 1.0) -> SlamStars:
    """Read Astra's SLAM table; rows without labels and repeated spectra are left out, counted.

    Parameters
    ----------
    path : Path
    release : Release
    ebv_factor : float
        By which ``ebv_bayestar_2019`` is multiplied. Astra's is E(B-V) already.

    Returns
    -------
    SlamStars

    Raises
    ------
    InputError
        If the table is damaged, of another release, lacks a column that is needed, has one of
        another type, or no row with labels.
    """
    stated = check_release(path, release)
    layout = table_layout(path)
    known = name_columns(list(layout.columns)).known
    check_types(path, layout, {theirs: BY_NAME[ours].kind for theirs, ours in known.items()})
    table = read_stars(path, require=_REQUIRED)
    data, notes = (
        table.data,
        [f"no column {c}: {w}" for c, w in _OPTIONAL.items() if c not in table.data],
    )
    notes += [f"{path.name}: {note}" for note in table.notes]
    if not stated:
        notes.append(f"{path.name} does not state its version of Astra: {release.v_astra} assumed")
    data, told = _with_known_errors(data)
    notes += told
    has_labels = np.isfinite(data["teff"].to_numpy(dtype=float))
    if not has_labels.any():
        raise InputError(path, "labels in at least one row", f"none in {len(data)}")
    left_out = data.loc[~has_labels, [c for c in ("sdss_id", "spectrum_pk") if c in data]]
    kept = data[has_labels]
    if len(left_out):
        notes.append(f"{len(left_out):,} rows of {path.name} have no Teff: left out")
    repeated, note = _repeated(kept)
    if note:
        notes.append(f"{path.name}: {note}")
    kept = kept[~repeated].reset_index(drop=True)
    several = int((kept["sdss_id"].value_counts() > 1).sum())
    if several:
        notes.append(f"{several:,} stars have rows of several telescopes or reductions: all kept")
    if ebv_factor != 1 and "ebv_bayestar_2019" in kept:
        scaled = kept["ebv_bayestar_2019"] * ebv_factor
        kept = kept.assign(ebv_bayestar_2019=scaled)
        notes.append(f"ebv_bayestar_2019 multiplied by {ebv_factor:g}")
    counts = {
        "in_table": len(data),
        "no_labels": len(left_out),
        "repeated": int(np.count_nonzero(repeated)),
    }
    source = Source(path.name, table.kind, len(kept), table.sha256, table.notes)
    # In one piece: a table of nearly 200 separate columns is slow to add to.
    return SlamStars(kept.copy(), source, left_out, counts, tuple(notes))


def _with_known_errors(stars: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Without the labels' errors where nobody can tell whether they are variances."""
    lost = [name for name in ("e_teff", "e_logg", "initial_teff") if name not in stars]
    errors = [f"e_{label}" for label in LABELS if f"e_{label}" in stars]
    if not (lost and errors):
        return stars, []
    note = f"{', '.join(errors)} not used: without {', '.join(lost)} they may be variances"
    return stars.drop(columns=errors), [note]


def _repeated(stars: pd.DataFrame) -> tuple[np.ndarray, str]:
    """Mask (n_star,) of rows whose spectrum came before, and a note on them."""
    by = "spectrum_pk"
    if by in stars:
        repeated = stars[by].duplicated().to_numpy() & (stars[by] > 0).to_numpy()
    else:
        by = "all columns"
        repeated = stars.duplicated().to_numpy()
    count = np.count_nonzero(repeated)
    if not count:
        return repeated, ""
    alike = stars.duplicated(keep="first").to_numpy() & repeated
    differing = count - np.count_nonzero(alike)
    note = f"{count:,} rows repeat one before ({by}): left out"
    return repeated, note + (f"; {differing:,} of them differ from it" if differing else "")
