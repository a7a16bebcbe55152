"""A selection as a command of STILTS."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from slamcore.expressions import parse
from slamcore.queries.chosen import Chosen, comments, conditions, outline
from slamcore.queries.dialect_stilts import Stilts
from slamcore.queries.polygons import crosses_itself

__all__ = ["stilts"]


def stilts(
    chosen: Chosen,
    table: str,
    truths: Collection[str] = (),
    added: Mapping[str, str] | None = None,
) -> str:
    """A STILTS command that selects the stars from a table of all.

    Parameters
    ----------
    chosen : Chosen
    table : str
        File name of the table, with our columns.
    truths : collection of str
        Its columns that are true or false and no numbers.
    added : mapping of str to str, optional
        Columns to add: name and expression.

    Returns
    -------
    str
        For a shell; its one condition also defines a subset in TOPCAT.
    """
    written = Stilts(truths)
    tests = [written.truth(node) for node in conditions(chosen.cuts)]
    if chosen.vertices and not chosen.is_box and not crosses_itself(chosen.vertices):
        corners = ", ".join(f"{float(x)!r},{float(y)!r}" for x, y in chosen.vertices)
        tests.append(f"isInside({', '.join(chosen.plane)}, {corners})")
    elif chosen.vertices:
        tests.append(written.truth(outline(chosen)))
    if chosen.keys:
        tests.append(f"({' || '.join(f'spectrum_pk == {key}L' for key in chosen.keys)})")
    steps = [f'select "{" && ".join(tests) or "true"}"']
    for name, text in (added or {}).items():
        steps.append(f'addcol {name} "{written.value(parse(text).node)}"')
    commands = [f"cmd='{step}'" for step in steps]
    parts = [f"stilts tpipe in={table}", *commands, "out=selected.fits"]
    return "\n".join([*comments("#", chosen.notes), " \\\n  ".join(parts)]) + "\n"
