"""Astra's summary files of the simulated release: one row for each spectrum.

BOSS in the first table, APOGEE in the second; the table of the other instrument is empty, with all
its columns. Values and traps are those of Astra 0.6.0 as SDSS DR19 has it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from slamcore.io.fits_writer import FitsTable
from slamcore.simulation.dr19.astra_columns import V_ASTRA, apogee_columns, boss_columns
from slamcore.simulation.dr19.astra_spectra import ApogeeSpectra, BossSpectra
from slamcore.simulation.dr19.rows import filled
from slamcore.simulation.dr19.twin import Twin

__all__ = ["apogee_summary", "boss_summary", "mwm_all_star", "slam_summary"]

_CREATED = "24-09-13 15:07:10"
_UNDERESTIMATED = 4.0  # SLAM's formal errors are too small by about this
_BADLY_FITTED = 0.002  # share of SLAM's rows whose optimiser did not end well
_TEFF_BOUNDS, _FE_H_BOUNDS = (2800.0, 4500.0), (-1.0, 0.5)  # K, dex; of Astra's flags


def mwm_all_star(
    twin: Twin, boss: BossSpectra, stars: pd.DataFrame, apogee: ApogeeSpectra
) -> tuple[FitsTable, ...]:
    """All spectra, without labels: mwmAllStar.

    Parameters
    ----------
    twin : Twin
    boss : BossSpectra
    stars : DataFrame (n_star rows)
        That APOGEE observed.
    apogee : ApogeeSpectra

    Returns
    -------
    tuple of FitsTable
    """
    return (
        _table("mwmAllStar-boss", boss_columns(twin, boss), boss.row.size),
        _table("mwmAllStar-apogee", apogee_columns(stars, apogee, twin.seed), apogee.row.size),
    )


def boss_summary(
    pipeline: str, twin: Twin, boss: BossSpectra, labels: pd.DataFrame, flags: np.ndarray
) -> tuple[FitsTable, ...]:
    """Labels of a pipeline that reads BOSS spectra.

    Parameters
    ----------
    pipeline : str
    twin : Twin
    boss : BossSpectra
    labels : DataFrame (n_star rows)
        Of every star of the twin: ``teff`` (K), ``logg``, ``fe_h`` (dex).
    flags : ndarray of int (n_star,)
        ``result_flags``.

    Returns
    -------
    tuple of FitsTable
    """
    chosen = {name: labels[name].to_numpy()[boss.row] for name in ("teff", "logg", "fe_h")}
    values = {
        **boss_columns(twin, boss),
        **_task(boss.spectrum_pk),
        **chosen,
        "e_teff": 90.0,
        "e_logg": 0.15,
        "e_fe_h": 0.2,
        **_flags(flags[boss.row]),
    }
    return (
        _table(f"{pipeline}-boss", values, boss.row.size, pipeline),
        _table(f"{pipeline}-apogee", {}, 0, pipeline),
    )


def apogee_summary(
    pipeline: str,
    seed: int,
    stars: pd.DataFrame,
    apogee: ApogeeSpectra,
    labels: pd.DataFrame,
    flags: np.ndarray,
) -> tuple[FitsTable, ...]:
    """Labels of a pipeline that reads APOGEE's spectra.

    Parameters
    ----------
    pipeline : str
    seed : int
    stars : DataFrame (n_star rows)
        That APOGEE observed.
    apogee : ApogeeSpectra
        Of those stars.
    labels : DataFrame (n_star rows)
        ``teff`` (K), ``logg``, ``fe_h``, perhaps ``alpha_fe`` (dex).
    flags : ndarray of int (n_star,)
        ``result_flags``.

    Returns
    -------
    tuple of FitsTable
    """
    given = {name: labels[name].to_numpy()[apogee.row] for name in labels if name != "row"}
    # What the older release says is worse, so that taking its rows shows.
    given["teff"] = given["teff"] + np.where(apogee.is_old, 300.0, 0.0)
    given["fe_h"] = given["fe_h"] - np.where(apogee.is_old, 0.3, 0.0)
    errors = {"e_teff": 60.0, "e_logg": 0.08, "e_fe_h": 0.05}
    values = {
        **apogee_columns(stars, apogee, seed),
        **_task(apogee.spectrum_pk),
        "v_astra": V_ASTRA,
        **given,
        **errors,
        **{f"raw_{name}": given[name] for name in ("teff", "logg", "fe_h")},
        **{f"raw_{name}": error / 1.25 for name, error in errors.items()},
        "m_h_atm": given["fe_h"],
        "alpha_m_atm": given.get("alpha_fe"),
        **_flags(flags[apogee.row]),
    }
    return (
        _table(f"{pipeline}-boss", {}, 0, pipeline),
        _table(f"{pipeline}-apogee", values, apogee.row.size, pipeline),
    )


def slam_summary(twin: Twin, boss: BossSpectra, reference: pd.DataFrame) -> tuple[FitsTable, ...]:
    """SLAM's published labels; the errors are variances, too small, as in SDSS DR19.

    Parameters
    ----------
    twin : Twin
    boss : BossSpectra
    reference : DataFrame (n_reference rows)
        Labels of the training stars, one of which is the first guess for each spectrum:
        ``teff`` (K), ``logg``, ``fe_h``, ``fe_h_niu``, ``alpha_fe`` (dex).

    Returns
    -------
    tuple of FitsTable
    """
    boss = boss.at(twin.in_slam[boss.row])
    stars = twin.stars.iloc[boss.row]
    labels = {name: stars[name].to_numpy(dtype=float) for name in reference}
    guess = _nearest(stars, reference)
    variances = {
        f"e_{name}": (stars[f"e_{name}"].to_numpy(dtype=float) / _UNDERESTIMATED) ** 2
        for name in reference
    }
    flags = _slam_flags(labels, twin.draws(boss.row).uniform("optimiser") < _BADLY_FITTED)
    values = {
        **boss_columns(twin, boss),
        **_task(boss.spectrum_pk),
        **labels,
        **variances,
        **{f"initial_{name}": guess[name].to_numpy() for name in guess},
        "success": np.isfinite(labels["teff"]),
        "status": np.where(flags & 1, 3, 2),
        **_flags(flags),
        "flag_warn": (flags & 1) > 0,
    }
    return (
        _table("Slam-boss", values, boss.row.size, "Slam"),
        _table("Slam-apogee", {}, 0, "Slam"),
    )


def _table(name: str, values: dict[str, object], n: int, pipeline: str = "") -> FitsTable:
    header = {"INSTRMNT": "APOGEE" if "-apogee" in name else "BOSS"}
    if pipeline:
        header["PIPELINE"] = pipeline
    return filled(name, n, values, {**header, "V_ASTRA": V_ASTRA, "CREATED": _CREATED})


def _task(spectrum_pk: np.ndarray) -> dict[str, object]:
    return {"task_pk": spectrum_pk, "created": "2024-09-13 15:07:10.000000", "t_elapsed": 1.0}


def _flags(flags: np.ndarray) -> dict[str, object]:
    return {"result_flags": flags, "flag_warn": flags > 0, "flag_bad": flags > 0}


def _slam_flags(labels: dict[str, np.ndarray], badly_fitted: np.ndarray) -> np.ndarray:
    """``result_flags`` (n_spectrum,) by the rules of Astra 0.6.0."""
    flags = badly_fitted.astype(np.int64)
    for bit, name, (low, high) in ((2, "teff", _TEFF_BOUNDS), (4, "fe_h", _FE_H_BOUNDS)):
        flags |= bit * ((labels[name] < low) | (labels[name] > high))
    return flags


def _nearest(stars: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Labels (n_star rows) of the training star nearest to each star; NaN without labels."""
    scale = np.array((200.0, 0.2))
    tree = KDTree(reference[["teff", "fe_h"]].to_numpy() / scale)
    place = stars[["teff", "fe_h"]].to_numpy(dtype=float) / scale
    known = np.isfinite(place).all(axis=1)
    row = tree.query(np.where(known[:, None], place, 0.0))[1]
    return reference.iloc[row].where(np.repeat(known[:, None], reference.shape[1], axis=1))
