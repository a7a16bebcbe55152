"""Train a SLAM: one support-vector regression per pixel, hyper-parameters by cross-validation."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np

from slamcore.blocks import Arrays, Progress, run_blocks
from slamcore.hyperparameters import GRIDS, Grid
from slamcore.kernel import rbf
from slamcore.model import SlamModel
from slamcore.spectra import SpectrumBlock
from slamcore.split import folds
from slamcore.svr import LANES, cross_validate, fit, lanes

__all__ = ["WEIGHTS", "Problem", "fit_pixels", "model_variance", "train"]

WEIGHTS = ("mask", "ivar")
"""How much a star counts in a pixel: 1 where it is not masked, or in proportion to its ivar."""

_SEARCH_TOL, _FIT_TOL = 1e-3, 1e-4
_PASSES = 20  # of the model variance, which settles in a few
_BLOCK = 32  # pixels


@dataclass(frozen=True, eq=False)
class Problem:
    """What all pixels share, and their fluxes: the input of `fit_pixels`.

    Attributes
    ----------
    x : ndarray (n_train, n_label)
        Standardised labels.
    flux, ivar : ndarray (n_train, n_pix)
        Normalised; ivar 0 where masked.
    fold : ndarray of int (n_train,)
        In which fold each star is left out.
    grid : Grid
    weights : str
        One of `WEIGHTS`.
    """

    x: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray
    fold: np.ndarray
    grid: Grid
    weights: str

    @cached_property
    def grams(self) -> np.ndarray:
        """Kernels of all gammas (n_gamma, n_padded, n_block, LANES)."""
        n = len(self.x)
        padding = ((0, -n % LANES), (0, 0))
        kernels = [np.pad(rbf(self.x, self.x, gamma), padding) for gamma in self.grid.gamma]
        return lanes(np.stack(kernels), np.float64)

    @cached_property
    def search_grams(self) -> np.ndarray:
        """The same (n_gamma, n_padded, n_block, LANES) in single precision: enough to choose."""
        return self.grams.astype(np.float32)


def train(
    spectra: SpectrumBlock,
    labels: np.ndarray,
    label_names: Sequence[str],
    *,
    grid: Grid | str = "default",
    n_fold: int = 10,
    weights: str = "ivar",
    groups: np.ndarray | None = None,
    seed: int = 0,
    info: dict[str, Any] | None = None,
    progress: Progress | None = None,
    **where: Any,
) -> SlamModel:
    """Train a model on normalised spectra with reference labels.

    Each pixel is a regression of its own; its C, gamma and epsilon minimise the mean squared
    error out of fold (Qiu (2025), Eq. 1) over shuffled folds that all pixels share.

    Parameters
    ----------
    spectra : SpectrumBlock (n_train, n_pix)
        Normalised. Pixels with ``ivar == 0`` take no part.
    labels : array_like (n_train, n_label)
        Reference labels: K, dex.
    label_names : sequence of str
        Names of the columns of ``labels``.
    grid : Grid or str
        Hyper-parameters, or a name in `GRIDS`.
    n_fold : int
    weights : str
        One of `WEIGHTS`.
    groups : array_like (n_train,), optional
        Which spectra belong to the same star: they are left out together. By default each is a
        star of its own.
    seed : int
        Of the folds.
    info : dict, optional
        Kept in the model beside the settings.
    progress : callable, optional
    **where
        ``threads``, ``cluster``, ``checkpoint`` of `slamcore.blocks.run_blocks`.

    Returns
    -------
    SlamModel

    Raises
    ------
    ValueError
        If shapes differ, a label is NaN or constant, there are fewer stars than folds or fewer
        folds than 2, a spectrum is empty, or a pixel has fewer good stars than folds.
    """
    labels = np.asarray(labels, dtype=float)
    names = tuple(label_names)
    grid = GRIDS[grid] if isinstance(grid, str) else grid
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    _check(spectra, labels, names, n_fold, weights, groups)
    fold = folds(groups, n_fold, seed)
    mean, scale = labels.mean(axis=0), labels.std(axis=0)
    flux, ivar = np.nan_to_num(spectra.flux, nan=0.0), spectra.ivar
    problem = Problem((labels - mean) / scale, flux, ivar, fold, grid, weights)
    n_pix = spectra.wavelength.size
    fits = run_blocks(
        fit_pixels, problem, n_pix, _BLOCK, title="training", progress=progress, **where
    )
    settings = {
        "grid": asdict(grid),
        "n_fold": n_fold,
        "weights": weights,
        "seed": seed,
        "not_converged": int(np.count_nonzero(fits.pop("gap") >= _FIT_TOL)),
    }
    return SlamModel(
        label_names=names,
        wavelength=spectra.wavelength,
        train_labels=labels,
        label_mean=mean,
        label_scale=scale,
        info={**_provenance(spectra, labels), **(info or {}), "training": settings},
        **fits,
    )


def fit_pixels(problem: Problem, start: int, stop: int) -> Arrays:
    """Choose hyper-parameters and fit pixels ``start`` to ``stop``.

    Parameters
    ----------
    problem : Problem
    start, stop : int

    Returns
    -------
    dict of str to ndarray (stop - start, ...)
        Arrays of `SlamModel`, and ``gap``, how far from optimal each fit ended.
    """
    pixels = [_fit_pixel(problem, pixel) for pixel in range(start, stop)]
    return {name: np.array([one[name] for one in pixels]) for name in pixels[0]}


def _fit_pixel(problem: Problem, pixel: int) -> dict[str, Any]:
    grid = problem.grid
    flux = problem.flux[:, pixel].astype(float)
    ivar = problem.ivar[:, pixel].astype(float)
    good = ivar > 0
    mean, scale = flux[good].mean(), flux[good].std()
    scale = scale if scale > 0 else 1.0  # a constant pixel is predicted as that constant
    target = np.where(good, (flux - mean) / scale, 0.0)
    weight = ivar / ivar[good].mean() if problem.weights == "ivar" else good.astype(float)
    fold, candidates = problem.fold, grid.candidates()
    target_lanes, weight_lanes = lanes(target, np.float64), lanes(weight, np.float64)
    winner, score, residual = cross_validate(
        problem.search_grams,
        target_lanes.astype(np.float32),
        weight_lanes.astype(np.float32),
        lanes(fold, np.int64),
        int(fold.max()) + 1,
        candidates,
        np.float32(_SEARCH_TOL),
    )
    k, cost, epsilon = candidates[winner]
    beta, bias, fitted, gap = fit(
        problem.grams[int(k)], target_lanes, weight_lanes, cost, epsilon, _FIT_TOL
    )
    n = len(target)
    inside, out_of_fold = fitted.ravel()[:n][good], residual.ravel()[:n][good]
    return {
        "flux_mean": mean,
        "flux_scale": scale,
        "dual": beta.ravel()[:n],
        "bias": bias,
        "gamma": grid.gamma[int(k)],
        "C": cost,
        "epsilon": epsilon,
        "mse": np.mean(inside**2),
        "md": np.mean(inside),
        "cv_mse": score[winner],
        "cv_md": np.mean(out_of_fold),
        "model_error": np.sqrt(model_variance(scale * out_of_fold, 1 / ivar[good])),
        "gap": gap,
    }


def model_variance(residual: np.ndarray, noise: np.ndarray) -> float:
    """Variance of residuals beyond their photon noise (the s_j^2 of Qiu (2025), Eq. 3).

    The weights are those of the best estimate for Gaussian residuals, ``(s^2 + noise)^-2``: the
    plain mean of ``residual^2 - noise`` is decided by the faintest stars, and often negative.

    Parameters
    ----------
    residual : ndarray (n_star,)
        Out of fold, in normalised flux.
    noise : ndarray (n_star,)
        Variance of the photon noise.

    Returns
    -------
    float
        Not negative.
    """
    found = float(np.median(residual**2))
    for _ in range(_PASSES):
        weight = (max(found, 0.0) + noise) ** -2.0
        found = float(np.sum(weight * (residual**2 - noise)) / np.sum(weight))
    return max(found, 0.0)


def _provenance(spectra: SpectrumBlock, labels: np.ndarray) -> dict[str, Any]:
    """What the model was made from and with."""
    digest = sha256(np.ascontiguousarray(labels, dtype="<f8").tobytes())
    digest.update(np.ascontiguousarray(spectra.flux, dtype="<f4").tobytes())
    digest.update(np.ascontiguousarray(spectra.ivar, dtype="<f4").tobytes())
    versions = {"slamcore": version("mdwarf-slam"), "numpy": np.__version__}
    return {
        "training_set": digest.hexdigest(),
        "versions": {**versions, "python": platform.python_version()},
    }


def _check(
    spectra: SpectrumBlock,
    labels: np.ndarray,
    names: tuple[str, ...],
    n_fold: int,
    weights: str,
    groups: np.ndarray,
) -> None:
    n = len(spectra)
    if labels.shape != (n, len(names)) or not names:
        raise ValueError(
            f"labels: expected ({n}, {len(names)}) for {n} spectra and {', '.join(names)}, "
            f"got {labels.shape}"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"labels: expected different names, got {', '.join(names)}")
    if not np.all(np.isfinite(labels)):
        raise ValueError(
            f"labels: expected finite numbers, got {np.sum(~np.isfinite(labels))} not"
        )
    if groups.shape != (n,):
        raise ValueError(f"groups: expected ({n},), one for each spectrum, got {groups.shape}")
    n_star = np.unique(groups).size
    if not 2 <= n_fold <= n_star:
        raise ValueError(f"folds: expected 2 to {n_star}, as many as stars, got {n_fold}")
    for name, column in zip(names, labels.T, strict=True):
        if np.ptp(column) <= 1e-12 * np.abs(column).max():
            raise ValueError(f"labels: expected {name} to vary, got {column[0]:g} for all stars")
    if weights not in WEIGHTS:
        raise ValueError(f"weights: expected one of {', '.join(WEIGHTS)}, got {weights}")
    good = (spectra.ivar > 0) & np.isfinite(spectra.ivar)
    if np.any(good & ~np.isfinite(spectra.flux)) or not np.all(good | (spectra.ivar == 0)):
        raise ValueError("spectra: expected finite ivar >= 0, and finite flux where it is > 0")
    blank = np.count_nonzero(~np.isfinite(spectra.flux).any(axis=1))
    if blank:
        raise ValueError(f"spectra: expected flux in each, got none in {blank}: leave these out")
    empty = np.flatnonzero(good.sum(axis=0) < n_fold)
    if empty.size:
        raise ValueError(
            f"spectra: expected at least {n_fold} stars with ivar > 0 in every pixel, fewer in "
            f"{empty.size} pixels, the first at {spectra.wavelength[empty[0]]:.1f} A"
        )
