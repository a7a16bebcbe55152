"""From a survey's pairs to labels and a correction: training set, model, labels, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.blocks import Progress
from slamcore.hyperparameters import GRIDS
from slamcore.io.atomic import write_json
from slamcore.io.described import load_described, save_described
from slamcore.io.errors import InputError
from slamcore.io.label_files import MODEL_FILE, TRAINING_FILE, load_labels
from slamcore.io.model_file import load_model
from slamcore.io.survey_files import info_digest
from slamcore.io.survey_parts import load_part
from slamcore.label_sources import relabel
from slamcore.model import SlamModel, model_checksum
from slamcore.pairs import find_pairs, training_table
from slamcore.paper.aspcap_claims import aspcap_offsets
from slamcore.references import References
from slamcore.sample import Sample
from slamcore.selection import PAPER
from slamcore.survey import Survey, open_survey
from slamcore.survey_labels import label_survey
from slamcore.survey_training import train_survey
from slamcore.training_set import LABEL_SETS, TrainingSet, match_training_set

__all__ = ["CALIBRATION_FILE", "NIU_MODEL_FILE", "PipelineReport", "Stage", "run_pipeline"]

CALIBRATION_FILE = "calibration.json"
"""Our refit of the correction of ASPCAP's [Fe/H], in the survey."""

NIU_MODEL_FILE = "model_niu.npz"
"""The second model of a survey, which has [Fe/H] on Niu's scale in the place of LAMOST's."""

_TABLE3 = "table3"  # part of a survey: Qiu (2025), Table 3
_SOURCES = {"teff": "apogeenet", "logg": "apogeenet", "alpha_fe": "aspcap"}
"""Whose labels of the M dwarf itself a model is trained on (Qiu (2025), section 2.4)."""

_NEEDED = ("teff", "fe_h")
_WORTHWHILE = 0.5
"""Least part of the reference stars that must have [alpha/M] for it to be trained: stars without
it are lost."""

_TERMS = ("1", "x", "y", "x^2", "x y", "y^2")


@dataclass(frozen=True)
class Stage:
    """What became of one stage.

    Attributes
    ----------
    name : str
    state : str
        ``done``, ``kept`` (an earlier run did the same) or ``off``.
    text : str
        The result, or why it is off.
    notes : tuple of str
    """

    name: str
    state: str
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PipelineReport:
    """What a run gave, stage by stage.

    Attributes
    ----------
    path : Path
        The survey.
    stages : tuple of Stage
    """

    path: Path
    stages: tuple[Stage, ...]


def run_pipeline(
    path: str | Path,
    *,
    grid: str = "default",
    seed: int = 0,
    progress: Progress | None = None,
) -> PipelineReport:
    """Run all stages on a survey, each with what the ones before gave; killed, it goes on.

    Pairs (with the paper's cuts) give reference labels: [Fe/H] of the FGK star, Teff and log g of
    ApogeeNet, [alpha/M] of ASPCAP. Where the survey has the paper's Table 3 its labels are taken
    instead, and where it has a ``training.parquet`` of another origin that. A second model is
    trained for [Fe/H] on the scale of Niu et al. (2023). A stage that lacks something is off and
    says what.

    Parameters
    ----------
    path : str or Path
        The survey; it gets ``training.parquet``, ``model.npz``, ``model_niu.npz``,
        ``labels.parquet`` and ``calibration.json``.
    grid : str
        A name in `slamcore.hyperparameters.GRIDS`.
    seed : int
        Of split and folds.
    progress : callable, optional

    Returns
    -------
    PipelineReport

    Raises
    ------
    InputError
        If the survey or a part of it cannot be read or written.
    ValueError
        If ``grid`` is not known.
    """
    if grid not in GRIDS:
        raise ValueError(f"grid: expected one of {', '.join(GRIDS)}, got {grid}")
    survey = open_survey(path, with_labels=False)
    pairs, training, reference = _training_set(survey)
    stages = [pairs, training]
    if reference is None:
        off = "no training set"
        return PipelineReport(
            survey.path,
            (*stages, *(Stage(n, "off", off) for n in ("train", "label", "calibrate"))),
        )
    trained, models = _train(survey, reference, grid, seed, progress)
    stages.append(trained)
    if not models:
        stages += [Stage(name, "off", "no model") for name in ("label", "calibrate")]
        return PipelineReport(survey.path, tuple(stages))
    stages.append(_label(survey, models, progress))
    stages.append(_calibrate(open_survey(survey.path)))
    if stages[-1].state == "off":
        # That of an earlier run is of other labels.
        (survey.path / CALIBRATION_FILE).unlink(missing_ok=True)
    return PipelineReport(survey.path, tuple(stages))


