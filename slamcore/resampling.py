"""What a bootstrap over stars says of quantiles and of moments, at any number of stars.

No star is drawn where the outcome of drawing is known: the place of an order statistic in a
resample follows a beta distribution, and the mean of very many draws a normal one. The cost of a
resample is then the same for a hundred stars and ten million.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

__all__ = ["Windows", "ordered_near", "quantiles", "resampled_means", "resampled_quantiles"]

_DRAWN = 1000
"""Stars up to which the mean of a resample is that of stars drawn; of more it is a normal one of
the same covariance, whose percentiles differ by the skewness over the root of their number."""

_SORTED = 100_000
"""Values below which all are sorted: the windows of ten standard deviations would overlap."""

_SOME = 1 << 17
"""Values by which it is guessed where the windows lie."""

_ENOUGH = 1 << 20
"""Stars by which the covariance of moments is known to a few parts in a thousand, as the errors
that follow from it; of more every second, third, ... is asked. The moments are those of all."""

_CHUNK = 1 << 15  # stars; what is made of them stays in the cache


class Windows:
    """Values of some ranks; by rank they are read as from an array of all in rising order.

    Parameters
    ----------
    n : int
        Of all.
    starts : list of int (n_window,)
        First rank of each window, rising.
    windows : list of ndarray (n_value,)
        Values from there on, in order.
    """

    def __init__(self, n: int, starts: list[int], windows: list[np.ndarray]):
        self._n, self._starts = n, np.array(starts)
        lengths = np.array([len(window) for window in windows])
        self._ends = self._starts + lengths
        self._shift = np.cumsum(lengths) - lengths - self._starts
        self._values = np.concatenate(windows)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, ranks: np.ndarray) -> np.ndarray:
        window = np.searchsorted(self._starts, ranks, side="right") - 1
        if np.any(window < 0) or np.any(ranks >= self._ends[window]):
            raise IndexError("ranks: expected those near the quantiles asked for, got others")
        return self._values[ranks + self._shift[window]]


def ordered_near(values: np.ndarray, parts: np.ndarray) -> np.ndarray | Windows:
    """Values in rising order, as far as some of their quantiles and resamples of these need it.

    Parameters
    ----------
    values : ndarray (n,)
    parts : ndarray (n_part,)
        From 0 to 1, rising, a tenth apart at least.

    Returns
    -------
    ndarray (n,) or Windows
        All where there are few. Of many, those of the ranks within ten standard deviations of
        the quantiles in a resample, which takes a fraction of the time.
    """
    n = len(values)
    if n < _SORTED:
        return np.sort(values)
    parts = np.asarray(parts, dtype=float)
    reach = 10 * np.sqrt(parts * (1 - parts) * n) + 2
    first = np.maximum(parts * n - reach, 0).astype(np.int64)
    last = np.minimum(parts * n + reach, n - 1).astype(np.int64)
    some = np.sort(values[:: n // _SOME + 1])
    spread = 5 * np.sqrt(parts * (1 - parts) * len(some)) + 2
    ends = np.concatenate([[-np.inf], some, [np.inf]])
    below = (first / n * len(some) - spread).astype(np.int64)
    above = (last / n * len(some) + spread).astype(np.int64) + 2
    lows, highs = ends[np.maximum(below, 0)], ends[np.minimum(above, len(some) + 1)]
    starts, windows = _within(values, lows, highs)
    ends = np.add(starts, [len(window) for window in windows])
    # Some may be unlike the others, in a table that repeats itself.
    if np.any(starts > first) or np.any(ends <= last):
        return np.sort(values)
    return Windows(n, starts, windows)


def _within(
    values: np.ndarray, lows: np.ndarray, highs: np.ndarray
) -> tuple[list[int], list[np.ndarray]]:
    """How many of the values lie below each window, and those inside it, in order."""
    below, inside = [0] * len(lows), [[] for _ in lows]
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK]
        for k, (low, high) in enumerate(zip(lows, highs, strict=True)):
            is_below = part < low
            below[k] += np.count_nonzero(is_below)
            inside[k].append(part[(part <= high) ^ is_below])
    return below, [np.sort(np.concatenate(some)) for some in inside]


def quantiles(ordered: np.ndarray | Windows, parts: np.ndarray) -> np.ndarray:
    """Quantiles of sorted values, linear between two of them.

    Parameters
    ----------
    ordered : ndarray (n,) or Windows
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
    ordered: np.ndarray | Windows, parts: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> np.ndarray:
    """Quantiles of resamples of sorted values, as drawing as many with replacement gives them.

    A resample is ``ordered`` at the places of as many uniform numbers, and the numbers of a few
    ranks follow from gamma variates alone (Devroye (1986), chapter V.3).

    Parameters
    ----------
    ordered : ndarray (n,) or Windows
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
    about: tuple[float, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Means of products of columns, over all stars and over resamples of them.

    Parameters
    ----------
    columns : tuple of ndarray (n,)
        At least one star.
    powers : tuple of tuple of int
        Each product by the power of each column, such as (1, 1) for that of two columns.
    n_resamples : int
    rng : numpy.random.Generator
    about : tuple of float
        What is taken off each column first; best its mean.

    Returns
    -------
    means : ndarray (n_product,)
    resampled : ndarray (n_resamples, n_product)
    """
    n = len(columns[0])
    if n <= _DRAWN:
        products = np.array(_products(columns, powers, about))
        drawn = rng.integers(n, size=(n_resamples, n)) + n * np.arange(n_resamples)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
        # Not a matrix product: threads of its library wait for each other in so small a one.
        return products.mean(axis=1), np.einsum("rn,in->ri", counts.astype(float), products) / n
    # Products of two products: the same powers come about in several ways.
    sums = np.add(np.expand_dims(powers, 1), powers).reshape(-1, len(columns))
    _, pairs, place = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    every = n // _ENOUGH + 1
    counted, total, part_of_it = 0, np.zeros(len(powers)), np.zeros(len(powers))
    squares = np.zeros(len(pairs))
    for start in range(0, n, _CHUNK):
        products = _products([c[start : start + _CHUNK] for c in columns], powers, about)
        total += [product.sum() for product in products]
        some = [product[::every] for product in products]
        counted += len(some[0])
        part_of_it += [product.sum() for product in some]
        squares += [
            np.einsum("n,n->", some[pair // len(powers)], some[pair % len(powers)])
            for pair in pairs
        ]
    means, expected = total / n, part_of_it / counted
    covariance = squares[place].reshape(len(powers), -1) / counted - np.outer(expected, expected)
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


def _products(
    columns: Sequence[np.ndarray], powers: tuple[tuple[int, ...], ...], about: tuple[float, ...]
) -> list[np.ndarray]:
    """Products (n,) of powers of columns, each about a value."""
    columns = [column - middle for column, middle in zip(columns, about, strict=True)]
    return [
        reduce(np.multiply, [c for c, k in zip(columns, some, strict=True) for _ in range(k)])
        for some in powers
    ]
