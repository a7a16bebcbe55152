"""Absolute magnitudes, colours and extinction from a star table's columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = [
    "CMD_COLUMNS",
    "EBV_COLUMNS",
    "GAIA_EXTINCTION",
    "R_V",
    "absolute_magnitude",
    "add_photometry",
    "deredden",
    "extinction_summary",
    "extinction_v",
    "gaia_extinction",
]

CMD_COLUMNS = ("g_mag", "bp_mag", "rp_mag", "plx")
"""What a place on the colour-magnitude diagram needs."""

R_V = 3.1
"""A_V / E(B-V) (Cardelli, Clayton & Mathis 1989), Qiu (2025) section 2.2."""

EBV_COLUMNS = ("ebv_bayestar_2019", "ebv")
"""Columns of E(B-V), the best first: Qiu (2025), section 2.2, takes that of Green et al. (2019);
Astra's ``ebv`` mixes several maps."""

GAIA_EXTINCTION: dict[str, tuple[float, ...]] = {
    "g": (0.9761, -0.1704, 0.0086, 0.0011, -0.0438, 0.0013, 0.0099),
    "bp": (1.1517, -0.0871, -0.0333, 0.0173, -0.0230, 0.0006, 0.0043),
    "rp": (0.6104, -0.0170, -0.0026, -0.0017, -0.0078, 0.00005, 0.0006),
}
"""c1..c7 of k_X (Gaia Collaboration, Babusiaux et al. 2018, A&A 616, A10, Table 1)."""

_ITERATIONS = 6  # after five the colour is right to 1e-6 mag at A_V = 3, (BP-RP)_0 = 5


def absolute_magnitude(mag: np.ndarray, plx: np.ndarray) -> np.ndarray:
    """Absolute magnitude M = m + 5 log10(plx / 100) (Qiu (2025), section 2.2).

    Parameters
    ----------
    mag : array_like (n_star,)
        Apparent magnitude.
    plx : array_like (n_star,)
        Parallax in mas.

    Returns
    -------
    ndarray (n_star,)
        mag; NaN where the parallax is not positive.
    """
    plx = np.asarray(plx, dtype=float)
    positive = np.where(plx > 0, plx, np.nan)
    return np.asarray(mag, dtype=float) + 5 * np.log10(positive / 100)


def extinction_v(ebv: np.ndarray) -> np.ndarray:
    """A_V = 3.1 E(B-V); negative reddening counts as none (Qiu (2025), section 2.2).

    Parameters
    ----------
    ebv : array_like (n_star,)
        E(B-V) in mag.

    Returns
    -------
    ndarray (n_star,)
        A_V in mag, NaN where E(B-V) is.
    """
    return R_V * np.maximum(np.asarray(ebv, dtype=float), 0.0)


def gaia_extinction(band: str, bp_rp_0: np.ndarray, a_v: np.ndarray) -> np.ndarray:
    """Extinction in a Gaia band, A_X = k_X A_V (Babusiaux (2018), Eq. 1).

    Parameters
    ----------
    band : {'g', 'bp', 'rp'}
    bp_rp_0 : array_like (n_star,)
        Intrinsic colour (BP-RP)_0 in mag.
    a_v : array_like (n_star,)
        A_V in mag; stands for A_0 (550 nm), which it equals to about a percent.

    Returns
    -------
    ndarray (n_star,)
        mag.

    Raises
    ------
    KeyError
        On another band.
    """
    c1, c2, c3, c4, c5, c6, c7 = GAIA_EXTINCTION[band]
    c, a = np.asarray(bp_rp_0, dtype=float), np.asarray(a_v, dtype=float)
    k = c1 + c * (c2 + c * (c3 + c * c4)) + a * (c5 + c6 * a) + c7 * c * a
    return k * a


