"""A trained SLAM: plain frozen arrays, the flux they predict, and its derivatives."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from slamcore.kernel import rbf

__all__ = ["PixelGroup", "SlamModel", "model_checksum"]


@dataclass(frozen=True)
class PixelGroup:
    """The pixels of a model that share a gamma.

    Attributes
    ----------
    gamma : float
    pixels : ndarray of int (n_group,)
    dual : ndarray (n_train, n_group)
        Dual coefficients times the scale of the flux.
    """

    gamma: float
    pixels: np.ndarray
    dual: np.ndarray


@dataclass(frozen=True, eq=False)
class SlamModel:
    """One support-vector regression per pixel, from labels to normalised flux.

    ``flux_j(theta) = flux_mean_j + flux_scale_j (sum_i dual_ji K_j(theta, theta_i) + bias_j)``
    with the kernel of `slamcore.kernel` on labels standardised by ``label_mean`` and
    ``label_scale``.

    Attributes
    ----------
    label_names : tuple of str
        Names of `slamcore.columns`, n_label of them.
    wavelength : ndarray (n_pix,)
        Angstrom, vacuum, rest frame.
    train_labels : ndarray (n_train, n_label)
        Reference labels of the training set: K, dex.
    label_mean, label_scale : ndarray (n_label,)
        K, dex.
    flux_mean, flux_scale : ndarray (n_pix,)
        Of the training set's normalised flux.
    dual : ndarray (n_pix, n_train)
        Dual coefficients, 0 where a star was masked.
    bias, gamma, C, epsilon : ndarray (n_pix,)
        Standardised.
    mse, md, cv_mse, cv_md : ndarray (n_pix,)
        Mean squared and mean deviation of the fit and out of fold, standardised
        (Qiu (2025), Eqs 1-2).
    model_error : ndarray (n_pix,)
        Standard deviation of the model about the truth, in normalised flux: out-of-fold
        residuals with the photon noise taken off.
    info : dict
        Preset, seed, settings, checksums, versions and what validation found; JSON.

    Raises
    ------
    ValueError
        If shapes do not fit together or a number is not finite.
    """

    label_names: tuple[str, ...]
    wavelength: np.ndarray
    train_labels: np.ndarray
    label_mean: np.ndarray
    label_scale: np.ndarray
    flux_mean: np.ndarray
    flux_scale: np.ndarray
    dual: np.ndarray
    bias: np.ndarray
    gamma: np.ndarray
    C: np.ndarray
    epsilon: np.ndarray
    mse: np.ndarray
    md: np.ndarray
    cv_mse: np.ndarray
    cv_md: np.ndarray
    model_error: np.ndarray
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        n_label, n_pix = len(self.label_names), np.size(self.wavelength)
        n_train = len(self.train_labels)
        special = {
            "train_labels": (n_train, n_label),
            "label_mean": (n_label,),
            "label_scale": (n_label,),
            "dual": (n_pix, n_train),
        }
        for name in self.array_names():
            array = np.array(getattr(self, name), dtype=float)
            expected = special.get(name, (n_pix,))
            if array.shape != expected:
                raise ValueError(f"model: expected {name} of shape {expected}, got {array.shape}")
            if not np.all(np.isfinite(array)):
                raise ValueError(f"model: expected finite {name}, got NaN or infinity")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        positive = ("label_scale", "flux_scale", "gamma")
        for name in positive:
            if not np.all(getattr(self, name) > 0):
                raise ValueError(f"model: expected {name} > 0")
        if n_train == 0 or n_pix == 0 or n_label == 0:
            raise ValueError("model: expected stars, pixels and labels, got none")

    @classmethod
    def array_names(cls) -> tuple[str, ...]:
        """Names of the arrays, in the order of the fields."""
        return tuple(f.name for f in fields(cls) if f.name not in ("label_names", "info"))

    @cached_property
    def box(self) -> np.ndarray:
        """Lowest and highest reference label (2, n_label): K, dex."""
        return np.stack([self.train_labels.min(axis=0), self.train_labels.max(axis=0)])

    @cached_property
    def centres(self) -> np.ndarray:
        """Standardised reference labels (n_train, n_label)."""
        return self.standardize(self.train_labels)

    @cached_property
    def groups(self) -> tuple[PixelGroup, ...]:
        """Pixels by gamma, so that each kernel is computed once."""
        found = []
        for gamma in np.unique(self.gamma):
            pixels = np.flatnonzero(self.gamma == gamma)
            dual = np.ascontiguousarray((self.dual[pixels] * self.flux_scale[pixels, None]).T)
            found.append(PixelGroup(float(gamma), pixels, dual))
        return tuple(found)

    @cached_property
    def offset(self) -> np.ndarray:
        """Flux far away from all training stars (n_pix,)."""
        return self.flux_mean + self.flux_scale * self.bias

    def standardize(self, labels: np.ndarray) -> np.ndarray:
        """Labels (..., n_label) in K and dex to standardised ones."""
        return (np.asarray(labels, dtype=float) - self.label_mean) / self.label_scale

    def predict_flux(self, labels: np.ndarray) -> np.ndarray:
        """Normalised flux at labels.

        Parameters
        ----------
        labels : array_like (n_star, n_label)
            K, dex, in the order of ``label_names``.

        Returns
        -------
        ndarray (n_star, n_pix)

        Raises
        ------
        ValueError
            If the number of labels is another one.
        """
        x = self.standardize(self._checked(labels))
        flux = np.empty((len(x), self.wavelength.size))
        for group in self.groups:
            flux[:, group.pixels] = rbf(x, self.centres, group.gamma) @ group.dual
        return flux + self.offset

    def jacobian(self, labels: np.ndarray) -> np.ndarray:
        """Derivative of the normalised flux with respect to the labels.

        Parameters
        ----------
        labels : array_like (n_star, n_label)
            K, dex.

        Returns
        -------
        ndarray (n_star, n_label, n_pix)
            Per K, per dex.

        Raises
        ------
        ValueError
            If the number of labels is another one.
        """
        x = self.standardize(self._checked(labels))
        result = np.empty((*x.shape, self.wavelength.size))
        for group in self.groups:
            kernel = rbf(x, self.centres, group.gamma)
            toward = -2 * group.gamma * (x[:, :, None] - self.centres.T)
            result[:, :, group.pixels] = (toward * kernel[:, None, :]) @ group.dual
        return result / self.label_scale[:, None]

    def _checked(self, labels: np.ndarray) -> np.ndarray:
        labels = np.asarray(labels, dtype=float)
        if labels.ndim != 2 or labels.shape[1] != len(self.label_names):
            raise ValueError(
                f"labels: expected (n_star, {len(self.label_names)}) for "
                f"{', '.join(self.label_names)}, got {labels.shape}"
            )
        return labels


def model_checksum(model: SlamModel) -> str:
    """SHA-256 of a model's labels and arrays: what it predicts, whatever its ``info`` says.

    Parameters
    ----------
    model : SlamModel

    Returns
    -------
    str
        64 hexadecimal digits, the same on every machine.
    """
    digest = hashlib.sha256(json.dumps(model.label_names).encode())
    for name in model.array_names():
        array = getattr(model, name).astype("<f8")
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
