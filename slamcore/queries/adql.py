"""A selection as ADQL: of a table with Astra's columns, and of the Gaia archive (Gaia DR3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from slamcore.expressions import Node, columns_of
from slamcore.photometry import CMD_COLUMNS, EBV_COLUMNS, GAIA_EXTINCTION, R_V
from slamcore.queries.chosen import Chosen, comments, conditions, outline
from slamcore.queries.dialect_sql import Sql

__all__ = ["GAIA_ARCHIVE", "adql", "gaia_adql"]

_KEYS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")
_ABOUT = "COALESCE and CASE are SQL; not every service of ADQL knows them"
_START = 0.45  # of A_V: about its reddening of an M dwarf; 0.2 mag off at most to A_V = 2
_STEPS = 3  # of Newton's method: from there to 1e-11 mag

GAIA_ARCHIVE: dict[str, str] = {
    "gaia_dr3_source_id": "source_id",
    "ra": "ra",
    "dec": "dec",
    "plx": "parallax",
    "e_plx": "parallax_error",
    "pmra": "pmra",
    "pmde": "pmdec",
    "ruwe": "ruwe",
    "g_mag": "phot_g_mean_mag",
    "bp_mag": "phot_bp_mean_mag",
    "rp_mag": "phot_rp_mean_mag",
    "bp_rp": "bp_rp",
    "bp_rp_0": "bp_rp",
    "abs_g_mag": "(phot_g_mean_mag + 5 * LOG10(ABS(parallax) / 100))",
}
"""Our columns as ``gaiadr3.gaia_source`` has them (Gaia DR3); without extinction, of which the
archive has no map."""


def adql(chosen: Chosen, columns: Collection[str], table: str = "tap_upload.stars") -> str:
    """A query of a table with Astra's columns.

    Where it has no ``bp_rp_0`` and ``abs_g_mag``, extinction is taken off as
    `slamcore.photometry` does it, with the coefficients of Babusiaux (2018): a subquery for each
    step of Newton's method.

    Parameters
    ----------
    chosen : Chosen
    columns : collection of str
        That the table has, ``spectrum_pk`` among them.
    table : str

    Returns
    -------
    str
    """
    nodes = _nodes(chosen)
    used = list(dict.fromkeys(name for node in nodes for name in columns_of(node)))
    ids = [name for name in _KEYS if name in columns]
    tests = [Sql().truth(node) for node in nodes]
    if chosen.keys:
        tests.append(f"spectrum_pk IN ({', '.join(map(str, chosen.keys))})")
    derived = ({"bp_rp_0", "abs_g_mag"} & set(used)) - set(columns)
    taken, notes = table, chosen.notes
    if derived:
        plain = [name for name in used if name not in ("bp_rp_0", "abs_g_mag")]
        taken = _dereddened(table, list(dict.fromkeys([*ids, *plain])), columns)
        notes = (*notes, _ABOUT)
    where = "\n  AND ".join(tests) or "1 = 1"
    select = f"SELECT {', '.join(ids)}\nFROM {taken}\nWHERE {where}"
    return "\n".join([*comments("--", notes), select]) + "\n"


def gaia_adql(chosen: Chosen, gaia_ids: Collection[int] = ()) -> str:
    """A query of the Gaia archive: the same cuts for all of its stars, as far as it has them.

    Parameters
    ----------
    chosen : Chosen
    gaia_ids : collection of int
        Gaia DR3 identifiers of the stars picked one by one.

    Returns
    -------
    str
        Without extinction, of which the archive has no map (Gaia DR3).
    """
    notes = ["magnitudes as observed: the archive has no E(B-V) of Green et al. (2019)"]
    tests = ["parallax > 0"]
    nodes = _nodes(chosen)
    for node in nodes:
        unknown = [name for name in columns_of(node) if name not in GAIA_ARCHIVE]
        if unknown:
            notes.append(f"left out, for the archive has no {', '.join(unknown)}")
        else:
            tests.append(Sql(GAIA_ARCHIVE).truth(node))
    if chosen.keys:
        listed = ", ".join(str(one) for one in gaia_ids) or "NULL"
        tests.append(f"source_id IN ({listed})")
    columns = "source_id, ra, dec, parallax, ruwe, phot_g_mean_mag, bp_rp"
    where = "\n  AND ".join(tests)
    select = f"SELECT {columns}\nFROM gaiadr3.gaia_source\nWHERE {where}"
    return "\n".join([*comments("--", (*chosen.notes, *notes)), select]) + "\n"


def _nodes(chosen: Chosen) -> list[Node]:
    """Cuts and brush as conditions."""
    return [*conditions(chosen.cuts), *([outline(chosen)] if chosen.vertices else [])]


def _dereddened(table: str, plain: list[str], columns: Collection[str]) -> str:
    """A subquery with ``bp_rp_0`` and ``abs_g_mag``, as `photometry.add_photometry` has them.

    The observed colour is a cubic of the intrinsic one, whose coefficients are those of A_V.
    Databases put subqueries into each other, where the colour of the last step would stand a
    thousand times. They do not where it is the maximum of a group, here of one row.
    """
    ebv = [name for name in EBV_COLUMNS if name in columns]
    kept = ", ".join([*plain, *(name for name in CMD_COLUMNS if name not in plain)])
    names = ", ".join(plain)
    best = f"COALESCE({', '.join([*ebv, '0.0'])})"
    a_v = f"{R_V!r} * (CASE WHEN {best} > 0 THEN {best} ELSE 0.0 END)" if ebv else "0.0"
    found = f"(SELECT {kept},\n    {a_v} AS a\n  FROM {table}) AS s0"
    reddening = np.subtract(GAIA_EXTINCTION["bp"], GAIA_EXTINCTION["rp"])
    terms = ", ".join([*_coefficients("e", reddening), *_coefficients("g", GAIA_EXTINCTION["g"])])
    start = f"MAX(bp_mag - rp_mag - {_START!r} * a) AS c"
    found = f"(SELECT {kept},\n    {terms}, {start}\n  FROM {found} GROUP BY {kept}) AS s1"
    told = ", ".join([kept, *(f"{letter}{i}" for letter in "eg" for i in range(4))])
    for i in range(_STEPS):
        rest = "bp_mag - rp_mag - e0 + c * c * (e2 + 2 * e3 * c)"
        step = f"({rest}) / (1 + e1 + c * (2 * e2 + 3 * e3 * c)) AS c"
        found = f"(SELECT {told},\n    {step}\n  FROM {found}) AS s{i + 2}"
    g = "g_mag - (g0 + c * (g1 + c * (g2 + c * g3)))"
    absolute = f"CASE WHEN plx > 0 THEN {g} + 5 * LOG10(ABS(plx) / 100) END"
    made = f"MAX(c) AS bp_rp_0,\n    MAX({absolute}) AS abs_g_mag"
    return f"(SELECT {names}, {made}\n  FROM {found} GROUP BY {names}) AS stars"


def _coefficients(letter: str, k: Sequence[float]) -> list[str]:
    """Extinction as a cubic of the colour: its four coefficients for A_V = ``a``."""
    c1, c2, c3, c4, c5, c6, c7 = (f"({float(c)!r})" for c in k)
    forms = (
        f"a * ({c1} + a * ({c5} + a * {c6}))", f"a * ({c2} + a * {c7})", f"a * {c3}", f"a * {c4}"
    )  # fmt: skip
    return [f"MAX({form}) AS {letter}{i}" for i, form in enumerate(forms)]
