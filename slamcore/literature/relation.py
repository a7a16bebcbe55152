"""A published formula that knows its source, its scatter and where it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Relation"]


@dataclass(frozen=True)
class Relation:
    """One literature relation; calling it gives NaN wherever an input leaves its range.

    Attributes
    ----------
    name : str
        As the field cites it.
    bibcode : str
        ADS bibcode of the paper (of the erratum where that holds the numbers).
    what : str
        Name of the quantity it gives, a key of `slamcore.columns.BY_NAME`.
    unit : str
        Unit of that quantity as `astropy.units` writes it, ``dex`` for logarithms.
    x : tuple of str
        Names of the inputs, in the order of the call; colours as ``bp_rp`` and ``j_h``,
        absolute magnitudes as ``abs_k_mag`` (mag).
    valid : tuple of (float, float)
        Inclusive range of each input (mag).
    scatter : float
        Standard deviation of the calibrators about the relation, in ``unit``, or a fraction
        of the value where ``is_relative``.
    is_relative : bool
        Whether ``scatter`` is a fraction.
    evaluate : callable
        The bare formula, without the range: arrays (...,) -> array (...,).
    """

    name: str
    bibcode: str
    what: str
    unit: str
    x: tuple[str, ...]
    valid: tuple[tuple[float, float], ...]
    scatter: float
    is_relative: bool
    evaluate: Callable[..., np.ndarray]

    def __call__(self, *values: np.ndarray) -> np.ndarray:
        """Evaluate inside the range of validity.

        Parameters
        ----------
        *values : array_like (...,)
            One array per name in ``x``, of shapes that broadcast together.

        Returns
        -------
        ndarray (...,)
            In ``unit``; NaN outside ``valid`` and where an input is NaN.

        Raises
        ------
        TypeError
            If the number of arrays is not that of ``x``.
        """
        arrays, inside = self._checked(values)
        return self.evaluate(*(np.where(inside, array, np.nan) for array in arrays))

    def inside(self, *values: np.ndarray) -> np.ndarray:
        """Whether every input lies in its range.

        Parameters
        ----------
        *values : array_like (...,)
            As for a call.

        Returns
        -------
        ndarray of bool (...,)
            False where an input is NaN.

        Raises
        ------
        TypeError
            If the number of arrays is not that of ``x``.
        """
        return self._checked(values)[1]

    def _checked(self, values: Sequence[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
        if len(values) != len(self.x):
            raise TypeError(f"{self.name}: expected {self.x}, got {len(values)} arrays")
        arrays = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in values))
        inside = np.ones(arrays[0].shape, dtype=bool)
        for array, (low, high) in zip(arrays, self.valid, strict=True):
            inside &= (array >= low) & (array <= high)
        return list(arrays), inside
