"""The training set of a survey: which of its stars have reference labels, and which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME, LABELS

__all__ = ["LABEL_SETS", "TrainingSet", "match_training_set"]

LABEL_SETS: dict[str, tuple[str, ...]] = {
    "default": ("teff", "logg", "fe_h", "alpha_fe"),
    "niu": ("teff", "logg", "fe_h_niu", "alpha_fe"),
    "dr19": ("fe_h_niu", "fe_h", "alpha_fe", "teff", "logg"),
}
"""Labels of a model. ``dr19`` is that of the published catalogue (SDSS, Astra 0.6.0): both
metallicities in one fit, which are nearly collinear; two models, one of each, are better."""

_KEYS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")

_ALLOWED = (*LABELS, "mass", "radius")  # columns of stars that a model may predict

_PLAUSIBLE = {
    "teff": (1000.0, 50_000.0),
    "logg": (-1.0, 9.0),
    "fe_h": (-4.0, 1.0),
    "fe_h_niu": (-4.0, 1.0),
    "alpha_fe": (-1.0, 1.0),
}
"""Median reference labels outside these are in another unit, such as kK."""

_OWN = ("observed", "simulated")


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Stars with reference labels.

    Attributes
    ----------
    rows : ndarray of int (n_reference,)
        Positions in the survey's stars.
    spectrum_pk : ndarray of int (n_reference,)
    star : ndarray of int (n_reference,)
        The same for spectra of the same star.
    label_names : tuple of str
    labels, errors : ndarray (n_reference, n_label)
        K, dex; an error is NaN where the reference has none.
    notes : tuple of str
        How many references were left out, and why.
    """

    rows: np.ndarray
    spectrum_pk: np.ndarray
    star: np.ndarray
    label_names: tuple[str, ...]
    labels: np.ndarray
    errors: np.ndarray
    notes: tuple[str, ...]

    @property
    def checksum(self) -> str:
        """sha256 of keys and labels."""
        digest = sha256(" ".join(self.label_names).encode())
        digest.update(np.ascontiguousarray(self.spectrum_pk, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(self.labels, dtype="<f8").tobytes())
        return digest.hexdigest()


def match_training_set(
    stars: pd.DataFrame, reference: pd.DataFrame, label_names: Sequence[str]
) -> TrainingSet:
    """Find the stars that reference labels belong to.

    By ``spectrum_pk``, else ``sdss_id``, else ``gaia_dr3_source_id``: the first that both tables
    have. A star with several spectra gives as many members. Stars without a spectrum of their own
    and references without all labels are left out, and counted in the notes.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Of a survey.
    reference : DataFrame (n_reference rows)
        A key and the labels.
    label_names : sequence of str

    Returns
    -------
    TrainingSet

    Raises
    ------
    ValueError
        If a label or a key is missing, a key repeats or is no integer, a label is a column of
        stars or in another unit, or nothing matches.
    """
    names = tuple(label_names)
    taken = [name for name in names if name in BY_NAME and name not in _ALLOWED]
    if taken:
        raise ValueError(
            f"training set: expected labels, got {taken[0]}: that is a column of stars"
        )
    missing = [name for name in names if name not in reference]
    if missing:
        raise ValueError(
            f"training set: expected columns {', '.join(names)}, found no {missing[0]}"
        )
    key = next((k for k in _KEYS if k in reference and k in stars), None)
    if key is None:
        raise ValueError(f"training set: expected one of {', '.join(_KEYS)}, found none")
    if not pd.api.types.is_integer_dtype(reference[key]):
        raise ValueError(f"training set: expected integers as {key}, got {reference[key].dtype}")
    known = reference[reference[key] > 0]
    if known[key].duplicated().any():
        twice = known[key][known[key].duplicated()].iloc[0]
        raise ValueError(f"training set: expected each {key} once, found {twice} again")
    complete = np.isfinite(known[list(names)].to_numpy(dtype=float)).all(axis=1)
    usable = known[complete].set_index(key)
    own = stars["spectrum_origin"].isin(_OWN).to_numpy()
    found = stars[key].isin(usable.index).to_numpy()
    rows = np.flatnonzero(found & own)
    if rows.size == 0:
        raise ValueError(
            f"training set: expected stars of the survey by {key}, found none of them"
        )
    labels = usable.loc[stars[key].to_numpy()[rows], list(names)].to_numpy(dtype=float)
    counts = {
        "references have no key": len(reference) - len(known),
        "references lack a label": int(np.count_nonzero(~complete)),
        "references are no star of the survey": int(
            np.count_nonzero(~usable.index.isin(stars[key]))
        ),
        "stars have no spectrum of their own": int(np.count_nonzero(found & ~own)),
    }
    notes = tuple(f"{count:,} {what}: left out" for what, count in counts.items() if count)
    _check_units(names, labels)
    keys = stars["spectrum_pk"].to_numpy()[rows]
    sdss_id = stars["sdss_id"].to_numpy()[rows]
    return TrainingSet(
        rows=rows,
        spectrum_pk=keys,
        star=np.where(sdss_id > 0, sdss_id, -keys),
        label_names=names,
        labels=labels,
        errors=_errors(usable, stars[key].to_numpy()[rows], names),
        notes=notes,
    )


def _errors(reference: pd.DataFrame, keys: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Errors of the reference labels (n_reference, n_label), NaN where there are none."""
    found = [
        reference.loc[keys, f"e_{name}"].to_numpy(dtype=float)
        if f"e_{name}" in reference
        else np.full(len(keys), np.nan)
        for name in names
    ]
    errors = np.column_stack(found)
    return np.where(errors > 0, errors, np.nan)


def _check_units(names: tuple[str, ...], labels: np.ndarray) -> None:
    for name, column in zip(names, labels.T, strict=True):
        low, high = _PLAUSIBLE.get(name, (-np.inf, np.inf))
        middle = float(np.median(column))
        if not low <= middle <= high:
            raise ValueError(
                f"training set: expected {name} in {BY_NAME[name].unit}, its median from "
                f"{low:g} to {high:g}, got {middle:g}"
            )
