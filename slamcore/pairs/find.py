"""Which wide binaries are FGK+M, M+M or FGK+FGK, and what each criterion takes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from slamcore.calibration import correct_niu
from slamcore.pairs.components import (
    add_matches,
    best_labels,
    best_spectra,
    components,
    swapped,
)
from slamcore.photometry import absolute_magnitude, deredden
from slamcore.selection import PAPER, Criterion, Cuts, Step
from slamcore.star_table import StarTable

__all__ = [
    "E_FE_H_MAX",
    "KINDS",
    "R_CHANCE_MAX",
    "PairMembers",
    "Pairs",
    "find_pairs",
    "match_pairs",
    "pairs_within",
]

KINDS = ("FGK+M", "M+M", "FGK+FGK")
"""A pair that could be of several kinds is of the first."""

E_FE_H_MAX = 0.2
"""dex; limit of the error of LAMOST's [Fe/H] (Qiu (2025), section 2.3, criterion 1)."""

R_CHANCE_MAX = 0.1
"""Limit of the chance alignment of El-Badry et al. (2021) (Qiu (2025), section 2.3)."""

_E_FE_H = Criterion(
    "e_fe_h_max", f"σ([Fe/H]) < {E_FE_H_MAX:g}", ("e_fe_h",), lambda e: e < E_FE_H_MAX
)
_CHANCE = Criterion(
    "r_chance_max",
    f"R_chance_align < {R_CHANCE_MAX:g}",
    ("r_chance_align",),
    lambda r: r < R_CHANCE_MAX,
)

_NOT_OF_PAIRS = ("boss_m", "snr_min", "teff", "logg", "fe_h", "where")
"""Cuts on what the spectrum and the labels of a star are, and filters, which may be."""

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


@dataclass(frozen=True, eq=False)
class PairMembers:
    """Pairs with all that is known of their stars.

    Attributes
    ----------
    frame : DataFrame (n_pair rows)
        Each pair of two Gaia ids once, the columns of both stars with the endings ``_1``, ``_2``.
    n_rows : int
        Rows of the table they are from.
    notes : tuple of str
    """

    frame: pd.DataFrame
    n_rows: int
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


def match_pairs(
    table: pd.DataFrame, stars: StarTable | pd.DataFrame, primaries: pd.DataFrame | None = None
) -> PairMembers:
    """What is known of the two stars of each pair, whatever the cuts.

    Parameters
    ----------
    table : DataFrame (n_row rows)
    stars : StarTable or DataFrame (n_star rows)
    primaries : DataFrame (n_primary rows), optional
        As for `find_pairs`.

    Returns
    -------
    PairMembers

    Raises
    ------
    ValueError
        As `find_pairs`.
    """
    frame, notes = components(table), []
    both = pd.concat([frame["gaia_dr3_source_id_1"], frame["gaia_dr3_source_id_2"]])
    if "gaia_dr3_source_id" in stars:
        # Few of a large survey's stars are in pairs; the others need not be sorted.
        stars = stars.take(np.flatnonzero(np.isin(stars["gaia_dr3_source_id"].to_numpy(), both)))
    frame = add_matches(frame, best_spectra(stars))
    if primaries is None:
        notes.append("no labels of LAMOST were given: no FGK+M and FGK+FGK pairs")
        primaries = pd.DataFrame({"gaia_dr3_source_id": [], "fe_h": []})
    frame = _placed(add_matches(frame, best_labels(primaries, both)))
    return PairMembers(frame, len(table), tuple(notes))


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
        for key, text, test in _members(oriented, kind):
            _narrow(steps, mask, key, text, test)
        if found:
            _narrow(steps, mask, "free", "not among the kinds before", free)
        _apply(steps, mask, oriented, _criteria(kind, cuts))
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


def _members(frame: pd.DataFrame, kind: str) -> tuple[tuple[str, str, np.ndarray], ...]:
    """Key, text and mask (n_pair,) of what the stars of a kind are."""
    labelled_1, labelled_2 = (frame[f"fe_h_{side}"].notna().to_numpy() for side in "12")
    ours_1, ours_2 = ((frame[f"spectrum_pk_{side}"] > 0).to_numpy() for side in "12")
    if kind == "FGK+M":
        return (
            ("fgk", "one star has [Fe/H] of LAMOST", labelled_1 | labelled_2),
            ("m", "the other is in the survey", labelled_1 & ours_2),
        )
    if kind == "M+M":
        return (("m", "both stars are in the survey", ours_1 & ours_2),)
    return (("fgk", "both stars have [Fe/H] of LAMOST", labelled_1 & labelled_2),)


def _criteria(kind: str, cuts: Cuts) -> tuple[Criterion, ...]:
    """What the pairs of a kind must pass, in the order of the paper."""
    shared = replace(cuts, **dict.fromkeys(_NOT_OF_PAIRS))
    m_dwarf = shared.criteria()
    ruwe = tuple(criterion for criterion in m_dwarf if criterion.key == "ruwe_max")
    if kind == "FGK+M":
        return (*_of("2", *m_dwarf), *_of("1", _E_FE_H), _CHANCE, *_of("1", *ruwe))
    if kind == "M+M":
        return (*_of("1", *m_dwarf), *_of("2", *m_dwarf), _CHANCE)
    errors = (*_of("1", _E_FE_H), *_of("2", _E_FE_H))
    return (*errors, _CHANCE, *_of("1", *ruwe), *_of("2", *ruwe))


def _of(side: str, *criteria: Criterion) -> Iterator[Criterion]:
    """Criteria for one star of the pair."""
    for criterion in criteria:
        columns = tuple(f"{name}_{side}" for name in criterion.columns)
        text = f"star {side}: {criterion.text}"
        yield Criterion(f"{criterion.key}_{side}", text, columns, criterion.test)


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


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what no cut changes: [Fe/H] after Niu, and ``cmd_*``, every star's place on the CMD.

    The survey's own places stay under their names: the cuts ask for those alone.
    """
    new = {}
    for side, other in ("12", "21"):
        new[f"fe_h_niu_{side}"] = correct_niu(frame[f"fe_h_{side}"], frame[f"teff_{side}"])
        outside = (frame[f"spectrum_pk_{side}"] <= 0).to_numpy()
        g, colour, plx = (frame[f"{name}_{side}"].to_numpy() for name in ("g_mag", "bp_rp", "plx"))
        a_v = frame[f"a_v_{other}"].fillna(0.0).to_numpy()
        # Only the difference of BP and RP enters.
        g_0, bp_0, rp_0 = deredden(g, colour, np.zeros(len(frame)), a_v)
        place = {"abs_g_mag": absolute_magnitude(g_0, plx), "bp_rp_0": bp_0 - rp_0}
        for name, values in place.items():
            new[f"cmd_{name}_{side}"] = np.where(outside, values, frame[f"{name}_{side}"])
    return frame.assign(**new)


def _finished(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of `Pairs`, in the order of kind and ids."""
    places = {f"{name}_{side}": f"cmd_{name}_{side}" for name in _PLACE for side in "12"}
    frame = frame.assign(**{ours: frame[placed] for ours, placed in places.items()})
    ids = [frame[f"gaia_dr3_source_id_{side}"].to_numpy() for side in "21"]
    frame = frame.iloc[np.lexsort((*ids, frame["rank"].to_numpy()))]
    columns = [*_SHARED, *(f"{name}_{side}" for name in _OF_EACH for side in "12")]
    return frame[columns].reset_index(drop=True)
