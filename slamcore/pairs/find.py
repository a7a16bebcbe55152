"""The wide binaries of each kind, and what each criterion takes away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.pairs.components import swapped
from slamcore.pairs.criteria import KINDS, kind_conditions, pair_criteria
from slamcore.pairs.members import PairMembers, match_pairs
from slamcore.selection import PAPER, Criterion, Cuts, Step
from slamcore.star_table import StarTable

__all__ = ["Pairs", "find_pairs", "pairs_within"]

_PLACE = ("abs_g_mag", "bp_rp_0")
_SHARED = ("kind", "separation", "projected_separation", "r_chance_align")
_OF_EACH = (
    "gaia_dr3_source_id",
    "spectrum_pk",
    "teff",
    "fe_h",
    "e_fe_h",
    "fe_h_niu",
    "abs_g_mag",
    "bp_rp_0",
)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Wide binaries of a survey.

    Attributes
    ----------
    table : DataFrame (n_pair rows)
        ``kind``, one of ``KINDS``; ``separation`` (arcsec), ``projected_separation`` (AU),
        ``r_chance_align``; and with the endings ``_1`` (the FGK star of FGK+M, else the brighter
        in G) and ``_2``: ``gaia_dr3_source_id``; ``spectrum_pk``, -1 outside the survey;
        ``teff`` (K), ``fe_h``, ``e_fe_h`` and ``fe_h_niu`` (dex) of LAMOST; ``abs_g_mag`` and
        ``bp_rp_0`` (mag). NaN where not known. In the order of kind and ids.
    funnels : dict of str to tuple of Step
        For each kind the pairs that survive each criterion. The columns a step misses have the
        endings of ``table``.
    notes : tuple of str
        What was absent or repeated.
    """

    table: pd.DataFrame
    funnels: dict[str, tuple[Step, ...]]
    notes: tuple[str, ...]


def find_pairs(
    table: pd.DataFrame,
    stars: StarTable | pd.DataFrame,
    primaries: pd.DataFrame | None = None,
    cuts: Cuts = PAPER,
) -> Pairs:
    """Find the wide binaries of a survey and of LAMOST (Qiu (2025), section 2.3 and appendix).

    FGK+M: one star has LAMOST's [Fe/H], the other is an M dwarf of the survey within the
    cuts. M+M: both are such M dwarfs. FGK+FGK: both have LAMOST's [Fe/H]; the paper
    prints no criteria for these, so those of FGK+M are taken for both stars. As in
    `slamcore.selection.select`, pairs lacking a value are removed first, a criterion whose
    column is absent or empty is reported and not applied, and NaN never passes. RUWE is the
    catalogue's, else the survey's. A star outside the survey is dereddened with the extinction
    of its companion, for they share the line of sight.

    Parameters
    ----------
    table : DataFrame (n_row rows)
        Pairs of El-Badry et al. (2021): ``source_id``, ``phot_g_mean_mag``, ``bp_rp`` (mag),
        ``parallax`` (mas), ``ruwe``, all ending in 1 and 2, the second also under Astra's
        names; ``R_chance_align``; ``pairdistance`` (degrees). Only the ids are needed. Without
        magnitudes star 1 is taken for the brighter, as it is in their catalogue.
    stars : StarTable or DataFrame (n_star rows)
        Of a survey: ``spectrum_pk``, ``gaia_dr3_source_id`` and the columns of the cuts. Of
        several spectra of a star that with the highest ``snr`` counts.
    primaries : DataFrame (n_primary rows), optional
        LAMOST's F, G and K stars: ``gaia_dr3_source_id``, ``fe_h``, ``e_fe_h`` (dex), ``teff``
        (K), ``snr``. Of several rows of a star that with the highest ``snr`` counts.
    cuts : Cuts
        Of M dwarfs. Those on SNR and labels are left out: they are no part of what a pair is.

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If an id, ``spectrum_pk`` or LAMOST's ``fe_h`` is missing, an id is no integer, or
        ``pairdistance`` is not in degrees.
    """
    return pairs_within(match_pairs(table, stars, primaries), cuts)


