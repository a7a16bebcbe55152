"""Astra's summary files of the simulated release: one row for each spectrum.

BOSS in the first table, APOGEE in the second; the table of the other instrument is empty, with all
its columns. Values and traps are those of Astra 0.6.0 as SDSS DR19 has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord
from scipy.spatial import KDTree

from slamcore.io.fits_writer import FitsTable
from slamcore.simulation.catalogue import magnitude_error
from slamcore.simulation.dr19.rows import filled
from slamcore.simulation.dr19.twin import Twin
from slamcore.simulation.draws import Draws
from slamcore.simulation.truth import FIRST_SDSS_ID

__all__ = [
    "CATALOGID",
    "V_ASTRA",
    "ApogeeSpectra",
    "BossSpectra",
    "apogee_spectra",
    "apogee_summary",
    "boss_spectra",
    "boss_summary",
    "designations",
    "mwm_all_star",
    "slam_summary",
]

V_ASTRA = "0.6.0"
"""Of SDSS DR19."""

CATALOGID = 27_021_597_000_000_000 - FIRST_SDSS_ID
"""Added to an sdss_id gives the star's catalogid, as large as those of SDSS-V."""

_CREATED = "24-09-13 15:07:10"
_SECOND_TELESCOPE = 0.01  # share of the stars that both telescopes observed
_SECOND_PK, _APOGEE_PK, _OLD_PK = (k * 1_000_000_000 for k in (1, 2, 3))
_NO_BAYESTAR = -30.0  # deg; declination below which Green et al. (2019) have no map
_OLD_RELEASE = 0.15  # share of APOGEE's stars that SDSS-IV observed too
_UNDERESTIMATED = 4.0  # SLAM's formal errors are too small by about this
_BADLY_FITTED = 0.002  # share of SLAM's rows whose optimiser did not end well
_TEFF_BOUNDS, _FE_H_BOUNDS = (2800.0, 4500.0), (-1.0, 0.5)  # K, dex; of Astra's flags


@dataclass(frozen=True, eq=False)
class BossSpectra:
    """The co-added BOSS spectra, one row each.

    Attributes
    ----------
    row : ndarray of int (n_spectrum,)
        Of the star in the twin.
    spectrum_pk : ndarray of int64 (n_spectrum,)
    telescope : ndarray of str (n_spectrum,)
        A star that both telescopes observed has two rows, the second ones at the end. What the
        second shows is a copy: a simulated spectrum follows from the star's id.
    """

    row: np.ndarray
    spectrum_pk: np.ndarray
    telescope: np.ndarray

    def at(self, chosen: np.ndarray) -> BossSpectra:
        """Those that a mask (n_spectrum,) selects."""
        return BossSpectra(self.row[chosen], self.spectrum_pk[chosen], self.telescope[chosen])


@dataclass(frozen=True, eq=False)
class ApogeeSpectra:
    """APOGEE's spectra of a table of stars, one row each.

    Attributes
    ----------
    row : ndarray of int (n_spectrum,)
        Of the star in that table; the rows of the older release are at the end.
    spectrum_pk : ndarray of int64 (n_spectrum,)
    is_old : ndarray of bool (n_spectrum,)
        Whether it is of SDSS-IV (release dr17): those have the higher SNR and worse labels.
    snr : ndarray (n_spectrum,)
    """

    row: np.ndarray
    spectrum_pk: np.ndarray
    is_old: np.ndarray
    snr: np.ndarray


def boss_spectra(twin: Twin) -> BossSpectra:
    """The BOSS spectra of a release.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    BossSpectra
    """
    rows = np.arange(len(twin.stars))
    second = rows[twin.draws(rows).uniform("second telescope") < _SECOND_TELESCOPE]
    here = twin.stars["telescope"].to_numpy(dtype=str)
    there = np.where(here == "apo25m", "lco25m", "apo25m")
    keys = twin.stars["spectrum_pk"].to_numpy()
    return BossSpectra(
        np.concatenate([rows, second]),
        np.concatenate([keys, keys[second] + _SECOND_PK]),
        np.concatenate([here, there[second]]),
    )


