"""Noise as the BOSS spectrographs have it: photons of star and sky through a real throughput."""

from __future__ import annotations

from functools import cache

import numpy as np

from slamcore.simulation.draws import Draws
from slamcore.wavelength import boss_grid

__all__ = ["add_noise"]

# Read off the sky and ivar of two public BOSS spectra (plates 5047 and 7454): variance per
# (flux + sky), which is the inverse of the throughput, and the sky between its lines.
_WAVELENGTH = (3560, 3620, 3700, 3800, 3900, 4000, 4300, 4600, 5000, 6000, 7000, 9200, 9700, 10000,
               10200, 10300, 10400)  # fmt: skip
_VARIANCE = (0.90, 0.60, 0.36, 0.14, 0.08, 0.057, 0.032, 0.024, 0.020, 0.016, 0.015, 0.015, 0.018,
             0.030, 0.060, 0.14, 0.30)  # fmt: skip
_SKY = (4.2, 4.2, 4.0, 4.0, 4.0, 4.0, 4.0, 4.2, 4.1, 4.0, 2.9, 2.2, 2.8, 4.0, 4.5, 4.5, 4.5)
"""1e-17 erg/s/cm2/A."""

# fmt: off
_SKY_LINES = (
    (4047.7, 8), (4359.6, 15), (5462.3, 10), (5578.9, 300), (5891.6, 32), (5897.6, 21),
    (6302.0, 19), (6365.5, 6), (6831.2, 9), (6865.9, 15), (6950.2, 9), (7242.7, 22), (7246.0, 22),
    (7277.8, 34), (7286.2, 12), (7318.1, 25), (7343.4, 27), (7370.6, 19), (7402.9, 12),
    (7526.6, 16), (7573.6, 12), (7599.8, 12), (7717.9, 31), (7751.8, 39), (7762.5, 13),
    (7796.5, 28), (7823.5, 35), (7856.0, 34), (7861.4, 13), (7872.3, 18), (7892.2, 19),
    (7915.9, 46), (7923.2, 20), (7967.1, 33), (7981.8, 14), (7994.7, 38), (8027.9, 28),
    (8064.9, 12), (8283.2, 23), (8290.9, 33), (8300.4, 37), (8346.4, 85), (8354.1, 26),
    (8384.9, 18), (8400.4, 59), (8417.8, 23), (8431.4, 63), (8454.7, 20), (8466.4, 44),
    (8507.5, 26), (8631.8, 25), (8657.7, 24), (8667.6, 23), (8764.0, 41), (8770.0, 57),
    (8780.1, 62), (8828.8, 125), (8838.9, 45), (8869.5, 32), (8887.9, 94), (8904.3, 35),
    (8920.7, 94), (8945.4, 34), (8959.8, 83), (8990.8, 26), (9003.3, 51), (9051.1, 22),
    (9308.9, 80), (9315.4, 143), (9326.1, 98), (9341.1, 32), (9377.8, 441), (9421.1, 57),
    (9442.8, 199), (9460.2, 102), (9479.8, 121), (9503.9, 72), (9554.3, 42), (9569.7, 101),
    (9622.8, 26), (9682.8, 35), (9700.6, 43), (9723.0, 52), (9792.6, 81), (9801.7, 29),
    (9851.4, 34), (9874.2, 117), (9896.9, 47), (9917.5, 112), (9949.5, 123), (9958.6, 97),
    (9963.2, 79), (10016.1, 174), (10027.7, 59), (10062.4, 39), (10085.6, 94), (10106.5, 47),
    (10127.4, 117), (10155.5, 51), (10174.2, 154), (10192.9, 82), (10214.1, 133), (10228.2, 67),
    (10289.6, 350), (10299.1, 93), (10349.0, 68),
)
"""OH, O I, Na and Hg lines of the night sky: vacuum wavelength (Angstrom) and height above the
sky between the lines (1e-17 erg/s/cm2/A), measured on plate 5047."""
# fmt: on

_SKY_SIGMA = 1.5  # Angstrom
_BAD_RUNS, _BAD_LENGTH = 3, 4  # per spectrum, and pixels


def add_noise(flux: np.ndarray, snr: np.ndarray, draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Observed spectra: noise added, its ivar, and a few bad pixels.

    The noise has the shape of BOSS for a star of this flux, and the size that makes the median of
    ``flux sqrt(ivar)``, before noise is added, the wanted SNR.

    Parameters
    ----------
    flux : ndarray (n_star, n_pix)
        Noise-free, 1e-17 erg/s/cm2/A, on `slamcore.wavelength.boss_grid`.
    snr : ndarray (n_star,)
        Median SNR per pixel.
    draws : Draws
        Of the n_star stars.

    Returns
    -------
    flux, ivar : ndarray of float32 (n_star, n_pix)
        In the unit of ``flux`` and its inverse square; ivar is 0 at bad pixels.
    """
    variance, sky = _spectrograph()
    sigma = np.sqrt(variance * (flux + sky))
    start = (draws.uniform("bad pixels", _BAD_RUNS) * (flux.shape[1] - _BAD_LENGTH)).astype(int)
    bad = (start[:, :, None] + np.arange(_BAD_LENGTH)).reshape(len(flux), -1)
    sigma *= (np.median(flux / sigma, axis=1) / snr)[:, None]
    noisy = flux + sigma * draws.normal("pixel noise", flux.shape[1])
    ivar = sigma**-2
    np.put_along_axis(ivar, bad, 0.0, axis=1)
    return noisy.astype(np.float32), ivar.astype(np.float32)


@cache
def _spectrograph() -> tuple[np.ndarray, np.ndarray]:
    """Variance per flux and the sky with its lines (n_pix,)."""
    wavelength = boss_grid()
    sky = np.interp(wavelength, _WAVELENGTH, _SKY)
    for centre, height in _SKY_LINES:
        sky += height * np.exp(-0.5 * ((wavelength - centre) / _SKY_SIGMA) ** 2)
    return np.exp(np.interp(wavelength, _WAVELENGTH, np.log(_VARIANCE))), sky
