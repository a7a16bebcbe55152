"""The M-dwarf templates of Kesseli et al. (2017), ApJS 230, 16, gathered in one file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from slamcore.io.errors import InputError
from slamcore.io.fits_file import Hdu, exact_int, read_fits, text
from slamcore.io.spectrum_clean import all_usable, clean_spectrum, floats, ivar_from
from slamcore.io.spectrum_shift import given_shift
from slamcore.spectra import Identity, Shift, Spectrum

__all__ = ["iron_bin", "read_templates"]


def read_templates(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read a file of templates: a table with a row each, and their common wavelengths.

    ``ivar`` is ``prop_err**-2``, not ``std**-2``: the propagated error is the noise of a pixel
    (for the templates of one spectrum it agrees with DER_SNR within a tenth), whereas ``std``
    is how much the stars of the bin differ, and is 0 where the bin has one star.

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out on top of the templates' rest frame.

    Returns
    -------
    tuple of Spectrum
        One per row, ``identity.is_template``; vacuum, rest frame.

    Raises
    ------
    InputError
        If the file is damaged, lacks a column, or has no row with good pixels.
    """
    hdus = read_fits(path, n_hdus=3)
    rows = next((h for h in hdus if "feh_bin" in h.columns), None)
    grid = next((h for h in hdus if "loglam" in h.columns), None)
    if rows is None or grid is None or rows.n_rows == 0:
        raise InputError(path, "rows of templates and an HDU with loglam", "no such HDU or row")
    missing = [name for name in ("flux", "prop_err", "spt") if name not in rows.columns]
    if missing:
        raise InputError(path, f"column {missing[0]}", ", ".join(sorted(rows.columns)))
    wavelength = 10.0 ** floats(path, "loglam", grid.columns["loglam"])
    return all_usable(_spectra(path, rows, wavelength, velocity))


def iron_bin(label: str) -> tuple[float, float]:
    """[Fe/H] limits of a template's bin, as its file writes them.

    The signs of the comparison are not to be trusted (``-0.5 > FeH > 0.0dex``), so two numbers
    are sorted; one number is an upper limit unless ``>`` stands before it.

    Parameters
    ----------
    label : str
        Empty for a template of all metallicities.

    Returns
    -------
    tuple of float
        dex; infinite where the bin is open.
    """
    limits = sorted(float(n) for n in re.findall(r"[-+]?\d+(?:\.\d+)?", label))
    if not limits:
        return -math.inf, math.inf
    if len(limits) == 1:
        return (limits[0], math.inf) if ">" in label else (-math.inf, limits[0])
    return limits[0], limits[-1]


def _spectra(
    path: str | Path, rows: Hdu, wavelength: np.ndarray, velocity: float | None
) -> Iterator[Spectrum | InputError]:
    for index in range(rows.n_rows):
        row = rows.row(index)
        spectral_type, limits = text(row, "spt"), iron_bin(text(row, "feh_bin"))
        n_spectra = exact_int(row, "n_spectra")
        try:
            yield clean_spectrum(
                path,
                "template",
                Identity(
                    name=f"{spectral_type} {_bin_name(limits)}".strip(),
                    spectral_type=spectral_type,
                    template_fe_h=limits,
                ),
                Shift("rest", 0.0, "templates are at rest")
                if velocity is None
                else given_shift("rest", velocity),
                wavelength,
                row["flux"],
                ivar_from(floats(path, "prop_err", row["prop_err"]), "error"),
                notes=[f"co-added from {n_spectra} spectra"] if n_spectra > 0 else [],
            )
        except InputError as problem:
            yield problem


def _bin_name(limits: tuple[float, float]) -> str:
    low, high = limits
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(low):
        return f"[< {high:.1f}]"
    return f"[{low:.1f}, {high:.1f}]" if math.isfinite(high) else f"[> {low:.1f}]"
