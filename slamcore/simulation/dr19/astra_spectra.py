"""Which spectra the simulated release has: co-added BOSS spectra, and APOGEE's of two releases.

Values and traps are those of Astra 0.6.0 as SDSS DR19 has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.simulation.dr19.twin import Twin
from slamcore.simulation.draws import Draws

__all__ = ["ApogeeSpectra", "BossSpectra", "apogee_spectra", "boss_spectra", "is_in_sdss4"]

_SECOND_TELESCOPE = 0.01  # share of the stars that both telescopes observed
_SECOND_PK, _APOGEE_PK, _OLD_PK = (k * 1_000_000_000 for k in (1, 2, 3))
_OLD_RELEASE = 0.15  # share of APOGEE's stars that SDSS-IV observed too


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
