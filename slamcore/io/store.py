"""The spectra of a survey: one Zarr v3 group, read by rows.

The group holds ``flux`` and ``ivar``, float32 ``(n_spectrum, n_pix)``, in uncompressed chunks of
whole rows, so that a row is one read at a known offset of one file. Through the chunk codecs 200
random rows take ten times as long, and noise compresses by a quarter at best.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import BytesCodec

from slamcore.constants import BOSS_LOGLAM_START, BOSS_LOGLAM_STEP, BOSS_N_PIXELS
from slamcore.io.errors import InputError

__all__ = [
    "ARRAYS",
    "CHUNK_ROWS",
    "FORMAT",
    "SpectraStore",
    "chunk_path",
    "open_store",
    "write_metadata",
]

FORMAT = 1
"""Version of the layout."""

ARRAYS = {"flux": np.nan, "ivar": 0.0}
"""Names of the arrays in the group, and what stands where nothing is."""

CHUNK_ROWS = 64
"""Rows in a chunk: 1.2 MB a file, 3,126 files for 100,000 spectra."""

_ATTRIBUTES = {
    "format": FORMAT,
    "loglam_start": BOSS_LOGLAM_START,
    "loglam_step": BOSS_LOGLAM_STEP,
    "n_pix": BOSS_N_PIXELS,
    "medium": "vacuum",
    "frame": "rest",
}
_LAYOUT = ((BOSS_N_PIXELS,), (CHUNK_ROWS, BOSS_N_PIXELS), "float32", 0)
_ROW_BYTES = 4 * BOSS_N_PIXELS
_CHUNK_BYTES = CHUNK_ROWS * _ROW_BYTES


@dataclass(frozen=True)
class SpectraStore:
    """Spectra on disk; holds neither open files nor spectra, so that all sessions may share it.

    Attributes
    ----------
    path : Path
        The Zarr group.
    n : int
        Number of spectra.
    """

    path: Path
    n: int

    def rows(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read spectra.

        Parameters
        ----------
        index : array_like of int (n_row,)
            Rows in any order, repeated or not; -1 for no spectrum.

        Returns
        -------
        tuple of ndarray of float32 (n_row, n_pix)
            Flux and inverse variance; NaN and 0 where the index is -1.

        Raises
        ------
        IndexError
            If an index is below -1 or not below the number of spectra.
        InputError
            If a file of the store is missing or too short.
        """
        index = np.asarray(index, dtype=np.int64).ravel()
        if index.size and not (index.min() >= -1 and index.max() < self.n):
            raise IndexError(f"spectra: expected rows from -1 to {self.n - 1}, got {index}")
        flux = np.full((index.size, BOSS_N_PIXELS), np.nan, dtype="<f4")
        ivar = np.zeros((index.size, BOSS_N_PIXELS), dtype="<f4")
        chunk, line = np.divmod(index, CHUNK_ROWS)
        for number in np.unique(chunk[index >= 0]):
            wanted = np.flatnonzero(chunk == number)
            for name, block in zip(ARRAYS, (flux, ivar), strict=True):
                _read_lines(chunk_path(self.path, name, number), line[wanted], block, wanted)
        return flux, ivar


def open_store(path: str | Path) -> SpectraStore:
    """Open a finished store.

    Parameters
    ----------
    path : str or Path
        The Zarr group.

    Returns
    -------
    SpectraStore

    Raises
    ------
    InputError
        If it is missing, not such a store, of another format, or lacks part of its files.
    """
    path = Path(path)
    try:
        group = zarr.open_group(path, mode="r", zarr_format=3)
        attributes = dict(group.attrs)
        arrays = [group[name] for name in ARRAYS]
        layouts = [(a.shape[1:], a.chunks, str(a.dtype), len(a.compressors)) for a in arrays]
        lengths = [a.shape[0] for a in arrays]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise InputError(path, "a Zarr group with flux and ivar", found) from error
    if attributes.get("format") != FORMAT:
        raise InputError(path, f"format {FORMAT}", f"{attributes.get('format')}")
    if attributes != _ATTRIBUTES:
        raise InputError(path, f"spectra on {_ATTRIBUTES}", f"{attributes}")
    if layouts != [_LAYOUT, _LAYOUT]:
        raise InputError(path, f"flux and ivar laid out as {_LAYOUT}", f"{layouts}")
    if lengths[0] != lengths[1]:
        raise InputError(path, "as many rows of flux as of ivar", f"{lengths}")
    for name in ARRAYS:
        for number in range(-(-lengths[0] // CHUNK_ROWS)):
            _check_chunk(chunk_path(path, name, number))
    return SpectraStore(path, lengths[0])


def chunk_path(path: Path, name: str, number: int) -> Path:
    """Where a Zarr v3 group keeps the chunk of rows ``number`` of one array."""
    return path / name / "c" / str(number) / "0"


def write_metadata(path: Path, n: int) -> None:
    """Turn a folder that holds the chunks of ``n`` spectra into a Zarr v3 group."""
    group = zarr.create_group(path, zarr_format=3, attributes=_ATTRIBUTES)
    for name, fill in ARRAYS.items():
        group.create_array(
            name,
            shape=(n, BOSS_N_PIXELS),
            chunks=(CHUNK_ROWS, BOSS_N_PIXELS),
            dtype="float32",
            serializer=BytesCodec(endian="little"),
            compressors=None,
            fill_value=fill,
            dimension_names=("spectrum", "wavelength"),
        )


def _read_lines(path: Path, lines: np.ndarray, block: np.ndarray, rows: np.ndarray) -> None:
    """Read lines of a chunk straight into rows of a block."""
    try:
        with path.open("rb", buffering=0) as handle:
            for line, row in zip(lines.tolist(), rows.tolist(), strict=True):
                handle.seek(line * _ROW_BYTES)
                if handle.readinto(block[row]) != _ROW_BYTES:
                    raise InputError(path, f"{_CHUNK_BYTES} bytes", f"{path.stat().st_size}")
    except OSError as error:
        raise InputError(path, "a chunk of spectra", f"{error.strerror}") from error


def _check_chunk(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(path, "a chunk of spectra", f"{error.strerror}") from error
    if size != _CHUNK_BYTES:
        raise InputError(path, f"{_CHUNK_BYTES} bytes", f"{size}")
