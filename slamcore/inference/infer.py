"""Labels of many spectra: the maximum of the posterior, its width, and what may be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from slamcore.blocks import Arrays, Progress, run_blocks
from slamcore.inference.emulator import COARSE, Emulator, emulator
from slamcore.inference.flags import (
    FLAGS,
    Neighbourhood,
    neighbourhood,
    outside_usable_range,
)
from slamcore.inference.newton import CONVERGED, NEAR, minimize
from slamcore.inference.starts import Templates, first_guesses, make_templates
from slamcore.model import SlamModel
from slamcore.spectra import SpectrumBlock

__all__ = ["Engine", "Labels", "check_grid", "infer_labels"]

_BATCH = 64
_LEAST_PIXELS = 100
"""Good pixels below which a spectrum gets no labels: as many as the normalisation asks for."""

_LARGEST = 1e6
"""Normalised flux, and its inverse error, from which on a pixel is bad: nothing real comes near,
and single precision could not hold the sum of squares."""

_SCALE_RANGE = (0.5, 1.5)
_TIE = 0.5
"""Valleys whose depths differ by less, in half of chi2 of the sketch, are searched to the end."""

_SINGULAR = 1e-6
"""Least eigenvalue of a normal matrix of unit diagonal: single precision knows none smaller. So
what a spectrum does not tell has a large error, not a random one."""
_TINY = 1e-30

_POOR_FIT = 1.5
"""chi2 per degree of freedom above which no model spectrum looks like the observed one: that of 99
in 100 simulated M dwarfs is below 1.1, that of half of the giants above 1.5 at SNR > 20."""

_SCALED = 0.15
"""Change of the continuum's scale beyond what noise does to it: 4 % at SNR 2.5."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Inferred labels of stars.

    Attributes
    ----------
    names : tuple of str
    values : ndarray (n_star, n_label)
        K, dex; NaN where there are none.
    covariance : ndarray (n_star, n_label, n_label)
        Formal, from the curvature of chi2; too small where the model is uncertain.
    initial : ndarray (n_star, n_label)
        Labels of the training star whose model spectrum fits best.
    scale : ndarray (n_star,)
        Of the continuum.
    chi2 : ndarray (n_star,)
    n_good : ndarray of int (n_star,)
        Good pixels.
    result_flags : ndarray of int (n_star,)
        Bits of `slamcore.inference.FLAGS`.
    n_step : ndarray of int (n_star,)
        Evaluations of the model.
    """

    names: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray
    initial: np.ndarray
    scale: np.ndarray
    chi2: np.ndarray
    n_good: np.ndarray
    result_flags: np.ndarray
    n_step: np.ndarray

    @property
    def formal_errors(self) -> np.ndarray:
        """Standard deviations (n_star, n_label) of the covariance: K, dex."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    @property
    def rchi2(self) -> np.ndarray:
        """chi2 per degree of freedom (n_star,)."""
        return self.chi2 / np.maximum(self.n_good - len(self.names) - 1, 1)


