"""Rows of a survey: every star of the table and every spectrum of the store has its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import pandas as pd

from slamcore.collect import StoredSpectrum
from slamcore.columns import BY_NAME
from slamcore.match import TYPICAL_FE_H, Match, match_spectra, match_templates
from slamcore.photometry import add_photometry, extinction_summary
from slamcore.spectra import Identity

__all__ = ["Rows", "join_spectra", "simulated_rows"]

_IDENTITY = (
    "name",
    "spectral_type",
    "ra",
    "dec",
    "sdss_id",
    "gaia_dr3_source_id",
    "gaia_dr2_source_id",
    "catalogid",
    "obsid",
)
"""Columns that a row which stands for no star of the table takes from its spectrum."""

_TOLD = 10
"""Unmatched spectra that are reported one by one."""


@dataclass(frozen=True)
class Rows:
    """The table of a survey, and how it came about.

    Attributes
    ----------
    table : DataFrame (n_row rows)
    matched : dict of str to int
        Observed spectra that found their star, by what.
    counts : dict of str to int
        Observed spectra that are ``matched`` to a star and ``unmatched``, ``templates`` and
        those that no star shows (``templates_not_shown``), stars that show a template
        (``with_template``) and stars ``without`` any spectrum.
    notes : tuple of str
    """

    table: pd.DataFrame
    matched: dict[str, int]
    counts: dict[str, int]
    notes: tuple[str, ...]


def join_spectra(stars: pd.DataFrame, stored: Sequence[StoredSpectrum]) -> Rows:
    """Give every star its spectra, and every observed one that is no star's a row of its own.

    A star with several spectra gets as many rows. A star without one shows the template of its
    type, if there is one, in the row of the store that the template has; its origin, its
    ``template`` and its notes say so. Templates are no stars and get no rows of their own.
    The rows of stars come first, in the order of the table, then the observed spectra that
    matched no star, in the order of the store, with position, type and ids from their files.
    ``snr`` is the spectrum's where the table has none.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Needs what `slamcore.photometry.add_photometry` needs.
    stored : sequence of StoredSpectrum
        In the order of their rows in the store.

    Returns
    -------
    Rows
        Of a table with all columns of ``stars`` and ``sdss_id`` (-1 where unknown),
        ``spectrum_pk`` (unique, > 0; the file's or table's own where it has one),
        ``spectrum_origin``, ``spectrum_row``, ``spectrum_file``, ``spectrum_notes``,
        ``template`` (name of the one shown, else empty), and what `add_photometry` adds.

    Raises
    ------
    KeyError
        If ``stars`` lacks a magnitude or the parallax.
    """
    if "sdss_id" not in stars:
        stars = stars.assign(sdss_id=np.full(len(stars), -1))
    stars = add_photometry(stars)
    identities = [spectrum.identity for spectrum in stored]
    is_template = np.array([identity.is_template for identity in identities], dtype=bool)
    match = match_spectra(stars, identities)
    unmatched = np.flatnonzero((match.star < 0) & ~is_template)
    star, row = _places(len(stars), match.star, unmatched)
    is_star, is_own = star >= 0, row >= 0
    lent = is_star & ~is_own
    without = np.bincount(star[lent], minlength=len(stars)) > 0
    templates = match_templates(stars, identities, without)
    row[lent] = templates.template[star[lent]]
    has = row >= 0
    borrows = lent & has
    assumed = np.zeros(len(row), dtype=bool)
    assumed[lent] = templates.assumed[star[lent]]

    shown = [stored[k] if k >= 0 else None for k in row]
    own = [one if mine else None for one, mine in zip(shown, is_own, strict=True)]
    table = _take(stars, star, [one.identity for one in compress(own, ~is_star)])
    origin = np.select([borrows, has], ["template", "observed"], "none")
    table = table.assign(
        spectrum_pk=_keys(table, own),
        spectrum_origin=origin,
        spectrum_row=row,
        spectrum_file=[one.file if one else "" for one in shown],
        spectrum_notes=[
            _notes(*one) if one[0] else "" for one in zip(shown, borrows, assumed, strict=True)
        ],
        template=[
            one.identity.name if lends else "" for one, lends in zip(shown, borrows, strict=True)
        ],
        snr=_snr(table, own),
    )
    repeated = len(row) - len(stars) - unmatched.size
    notes = [_extinction_note(stars)]
    if repeated:
        notes.append(f"{repeated} rows repeat a star that has several spectra")
    n_templates = int(np.count_nonzero(is_template))
    counts = {
        "matched": int(np.count_nonzero(match.star >= 0)),
        "unmatched": int(unmatched.size),
        "templates": n_templates,
        "templates_not_shown": n_templates - len(set(row[borrows].tolist())),
        "with_template": int(np.count_nonzero(borrows)),
        "without": int(np.count_nonzero(~has)),
    }
    matched = Counter(match.how[match.star >= 0].tolist())
    lost = _unmatched_notes(stored, match, unmatched)
    return Rows(table, dict(matched), counts, (*match.notes, *notes, *lost))


def simulated_rows(stars: pd.DataFrame) -> pd.DataFrame:
    """The table of a survey whose spectra are all generated on demand.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        As `slamcore.simulation.simulate_stars` gives it.

    Returns
    -------
    DataFrame (n_star rows)
        With the columns that `join_spectra` adds.

    Raises
    ------
    KeyError
        If ``stars`` lacks a magnitude or the parallax.
    """
    return add_photometry(stars).assign(
        spectrum_pk=np.arange(1, len(stars) + 1),
        spectrum_origin="simulated",
        spectrum_row=-1,
        spectrum_file="",
        spectrum_notes="simulated",
        template="",
    )


def _extinction_note(stars: pd.DataFrame) -> str:
    used, n_none = extinction_summary(stars), np.count_nonzero(stars["ebv_source"] == "")
    if used.startswith("none"):
        return f"no extinction applied: {used.removeprefix('none: ')}"
    if n_none:
        return (
            f"extinction: {used}; {n_none:,} of {len(stars):,} stars have no E(B-V): "
            "taken as observed"
        )
    return f"extinction: {used}"


def _unmatched_notes(
    stored: Sequence[StoredSpectrum], match: Match, unmatched: np.ndarray
) -> list[str]:
    """How far from every star the observed spectra are that matched none."""
    lines = []
    for index in unmatched[:_TOLD]:
        one, away = stored[index], match.separation[index]
        where = "no position" if np.isnan(away) else f"the nearest star is {away:,.1f} arcsec away"
        lines.append(f"no star for {one.identity.name} of {one.file}: {where}")
    if unmatched.size > _TOLD:
        lines.append(f"... and {unmatched.size - _TOLD:,} more that match no star")
    return lines


def _notes(shown: StoredSpectrum, borrowed: bool, assumed: bool) -> str:
    """Notes of a row: its spectrum's, and of a template what it stands for and why."""
    if not borrowed:
        return shown.notes
    low, high = shown.identity.template_fe_h
    notes = [f"template of {shown.identity.spectral_type}, {_bin(low, high)}"]
    if assumed:
        notes.append(f"[Fe/H] of the star is not known: {TYPICAL_FE_H:g} assumed")
    return "; ".join(filter(None, (*notes, shown.notes)))