def apogee_spectra(stars: pd.DataFrame, seed: int) -> ApogeeSpectra:
    """APOGEE's spectra of some stars.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    seed : int

    Returns
    -------
    ApogeeSpectra
    """
    draws = Draws(seed, stars["sdss_id"].to_numpy())
    rows = np.arange(len(stars))
    old = rows[is_in_sdss4(stars, seed)]
    h = stars["h_mag"].fillna(15.0).to_numpy(dtype=float)
    snr = np.clip(100 * 10 ** (-0.2 * (h - 12) + 0.1 * draws.normal("apogee snr")), 8, 800)
    keys = stars["spectrum_pk"].to_numpy()
    return ApogeeSpectra(
        np.concatenate([rows, old]),
        np.concatenate([keys + _APOGEE_PK, keys[old] + _OLD_PK]),
        np.repeat((False, True), (len(rows), len(old))),
        np.concatenate([snr, 1.3 * snr[old]]),
    )


def is_in_sdss4(stars: pd.DataFrame, seed: int) -> np.ndarray:
    """Whether SDSS-IV's APOGEE observed stars, had the survey been there (by hand).

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    seed : int

    Returns
    -------
    ndarray of bool (n_star,)
    """
    return Draws(seed, stars["sdss_id"].to_numpy()).uniform("sdss4") < _OLD_RELEASE


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
        _table("mwmAllStar-boss", _boss_columns(twin, boss), boss.row.size),
        _table("mwmAllStar-apogee", _apogee_columns(stars, apogee, twin.seed), apogee.row.size),
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
        **_boss_columns(twin, boss),
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
        **_apogee_columns(stars, apogee, seed),
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
        **_boss_columns(twin, boss),
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


def designations(stars: pd.DataFrame) -> np.ndarray:
    """APOGEE's names of stars, from their positions as 2MASS does.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        ``ra``, ``dec`` (deg).

    Returns
    -------
    ndarray of str (n_star,)
        Such as 2M00012694+1639052.
    """
    ra = np.floor(stars["ra"].to_numpy() / 15 * 360_000).astype(np.int64)
    dec = np.floor(np.abs(stars["dec"].to_numpy()) * 36_000).astype(np.int64)
    signs = np.where(stars["dec"].to_numpy() < 0, "-", "+")
    return np.array(
        [
            f"2M{r // 360_000:02d}{r // 6000 % 60:02d}{r % 6000:04d}"
            f"{s}{d // 36_000:02d}{d // 600 % 60:02d}{d % 600:03d}"
            for r, s, d in zip(ra.tolist(), signs.tolist(), dec.tolist(), strict=True)
        ],
        dtype="U18",
    )


def _table(name: str, values: dict[str, object], n: int, pipeline: str = "") -> FitsTable:
    header = {"INSTRMNT": "APOGEE" if "-apogee" in name else "BOSS"}
    if pipeline:
        header["PIPELINE"] = pipeline
    return filled(name, n, values, {**header, "V_ASTRA": V_ASTRA, "CREATED": _CREATED})


