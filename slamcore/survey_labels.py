"""Labels for every spectrum of a survey, with errors from the laws of its models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slamcore.blocks import Arrays, Progress, run_blocks
from slamcore.inference.flags import FLAGS
from slamcore.inference.infer import Engine
from slamcore.io.checkpoint import open_checkpoint
from slamcore.io.errors import InputError
from slamcore.io.label_files import save_labels
from slamcore.io.store import CHUNK_ROWS
from slamcore.io.survey_files import info_digest, info_stamp
from slamcore.model import SlamModel, model_checksum
from slamcore.preprocess import PRESETS, Preset, normalize
from slamcore.spectra import median_snr
from slamcore.survey import Survey, open_survey
from slamcore.uncertainty import PUBLISHED, SnrLaw

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["NO_ERROR", "LabelReport", "error_law", "label_survey", "preset_of"]

_BLOCK = 4 * CHUNK_ROWS
"""Rows read and fitted at a time: whole chunks of the store."""

_OWN = ("observed", "simulated")
_NO_LABELS = next(flag.bit for flag in FLAGS if flag.name == "flag_no_labels")
_MEANINGLESS = ("flag_on_bound", "flag_far_from_training", "flag_no_labels", "flag_poor_fit")
NO_ERROR = sum(flag.bit for flag in FLAGS if flag.name in _MEANINGLESS)
"""Where the scatter of well-behaved stars says nothing of the error."""


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
    table, errors, notes = _table(survey, models, laws, found)
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


def error_law(model: SlamModel, label: str) -> SnrLaw | None:
    """How the error of a label depends on SNR.

    The law that the model's own test set gave; where it was too small for one, the published law
    (Qiu (2025), Eqs 6-8); None where there is neither.

    Raises
    ------
    ValueError
        If the model's law cannot be used.
    """
    try:
        own = model.info.get("validation", {}).get("laws", {}).get(label)
        return SnrLaw.from_dict(own) if own else PUBLISHED.get(label)
    except (AttributeError, TypeError, KeyError) as error:
        raise ValueError(f"model: expected an error law of {label}, got {error!r}") from error


def preset_of(model: SlamModel, wavelength: np.ndarray) -> Preset:
    """How the model's training set was normalised: told by its pixels.

    Parameters
    ----------
    model : SlamModel
    wavelength : ndarray (n_pix,)
        Angstrom, of spectra that are not yet normalised.

    Returns
    -------
    Preset

    Raises
    ------
    ValueError
        If the model's pixels are those of no preset.
    """
    for preset in PRESETS.values():
        pixels = wavelength[preset.pixels(wavelength)]
        if pixels.size == model.wavelength.size and np.allclose(pixels, model.wavelength):
            return preset
    raise ValueError(
        f"model: expected the pixels of a preset among {', '.join(PRESETS)}, got "
        f"{model.wavelength.size} from {model.wavelength[0]:.2f} to {model.wavelength[-1]:.2f} A"
    )


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


def _table(
    survey: Survey,
    models: Sequence[SlamModel],
    laws_of: Sequence[dict[str, SnrLaw | None]],
    found: Arrays,
) -> tuple[pd.DataFrame, dict[str, Any], list[str]]:
    columns: dict[str, np.ndarray] = {"spectrum_pk": survey.stars["spectrum_pk"].to_numpy()}
    laws: dict[str, Any] = {}
    notes: list[str] = []
    given = survey.stars["snr"].to_numpy(dtype=float)
    snr = np.where(given > 0, given, found["snr"])
    flags = np.zeros(len(survey.stars), dtype=np.int64)
    for k, model in enumerate(models):
        values, covariance = found[f"values:{k}"], found[f"covariance:{k}"]
        formal = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        flagged = found[f"result_flags:{k}"]
        flags |= flagged
        for j, name in enumerate(model.label_names):
            if name in columns:
                continue
            law = laws_of[k][name]
            laws[name] = law.to_dict() if law else "formal"
            known = np.isfinite(values[:, j]) & ((flagged & NO_ERROR) == 0)
            error = law(snr) if law else formal[:, j]
            columns[name] = values[:, j]
            columns[f"e_{name}"] = np.where(known, error, np.nan)
            columns[f"e_{name}_formal"] = formal[:, j]
            columns[f"initial_{name}"] = found[f"initial:{k}"][:, j]
            outside = np.count_nonzero(known & law.is_extrapolated(snr)) if law else 0
            if outside:
                low, high = law.snr_range
                notes.append(
                    f"e_{name} of {outside:,} spectra is extrapolated: their SNR is outside "
                    f"{low:.3g}-{high:.3g}"
                )
            if law is None:
                notes.append(f"e_{name} is the formal error: there is no law of its scatter")
    columns["flag_snr_extrapolated"] = _extrapolated(laws_of, snr)
    columns["in_training"] = survey.stars["spectrum_pk"].isin(_trained_on(models)).to_numpy()
    first = models[0]
    columns.update(_correlations(first.label_names, found["covariance:0"]))
    n_free = len(first.label_names) + 1
    columns["chi2"] = found["chi2:0"]
    columns["rchi2"] = found["chi2:0"] / np.maximum(found["n_good:0"] - n_free, 1)
    columns["n_good_pixels"] = found["n_good:0"]
    columns["continuum_scale"] = found["scale:0"]
    columns["result_flags"] = flags
    columns["flag_bad"] = flags != 0
    return pd.DataFrame(columns), laws, notes


def _extrapolated(laws_of: Sequence[dict[str, SnrLaw | None]], snr: np.ndarray) -> np.ndarray:
    """Whether an error is told for an SNR that its law was not fitted at (n_star,)."""
    outside = np.zeros(len(snr), dtype=bool)
    for law in (law for laws in laws_of for law in laws.values() if law):
        outside |= law.is_extrapolated(snr)
    return outside


def _trained_on(models: Sequence[SlamModel]) -> list[int]:
    return [key for model in models for key in model.info.get("train_pk", [])]


def _correlations(names: tuple[str, ...], covariance: np.ndarray) -> dict[str, np.ndarray]:
    """Formal correlations ``rho_<a>_<b>`` (n_star,)."""
    sigma = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    return {
        f"rho_{a}_{b}": covariance[:, i, j] / (sigma[:, i] * sigma[:, j])
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i < j
    }
