"""Mann et al. (2019), ApJ 871, 63, and the gravity that follows with Mann et al. (2015)."""

from __future__ import annotations

import numpy as np

from slamcore.literature.mann2015 import RADIUS
from slamcore.literature.relation import Relation

__all__ = ["LOGG", "MASS", "surface_gravity"]

_MASS = (-0.642, -0.208, -8.43e-4, 7.87e-3, 1.42e-4, -2.13e-4)
_ZERO_POINT = 7.5
_LOGG_SUN = 4.438


def surface_gravity(mass: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Surface gravity, log g = 4.438 + log M - 2 log R (Qiu (2025), Eq. 9).

    Parameters
    ----------
    mass, radius : array_like (...,)
        Solar units.

    Returns
    -------
    ndarray (...,)
        dex (cgs).
    """
    return _LOGG_SUN + np.log10(mass) - 2 * np.log10(radius)


def _mass(abs_k_mag: np.ndarray) -> np.ndarray:
    return 10 ** np.polynomial.polynomial.polyval(abs_k_mag - _ZERO_POINT, _MASS)


def _logg(abs_k_mag: np.ndarray) -> np.ndarray:
    return surface_gravity(_mass(abs_k_mag), RADIUS.evaluate(abs_k_mag))


MASS = Relation(
    name="Mann et al. (2019) M(M_Ks)",
    bibcode="2019ApJ...871...63M",
    what="mass",
    unit="solMass",
    x=("abs_k_mag",),
    valid=((4.0, 11.0),),
    scatter=0.022,
    is_relative=True,
    evaluate=_mass,
)
"""Mann (2019), Table 6 (n = 5, without [Fe/H]); most secure for 4.5 < M_Ks < 10.5."""

LOGG = Relation(
    name="Mann et al. (2015, 2019) log g(M_Ks)",
    bibcode="2019ApJ...871...63M",
    what="logg",
    unit="dex",
    x=("abs_k_mag",),
    valid=RADIUS.valid,
    scatter=0.027,
    is_relative=False,
    evaluate=_logg,
)
"""Qiu (2025), Eq. 9; the scatter is 2.2 % in mass and 2.89 % in radius, added in quadrature."""
