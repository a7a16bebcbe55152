"""Files of spectra into the store of a survey: read, rebinned, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from slamcore.constants import BOSS_N_PIXELS
from slamcore.io.checksum import sha256_of
from slamcore.io.errors import InputError
from slamcore.io.mwm_exact import read_mwm_exact
from slamcore.io.spectra_files import read_spectra
from slamcore.io.store_writer import SpectraWriter
from slamcore.preprocess import rebin
from slamcore.spectra import Identity, Spectrum
from slamcore.wavelength import boss_grid

__all__ = ["InputFile", "Progress", "StoredSpectrum", "append_spectra"]

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is being done."""

_FLOAT32_SAFE = 1e30
"""Inverse variances beyond this, either way, come near the ends of single precision."""


@dataclass(frozen=True)
class StoredSpectrum:
    """What is known of a spectrum in the store.

    Attributes
    ----------
    file : str
        Name of the file.
    identity : Identity
    snr : float
        Of the spectrum as it was in the file.
    at_rest : bool
        Whether it is in the star's rest frame, as far as the file tells.
    notes : str
        How it came there, and what its reader had to assume.
    """

    file: str
    identity: Identity
    snr: float
    at_rest: bool
    notes: str


@dataclass(frozen=True)
class InputFile:
    """What became of a file of spectra.

    Attributes
    ----------
    name : str
    kind : str
        Of the file; empty where nothing could be used.
    sha256 : str
        Of the file; empty where nothing could be used.
    spectra : tuple of StoredSpectrum
        In the order of their rows in the store.
    skipped : tuple of str
        A line for each spectrum, or for the file, that could not be used.
    """

    name: str
    kind: str
    sha256: str
    spectra: tuple[StoredSpectrum, ...]
    skipped: tuple[str, ...]


def append_spectra(
    writer: SpectraWriter, files: Sequence[Path], progress: Progress
) -> tuple[InputFile, ...]:
    """Put the spectra of all files into the store; those it has already are not read again.

    Parameters
    ----------
    writer : SpectraWriter
        Made for the same files.
    files : sequence of Path
    progress : callable

    Returns
    -------
    tuple of InputFile
        One per file. The rows of the store are their spectra one after the other.
    """
    done, grid = len(writer.records), boss_grid()
    progress(done, len(files), "reading spectra")
    for number, path in enumerate(files[done:], start=done + 1):
        flux, ivar, file = _prepare(path, grid)
        writer.append(flux, ivar, asdict(file))
        progress(number, len(files), "reading spectra")
    return tuple(_from_record(record) for record in writer.records)


def _prepare(path: Path, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, InputFile]:
    """Rows for the store and the record of a file."""
    nothing = np.empty((0, BOSS_N_PIXELS), dtype=np.float32)
    exact = read_mwm_exact(path)
    try:
        found = exact.spectra if exact else read_spectra(path)
    except InputError as error:
        return nothing, nothing, InputFile(path.name, "", "", (), (str(error),))
    rows, kept, skipped = [(nothing, nothing)], [], []
    for spectrum in found:
        flux, ivar, scaled = _on_grid(spectrum, grid)
        if not ivar.any():
            skipped.append(str(_outside(path, spectrum, grid)))
            continue
        rows.append((flux[None], ivar[None]))
        at_rest = spectrum.shift.frame == "rest" or spectrum.shift.velocity != 0
        notes = "; ".join(filter(None, (spectrum.shift.reason, *spectrum.notes, scaled)))
        kept.append(StoredSpectrum(path.name, spectrum.identity, spectrum.snr, at_rest, notes))
    flux, ivar = (np.concatenate(block) for block in zip(*rows, strict=True))
    kind, checksum = "", ""
    if kept:
        kind, checksum = found[0].kind, exact.sha256 if exact else sha256_of(path)
    return flux, ivar, InputFile(path.name, kind, checksum, tuple(kept), tuple(skipped))


def _on_grid(spectrum: Spectrum, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Flux and inverse variance on the grid in single precision, and a note where scaled."""
    if np.array_equal(spectrum.wavelength, grid):
        flux, ivar = spectrum.flux, spectrum.ivar
    else:
        flux, ivar = rebin(spectrum.wavelength, spectrum.flux, spectrum.ivar, grid)
    good, note = ivar[(ivar > 0) & np.isfinite(ivar)], ""
    if good.size and not (good.min() > 1 / _FLOAT32_SAFE and good.max() < _FLOAT32_SAFE):
        power = round(-np.log10(np.median(good)) / 2)
        flux, ivar = flux * 10.0**-power, ivar * 10.0 ** (2 * power)
        note = f"flux in units of 1e{power} to fit single precision"
    with np.errstate(over="ignore", under="ignore"):
        flux, ivar = flux.astype(np.float32), ivar.astype(np.float32)
    broken = ~(np.isfinite(flux) & np.isfinite(ivar))
    flux[broken], ivar[broken] = np.nan, 0
    return flux, ivar, note


def _outside(path: Path, spectrum: Spectrum, grid: np.ndarray) -> InputError:
    low, high = spectrum.wavelength[[0, -1]]
    expected = f"good pixels between {grid[0]:.0f} and {grid[-1]:.0f} Angstrom"
    return InputError(
        path, expected, f"none in {spectrum.identity.name}, {low:.0f} to {high:.0f} Angstrom"
    )


def _from_record(record: dict) -> InputFile:
    """An `InputFile` out of what `asdict` made of it, which may have been JSON meanwhile."""
    spectra = []
    for entry in record["spectra"]:
        identity = dict(entry["identity"])
        if identity["template_fe_h"] is not None:
            identity["template_fe_h"] = tuple(identity["template_fe_h"])
        spectra.append(StoredSpectrum(**{**entry, "identity": Identity(**identity)}))
    skipped = tuple(record["skipped"])
    return InputFile(**{**record, "spectra": tuple(spectra), "skipped": skipped})
