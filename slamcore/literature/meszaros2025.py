"""Mészáros (Meszaros) et al. (2025), arXiv:2506.07845: ASPCAP in SDSS DR19."""

from __future__ import annotations

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

__all__ = ["CATALOGUE"]

CATALOGUE = LiteratureCatalogue(
    name="aspcap",
    title="ASPCAP DR19 (Mészáros et al. 2025)",
    bibcode="2025arXiv250607845M",
    labels={
        "teff": CatalogueLabel("teff", "K", "e_teff"),
        "logg": CatalogueLabel("logg", "dex", "e_logg"),
        "fe_h": CatalogueLabel("fe_h", "dex", "e_fe_h"),
        "alpha_fe": CatalogueLabel("alpha_m_atm", "dex", "e_alpha_m_atm"),
    },
    ids={key: key for key in ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id")},
    notes=(
        "[Fe/H] of M dwarfs is too low by 0.1-0.24 dex: Qiu (2025), Eq. 10 corrects it",
        "Qiu (2025), section 5 asks for SNR > 20",
        "several rows per star (releases, telescopes): SDSS-V's first, then by SNR",
    ),
)
"""astraAllStarASPCAP, second HDU (SDSS DR19); calibrated values, not the raw_ ones."""
