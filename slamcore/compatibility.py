"""Labels as astroslam infers them, only to compare with: `slamcore.inference` is what to use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from slamcore.blocks import Arrays, Progress, run_blocks
from slamcore.inference import FLAGS, Labels
from slamcore.inference.infer import check_grid
from slamcore.kernel import rbf
from slamcore.model import SlamModel
from slamcore.spectra import SpectrumBlock

__all__ = ["infer_as_astroslam"]

_BLOCK = 16  # spectra
_LEAST_IVAR = 1.0
"""Standardised inverse variance, of the photons as of the model, that a pixel must reach to count
(``ivar_eps`` of astroslam)."""

_NOT_CONVERGED = next(flag.bit for flag in FLAGS if flag.name == "flag_not_converged")


@dataclass(frozen=True, eq=False)
class _Task:
    """What all blocks share: a model, its spectra at the training labels, and what to fit."""

    model: SlamModel
    templates: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray


def infer_as_astroslam(
    model: SlamModel,
    spectra: SpectrumBlock,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Labels:
    """Infer the labels of normalised spectra by the method of astroslam (Zhang et al. 2020).

    For comparison only. In flux standardised by the training set, as astroslam's release of 2022
    and SDSS DR19 have it:

    - It starts from the training star of least mean ``(flux - flux_i)^2 ivar``.
    - A pixel whose photon noise exceeds the scatter of the training set (``ivar < 1``) is dropped,
      and so is one that the model does not describe (``mse >= 1``). At low SNR that is all of
      them: the start is returned, with zero covariance and as converged.
    - The weight is ``ivar m / (ivar + m)`` with ``m = mse^-2``, mse that of the fit.
    - ``sum rho(r^2)`` is minimised with the robust ``rho(z) = 2 (sqrt(1 + z) - 1)``, by
      `scipy.optimize.least_squares` and without bounds. The covariance is the pseudo-inverse of
      its Gauss-Newton matrix.

    What differs, none of which moves the minimum: the start is chosen among the model's spectra
    at the training labels, since a model keeps no training spectra, and derivatives are analytic
    instead of finite differences. Pixels beside bad ones, which astroslam masks too, are kept.

    Parameters
    ----------
    model : SlamModel
    spectra : SpectrumBlock (n_star, n_pix)
        Normalised as the training set was, on the model's wavelengths.
    threads : int, optional
        By default one for each processor.
    progress : callable, optional
        As for `slamcore.blocks.run_blocks`.

    Returns
    -------
    Labels
        ``n_good`` counts the pixels kept, ``chi2`` has the weights above and no robust loss, and
        ``scale`` is 1: the continuum is not fitted. The only flag is that of a search that did
        not converge.

    Raises
    ------
    ValueError
        If the wavelengths are not those of the model.
    """
    check_grid(model, spectra.wavelength)
    task = _Task(model, model.predict_flux(model.train_labels), spectra.flux, spectra.ivar)
    found = run_blocks(
        _infer_block,
        task,
        len(spectra),
        _BLOCK,
        title="inferring as astroslam",
        threads=threads,
        progress=progress,
    )
    return Labels(names=model.label_names, **(found or _infer_block(task, 0, 0)))


def _infer_block(task: _Task, start: int, stop: int) -> Arrays:
    """Fields of `Labels` of stars ``start`` to ``stop``."""
    model, n, n_label = task.model, stop - start, len(task.model.label_names)
    flux, ivar = task.flux[start:stop].astype(float), task.ivar[start:stop].astype(float)
    good = np.isfinite(flux) & np.isfinite(ivar) & (ivar > 0)
    flux, ivar = np.where(good, flux, 0), np.where(good, ivar, 0)
    nearest = np.argmin(ivar @ task.templates.T**2 - 2 * (ivar * flux) @ task.templates.T, axis=1)
    weight = _weights(model, ivar)
    result = {
        "values": np.empty((n, n_label)),
        "covariance": np.empty((n, n_label, n_label)),
        "initial": model.train_labels[nearest],
        "scale": np.ones(n),
        "chi2": np.empty(n),
        "n_good": np.count_nonzero(weight, axis=1),
        "result_flags": np.zeros(n, dtype=int),
        "n_step": np.empty(n, dtype=int),
    }
    for i in range(n):
        for name, value in _fit(model, result["initial"][i], flux[i], weight[i]).items():
            result[name][i] = value
    return result


def _weights(model: SlamModel, ivar: np.ndarray) -> np.ndarray:
    """Weights of pixels (n_star, n_pix) in standardised flux."""
    ivar = ivar * model.flux_scale**2
    model_ivar = np.zeros(model.mse.shape)  # 0 also where mse is, as astroslam has it
    np.power(model.mse, -2, out=model_ivar, where=model.mse > 0)
    kept = (ivar >= _LEAST_IVAR) & (model_ivar > _LEAST_IVAR)
    return np.divide(ivar * model_ivar, ivar + model_ivar, out=np.zeros_like(ivar), where=kept)


def _fit(
    model: SlamModel, start: np.ndarray, flux: np.ndarray, weight: np.ndarray
) -> dict[str, np.ndarray]:
    """Fit one star on the pixels that count."""
    kept = [group.pixels[weight[group.pixels] > 0] for group in model.groups]
    duals = [group.dual[:, weight[group.pixels] > 0] for group in model.groups]
    gammas = [group.gamma for group in model.groups]
    pixels = np.concatenate(kept)
    root = np.sqrt(weight[pixels]) / model.flux_scale[pixels]
    target = flux[pixels] - model.offset[pixels]

    def residual(x: np.ndarray) -> np.ndarray:
        parts = [
            rbf(x[None], model.centres, gamma) @ dual
            for gamma, dual in zip(gammas, duals, strict=True)
        ]
        return (target - np.hstack(parts)[0]) * root

    def jacobian(x: np.ndarray) -> np.ndarray:
        toward = x[:, None] - model.centres.T
        parts = [
            (2 * gamma * toward * rbf(x[None], model.centres, gamma)) @ dual
            for gamma, dual in zip(gammas, duals, strict=True)
        ]
        return (np.hstack(parts) * root).T

    found = least_squares(
        residual, model.standardize(start), jacobian, method="trf", loss="soft_l1"
    )
    inverse = np.linalg.pinv(found.jac.T @ found.jac, hermitian=True)
    return {
        "values": found.x * model.label_scale + model.label_mean,
        "covariance": inverse * np.outer(model.label_scale, model.label_scale),
        "chi2": np.sum(found.fun**2),
        "result_flags": 0 if found.success else _NOT_CONVERGED,
        "n_step": found.nfev,
    }