@dataclass(frozen=True, eq=False)
class Engine:
    """A model made ready to infer.

    Attributes
    ----------
    model : SlamModel
    emulator : Emulator
        The model in single precision.
    sketch : Emulator
        A coarser model, for finding the right valley.
    templates : Templates
        Model spectra to start from.
    neighbourhood : Neighbourhood
        Density of the training set.
    """

    model: SlamModel
    emulator: Emulator
    sketch: Emulator
    templates: Templates
    neighbourhood: Neighbourhood

    @classmethod
    def of(cls, model: SlamModel) -> Engine:
        """Make a model ready."""
        # With more threads sums take another order, and labels would depend on the machine.
        with threadpool_limits(1, user_api="blas"):
            fine = emulator(model)
            return cls(
                model=model,
                emulator=fine,
                sketch=emulator(model, COARSE),
                templates=make_templates(fine, model.centres),
                neighbourhood=neighbourhood(model),
            )

    def infer(self, flux: np.ndarray, ivar: np.ndarray) -> Arrays:
        """Labels of a few stars.

        Parameters
        ----------
        flux, ivar : ndarray (n_star, n_pix)
            Normalised, on the model's pixels.

        Returns
        -------
        dict of str to ndarray (n_star, ...)
            Fields of `Labels`.
        """
        model = self.model
        n, n_label = len(flux), len(model.label_names)
        flux, weight = self._weighted(flux, ivar)
        n_good = np.count_nonzero(weight, axis=1)
        result = {
            "values": np.full((n, n_label), np.nan),
            "covariance": np.full((n, n_label, n_label), np.nan),
            "initial": np.full((n, n_label), np.nan),
            "scale": np.full(n, np.nan),
            "chi2": np.full(n, np.nan),
            "n_good": n_good,
            "result_flags": np.where(n_good < _LEAST_PIXELS, _bit("flag_no_labels"), 0),
            "n_step": np.zeros(n, dtype=int),
        }
        few = n_good < 0.5 * flux.shape[1]
        result["result_flags"] |= np.where(few, _bit("flag_few_pixels"), 0)
        rows = np.flatnonzero(n_good >= _LEAST_PIXELS)
        if rows.size:
            for name, found in self._fit(flux[rows], weight[rows], n_good[rows]).items():
                result[name][rows] = (
                    found if name != "result_flags" else result[name][rows] | found
                )
        return result

    def _weighted(self, flux: np.ndarray, ivar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Flux and inverse variance with the model error, pixels ordered; 0 where bad."""
        flux, ivar = flux[:, self.emulator.order], ivar[:, self.emulator.order]
        good = (np.abs(flux) < _LARGEST) & (ivar > 0) & (ivar < _LARGEST**2)
        ivar = np.where(good, ivar, 0).astype(np.float32)
        weight = ivar / (1 + ivar * self.emulator.variance)
        return np.where(good, flux, 0).astype(np.float32), weight

    def _fit(self, flux: np.ndarray, weight: np.ndarray, n_good: np.ndarray) -> Arrays:
        model = self.model
        star, template, scale = first_guesses(self.templates, flux, weight)
        start = np.column_stack([self.templates.x[template].astype(float), scale])
        low, high = (
            np.append(model.standardize(edge), limit)
            for edge, limit in zip(model.box, _SCALE_RANGE, strict=True)
        )

        def search(emulator: Emulator, start: np.ndarray, of: np.ndarray, enough: float):
            def evaluate(x: np.ndarray, rows: np.ndarray):
                row = of[rows]
                return emulator.evaluate(x[:, :-1], x[:, -1], flux[row], weight[row])

            return minimize(evaluate, start, low, high, of, enough)

        sketched = search(self.sketch, start, star, NEAR)
        first = np.unique(star, return_index=True)[1]
        ends = np.append(first[1:], star.size)
        deepest = np.repeat(np.minimum.reduceat(sketched.value, first), ends - first)
        close = np.flatnonzero(sketched.value <= deepest + _TIE)
        of = star[close]
        found = search(self.emulator, sketched.x[close], of, CONVERGED)
        order = np.lexsort([found.value, of])
        found = found.take(order[np.unique(of[order], return_index=True)[1]])
        x, at_bound = found.x[:, :-1], found.on_bound[:, :-1].any(axis=1)
        values = x * model.label_scale + model.label_mean
        chi2 = 2 * found.value
        flags = {
            "flag_on_bound": at_bound,
            "flag_not_converged": ~found.converged,
            "flag_outside_range": outside_usable_range(model.label_names, values),
            "flag_far_from_training": self.neighbourhood.is_far(x),
            "flag_poor_fit": chi2 > _POOR_FIT * np.maximum(n_good - x.shape[1] - 1, 1),
            "flag_continuum": np.abs(found.x[:, -1] - 1) > _SCALED,
        }
        return {
            "values": values,
            "covariance": _covariance(found.normal, model.label_scale),
            "initial": model.train_labels[template[first]],
            "scale": found.x[:, -1],
            "chi2": chi2,
            "result_flags": sum(np.where(on, _bit(name), 0) for name, on in flags.items()),
            "n_step": np.bincount(star, sketched.n_step).astype(int) + found.n_step,
        }


def infer_labels(
    model: SlamModel,
    spectra: SpectrumBlock,
    *,
    progress: Progress | None = None,
    **where: Any,
) -> Labels:
    """Infer the labels of normalised spectra.

    The maximum of the posterior (Qiu (2025), Eq. 3) under a Gaussian likelihood with photon noise
    and the model error of each pixel, flat inside the box of the training set; the scale of the
    continuum is fitted along (`slamcore.inference.emulator.CONTINUUM_SCATTER`).

    Parameters
    ----------
    model : SlamModel
    spectra : SpectrumBlock (n_star, n_pix)
        Normalised as the training set was, on the model's wavelengths.
    progress : callable, optional
    **where
        ``threads``, ``cluster``, ``checkpoint`` of `slamcore.blocks.run_blocks`.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If the wavelengths are not those of the model.
    """
    check_grid(model, spectra.wavelength)
    shared = (Engine.of(model), spectra.flux, spectra.ivar)
    found = run_blocks(
        _infer_block, shared, len(spectra), _BATCH, title="inferring", progress=progress, **where
    )
    found = found or Engine.of(model).infer(spectra.flux, spectra.ivar)
    return Labels(names=model.label_names, **found)


def check_grid(model: SlamModel, wavelength: np.ndarray) -> None:
    """Check that spectra lie on the pixels of a model.

    Parameters
    ----------
    model : SlamModel
    wavelength : ndarray (n_pix,)
        Angstrom.

    Raises
    ------
    ValueError
        If the wavelengths are not those of the model.
    """
    same = np.shape(wavelength) == model.wavelength.shape
    if not (same and np.allclose(wavelength, model.wavelength, rtol=1e-6, atol=0)):
        raise ValueError(
            f"spectra: expected the model's {model.wavelength.size} pixels from "
            f"{model.wavelength[0]:.2f} to {model.wavelength[-1]:.2f} A, got {_extent(wavelength)}"
        )


def _extent(wavelength: np.ndarray) -> str:
    if np.size(wavelength) == 0:
        return "none"
    return f"{np.size(wavelength)} from {wavelength[0]:.2f} to {wavelength[-1]:.2f} A"


def _infer_block(shared: tuple[Engine, np.ndarray, np.ndarray], start: int, stop: int) -> Arrays:
    engine, flux, ivar = shared
    return engine.infer(flux[start:stop], ivar[start:stop])


def _covariance(normal: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Covariance of the labels, that of the continuum's scale marginalised (n, L, L)."""
    size = np.sqrt(np.maximum(np.diagonal(normal, axis1=1, axis2=2), _TINY))
    units = size[:, :, None] * size[:, None, :]
    values, vectors = np.linalg.eigh(normal / units)
    inverse = (vectors / np.maximum(values, _SINGULAR)[:, None]) @ np.swapaxes(vectors, 1, 2)
    return (inverse / units)[:, :-1, :-1] * np.outer(scale, scale)


def _bit(name: str) -> int:
    return next(flag.bit for flag in FLAGS if flag.name == name)
