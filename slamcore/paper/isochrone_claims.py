"""The isochrones of Fig. 11, [M/H] of stars by their place among them, and claims on both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slamcore.checks import Check
from slamcore.isochrones import Isochrone, IsochroneSet
from slamcore.numerals import typeset
from slamcore.paper.claims import flattened, reproduced

__all__ = [
    "LOG_AGE",
    "M_H",
    "Drawn",
    "drawn_isochrones",
    "metallicity_among",
    "metallicity_claims",
    "table_claims",
]

LOG_AGE, M_H = 9.5, (0.3, 0.0, -0.3, -0.6)
"""log10(yr) and dex of the isochrones (Qiu (2025), Fig. 11)."""


_LIGHT = 0.6
"""Solar masses: heavier stars evolve, and their sequences cross (Bressan et al. (2012))."""

_MASSES = (0.15, 0.6)  # solar; compared with the tables
_ANCHOR = (-0.17553, 9.5, 0.4, 2.294, 9.808)
"""[M/H], log age, solar masses, BP-RP and M_G (mag), read in the table of CMD 3.7."""

_SAME_M_H = 0.01  # dex
_SAME_PLACE = 0.02  # mag


@dataclass(frozen=True, eq=False)
class Drawn:
    """Isochrones that tables reach, and why others are not there.

    Attributes
    ----------
    curves : tuple of Isochrone
        By falling [M/H]; each has that of its tables.
    missing : tuple of str
        A sentence for each metallicity for which another stands in, or none.
    """

    curves: tuple[Isochrone, ...]
    missing: tuple[str, ...]


def drawn_isochrones(isochrones: IsochroneSet | None) -> Drawn:
    """The isochrones of the paper's figure; none where the survey has no tables."""
    curves, missing = [], []
    for m_h in M_H if isochrones else ():
        try:
            curve = isochrones.near(m_h, LOG_AGE)
        except ValueError as error:
            missing.append(str(error))
            continue
        curves.append(curve)
        if abs(curve.m_h - m_h) > _SAME_M_H:
            missing.append(
                f"the tables do not reach [M/H] {typeset(m_h, '+.2f')}: "
                f"{typeset(curve.m_h, '+.2f')} stands in "
                f"(bolometric corrections: {curve.corrections})"
            )
    return Drawn(tuple(curves), tuple(missing))


def metallicity_among(
    curves: Sequence[Isochrone], bp_rp_0: np.ndarray, abs_g_mag: np.ndarray
) -> np.ndarray:
    """[M/H] interpolated linearly in M_G between isochrones at each star's colour.

    Unresolved companions make stars bright, which looks like metals: one star says little, a
    median of many can be compared with another.

    Parameters
    ----------
    curves : sequence of Isochrone
        At least two.
    bp_rp_0, abs_g_mag : ndarray (n_star,)
        mag.

    Returns
    -------
    ndarray (n_star,)
        dex; NaN outside the isochrones.

    Raises
    ------
    ValueError
        If there are fewer than two isochrones.
    """
    if len(curves) < 2:
        raise ValueError(f"isochrones: expected at least 2, got {len(curves)}")
    x, y = np.asarray(bp_rp_0, dtype=float), np.asarray(abs_g_mag, dtype=float)
    curves = sorted(curves, key=lambda curve: curve.m_h)
    levels = np.array([_level(curve, x) for curve in curves])
    found = np.full(x.shape, np.nan)
    # At one colour a richer star is brighter.
    for (poor, faint), (rich, bright) in zip(
        zip(curves, levels, strict=True), zip(curves[1:], levels[1:], strict=True), strict=False
    ):
        between = (y <= faint) & (y >= bright) & (faint > bright)
        part = (faint - y) / np.where(between, faint - bright, 1.0)
        found = np.where(between, poor.m_h + part * (rich.m_h - poor.m_h), found)
    return found


