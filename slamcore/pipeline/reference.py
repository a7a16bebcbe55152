"""Reference labels of a survey: of its pairs, of the paper's Table 3, or those that were there."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pandas as pd

from slamcore.io.described import load_described, save_described
from slamcore.io.label_files import TRAINING_FILE
from slamcore.io.survey_info import info_digest
from slamcore.io.survey_parts import load_part
from slamcore.pairs import find_pairs, training_table
from slamcore.pipeline.stage import Stage
from slamcore.references import References
from slamcore.survey import Survey

__all__ = ["find_reference", "has"]

_TABLE3 = "table3"  # part of a survey: Qiu (2025), Table 3
_SOURCES = {"teff": "apogeenet", "logg": "apogeenet", "alpha_fe": "aspcap"}
"""Whose labels of the M dwarf itself a model is trained on (Qiu (2025), section 2.4)."""

_NEEDED = ("teff", "fe_h")


def find_reference(survey: Survey) -> tuple[Stage, Stage, pd.DataFrame | None]:
    """The stages ``pairs`` and ``training set``.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    pairs, training : Stage
    reference : DataFrame (n_reference rows) or None
        The labels to train on; None where there are none.

    Raises
    ------
    InputError
        If a part of the survey cannot be read or written.
    """
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
    lacking = [name for name in _NEEDED if not has(table, name)]
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


def has(reference: pd.DataFrame, name: str) -> bool:
    """Whether reference labels (n_reference rows) have values of a label."""
    return name in reference and bool(reference[name].notna().any())


def _digest(table: pd.DataFrame) -> str:
    """SHA-256 of a table's values."""
    return sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
