"""Published relations and catalogues; whatever compares with them iterates the registries.

A new paper is one module here and one entry in `RELATIONS` or `CATALOGUES`.
"""

from __future__ import annotations

from slamcore.literature import (
    behmard2025,
    birky2020,
    du2024,
    mann2015,
    mann2019,
    meszaros2025,
    sizemore2024,
)
from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue
from slamcore.literature.relation import Relation

__all__ = ["CATALOGUES", "RELATIONS", "CatalogueLabel", "LiteratureCatalogue", "Relation"]

RELATIONS: tuple[Relation, ...] = (
    mann2015.TEFF,
    mann2015.RADIUS,
    mann2019.MASS,
    mann2019.LOGG,
)
"""Every relation known here, in the order in which it is shown."""

CATALOGUES: tuple[LiteratureCatalogue, ...] = (
    birky2020.CATALOGUE,
    birky2020.ASPCAP_DR14,
    behmard2025.CATALOGUE,
    du2024.CATALOGUE,
    mann2015.CATALOGUE,
    sizemore2024.APOGEENET,
    sizemore2024.BOSSNET,
    meszaros2025.CATALOGUE,
)
"""Every catalogue known here, in the order in which it is shown."""
