"""The error of a label as a function of SNR, and the published functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

__all__ = ["PUBLISHED", "SnrLaw"]


@dataclass(frozen=True)
class SnrLaw:
    """Error of a label as a + b / SNR^c (Qiu et al. 2025, Fig. 5).

    Attributes
    ----------
    label : str
        Label it holds for, a key of `slamcore.columns.BY_NAME`.
    a, b : float
        Error at infinite SNR, and what an SNR of 1 adds to it, in the unit of the label; >= 0.
    c : float
        Power of SNR, > 0.
    covariance : tuple of 3 tuples of 3 floats
        Of (a, b, c); zeros for a parameter that is fixed.
    snr_range : (float, float)
        SNR over which it was calibrated.
    source : str
        Where it comes from.

    Raises
    ------
    ValueError
        If a parameter is outside its range, ``snr_range`` is not one, or the covariance is not a
        finite (3, 3) matrix.
    """

    label: str
    a: float
    b: float
    c: float
    covariance: tuple[tuple[float, ...], ...]
    snr_range: tuple[float, float]
    source: str

    def __post_init__(self) -> None:
        if not (0 <= self.a < np.inf and 0 <= self.b < np.inf and 0 < self.c < np.inf):
            raise ValueError(
                f"law of {self.label}: expected a, b >= 0 and c > 0, "
                f"got a = {self.a}, b = {self.b}, c = {self.c}"
            )
        if len(self.snr_range) != 2 or not self.snr_range[0] < self.snr_range[1]:
            raise ValueError(
                f"law of {self.label}: expected a range of SNR from low to high, "
                f"got {self.snr_range}"
            )
        covariance = np.asarray(self.covariance, float)
        if covariance.shape != (3, 3) or not np.isfinite(covariance).all():
            raise ValueError(
                f"law of {self.label}: expected a finite (3, 3) covariance, got {self.covariance}"
            )

    def __call__(self, snr: np.ndarray) -> np.ndarray:
        """1-sigma error of the label.

        Parameters
        ----------
        snr : array_like (n_star,)

        Returns
        -------
        ndarray (n_star,)
            In the unit of the label; NaN where SNR is not a positive finite number.
        """
        return self.a + self.b / _positive(snr) ** self.c

    def gradient(self, snr: np.ndarray) -> np.ndarray:
        """Derivatives of the law by a, b and c.

        Parameters
        ----------
        snr : array_like (n_star,)

        Returns
        -------
        ndarray (n_star, 3)
            NaN where SNR is not a positive finite number.
        """
        snr = _positive(snr)
        power = snr**-self.c
        by_a = np.where(np.isnan(snr), np.nan, 1.0)
        return np.stack([by_a, power, -self.b * np.log(snr) * power], axis=-1)

    def error(self, snr: np.ndarray) -> np.ndarray:
        """1-sigma error of the law itself, to first order in its parameters.

        Parameters
        ----------
        snr : array_like (n_star,)

        Returns
        -------
        ndarray (n_star,)
            In the unit of the label; NaN where SNR is not a positive finite number.
        """
        slope = self.gradient(snr)
        variance = np.einsum("...i,ij,...j->...", slope, np.asarray(self.covariance), slope)
        return np.sqrt(np.maximum(variance, 0))

    def is_extrapolated(self, snr: np.ndarray) -> np.ndarray:
        """Whether an SNR is outside the calibrated range.

        Parameters
        ----------
        snr : array_like (n_star,)

        Returns
        -------
        ndarray of bool (n_star,)
            True also where SNR is NaN.
        """
        snr = np.asarray(snr, float)
        return ~((snr >= self.snr_range[0]) & (snr <= self.snr_range[1]))

    def to_dict(self) -> dict[str, Any]:
        """The law as numbers, text and tuples, which JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SnrLaw:
        """The law that `to_dict` wrote, also after a passage through JSON.

        Raises
        ------
        ValueError
            If a value is missing, unknown or out of its range.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise ValueError(f"law: expected {sorted(names)}, got {sorted(values)}")
        covariance = tuple(tuple(row) for row in values["covariance"])
        return cls(**{**values, "covariance": covariance, "snr_range": tuple(values["snr_range"])})


def _positive(snr: np.ndarray) -> np.ndarray:
    snr = np.asarray(snr, float)
    return np.where((snr > 0) & np.isfinite(snr), snr, np.nan)


_TEFF = SnrLaw(
    label="teff",
    a=0.0,
    b=388.88,
    c=0.47,
    covariance=((0.0,) * 3,) * 3,
    snr_range=(2.3, 19.2),
    source="Qiu et al. (2025), Eq. 7",
)
_FE_H = replace(
    _TEFF,
    label="fe_h",
    b=0.34,
    c=0.25,
    source=(
        "Qiu et al. (2025), Eq. 6; the power is inferred from the 0.19 dex they give, which it "
        "yields at SNR 10 (their Section 4.2 says 15, where no law of theirs gives its number)"
    ),
)
_LOGG = replace(
    _TEFF, label="logg", b=0.13, c=0.13, snr_range=(2.3, 19.3), source="Qiu et al. (2025), Eq. 8"
)

PUBLISHED: dict[str, SnrLaw] = {
    "teff": _TEFF,
    "logg": _LOGG,
    "fe_h": _FE_H,
    "fe_h_niu": replace(_FE_H, label="fe_h_niu"),
}
"""Errors of SLAM's labels, Qiu et al. (2025), Eqs 6-8, with a = 0 and without a covariance. None
is published for [alpha/M]; [Fe/H] on Niu's scale shares the law of [Fe/H]."""
