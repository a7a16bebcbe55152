"""The labelled survey with literature and wide binaries, all simulated and of known offsets."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.calibration import QIU
from slamcore.io.survey_parts import PAIRS, PRIMARIES, save_part
from slamcore.selection import select
from slamcore.survey import open_survey

__all__ = ["BIRKY", "N_PAIRS", "make_parts"]

BIRKY = {"teff": (27.0, 60.0), "fe_h": (0.06, 0.12)}
"""Offset and scatter of the made-up catalogue about the star table's own labels."""

N_PAIRS = {"FGK+M": 30, "M+M": 20, "FGK+FGK": 25}
"""Pairs that pass all criteria; one more of each is a chance alignment."""

_FGK = 5 * 10**17  # Gaia ids of stars outside the survey


def make_parts(survey: Path, folder: Path) -> Path:
    """Copy a survey and give it parts.

    Parameters
    ----------
    survey, folder : Path

    Returns
    -------
    Path
        ``folder``.
    """
    shutil.copytree(survey, folder)
    stars = open_survey(folder).stars
    rng = np.random.default_rng(0)
    n = len(stars)
    known = {
        name: stars[name].to_numpy(float) + offset + rng.normal(0, scatter, n)
        for name, (offset, scatter) in BIRKY.items()
    }
    birky = pd.DataFrame({"sdss_id": stars["sdss_id"], **known})
    save_part(folder, "literature/birky2020", birky.iloc[::3], {})
    save_part(folder, "literature/aspcap", _aspcap(stars, rng), {})
    _save_pairs(folder, stars)
    return folder


def _aspcap(stars: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Labels that Eq. 10 takes to those of the stars, with 0.04 dex of scatter."""
    teff, fe_h = stars["teff"].to_numpy(float), stars["fe_h"].to_numpy(float)
    theirs = fe_h.copy()
    for _ in range(80):
        theirs = np.clip(theirs - 0.5 * (theirs + QIU(teff, theirs) - fe_h), -1.5, 0.6)
    return pd.DataFrame(
        {
            "sdss_id": stars["sdss_id"],
            "teff": teff,
            "fe_h": theirs + rng.normal(0, 0.04, len(stars)),
            "snr": 80.0,
        }
    )


def _save_pairs(folder: Path, stars: pd.DataFrame) -> None:
    m = stars["gaia_dr3_source_id"].to_numpy()[select(stars).mask]
    ids, at = [], 0
    for k, (kind, number) in enumerate(N_PAIRS.items()):
        for j in range(number + 1):
            first = _FGK + 1000 * k + 2 * j
            if kind == "M+M":
                ids.append((m[at], m[at + 1], j == number))
                at += 2
            elif kind == "FGK+M":
                ids.append((first, m[at], j == number))
                at += 1
            else:
                ids.append((first, first + 1, j == number))
    one, two, chance = (np.array(column) for column in zip(*ids, strict=True))
    table = pd.DataFrame({"source_id1": one, "source_id2": two})
    table["R_chance_align"] = np.where(chance, 0.5, 0.001)
    table["pairdistance"] = 10 / 3600
    for side in "12":
        table[f"phot_g_mean_mag{side}"] = 12.0 + int(side)
        table[f"bp_rp{side}"] = 1.0 + int(side) / 2
        table[f"parallax{side}"] = 20.0
        table[f"ruwe{side}"] = 1.0
    outside = np.unique(np.concatenate([one, two]))
    outside = outside[(outside >= _FGK) & (outside < _FGK + 10_000)]
    primaries = pd.DataFrame({"gaia_dr3_source_id": outside})
    primaries = primaries.assign(
        teff=np.linspace(4200, 6800, len(outside)), fe_h=0.1, e_fe_h=0.05, snr=50.0
    )
    save_part(folder, PAIRS, table, {})
    save_part(folder, PRIMARIES, primaries, {})
