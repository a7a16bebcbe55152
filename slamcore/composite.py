"""The composite of many spectra: median and 16-84 per cent range, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.spectra import SpectrumBlock

__all__ = ["SCALE_RANGE", "Composite", "composite", "equal_bins", "scale_to_unity"]

SCALE_RANGE = (7000.0, 9000.0)
"""Angstrom; where spectra are brought to a common level. Red of it BOSS loses light, blue of
it an M dwarf has little."""


@dataclass(frozen=True)
class Composite:
    """Percentiles of scaled spectra.

    Attributes
    ----------
    wavelength : ndarray (n_pix,)
        Angstrom, vacuum, rest frame.
    median, low, high : ndarray (n_pix,)
        50th, 16th and 84th percentile of the scaled flux; NaN where no spectrum has a pixel.
    n : int
        Spectra that went in.
    available : int
        Spectra there were to choose from.
    n_template : int
        How many of the ``n`` are templates, not the star's own spectrum.
    """

    wavelength: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int
    available: int
    n_template: int


def scale_to_unity(wavelength: np.ndarray, flux: np.ndarray, ivar: np.ndarray) -> np.ndarray:
    """Factor per spectrum that brings its median flux in `SCALE_RANGE` to one.

    Parameters
    ----------
    wavelength : ndarray (n_pix,)
        Angstrom.
    flux, ivar : ndarray (n_star, n_pix)

    Returns
    -------
    ndarray (n_star,)
        NaN for a spectrum without good pixels there or with a median that is not positive.
    """
    inside = (wavelength >= SCALE_RANGE[0]) & (wavelength <= SCALE_RANGE[1])
    level = _percentiles(np.where(ivar[:, inside] > 0, flux[:, inside], np.nan).T, (50,))[0]
    return np.where(level > 0, 1 / np.where(level > 0, level, 1), np.nan)


def composite(block: SpectrumBlock, available: int | None = None) -> Composite:
    """Median and 16-84 per cent range of spectra scaled to a common level.

    Parameters
    ----------
    block : SpectrumBlock
        flux and ivar (n_star, n_pix); bad pixels are left out.
    available : int, optional
        How many spectra ``block`` was chosen from; its own length by default.

    Returns
    -------
    Composite
        Of the spectra that could be scaled.
    """
    factor = scale_to_unity(block.wavelength, block.flux, block.ivar)
    usable = np.isfinite(factor)
    good = block.ivar[usable] > 0
    scaled = np.where(good, block.flux[usable] * factor[usable, None], np.nan)
    low, median, high = _percentiles(scaled, (16, 50, 84))
    return Composite(
        block.wavelength,
        median,
        low,
        high,
        n=int(usable.sum()),
        available=len(block) if available is None else available,
        n_template=int(np.count_nonzero(block.origin[usable] == "template")),
    )


def equal_bins(values: np.ndarray, n_bins: int) -> tuple[np.ndarray, ...]:
    """Stars in bins of a value that hold equally many.

    Parameters
    ----------
    values : array_like (n_star,)
        NaN is in no bin.
    n_bins : int
        Fewer come back where there are fewer stars.

    Returns
    -------
    tuple of ndarray of int (n_in_bin,)
        Places of the stars, by rising value; the counts differ by at most one.
    """
    values = np.asarray(values, dtype=float)
    order = np.argsort(values, kind="stable")
    order = order[np.isfinite(values[order])]
    return tuple(part for part in np.array_split(order, n_bins) if part.size)


def _percentiles(values: np.ndarray, percents: tuple[float, ...]) -> np.ndarray:
    """Percentiles along the first axis, NaN left out; many times faster than nanpercentile.

    Sorting puts NaN last, so the rank counts from the number of finite values.
    """
    n_column = values.shape[1]
    if values.shape[0] == 0:
        return np.full((len(percents), n_column), np.nan)
    ordered = np.sort(values, axis=0)
    count = np.count_nonzero(np.isfinite(ordered), axis=0)
    column = np.arange(n_column)
    out = np.full((len(percents), n_column), np.nan)
    some = count > 0
    for i, percent in enumerate(percents):
        rank = np.maximum(count - 1, 0) * percent / 100
        below = np.floor(rank).astype(int)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        share = rank - below
        value = ordered[below, column] * (1 - share) + ordered[above, column] * share
        out[i, some] = value[some]
    return out
