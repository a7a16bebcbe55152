"""Which rows of a large catalogue may be stars of ours, told row by row."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from slamcore.constants import MATCH_RADIUS

__all__ = ["Neighbourhood"]

_IDS = ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id")
_MARGIN = 1.01
"""What matches by position later may differ from this in the last digits of single precision."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The ids of some stars and the sky around them.

    Attributes
    ----------
    ids : dict of str to ndarray (n_unique,)
        Those known, sorted.
    tree : cKDTree or None
        Of unit vectors; None without positions.
    digest : str
        Another one for other stars.
    """

    ids: dict[str, np.ndarray]
    tree: cKDTree | None
    digest: str

    @classmethod
    def of(cls, stars: pd.DataFrame) -> Neighbourhood:
        """That of a star table (n_star rows): any of the ids, ``ra`` and ``dec`` (deg)."""
        ids = {name: np.unique(stars[name]) for name in _IDS if name in stars}
        ids = {name: values[values > 0] for name, values in ids.items()}
        vectors = _vectors(stars)
        known = vectors[np.isfinite(vectors[:, 0])]
        digest = sha256(np.ascontiguousarray(known))
        for name, values in ids.items():
            digest.update(name.encode() + values.tobytes())
        return cls(ids, cKDTree(known) if len(known) else None, digest.hexdigest())

    def mask(self, table: pd.DataFrame) -> np.ndarray:
        """Rows with an id of these stars, or within the radius of a match by position.

        Parameters
        ----------
        table : DataFrame (n_row rows)
            Any of the ids, ``ra`` and ``dec`` (deg).

        Returns
        -------
        ndarray of bool (n_row,)
        """
        near = np.zeros(len(table), dtype=bool)
        for name, values in self.ids.items():
            if name in table:
                near |= np.isin(table[name].to_numpy(), values)
        if self.tree is not None:
            vectors = _vectors(table)
            open_ = np.flatnonzero(~near & np.isfinite(vectors[:, 0]))
            chord = 2 * np.sin(np.radians(_MARGIN * MATCH_RADIUS / 3600) / 2)
            distance, _ = self.tree.query(vectors[open_], distance_upper_bound=chord)
            near[open_[np.isfinite(distance)]] = True
        return near


def _vectors(table: pd.DataFrame) -> np.ndarray:
    """Unit vectors (n_row, 3), NaN where there is no position."""
    if not {"ra", "dec"} <= set(table):
        return np.full((len(table), 3), np.nan)
    ra, dec = (np.radians(table[name].to_numpy(dtype=float)) for name in ("ra", "dec"))
    dec = np.where(np.abs(dec) <= np.pi / 2, dec, np.nan)
    vectors = np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    return np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, np.nan)
