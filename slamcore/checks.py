"""Claims about a figure that can fail: what was found, what was expected, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["VERDICTS", "Check", "verdict_of"]

VERDICTS = ("fail", "not measured", "pass")
"""The worst first."""

_KINDS = ("equal", "at most", "at least")


@dataclass(frozen=True)
class Check:
    """One claim.

    Attributes
    ----------
    claim : str
        What is claimed, such as ``median Teff − Birky et al. (2020)``.
    value : float
        As found; NaN where the data do not tell.
    expected : float
        In the same unit.
    tolerance : float
        Largest distance beyond ``expected`` at which the claim still holds, >= 0.
    source : str
        Where ``expected`` is from, such as ``Qiu (2025), Table 2``.
    unit : str
        As `astropy.units` writes it; empty for numbers.
    kind : str
        ``equal``, ``at most`` or ``at least``.
    error : float
        Standard error of ``value``; NaN where it has none.
    n : int
        Stars behind ``value``.

    Raises
    ------
    ValueError
        If the kind is unknown, or expectation or tolerance are not usable numbers.
    """

    claim: str
    value: float
    expected: float
    tolerance: float
    source: str
    unit: str = ""
    kind: str = "equal"
    error: float = float("nan")
    n: int = 0

    def __post_init__(self):
        if self.kind not in _KINDS:
            raise ValueError(f"check: expected a kind among {', '.join(_KINDS)}, got {self.kind}")
        if not (
            np.isfinite(self.expected) and np.isfinite(self.tolerance) and self.tolerance >= 0
        ):
            raise ValueError(
                f"check: expected a finite expectation and a tolerance >= 0, "
                f"got {self.expected} and {self.tolerance}"
            )

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        if not np.isfinite(self.value):
            return "not measured"
        beyond = self.value - self.expected
        if self.kind == "at least":
            beyond = -beyond
        elif self.kind == "equal":
            beyond = abs(beyond)
        return "pass" if beyond <= self.tolerance else "fail"


def verdict_of(checks: Iterable[Check]) -> str:
    """The worst verdict among checks; ``not measured`` where there are none."""
    found = {check.verdict for check in checks} or {"not measured"}
    return next(verdict for verdict in VERDICTS if verdict in found)
