"""Mann et al. (2015), ApJ 804, 64, with the erratum Mann et al. (2016), ApJ 819, 87."""

from __future__ import annotations

import numpy as np

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue
from slamcore.literature.relation import Relation

__all__ = ["CATALOGUE", "RADIUS", "TEFF"]


def _teff(bp_rp: np.ndarray, j_h: np.ndarray) -> np.ndarray:
    colour = np.polynomial.polynomial.polyval(bp_rp, [3.172, -2.475, 1.082, -0.2231, 0.01738])
    # Several public codes carry -0.04355; the erratum's plus returns Mann's own Teff.
    return 3500 * (colour + 0.08776 * j_h + 0.04355 * j_h**2)


def _radius(abs_k_mag: np.ndarray) -> np.ndarray:
    return np.polynomial.polynomial.polyval(abs_k_mag, [1.9515, -0.3520, 0.01680])


TEFF = Relation(
    name="Mann et al. (2015) Teff(BP-RP, J-H)",
    bibcode="2016ApJ...819...87M",
    what="teff",
    unit="K",
    x=("bp_rp", "j_h"),
    valid=((1.82, 4.88), (0.47, 0.70)),
    scatter=49.0,
    is_relative=False,
    evaluate=_teff,
)
"""Mann (2016), Table 2. The range is that of the 183 calibrators, whose BP and RP are synthetic,
in pre-launch passbands: Gaia's BP-RP is 0.15-0.16 mag bluer, which makes the result 90 K too hot.
"""

RADIUS = Relation(
    name="Mann et al. (2015) R(M_Ks)",
    bibcode="2016ApJ...819...87M",
    what="radius",
    unit="solRad",
    x=("abs_k_mag",),
    valid=((4.6, 9.8),),
    scatter=0.0289,
    is_relative=True,
    evaluate=_radius,
)
"""Mann (2016), Table 1; for -0.6 < [Fe/H] < 0.5."""

CATALOGUE = LiteratureCatalogue(
    name="mann2015",
    title="Mann et al. (2015), Table 5",
    bibcode="2015ApJ...804...64M",
    labels={
        "teff": CatalogueLabel("Teff", "K", "e_Teff"),
        "fe_h": CatalogueLabel("[Fe/H]", "dex", "e_[Fe/H]"),
        "mass": CatalogueLabel("M", "solMass"),
        "radius": CatalogueLabel("R", "solRad"),
    },
    position=("RAJ2000", "DEJ2000"),
    notes=(
        "BP, RP, J, H and Ks are synthetic: Gaia's BP-RP is 0.15-0.16 mag bluer",
        "positions are of J2000 and the stars are near: most moved by more than 3 arcsec since",
    ),
)
"""The 183 calibrators themselves."""
