"""The tables of labels in a survey folder: ``training.parquet`` and ``labels.parquet``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from slamcore.io.described import load_described, save_described
from slamcore.io.errors import InputError
from slamcore.io.parquet_columns import open_table
from slamcore.star_table import StarTable

__all__ = [
    "LABELS_FILE",
    "MODEL_FILE",
    "TRAINING_FILE",
    "load_labels",
    "load_training",
    "save_labels",
    "save_training",
]

TRAINING_FILE = "training.parquet"
LABELS_FILE = "labels.parquet"
MODEL_FILE = "model.npz"

_ADVICE = "delete it, or run slamcore label again"


def save_training(folder: Path, table: pd.DataFrame) -> None:
    """Write reference labels (n_reference rows), whole or not at all."""
    save_described(folder / TRAINING_FILE, table, {})


def load_training(folder: Path) -> pd.DataFrame | None:
    """Read reference labels (n_reference rows); None where the survey has none.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = folder / TRAINING_FILE
    return load_described(path, "a table of labels (Parquet)")[0] if path.exists() else None


def save_labels(folder: Path, table: pd.DataFrame, info: dict[str, Any]) -> None:
    """Write inferred labels (n_star rows), whole or not at all.

    Parameters
    ----------
    folder : Path
        Of the survey.
    table : DataFrame (n_star rows)
        In the order of the survey's stars.
    info : dict
        Models, error laws, settings: JSON.
    """
    save_described(folder / LABELS_FILE, table, info)


def load_labels(folder: Path) -> tuple[StarTable, dict[str, Any]] | None:
    """Inferred labels (n_star rows) and what they were made with; None where there are none.

    Columns are read when first asked for.

    Raises
    ------
    InputError
        If the file cannot be read or does not say what it was made with.
    """
    path = folder / LABELS_FILE
    if not path.exists():
        return None
    table, info = open_table(path, f"a table of labels (Parquet); {_ADVICE}")
    models = info.get("models")
    named = isinstance(models, list) and all(isinstance(name, str) for name in models)
    if not (named and models and _has_laws(info)):
        expected = "labels with their models named, and the laws of their errors"
        raise InputError(path, expected, f"others: {_ADVICE}")
    return table, info


def _has_laws(info: dict[str, Any]) -> bool:
    laws = info.get("errors")
    return isinstance(laws, dict) and all(isinstance(law, dict | str) for law in laws.values())
