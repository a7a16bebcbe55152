"""Composites of many stars: the median of those drawn by lot."""

from __future__ import annotations

import numpy as np

from slamcore.composite import Composite, composite
from slamcore.spectra import SpectrumBlock
from slamcore.survey import Survey

__all__ = ["COMPOSITE_LIMIT", "Composites", "draw_lots"]

COMPOSITE_LIMIT = 200
"""Spectra in one composite: more change the median by less than a line's width."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads keys evenly


def draw_lots(rows: np.ndarray, keys: np.ndarray, n: int) -> np.ndarray:
    """Some of the stars, the same as long as these are among them.

    Parameters
    ----------
    rows : ndarray of int (n_row,)
    keys : ndarray of int64 (n_star,)
        ``spectrum_pk`` of all stars.
    n : int

    Returns
    -------
    ndarray of int (n_drawn,)
        Rows, in the order given.
    """
    if len(rows) <= n:
        return rows
    # A number that has nothing to do with the star but is always its own.
    lots = keys[rows].astype(np.uint64) * _GOLDEN
    return rows[np.sort(np.argpartition(lots, n)[:n])]


class Composites:
    """Composites of stars of a survey; spectra of the last one are not read again.

    Parameters
    ----------
    survey : Survey
    """

    def __init__(self, survey: Survey):
        self._survey = survey
        self._keys = survey.stars["spectrum_pk"].to_numpy()
        self._last: tuple[np.ndarray, SpectrumBlock | None] = (np.zeros(0, dtype=int), None)

    def of(self, rows: np.ndarray) -> Composite:
        """The median spectrum of stars, or of some of them.

        Parameters
        ----------
        rows : ndarray of int (n_row,)
            With a spectrum.

        Returns
        -------
        Composite
        """
        drawn = draw_lots(rows, self._keys, COMPOSITE_LIMIT)
        return composite(self._spectra(drawn), available=len(rows))

    def _spectra(self, rows: np.ndarray) -> SpectrumBlock:
        """Spectra of stars (n_row,); those of the last time are not read again."""
        before, block = self._last
        rows = np.unique(rows)
        new = np.setdiff1d(rows, before, assume_unique=True)
        read = self._survey.spectra(new)
        if block is not None and len(new) < len(rows):
            order = np.argsort(np.concatenate([before, new]), kind="stable")
            held = np.isin(np.concatenate([before, new])[order], rows)
            order = order[held]
            read = SpectrumBlock(
                read.wavelength,
                np.concatenate([block.flux, read.flux])[order],
                np.concatenate([block.ivar, read.ivar])[order],
                np.concatenate([block.origin, read.origin])[order],
            )
        self._last = rows, read
        return read
