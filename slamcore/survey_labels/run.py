"""All spectra of a survey through its models, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from slamcore.blocks import Arrays, Progress, run_blocks
from slamcore.inference.flags import FLAGS
from slamcore.inference.infer import Engine
from slamcore.io.checkpoint import open_checkpoint
from slamcore.io.errors import InputError
from slamcore.io.label_files import save_labels
from slamcore.io.store import CHUNK_ROWS
from slamcore.io.survey_files import info_stamp
from slamcore.io.survey_info import info_digest
from slamcore.model import SlamModel, model_checksum
from slamcore.preprocess import normalize
from slamcore.spectra import median_snr
from slamcore.survey import Survey, open_survey
from slamcore.survey_labels.laws import error_law, preset_of
from slamcore.survey_labels.table import label_table

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["LabelReport", "label_survey"]

_BLOCK = 4 * CHUNK_ROWS
"""Rows read and fitted at a time: whole chunks of the store."""

_OWN = ("observed", "simulated")
_NO_LABELS = next(flag.bit for flag in FLAGS if flag.name == "flag_no_labels")


@dataclass(frozen=True, eq=False)
class _Job:
    """What a block needs, wherever it runs."""

    path: Path
    stamp: tuple[int, int]
    engines: tuple[Engine, ...]


@dataclass(frozen=True)
class LabelReport:
    """What labelling a survey gave.

    Attributes
    ----------
    table : DataFrame (n_star rows)
        As saved.
    notes : tuple of str
    """

    table: pd.DataFrame
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report as sentences for a terminal."""
        flags = self.table["result_flags"].to_numpy()
        n = len(flags)
        labelled = n - np.count_nonzero(flags & _NO_LABELS)
        lines = [
            f"{labelled:,} of {n:,} rows labelled, {np.count_nonzero(flags == 0):,} without a flag"
        ]
        for flag in FLAGS:
            count = np.count_nonzero(flags & flag.bit)
            if count:
                lines.append(f"{flag.name}: {count:,} ({flag.text})")
        return lines + [f"note: {note}" for note in self.notes]


def label_survey(
    survey: Survey,
    models: Sequence[SlamModel],
    *,
    threads: int | None = None,
    cluster: Client | None = None,
    progress: Progress | None = None,
) -> LabelReport:
    """Infer labels of all spectra and put them into the survey as ``labels.parquet``.

    Every row of the survey has its row in the table; those without a spectrum of their own have
    no labels and say so in ``result_flags``. A run that was killed goes on where it stopped.
    ``e_<label>`` is the law of scatter against SNR (`error_law`), NaN where flags say that the
    star is not like those it was measured on; ``e_<label>_formal`` is the formal error.

    Parameters
    ----------
    survey : Survey
    models : sequence of SlamModel
        A label that several have is taken from the first.
    threads : int, optional
    cluster : Client, optional
        A Dask cluster whose workers see the survey under the same path.
    progress : callable, optional

    Returns
    -------
    LabelReport

    Raises
    ------
    ValueError
        If there is no model, or one does not fit the survey's wavelengths.
    InputError
        If the survey cannot be read.
    """
    if not models:
        raise ValueError("models: expected at least one, got none")
    for model in models:
        preset_of(model, survey.wavelength)
    stamp = info_stamp(survey.path)
    job = _Job(survey.path, stamp, tuple(Engine.of(model) for model in models))
    checksums = [model_checksum(model) for model in models]
    laws = [{name: error_law(model, name) for name in model.label_names} for model in models]
    key = {"models": checksums, "survey": list(stamp), "rows": len(survey.stars)}
    checkpoint = open_checkpoint(survey.path.with_name(f".{survey.path.name}.labels.part"), key)
    found = run_blocks(
        _label_block,
        job,
        len(survey.stars),
        _BLOCK,
        title="labelling",
        threads=threads,
        cluster=cluster,
        checkpoint=checkpoint,
        progress=progress,
    )
    _check_same(job)
    table, errors, notes = label_table(survey, models, laws, found)
    invented = [model for model in models if model.info.get("simulated")]
    if invented and not survey.info.simulated:
        notes.insert(0, "the model was trained on SIMULATED stars: so are the errors told")
    info = {
        "models": checksums,
        "errors": errors,
        "simulated": survey.info.simulated or bool(invented),
        "survey": info_digest(survey.info),
    }
    save_labels(survey.path, table, info)
    checkpoint.remove()
    return LabelReport(table, tuple(notes))


def _label_block(job: _Job, start: int, stop: int) -> Arrays:
    survey = _opened(job.path, job.stamp)
    _check_same(job)
    own = survey.stars["spectrum_origin"].iloc[start:stop].isin(_OWN).to_numpy()
    rows = np.flatnonzero(own)
    block = survey.spectra(start + rows)
    snr = np.full(stop - start, np.nan)
    snr[rows] = median_snr(block)
    result = {"snr": snr}
    for k, engine in enumerate(job.engines):
        spectra = normalize(block, preset_of(engine.model, survey.wavelength), threads=1)
        for name, values in engine.infer(spectra.flux, spectra.ivar).items():
            full = _blank(name, values, stop - start)
            full[rows] = values
            result[f"{name}:{k}"] = full
    return result


def _blank(name: str, values: np.ndarray, n: int) -> np.ndarray:
    """What rows without a spectrum of their own have (n, ...)."""
    if name == "result_flags":
        return np.full(n, _NO_LABELS, dtype=values.dtype)
    fill = 0 if values.dtype.kind == "i" else np.nan
    return np.full((n, *values.shape[1:]), fill, dtype=values.dtype)


@lru_cache(maxsize=2)
def _opened(path: Path, stamp: tuple[int, int]) -> Survey:  # noqa: ARG001 - part of the key
    return open_survey(path, with_labels=False)


def _check_same(job: _Job) -> None:
    """Refuse to go on with a survey that has taken the place of the one to label."""
    if info_stamp(job.path) != job.stamp:
        raise InputError(job.path, "the survey that was opened", "another one; start again")
