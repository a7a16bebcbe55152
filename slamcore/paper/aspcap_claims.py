"""ASPCAP's [Fe/H] beside the labels under test, with Eq. 10, and what the paper claims of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.calibration import QIU, SurfaceFit
from slamcore.calibration.study import study_correction
from slamcore.checks import Check
from slamcore.paper.claims import SIGMAS, at_least, flattened
from slamcore.paper.published import UNDERESTIMATE
from slamcore.sample import Sample
from slamcore.trends import trend

__all__ = ["REFERENCES", "AspcapOffsets", "aspcap_claims", "aspcap_offsets", "aspcap_reference"]

REFERENCES = ("aspcap", "aspcap_dr14")
"""References with ASPCAP's labels, the best first: DR19, then DR14 as Birky et al. (2020) give it,
whose [M/H] stands in for [Fe/H]."""

_ORDER = 2  # the form of Eq. 10
_WIDTH, _MIN_PER_BIN = 100.0, 20  # K, stars
_CLOSE = 0.05  # dex
_NONE = 2  # resamples, where no error is asked for


@dataclass(frozen=True, eq=False)
class AspcapOffsets:
    """The calibration sample.

    Attributes
    ----------
    name, title : str
        The reference.
    rows : ndarray of int (n,)
        Rows of the survey's stars.
    teff, fe_h : ndarray (n,)
        ASPCAP's, K and dex.
    before, after : ndarray (n,)
        dex; [Fe/H] under test minus ASPCAP's, as published and corrected by Eq. 10.
    outside : ndarray of bool (n,)
        Outside the domain of Eq. 10.
    fit : SurfaceFit or None
        The same form refitted to these stars; None where they are too few.
    notes : tuple of str
    """

    name: str
    title: str
    rows: np.ndarray
    teff: np.ndarray
    fe_h: np.ndarray
    before: np.ndarray
    after: np.ndarray
    outside: np.ndarray
    fit: SurfaceFit | None
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """Stars of the sample."""
        return len(self.rows)


def aspcap_reference(sample: Sample) -> str | None:
    """Name of the survey's ASPCAP labels, None where it has none or they are those under test."""
    held = sample.references.names
    return next((name for name in REFERENCES if name in held and name != sample.source), None)


def aspcap_offsets(sample: Sample) -> AspcapOffsets | None:
    """The calibration sample among the selected stars (Qiu (2025), section 5).

    Parameters
    ----------
    sample : Sample
        With [Fe/H] among the labels.

    Returns
    -------
    AspcapOffsets or None
        None where the survey has no ASPCAP labels of fit stars.
    """
    name = aspcap_reference(sample)
    if name is None:
        return None
    both = sample.common(name)
    study = study_correction(both.stars, both.reference, _ORDER)
    chosen = study.in_sample
    if not chosen.any():
        return None
    teff, fe_h = study.teff[chosen], study.fe_h[chosen]
    before = study.ours[chosen] - fe_h
    return AspcapOffsets(
        name,
        sample.references.title(name),
        both.rows[chosen],
        teff,
        fe_h,
        before,
        before - QIU(teff, fe_h),
        ~QIU.inside(teff, fe_h),
        study.fit,
        study.notes,
    )


def aspcap_claims(found: AspcapOffsets) -> tuple[Check, ...]:
    """That ASPCAP is too low, and that Eq. 10 flattens the offset and leaves little of it.

    Parameters
    ----------
    found : AspcapOffsets

    Returns
    -------
    tuple of Check
    """
    section = "Qiu (2025), section 5"
    slopes = [
        1000 * trend(found.teff, y, n_resamples=_NONE).slope.value
        for y in (found.before, found.after)
    ]
    rms = [float(np.sqrt(np.mean(y**2))) for y in (found.before, found.after)]
    low, high = UNDERESTIMATE
    middle = float(np.median(found.before))
    error = float(np.sqrt(np.pi / 2) * np.std(found.before) / np.sqrt(found.n))
    return (
        Check(
            "median of [Fe/H] − ASPCAP",
            middle,
            (low + high) / 2,
            (high - low) / 2 + SIGMAS * error,
            section,
            "dex",
            error=error,
            n=found.n,
        ),
        flattened(
            "slope of [Fe/H] − ASPCAP with Teff per 1000 K, after Eq. 10 against before",
            *slopes,
            found.n,
            source=section,
        ),
        flattened(
            "rms of [Fe/H] − ASPCAP, after Eq. 10 against before", *rms, found.n, source=section
        ),
        at_least(
            "part of the 100 K bins in which the median after Eq. 10 is within 0.05 dex of zero",
            _close_to_zero(found),
            0.5,
            found.n,
            section,
        ),
    )


def _close_to_zero(found: AspcapOffsets) -> float:
    """Part of the bins, of 20 stars or more and inside the domain; NaN where there are none."""
    inside = ~found.outside
    bins = np.floor(found.teff[inside] / _WIDTH)
    after = found.after[inside]
    close = [
        abs(np.median(after[bins == k])) <= _CLOSE
        for k in np.unique(bins)
        if np.count_nonzero(bins == k) >= _MIN_PER_BIN
    ]
    return float(np.mean(close)) if close else np.nan
