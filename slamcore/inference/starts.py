"""Where to start: the training stars whose model spectra fit best, one for each valley."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from slamcore.inference.emulator import CONTINUUM_SCATTER, Emulator

__all__ = ["Templates", "first_guesses", "make_templates"]

_NEIGHBOURS = 12
_N_START = 3
_WORTH = 0.25
"""A further valley is tried if its best template is worse than the best of all by less than this
part of what the best itself lacks, and by `_NEAR` in half of chi2: both will fall by about as much
on the way to the minimum."""
_NEAR = 5.0


@dataclass(frozen=True, eq=False)
class Templates:
    """Model spectra at the labels of the training set.

    Attributes
    ----------
    x : ndarray (n_train, n_label)
        Standardised labels.
    flux, square : ndarray (n_pix, n_train)
        Model flux and its square, pixels as in `Emulator`.
    neighbours : ndarray of int (n_train, n_neighbour)
        The nearest training stars of each.
    """

    x: np.ndarray
    flux: np.ndarray
    square: np.ndarray
    neighbours: np.ndarray


def make_templates(emulator: Emulator, x: np.ndarray) -> Templates:
    """Model spectra of the training stars.

    Parameters
    ----------
    emulator : Emulator
    x : ndarray (n_train, n_label)
        Standardised labels of the training set.

    Returns
    -------
    Templates
    """
    flux = np.ascontiguousarray(emulator.flux(x).T)
    distance = ((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=-1)
    nearest = np.argsort(distance, axis=1)[:, 1 : _NEIGHBOURS + 1]
    return Templates(x, flux, flux**2, nearest)


def first_guesses(
    templates: Templates, flux: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Up to three starts for each star.

    A start is a template that fits better than all its neighbours in the space of labels.

    Parameters
    ----------
    templates : Templates
    flux, weight : ndarray (n_star, n_pix)

    Returns
    -------
    star : ndarray of int (n_start,)
        Whose start it is, ascending; the best one of a star comes first.
    template : ndarray of int (n_start,)
    scale : ndarray (n_start,)
        Of the continuum.
    """
    prior = CONTINUUM_SCATTER**-2
    weighted = weight * flux
    cross = (weighted @ templates.flux).astype(float) + prior
    power = (weight @ templates.square).astype(float) + prior
    total = np.einsum("bp,bp->b", weighted, flux).astype(float) + prior
    half_chi2 = 0.5 * (total[:, None] - cross**2 / power)
    n_good = np.count_nonzero(weight > 0, axis=1)
    chosen = _valleys(half_chi2, templates.neighbours, n_good)
    star, place = np.nonzero(chosen >= 0)
    template = chosen[star, place]
    return star, template, cross[star, template] / power[star, template]


@njit(cache=True, nogil=True, error_model="numpy")
def _valleys(half_chi2, neighbours, n_good):
    """Templates to start from (n_star, 3), the best first, -1 where there are fewer."""
    n, n_train = half_chi2.shape
    chosen = np.full((n, _N_START), -1)
    for b in range(n):
        value = half_chi2[b]
        best = np.argmin(value)
        chosen[b, 0] = best
        lacking = max(value[best] - 0.5 * n_good[b], 0.0)
        limit = value[best] + _NEAR + _WORTH * lacking
        for place in range(1, _N_START):
            for i in range(n_train):
                if value[i] > limit or i in chosen[b, :place]:
                    continue
                lowest = True
                for k in neighbours[i]:
                    if value[k] < value[i]:
                        lowest = False
                        break
                if lowest and (chosen[b, place] < 0 or value[i] < value[chosen[b, place]]):
                    chosen[b, place] = i
    return chosen
