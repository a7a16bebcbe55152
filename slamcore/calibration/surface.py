"""A correction as a polynomial surface in Teff and [Fe/H], with its covariance and domain."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from threadpoolctl import threadpool_limits

__all__ = ["Surface", "SurfaceFit", "fit_surface"]

_KILO = 1000.0  # x is Teff / 1000 K
_FOLDS = 10
_MAX_ORDER = 3
_CLIP = 3.0  # robust standard deviations
_ROUNDS = 20
_PART = 1 << 14
_DEMAND = 2.0  # standard errors by which a higher order must predict better


@dataclass(frozen=True)
class Surface:
    """A polynomial in x = Teff / 1000 K and y = [Fe/H], and where it holds.

    Attributes
    ----------
    coefficients : ndarray (n_term,)
        dex; of 1, x, y, x^2, x y, y^2, x^3 ... up to the order, so 1, 3, 6 or 10 of them.
    domain : ndarray (n_vertex, 2)
        Corners (Teff in K, [Fe/H] in dex) of the convex polygon in which it holds,
        counterclockwise.
    covariance : ndarray (n_term, n_term) or None
        Of the coefficients; None where it is not published.
    """

    coefficients: np.ndarray
    domain: np.ndarray
    covariance: np.ndarray | None = None

    @property
    def order(self) -> int:
        """Highest total degree of a term."""
        return int(np.sqrt(2 * len(self.coefficients))) - 1

    def __call__(self, teff: np.ndarray, fe_h: np.ndarray) -> np.ndarray:
        """The surface, inside its domain or not.

        Parameters
        ----------
        teff, fe_h : array_like (...,)
            K and dex.

        Returns
        -------
        ndarray (...,)
            dex.
        """
        x, y = _plane(teff, fe_h)
        out, flat_x, flat_y = np.empty(x.size), x.ravel(), y.ravel()
        for part in _parts(x.size):
            out[part] = _powers(flat_x[part], flat_y[part], self.order) @ self.coefficients
        return out.reshape(x.shape)[()]

    def error(self, teff: np.ndarray, fe_h: np.ndarray) -> np.ndarray:
        """Standard deviation of the surface that its coefficients' covariance gives.

        Parameters
        ----------
        teff, fe_h : array_like (...,)
            K and dex.

        Returns
        -------
        ndarray (...,)
            dex; NaN where there is no covariance.
        """
        terms = _terms(teff, fe_h, self.order)
        if self.covariance is None:
            return np.full(terms.shape[:-1], np.nan)
        return np.sqrt(((terms @ self.covariance) * terms).sum(axis=-1))

    def inside(self, teff: np.ndarray, fe_h: np.ndarray) -> np.ndarray:
        """Whether points lie in the domain or on its edge.

        Parameters
        ----------
        teff, fe_h : array_like (...,)
            K and dex.

        Returns
        -------
        ndarray of bool (...,)
            False where a label is NaN.
        """
        x, y = _plane(teff, fe_h)
        corners = np.column_stack(_plane(*np.transpose(self.domain)))
        within = np.isfinite(x) & np.isfinite(y)
        x, y = np.where(within, x, 0.0), np.where(within, y, 0.0)
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            within &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= -1e-12
        return within


@dataclass(frozen=True)
class SurfaceFit:
    """A fitted surface and what it rests on.

    Attributes
    ----------
    surface : Surface
    used : ndarray of bool (n_star,)
        Stars that are finite and were not clipped.
    scatter : float
        dex; standard deviation of the used stars about the surface.
    cv_rms : dict of int to float
        Order -> root mean square error (dex) of the used stars in cross-validation.
    """

    surface: Surface
    used: np.ndarray
    scatter: float
    cv_rms: dict[int, float]


def fit_surface(
    teff: np.ndarray,
    fe_h: np.ndarray,
    offset: np.ndarray,
    order: int | None = None,
    seed: int = 0,
) -> SurfaceFit:
    """Fit a surface to offsets by least squares with sigma clipping.

    Clipped are residuals of more than three robust standard deviations (1.4826 times the
    median absolute residual) from a cubic surface, until none is left. The order is the lowest
    whose squared error in 10-fold cross-validation is less than two standard errors above
    the best order's; the standard error is that of the difference between the two, star by
    star. The domain is the convex hull of the used stars.

    Parameters
    ----------
    teff, fe_h : array_like (n_star,)
        K and dex; the labels to be corrected.
    offset : array_like (n_star,)
        dex; reference minus ``fe_h``.
    order : int, optional
        0 to 3; chosen by cross-validation where it is not given.
    seed : int
        Of the folds.

    Returns
    -------
    SurfaceFit

    Raises
    ------
    ValueError
        If the shapes differ, an order is not 0 to 3, there are fewer than 20 finite stars, or
        all stars lie on one line.
    """
    teff, fe_h, offset = (np.asarray(values, dtype=float) for values in (teff, fe_h, offset))
    if not teff.shape == fe_h.shape == offset.shape:
        raise ValueError(f"expected one shape, got {teff.shape}, {fe_h.shape}, {offset.shape}")
    if order is not None and order not in range(_MAX_ORDER + 1):
        raise ValueError(f"order: expected 0 to {_MAX_ORDER}, got {order}")
    finite = np.isfinite(teff) & np.isfinite(fe_h) & np.isfinite(offset)
    if finite.sum() < 2 * _FOLDS:
        raise ValueError(f"expected {2 * _FOLDS} stars or more, got {finite.sum()}")
    # Of so narrow matrices threads would do little but wait for each other.
    with threadpool_limits(1, user_api="blas"):
        return _fitted(teff, fe_h, offset, finite, order, seed)


def _fitted(
    teff: np.ndarray,
    fe_h: np.ndarray,
    offset: np.ndarray,
    finite: np.ndarray,
    order: int | None,
    seed: int,
) -> SurfaceFit:
    used = finite.copy()
    used[finite] = _clipped(teff[finite], fe_h[finite], offset[finite])
    x, y, z = teff[used], fe_h[used], offset[used]
    squares = _cv_squares(x, y, z, seed)
    order = _lowest_good(squares) if order is None else order
    # The singular values are those of the triangle, which is small.
    triangle, gram = _condensed(x, y, z, order)
    coefficients = np.linalg.lstsq(triangle[:, :-1], triangle[:, -1])[0]
    domain = _hull(x, y)
    residual = z - Surface(coefficients, domain)(x, y)
    variance = (residual**2).sum() / (len(z) - len(coefficients))
    covariance = variance * np.linalg.pinv(gram, hermitian=True)
    surface = Surface(coefficients, domain, covariance)
    cv_rms = {k: float(np.sqrt(square.mean())) for k, square in enumerate(squares)}
    return SurfaceFit(surface, used, float(residual.std()), cv_rms)


def _parts(n: int) -> list[slice]:
    """Stars a few at a time: what is made of them stays in the cache."""
    return [slice(start, start + _PART) for start in range(0, n, _PART)]


def _condensed(
    teff: np.ndarray, fe_h: np.ndarray, z: np.ndarray, order: int
) -> tuple[np.ndarray, np.ndarray]:
    """Terms and z as a triangle (n_row, n_term + 1) of equal least squares; terms' products."""
    triangle, gram = np.empty((0, (order + 1) * (order + 2) // 2 + 1)), 0.0
    for part in _parts(len(z)):
        terms = _terms(teff[part], fe_h[part], order)
        gram = gram + terms.T @ terms
        triangle = np.linalg.qr(np.vstack([triangle, np.column_stack([terms, z[part]])]), "r")
    return triangle, gram


def _plane(teff: np.ndarray, fe_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.broadcast_arrays(np.asarray(teff, float) / _KILO, np.asarray(fe_h, float))
    return x, y


def _terms(teff: np.ndarray, fe_h: np.ndarray, order: int) -> np.ndarray:
    """Powers (..., n_term) in the order of `Surface.coefficients`."""
    return _powers(*_plane(teff, fe_h), order)


def _powers(x: np.ndarray, y: np.ndarray, order: int) -> np.ndarray:
    # Term by term in memory: steps of a row's length would make large samples slow.
    out = np.empty(((order + 1) * (order + 2) // 2, *x.shape))
    out[0] = 1.0
    first = 0
    for k in range(1, order + 1):
        # From the terms of the degree before: each times x, and the last one times y.
        last, first = first, first + k
        np.multiply(out[last : last + k], x, out=out[first : first + k])
        out[first + k] = out[last + k - 1] * y
    return np.moveaxis(out, 0, -1)


def _scaled(values: np.ndarray) -> np.ndarray:
    """Centred, with a spread of one, so that normal equations lose no digits."""
    return (values - values.mean()) / (values.std() or 1.0)


def _clipped(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Stars that stay, by a surface of the highest order: a lower one would clip its misfit."""
    x, y, parts = _scaled(x), _scaled(y), _parts(len(z))
    used = np.ones(len(z), dtype=bool)
    gram, right = _normal(x, y, z, parts)
    for _ in range(_ROUNDS):
        out = ~used  # few
        less = _normal(x[out], y[out], z[out], [slice(None)])
        coefficients = np.linalg.lstsq(gram - less[0], right - less[1])[0]
        residual = np.concatenate(
            [np.abs(z[p] - _powers(x[p], y[p], _MAX_ORDER) @ coefficients) for p in parts]
        )
        sigma = 1.4826 * np.median(residual[used])
        kept = residual <= max(_CLIP * sigma, 1e-12)
        if np.array_equal(kept, used):
            break
        used = kept
    return used


def _normal(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, parts: list[slice]
) -> tuple[np.ndarray, np.ndarray]:
    """Normal equations of the highest order: products of terms, and of terms with z."""
    gram, right = 0.0, 0.0
    for part in parts:
        terms = _powers(x[part], y[part], _MAX_ORDER)
        gram, right = gram + terms.T @ terms, right + terms.T @ z[part]
    return gram, right


def _cv_squares(x: np.ndarray, y: np.ndarray, z: np.ndarray, seed: int) -> list[np.ndarray]:
    """Squared error of every star, predicted by a fit without its fold, for each order."""
    fold = np.random.default_rng(seed).permutation(len(z)) % _FOLDS
    by_fold = np.argsort(fold.astype(np.int8), kind="stable")
    ends = np.searchsorted(fold[by_fold], np.arange(1, _FOLDS))
    x, y, z = (values[by_fold] for values in (_scaled(x), _scaled(y), z))
    folds = [slice(start, end) for start, end in pairwise([0, *ends, len(z)])]
    normal = [_normal(x, y, z, [one]) for one in folds]
    gram, right = (sum(parts) for parts in zip(*normal, strict=True))
    squares = [np.empty(len(z)) for _ in range(_MAX_ORDER + 1)]
    for one, (own_gram, own_right) in zip(folds, normal, strict=True):
        terms = _powers(x[one], y[one], _MAX_ORDER)
        for order, square in enumerate(squares):
            n_term = (order + 1) * (order + 2) // 2
            coefficients = np.linalg.lstsq(
                (gram - own_gram)[:n_term, :n_term], (right - own_right)[:n_term]
            )[0]
            square[one] = (z[one] - terms[:, :n_term] @ coefficients) ** 2
    return squares


def _lowest_good(squares: list[np.ndarray]) -> int:
    best = min(squares, key=np.mean)
    for order, square in enumerate(squares):
        excess = square - best
        if excess.mean() <= _DEMAND * excess.std() / np.sqrt(len(excess)):
            return order
    return _MAX_ORDER


def _hull(teff: np.ndarray, fe_h: np.ndarray) -> np.ndarray:
    points = np.column_stack([teff / _KILO, fe_h])
    try:
        corners = points[ConvexHull(points).vertices]
    except QhullError as error:
        raise ValueError("expected stars that span Teff and [Fe/H], got all on a line") from error
    return corners * (_KILO, 1.0)
