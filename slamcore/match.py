"""Which star a spectrum belongs to: by id, else by position; templates by spectral type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord

from slamcore.constants import MATCH_RADIUS
from slamcore.spectra import Identity

__all__ = [
    "IDS",
    "TYPICAL_FE_H",
    "Match",
    "TemplateMatch",
    "match_spectra",
    "match_templates",
    "subtype",
]

IDS = (
    "spectrum_pk",
    "sdss_id",
    "gaia_dr3_source_id",
    "gaia_dr2_source_id",
    "catalogid",
    "obsid",
)
"""Ids by which a spectrum is matched, in the order in which they are tried."""

TYPICAL_FE_H = -0.1
"""dex; stands for an unknown [Fe/H] of a star: about the median of the solar neighbourhood."""

_FAR = 60.0
"""arcsec; no proper motion but a few explains a larger distance to a star matched by id."""

_TYPE = re.compile(
    r"(?:d|[eu]?sd)?(?P<letter>[KM])\s*(?P<number>\d+(?:\.\d+)?)"
    r"[:+]?\s*(?:VI?)?\s*[a-z:?+]*"
)
"""A dwarf or subdwarf of type K or M, alone."""


@dataclass(frozen=True)
class Match:
    """The star of each spectrum.

    Attributes
    ----------
    star : ndarray of int64 (n_spectrum,)
        Row of the star table, -1 where there is none.
    how : ndarray of str (n_spectrum,)
        One of ``IDS``, ``position`` or ``none``.
    separation : ndarray (n_spectrum,)
        arcsec between the spectrum's position and its star's, or the nearest star's where it
        has none; NaN where there is no position.
    notes : tuple of str
        What was ambiguous or looks wrong.
    """

    star: np.ndarray
    how: np.ndarray
    separation: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TemplateMatch:
    """The template of each star.

    Attributes
    ----------
    template : ndarray of int64 (n_star,)
        Index of the spectrum, -1 where none fits.
    assumed : ndarray of bool (n_star,)
        Whether ``TYPICAL_FE_H`` stood for the star's [Fe/H] in choosing it.
    """

    template: np.ndarray
    assumed: np.ndarray


def match_spectra(
    stars: pd.DataFrame, identities: Sequence[Identity], radius: float = MATCH_RADIUS
) -> Match:
    """Find the star of each spectrum.

    Each id that both sides have is tried in the order of ``IDS``; an id on several rows (Astra
    has one per telescope) leads to the first. What no id finds goes to the nearest star within
    ``radius``. Positions are taken as they are: the epochs of most tables and spectra are not
    stated, so proper motions cannot be applied, and a star that moved farther than ``radius``
    is matched by id or not at all. A star may have several spectra. Templates are no star's.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Any of the columns ``IDS`` (int64, -1 where absent) and ``ra``, ``dec`` (deg).
    identities : sequence of Identity (n_spectrum,)
    radius : float
        arcsec.

    Returns
    -------
    Match
    """
    n = len(identities)
    star, how = np.full(n, -1), np.full(n, "none", dtype="U18")
    open_ = np.array([not identity.is_template for identity in identities], dtype=bool)
    notes = []
    for name in (name for name in IDS if name in stars):
        wanted = np.array([getattr(identity, name) for identity in identities], dtype=np.int64)
        found, repeated = _first_rows(stars[name].to_numpy(), wanted)
        found[~open_] = -1
        new = found >= 0
        if (repeated & new).any():
            count = np.count_nonzero(repeated & new)
            notes.append(f"{count} spectra: several rows have their {name}, the first is taken")
        star[new], how[new] = found[new], name
        open_ &= ~new

    here = _positions([i.ra for i in identities], [i.dec for i in identities])
    there = _positions(stars["ra"], stars["dec"]) if {"ra", "dec"} <= set(stars) else here[:0]
    nearest, separation, crowded = _nearest(there, here, np.flatnonzero(open_), radius)
    near = separation <= radius
    star[near], how[near] = nearest[near], "position"
    if crowded:
        notes.append(f"{crowded} spectra have several stars within {radius:g} arcsec: nearest")

    both = np.flatnonzero(star >= 0) if len(there) else np.array([], dtype=int)
    both = both[np.isfinite(here[both]).all(axis=1) & np.isfinite(there[star[both]]).all(axis=1)]
    if both.size:
        separation[both] = _sky(here[both]).separation(_sky(there[star[both]])).arcsec
    far = np.count_nonzero((star >= 0) & (separation > _FAR))
    if far:
        notes.append(f"{far} spectra matched by id lie over {_FAR:g} arcsec from their star")
    return Match(star, how, separation, tuple(notes))


def match_templates(
    stars: pd.DataFrame, identities: Sequence[Identity], without: np.ndarray
) -> TemplateMatch:
    """Find a template for stars that have no spectrum of their own.

    A template stands for a dwarf of its type (`subtype`) and [Fe/H] bin. A star takes the one
    of the nearest type, at most half a subtype away (a tie goes to the earlier type, so M3.5
    is shown as M3), whose bin holds its [Fe/H], or ``TYPICAL_FE_H`` where that is unknown; an
    unknown [Fe/H] of a subdwarf matches nothing. Of equal templates the first is taken.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        ``spectral_type``, and ``fe_h`` (dex) where known.
    identities : sequence of Identity
        Those that are no template are passed over.
    without : ndarray of bool (n_star,)
        The stars that need one.

    Returns
    -------
    TemplateMatch
    """
    best, assumed = np.full(len(stars), -1), np.zeros(len(stars), dtype=bool)
    if "spectral_type" not in stars:
        return TemplateMatch(best, assumed)
    codes, types = pd.factorize(stars["spectral_type"])
    known = np.array([subtype(text) for text in types] + [np.nan])[codes]
    is_subdwarf = np.array([_is_subdwarf(text) for text in types] + [False])[codes]
    fe_h = np.full(len(stars), np.nan)
    if "fe_h" in stars:
        fe_h = stars["fe_h"].to_numpy(dtype=float)
    unknown = np.isnan(fe_h)
    open_ = np.asarray(without, dtype=bool) & np.isfinite(known) & ~(is_subdwarf & unknown)
    fe_h = np.where(unknown, TYPICAL_FE_H, fe_h)

    distance = np.full(len(stars), np.inf)
    numbers = [subtype(i.spectral_type) if i.is_template else np.nan for i in identities]
    earlier_first = sorted((x, index) for index, x in enumerate(numbers) if np.isfinite(x))
    for number, index in earlier_first:
        low, high = identities[index].template_fe_h
        away = np.abs(known - number)
        better = open_ & (away <= 0.5) & (away < distance) & (fe_h >= low) & (fe_h < high)
        best[better], distance[better] = index, away[better]
        assumed[better] = unknown[better] & np.isfinite([low, high]).any()
    return TemplateMatch(best, assumed)


def subtype(spectral_type: str) -> float:
    """Place of a late dwarf on the sequence K7, M0, M1 ... M9: -1, 0, 1 ... 9.

    K7 stands right before M0 (as in Mann et al. (2015), Table 5, where K7.6 counts as M0).

    Parameters
    ----------
    spectral_type : str
        Such as ``M3.5 V``, ``dM2``, ``sdM1``, ``M4.5Ve``, ``K7``.

    Returns
    -------
    float
        NaN for all else: earlier and later types, white dwarfs, giants (luminosity classes I
        to IV; ``gM0``) and SDSS's template names such as ``M2III (169305)``, which tell no
        luminosity.
    """
    parts = _TYPE.fullmatch(spectral_type.strip())
    if parts is None:
        return np.nan
    letter, number = parts["letter"], float(parts["number"])
    if letter == "M":
        return number if number < 10 else np.nan
    return number - 8 if 7 <= number < 8 else np.nan


def _is_subdwarf(spectral_type: str) -> bool:
    return "sd" in spectral_type or "VI" in spectral_type


def _first_rows(ids: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row of each wanted id (-1 where there is none), and whether there are more."""
    rows = np.flatnonzero(ids > 0)
    known, first, count = np.unique(ids[rows], return_index=True, return_counts=True)
    if not known.size:
        return np.full(len(wanted), -1), np.zeros(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    hit = (known[place] == wanted) & (wanted > 0)
    return np.where(hit, rows[first[place]], -1), hit & (count[place] > 1)


def _positions(ra: Sequence[float], dec: Sequence[float]) -> np.ndarray:
    """Positions (n, 2) in deg, NaN where not on the sky."""
    both = np.column_stack([np.asarray(ra, dtype=float), np.asarray(dec, dtype=float)])
    both[~(np.isfinite(both).all(axis=1) & (np.abs(both[:, 1]) <= 90))] = np.nan
    return both


def _sky(positions: np.ndarray) -> SkyCoord:
    return SkyCoord(positions[:, 0] * u.deg, positions[:, 1] * u.deg)


def _nearest(
    there: np.ndarray, here: np.ndarray, wanted: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Row and distance of the nearest star, and how many had several within the radius."""
    row, away = np.full(len(here), -1), np.full(len(here), np.nan)
    wanted = wanted[np.isfinite(here[wanted, 0])]
    # Repeated rows of one star are one place, at the first of them.
    rows = np.flatnonzero(np.isfinite(there[:, 0]))
    rows = rows[np.unique(there[rows], axis=0, return_index=True)[1]]
    if not (wanted.size and rows.size):
        return row, away, 0
    stars, spectra = _sky(there[rows]), _sky(here[wanted])
    index, distance, _ = spectra.match_to_catalog_sky(stars)
    row[wanted], away[wanted] = rows[index], distance.arcsec
    if rows.size == 1:
        return row, away, 0
    _, second, _ = spectra.match_to_catalog_sky(stars, nthneighbor=2)
    return row, away, int(np.count_nonzero(second.arcsec <= radius))
