"""Main sequences of PARSEC isochrones at any [M/H] and age between those of the tables.

Tables are interpolated with one another only where PARSEC release, bolometric corrections and
photometric system are the same: at 0.4 solar masses, log age 9.5 and [M/H] near -0.16 the
colours of CMD 3.6, which does not state its corrections, are 0.05 mag bluer than those of YBC
(Chen et al. (2019)). The version of CMD itself may differ; a curve names those it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from slamcore.io.parsec_tables import NOT_STATED, ParsecTable

__all__ = ["Isochrone", "IsochroneSet"]

_CURVES = ("bp_rp", "abs_g_mag", "teff", "logg")

_MAIN_SEQUENCE = 1
"""Highest label: 0 before the main sequence, 1 on it (Bressan et al. (2012))."""

_SAME_AGE, _SAME_M_H = 1e-3, 0.005
"""dex; tables give log age 9.5 as 9.50001, and Z to two or three digits."""

_SAME_MASS = 1e-6
"""Solar masses; tables give 0.6 as 0.6000000238."""

_PROXY_AGE, _PROXY_MASS = 9.0, 0.6
"""From this log age on, and up to this mass, age matters little: models of 0.15-0.6 solar masses
differ between log ages 9.0 and 9.5 by up to 0.016 mag in BP-RP and 0.041 in M_G (at 0.1 by 0.008
and 0.073), between 9.0 and 10.1 by 0.033 and 0.17 (tables of CMD 3.6 and 3.7). Younger M dwarfs
contract, and heavier stars evolve (Bressan et al. (2012))."""


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
        return any(abs(age - self.log_age) > _SAME_AGE for _, age in self.ages_used)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell whoever looks at the curve, one sentence each."""
        notes = [
            f"at [M/H] {m_h:+.2f}, log age {age:.2f} stands in for {self.log_age:.2f} "
            f"(shown up to {_PROXY_MASS} solar masses)"
            for m_h, age in self.ages_used
            if abs(age - self.log_age) > _SAME_AGE
        ]
        notes.append(f"bolometric corrections: {self.corrections}")
        notes.append(f"PARSEC tables of CMD {' and '.join(self.cmd_versions)}")
        if not self.has_stages:
            notes.append("the tables do not say which points are on the main sequence")
        return tuple(notes)


@dataclass(frozen=True, eq=False)
class IsochroneSet:
    """Isochrones of several tables.

    Attributes
    ----------
    tables : sequence of ParsecTable
        Where two have the same [M/H] and age, the one of the later CMD version counts.
    """

    tables: Sequence[ParsecTable]

    def curve(self, m_h: float, log_age: float) -> Isochrone:
        """Main sequence at a metallicity and age, interpolated linearly at fixed initial mass.

        Between ages first, then between the two nearest metallicities, of one kind of tables.
        Where several kinds reach [M/H], the kind with the most metallicities is taken. A
        metallicity whose tables do not reach the age gives the nearest age it has, as a proxy:
        from log age 9.0 on and up to 0.6 solar masses only.

        Parameters
        ----------
        m_h : float
            [M/H], dex.
        log_age : float
            log10(yr).

        Returns
        -------
        Isochrone

        Raises
        ------
        ValueError
            If no kind of tables reaches this [M/H] at this age: nothing is extrapolated.
        """
        kinds = self._at_age(log_age)
        for sequences in kinds:
            found = _at_m_h(sequences, m_h)
            if found is not None:
                return found
        ranges = "; ".join(
            f"{x[0].m_h:+.3f} to {x[-1].m_h:+.3f} (bolometric corrections: {x[0].corrections})"
            for x in kinds
        )
        raise ValueError(
            f"no isochrone for [M/H] {m_h:+.3f} at log age {log_age:g}; "
            f"there are {ranges or 'none of this age'}"
        )

    def near(self, m_h: float, log_age: float, within: float = 0.05) -> Isochrone:
        """`curve`, or where no kind of tables reaches [M/H] the nearest that one of them has.

        Parameters
        ----------
        m_h : float
            [M/H], dex.
        log_age : float
            log10(yr).
        within : float
            dex; a table farther away does not stand in.

        Returns
        -------
        Isochrone
            Its ``m_h`` is that of the tables.

        Raises
        ------
        ValueError
            As `curve`, if there is none within that distance.
        """
        try:
            return self.curve(m_h, log_age)
        except ValueError:
            known = self.coverage(log_age)["m_h"].to_numpy()
            apart = np.abs(known - m_h)
            if not known.size or apart.min() > within:
                raise
            return self.curve(float(known[apart.argmin()]), log_age)

    def coverage(self, log_age: float) -> pd.DataFrame:
        """What the tables have for an age.

        Parameters
        ----------
        log_age : float
            log10(yr).

        Returns
        -------
        DataFrame (n_metallicity rows)
            ``m_h``, ``log_age`` really used, ``is_proxy``, ``corrections`` and
            ``cmd_versions``, by [M/H]. A metallicity without a usable age is not there.
        """
        rows = [
            (x.m_h, x.ages_used[0][1], x.is_proxy, x.corrections, " and ".join(x.cmd_versions))
            for sequences in self._at_age(log_age)
            for x in sequences
        ]
        names = ["m_h", "log_age", "is_proxy", "corrections", "cmd_versions"]
        return pd.DataFrame(rows, columns=names).sort_values("m_h", ignore_index=True)

    @cached_property
    def _kinds(self) -> list[list[list[Isochrone]]]:
        """Isochrones by kind of table (most metallicities first), by [M/H], by age."""
        kinds: dict[tuple[str, ...], dict[float, dict[float, Isochrone]]] = {}
        for table in sorted(self.tables, key=lambda table: _number(table.cmd_version)):
            kind = kinds.setdefault(_kind(table), {})
            for (m_h, log_age), rows in table.data.groupby(["m_h", "log_age"]):
                sequence = _main_sequence(rows, m_h, log_age, table)
                if sequence is not None:
                    kind.setdefault(m_h, {})[log_age] = sequence
        by_size = sorted(kinds.values(), key=len, reverse=True)
        return [
            [[kind[m_h][age] for age in sorted(kind[m_h])] for m_h in sorted(kind)]
            for kind in by_size
        ]

    def _at_age(self, log_age: float) -> list[list[Isochrone]]:
        """One isochrone of the age for each metallicity that has one, by kind of table."""
        kinds = [[_at_age(ages, log_age) for ages in kind] for kind in self._kinds]
        return [found for kind in kinds if (found := [x for x in kind if x is not None])]


