"""Isochrones between those of tables that may be interpolated with one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from slamcore.isochrones.isochrone import PROXY_MASS, SAME_AGE, Isochrone

__all__ = ["at_age", "at_m_h"]

_CURVES = ("bp_rp", "abs_g_mag", "teff", "logg")

_SAME_M_H = 0.005
"""dex; tables give Z to two or three digits."""

_SAME_MASS = 1e-6
"""Solar masses; tables give 0.6 as 0.6000000238."""

_PROXY_AGE = 9.0
"""From this log age on, and up to `PROXY_MASS`, age matters little: models of 0.15-0.6 solar
masses differ between log ages 9.0 and 9.5 by up to 0.016 mag in BP-RP and 0.041 in M_G (at 0.1 by
0.008 and 0.073), between 9.0 and 10.1 by 0.033 and 0.17 (tables of CMD 3.6 and 3.7). Younger M
dwarfs contract, and heavier stars evolve (Bressan et al. (2012))."""


def at_age(ages: Sequence[Isochrone], log_age: float) -> Isochrone | None:
    """Isochrone of an age between those of the tables, or of the nearest if that is a fair proxy.

    Parameters
    ----------
    ages : sequence of Isochrone
        Of one [M/H], by age.
    log_age : float
        log10(yr).

    Returns
    -------
    Isochrone or None
    """
    nearest = min(ages, key=lambda isochrone: abs(isochrone.log_age - log_age))
    if abs(nearest.log_age - log_age) <= SAME_AGE:
        return replace(nearest, log_age=log_age)
    above = next((i for i, x in enumerate(ages) if x.log_age > log_age), len(ages))
    if 0 < above < len(ages):
        low, high = ages[above - 1], ages[above]
        weight = (log_age - low.log_age) / (high.log_age - low.log_age)
        used = ((nearest.m_h, log_age),)
        return _between(low, high, weight, nearest.m_h, log_age, used)
    if not all(age >= _PROXY_AGE - SAME_AGE for age in (nearest.log_age, log_age)):
        return None
    light = nearest.mass_initial <= PROXY_MASS + _SAME_MASS
    cut = {name: getattr(nearest, name)[light] for name in ("mass_initial", *_CURVES)}
    return replace(nearest, log_age=log_age, **cut)


def at_m_h(sequences: Sequence[Isochrone], m_h: float) -> Isochrone | None:
    """Isochrone of an [M/H] between those of the tables.

    Parameters
    ----------
    sequences : sequence of Isochrone
        Of one age, by [M/H].
    m_h : float
        [M/H], dex.

    Returns
    -------
    Isochrone or None
        None outside the range.
    """
    low_end, high_end = sequences[0].m_h, sequences[-1].m_h
    if not low_end - _SAME_M_H <= m_h <= high_end + _SAME_M_H:
        return None
    m_h = min(max(m_h, low_end), high_end)
    high = next(x for x in sequences if x.m_h >= m_h)
    if high.m_h == m_h:
        return high
    low = [x for x in sequences if x.m_h < m_h][-1]
    weight = (m_h - low.m_h) / (high.m_h - low.m_h)
    return _between(low, high, weight, m_h, low.log_age, low.ages_used + high.ages_used)


def _between(
    low: Isochrone,
    high: Isochrone,
    weight: float,
    m_h: float,
    log_age: float,
    ages_used: tuple[tuple[float, float], ...],
) -> Isochrone:
    """The isochrone a part of the way from one to another, at the masses of both."""
    ends = [(x.mass_initial[0], x.mass_initial[-1]) for x in (low, high)]
    first, last = max(start for start, _ in ends), min(end for _, end in ends)
    mass = np.concatenate([low.mass_initial, high.mass_initial])
    mass = np.unique(mass[(mass >= first) & (mass <= last)])
    mass = mass[np.append(True, np.diff(mass) > _SAME_MASS)[: len(mass)]]
    curves = {
        name: (1 - weight) * np.interp(mass, low.mass_initial, getattr(low, name))
        + weight * np.interp(mass, high.mass_initial, getattr(high, name))
        for name in _CURVES
    }
    return Isochrone(
        m_h,
        log_age,
        mass_initial=mass,
        **curves,
        ages_used=ages_used,
        corrections=low.corrections,
        cmd_versions=tuple(sorted({*low.cmd_versions, *high.cmd_versions})),
        has_stages=low.has_stages and high.has_stages,
    )
