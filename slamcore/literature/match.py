"""Which row of a literature table is which of our stars: by id, by 2MASS name, by position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord

from slamcore.constants import MATCH_RADIUS
from slamcore.star_table import StarTable, in_order

__all__ = ["KEYS", "LiteratureMatch", "match_literature"]

KEYS = ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id")
"""Ids in the order in which they are tried; then the 2MASS designation, then the position."""

_WAYS = (*KEYS, "2mass", "position")

_NAMES = ("sdss4_apogee_id", "name")

_DESIGNATION = r"^\s*(?:2MASS\s*)?(?:2M|AP|J)?\s*(\d{8}[+-]\d{7})\s*$"
"""Of 2MASS, as itself or as APOGEE writes it."""

_FAR = 60.0
"""arcsec; no proper motion but a few explains a larger distance to a star matched by id."""

_SAME_PLACE = 0.3
"""arcsec; single precision and rounding move a position by less."""


@dataclass(frozen=True)
class LiteratureMatch:
    """The literature row of each star.

    Attributes
    ----------
    row : ndarray of int64 (n_star,)
        Row of the literature table, -1 where there is none.
    way : ndarray of int8 (n_star,)
        What found it: the place in ``(*KEYS, "2mass", "position")``, -1 where there is none.
    separation : ndarray (n_star,)
        arcsec to that row; NaN where either has no position.
    notes : tuple of str
        What looks wrong.
    """

    row: np.ndarray
    way: np.ndarray
    separation: np.ndarray
    notes: tuple[str, ...]

    @property
    def how(self) -> np.ndarray:
        """What found the row of each star (n_star,): a key, ``2mass``, ``position``, ``none``."""
        return np.array([*_WAYS, "none"])[self.way]

    def take(self, literature: pd.DataFrame) -> pd.DataFrame:
        """Columns of the literature for each star.

        Parameters
        ----------
        literature : DataFrame (n_row rows)
            The matched table or some of its columns.

        Returns
        -------
        DataFrame (n_star rows)
            NaN (False for a flag, -1 for an integer, '' for text) where there is no row.
        """
        found = self.row >= 0
        rows = np.where(found, self.row, 0)
        out = {}
        for name, column in literature.items():
            if not len(column):
                out[name] = np.full(len(rows), np.nan)
                continue
            values = column.iloc[rows].reset_index(drop=True)
            fill = {"b": False, "i": -1, "u": -1, "f": np.nan}.get(values.dtype.kind, "")
            out[name] = values.where(found, fill)
        return pd.DataFrame(out)


def match_literature(
    stars: StarTable | pd.DataFrame,
    literature: StarTable | pd.DataFrame,
    radius: float = MATCH_RADIUS,
) -> LiteratureMatch:
    """Find the literature row of each star.

    Each id that both tables have is tried in the order of ``KEYS``, then the 2MASS designation
    in ``sdss4_apogee_id`` or ``name``. An id on several literature rows leads to the first, an
    id on several stars (Astra has one row per telescope) gives all of them that row. What no
    id finds goes to the nearest row within ``radius``, unless another star is nearer to that
    row: the companion of a star in the literature is not that star. Positions are taken as
    they are, whatever their epoch.

    Parameters
    ----------
    stars : StarTable or DataFrame (n_star rows)
        Any of ``KEYS`` (int64, -1 where absent), ``sdss4_apogee_id``, ``name``, and ``ra``
        with ``dec`` (deg).
    literature : StarTable or DataFrame (n_row rows)
        The same.
    radius : float
        arcsec.

    Returns
    -------
    LiteratureMatch
    """
    row, way = np.full(len(stars), -1), np.full(len(stars), -1, dtype=np.int8)

    def fill(found: np.ndarray, key: str) -> None:
        new = (row < 0) & (found >= 0)
        row[new], way[new] = found[new], _WAYS.index(key)

    for key in KEYS:
        if (row < 0).any() and key in stars and key in literature:
            fill(_by_id(stars, literature, key), key)
    if (row < 0).any() and not set(_NAMES).isdisjoint(literature):
        theirs = _designations(literature)
        if (theirs != "").any():
            ours = _designations(stars)
            fill(_first_rows(ours, ours != "", theirs, theirs != ""), "2mass")
    there = _sky(literature)
    here = None if there is None else _sky(stars)
    refused = 0
    if here is not None and there is not None:
        found, refused = _by_position(here, there, row < 0, radius)
        fill(found, "position")
    separation = _separation(here, there, row)
    notes = []
    if refused:
        notes.append(f"{refused} stars within {radius:g} arcsec of a row that is another star's")
    far = np.count_nonzero(separation > _FAR)
    if far:
        notes.append(f"{far} stars matched by id lie over {_FAR:g} arcsec from their row")
    return LiteratureMatch(row, way, separation, tuple(notes))


def _by_id(
    stars: StarTable | pd.DataFrame, literature: StarTable | pd.DataFrame, key: str
) -> np.ndarray:
    """First row of the literature with the id of each star, -1 where there is none."""
    if isinstance(stars, StarTable):
        values, order = stars.in_order(key)
    else:
        values, order = in_order(stars[key].to_numpy())
    theirs = literature.once(key) if isinstance(literature, StarTable) else literature[key]
    theirs = theirs.to_numpy()
    has = np.flatnonzero(theirs > 0)
    known, first = np.unique(theirs[has], return_index=True)
    start, end = (np.searchsorted(values, known, side=side) for side in ("left", "right"))
    n = end - start
    # The stars of each id stand one after the other.
    places = np.arange(n.sum()) + np.repeat(start - (np.cumsum(n) - n), n)
    found = np.full(len(order), -1)
    found[order[places]] = np.repeat(has[first], n)
    return found


def _first_rows(
    ours: np.ndarray, has_ours: np.ndarray, theirs: np.ndarray, has_theirs: np.ndarray
) -> np.ndarray:
    """First row in theirs of each text of ours, -1 where there is none."""
    known, first = np.unique(theirs[has_theirs], return_index=True)
    found = pd.Index(known).get_indexer(ours)
    rows = np.flatnonzero(has_theirs)[first] if known.size else np.array([-1])
    return np.where((found >= 0) & has_ours, rows[found], -1)


def _designations(stars: pd.DataFrame) -> np.ndarray:
    """2MASS designation of each star as text, '' where it has none."""
    found = pd.Series("", index=range(len(stars)), dtype=object)
    for name in _NAMES:
        if name in stars and stars[name].dtype.kind not in "iuf":
            text = pd.Series(stars[name].astype(str).to_numpy())
            here = text.str.extract(_DESIGNATION, expand=False).fillna("").astype(object)
            found = found.where(found != "", here)
    return found.to_numpy(dtype=object)


def _sky(stars: pd.DataFrame) -> np.ndarray | None:
    """Positions (n, 2) in deg, NaN where not on the sky; None where there are none."""
    if not {"ra", "dec"} <= set(stars):
        return None
    both = stars[["ra", "dec"]].to_numpy(dtype=float)
    off = ~np.isfinite(both).all(axis=1) | (np.abs(both[:, 1]) > 90)
    return None if off.all() else np.where(off[:, None], np.nan, both)


def _coordinates(positions: np.ndarray) -> SkyCoord:
    return SkyCoord(positions[:, 0] * u.deg, positions[:, 1] * u.deg)


def _by_position(
    here: np.ndarray, there: np.ndarray, wanted: np.ndarray, radius: float
) -> tuple[np.ndarray, int]:
    """Rows that are mutually nearest, and how many stars lost theirs to a nearer star."""
    found = np.full(len(here), -1)
    ours = np.flatnonzero(np.isfinite(here[:, 0]))
    open_ = ours[wanted[ours]]
    theirs = np.flatnonzero(np.isfinite(there[:, 0]))
    if not open_.size:
        return found, 0
    nearest, away, _ = _coordinates(here[open_]).match_to_catalog_sky(_coordinates(there[theirs]))
    near = away.arcsec <= radius
    open_, nearest, away = open_[near], theirs[nearest[near]], away.arcsec[near]
    if not open_.size:
        return found, 0
    _, back, _ = _coordinates(there[nearest]).match_to_catalog_sky(_coordinates(here[ours]))
    mutual = away <= back.arcsec + _SAME_PLACE
    # Rows at one place are one star: the first of them.
    _, first, place = np.unique(there[theirs], axis=0, return_index=True, return_inverse=True)
    first_row = dict(zip(theirs, theirs[first[place.ravel()]], strict=True))
    found[open_[mutual]] = [first_row[k] for k in nearest[mutual]]
    return found, int(np.count_nonzero(~mutual))


def _separation(here: np.ndarray | None, there: np.ndarray | None, row: np.ndarray) -> np.ndarray:
    out = np.full(len(row), np.nan)
    if here is None or there is None:
        return out
    both = np.flatnonzero(row >= 0)
    both = both[np.isfinite(here[both, 0]) & np.isfinite(there[row[both], 0])]
    if both.size:
        out[both] = _coordinates(here[both]).separation(_coordinates(there[row[both]])).arcsec
    return out