def _source_columns(stars: pd.DataFrame, seed: int) -> dict[str, object]:
    """What every summary says of the stars (n_star,)."""
    star = stars["sdss_id"].to_numpy()
    draws = Draws(seed, star)
    s = {name: stars[name].to_numpy() for name in stars}
    galactic = SkyCoord(s["ra"] * u.deg, s["dec"] * u.deg).galactic
    distance = 1000 / np.maximum(s["plx"], 0.2)
    motion = 1000 * 35 / 4.74 / distance
    mapped = s["dec"] >= _NO_BAYESTAR
    bands = {f"e_{b}_mag": magnitude_error(b, s[f"{b}_mag"]) for b in ("j", "h", "k")}
    seen = np.isfinite(s["j_mag"]) & np.isfinite(s["h_mag"]) & np.isfinite(s["k_mag"])
    names = np.full(star.size, "", dtype="U18")
    known = is_in_sdss4(stars, seed)
    names[known] = designations(stars[known])
    visits = 1 + (4 * draws.uniform("visits") ** 2).astype(int)
    given = {name: s[name] for name in ("sdss_id", "gaia_dr3_source_id", "ra", "dec", "plx")}
    given |= {f"{band}_mag": s[f"{band}_mag"] for band in ("g", "bp", "rp", "j", "h", "k")}
    return {
        **given,
        **bands,
        "e_plx": s["e_plx"],
        # One in ten stars has another number in Gaia DR2.
        "gaia_dr2_source_id": s["gaia_dr3_source_id"] + 7 * (draws.uniform("dr2") < 0.1),
        "sdss4_apogee_id": names,
        "lead": "gaia_dr3_source",
        "version_id": 31,
        "catalogid": star + CATALOGID,
        "catalogid31": star + CATALOGID,
        "n_associated": 1,
        "n_neighborhood": 0,
        "l": galactic.l.deg,
        "b": galactic.b.deg,
        "pmra": motion * draws.normal("pmra"),
        "pmde": motion * draws.normal("pmde"),
        "e_pmra": s["e_plx"],
        "e_pmde": s["e_plx"],
        "ph_qual": np.where(seen, "AAA", "UUU"),
        "bl_flg": np.where(seen, "111", "000"),
        "cc_flg": "000",
        "ebv": s["ebv"],
        "e_ebv": 0.1 * s["ebv"],
        "ebv_flags": np.where(mapped, 64, 8),
        "ebv_bayestar_2019": np.where(mapped, s["ebv"], np.nan),
        "e_ebv_bayestar_2019": np.where(mapped, 0.1 * s["ebv"], np.nan),
        "n_boss_visits": visits,
        "boss_min_mjd": 59_300,
        "boss_max_mjd": 59_300 + 200 * (visits - 1),
        "source": star,
    }


def _boss_columns(twin: Twin, boss: BossSpectra) -> dict[str, object]:
    """What every summary of BOSS spectra says (n_spectrum,)."""
    stars = twin.stars.iloc[boss.row]
    source = _source_columns(stars, twin.seed)
    draws = twin.draws(boss.row)
    return {
        **source,
        "spectrum_pk": boss.spectrum_pk,
        "release": "sdss5",
        "filetype": "mwmStar",
        "v_astra": V_ASTRA,
        "run2d": "v6_1_3",
        "telescope": boss.telescope,
        "min_mjd": source["boss_min_mjd"],
        "max_mjd": source["boss_max_mjd"],
        "n_visits": source["n_boss_visits"],
        "n_good_visits": source["n_boss_visits"],
        "n_good_rvs": source["n_boss_visits"],
        "v_rad": 35 * draws.normal("v_rad"),
        "e_v_rad": 4.0,
        "xcsao_meanrxc": 8 + 4 * draws.uniform("rxc"),
        "snr": stars["snr"].to_numpy(),
        "zwarning_flags": 0,
    }


def _apogee_columns(stars: pd.DataFrame, apogee: ApogeeSpectra, seed: int) -> dict[str, object]:
    """What every summary of APOGEE's spectra says (n_spectrum,)."""
    stars = stars.iloc[apogee.row]
    source = _source_columns(stars, seed)
    draws = Draws(seed, stars["sdss_id"].to_numpy())
    return {
        **source,
        "spectrum_pk": apogee.spectrum_pk,
        "release": np.where(apogee.is_old, "dr17", "sdss5"),
        "filetype": "apStar",
        "apred": np.where(apogee.is_old, "dr17", "1.3"),
        "apstar": "stars",
        "obj": designations(stars),
        "telescope": stars["telescope"].to_numpy(dtype=str),
        "prefix": "ap",
        "n_visits": source["n_boss_visits"],
        "n_apogee_visits": source["n_boss_visits"],
        "snr": apogee.snr,
        "spectrum_flags": 0,
        "v_rad": 35 * draws.normal("v_rad"),
        "e_v_rad": 0.2,
    }


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
