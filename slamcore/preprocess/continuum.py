"""The pseudo-continuum of a spectrum: a spline along its less absorbed pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from slamcore.preprocess.smoothing import smooth

__all__ = ["DR19", "FEWEST_PIXELS", "FULL", "PRESETS", "Preset", "continuum"]

FEWEST_PIXELS = 101
"""A spectrum with fewer good pixels, or fewer along its continuum, is not normalised (laspec, as
called by Astra for SDSS DR19)."""


@dataclass(frozen=True)
class Preset:
    """Range and parameters of a normalisation.

    Attributes
    ----------
    name : str
    start, stop : float
        Angstrom, vacuum, rest frame; both included.
    bin_width : float
        Angstrom.
    p : tuple of float
        Smoothness of the first and the second spline, in de Boor's form: 0 is a line, 1
        interpolates. The weight of the integral is ``(1 - p) / p`` Angstrom^3.
    percentile : float
        Where in a bin the continuum lies, 0 to 100.
    n_sigma : float
        Pixels this many median deviations from there still count as continuum.
    """

    name: str
    start: float
    stop: float
    bin_width: float = 10.0
    p: tuple[float, float] = (1e-8, 1e-7)
    percentile: float = 70.0
    n_sigma: float = 2.0

    def pixels(self, wavelength: np.ndarray) -> slice:
        """Pixels of increasing wavelengths (n_pix,) whose centres lie in the range."""
        first = np.searchsorted(wavelength, self.start, side="left")
        end = np.searchsorted(wavelength, self.stop, side="right")
        return slice(int(first), int(end))


DR19 = Preset("dr19", 6001.755, 8957.321)
"""What SLAM in Astra 0.6.0 used for SDSS DR19."""

FULL = Preset("full", 3800.0, 9800.0)
"""The same parameters where BOSS spectra are good (SDSS DR19: ringing below 3800 Angstrom)."""

PRESETS = {preset.name: preset for preset in (DR19, FULL)}


def continuum(
    wavelength: np.ndarray, flux: np.ndarray, good: np.ndarray, preset: Preset
) -> np.ndarray:
    """Pseudo-continuum of each spectrum, by the recipe of SLAM in SDSS DR19.

    1. A smoothing spline S1 with ``p[0]`` through the good pixels in the range.
    2. Residuals ``d = flux - S1``. Bin k holds the good pixels with wavelength in
       ``(c - bin_width / 2, c + bin_width / 2]``, ``c = start + k bin_width``, k = 0, 1, ...;
       `DR19` has 296. A pixel is kept if d is less than ``n_sigma s`` from the bin's percentile
       of d (linear interpolation between the sorted values), where s is the median of
       ``|d - median of d in the bin|`` over all good pixels, not only those in the bin. If no
       pixel is kept, as when S1 is the spectrum itself and s is 0, all good ones are.
    3. A smoothing spline with ``p[1]`` through the kept pixels, linear beyond them.

    All pixels weigh the same, so that the unit of the flux does not matter: with inverse
    variances as weights it would set how smooth the spline is. The published code took s over
    all pixels it was given; here pixels outside the range or not good have no part in it.

    Parameters
    ----------
    wavelength : array_like (n_pix,)
        Angstrom, vacuum, rest frame, strictly increasing.
    flux : array_like (n_star, n_pix)
        Any unit; anything, also NaN, where not good.
    good : array_like of bool (n_star, n_pix)
        Pixels to use; flux is finite there.
    preset : Preset

    Returns
    -------
    ndarray (n_star, n_pix in range)
        In the unit of flux, at good and other pixels alike; NaN where it is not positive, and
        throughout a spectrum with at most 100 good or at most 100 kept pixels.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    pixels = preset.pixels(wavelength)
    x = np.asarray(wavelength, dtype=float)[pixels]
    flux = np.asarray(flux, dtype=float)[:, pixels]
    good = _enough(np.asarray(good, dtype=bool)[:, pixels])
    lam = [(1 - p) / p for p in preset.p]

    residual = np.where(good, flux - smooth(x, flux, good, lam[0]), np.inf)
    kept = np.zeros_like(good)
    _keep_rows(
        residual,
        np.sort(residual, axis=1),
        good,
        _bin_of(x, preset),
        preset.percentile / 100,
        preset.n_sigma,
        kept,
    )
    kept = np.where(kept.any(axis=1, keepdims=True), kept, good)
    level = smooth(x, flux, _enough(kept), lam[1])
    return np.where(level > 0, level, np.nan)


def _enough(use: np.ndarray) -> np.ndarray:
    """``use`` without the rows (n_star, n_pix) in which too few pixels are in use."""
    return use & (np.count_nonzero(use, axis=1, keepdims=True) >= FEWEST_PIXELS)


def _bin_of(x: np.ndarray, preset: Preset) -> np.ndarray:
    """Number of the bin of each pixel in the range (n_pix,)."""
    return np.ceil((x - preset.start) / preset.bin_width - 0.5).astype(np.int64)


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_rows(residual, ordered, good, bin_of, quantile, n_sigma, kept):
    """Mark the continuum; ``residual`` is infinite at bad pixels, ``ordered`` is it sorted."""
    n_pix = bin_of.size
    inside = np.empty(n_pix)
    for row in range(residual.shape[0]):
        n_good = np.count_nonzero(good[row])
        start = 0
        while start < n_pix:
            stop = start
            n = 0
            while stop < n_pix and bin_of[stop] == bin_of[start]:
                if good[row, stop]:
                    # Insertion sort: a bin has about ten pixels.
                    i = n
                    while i > 0 and inside[i - 1] > residual[row, stop]:
                        inside[i] = inside[i - 1]
                        i -= 1
                    inside[i] = residual[row, stop]
                    n += 1
                stop += 1
            if n > 0:
                middle = (inside[(n - 1) // 2] + inside[n // 2]) / 2
                limit = n_sigma * _median_distance(ordered[row], n_good, middle)
                place = quantile * (n - 1)
                low = int(place)
                high = min(low + 1, n - 1)
                level = inside[low] + (place - low) * (inside[high] - inside[low])
                for i in range(start, stop):
                    kept[row, i] = abs(residual[row, i] - level) < limit
            start = stop


@njit(cache=True, nogil=True, error_model="numpy")
def _median_distance(ordered, n, centre):
    """Median of ``|d - centre|`` over the first n sorted values d, in log(n) steps.

    The m values nearest to the centre are neighbours, so bisection finds where they start.
    """
    m = n // 2 + 1
    low, high = 0, n - m
    while low < high:
        mid = (low + high) // 2
        if centre - ordered[mid] > ordered[mid + m] - centre:
            low = mid + 1
        else:
            high = mid
    left, right = centre - ordered[low], ordered[low + m - 1] - centre
    farthest = max(left, right)
    if n % 2 == 1:
        return farthest
    # The next nearest: what remains without the farthest.
    if left > right:
        left = centre - ordered[low + 1]
    else:
        right = ordered[low + m - 2] - centre
    return (farthest + max(left, right)) / 2
