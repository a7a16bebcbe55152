"""What a bootstrap over stars says of quantiles and of moments, at any number of stars.

No star is drawn where the outcome of drawing is known: the place of an order statistic in a
resample follows a beta distribution, and the mean of very many draws a normal one. The cost of a
resample is then the same for a hundred stars and ten million.
"""

from __future__ import annotations

import numpy as np

__all__ = ["ordered_near", "quantiles", "resampled_means", "resampled_quantiles"]

_DRAWN = 1000
"""Stars up to which the mean of a resample is that of stars drawn; of more it is a normal one of
the same covariance, whose percentiles differ by the skewness over the root of their number."""

_SORTED = 100_000
"""Values below which all are sorted: the windows of ten standard deviations would overlap."""

_CHUNK = 1 << 15  # stars; what is made of them stays in the cache


def ordered_near(values: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Values in rising order, as far as some of their quantiles and resamples of these need it.

    Parameters
    ----------
    values : ndarray (n,)
    parts : ndarray (n_part,)
        From 0 to 1, rising, a tenth apart at least.

    Returns
    -------
    ndarray (n,)
        All in order where there are few. Of many, the ranks within ten standard deviations of
        those quantiles in a resample hold what they do in order, which takes a fraction of the
        time; the others hold values that belong on their side.
    """
    n = len(values)
    if n < _SORTED:
        return np.sort(values)
    parts = np.asarray(parts, dtype=float)
    reach = 10 * np.sqrt(parts * (1 - parts) * n) + 2
    first = np.maximum(parts * n - reach, 0).astype(np.int64)
    last = np.minimum(parts * n + reach, n - 1).astype(np.int64)
    out = np.partition(values, np.concatenate([first, last]))
    for start, end in zip(first, last, strict=True):
        out[start : end + 1].sort()
    return out


def quantiles(ordered: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Quantiles of sorted values, linear between two of them.

    Parameters
    ----------
    ordered : ndarray (n,)
        In rising order, at least one.
    parts : ndarray (n_part,)
        From 0 to 1.

    Returns
    -------
    ndarray (n_part,)
    """
    below, above, share = _places(len(ordered), parts)
    low = ordered[below]
    return low + share * (ordered[above] - low)


def resampled_quantiles(
    ordered: np.ndarray, parts: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> np.ndarray:
    """Quantiles of resamples of sorted values, as drawing as many with replacement gives them.

    A resample is ``ordered`` at the places of as many uniform numbers, and the numbers of a few
    ranks follow from gamma variates alone (Devroye (1986), chapter V.3).

    Parameters
    ----------
    ordered : ndarray (n,)
        In rising order, at least one.
    parts : ndarray (n_part,)
        From 0 to 1.
    n_resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray (n_resamples, n_part)
    """
    n = len(ordered)
    below, above, share = _places(n, parts)
    ranks, place = np.unique(np.concatenate([below, above]), return_inverse=True)
    gaps = np.diff(np.concatenate([[-1], ranks, [n]]))
    sums = np.cumsum(rng.standard_gamma(gaps.astype(float), (n_resamples, len(gaps))), axis=1)
    drawn = (n * (sums[:, :-1] / sums[:, -1:])).astype(np.int64)
    found = ordered[np.minimum(drawn, n - 1)][:, place]
    low, high = found[:, : len(below)], found[:, len(below) :]
    return low + share * (high - low)


def resampled_means(
    columns: tuple[np.ndarray, ...],
    powers: tuple[tuple[int, ...], ...],
    n_resamples: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Means of products of columns, over all stars and over resamples of them.

    Parameters
    ----------
    columns : tuple of ndarray (n,)
        At least one star; best about their own mean.
    powers : tuple of tuple of int
        Each product by the power of each column, such as (1, 1) for that of two columns.
    n_resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    means : ndarray (n_product,)
    resampled : ndarray (n_resamples, n_product)
    """
    n = len(columns[0])
    if n <= _DRAWN:
        products = _products(columns, powers)
        drawn = rng.integers(n, size=(n_resamples, n)) + n * np.arange(n_resamples)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
        # Not a matrix product: threads of its library wait for each other in so small a one.
        return products.mean(axis=1), np.einsum("rn,in->ri", counts.astype(float), products) / n
    total, squares = np.zeros(len(powers)), np.zeros((len(powers), len(powers)))
    for start in range(0, n, _CHUNK):
        products = _products([c[start : start + _CHUNK] for c in columns], powers)
        total += products.sum(axis=1)
        squares += np.einsum("in,jn->ij", products, products)
    means = total / n
    covariance = squares / n - np.outer(means, means)
    scale = np.sqrt(np.maximum(np.diagonal(covariance), 0))
    unit = np.where(scale > 0, scale, 1)
    values, vectors = np.linalg.eigh(covariance / np.outer(unit, unit))
    root = vectors * np.sqrt(np.maximum(values, 0)) * scale[:, None]
    normal = rng.standard_normal((n_resamples, len(powers)))
    return means, means + np.einsum("rk,ik->ri", normal, root) / np.sqrt(n)


def _places(n: int, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ranks below and above quantiles of n values, and how far each lies between them."""
    place = np.asarray(parts) * (n - 1)
    below = place.astype(np.int64)
    return below, np.ceil(place).astype(np.int64), place - below


def _products(columns, powers: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Products (n_product, n) of powers of columns."""
    found = np.ones((len(powers), len(columns[0])))
    for row, exponents in zip(found, powers, strict=True):
        for column, exponent in zip(columns, exponents, strict=True):
            for _ in range(exponent):
                row *= column
    return found
