"""Main sequences of PARSEC isochrones at any [M/H] and age between those of the tables.

Tables are interpolated with one another only where PARSEC release, bolometric corrections and
photometric system are the same: at 0.4 solar masses, log age 9.5 and [M/H] near -0.16 the
colours of CMD 3.6, which does not state its corrections, are 0.05 mag bluer than those of YBC
(Chen et al. (2019)). The version of CMD itself may differ; a curve names those it is made of.
"""

from __future__ import annotations

from slamcore.isochrones.isochrone import Isochrone
from slamcore.isochrones.tables import IsochroneSet

__all__ = ["Isochrone", "IsochroneSet"]
