"""A simulated catalogue: what a survey would publish about stars that `truth` knows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.simulation.draws import Draws
from slamcore.simulation.sequences import BANDS
from slamcore.simulation.truth import FIRST_SDSS_ID, POPULATIONS, truth
from slamcore.uncertainty import PUBLISHED

__all__ = ["LABEL_ERRORS", "magnitude_error", "observe", "parallax_error", "simulate_stars"]

LABEL_ERRORS: dict[str, tuple[float, float]] = {
    **{name: (PUBLISHED[name].b, -PUBLISHED[name].c) for name in ("teff", "logg", "fe_h")},
    "alpha_fe": (0.5 * PUBLISHED["fe_h"].b, -PUBLISHED["fe_h"].c),
}
"""Amplitude and power of SNR of each label's error (Qiu (2025), Eqs 6-8); no law is published
for [alpha/M], which gets half the error of [Fe/H]."""

_HIGH_RUWE = (0.07, 0.35, 0.05, 0.03, 0.12)  # chance of RUWE > 1.4, by population
_MAGNITUDE_ERRORS = {  # floor (mag), and the magnitude at which photon noise reaches 0.05 mag
    "g": (0.003, 22.0),
    "bp": (0.004, 19.7),
    "rp": (0.004, 19.0),
    "j": (0.022, 15.7),
    "h": (0.022, 15.0),
    "k": (0.022, 14.5),
}
_LARGEST_ERROR = 0.3  # mag; fainter magnitudes are not in the catalogue
_BLOCK = 500_000  # stars made at a time: bounds the memory of the intermediate arrays


def simulate_stars(n: int, seed: int) -> pd.DataFrame:
    """A star table as a survey would publish it, with errors and without the truth.

    Parameters
    ----------
    n : int
        Number of stars, >= 1.
    seed : int
        Seed of the survey; the first stars of a larger table are those of a smaller one.

    Returns
    -------
    DataFrame (n rows)
        Astra's columns (`slamcore.columns`), photometry in mag, parallax in mas, labels with
        errors; labels of white dwarfs and 2MASS magnitudes below its limit are NaN.

    Raises
    ------
    ValueError
        If ``n`` is not positive.
    """
    if n < 1:
        raise ValueError(f"simulated stars: expected at least 1, got {n}")
    first = range(FIRST_SDSS_ID, FIRST_SDSS_ID + n, _BLOCK)
    ids = (np.arange(start, min(start + _BLOCK, FIRST_SDSS_ID + n)) for start in first)
    return pd.concat([observe(truth(block, seed), seed) for block in ids], ignore_index=True)


def observe(true: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What a catalogue like Gaia DR3 and Astra says about simulated stars; shares are by hand.

    Parameters
    ----------
    true : DataFrame (n_star rows)
        As `slamcore.simulation.truth` gives it.
    seed : int
        Seed of the survey.

    Returns
    -------
    DataFrame (n_star rows)
        As `simulate_stars`.
    """
    star = true["sdss_id"].to_numpy()
    draws = Draws(seed, star)
    t = {name: true[name].to_numpy() for name in true.columns}
    g = t["g_mag"]
    chance = np.array(_HIGH_RUWE)[t["population"]]
    u = draws.uniform("high ruwe")
    high = 1.4 + 0.9 * -np.log(np.clip(u / chance, 1e-6, 1))
    ruwe = np.where(u < chance, high, np.minimum(1.0 + 0.06 * draws.normal("ruwe"), 1.39))
    e_plx = parallax_error(g) * np.maximum(ruwe, 1.0)
    north = t["dec"] > -20 + 30 * draws.uniform("telescope")
    pixel = 3_000_000 + (draws.uniform("gaia") * 198_000_000).astype(np.int64)

    table: dict[str, object] = {
        "spectrum_pk": star - FIRST_SDSS_ID + 1,
        "sdss_id": star,
        "gaia_dr3_source_id": (pixel << 35) + star,  # a sky pixel, then a running number
        "name": "SIM-" + pd.Series(star).astype("str"),
        "telescope": pd.Series(north).map({True: "apo25m", False: "lco25m"}).astype("str"),
        "ra": t["ra"],
        "dec": t["dec"],
        "plx": 1000 / t["distance"] + e_plx * draws.normal("plx"),
        "e_plx": e_plx,
    }
    for band in BANDS:
        error = magnitude_error(band, t[f"{band}_mag"])
        magnitude = t[f"{band}_mag"] + error * draws.normal(f"{band}_mag")
        table[f"{band}_mag"] = np.where(error < _LARGEST_ERROR, magnitude, np.nan)
    table.update(ruwe=ruwe, ebv=t["ebv"], snr=t["snr"])
    labelled = t["population"] != POPULATIONS.index("white dwarf")
    for label, (amplitude, power) in LABEL_ERRORS.items():
        error = np.where(labelled, amplitude * t["snr"] ** power, np.nan)
        table[label] = t[label] + error * draws.normal(f"label {label}")
        table[f"e_{label}"] = error
    frame = pd.DataFrame(table)
    exact = {"ra", "dec"}
    small = [c for c in frame.columns if frame[c].dtype == np.float64 and c not in exact]
    return frame.astype(dict.fromkeys(small, np.float32))


def parallax_error(g_mag: np.ndarray) -> np.ndarray:
    """Gaia DR3's parallax error (Gaia's science performance; Gaia Collaboration 2023).

    Parameters
    ----------
    g_mag : ndarray (n_star,)

    Returns
    -------
    ndarray (n_star,)
        mas.
    """
    z = 10 ** (0.4 * (np.maximum(g_mag, 13.0) - 15))
    return 1e-3 * np.sqrt(40 + 800 * z + 30 * z**2)


def magnitude_error(band: str, mag: np.ndarray) -> np.ndarray:
    """Error of a magnitude: a floor and a background-limited term in quadrature.

    Both are set by hand after Gaia DR3 and 2MASS.

    Parameters
    ----------
    band : str
        One of `slamcore.simulation.sequences.BANDS`.
    mag : ndarray (n_star,)

    Returns
    -------
    ndarray (n_star,)
        mag.
    """
    floor, faint = _MAGNITUDE_ERRORS[band]
    return np.hypot(floor, 0.05 * 10 ** (0.4 * np.minimum(mag - faint, 10.0)))
