"""Writing the spectra of a survey, in steps that survive being killed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from slamcore.constants import BOSS_N_PIXELS
from slamcore.io.errors import InputError
from slamcore.io.store import ARRAYS, CHUNK_ROWS, FORMAT, SpectraStore, chunk_path, write_metadata

__all__ = ["SpectraWriter", "forget_input"]

_MANIFEST = "manifest.jsonl"


def forget_input(target: str | Path) -> None:
    """Drop what a store that was finished with ``keep_input`` knows of its input."""
    (Path(target) / _MANIFEST).unlink(missing_ok=True)


class SpectraWriter:
    """Appends the spectra of one input file after the other; goes on after a kill.

    Rows gather in a work folder ``.NAME.part`` beside the target, with a manifest: a JSON line
    per input file, written when its rows are on the disk. A writer that finds such a folder for
    the same input goes on behind it, and the store is the same to the byte as if it had never
    stopped. For other input it starts over. `finish` renames the work folder to the target.
    One writer at a time: `slamcore.io.survey_folder.survey_folder` sees to that.

    Parameters
    ----------
    target : str or Path
        Where the store shall be.
    files : sequence of Path
        All input files, in the order in which they will be appended.

    Attributes
    ----------
    records : list
        What `append` was told about each file so far, in an earlier run too: the input to
        append next is ``files[len(records):]``.
    started_over : bool
        Whether work of an earlier run was dropped because it belongs to other input.

    Raises
    ------
    InputError
        If an input file is gone.
    """

    def __init__(self, target: str | Path, files: Sequence[Path]):
        self._target = Path(target)
        self._work = self._target.with_name(f".{self._target.name}.part")
        self._manifest = self._work / _MANIFEST
        self._stamps = [_stamp(Path(file)) for file in files]
        if not self._work.exists() and (self._target / _MANIFEST).exists():
            self._target.rename(self._work)
        self._work.mkdir(parents=True, exist_ok=True)

        done = self._resume()
        self.records: list[Any] = [entry["record"] for entry in done]
        self._n = sum(entry["rows"] for entry in done)
        self._flushed = self._n - self._n % CHUNK_ROWS
        flux, ivar = SpectraStore(self._work, self._n).rows(np.arange(self._flushed, self._n))
        self._tail = list(zip(flux, ivar, strict=True))
        self._waiting: list[tuple[int, dict]] = []

    def append(self, flux: np.ndarray, ivar: np.ndarray, record: Any) -> None:
        """Add the spectra of the next input file.

        Parameters
        ----------
        flux, ivar : array_like (n_row, n_pix)
            On the survey's grid; stored as float32. No rows for a file that was skipped.
        record : JSON value
            Kept with the rows and given back in `records` after a restart.

        Raises
        ------
        ValueError
            If the arrays do not have that shape, or every file has been appended.
        """
        if not np.shape(flux) == np.shape(ivar) == (len(flux), BOSS_N_PIXELS):
            raise ValueError(
                f"spectra: expected (n, {BOSS_N_PIXELS}) flux and ivar, "
                f"got {np.shape(flux)} and {np.shape(ivar)}"
            )
        if len(self.records) == len(self._stamps):
            raise ValueError(f"spectra: expected {len(self._stamps)} files, got one more")
        stamp = self._stamps[len(self.records)]
        self._n += len(flux)
        self._waiting.append((self._n, {**stamp, "rows": len(flux), "record": record}))
        self.records.append(record)
        rows = (np.asarray(block, dtype="<f4") for block in (flux, ivar))
        self._tail.extend(zip(*rows, strict=True))
        while len(self._tail) >= CHUNK_ROWS:
            self._flush()
        self._commit()

    def finish(self, keep_input: bool = False) -> None:
        """Write what is left and rename the work folder to the target, replacing what is there.

        Parameters
        ----------
        keep_input : bool
            Whether a writer for the same input shall take the store up again, until
            `forget_input` is called: nothing is lost if this process dies before it is in place.

        Raises
        ------
        ValueError
            If not every file has been appended.
        """
        if len(self.records) != len(self._stamps):
            raise ValueError(f"spectra: expected {len(self._stamps)}, got {len(self.records)}")
        if self._tail:
            self._flush()
            self._commit()
        for old in self._work.rglob("zarr.json"):
            old.unlink()
        write_metadata(self._work, self._n)
        if not keep_input:
            self._manifest.unlink()
        if self._target.exists():
            shutil.rmtree(self._target)
        self._work.rename(self._target)

    def _resume(self) -> list[dict]:
        """Entries of an earlier run for the same input; else an empty work folder."""
        known = hashlib.sha256(json.dumps(self._stamps).encode()).hexdigest()
        header = {"format": FORMAT, "input": known}
        found, size = _read_manifest(self._manifest)
        if found[:1] == [header]:
            os.truncate(self._manifest, size)  # a line that was being written when it ended
            self.started_over = False
            return found[1:]
        self.started_over = len(found) > 1
        for entry in self._work.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self._write_lines([header])
        return []

    def _flush(self) -> None:
        """Write the first chunk of the tail, filled up as Zarr does at the end of an array."""
        rows = zip(*self._tail[:CHUNK_ROWS], strict=True)
        for (name, fill), lines in zip(ARRAYS.items(), rows, strict=True):
            chunk = np.full((CHUNK_ROWS, BOSS_N_PIXELS), fill, dtype="<f4")
            chunk[: len(lines)] = lines
            path = chunk_path(self._work, name, self._flushed // CHUNK_ROWS)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as handle:
                handle.write(chunk.data)
                os.fsync(handle.fileno())
        del self._tail[:CHUNK_ROWS]
        self._flushed += CHUNK_ROWS

    def _commit(self) -> None:
        """Enter the files of which every row is on the disk into the manifest."""
        done = [entry for end, entry in self._waiting if end <= self._flushed]
        if done:
            self._write_lines(done)
            self._waiting = self._waiting[len(done) :]

    def _write_lines(self, entries: list[dict]) -> None:
        with self._manifest.open("a", encoding="utf-8") as handle:
            handle.writelines(json.dumps(entry) + "\n" for entry in entries)
            handle.flush()
            os.fsync(handle.fileno())


def _stamp(file: Path) -> dict:
    try:
        status = file.stat()
    except OSError as error:
        raise InputError(file, "a spectrum file", f"{error.strerror}") from error
    return {"file": str(file), "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _read_manifest(path: Path) -> tuple[list[dict], int]:
    """The entries before the first broken line, and how many bytes they take."""
    entries, size = [], 0
    if not path.exists():
        return entries, size
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        try:
            entries.append(json.loads(line))
        except ValueError:  # a power cut may leave zeros
            break
        size += len(line)
    return entries, size
