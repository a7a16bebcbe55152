"""What is in files of spectra."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slamcore.commands.terminal import AsJson, print_json
from slamcore.io.errors import InputError
from slamcore.io.spectra_files import find_spectrum_files, read_spectrum_files
from slamcore.spectra import Spectrum

__all__ = ["spectrum"]


def spectrum(
    files: list[Path],
    velocity: Annotated[
        float | None, typer.Option(help="Radial velocity in km/s to divide out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read spectra and print kind, frame, shift, good pixels and SNR of each."""
    found, failed = [], []
    for path, result in read_spectrum_files(find_spectrum_files(files), velocity=velocity):
        if isinstance(result, InputError):
            failed.append(str(result))
        else:
            found += [_describe(path, one) for one in result]
    if as_json:
        print_json(spectra=found, failed=failed)
    else:
        for one in found:
            print("\n".join(f"{name:>14}  {value}" for name, value in one.items()), end="\n\n")
    for line in failed:
        print(f"slamcore: {line}", file=sys.stderr)
    if failed:
        sys.exit(2)


def _describe(path: Path, one: Spectrum) -> dict[str, object]:
    return {
        "file": str(path),
        "name": one.identity.name,
        "kind": one.kind,
        "frame": one.shift.frame,
        "shift_km_s": round(one.shift.velocity, 3),
        "shift_reason": one.shift.reason,
        "medium": one.medium,
        "spectral_type": one.identity.spectral_type,
        "wavelength": [round(float(w), 2) for w in one.wavelength[[0, -1]]],
        "pixels": len(one.flux),
        "good_pixels": one.n_good,
        "snr": _finite(one.snr),
        "snr_in_file": _finite(one.header_snr),
        "notes": list(one.notes),
    }


def _finite(value: float) -> float | None:
    return round(float(value), 3) if value == value else None