def _training_set(survey: Survey) -> tuple[Stage, Stage, pd.DataFrame | None]:
    """The stages ``pairs`` and ``training set``, and reference labels (n_reference rows)."""
    pairs, found = _pairs(survey)
    file = survey.path / TRAINING_FILE
    if file.exists():
        table, info = load_described(file, "a table of labels (Parquet)")
        if "pipeline" not in info:
            text = f"{len(table):,} stars of {TRAINING_FILE}, which was there"
            return pairs, Stage("training set", "kept", text), table
    table3 = load_part(survey.path, _TABLE3)
    if table3 is not None and len(table3[0]):
        table, text = table3[0], f"{len(table3[0]):,} stars of the paper's Table 3"
    elif found is not None and len(found):
        table, text = found, f"{len(found):,} M dwarfs with an F, G or K companion"
    else:
        return pairs, Stage("training set", "off", "no pairs, and no Table 3"), None
    lacking = [name for name in _NEEDED if not _has(table, name)]
    if lacking:
        why = ", ".join(f"{name} (of {_SOURCES.get(name, 'LAMOST')})" for name in lacking)
        return pairs, Stage("training set", "off", f"no reference labels {why}"), None
    key = {"survey": info_digest(survey.info), "labels": _digest(table)}
    if file.exists() and load_described(file, "labels")[1]["pipeline"] == key:
        return pairs, Stage("training set", "kept", text), table
    save_described(file, table, {"pipeline": key})
    return pairs, Stage("training set", "done", text), table


def _pairs(survey: Survey) -> tuple[Stage, pd.DataFrame | None]:
    """The stage, and the reference labels that pairs give (n_reference rows)."""
    if survey.pairs is None:
        return Stage("pairs", "off", "no table of wide binaries in the survey"), None
    found = find_pairs(survey.pairs, survey.stars, survey.primaries)
    counts = found.table["kind"].value_counts()
    text = ", ".join(f"{counts.get(kind, 0):,} {kind}" for kind in found.funnels)
    not_applied = sorted({s.text for f in found.funnels.values() for s in f if not s.applied})
    notes = (*found.notes, *(f"not applied: {text}" for text in not_applied))
    if survey.primaries is None:
        return Stage("pairs", "done", text, notes), None
    stars, columns = _with_own_labels(survey)
    lacking = [f"{name} of {_SOURCES[name]}" for name in _SOURCES if name not in columns]
    notes += tuple(f"no {what} to train on" for what in lacking)
    return Stage("pairs", "done", text, notes), training_table(found, stars, columns)


def _with_own_labels(survey: Survey) -> tuple[pd.DataFrame, dict[str, str]]:
    """The stars with the M dwarfs' own reference labels, and the columns they are in."""
    references, new, columns = References(survey), {}, {}
    for label, source in _SOURCES.items():
        if source not in references.names:
            continue
        table, column = references.table(source), f"{source}_{label}"
        bad = table[f"flag_{label}"].to_numpy(dtype=bool)
        for ours, theirs in ((column, label), (f"e_{column}", f"e_{label}")):
            if theirs in table:
                new[ours] = np.where(bad, np.nan, table[theirs].to_numpy(dtype=float))
        columns[label] = column
    return survey.stars.assign(**new), columns


def _train(
    survey: Survey,
    reference: pd.DataFrame,
    grid: str,
    seed: int,
    progress: Progress | None,
) -> tuple[Stage, list[SlamModel]]:
    """The stage, and the models; none where they cannot be trained."""
    models, texts, notes, state = [], [], [], "kept"
    for file, wanted in ((MODEL_FILE, "default"), (NIU_MODEL_FILE, "niu")):
        names, note = _affordable(reference, LABEL_SETS[wanted])
        notes += [note] if note and note not in notes else []
        if "fe_h_niu" in LABEL_SETS[wanted] and "fe_h_niu" not in names:
            notes.append("no model of [Fe/H] on the scale of Niu et al.: no such reference labels")
            continue
        try:
            members = match_training_set(survey.stars, reference, names)
            model = _kept_model(survey.path / file, members, grid, seed)
            if model is None:
                state = "done"
                out = survey.path / file
                report = train_survey(
                    survey, reference, out, label_names=names, grid=grid, seed=seed,
                    progress=progress,
                )  # fmt: skip
                model = report.model
                notes += [f"{file}: {note}" for note in report.notes]
        except InputError:
            raise
        except ValueError as error:
            if wanted == "default":
                return Stage("train", "off", str(error), tuple(notes)), []
            notes.append(f"no second model, for fe_h_niu: {error}")
            continue
        models.append(model)
        texts.append(_summary(model, names if wanted == "default" else ("fe_h_niu",)))
    return Stage("train", state, "; ".join(texts), tuple(notes)), models