def deredden(
    g_mag: np.ndarray, bp_mag: np.ndarray, rp_mag: np.ndarray, a_v: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gaia magnitudes without extinction; the coefficients use the intrinsic colour, iterated.

    By Newton's method, for putting each colour into the next extinction is slow for red stars
    (7 mmag off after eight steps at A_V = 2 and (BP-RP)_0 = 3).

    Parameters
    ----------
    g_mag, bp_mag, rp_mag : array_like (n_star,)
        Observed magnitudes.
    a_v : array_like (n_star,)
        A_V in mag.

    Returns
    -------
    tuple of ndarray (n_star,)
        G_0, BP_0, RP_0 in mag.
    """
    g, bp, rp, a = (np.asarray(x, dtype=float) for x in (g_mag, bp_mag, rp_mag, a_v))
    colour = bp - rp
    for _ in range(_ITERATIONS):
        reddened = colour + gaia_extinction("bp", colour, a) - gaia_extinction("rp", colour, a)
        slope = 1 + _colour_slope("bp", colour, a) - _colour_slope("rp", colour, a)
        colour = colour - (reddened - (bp - rp)) / slope
    return tuple(
        mag - gaia_extinction(band, colour, a) for band, mag in (("g", g), ("bp", bp), ("rp", rp))
    )


def _colour_slope(band: str, c: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Derivative of `gaia_extinction` with respect to the colour."""
    _, c2, c3, c4, _, _, c7 = GAIA_EXTINCTION[band]
    return a * (c2 + c * (2 * c3 + 3 * c4 * c) + c7 * a)


def add_photometry(stars: pd.DataFrame) -> pd.DataFrame:
    """Add the CMD's coordinates ``bp_rp_0`` and ``abs_g_mag`` to a star table.

    E(B-V) is that of the first of ``EBV_COLUMNS`` that has a finite value. A star without any
    keeps its observed magnitudes, for a missing map is no reason to lose a star.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Needs ``g_mag``, ``plx`` and ``bp_mag`` with ``rp_mag`` (mag, mas); uses
        ``EBV_COLUMNS`` (mag).

    Returns
    -------
    DataFrame (n_star rows)
        A new table with ``a_v``, ``bp_rp_0`` and ``abs_g_mag`` (mag), NaN where not known, and
        ``ebv_source``, the column that E(B-V) comes from, empty where there is none.

    Raises
    ------
    KeyError
        If a needed column is missing.
    """
    ebv, source = np.zeros(len(stars)), np.full(len(stars), "", dtype=object)
    for name in reversed(EBV_COLUMNS):
        if name in stars:
            value = stars[name].to_numpy(dtype=float)
            known = np.isfinite(value)
            ebv[known], source[known] = value[known], name
    a_v = extinction_v(ebv)
    g, bp, rp = (stars[f"{band}_mag"].to_numpy(dtype=float) for band in ("g", "bp", "rp"))
    if a_v.any():
        g, bp, rp = deredden(g, bp, rp, a_v)
    plx = stars["plx"].to_numpy(dtype=float)
    return stars.assign(
        a_v=a_v,
        bp_rp_0=bp - rp,
        abs_g_mag=absolute_magnitude(g, plx),
        ebv_source=pd.array(source, dtype="str"),
    )


def extinction_summary(stars: pd.DataFrame) -> str:
    """Where the extinction of stars comes from, in words.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        As `add_photometry` gives it.

    Returns
    -------
    str
        Such as ``ebv_bayestar_2019: 90, ebv: 8, none: 2 of 100 stars``; starts with ``none``
        where no star has any.

    Raises
    ------
    KeyError
        If there is no column ``ebv_source``.
    """
    counts = stars["ebv_source"].value_counts()
    if set(counts.index) <= {""}:
        lack = "no value in" if set(EBV_COLUMNS) & set(stars) else "no column"
        return f"none: {lack} {' or '.join(reversed(EBV_COLUMNS))}"
    used = [f"{name or 'none'}: {counts[name]:,}" for name in (*EBV_COLUMNS, "") if name in counts]
    return f"{', '.join(used)} of {len(stars):,} stars"
