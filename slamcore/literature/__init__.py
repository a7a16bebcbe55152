"""Published relations, one module per paper; whatever compares with them iterates `RELATIONS`."""

from __future__ import annotations

from slamcore.literature import mann2015, mann2019
from slamcore.literature.relation import Relation

__all__ = ["RELATIONS", "Relation"]

RELATIONS: tuple[Relation, ...] = (
    mann2015.TEFF,
    mann2015.RADIUS,
    mann2019.MASS,
    mann2019.LOGG,
)
"""Every relation known here, in the order in which it is shown."""
