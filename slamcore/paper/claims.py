"""The kinds of claims that figures make, each with its one rule of tolerance."""

from __future__ import annotations

import numpy as np

from slamcore.checks import Check
from slamcore.columns import BY_NAME
from slamcore.compare import Comparison, Estimate
from slamcore.paper.published import LAST_DIGIT, SAMPLE_SIZES

__all__ = [
    "COUNT_TOLERANCE",
    "SIGMAS",
    "agreement",
    "at_least",
    "correlated",
    "count",
    "falls",
    "flattened",
    "near",
    "no_trend",
    "reproduced",
]

SIGMAS = 3.0
"""Standard errors that a claim may miss its expectation by."""

_CORRELATED = 0.5

COUNT_TOLERANCE = 0.05
"""Part of a sample's size by which it may differ: the paper does not tell every choice, such as
the units of the reddening map."""


def agreement(
    what: str,
    label: str,
    found: Comparison | None,
    printed: tuple[float, float],
    source: str = "Qiu (2025), Table 2",
) -> tuple[Check, Check]:
    """Claims that bias and scatter are those that the paper prints.

    Tolerance: three standard errors of the difference of two samples of n stars, and half a unit
    of the last printed digit. The errors are those of a normal law with the printed scatter s,
    sqrt(pi / 2) s / sqrt(n) of a median and s / sqrt(2 n) of a standard deviation: the bootstrap's
    would grow with a gross error in the data and let it pass.

    Parameters
    ----------
    what : str
        What is compared, such as ``our model − Birky et al. (2020)``.
    label : str
    found : Comparison or None
        None where the survey does not have it: then neither is measured.
    printed : (float, float)
        Bias and scatter, in the unit of the label.
    source : str

    Returns
    -------
    (Check, Check)
    """
    nothing = (Estimate(np.nan, np.nan, np.nan, np.nan),) * 2
    estimates = (found.bias, found.scatter) if found else nothing
    n = found.n if found else 0
    sigma = printed[1] * SIGMAS * np.sqrt(2 / max(n, 1))
    return tuple(
        near(
            f"{statistic} of {BY_NAME[label].label}, {what}",
            estimate,
            expected,
            factor * sigma + LAST_DIGIT[label] / 2,
            source,
            BY_NAME[label].unit,
            n,
        )
        for statistic, factor, estimate, expected in zip(
            ("median", "std"), (np.sqrt(np.pi / 2), np.sqrt(0.5)), estimates, printed, strict=True
        )
    )


def no_trend(
    what: str, slope: Estimate, n: int, unit: str = "", source: str = "Qiu (2025), section 4.1"
) -> Check:
    """A claim that a slope is zero, to three of its standard errors.

    Parameters
    ----------
    what : str
        Such as ``Teff, our model − reference``.
    slope : Estimate
    n : int
        Stars behind it.
    unit : str
        Of the slope.
    source : str

    Returns
    -------
    Check
    """
    return near(f"slope of {what}", slope, 0.0, SIGMAS * slope.error, source, unit, n)


def falls(what: str, found: Comparison | None, source: str) -> Check:
    """A claim that a slope is negative, or not positive by more than three standard errors."""
    slope = found.slope if found else Estimate(np.nan, np.nan, np.nan, np.nan)
    known = np.isfinite(slope.error)
    return Check(
        f"slope of {what}",
        slope.value if known else np.nan,
        0.0,
        SIGMAS * slope.error if known else 0.0,
        source,
        kind="at most",
        error=slope.error,
        n=found.n if found else 0,
    )


def flattened(
    what: str, before: float, after: float, n: int, unit: str = "dex", source: str = ""
) -> Check:
    """A claim that a correction makes a number smaller, such as the size of a slope.

    Parameters
    ----------
    what : str
    before, after : float
        In ``unit``; their signs do not count.
    n : int
        Stars behind them.
    unit, source : str

    Returns
    -------
    Check
    """
    if not np.isfinite(before):
        return Check(what, np.nan, 0.0, 0.0, source, unit, "at most", n=n)
    return Check(what, abs(after), abs(before), 0.0, source, unit, "at most", n=n)


def at_least(
    what: str, value: float, expected: float, n: int, source: str, error: float = np.nan
) -> Check:
    """A claim that a pure number reaches a limit; its error is told and allows nothing."""
    return Check(what, value, expected, 0.0, source, kind="at least", error=error, n=n)


def correlated(what: str, x: np.ndarray, y: np.ndarray, sign: int, source: str) -> Check:
    """A claim that two quantities are clearly correlated: r is 0.5 or more, or -0.5 or less.

    Parameters
    ----------
    what : str
    x, y : ndarray (n,)
    sign : int
        1 where they rise together, -1 where one falls with the other.
    source : str

    Returns
    -------
    Check
    """
    both = np.isfinite(x) & np.isfinite(y)
    n = int(both.sum())
    r = np.corrcoef(x[both], y[both])[0, 1] if n > 2 else np.nan
    kind = "at least" if sign > 0 else "at most"
    return Check(f"r of {what}", float(r), sign * _CORRELATED, 0.0, source, kind=kind, n=n)


def count(what: str, n: int | None, source: str) -> Check:
    """A claim that a sample has the size that the paper prints.

    Parameters
    ----------
    what : str
        Key of `slamcore.paper.published.SAMPLE_SIZES`.
    n : int or None
        Found; None where the survey cannot tell.
    source : str

    Returns
    -------
    Check
    """
    expected = SAMPLE_SIZES[what]
    tolerance = COUNT_TOLERANCE * expected
    value = np.nan if n is None else float(n)
    return Check(f"number: {what}", value, expected, tolerance, source, n=n or 0)


def reproduced(what: str, off: float, tolerance: float, source: str, unit: str) -> Check:
    """A claim that a formula gives the numbers known for it: its largest deviation from them."""
    return Check(what, off, 0.0, tolerance, source, unit, "at most")


def near(
    claim: str,
    estimate: Estimate,
    expected: float,
    tolerance: float,
    source: str,
    unit: str,
    n: int,
) -> Check:
    """A claim that a number with an error has a value; not measured where the error is unknown."""
    known = np.isfinite(estimate.error)
    return Check(
        claim,
        estimate.value if known else np.nan,
        expected,
        tolerance if known else 0.0,
        source,
        unit,
        error=estimate.error,
        n=n,
    )