def _bin(low: float, high: float) -> str:
    """A bin of [Fe/H] as an inequality."""
    if np.isinf(low) and np.isinf(high):
        return "any [Fe/H]"
    below = "" if np.isinf(low) else f"{low:g} ≤ "
    above = "" if np.isinf(high) else f" < {high:g}"
    return f"{below}[Fe/H]{above}"


def _places(n_star: int, owner: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Star and row of the store of each row of the survey; -1 where it has none."""
    owned = np.flatnonzero(owner >= 0)
    bare = np.setdiff1d(np.arange(n_star), owner[owned])
    star = np.concatenate([owner[owned], bare])
    row = np.concatenate([owned, np.full(bare.size, -1)])
    order = np.lexsort([row, star])
    return (
        np.concatenate([star[order], np.full(others.size, -1)]),
        np.concatenate([row[order], others]),
    )


def _take(stars: pd.DataFrame, star: np.ndarray, others: Sequence[Identity]) -> pd.DataFrame:
    """Rows of ``stars``, and below them a row for each of the others, of what is known of it."""
    table = stars.iloc[star[star >= 0]].reset_index(drop=True)
    if not others:
        return table
    known = {name: [getattr(one, name) for one in others] for name in _IDENTITY}
    below = pd.DataFrame({k: v for k, v in known.items() if k in stars or set(v) - {-1, ""}})
    # A missing value must not turn the digits of an id or a count into floating point.
    nullable = {"i": "Int64", "u": "UInt64", "b": "boolean"}
    kinds = {k: nullable.get(t.kind) for k, t in table.select_dtypes(np.generic).dtypes.items()}
    table = table.astype({name: kind for name, kind in kinds.items() if kind})
    return _filled(pd.concat([table, below], ignore_index=True))


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Known columns without missing values other than NaN, as star tables are read."""
    blank = {"id": (-1, "int64"), "bool": (False, "bool"), "text": ("", "str")}
    changed = {}
    for name in table.columns.intersection(list(BY_NAME)):
        kind = BY_NAME[name].kind
        if kind in blank:
            value, dtype = blank[kind]
            changed[name] = table[name].fillna(value).astype(dtype)
        elif kind == "int":
            changed[name] = table[name].astype("float64")
    return table.assign(**changed)


def _keys(table: pd.DataFrame, own: Sequence[StoredSpectrum | None]) -> np.ndarray:
    """A key for every row: its spectrum's, else the table's, else (or if taken) a new one."""
    key = np.array([one.identity.spectrum_pk if one else -1 for one in own], dtype=np.int64)
    if "spectrum_pk" in table:
        key = np.where(key > 0, key, table["spectrum_pk"].to_numpy())
    _, first = np.unique(key, return_index=True)
    new = np.ones(len(key), dtype=bool)
    new[first] = key[first] <= 0
    key[new] = max(key.max(initial=0), 0) + 1 + np.arange(np.count_nonzero(new))
    return key


def _snr(table: pd.DataFrame, own: Sequence[StoredSpectrum | None]) -> np.ndarray:
    """The table's SNR; where it has none, that of the row's own spectrum."""
    measured = np.array([one.snr if one else np.nan for one in own], dtype=float)
    if "snr" not in table:
        return measured
    given = table["snr"].to_numpy(dtype=float)
    return np.where(np.isnan(given), measured, given)
