"""The library in four calls: read, normalize, train, infer_labels.

>>> spectra = read("spectra/")                                   # doctest: +SKIP
>>> normal = normalize(spectra.block)                            # doctest: +SKIP
>>> model = train(normal, labels, ["teff", "fe_h"])              # doctest: +SKIP
>>> found = infer_labels(model, normal)                          # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.inference import infer_labels
from slamcore.io.errors import InputError
from slamcore.io.model_file import load_model, save_model
from slamcore.io.spectra_files import find_spectrum_files, read_spectrum_files
from slamcore.preprocess import normalize, rebin
from slamcore.spectra import SpectrumBlock
from slamcore.training import train
from slamcore.wavelength import boss_grid

__all__ = [
    "ReadSpectra",
    "infer_labels",
    "load_model",
    "normalize",
    "read",
    "save_model",
    "train",
]


@dataclass(frozen=True, eq=False)
class ReadSpectra:
    """Spectra of files on the BOSS grid.

    Attributes
    ----------
    block : SpectrumBlock (n_spectrum, n_pix)
    table : DataFrame (n_spectrum rows)
        ``file``, ``kind``, ``snr``, ``notes`` and what the files say about the stars
        (`slamcore.spectra.Identity`).
    skipped : tuple of str
        A line for each file that could not be used.
    """

    block: SpectrumBlock
    table: pd.DataFrame
    skipped: tuple[str, ...]


def read(paths: str | Path | Iterable[str | Path], velocity: float | None = None) -> ReadSpectra:
    """Read files of spectra, in the rest frame, onto the BOSS grid.

    Parameters
    ----------
    paths : path or iterable of paths
        Files, or folders to search for files.
    velocity : float, optional
        km/s to divide out, where the files tell none or a wrong one.

    Returns
    -------
    ReadSpectra

    Raises
    ------
    InputError
        If a path does not exist, or no file under the paths can be used.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    spectra, files, skipped = [], [], []
    for path, result in read_spectrum_files(find_spectrum_files(paths), velocity=velocity):
        if isinstance(result, InputError):
            skipped.append(str(result))
        else:
            spectra += result
            files += [path.name] * len(result)
    if not spectra:
        found = "; ".join(skipped[:1]) or "no file"
        raise InputError(paths[0] if paths else ".", "spectra that can be used", found)
    on_grid = [rebin(one.wavelength, one.flux, one.ivar) for one in spectra]
    table = pd.DataFrame([asdict(one.identity) for one in spectra])
    table.insert(0, "file", files)
    table["kind"] = [one.kind for one in spectra]
    table["snr"] = [one.snr for one in spectra]
    table["notes"] = ["; ".join(one.notes) for one in spectra]
    origin = np.where([one.identity.is_template for one in spectra], "template", "observed")
    flux, ivar = (np.array(part, dtype=np.float32) for part in zip(*on_grid, strict=True))
    return ReadSpectra(SpectrumBlock(boss_grid(), flux, ivar, origin), table, tuple(skipped))
