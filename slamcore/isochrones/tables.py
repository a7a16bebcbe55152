"""The isochrones that several tables hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from slamcore.io.parsec_tables import NOT_STATED, ParsecTable
from slamcore.isochrones.between import at_age, at_m_h
from slamcore.isochrones.isochrone import Isochrone
from slamcore.numerals import typeset

__all__ = ["IsochroneSet"]

_MAIN_SEQUENCE = 1
"""Highest label: 0 before the main sequence, 1 on it (Bressan et al. (2012))."""


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
            found = at_m_h(sequences, m_h)
            if found is not None:
                return found
        ranges = "; ".join(
            f"{typeset(x[0].m_h, '+.3f')} to {typeset(x[-1].m_h, '+.3f')} "
            f"(bolometric corrections: {x[0].corrections})"
            for x in kinds
        )
        raise ValueError(
            f"no isochrone for [M/H] {typeset(m_h, '+.3f')} at log age {log_age:g}; "
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
        kinds = [[at_age(ages, log_age) for ages in kind] for kind in self._kinds]
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