def _affordable(reference: pd.DataFrame, wanted: Sequence[str]) -> tuple[list[str], str]:
    """The labels to train, without [alpha/M] where it would cost most stars, and a note if so."""
    names = [name for name in wanted if _has(reference, name)]
    others = [name for name in names if name != "alpha_fe"]
    n_with, n_without = (
        int(reference[some].notna().all(axis=1).sum()) for some in (names, others)
    )
    if n_with >= _WORTHWHILE * n_without:
        return names, ""
    return others, f"[alpha/M] is not trained: {n_with:,} of {n_without:,} reference stars have it"


def _has(reference: pd.DataFrame, name: str) -> bool:
    return name in reference and bool(reference[name].notna().any())


def _kept_model(file: Path, members: TrainingSet, grid: str, seed: int) -> SlamModel | None:
    """The model of an earlier run with the same labels and settings, if it is there."""
    if not file.exists():
        return None
    model = load_model(file)
    settings = model.info.get("training", {})
    same = (
        model.info.get("training_set") == members.checksum
        and settings.get("grid") == {k: list(v) for k, v in asdict(GRIDS[grid]).items()}
        and settings.get("seed") == seed
        and model.info.get("versions", {}).get("slamcore") == version("mdwarf-slam")
    )
    return model if same else None


def _summary(model: SlamModel, names: Sequence[str]) -> str:
    """Stars, and bias and scatter of the test set for some labels."""
    found = model.info["validation"]["summary"]
    each = ", ".join(
        f"{name} {found[name]['bias']:+.2g} ± {found[name]['scatter']:.2g}"
        for name in names
        if name in found
    )
    return f"{model.info['n_train']:,} stars, tested on {model.info['n_test']:,}: {each}"


def _label(survey: Survey, models: Sequence[SlamModel], progress: Progress | None) -> Stage:
    """The stage ``label``."""
    checksums = [model_checksum(model) for model in models]
    found = load_labels(survey.path)
    if found and found[1].get("models") == checksums:
        same = found[1].get("survey") == info_digest(survey.info)
        if same:
            return Stage("label", "kept", f"{len(found[0]):,} rows, labelled by these models")
    report = label_survey(survey, models, progress=progress)
    first, *rest = report.lines()
    return Stage("label", "done", first, tuple(line.removeprefix("note: ") for line in rest))


def _calibrate(survey: Survey) -> Stage:
    """The stage ``calibrate``, of a survey with our labels."""
    references = References(survey)
    if "fe_h" not in survey.labels:
        return Stage("calibrate", "off", "our labels have no [Fe/H]")
    sample = Sample(relabel(survey, "model", references), "model", PAPER, references)
    found = aspcap_offsets(sample)
    if found is None:
        return Stage("calibrate", "off", "no ASPCAP labels of stars within the cuts")
    if found.fit is None:
        return Stage("calibrate", "off", f"{found.n:,} stars are too few", found.notes)
    fit = found.fit
    content = {
        "what": "corrected [Fe/H] = ASPCAP's + surface(x = Teff / 1000 K, y = [Fe/H])",
        "terms": list(_TERMS[: len(fit.surface.coefficients)]),
        "coefficients": fit.surface.coefficients.tolist(),
        "covariance": fit.surface.covariance.tolist(),
        "domain": fit.surface.domain.tolist(),
        "n": int(fit.used.sum()),
        "n_sample": found.n,
        "scatter": fit.scatter,
        "order": fit.surface.order,
        "reference": found.title,
        "labels": survey.label_info["models"],
        "survey": info_digest(survey.info),
        "simulated": sample.is_simulated,
        "notes": list(found.notes),
    }
    write_json(survey.path / CALIBRATION_FILE, content)
    text = (
        f"{found.title}: {content['n']:,} stars, scatter {fit.scatter:.3f} dex about the surface"
    )
    return Stage("calibrate", "done", text, found.notes)


def _digest(table: pd.DataFrame) -> str:
    """SHA-256 of a table's values."""
    return sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
