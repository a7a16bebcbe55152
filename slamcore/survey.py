"""A survey as the dashboard reads it: stars, and their spectra on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slamcore.constants import BOSS_N_PIXELS
from slamcore.io.errors import InputError
from slamcore.io.label_files import LABELS_FILE, MODEL_FILE, load_labels, load_training
from slamcore.io.model_file import load_model
from slamcore.io.store import SpectraStore, open_store
from slamcore.io.survey_files import SPECTRA_FOLDER, STARS_FILE, info_stamp, open_stars
from slamcore.io.survey_folder import find_survey
from slamcore.io.survey_info import SurveyInfo, info_digest, load_info
from slamcore.io.survey_parts import (
    PAIRS,
    PRIMARIES,
    literature_names,
    load_isochrones,
    load_part,
    open_literature,
)
from slamcore.isochrones import IsochroneSet
from slamcore.model import SlamModel
from slamcore.simulation import simulate_spectra
from slamcore.spectra import SpectrumBlock
from slamcore.star_table import StarTable
from slamcore.wavelength import boss_grid

__all__ = ["ORIGINS", "SURVEY_COLUMNS", "Survey", "open_survey"]

ORIGINS = ("observed", "template", "simulated", "none")
"""Whose spectrum a row has: the star's own, that of a template of its type, a made-up one."""

SURVEY_COLUMNS = ("spectrum_pk", "sdss_id", "spectrum_origin", "spectrum_row", "spectrum_file")
"""Columns that every survey's table has."""


