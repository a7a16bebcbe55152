"""Numbers used in more than one module, each with unit and source."""

from __future__ import annotations

__all__ = [
    "BOSS_LOGLAM_START",
    "BOSS_LOGLAM_STEP",
    "BOSS_N_PIXELS",
    "MATCH_RADIUS",
    "SPEED_OF_LIGHT",
    "USABLE_RANGE",
]

SPEED_OF_LIGHT = 299792.458
"""km/s (exact)."""

BOSS_LOGLAM_START = 3.5523
"""log10 of the first BOSS pixel's vacuum wavelength in Angstrom (SDSS data model, mwmStar)."""

BOSS_LOGLAM_STEP = 1e-4
"""dex per BOSS pixel (SDSS data model, mwmStar)."""

BOSS_N_PIXELS = 4648
"""Pixels of a BOSS spectrum on that grid: 3566.97 to 10399.20 Angstrom."""

MATCH_RADIUS = 3.0
"""arcsec; the largest separation at which a spectrum is matched to a star by position."""

USABLE_RANGE = {
    "teff": (3100.0, 3900.0),
    "logg": (4.45, 4.95),
    "fe_h": (-0.6, 0.5),
    "fe_h_niu": (-0.6, 0.5),
}
"""K, dex; where the published SLAM labels are validated (Qiu (2025), Table 1)."""
