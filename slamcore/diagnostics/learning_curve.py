"""Whether more training stars would help: the cross-validated error against their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slamcore.blocks import Progress
from slamcore.hyperparameters import Grid
from slamcore.spectra import SpectrumBlock
from slamcore.training import train

__all__ = ["PIXELS", "LearningCurve", "learning_curve", "training_sizes"]

PIXELS = 60
"""Pixels drawn at random: the median over them is good to about a tenth."""

_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Errors of models that learned from fewer stars.

    Attributes
    ----------
    n_train : ndarray of int (n_size,)
        Training stars.
    cv_mse : ndarray (3, n_size)
        16th, 50th and 84th percentile over the pixels of the mean squared error out of fold,
        in units of the variance of the flux; photon noise is part of it.
    model_error : ndarray (3, n_size)
        The same of the model error, in normalised flux; without photon noise.
    n_pix : int
        Pixels behind it.
    """

    n_train: np.ndarray
    cv_mse: np.ndarray
    model_error: np.ndarray
    n_pix: int


def training_sizes(n: int, n_fold: int) -> tuple[int, ...]:
    """Numbers of stars to train on, up to ``n``; each leaves two stars to every fold."""
    return tuple(dict.fromkeys(max(round(share * n), min(2 * n_fold, n)) for share in _SHARES))


def learning_curve(
    spectra: SpectrumBlock,
    labels: np.ndarray,
    label_names: Sequence[str],
    *,
    grid: Grid,
    n_fold: int,
    weights: str,
    groups: np.ndarray,
    seed: int = 0,
    n_pix: int = PIXELS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> LearningCurve:
    """Train on growing parts of a training set, in a few pixels.

    Each part holds the one before, and all parts keep the spectra of a star together. The flux
    is scaled by its scatter over the whole set, so that the errors of all parts compare.

    Parameters
    ----------
    spectra : SpectrumBlock (n_train, n_pix)
        Normalised.
    labels : ndarray (n_train, n_label)
        K, dex.
    label_names : sequence of str
    grid : Grid
    n_fold : int
    weights : str
        As `slamcore.training.train` takes them.
    groups : ndarray (n_train,)
        Which spectra belong to the same star.
    seed : int
        Of pixels, parts and folds.
    n_pix : int
    threads : int, optional
    progress : callable, optional

    Returns
    -------
    LearningCurve

    Raises
    ------
    ValueError
        If a part cannot be trained on, as `slamcore.training.train` says.
    """
    rng = np.random.default_rng(seed)
    enough = np.flatnonzero((spectra.ivar > 0).mean(axis=0) > 0.5)
    if enough.size == 0:
        raise ValueError("learning curve: expected pixels that are good in most stars, got none")
    pixels = np.sort(rng.choice(enough, min(n_pix, enough.size), replace=False))
    _, star = np.unique(groups, return_inverse=True)
    place = rng.permutation(star.max() + 1)[star]
    order = np.argsort(place, kind="stable")
    whole = np.nanstd(np.where(spectra.ivar > 0, spectra.flux, np.nan)[:, pixels], axis=0)
    sizes = training_sizes(len(labels), n_fold)
    total, done = sum(sizes), 0
    scores, errors = [], []
    for size in sizes:
        rows = np.sort(order[:size])
        part = SpectrumBlock(
            spectra.wavelength[pixels],
            spectra.flux[np.ix_(rows, pixels)],
            spectra.ivar[np.ix_(rows, pixels)],
            spectra.origin[rows],
        )
        model = train(
            part,
            labels[rows],
            label_names,
            grid=grid,
            n_fold=n_fold,
            weights=weights,
            groups=groups[rows],
            seed=seed,
            threads=threads,
            progress=_share(progress, done, size, total),
        )
        scores.append(model.cv_mse * (model.flux_scale / whole) ** 2)
        errors.append(model.model_error)
        done += size
    return LearningCurve(
        n_train=np.array(sizes),
        cv_mse=np.percentile(scores, (16, 50, 84), axis=1),
        model_error=np.percentile(errors, (16, 50, 84), axis=1),
        n_pix=pixels.size,
    )


def _share(progress: Progress | None, done: int, size: int, total: int) -> Progress | None:
    """Progress of one size as a part of the whole."""
    if progress is None:
        return None
    return lambda at, of, title: progress(done * of + size * at, total * of, title)
