"""Which isochrones to draw, as a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["PAPER_CURVES", "Curves"]

_MOST = 8
_LOG_AGES, _METALLICITIES = (6.0, 10.2), (-3.0, 1.0)


@dataclass(frozen=True)
class Curves:
    """Age and metallicities of isochrones.

    Attributes
    ----------
    log_age : float
        log10(yr).
    m_h : tuple of float
        [M/H], dex, from the highest.

    Raises
    ------
    ValueError
        If there is no metallicity, more than eight, or a number that no M dwarf has.
    """

    log_age: float
    m_h: tuple[float, ...]

    def __post_init__(self):
        ordered = tuple(sorted({float(value) for value in self.m_h}, reverse=True))
        object.__setattr__(self, "m_h", ordered)
        n = len(ordered)
        if not 1 <= n <= _MOST:
            raise ValueError(f"isochrones: expected 1 to {_MOST} metallicities, got {n}")
        self._check("log age", (self.log_age,), _LOG_AGES)
        self._check("[M/H]", ordered, _METALLICITIES)

    @classmethod
    def read(cls, log_age: float, text: str) -> Curves:
        """From an age and metallicities as a user writes them, parted by commas or blanks.

        Raises
        ------
        ValueError
            As the class, or if something is no number.
        """
        try:
            parts = text.replace(",", " ").split()
            return cls(float(log_age), tuple(float(part) for part in parts))
        except TypeError as error:
            raise ValueError("isochrones: expected an age, got none") from error

    @property
    def text(self) -> str:
        """The metallicities as `read` takes them."""
        return ", ".join(f"{value:g}" for value in self.m_h)

    @staticmethod
    def _check(what: str, values: tuple[float, ...], limits: tuple[float, float]) -> None:
        low, high = limits
        if not all(np.isfinite(value) and low <= value <= high for value in values):
            raise ValueError(f"isochrones: expected {what} from {low:g} to {high:g}, got {values}")


PAPER_CURVES = Curves(9.5, (0.3, 0.0, -0.3, -0.6))
"""Those of Qiu (2025), Fig. 11."""