@dataclass(frozen=True, eq=False)
class Survey:
    """One survey, opened once and shared by all sessions; nothing in it changes.

    Attributes
    ----------
    path : Path
    info : SurveyInfo
    stars : StarTable (n_star rows)
        One row per spectrum, Astra's column names; ``stars.frame()`` is a DataFrame.
    wavelength : ndarray (n_pix,)
        Angstrom, vacuum, rest frame.
    labels : StarTable (n_star rows) or None
        Inferred by our models, in the order of ``stars``; None where nothing was labelled yet.
    label_info : dict
        Checksums of those models and the laws of the errors; empty without labels.
    """

    path: Path
    info: SurveyInfo
    stars: StarTable
    wavelength: np.ndarray
    labels: StarTable | None
    label_info: dict[str, Any]
    _store: SpectraStore | None = field(repr=False)
    _stamp: tuple[int, int] = field(repr=False)

    def spectra(self, rows: np.ndarray) -> SpectrumBlock:
        """Spectra of stars, in the order asked for.

        Parameters
        ----------
        rows : array_like of int (n,)
            Positions in ``stars``, in any order, repeated or not.

        Returns
        -------
        SpectrumBlock
            n spectra, read-only. Simulated ones that no file holds are made from the star's id
            and the survey's seed, the same each time.

        Raises
        ------
        IndexError
            If a row is negative or not below the number of stars.
        InputError
            If a file is missing or broken, or the survey was replaced after it was opened.
        """
        rows = np.asarray(rows, dtype=np.int64).ravel()
        n = len(self.stars)
        if rows.size and not (rows.min() >= 0 and rows.max() < n):
            raise IndexError(f"stars: expected rows from 0 to {n - 1}, got {rows}")
        wanted = self.stars.take(rows)
        origin = wanted["spectrum_origin"].to_numpy(dtype=str)
        stored = wanted["spectrum_row"].to_numpy()
        simulated = (origin == "simulated") & (stored < 0)
        flux, ivar = self._stored(stored)
        if simulated.any():
            sdss_id = wanted["sdss_id"].to_numpy()[simulated]
            flux[simulated], ivar[simulated] = simulate_spectra(sdss_id, self.info.seed)
        for array in (flux, ivar, origin):
            array.flags.writeable = False
        return SpectrumBlock(self.wavelength, flux, ivar, origin)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the survey's description: another one for every survey made."""
        return info_digest(self.info)

    @cached_property
    def pairs(self) -> pd.DataFrame | None:
        """Wide binaries of El-Badry et al. (2021) that concern the survey (n_row rows).

        As `slamcore.pairs.find_pairs` takes them; None where the survey has none.
        """
        return self._part(PAIRS)

    @cached_property
    def primaries(self) -> pd.DataFrame | None:
        """LAMOST's labels of the F, G and K stars among them (n_primary rows), or None."""
        return self._part(PRIMARIES)

    @cached_property
    def literature(self) -> dict[str, StarTable]:
        """Rows of literature catalogues that are stars of the survey (n_row rows), by name.

        As `slamcore.literature.table.LiteratureTable.data`.
        """
        self._check_same()
        return {name: open_literature(self.path, name) for name in literature_names(self.path)}

    @cached_property
    def isochrones(self) -> IsochroneSet | None:
        """PARSEC isochrones; None where the survey has none."""
        self._check_same()
        tables = load_isochrones(self.path)
        return IsochroneSet(tables) if tables else None

    @cached_property
    def reference(self) -> pd.DataFrame | None:
        """Reference labels of training and test set (n_reference rows); None without them."""
        self._check_same()
        return load_training(self.path)

    @cached_property
    def model(self) -> SlamModel | None:
        """The survey's own trained model; None where it has none."""
        self._check_same()
        file = self.path / MODEL_FILE
        return load_model(file) if file.exists() else None

    def _part(self, name: str) -> pd.DataFrame | None:
        self._check_same()
        found = load_part(self.path, name)
        return None if found is None else found[0]

    def _check_same(self) -> None:
        """Parts of a survey built since would be those of other stars."""
        if info_stamp(self.path) != self._stamp:
            raise InputError(self.path, "the survey that was opened", "another one; reload it")

    def _stored(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._store is None:
            shape = (index.size, BOSS_N_PIXELS)
            return np.full(shape, np.nan, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        block = self._store.rows(index)
        self._check_same()
        return block


def open_survey(path: str | Path, with_labels: bool = True) -> Survey:
    """Open a survey folder and check that its files belong together.

    Parameters
    ----------
    path : str or Path
    with_labels : bool
        Whether to read our labels too; without, a damaged file of them does no harm.

    Returns
    -------
    Survey

    Raises
    ------
    InputError
        If the folder is not a survey, is of a newer format, or a file of it is missing, broken
        or does not belong to the others.
    """
    path = find_survey(Path(path).resolve())
    stamp = info_stamp(path)
    info = load_info(path)
    stars = open_stars(path)
    _check_stars(path / STARS_FILE, stars, info)
    store = None
    folder = path / SPECTRA_FOLDER
    if info.counts["spectra"] or folder.exists():
        store = open_store(folder)
        if store.n != info.counts["spectra"]:
            raise InputError(folder, f"{info.counts['spectra']} spectra", f"{store.n}")
    wavelength = boss_grid()
    wavelength.flags.writeable = False
    labels, label_info = _labels(path, stars, info) if with_labels else (None, {})
    return Survey(path, info, stars, wavelength, labels, label_info, store, stamp)


def _labels(
    path: Path, stars: StarTable, survey: SurveyInfo
) -> tuple[StarTable | None, dict[str, Any]]:
    found = load_labels(path)
    if found is None:
        return None, {}
    labels, info = found
    same = "spectrum_pk" in labels and np.array_equal(
        labels.once("spectrum_pk"), stars["spectrum_pk"]
    )
    if not same or info.get("survey") != info_digest(survey):
        expected = "labels of this survey (delete the file, or run slamcore label again)"
        raise InputError(path / LABELS_FILE, expected, "those of another one")
    return labels, info


def _check_stars(path: Path, stars: StarTable, info: SurveyInfo) -> None:
    missing = [name for name in SURVEY_COLUMNS if name not in stars]
    if missing:
        raise InputError(path, f"columns {', '.join(SURVEY_COLUMNS)}", f"no {', '.join(missing)}")
    if len(stars) != info.counts["stars"]:
        raise InputError(path, f"{info.counts['stars']} stars", f"{len(stars)}")
    unknown = set(stars["spectrum_origin"].unique()) - set(ORIGINS)
    if unknown:
        raise InputError(path, f"spectrum_origin among {', '.join(ORIGINS)}", f"{unknown}")
    row, n = stars["spectrum_row"], info.counts["spectra"]
    stored = stars["spectrum_origin"].isin(["observed", "template"])
    made = stars["spectrum_origin"] == "simulated"
    bare = (row[~stored & ~made] == -1).all() and row[made].between(-1, n - 1).all()
    if not (row[stored].between(0, n - 1).all() and bare):
        raise InputError(path, f"spectrum_row below {n}, -1 where nothing is stored", "others")
    if (made & (row < 0)).any() and info.seed is None:
        raise InputError(path, "a seed for simulated spectra", "none")