def pairs_within(members: PairMembers, cuts: Cuts = PAPER) -> Pairs:
    """The wide binaries among matched pairs whose M dwarfs are within the cuts.

    Parameters
    ----------
    members : PairMembers
    cuts : Cuts

    Returns
    -------
    Pairs
        As `find_pairs` has them.
    """
    frame, n, notes = members.frame, len(members.frame), list(members.notes)
    start = (
        Step("rows", "rows in the table", members.n_rows, 0),
        Step("once", "each pair of two Gaia ids once", n, members.n_rows - n),
    )
    free, found, funnels = np.ones(n, dtype=bool), [], {}
    for kind in KINDS:
        oriented = _fgk_first(frame) if kind == "FGK+M" else frame
        steps = list(start)
        mask = np.ones(n, dtype=bool)
        for key, text, test in kind_conditions(oriented, kind):
            _narrow(steps, mask, key, text, test)
        if found:
            _narrow(steps, mask, "free", "not among the kinds before", free)
        _apply(steps, mask, oriented, pair_criteria(kind, cuts))
        funnels[kind] = tuple(steps)
        found.append(oriented[mask].assign(kind=kind, rank=len(found)))
        free = free & ~mask
    chosen = _finished(pd.concat(found))
    ids = np.concatenate([chosen[f"gaia_dr3_source_id_{side}"].to_numpy() for side in "12"])
    several = int((np.unique(ids, return_counts=True)[1] > 1).sum())
    if several:
        notes.append(f"{several:,} stars are in several pairs")
    return Pairs(chosen, funnels, tuple(notes))


def _fgk_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Exchange the stars where only so the first has [Fe/H] and the second is in the survey."""
    as_is = frame["fe_h_1"].notna() & (frame["spectrum_pk_2"] > 0)
    other = frame["fe_h_2"].notna() & (frame["spectrum_pk_1"] > 0)
    return swapped(frame, other & ~as_is)


def _apply(
    steps: list[Step], mask: np.ndarray, frame: pd.DataFrame, criteria: tuple[Criterion, ...]
) -> None:
    """Narrow the mask by the criteria whose columns have any value; add the steps."""
    needed = {name for criterion in criteria for name in criterion.columns}
    # Without candidates no column is called empty: whether it has values was never asked.
    absent = {name for name in needed if mask.any() and not frame[name].notna().any()}
    complete = frame[sorted(needed - absent)].notna().all(axis=1).to_numpy()
    _narrow(steps, mask, "complete", "every needed value known", complete)
    for criterion in criteria:
        missing = tuple(name for name in criterion.columns if name in absent)
        values = (frame[name].to_numpy() for name in criterion.columns)
        passed = np.ones(len(mask), dtype=bool) if missing else criterion.test(*values)
        _narrow(steps, mask, criterion.key, criterion.text, passed, missing)


def _narrow(
    steps: list[Step],
    mask: np.ndarray,
    key: str,
    text: str,
    passed: np.ndarray,
    missing: tuple[str, ...] = (),
) -> None:
    """Take from the mask what does not pass, and add the step."""
    before = steps[-1].count
    np.logical_and(mask, passed, out=mask)
    count = int(np.count_nonzero(mask))
    steps.append(Step(key, text, count, before - count, missing))


def _finished(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of `Pairs`, in the order of kind and ids."""
    places = {f"{name}_{side}": f"cmd_{name}_{side}" for name in _PLACE for side in "12"}
    frame = frame.assign(**{ours: frame[placed] for ours, placed in places.items()})
    ids = [frame[f"gaia_dr3_source_id_{side}"].to_numpy() for side in "21"]
    frame = frame.iloc[np.lexsort((*ids, frame["rank"].to_numpy()))]
    columns = [*_SHARED, *(f"{name}_{side}" for name in _OF_EACH for side in "12")]
    return frame[columns].reset_index(drop=True)
