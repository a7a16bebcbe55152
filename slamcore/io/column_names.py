"""From the names in a file to Astra's: one name for every column, at most one column a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from slamcore.columns import ALIASES, BY_NAME, EXACT_ALIASES

__all__ = ["Naming", "folded", "name_columns", "naming_notes"]

_GAIA_DR2_SIGNS = frozenset({"dr2name", "priamflags", "teffval", "agval"})
"""Columns, folded, that only tables of Gaia DR2 have."""

_BARE_GAIA_ID = frozenset({"sourceid", "gaiasourceid", "gaiaid", "source"})


@dataclass(frozen=True)
class Naming:
    """What each column of a file is called in the star table.

    Attributes
    ----------
    names : dict of str to str
        Name in the file -> name in the table, for every column, in the file's order.
    known : dict of str to str
        The part of ``names`` that leads to a key of ``BY_NAME``.
    notes : tuple of str
        What was passed over or assumed.
    """

    names: dict[str, str]
    known: dict[str, str]
    notes: tuple[str, ...]


def folded(name: str) -> str:
    """A name without case and punctuation: ``[Fe/H]`` and ``fe_h`` both give ``feh``."""
    return re.sub(r"[\s._\-\[\]/()]+", "", name).lower()


_FOLDED = {
    folded(alias): (name, rank)
    for name in BY_NAME
    for rank, alias in enumerate((name, *ALIASES.get(name, "").split()))
    if alias != "g_mag"  # VizieR's and TESS's gmag is SDSS g
}
_EXACT = {alias: name for name, text in EXACT_ALIASES.items() for alias in text.split()}


def name_columns(found: Sequence[str], overrides: Mapping[str, str] | None = None) -> Naming:
    """Name the columns of a file.

    An override wins; then Astra's name, first in its own spelling and then in any case; then
    ``EXACT_ALIASES``; then ``ALIASES`` in their order. Where two columns claim one name the
    better keeps it and the other stays under its own.

    Three names depend on their neighbours. A bare Gaia id (``source_id``, ``gaia_id``) is
    DR2's beside a column that only DR2 has, and in SDSS-V's spAll (beside ``CATALOGID``),
    else DR3's. ``gmag`` in any case is Gaia's G beside ``bpmag`` and ``rpmag`` unless an SDSS
    ``rmag`` stands there too. A table with ``source_id1`` and ``source_id2`` has a pair in a
    row (El-Badry et al. (2021); Qiu (2025), Table 3): the row's star is the second, fainter
    one, so ``parallax2`` is its ``plx``.

    Parameters
    ----------
    found : sequence of str
        Names in the file, all different.
    overrides : mapping of str to str, optional
        Astra's name -> name in the file; both must exist.

    Returns
    -------
    Naming
    """
    overrides = overrides or {}
    near = {folded(name) for name in found}
    is_pair = {"sourceid1", "sourceid2"} <= near
    claims: dict[str, tuple[tuple[int, int], str]] = {}
    passed_over = []
    for order, name in enumerate(found):
        target, rank = _claim(name, near, is_pair)
        if name in overrides.values() or target is None or target in overrides:
            continue
        best = claims.get(target)
        if best is None or (rank, order) < best[0]:
            if best is not None:
                passed_over.append(f"{best[1]} ({target} is {name})")
            claims[target] = ((rank, order), name)
        else:
            passed_over.append(f"{name} ({target} is {best[1]})")
    known = {name: target for target, (_, name) in claims.items()}
    known |= {name: target for target, name in overrides.items()}

    taken = set(known.values())
    names = {name: known.get(name) or _free(name, taken) for name in found}
    notes = []
    if passed_over:
        notes.append("kept under their own names: " + ", ".join(passed_over))
    if is_pair:
        notes.append("a pair in every row: its star is the second one (columns ending in 2)")
    return Naming(names, known, tuple(notes))


def naming_notes(known: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences on what was renamed, and on ids whose name tells no Gaia release.

    Parameters
    ----------
    known : mapping of str to str
        Name in the file -> Astra's name, as in `Naming`.

    Returns
    -------
    tuple of str
    """
    renamed = [f"{name} -> {new}" for name, new in known.items() if name.lower() != new]
    notes = [f"renamed {', '.join(renamed)}"] if renamed else []
    for name, target in known.items():
        if folded(name).rstrip("2") in _BARE_GAIA_ID and target.startswith("gaia_dr"):
            release = "DR2" if "dr2" in target else "DR3"
            notes.append(f"{name} is taken for a Gaia {release} id: its name says none")
    return tuple(notes)


def _claim(name: str, near: Collection[str], is_pair: bool) -> tuple[str | None, int]:
    """Astra's name that a column may have, and how good the claim is (0 the best)."""
    if name in BY_NAME:
        return name, 0
    if name.lower() in BY_NAME:
        return name.lower(), 1
    plain = folded(name)
    if is_pair and plain.endswith("2") and plain[:-1] + "1" in near:
        plain = plain[:-1]
    if name in _EXACT:
        target, rank = _EXACT[name], 2
    elif plain == "gmag" and {"bpmag", "rpmag"} <= set(near) and "rmag" not in near:
        target, rank = "g_mag", 3
    elif plain in _FOLDED and plain != "source":
        target, rank = _FOLDED[plain]
        rank += 4
    else:
        return None, 0
    if plain in _BARE_GAIA_ID and _is_gaia_dr2(plain, near):
        target = "gaia_dr2_source_id"
    return target, rank


def _is_gaia_dr2(plain: str, near: Collection[str]) -> bool:
    return bool(_GAIA_DR2_SIGNS & set(near)) or (plain == "gaiaid" and "catalogid" in near)


def _free(name: str, taken: Collection[str]) -> str:
    """The column's own name, or that with ``_as_read`` where a better column has the name."""
    return name if name not in taken else f"{name}_as_read"
