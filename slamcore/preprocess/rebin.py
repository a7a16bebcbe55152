"""A spectrum brought to another grid."""

from __future__ import annotations

import numpy as np

from slamcore.wavelength import boss_grid, pixel_edges

__all__ = ["rebin"]

_GAP = 2.5
"""Two centres further apart than this many neighbouring steps have pixels missing between them.

No arm of a spectrograph changes its step that abruptly, and a single lost pixel (2 steps) may be
bridged by its neighbours."""

_COVERAGE = 0.5
"""Least part of a new pixel's width that good pixels must cover."""


def rebin(
    wavelength: np.ndarray,
    flux: np.ndarray,
    ivar: np.ndarray,
    grid: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Average a spectrum (flux density) over the pixels of another grid, conserving the flux.

    A new pixel is the mean of the old ones weighted by their exact overlap ``w``, which keeps
    the integral over wavelength. Its variance is ``sum(w width var) / sum(w)^2``: an old pixel
    of a given width that falls into two new ones is counted as two independent parts with a
    share of its information each. So chi2 over many pixels is right and half a pixel of shift
    does not change the SNR; the plain ``sum(w^2 var) / sum(w)^2`` would double ``ivar`` there,
    since it ignores that neighbours become correlated. Pixels with ``ivar == 0`` or without
    flux are left out.

    Parameters
    ----------
    wavelength : array_like (n_old,)
        Angstrom, strictly increasing centres. Where pixels are missing, nothing is filled in.
    flux : array_like (n_old,)
        Flux density, any unit; NaN where unknown.
    ivar : array_like (n_old,)
        Inverse variance, 0 where a pixel is bad.
    grid : array_like (n_new,), optional
        Angstrom, strictly increasing centres; `slamcore.wavelength.boss_grid` by default.

    Returns
    -------
    tuple of ndarray (n_new,)
        Flux and inverse variance. A pixel of which less than half is covered by good pixels
        has ``ivar == 0``, and for display the mean of whatever finite flux is there, else NaN.

    Raises
    ------
    ValueError
        If the lengths differ or wavelengths do not increase.
    """
    flux, ivar = np.asarray(flux, dtype=float), np.asarray(ivar, dtype=float)
    if not np.shape(wavelength) == flux.shape == ivar.shape:
        raise ValueError(
            f"spectrum: expected equal lengths, got {np.shape(wavelength)} wavelengths, "
            f"{flux.shape} flux, {ivar.shape} ivar"
        )
    old, flux, ivar = _open_gaps(np.asarray(wavelength, dtype=float), flux, ivar)
    new = pixel_edges(boss_grid() if grid is None else grid)
    n = new.size - 1

    # Between two neighbours among all the edges there is one old and one new pixel.
    edges = np.concatenate([old, new])
    order = np.argsort(edges, kind="stable")  # merges two sorted runs
    w = np.diff(edges[order])
    from_old = order[:-1] < old.size
    source = np.cumsum(from_old) - 1
    target = np.cumsum(~from_old) - 1
    overlap = (w > 0) & (source >= 0) & (source < flux.size) & (target >= 0) & (target < n)
    w, source, target = w[overlap], source[overlap], target[overlap]

    finite = np.isfinite(flux)
    good = finite & (ivar > 0)
    value = np.where(finite, flux, 0.0)
    width = np.diff(old)
    variance = np.divide(1.0, ivar, out=np.zeros_like(ivar), where=good)

    w_good = w * good[source]
    w_any = w * finite[source]
    sum_good = np.bincount(target, w_good, n)
    sum_any = np.bincount(target, w_any, n)
    is_good = (sum_good > 0) & (sum_good >= _COVERAGE * np.diff(new))

    f_good = np.bincount(target, w_good * value[source], n)
    f_any = np.bincount(target, w_any * value[source], n)
    sum_variance = np.bincount(target, w_good * (width * variance)[source], n)

    with np.errstate(invalid="ignore", divide="ignore"):
        new_flux = np.where(is_good, f_good / sum_good, f_any / sum_any)
        new_ivar = np.where(is_good, sum_good**2 / sum_variance, 0.0)
    return new_flux, new_ivar


def _open_gaps(
    wavelength: np.ndarray, flux: np.ndarray, ivar: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixel edges, flux and ivar, with an empty pixel wherever the wavelengths leave a gap."""
    edges = pixel_edges(wavelength)
    step = np.diff(wavelength)
    beside = np.pad(step, 1, constant_values=np.inf)
    near = np.minimum(beside[:-2], beside[2:])
    gap = np.flatnonzero(step > _GAP * near)
    if gap.size == 0:
        return edges, flux, ivar
    start, stop = wavelength[gap] + near[gap] / 2, wavelength[gap + 1] - near[gap] / 2
    edges[gap + 1] = start
    return (
        np.insert(edges, gap + 2, stop),
        np.insert(flux, gap + 1, np.nan),
        np.insert(ivar, gap + 1, 0.0),
    )
