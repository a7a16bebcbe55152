"""What can be wrong with inferred labels, as bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.constants import USABLE_RANGE
from slamcore.model import SlamModel

__all__ = ["FLAGS", "Flag", "Neighbourhood", "flag_names", "neighbourhood", "outside_usable_range"]

_NEIGHBOUR = 5
_QUANTILE = 0.99


@dataclass(frozen=True)
class Flag:
    """One bit of ``result_flags``.

    Attributes
    ----------
    name : str
    bit : int
        Value of the bit.
    text : str
        What it says about the star.
    """

    name: str
    bit: int
    text: str


FLAGS = (
    Flag("flag_on_bound", 1, "a label ran to the edge of the training set"),
    Flag("flag_not_converged", 2, "the search for the best labels did not converge"),
    Flag("flag_outside_range", 4, "a label is outside the usable range"),
    Flag("flag_far_from_training", 8, "few training stars have such labels"),
    Flag("flag_few_pixels", 16, "less than half of the pixels are good"),
    Flag("flag_no_labels", 32, "no labels: no spectrum, or too few good pixels"),
    Flag("flag_poor_fit", 64, "no spectrum of the model looks like this one"),
    Flag("flag_continuum", 128, "the continuum had to be scaled by more than 15 %"),
)
"""Bits of ``result_flags``; any of them makes ``flag_bad``."""


def flag_names(value: int) -> tuple[str, ...]:
    """Names of the bits set."""
    return tuple(flag.name for flag in FLAGS if int(value) & flag.bit)


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """How dense the training set is around labels.

    Attributes
    ----------
    whitening : ndarray (n_label, n_label)
        Turns standardised labels into uncorrelated ones of unit variance.
    points : ndarray (n_train, n_label)
        Whitened labels of the training set.
    limit : float
        Distance to the fifth nearest training star beyond which labels are far from them: the
        99th percentile of the training stars' own.
    """

    whitening: np.ndarray
    points: np.ndarray
    limit: float

    def is_far(self, x: np.ndarray) -> np.ndarray:
        """Whether standardised labels (n_star, n_label) are far from the training set."""
        return _nearest(x @ self.whitening, self.points, _NEIGHBOUR - 1) > self.limit


def neighbourhood(model: SlamModel) -> Neighbourhood:
    """Density of a model's training set.

    Correlated labels fill a small part of their box, so that the box alone does not tell.

    Parameters
    ----------
    model : SlamModel

    Returns
    -------
    Neighbourhood
    """
    x = model.centres
    covariance = np.atleast_2d(np.cov(x.T)) + 1e-9 * np.eye(x.shape[1])
    values, vectors = np.linalg.eigh(covariance)
    whitening = vectors / np.sqrt(values)
    points = x @ whitening
    own = _nearest(points, points, min(_NEIGHBOUR, len(points) - 1))
    return Neighbourhood(whitening, points, float(np.quantile(own, _QUANTILE)))


def outside_usable_range(names: tuple[str, ...], labels: np.ndarray) -> np.ndarray:
    """Whether labels (n_star, n_label) leave the range in which SLAM's are validated.

    Qiu (2025), Table 1; labels without a published range do not count.
    """
    outside = np.zeros(len(labels), dtype=bool)
    for name, column in zip(names, labels.T, strict=True):
        low, high = USABLE_RANGE.get(name, (-np.inf, np.inf))
        outside |= (column < low) | (column > high)
    return outside


def _nearest(x: np.ndarray, points: np.ndarray, k: int) -> np.ndarray:
    """Distance to the point number ``k`` from the nearest on, 0 being the nearest."""
    k = min(k, len(points) - 1)
    square = ((x[:, None, :] - points[None, :, :]) ** 2).sum(axis=-1)
    return np.sqrt(np.partition(square, k, axis=1)[:, k])