def _kind(table: ParsecTable) -> tuple[str, ...]:
    """What tables must share to be interpolated with one another."""
    kind = (table.release, table.corrections, table.photometry)
    # What two versions of CMD leave out need not be the same.
    return (*kind, table.cmd_version) if NOT_STATED in kind else kind


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _main_sequence(
    rows: pd.DataFrame, m_h: float, log_age: float, table: ParsecTable
) -> Isochrone | None:
    """The main sequence of one isochrone of a table, if it has two points."""
    rows = rows[rows["label"] <= _MAIN_SEQUENCE].sort_values("mass_initial", kind="stable")
    rows = rows.drop_duplicates("mass_initial")
    if len(rows) < 2:
        return None
    return Isochrone(
        m_h,
        log_age,
        mass_initial=rows["mass_initial"].to_numpy(),
        bp_rp=(rows["abs_bp_mag"] - rows["abs_rp_mag"]).to_numpy(),
        abs_g_mag=rows["abs_g_mag"].to_numpy(),
        teff=10 ** rows["log_teff"].to_numpy(),
        logg=rows["logg"].to_numpy(),
        ages_used=((m_h, log_age),),
        corrections=table.corrections,
        cmd_versions=(table.cmd_version,),
        has_stages=bool((rows["label"] >= 0).all()),
    )


def _at_age(ages: Sequence[Isochrone], log_age: float) -> Isochrone | None:
    """Isochrone of one [M/H] at an age, or of the nearest age if that is a fair proxy."""
    nearest = min(ages, key=lambda isochrone: abs(isochrone.log_age - log_age))
    if abs(nearest.log_age - log_age) <= _SAME_AGE:
        return replace(nearest, log_age=log_age)
    above = next((i for i, x in enumerate(ages) if x.log_age > log_age), len(ages))
    if 0 < above < len(ages):
        low, high = ages[above - 1], ages[above]
        weight = (log_age - low.log_age) / (high.log_age - low.log_age)
        used = ((nearest.m_h, log_age),)
        return _between(low, high, weight, nearest.m_h, log_age, used)
    if not all(age >= _PROXY_AGE - _SAME_AGE for age in (nearest.log_age, log_age)):
        return None
    light = nearest.mass_initial <= _PROXY_MASS + _SAME_MASS
    cut = {name: getattr(nearest, name)[light] for name in ("mass_initial", *_CURVES)}
    return replace(nearest, log_age=log_age, **cut)


def _at_m_h(sequences: Sequence[Isochrone], m_h: float) -> Isochrone | None:
    """Isochrone of one age at an [M/H]; None outside the range."""
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
