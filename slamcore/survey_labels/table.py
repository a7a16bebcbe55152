"""The table of labels: values, errors, correlations, flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from slamcore.blocks import Arrays
from slamcore.model import SlamModel
from slamcore.survey import Survey
from slamcore.survey_labels.laws import NO_ERROR
from slamcore.uncertainty import SnrLaw

__all__ = ["label_table"]


def label_table(
    survey: Survey,
    models: Sequence[SlamModel],
    laws_of: Sequence[dict[str, SnrLaw | None]],
    found: Arrays,
) -> tuple[pd.DataFrame, dict[str, Any], list[str]]:
    """The table of labels from what was inferred.

    Parameters
    ----------
    survey : Survey
        Of n_star rows.
    models : sequence of SlamModel
        A label that several have is taken from the first.
    laws_of : sequence of dict
        Of each model: label -> law of its error, or None.
    found : dict of str to ndarray (n_star, ...)
        ``snr``; and of the k-th model what `Engine.infer` gives, with the ending ``:k``.

    Returns
    -------
    table : DataFrame (n_star rows)
    laws : dict
        Label -> its law as JSON has it, or ``formal``.
    notes : list of str
    """
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
