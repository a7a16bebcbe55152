"""Labels for a spectrum that is not of the survey, such as a viewer's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.diagnostics.residuals import Residuals, residuals
from slamcore.inference.flags import FLAGS
from slamcore.inference.infer import Engine
from slamcore.io.uploads import read_uploaded
from slamcore.numerals import typeset
from slamcore.preprocess import normalize, rebin
from slamcore.spectra import Spectrum, SpectrumBlock, median_snr
from slamcore.survey_labels import NO_ERROR, error_law, preset_of
from slamcore.wavelength import boss_grid

__all__ = ["MOST", "OwnLabels", "OwnSpectrum", "label_file", "label_spectrum"]

MOST = 20
"""Spectra of one file that get labels; a file of templates has some hundred."""


@dataclass(frozen=True)
class OwnLabels:
    """One label of a spectrum.

    Attributes
    ----------
    label : str
    value : float
        K, dex; NaN where there is none.
    error : float
        Scatter of the test stars at this SNR, or the formal error where no law of it is known;
        NaN where the flags say that neither means anything.
    origin : str
        Whose error it is, in words.
    """

    label: str
    value: float
    error: float
    origin: str


@dataclass(frozen=True, eq=False)
class OwnSpectrum:
    """A spectrum with labels.

    Attributes
    ----------
    spectrum : Spectrum
        As read.
    raw : SpectrumBlock (1, n_pix)
        On the BOSS grid, in the file's unit.
    normal : SpectrumBlock (1, n_pix)
        Normalised, on the model's pixels.
    labels : tuple of OwnLabels
    residuals : Residuals or None
        Against the model at these labels; None without labels.
    flags : tuple of str
        What may be wrong, in words.
    notes : tuple of str
        How it came to the rest frame, and what a reader had to assume.
    snr : float
        Median per pixel of the BOSS grid.
    """

    spectrum: Spectrum
    raw: SpectrumBlock
    normal: SpectrumBlock
    labels: tuple[OwnLabels, ...]
    residuals: Residuals | None
    flags: tuple[str, ...]
    notes: tuple[str, ...]
    snr: float


def label_file(engine: Engine, name: str, content: bytes) -> tuple[OwnSpectrum, ...]:
    """Labels for the spectra of a file that came as bytes.

    Parameters
    ----------
    engine : Engine
        Of the model.
    name : str
        As its owner calls it.
    content : bytes

    Returns
    -------
    tuple of OwnSpectrum
        At least one; the first `MOST` of the file.

    Raises
    ------
    InputError
        If it is no spectrum, told under the owner's name.
    """
    return tuple(label_spectrum(engine, one) for one in read_uploaded(name, content)[:MOST])


def label_spectrum(engine: Engine, spectrum: Spectrum) -> OwnSpectrum:
    """Bring a spectrum to the model's pixels, normalise it and infer its labels.

    Parameters
    ----------
    engine : Engine
        Of the model.
    spectrum : Spectrum

    Returns
    -------
    OwnSpectrum

    Raises
    ------
    ValueError
        If the model's pixels are those of no preset.
    """
    model, grid = engine.model, boss_grid()
    flux, ivar = rebin(spectrum.wavelength, spectrum.flux, spectrum.ivar, grid)
    origin = "template" if spectrum.identity.is_template else "observed"
    raw = SpectrumBlock(
        grid, flux[None].astype(np.float32), ivar[None].astype(np.float32), np.array([origin])
    )
    normal = normalize(raw, preset_of(model, grid), threads=1)
    found = engine.infer(normal.flux, normal.ivar)
    bits, snr = int(found["result_flags"][0]), float(median_snr(raw)[0])
    values = found["values"][0]
    known = bool(np.isfinite(values).all())
    fit = residuals(model, values, normal.flux[0], normal.ivar[0]) if known else None
    formal = np.sqrt(np.diagonal(found["covariance"][0]))
    notes = [_frame(spectrum), *spectrum.notes]
    labels = []
    for name, value, error in zip(model.label_names, values, formal, strict=True):
        law, whose = error_law(model, name), "formal error: too small"
        if law is not None:
            error, whose = float(law(snr)), "scatter of test stars at this SNR"
            if law.is_extrapolated(snr):
                low, high = law.snr_range
                whose = f"extrapolated: SNR {snr:.3g} is outside {low:.3g}-{high:.3g}"
        if bits & NO_ERROR:
            error, whose = np.nan, "no error: see the flags"
        labels.append(OwnLabels(name, float(value), float(error), whose))
    return OwnSpectrum(
        spectrum=spectrum,
        raw=raw,
        normal=normal,
        labels=tuple(labels),
        residuals=fit,
        flags=tuple(flag.text for flag in FLAGS if bits & flag.bit),
        notes=tuple(notes),
        snr=snr,
    )


def _frame(spectrum: Spectrum) -> str:
    """How its wavelengths came to vacuum and rest."""
    shift = spectrum.shift
    medium = "air, converted to vacuum" if spectrum.medium == "air" else "vacuum"
    velocity = typeset(shift.velocity, "+.1f")
    moved = f"{velocity} km/s divided out" if shift.velocity else "not shifted"
    return f"{medium}, {shift.frame} frame, {moved} ({shift.reason})"
