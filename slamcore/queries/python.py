"""A selection as a Python program that uses this library."""

from __future__ import annotations

from dataclasses import fields

from slamcore.queries.chosen import Chosen, comments
from slamcore.selection import PAPER, Cuts

__all__ = ["python"]

_IMPORTS = (
    "from slamcore.label_sources import relabel",
    "from slamcore.references import References",
    "from slamcore.selection import Cuts, select",
    "from slamcore.survey import open_survey",
)


def python(chosen: Chosen, survey: str, source: str) -> str:
    """A program that selects the stars with this library; ``chosen`` in it has their rows.

    Parameters
    ----------
    chosen : Chosen
    survey : str
        Folder of the survey.
    source : str
        Where the labels come from, a key of `slamcore.label_sources.label_sources`.

    Returns
    -------
    str
    """
    imports = ["import numpy as np", "", *_IMPORTS]
    lines = [
        f"survey = open_survey({survey!r})",
        "references = References(survey)",
        f"stars = relabel(survey, {source!r}, references).stars",
        f"mask = select(stars, {_cuts_code(chosen.cuts)}).mask",
    ]
    if chosen.vertices:
        imports.insert(2, "from dashboard.planes import values")
        lines.append(f"x, y = (values(stars, references, name) for name in {chosen.plane!r})")
        if chosen.is_box:
            left, low, right, high = chosen.bounds
            box = f"(x >= {left!r}) & (x <= {right!r}) & (y >= {low!r}) & (y <= {high!r})"
            lines.append(f"mask = mask & {box}")
        else:
            imports.insert(2, "from matplotlib.path import Path\n")
            lines += [
                f"outline = Path({_points(chosen)})",
                "inside = outline.contains_points(np.column_stack([x, y]))",
                "mask = mask & inside & np.isfinite(x) & np.isfinite(y)",
            ]
    if chosen.keys:
        lines.append(f"mask = mask & np.isin(stars['spectrum_pk'], {list(chosen.keys)})")
    lines.append("chosen = stars.take(np.flatnonzero(mask))")
    return "\n".join([*comments("#", chosen.notes), *imports, "", *lines]) + "\n"


def _points(chosen: Chosen) -> str:
    return f"[{', '.join(f'({float(x)!r}, {float(y)!r})' for x, y in chosen.vertices)}]"


def _cuts_code(cuts: Cuts) -> str:
    changed = []
    for field in fields(cuts):
        limit = getattr(cuts, field.name)
        if limit == getattr(PAPER, field.name):
            continue
        plain = tuple(map(float, limit)) if isinstance(limit, tuple) else limit
        changed.append(f"{field.name}={plain!r}")
    return f"Cuts({', '.join(changed)})"
