"""The main sequence of one [M/H] and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.numerals import typeset

__all__ = ["PROXY_MASS", "SAME_AGE", "Isochrone"]

SAME_AGE = 1e-3
"""dex; tables give log age 9.5 as 9.50001."""

PROXY_MASS = 0.6
"""Solar masses up to which a table of another age may stand in."""


@dataclass(frozen=True, eq=False)
class Isochrone:
    """The main sequence of one [M/H] and age.

    Attributes
    ----------
    m_h : float
        [M/H], dex.
    log_age : float
        log10(yr), as asked for.
    mass_initial : ndarray (n_mass,)
        Solar masses, rising.
    bp_rp, abs_g_mag : ndarray (n_mass,)
        BP-RP and absolute G without extinction, mag.
    teff : ndarray (n_mass,)
        K.
    logg : ndarray (n_mass,)
        log10(cm/s2).
    ages_used : tuple of (float, float)
        ([M/H], log age) of each metallicity it is made of: the age that its tables really have.
    corrections : str
        Bolometric corrections of its tables.
    cmd_versions : tuple of str
        Versions of CMD that made them.
    has_stages : bool
        Whether the tables say where the main sequence ends; otherwise all stages are there.
    """

    m_h: float
    log_age: float
    mass_initial: np.ndarray
    bp_rp: np.ndarray
    abs_g_mag: np.ndarray
    teff: np.ndarray
    logg: np.ndarray
    ages_used: tuple[tuple[float, float], ...]
    corrections: str
    cmd_versions: tuple[str, ...]
    has_stages: bool

    @property
    def is_proxy(self) -> bool:
        """Whether a table of another age stands in, at one metallicity at least."""
        return any(abs(age - self.log_age) > SAME_AGE for _, age in self.ages_used)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell whoever looks at the curve, one sentence each."""
        notes = [
            f"at [M/H] {typeset(m_h, '+.2f')}, log age {age:.2f} stands in for {self.log_age:.2f} "
            f"(shown up to {PROXY_MASS} solar masses)"
            for m_h, age in self.ages_used
            if abs(age - self.log_age) > SAME_AGE
        ]
        notes.append(f"bolometric corrections: {self.corrections}")
        notes.append(f"PARSEC tables of CMD {' and '.join(self.cmd_versions)}")
        if not self.has_stages:
            notes.append("the tables do not say which points are on the main sequence")
        return tuple(notes)
