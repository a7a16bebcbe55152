"""Du et al. (2024): labels of LAMOST's catalogue of gM, dM and sdM stars, DR11."""

from __future__ import annotations

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

__all__ = ["CATALOGUE"]

CATALOGUE = LiteratureCatalogue(
    name="du2024",
    title="Du et al. (2024)",
    bibcode="",
    labels={
        "teff": CatalogueLabel("teff", "K", "teff_err"),
        "logg": CatalogueLabel("logg", "dex", "logg_err"),
        "fe_h": CatalogueLabel("m_h", "dex", "m_h_err"),
    },
    ids={"gaia_dr3_source_id": "gaia_source_id"},
    position=("ra", "dec"),
    notes=(
        "giants (gM) and subdwarfs (sdM) are in it: see spectral_type, the file's subclass",
        "the release of gaia_source_id is not stated, DR2 up to LAMOST DR8: stars that it does"
        " not find are found by position",
        "[M/H] stands in for [Fe/H], which Qiu (2025), Table 2 does not compare",
        "several spectra of a star: the one with the highest SNR comes first",
    ),
)
