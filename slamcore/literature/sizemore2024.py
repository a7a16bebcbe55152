"""Sizemore et al. (2024), AJ 167, 173: APOGEE Net III and BOSS Net, as in SDSS DR19."""

from __future__ import annotations

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

__all__ = ["APOGEENET", "BOSSNET"]

_TEFF, _LOGG, _FE_H, _SUSPICIOUS = 2, 4, 8, 16
"""Bits of ``result_flags`` in SDSS DR19; 1 is a failed run."""

_IDS = {key: key for key in ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id")}


def _labels(fe_h_flags: int) -> dict[str, CatalogueLabel]:
    return {
        "teff": CatalogueLabel("teff", "K", "e_teff", bad_flags=1 | _TEFF),
        "logg": CatalogueLabel("logg", "dex", "e_logg", bad_flags=1 | _LOGG),
        "fe_h": CatalogueLabel("fe_h", "dex", "e_fe_h", bad_flags=1 | fe_h_flags),
    }


_COOL = "flag_bad is set below 3200 K for [Fe/H]'s sake: Teff and log g go by their own bits"

APOGEENET = LiteratureCatalogue(
    name="apogeenet",
    title="APOGEE Net III (Sizemore et al. 2024)",
    bibcode="2024AJ....167..173S",
    labels=_labels(_FE_H),
    ids=_IDS,
    notes=(_COOL, "several rows per star: SDSS-V's first, then by SNR"),
)
"""astraAllStarApogeeNet, second HDU (SDSS DR19)."""

BOSSNET = LiteratureCatalogue(
    name="bossnet",
    title="BOSS Net (Sizemore et al. 2024)",
    bibcode="2024AJ....167..173S",
    labels=_labels(_FE_H | _SUSPICIOUS),
    ids=_IDS,
    notes=(_COOL, "[Fe/H] of M dwarfs is severely overestimated"),
)
"""astraAllStarBossNet, first HDU (SDSS DR19)."""
