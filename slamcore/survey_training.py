"""Train a model on the stars of a survey that have reference labels, and validate it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slamcore.blocks import Progress
from slamcore.hyperparameters import GRIDS, Grid, edge_shares
from slamcore.inference import infer_labels
from slamcore.io.atomic import refuse_folder
from slamcore.io.checkpoint import open_checkpoint
from slamcore.io.model_file import model_bytes, save_model
from slamcore.model import SlamModel
from slamcore.preprocess import DR19, PRESETS, normalize
from slamcore.spectra import SpectrumBlock, median_snr
from slamcore.split import split
from slamcore.survey import Survey
from slamcore.training import train
from slamcore.training_set import LABEL_SETS, TrainingSet, match_training_set
from slamcore.uncertainty import (
    MIN_PER_BIN,
    BinnedErrors,
    SnrLaw,
    binned_errors,
    cv_bias,
    cv_scatter,
    fit_law,
)

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["TrainingReport", "train_survey"]

_TRAIN_SHARE = 870 / 1120  # Qiu (2025), Section 3
_MAX_BINS = 12
_MIN_BINS = 4
_COMPRESSED = 0.7  # slope against the reference below which a label needs a warning
_LEAST_LEFT = 0.5  # part of the scatter that must be left in each bin, or nothing is taken off it


@dataclass(frozen=True)
class TrainingReport:
    """What a training gave.

    Attributes
    ----------
    model : SlamModel
        As saved; ``info`` has the validation.
    notes : tuple of str
        What was left out, and what to look at.
    """

    model: SlamModel
    notes: tuple[str, ...]

    def content(self) -> bytes:
        """The model as a file."""
        return model_bytes(self.model)

    def lines(self) -> list[str]:
        """The report as sentences for a terminal."""
        info = self.model.info
        lines = [
            f"{info['n_train']:,} training stars, {info['n_test']:,} test stars, "
            f"{self.model.wavelength.size:,} pixels"
        ]
        for name, found in info["validation"]["summary"].items():
            lines.append(
                f"{name}: bias {found['bias']:+.3g}, scatter {found['scatter']:.3g}, "
                f"slope {found['slope']:.2f}"
            )
        return lines + [f"note: {note}" for note in self.notes]


def train_survey(
    survey: Survey,
    reference: pd.DataFrame,
    out: str | Path | None,
    *,
    label_names: Sequence[str] = LABEL_SETS["default"],
    grid: Grid | str = "default",
    preset: str = DR19.name,
    weights: str = "ivar",
    n_fold: int = 10,
    n_train: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    cluster: Client | None = None,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train on the stars with reference labels; a run that was killed goes on where it stopped.

    Parameters
    ----------
    survey : Survey
    reference : DataFrame (n_reference rows)
        As `slamcore.training_set.match_training_set` takes it.
    out : str, Path or None
        The model file. With None nothing is written, and a run that was killed is lost.
    label_names : sequence of str
    grid : Grid or str
        Hyper-parameters, or a name in `slamcore.training.GRIDS`.
    preset : str
        Of the normalisation: a name in `slamcore.preprocess.PRESETS`.
    weights : str
        One of `slamcore.training.WEIGHTS`.
    n_fold : int
    n_train : int, optional
        Stars to train on, the others test; by default 870 in 1120.
    seed : int
        Of split and folds.
    threads : int, optional
        By default one for each processor.
    cluster : Client, optional
        A Dask cluster to run on.
    progress : callable, optional

    Returns
    -------
    TrainingReport

    Raises
    ------
    ValueError
        If a name is not known, or the training set cannot be used.
    InputError
        If ``out`` is a folder or cannot be written.
    """
    if out is not None:
        out = Path(out)
        refuse_folder(out)
    if preset not in PRESETS:
        raise ValueError(f"preset: expected one of {', '.join(PRESETS)}, got {preset}")
    if isinstance(grid, str) and grid not in GRIDS:
        raise ValueError(f"grid: expected one of {', '.join(GRIDS)}, got {grid}")
    members = match_training_set(survey.stars, reference, label_names)
    spectra = normalize(survey.spectra(members.rows), PRESETS[preset])
    usable = np.flatnonzero((spectra.ivar > 0).any(axis=1))
    notes = list(members.notes)
    if usable.size < len(spectra):
        notes.append(f"{len(spectra) - usable.size:,} spectra cannot be normalised: left out")
    n_train = round(_TRAIN_SHARE * usable.size) if n_train is None else n_train
    chosen, left = split(members.star[usable], n_train, seed)
    training, test = usable[chosen], usable[left]
    block = _rows(spectra, training)
    info = _info(survey, members, training, test, preset)
    checkpoint = None
    if out is not None:
        key = {**info, "grid": repr(grid), "weights": weights, "n_fold": n_fold, "seed": seed}
        key["spectra"] = _digest(block)
        checkpoint = open_checkpoint(out.with_name(f".{out.name}.part"), key)
    try:
        model = train(
            block,
            members.labels[training],
            members.label_names,
            grid=grid,
            n_fold=n_fold,
            weights=weights,
            seed=seed,
            info=info,
            progress=progress,
            threads=threads,
            cluster=cluster,
            checkpoint=checkpoint,
        )
    except ValueError:
        if checkpoint:
            checkpoint.remove()  # bad input is as bad for the next run
        raise
    model, remarks = _validated(model, survey, members, spectra, test)
    if checkpoint:
        save_model(out, model)
        checkpoint.remove()
    return TrainingReport(model, (*notes, *_edge_notes(model), *remarks))


