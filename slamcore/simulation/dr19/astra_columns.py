"""What all summary files of the simulated release say of a star and its spectrum.

Values and traps are those of Astra 0.6.0 as SDSS DR19 has it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord

from slamcore.simulation.catalogue import magnitude_error
from slamcore.simulation.dr19.astra_spectra import ApogeeSpectra, BossSpectra, is_in_sdss4
from slamcore.simulation.dr19.twin import Twin
from slamcore.simulation.draws import Draws
from slamcore.simulation.truth import FIRST_SDSS_ID

__all__ = ["CATALOGID", "V_ASTRA", "apogee_columns", "boss_columns", "designations"]

V_ASTRA = "0.6.0"
"""Of SDSS DR19."""

CATALOGID = 27_021_597_000_000_000 - FIRST_SDSS_ID
"""Added to an sdss_id gives the star's catalogid, as large as those of SDSS-V."""

_NO_BAYESTAR = -30.0  # deg; declination below which Green et al. (2019) have no map


def boss_columns(twin: Twin, boss: BossSpectra) -> dict[str, object]:
    """What every summary of BOSS spectra says.

    Parameters
    ----------
    twin : Twin
    boss : BossSpectra

    Returns
    -------
    dict of str to ndarray (n_spectrum,) or scalar
    """
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


def apogee_columns(stars: pd.DataFrame, apogee: ApogeeSpectra, seed: int) -> dict[str, object]:
    """What every summary of APOGEE's spectra says.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        That APOGEE observed.
    apogee : ApogeeSpectra
        Of those stars.
    seed : int

    Returns
    -------
    dict of str to ndarray (n_spectrum,) or scalar
    """
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
