"""Spectra as frozen arrays: one (`Spectrum`) and many on one grid (`SpectrumBlock`)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Identity", "Shift", "Spectrum", "SpectrumBlock", "median_snr"]


@dataclass(frozen=True)
class Shift:
    """How a spectrum came to the rest frame.

    Attributes
    ----------
    frame : str
        Frame of the wavelengths in the file: ``rest``, ``barycentric`` or ``unknown``.
    velocity : float
        km/s that was divided out; 0 where nothing was applied.
    reason : str
        Where the velocity comes from, or why none was applied.
    """

    frame: str
    velocity: float
    reason: str


@dataclass(frozen=True)
class Identity:
    """What a file says about the star: ids to match by (-1: none), position (deg), type.

    Attributes
    ----------
    name : str
        How the spectrum is called on the page; file name unless the file knows better.
    sdss_id, gaia_dr3_source_id, gaia_dr2_source_id, catalogid, obsid, spectrum_pk : int
        -1 where absent.
    ra, dec : float
        deg, NaN where absent.
    spectral_type : str
        Such as ``M1`` as the file gives it, empty where absent.
    telescope : str
        As Astra names it, such as ``apo25m``; empty where the file does not say.
    template_fe_h : tuple of float or None
        For a template, the [Fe/H] bin (dex) it stands for; None for the spectrum of a star.
    """

    name: str
    sdss_id: int = -1
    gaia_dr3_source_id: int = -1
    gaia_dr2_source_id: int = -1
    catalogid: int = -1
    obsid: int = -1
    spectrum_pk: int = -1
    ra: float = np.nan
    dec: float = np.nan
    spectral_type: str = ""
    telescope: str = ""
    template_fe_h: tuple[float, float] | None = None

    @property
    def is_template(self) -> bool:
        """Whether this is a co-added template of a type and not the spectrum of one star."""
        return self.template_fe_h is not None


@dataclass(frozen=True)
class Spectrum:
    """One spectrum in vacuum, rest frame.

    Attributes
    ----------
    wavelength : ndarray (n_pix,)
        Angstrom, vacuum, rest frame, strictly increasing.
    flux : ndarray (n_pix,)
        In the file's unit; NaN where the file has none.
    ivar : ndarray (n_pix,)
        Inverse variance in flux unit^-2, >= 0 and finite; 0 where the pixel is bad.
    mask : ndarray of bool (n_pix,)
        True where the pixel is bad: ``ivar == 0`` or flux not finite.
    kind : str
        Name of the reader, such as ``spec`` or ``mwmStar``.
    identity : Identity
    shift : Shift
    medium : str
        ``vacuum`` or ``air`` as in the file; air was converted.
    header_snr : float
        The SNR the file states (SDSS: ``SN_MEDIAN_ALL``), NaN where it states none.
    notes : tuple of str
        What a reader had to assume or repair.

    Raises
    ------
    ValueError
        On unequal lengths, wavelengths that do not increase, negative or infinite ivar.
    """

    wavelength: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray
    kind: str
    identity: Identity
    shift: Shift
    medium: str = "vacuum"
    header_snr: float = np.nan
    notes: tuple[str, ...] = ()
    mask: np.ndarray = field(init=False)

    def __post_init__(self):
        shapes = {np.shape(a) for a in (self.wavelength, self.flux, self.ivar)}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ValueError(f"spectrum: expected three equally long 1-d arrays, got {shapes}")
        wavelength = np.array(self.wavelength, dtype=float)
        flux = np.array(self.flux, dtype=float)
        ivar = np.array(self.ivar, dtype=float)
        if wavelength.size < 2 or not np.all(np.diff(wavelength) > 0):
            raise ValueError("spectrum: expected strictly increasing wavelengths")
        if not np.all(np.isfinite(ivar)) or ivar.min() < 0:
            raise ValueError("spectrum: expected finite ivar >= 0")
        ivar[~np.isfinite(flux)] = 0.0
        freeze = {"wavelength": wavelength, "flux": flux, "ivar": ivar, "mask": ivar == 0}
        for name, array in freeze.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_good(self) -> int:
        """Number of pixels with ivar > 0."""
        return int(np.count_nonzero(~self.mask))

    @property
    def snr(self) -> float:
        """Median of flux * sqrt(ivar) over the good pixels (the meaning of SN_MEDIAN_ALL)."""
        good = ~self.mask
        if not good.any():
            return float("nan")
        return float(np.median(self.flux[good] * np.sqrt(self.ivar[good])))


@dataclass(frozen=True)
class SpectrumBlock:
    """Many spectra on one grid.

    Attributes
    ----------
    wavelength : ndarray (n_pix,)
        Angstrom, vacuum, rest frame.
    flux, ivar : ndarray of float32 (n_star, n_pix)
        Inverse variance is 0 where a pixel is bad.
    origin : ndarray of str (n_star,)
        Whose spectrum each row is: ``observed``, ``template``, ``simulated`` or ``none``.
        A ``none`` row is all NaN with zero ivar.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """

    wavelength: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray
    origin: np.ndarray

    def __post_init__(self):
        expected = (len(self.origin), len(self.wavelength))
        if self.flux.shape != expected or self.ivar.shape != expected:
            raise ValueError(
                f"spectra: expected flux and ivar of shape {expected}, "
                f"got {self.flux.shape} and {self.ivar.shape}"
            )

    def __len__(self) -> int:
        return len(self.origin)


def median_snr(spectra: SpectrumBlock) -> np.ndarray:
    """Median of flux * sqrt(ivar) over the good pixels of each spectrum.

    Parameters
    ----------
    spectra : SpectrumBlock

    Returns
    -------
    ndarray (n_star,)
        NaN where there is no good pixel, or the median is not positive.
    """
    snr = np.full(len(spectra), np.nan)
    for row, (flux, ivar) in enumerate(zip(spectra.flux, spectra.ivar, strict=True)):
        good = (ivar > 0) & np.isfinite(flux)
        if good.any():
            snr[row] = np.median(flux[good] * np.sqrt(ivar[good]))
    return np.where(snr > 0, snr, np.nan)
