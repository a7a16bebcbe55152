"""Birky et al. (2020), ApJ 892, 31: The Cannon on APOGEE spectra of M dwarfs, Table 6 (safe)."""

from __future__ import annotations

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

__all__ = ["ASPCAP_DR14", "CATALOGUE"]

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

ASPCAP_DR14 = LiteratureCatalogue(
    name="aspcap_dr14",
    title="ASPCAP DR14, in Birky et al. (2020)",
    bibcode="2020ApJ...892...31B",
    labels={
        "teff": CatalogueLabel("TEFF_APOGEE", "K"),
        "fe_h": CatalogueLabel("M_H_APOGEE", "dex"),
    },
    ids={"name": "APOGEE_ID"},
    position=("RA", "DEC"),
    notes=("[M/H] stands in for [Fe/H]", "no errors per star"),
)
"""The same file's columns of ASPCAP (SDSS DR14), which Birky (2020) compares with."""
