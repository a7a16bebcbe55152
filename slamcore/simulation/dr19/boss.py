"""BOSS files of the simulated release: spAll, which has the classes, and mwmStar, the spectra."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.constants import BOSS_LOGLAM_START, BOSS_LOGLAM_STEP, BOSS_N_PIXELS
from slamcore.io.fits_writer import FitsTable
from slamcore.simulation.dr19.astra_columns import CATALOGID, V_ASTRA
from slamcore.simulation.dr19.astra_spectra import BossSpectra
from slamcore.simulation.dr19.rows import filled
from slamcore.simulation.dr19.twin import Twin
from slamcore.simulation.spectra import simulate_spectra
from slamcore.simulation.truth import POPULATIONS
from slamcore.wavelength import boss_grid

__all__ = ["mwm_star", "sp_all", "star_path"]

_RUN2D = "v6_1_3"
_REPEATED = 0.05  # share of the stars with a second, shorter observation

_SUBCLASSES = (
    "M8IIIe (84748)",
    "M7IIIevar (177940)",
    "M6III (148783)",
    "M5III (221615)",
    "M4.5:III (123657)",
    "M3III (44478)",
    "M2III (169305)",
    "M1 (204445)",
    "M0III (168720)",
)
"""Templates of idlspec2d v6_1_3, coolest first: those of M stars are giants, but for one."""

_HOTTER_THAN = (2650.0, 2750.0, 2900.0, 3100.0, 3250.0, 3450.0, 3600.0, 3750.0)
"""K; where each template but the first begins (Pecaut & Mamajek 2013)."""


def star_path(sdss_id: int) -> str:
    """Where an mwmStar file lies under the raw folder, as under Astra's spectra in SDSS.

    Parameters
    ----------
    sdss_id : int

    Returns
    -------
    str
    """
    group = f"{sdss_id // 100 % 100:02d}/{sdss_id % 100:02d}"
    return f"spectra/star/{group}/mwmStar-{V_ASTRA}-{sdss_id}.fits"


def sp_all(twin: Twin) -> FitsTable:
    """spAll of SDSS's BOSS pipeline, with the class that makes a star an M star.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    FitsTable
        One row for each observation; a few stars have two. Shares and velocities are by hand.
    """
    rows = np.arange(len(twin.stars))
    again = rows[twin.draws(rows).uniform("repeated") < _REPEATED]
    row, first = np.concatenate([rows, again]), np.repeat((1, 0), (len(rows), len(again)))
    stars, draws = twin.stars.iloc[row], twin.draws(row)
    star = stars["sdss_id"].to_numpy()
    subclass = np.array(_SUBCLASSES)[np.searchsorted(_HOTTER_THAN, twin.true["teff"].to_numpy())]
    is_white_dwarf = (twin.true["population"] == POPULATIONS.index("white dwarf")).to_numpy()
    subclass = np.where(is_white_dwarf, "WD (DA)", subclass)[row]
    snr = stars["snr"].to_numpy() * np.where(first, 1.0, 0.6)
    catalogid = star + CATALOGID
    mjd = np.where(first, 59_300, 59_500)
    ra, dec = stars["ra"].to_numpy(), stars["dec"].to_numpy()
    values = {
        "FIELD": 101_202,
        "MJD": mjd,
        "MJD_FINAL": mjd.astype(float),
        "OBS": np.where(stars["telescope"] == "apo25m", "APO", "LCO"),
        "RUN2D": _RUN2D,
        "RUN1D": _RUN2D,
        "NEXP": np.where(first, 4, 2),
        "EXPTIME": np.where(first, 3600.0, 1800.0),
        "SPEC_FILE": [
            f"spec-101202-{day}-{number}.fits"
            for day, number in zip(mjd.tolist(), catalogid.tolist(), strict=True)
        ],
        "PROGRAMNAME": "mwm_snc",
        "SURVEY": "mwm",
        "OBJTYPE": "science",
        "CATALOGID": catalogid,
        "SDSS_ID": star,
        "GAIA_G_MAG": stars["g_mag"].to_numpy(),
        "BP_MAG": stars["bp_mag"].to_numpy(),
        "RP_MAG": stars["rp_mag"].to_numpy(),
        "GAIA_ID": stars["gaia_dr3_source_id"].to_numpy(),
        "EBV": stars["ebv"].to_numpy(),
        "PLUG_RA": ra,
        "PLUG_DEC": dec,
        "FIBER_RA": ra,
        "FIBER_DEC": dec,
        "RACAT": ra,
        "DECCAT": dec,
        "COORD_EPOCH": 2016.0,
        "PARALLAX": stars["plx"].to_numpy(),
        "SN_MEDIAN": np.repeat(snr[:, None], 5, axis=1),
        "SN_MEDIAN_ALL": snr,
        "SPECPRIMARY": first,
        "SPECBOSS": 1,
        "NSPECOBS": 1,
        "CLASS": "STAR",
        "SUBCLASS": subclass,
        "Z": 35 * draws.normal("v_rad") / 299_792.458,
        "Z_ERR": 1e-5,
        "ZWARNING": 0,
        "RCHI2": 1.0,
        "XCSAO_RV": 35 * draws.normal("v_rad"),
        "XCSAO_ERV": 4.0,
        "XCSAO_RXC": 8 + 4 * draws.uniform("rxc"),
    }
    return filled("spAll-lite", len(row), values, {"EXTNAME": "SPALL"}, fill=0.0)


def mwm_star(
    twin: Twin, boss: BossSpectra, rows: np.ndarray
) -> list[tuple[dict[str, str | int | float], list[FitsTable]]]:
    """Primary header and tables of the mwmStar files of some stars.

    Parameters
    ----------
    twin : Twin
    boss : BossSpectra
    rows : ndarray of int (n_star,)
        Of the twin.

    Returns
    -------
    list of (dict, list of FitsTable)
        For each star. Flux and ivar are those of `slamcore.simulation.simulate_spectra`.
    """
    stars = twin.stars.iloc[rows]
    flux, ivar = simulate_spectra(stars["sdss_id"].to_numpy(), twin.seed)
    order = np.argsort(boss.row, kind="stable")
    first = np.searchsorted(boss.row[order], rows, side="left")
    last = np.searchsorted(boss.row[order], rows, side="right")
    found = []
    for k, star in enumerate(stars.itertuples()):
        # Of the sorted spectra those of this star: one, or one of either telescope.
        own = order[first[k] : last[k]]
        keys = dict(zip(boss.telescope[own], boss.spectrum_pk[own], strict=True))
        found.append((_primary(star), _tables(star, keys, flux[k], ivar[k])))
    return found


def _primary(star: pd.DataFrame) -> dict[str, str | int | float]:
    cards = {
        "SDSS_ID": star.sdss_id,
        "GAIA3_ID": star.gaia_dr3_source_id,
        "CAT_ID": star.sdss_id + CATALOGID,
        "RA": star.ra,
        "DEC": star.dec,
        "PLX": float(star.plx),
        "E_PLX": float(star.e_plx),
        "G_MAG": float(star.g_mag),
        "BP_MAG": float(star.bp_mag),
        "RP_MAG": float(star.rp_mag),
        "J_MAG": float(star.j_mag),
        "H_MAG": float(star.h_mag),
        "K_MAG": float(star.k_mag),
        "N_BOSS": 1,
        "N_APOGEE": 0,
        "V_ASTRA": V_ASTRA,
        "CREATED": "24-07-17 21:22:43",
    }
    # Astra writes what it does not know as text.
    return {key: "NaN" if value != value else value for key, value in cards.items()}


def _tables(
    star: pd.DataFrame, keys: dict[str, int], flux: np.ndarray, ivar: np.ndarray
) -> list[FitsTable]:
    tables = []
    for telescope, place in (("apo25m", "APO"), ("lco25m", "LCO")):
        header = _grid_header("BOSS", place, BOSS_LOGLAM_START, BOSS_LOGLAM_STEP, BOSS_N_PIXELS)
        if telescope not in keys:
            tables.append(filled("mwmStar-boss-empty", 0, {}, header))
            continue
        values = {
            "spectrum_pk_id": keys[telescope],
            "release": "sdss5",
            "filetype": "mwmStar",
            "v_astra": V_ASTRA,
            "sdss_id": star.sdss_id,
            "run2d": _RUN2D,
            "telescope": telescope,
            "min_mjd": 59_300,
            "max_mjd": 59_300,
            "n_visits": 1,
            "n_good_visits": 1,
            "n_good_rvs": 1,
            "v_rad": 0.0,
            "snr": star.snr,
            "zwarning_flags": 0,
            "wavelength": boss_grid(),
            "flux": flux,
            "ivar": ivar,
            "pixel_flags": np.zeros(flux.size),
        }
        tables.append(filled("mwmStar-boss", 1, values, header))
    for place in ("APO", "LCO"):
        header = _grid_header("APOGEE", place, 4.179, 6e-6, 8575)
        tables.append(filled("mwmStar-apogee-empty", 0, {}, header))
    return tables


def _grid_header(
    instrument: str, place: str, start: float, step: float, n: int
) -> dict[str, str | int | float]:
    return {
        "EXTNAME": f"{instrument}/{place}",
        "OBSRVTRY": place,
        "INSTRMNT": instrument,
        "V_ASTRA": V_ASTRA,
        "CREATED": "24-07-17 21:22:43",
        "CRVAL": start,
        "CDELT": step,
        "CTYPE": "LOG-LINEAR",
        "CUNIT": "Angstrom (Vacuum)",
        "CRPIX": 1,
        "DC-FLAG": 1,
        "NPIXELS": n,
    }