def _validated(
    model: SlamModel,
    survey: Survey,
    members: TrainingSet,
    spectra: SpectrumBlock,
    test: np.ndarray,
) -> tuple[SlamModel, list[str]]:
    """The model with what the test set says of it: labels, bias, scatter, laws."""
    remarks = []
    labels = infer_labels(model, _rows(spectra, test))
    reference, errors = members.labels[test], members.errors[test]
    snr = _snr(survey, members.rows[test])
    known = np.isfinite(labels.values).all(axis=1) & np.isfinite(snr)
    bias = cv_bias(labels.values, reference)
    scatter = cv_scatter(labels.values, reference)
    laws, bins, summary = {}, {}, {}
    n_bins = min(_MAX_BINS, int(known.sum()) // MIN_PER_BIN)
    for k, name in enumerate(model.label_names):
        inferred, true = labels.values[:, k], reference[:, k]
        if np.isfinite(scatter[k]):
            slope = (
                float(np.polyfit(true[known], inferred[known], 1)[0]) if known.sum() > 2 else 1.0
            )
            summary[name] = {"bias": bias[k], "scatter": scatter[k], "slope": slope}
            if slope < _COMPRESSED:
                remarks.append(
                    f"{name} is compressed: it rises by {slope:.2f} where the reference rises by 1"
                )
        if n_bins >= _MIN_BINS:
            binned = binned_errors(snr, inferred, true, n_bins)
            bins[name] = {key: value.tolist() for key, value in asdict(binned).items()}
            try:
                law, remark = _law_of(name, binned, errors[:, k])
            except ValueError as error:
                remarks.append(f"no error law of {name}: {error}")
            else:
                laws[name] = law.to_dict()
                remarks += remark
    if n_bins < _MIN_BINS:
        remarks.append(
            f"no error laws of its own: {int(known.sum())} test stars with SNR and labels, "
            f"{_MIN_BINS * MIN_PER_BIN} are needed"
        )
    validation = {
        "spectrum_pk": members.spectrum_pk[test].tolist(),
        "snr": _json_numbers(snr),
        "reference": _json_numbers(reference),
        "inferred": _json_numbers(labels.values),
        "result_flags": labels.result_flags.tolist(),
        "summary": {k: {n: float(v) for n, v in one.items()} for k, one in summary.items()},
        "bins": bins,
        "laws": laws,
    }
    return replace(model, info={**model.info, "validation": validation}), remarks


def _law_of(name: str, binned: BinnedErrors, errors: np.ndarray) -> tuple[SnrLaw, tuple[str, ...]]:
    """The law of a label's own errors, and a remark where it holds those of the references too.

    Theirs are taken off the scatter where they are known and leave something: errors that would
    explain nearly all of a bin, or more, are estimates that the scatter does not bear out.
    """
    known = errors[np.isfinite(errors)]
    own = float(np.sqrt(np.mean(known**2))) if known.size else 0.0
    left = np.sqrt(np.maximum(binned.scatter**2 - own**2, 0.0))
    told, remark = "in it", ()
    if known.size and (left >= _LEAST_LEFT * binned.scatter).all():
        told = "taken off"
        binned = replace(binned, scatter=left, e_scatter=binned.e_scatter * binned.scatter / left)
    elif known.size:
        remark = (
            f"{name}: the errors given for the references ({own:.3g}) are too large beside a "
            f"scatter of {binned.scatter.min():.3g} to be taken off it: they stay in our errors",
        )
    law = fit_law(name, binned)
    return replace(law, source=f"{law.source}, errors of the references {told}"), remark


def _snr(survey: Survey, rows: np.ndarray) -> np.ndarray:
    """SNR of spectra (n,): the table's, else that of the spectrum; NaN where neither tells."""
    given = survey.stars["snr"].to_numpy(dtype=float)[rows]
    return np.where(given > 0, given, median_snr(survey.spectra(rows)))


def _edge_notes(model: SlamModel) -> list[str]:
    lost = model.info["training"]["not_converged"]
    notes = [f"{lost:,} pixels did not converge: their C is too large"] if lost else []
    return notes + [
        f"{100 * share:.0f} % of pixels chose the {side.split()[1]} edge of the grid in "
        f"{side.split()[0]}: a wider grid may do better"
        for side, share in edge_shares(model).items()
    ]


def _info(
    survey: Survey, members: TrainingSet, training: np.ndarray, test: np.ndarray, preset: str
) -> dict[str, Any]:
    return {
        "survey": survey.info.name,
        "simulated": survey.info.simulated,
        "preset": preset,
        "training_set": members.checksum,
        "n_train": int(training.size),
        "n_test": int(test.size),
        "train_pk": members.spectrum_pk[training].tolist(),
    }


def _rows(spectra: SpectrumBlock, rows: np.ndarray) -> SpectrumBlock:
    return SpectrumBlock(
        spectra.wavelength, spectra.flux[rows], spectra.ivar[rows], spectra.origin[rows]
    )


def _digest(spectra: SpectrumBlock) -> str:
    digest = sha256(np.ascontiguousarray(spectra.flux).tobytes())
    digest.update(np.ascontiguousarray(spectra.ivar).tobytes())
    return digest.hexdigest()


def _json_numbers(values: np.ndarray) -> list[Any]:
    """Nested lists with None for NaN, which JSON does not know."""
    return np.where(np.isfinite(values), values, None).tolist()
