"""[Fe/H] of FGK+FGK pairs with and without the correction of Niu et al. (2023), and claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.checks import Check
from slamcore.compare import Estimate, compare
from slamcore.pairs import Pairs
from slamcore.paper.claims import SIGMAS, count, flattened, near, no_trend
from slamcore.paper.published import LAST_DIGIT
from slamcore.trends import trend

__all__ = ["FgkPairs", "fgk_claims", "fgk_pairs"]

_RESAMPLES, _NONE = 100, 2  # where no error is asked for
_KILO = 1000.0  # slopes are told per 1000 K


@dataclass(frozen=True, eq=False)
class FgkPairs:
    """Pairs of two F, G or K stars.

    Attributes
    ----------
    teff : ndarray (n,)
        K; LAMOST's, of the primary.
    before, after : ndarray (n,)
        dex; [Fe/H] of the primary minus that of the secondary, as published and corrected.
    n_all : int
        Pairs, with those in which a star is outside the range of the correction.
    """

    teff: np.ndarray
    before: np.ndarray
    after: np.ndarray
    n_all: int

    @property
    def n(self) -> int:
        """Pairs within the range."""
        return len(self.teff)

    @property
    def n_outside(self) -> int:
        """Pairs outside of it."""
        return self.n_all - self.n


def fgk_pairs(pairs: Pairs | None) -> FgkPairs | None:
    """The FGK+FGK pairs of a survey; None where there are none."""
    if pairs is None:
        return None
    table = pairs.table[pairs.table["kind"] == "FGK+FGK"]
    teff = table["teff_1"].to_numpy(float)
    before = (table["fe_h_1"] - table["fe_h_2"]).to_numpy(float)
    after = (table["fe_h_niu_1"] - table["fe_h_niu_2"]).to_numpy(float)
    # Both panels show the same pairs.
    known = np.isfinite(teff) & np.isfinite(before) & np.isfinite(after)
    if not known.any():
        return None
    return FgkPairs(teff[known], before[known], after[known], len(table))


def fgk_claims(found: FgkPairs) -> tuple[Check, ...]:
    """That the correction takes the trend away and leaves no offset (Qiu (2025), appendix).

    Parameters
    ----------
    found : FgkPairs

    Returns
    -------
    tuple of Check
    """
    source, n = "Qiu (2025), appendix", found.n
    before = trend(found.teff, found.before, n_resamples=_NONE).slope.value
    after = trend(found.teff, found.after, n_resamples=_RESAMPLES).slope
    after = Estimate(*(_KILO * x for x in (after.value, after.error, after.low, after.high)))
    left = compare(found.after, np.zeros(n), _RESAMPLES).bias
    return (
        count("FGK+FGK", found.n_all, source),
        flattened(
            "slope of Δ[Fe/H] with Teff per 1000 K, after Eq. 11 against before",
            _KILO * before,
            after.value,
            n,
            source=source,
        ),
        no_trend("corrected Δ[Fe/H] with Teff per 1000 K", after, n, "dex", source),
        near(
            "median of corrected Δ[Fe/H]",
            left,
            0.0,
            SIGMAS * left.error + LAST_DIGIT["fe_h"] / 2,
            source,
            "dex",
            n,
        ),
    )
