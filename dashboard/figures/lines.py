"""Lines and bands of M dwarfs worth marking, at their vacuum wavelengths.

Atomic lines: NIST ASD air wavelengths (Kramida et al. 2023); molecular bands: Kirkpatrick,
Henry & McCarthy (1991, ApJS 77, 417), Table 5. Converted to vacuum with Birch & Downs (1994).

Telluric bands: Bessell (1999, PASP 111, 1426), Fig. 1, with the limits of J. Moustakas's
``telluric_mask`` (2004, IDL library impro). They lie where the observer is at rest: in the frame
of a star they are shifted by its velocity, less than an Angstrom for most.
"""

from __future__ import annotations

from slamcore.wavelength import air_to_vacuum

__all__ = ["BANDS", "LINES", "TELLURIC"]

_LINES_AIR = (
    ("Ca K", 3933.66),
    ("Ca H", 3968.47),
    ("Ca I", 4226.73),
    ("Hβ", 4861.33),
    ("Mg b", 5175.4),
    ("Na D", 5892.9),
    ("Hα", 6562.80),
    ("K I", 7664.90),
    ("K I", 7698.96),
    ("Na I", 8183.26),
    ("Na I", 8194.82),
    ("Ca II", 8498.02),
    ("Ca II", 8542.09),
    ("Ca II", 8662.14),
)
_BANDS_AIR = (
    ("TiO", 4954, 5200),
    ("TiO", 5448, 5530),
    ("CaOH", 5530, 5560),
    ("TiO", 5847, 6058),
    ("TiO", 6158, 6345),
    ("CaH", 6346, 6390),
    ("TiO", 6651, 6749),
    ("CaH", 6750, 7050),
    ("TiO", 7053, 7270),
    ("VO", 7334, 7534),
    ("TiO", 7589, 7680),
    ("VO", 7851, 7973),
    ("TiO", 8206, 8400),
    ("TiO", 8432, 8490),
    ("VO", 8521, 8668),
    ("TiO", 8859, 8950),
)

_TELLURIC_AIR = (
    ("⊕ O₂ B", 6850, 6960),
    ("⊕ H₂O", 7150, 7350),
    ("⊕ O₂ A", 7560, 7720),
    ("⊕ H₂O", 8105, 8240),
)

LINES: tuple[tuple[str, float], ...] = tuple(
    (name, float(air_to_vacuum(air))) for name, air in _LINES_AIR
)
"""Name and vacuum wavelength (Angstrom) of atomic lines."""

BANDS: tuple[tuple[str, float, float], ...] = tuple(
    (name, float(air_to_vacuum(start)), float(air_to_vacuum(end)))
    for name, start, end in _BANDS_AIR
)
"""Name, begin and end (vacuum Angstrom) of molecular bands."""

TELLURIC: tuple[tuple[str, float, float], ...] = tuple(
    (name, float(air_to_vacuum(start)), float(air_to_vacuum(end)))
    for name, start, end in _TELLURIC_AIR
)
"""Name, begin and end (vacuum Angstrom) of bands of the Earth's atmosphere."""