def metallicity_claims(
    curves: Sequence[Isochrone],
    bp_rp_0: np.ndarray,
    abs_g_mag: np.ndarray,
    aspcap: np.ndarray,
    corrected: np.ndarray,
) -> tuple[Check, Check]:
    """That ASPCAP's [Fe/H] is below the isochrones', and that the correction brings it nearer.

    Parameters
    ----------
    curves : sequence of Isochrone
        Of those with the commonest bolometric corrections: others are off by 0.05 mag.
    bp_rp_0, abs_g_mag : ndarray (n_star,)
        mag.
    aspcap, corrected : ndarray (n_star,)
        dex.

    Returns
    -------
    (Check, Check)
        Not measured where fewer than two isochrones or no stars are there.
    """
    source, before, after, n = "Qiu (2025), section 5", np.nan, np.nan, 0
    curves = _of_one_kind(curves)
    if len(curves) > 1:
        place = metallicity_among(curves, bp_rp_0, abs_g_mag)
        both = np.isfinite(place) & np.isfinite(aspcap) & np.isfinite(corrected)
        n = int(both.sum())
        if n:
            before, after = (
                float(np.median((fe_h - place)[both])) for fe_h in (aspcap, corrected)
            )
    return (
        Check(
            "median of ASPCAP − [M/H] among isochrones",
            before,
            0.0,
            0.0,
            source,
            "dex",
            "at most",
            n=n,
        ),
        flattened(
            "|median| of ASPCAP − [M/H] among isochrones, after Eq. 10 against before",
            before,
            after,
            n,
            source=source,
        ),
    )


def table_claims(isochrones: IsochroneSet | None) -> tuple[Check, Check]:
    """That curves pass where the tables have their points, and these where PARSEC has them.

    The first compares every tabulated metallicity with its own rows at 0.15 to 0.6 solar masses,
    the second one point of CMD 3.7 with what that table says of 0.4 solar masses at [M/H] -0.176
    and log age 9.5: BP-RP 2.294 and M_G 9.808 mag.

    Parameters
    ----------
    isochrones : IsochroneSet or None

    Returns
    -------
    (Check, Check)
        Not measured where the tables do not reach.
    """
    rows = isochrones.coverage(LOG_AGE).itertuples() if isochrones else ()
    off = [
        _farthest(isochrones, isochrones.curve(row.m_h, LOG_AGE), row.m_h, row.log_age)
        for row in rows
    ]
    largest = max((distance for distance in off if np.isfinite(distance)), default=np.nan)
    source = "PARSEC (Bressan et al. (2012))"
    return (
        reproduced(
            "isochrones: distance from their tables' points", largest, _SAME_PLACE, source, "mag"
        ),
        reproduced(
            "isochrones: distance of 0.4 solar masses from where CMD 3.7 has it",
            _from_anchor(isochrones) if isochrones else np.nan,
            _SAME_PLACE,
            source,
            "mag",
        ),
    )


def _of_one_kind(curves: Sequence[Isochrone]) -> list[Isochrone]:
    kinds = Counter(curve.corrections for curve in curves)
    return [curve for curve in curves if curve.corrections == max(kinds, key=kinds.get)]


def _level(curve: Isochrone, x: np.ndarray) -> np.ndarray:
    """M_G of the main sequence of light stars at colours (n_star,), NaN outside."""
    light = curve.mass_initial <= _LIGHT + 1e-6
    order = np.argsort(curve.bp_rp[light], kind="stable")
    colour, level = curve.bp_rp[light][order], curve.abs_g_mag[light][order]
    return np.interp(x, colour, level, left=np.nan, right=np.nan)


def _farthest(isochrones: IsochroneSet, curve: Isochrone, m_h: float, log_age: float) -> float:
    """Largest distance (mag) of a curve from the rows of its own table, at equal masses."""
    off = [np.nan]
    for table in isochrones.tables:
        rows = table.data[table.data["label"] <= 1]
        rows = rows[(rows["m_h"] == m_h) & np.isclose(rows["log_age"], log_age, atol=1e-3)]
        if table.corrections == curve.corrections and len(rows):
            mass = rows["mass_initial"].to_numpy()
            low, high = _MASSES[0], min(_MASSES[-1], curve.mass_initial[-1])
            here = (mass >= low) & (mass <= high)
            colour = (rows["abs_bp_mag"] - rows["abs_rp_mag"]).to_numpy()[here]
            level = rows["abs_g_mag"].to_numpy()[here]
            off.append(
                float(
                    np.hypot(
                        _at(curve, mass[here], colour, curve.bp_rp),
                        _at(curve, mass[here], level, curve.abs_g_mag),
                    ).max()
                )
            )
    return float(np.nanmin(off)) if np.isfinite(off).any() else np.nan


def _from_anchor(isochrones: IsochroneSet) -> float:
    m_h, log_age, mass, colour, level = _ANCHOR
    try:
        curve = isochrones.curve(m_h, log_age)
    except ValueError:
        return np.nan
    if "3.7" not in curve.cmd_versions or curve.is_proxy:
        return np.nan
    off = (_at(curve, mass, colour, curve.bp_rp), _at(curve, mass, level, curve.abs_g_mag))
    return float(np.hypot(*off))


def _at(
    curve: Isochrone, mass: np.ndarray, expected: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """How far a curve is from what is expected at masses."""
    return np.interp(mass, curve.mass_initial, values) - expected
