"""Which column of a plain spectrum is which: names, units, air or vacuum."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "ANGSTROM_PER",
    "SpectrumColumns",
    "find_columns",
    "medium_in",
    "noise_kind_of",
    "unit_in",
]

ANGSTROM_PER = {
    "angstrom": 1.0, "angstroms": 1.0, "ang": 1.0, "a": 1.0, "aa": 1.0, "å": 1.0,
    "nm": 10.0, "nanometer": 10.0, "nanometers": 10.0, "nanometre": 10.0,
    "um": 1e4, "µm": 1e4, "μm": 1e4, "micron": 1e4, "microns": 1e4, "micrometer": 1e4,
    "m": 1e10, "meter": 1e10,
}  # fmt: skip
"""Angstrom per unit of wavelength, by the (lower case) name of the unit."""

_WAVELENGTH = {
    "wavelength", "wavelengths", "wave", "waves", "lambda", "lam", "lamb", "wl", "wvl", "wlen",
    "loglam", "loglambda", "logwave", "logwavelength", "logwl",
}  # fmt: skip
_MEDIA = {"air": "air", "awav": "air", "vac": "vacuum", "vacuum": "vacuum"}
_ROLES = {
    "flux": {"flux", "fluxes", "flam", "flambda", "fluxdensity", "fluxlambda", "intensity"},
    "ivar": {"ivar", "invvar", "inversevariance", "fluxivar", "ivarflux"},
    "error": {
        "eflux", "error", "errors", "err", "sigma", "sig", "fluxerr", "fluxerror", "errflux",
        "fluxsigma", "sigmaflux", "fluxunc", "uncertainty", "fluxuncertainty", "unc", "noise",
        "std", "fluxstd", "stddev", "properr", "dflux",
    },
    "variance": {"variance", "var", "fluxvar", "fluxvariance"},
}  # fmt: skip


@dataclass(frozen=True)
class SpectrumColumns:
    """Names of the columns of a spectrum as they are in the file.

    Attributes
    ----------
    wavelength, flux : str
    noise : str
        Empty where the file has no errors.
    noise_kind : str
        What ``noise`` holds: ``ivar``, ``error`` (standard deviation), ``variance`` or empty.
    is_log : bool
        Whether the wavelengths are log10 of Angstrom.
    """

    wavelength: str
    flux: str
    noise: str
    noise_kind: str
    is_log: bool


def find_columns(names: Iterable[str]) -> SpectrumColumns | None:
    """Find wavelength, flux and errors among column names, whatever their case.

    In a wavelength's name the medium and the unit are no part of it: ``wave_air``,
    ``lambda [nm]`` and ``WAVELENGTH_NM`` are wavelengths.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    SpectrumColumns or None
        None if there is no wavelength or no flux: then it is not a spectrum.
    """
    found: dict[str, str] = {}
    for name in names:
        words = _words(re.sub(r"[\[(].*", "", name))
        if "".join(w for w in words if w not in _MEDIA and w not in ANGSTROM_PER) in _WAVELENGTH:
            found.setdefault("wavelength", name)
        for role, aliases in _ROLES.items():
            if "".join(words) in aliases:
                found.setdefault(role, name)
    if "wavelength" not in found or "flux" not in found:
        return None
    noise_kind = next((kind for kind in ("ivar", "error", "variance") if kind in found), "")
    return SpectrumColumns(
        wavelength=found["wavelength"],
        flux=found["flux"],
        noise=found.get(noise_kind, ""),
        noise_kind=noise_kind,
        is_log=_words(found["wavelength"])[0].startswith("log"),
    )


def noise_kind_of(name: str) -> str:
    """What a column or HDU of this name holds: ``ivar``, ``error``, ``variance`` or empty."""
    bare = "".join(_words(name))
    return next((kind for kind in ("ivar", "error", "variance") if bare in _ROLES[kind]), "")


def unit_in(*sentences: str) -> str:
    """First unit of wavelength (a key of ``ANGSTROM_PER``) in any of the sentences, else empty."""
    words = (word for sentence in sentences for word in _words(sentence))
    return next((word for word in words if word in ANGSTROM_PER), "")


def medium_in(*sentences: str) -> str:
    """The first of ``air`` or ``vacuum`` in any of the sentences, else empty."""
    words = (word for sentence in sentences for word in _words(sentence))
    return next((_MEDIA[word] for word in words if word in _MEDIA), "")


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.lower().replace("log10", "log"))
