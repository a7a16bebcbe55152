"""Birky et al. (2020), ApJ 892, 31: The Cannon on APOGEE spectra of M dwarfs, Table 6 (safe)."""

from __future__ import annotations

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

__all__ = ["CATALOGUE"]

CATALOGUE = LiteratureCatalogue(
    name="birky2020",
    title="Birky et al. (2020)",
    bibcode="2020ApJ...892...31B",
    labels={
        "teff": CatalogueLabel("TEFF", "K", valid=(2860.0, 4130.0)),
        "fe_h": CatalogueLabel("FE_H", "dex", valid=(-0.5, 0.5)),
    },
    ids={"name": "APOGEE_ID"},
    position=("RA", "DEC"),
    notes=(
        "GAIA_ID is Gaia DR2's and has lost its last digits: not used",
        "TEFF_APOGEE and M_H_APOGEE are ASPCAP's of DR14; [M/H] stands in for [Fe/H]",
        "no errors per star: 77 K and 0.09 dex in cross-validation",
    ),
)
"""The ranges are those of the 87 training stars (Birky (2020), abstract)."""
