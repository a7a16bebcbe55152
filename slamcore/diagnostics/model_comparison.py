"""Two models side by side: their errors pixel by pixel, and on the same test stars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.model import SlamModel
from slamcore.uncertainty import cv_bias, cv_scatter

__all__ = ["LabelScore", "ModelComparison", "compare_models"]

_FEWEST = 3  # stars that a slope needs


@dataclass(frozen=True)
class LabelScore:
    """How well a model does on one label.

    Attributes
    ----------
    label : str
    n : int
        Test stars.
    bias, scatter : float
        Mean and root mean square of inferred minus reference: K, dex.
    slope : float
        Of inferred against reference; 1 where nothing is compressed, NaN for too few stars.
    """

    label: str
    n: int
    bias: float
    scatter: float
    slope: float


@dataclass(frozen=True, eq=False)
class ModelComparison:
    """A model and another one.

    Attributes
    ----------
    wavelength : ndarray (n_pix,)
        Angstrom, of the pixels that both have.
    cv_ratio : ndarray (n_pix,)
        Mean squared error out of fold, second over first, both in normalised flux.
    error_ratio : ndarray (n_pix,)
        The same of the model error; NaN where the first has none.
    first, second : tuple of LabelScore
        On the labels that both have.
    is_common : bool
        Whether the scores are of test stars that neither has learned from; where there are too
        few of those, each has its own.
    """

    wavelength: np.ndarray
    cv_ratio: np.ndarray
    error_ratio: np.ndarray
    first: tuple[LabelScore, ...]
    second: tuple[LabelScore, ...]
    is_common: bool


def compare_models(first: SlamModel, second: SlamModel) -> ModelComparison:
    """Compare two models of the same survey.

    Parameters
    ----------
    first, second : SlamModel

    Returns
    -------
    ModelComparison
    """
    i, j = _common_pixels(first.wavelength, second.wavelength)
    cv = [m.cv_mse[k] * m.flux_scale[k] ** 2 for m, k in ((first, i), (second, j))]
    error = [m.model_error[k] for m, k in ((first, i), (second, j))]
    tests = [_test_stars(model) for model in (first, second)]
    common = set(tests[0]) & set(tests[1])
    is_common = len(common) >= _FEWEST
    names = [name for name in first.label_names if name in second.label_names]
    scores = []
    for model, own in zip((first, second), tests, strict=True):
        keys = sorted(common) if is_common else list(own)
        rows = [own[key] for key in keys]
        scores.append(tuple(_score(model, name, rows) for name in names))
    return ModelComparison(
        wavelength=first.wavelength[i],
        cv_ratio=_ratio(cv[1], cv[0]),
        error_ratio=_ratio(error[1], error[0]),
        first=scores[0],
        second=scores[1],
        is_common=is_common,
    )


def _test_stars(model: SlamModel) -> dict[int, int]:
    """Place of each test star in the model's validation, by key."""
    keys = model.info.get("validation", {}).get("spectrum_pk", [])
    return {key: row for row, key in enumerate(keys)}


def _score(model: SlamModel, name: str, rows: list[int]) -> LabelScore:
    found = model.info.get("validation", {})
    k = model.label_names.index(name)
    inferred, reference = (
        np.array(found.get(which, []), dtype=float).reshape(-1, len(model.label_names))[rows, k]
        for which in ("inferred", "reference")
    )
    known = np.isfinite(inferred) & np.isfinite(reference)
    n = int(known.sum())
    inferred, reference = inferred[known, None], reference[known, None]
    slope = np.nan
    if n >= _FEWEST and np.ptp(reference) > 0:
        slope = float(np.polyfit(reference[:, 0], inferred[:, 0], 1)[0])
    bias, scatter = cv_bias(inferred, reference), cv_scatter(inferred, reference)
    return LabelScore(name, n, float(bias[0]), float(scatter[0]), slope)


def _common_pixels(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the pixels that both have: all grids are parts of one."""
    place = np.clip(np.searchsorted(second, first - 1e-3), 0, second.size - 1)
    same = np.abs(second[place] - first) < 1e-3
    return np.flatnonzero(same), place[same]


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
