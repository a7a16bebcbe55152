"""ASPCAP's [Fe/H] of M dwarfs corrected: Qiu (2025), Eq. 10, or a refit of the same kind."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.calibration.surface import Surface, SurfaceFit, fit_surface
from slamcore.constants import USABLE_RANGE
from slamcore.literature.match import match_literature

__all__ = ["QIU", "calibration_sample", "correct", "correct_by_id", "fit_correction"]

(_COOL, _HOT), (_POOR, _RICH) = USABLE_RANGE["teff"], USABLE_RANGE["fe_h"]

QIU = Surface(
    coefficients=np.array([-4.405, 2.767, -2.156, -0.427, 0.431, -0.158]),
    domain=np.array([(_COOL, _POOR), (_HOT, _POOR), (_HOT, _RICH), (_COOL, _RICH)]),
)
"""Qiu (2025), Eq. 10: corrected [Fe/H] = ASPCAP's + surface(ASPCAP's Teff, [Fe/H]).

Its signs give, of all 64 combinations, the least scatter against Birky et al. (2020) at
3100-3700 K. The paper states no domain; this one is SLAM's own usable range. Above about 3750 K
it lowers [Fe/H] where those stars ask for more.
"""

_MIN_SNR_APOGEE, _MIN_SNR_BOSS, _MIN_FE_H = 20.0, 10.0, -0.6


def calibration_sample(
    snr_apogee: np.ndarray, snr_boss: np.ndarray, fe_h: np.ndarray
) -> np.ndarray:
    """Stars on which the correction is fitted (Qiu (2025), section 5).

    Parameters
    ----------
    snr_apogee, snr_boss : array_like (n_star,)
        Of the two spectra; more than 20 and 10.
    fe_h : array_like (n_star,)
        dex; SLAM's, above -0.6.

    Returns
    -------
    ndarray of bool (n_star,)
    """
    enough = (np.asarray(snr_apogee) > _MIN_SNR_APOGEE) & (np.asarray(snr_boss) > _MIN_SNR_BOSS)
    return enough & (np.asarray(fe_h) > _MIN_FE_H)


def fit_correction(
    teff: np.ndarray,
    fe_h: np.ndarray,
    reference: np.ndarray,
    order: int | None = None,
    seed: int = 0,
) -> SurfaceFit:
    """Refit the correction: the surface that takes ASPCAP's [Fe/H] to a reference.

    Parameters
    ----------
    teff, fe_h : array_like (n_star,)
        ASPCAP's, K and dex.
    reference : array_like (n_star,)
        dex; SLAM's [Fe/H] of the same stars.
    order : int, optional
        2 for the form of Qiu (2025), Eq. 10; chosen by cross-validation where not given.
    seed : int
        Of the folds.

    Returns
    -------
    SurfaceFit

    Raises
    ------
    ValueError
        As `slamcore.calibration.surface.fit_surface`.
    """
    offset = np.asarray(reference, dtype=float) - np.asarray(fe_h, dtype=float)
    return fit_surface(teff, fe_h, offset, order, seed)


def correct(aspcap: pd.DataFrame, surface: Surface = QIU) -> pd.DataFrame:
    """Correct the [Fe/H] of a table; nothing is hidden, what is outside the domain is flagged.

    Parameters
    ----------
    aspcap : DataFrame (n_star rows)
        ASPCAP's ``teff`` (K) and ``fe_h`` (dex).
    surface : Surface

    Returns
    -------
    DataFrame (n_star rows)
        With the table's index: ``teff`` and ``fe_h`` as given; ``fe_h_corrected`` (dex);
        ``e_correction`` (dex), the surface's own error, NaN where it is not published;
        ``flag_fe_h_corrected``, True where there are labels and they lie outside the domain.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    teff, fe_h = aspcap["teff"].to_numpy(float), aspcap["fe_h"].to_numpy(float)
    known = np.isfinite(teff) & np.isfinite(fe_h)
    return pd.DataFrame(
        {
            "teff": teff,
            "fe_h": fe_h,
            "fe_h_corrected": fe_h + surface(teff, fe_h),
            "e_correction": surface.error(teff, fe_h),
            "flag_fe_h_corrected": known & ~surface.inside(teff, fe_h),
        },
        index=aspcap.index,
    )


def correct_by_id(
    stars: pd.DataFrame, aspcap: pd.DataFrame, surface: Surface = QIU
) -> pd.DataFrame:
    """Corrected ASPCAP labels of the stars of any table, found by id, else by position.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Ids, 2MASS names or positions, as `slamcore.literature.match.match_literature` takes.
    aspcap : DataFrame (n_row rows)
        The same, and ASPCAP's ``teff`` (K) and ``fe_h`` (dex).
    surface : Surface

    Returns
    -------
    DataFrame (n_star rows)
        As `correct`, with the index of ``stars``; NaN and unflagged where ASPCAP has no row.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    found = match_literature(stars, aspcap).take(aspcap[["teff", "fe_h"]])
    return correct(found.set_axis(stars.index), surface)
