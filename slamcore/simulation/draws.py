"""Random numbers that are a pure function of (seed, star, purpose).

A counter-based generator has no state: any star of any survey can be drawn alone, in any order
and in any batch, and gets the same numbers. A purpose is a word, so that a new draw never
shifts an old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from scipy.special import ndtri

__all__ = ["Draws"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST = np.uint64(31)
_MANTISSA = np.uint64(11)


@dataclass(frozen=True)
class Draws:
    """The random numbers of some stars.

    Attributes
    ----------
    seed : int
        Seed of the survey, >= 0.
    star : ndarray of int64 (n_star,)
        Identifiers.
    """

    seed: int
    star: np.ndarray

    def uniform(self, purpose: str, count: int | None = None) -> np.ndarray:
        """Uniform numbers by SplitMix64 (Steele, Lea & Flood 2014, OOPSLA, Fig. 14).

        Parameters
        ----------
        purpose : str
            What the numbers are for.
        count : int, optional
            How many for each star; one if not given.

        Returns
        -------
        ndarray (n_star,) or (n_star, count)
            In the open interval (0, 1).
        """
        key = _mix(_mix(np.array([self.seed], dtype=np.uint64)) + self.star.astype(np.uint64))
        step = np.uint64(crc32(purpose.encode())) + np.arange(count or 1, dtype=np.uint64)
        counter = key + step * _GOLDEN if count is None else key[:, None] + step * _GOLDEN
        return ((_mix(counter) >> _MANTISSA).astype(float) + 0.5) * 2.0**-53

    def normal(self, purpose: str, count: int | None = None) -> np.ndarray:
        """Standard normal numbers: the inverse of the normal distribution at `uniform`.

        Parameters
        ----------
        purpose, count
            As for `uniform`.

        Returns
        -------
        ndarray (n_star,) or (n_star, count)
        """
        return ndtri(self.uniform(purpose, count))

    def at(self, rows: np.ndarray) -> Draws:
        """The draws of the stars that a mask or an index array (n_row,) selects."""
        return Draws(self.seed, self.star[rows])


def _mix(z: np.ndarray) -> np.ndarray:
    """Scramble 64-bit integers one to one; multiplication wraps."""
    z = z + _GOLDEN
    for shift, factor in _MIX:
        z ^= z >> shift
        z *= factor
    z ^= z >> _LAST
    return z
