"""Behmard et al. (2025): The Cannon on APOGEE spectra of M dwarfs, the SDSS DR19 catalogue."""

from __future__ import annotations

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

__all__ = ["CATALOGUE"]

CATALOGUE = LiteratureCatalogue(
    name="behmard2025",
    title="Behmard et al. (2025)",
    bibcode="2025ApJ...982...13B",
    labels={
        "teff": CatalogueLabel("Teff_cannon", "K", "Teff_err"),
        "fe_h": CatalogueLabel("fe_h_cannon", "dex", "fe_h_err", valid=(-0.56, 0.31)),
    },
    ids={"gaia_dr3_source_id": "gaia_dr3_source_id", "sdss_id": "name"},
    position=None,
    notes=(
        "its column name holds the sdss_id",
        "temp_agree is False where its Teff and the photometric one differ by over 2 sigma",
        "a flagged [Fe/H] is an extrapolation; leaving it out of a comparison also cuts the"
        " scatter of stars at the edge",
    ),
)
"""The range is that of the FGK+M training pairs (Behmard (2025), abstract)."""
