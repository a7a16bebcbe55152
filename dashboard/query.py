"""The choices of a viewer as fields of a URL: written short, read field by field."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, fields, replace

from dashboard.added import MOST_ADDED, Added
from dashboard.brush import CMD_PLANE, Brush, Picked
from dashboard.curves import Curves
from dashboard.kept import MOST_KEPT, Kept
from dashboard.planes import of_reference
from dashboard.style import MINUS
from slamcore.columns import LABELS
from slamcore.io.errors import InputError
from slamcore.references import RELATION
from slamcore.selection import PAPER, Cuts

__all__ = ["COLOURS", "READERS", "PartlyRead", "reason", "written"]

COLOURS = (
    "density",
    *("teff", "logg", "fe_h", "fe_h_niu", "alpha_fe"),
    *("mass", "radius"),
    *(of_reference(RELATION, name) for name in ("mass", "radius", "logg")),
    *("snr", "ruwe"),
)
"""What the CMD may be coloured by beside differences: density of stars, or mean of a column of
the stars or of Mann's relations."""

_MAX_VERTICES = 2000  # a hand-drawn lasso has some hundred
_MAX_PICKED = 300  # keys have up to 19 digits, and servers take addresses of some kilobytes
_MAX_NAME = 80


class PartlyRead(ValueError):
    """A field of which a part cannot be used, and what is left of it.

    Parameters
    ----------
    kept : object
        The choice without that part.
    problem : str
    """

    def __init__(self, kept: object, problem: str):
        self.kept = kept
        super().__init__(problem)


def written(name: str, value: object) -> str | None:
    """A choice as text; None at its default, and where no link can carry it.

    Parameters
    ----------
    name : str
        One of `READERS`.
    value : object
        What the session has under that name.

    Returns
    -------
    str or None
    """
    if name == "cuts":
        changed = {k: v for k, v in asdict(value).items() if v != getattr(PAPER, k)}
        return _compact(changed) if changed else None
    if name == "brush":
        plain = _plain_brush(value)
        return None if plain is None else _compact(plain)
    if name == "kept":
        plain = [{"name": one.name, "brush": _plain_brush(one.brush)} for one in value]
        plain = [one for one in plain if one["brush"] is not None]
        return _compact(plain) if plain else None
    if name == "columns":
        return _compact({one.name: one.text for one in value}) if value else None
    if name == "isochrones":
        return None if value is None else _compact(asdict(value))
    if name == "marked":
        return "1" if value else None
    return str(value) if value and value != "density" else None


def reason(error: Exception) -> str:
    """Why a field could not be used, in words."""
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return "it is not readable (JSON expected)"
    return "it has another form" if isinstance(error, TypeError) else str(error)


def _rounded(values):
    if isinstance(values, float):
        return round(values, 4)
    return [_rounded(value) for value in values]


def _plain_brush(brush: Brush | Picked | None) -> object:
    """A brush as JSON has it; None without one, or with more picked stars than a link carries.

    A region of the CMD is the box's four numbers or a list of vertices, one of another plane an
    object of ``plane`` and ``at``, picked stars one of ``stars``.
    """
    if brush is None:
        return None
    if isinstance(brush, Picked):
        keys = list(brush.keys)
        return {"stars": keys} if len(keys) <= _MAX_PICKED else None
    at = _rounded(brush.bounds if brush.is_box else brush.vertices)
    return at if brush.plane == CMD_PLANE else {"plane": list(brush.plane), "at": at}


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _read_cuts(value: object) -> Cuts:
    changes = _json(value)
    if not isinstance(changes, dict):
        raise ValueError(f"expected an object of cuts, found {value!r}")
    known = {field.name: field for field in fields(Cuts)}
    where, checked = changes.get("where"), {}
    changes = {name: limit for name, limit in changes.items() if name != "where"}
    for name, limit in changes.items():
        if name not in known:
            raise ValueError(f"there is no cut named {name!r}")
        pair = isinstance(getattr(PAPER, name), tuple) or name in ("teff", "logg", "fe_h")
        if limit is None:
            checked[name] = None
        elif name == "boss_m":
            if limit is not True:
                raise ValueError(f"expected boss_m to be true or null, found {limit!r}")
            checked[name] = True
        elif pair:
            low, high = limit
            checked[name] = (float(low), float(high))
        else:
            checked[name] = float(limit)
        if name != "boss_m" and limit is not None and not _finite(checked[name]):
            raise ValueError(f"{name} is not a finite number")
    cuts = replace(PAPER, **checked)
    try:
        return replace(cuts, where=where)
    except InputError as error:
        raise PartlyRead(cuts, str(error)) from error


def _read_colour(value: object) -> str:
    if added := Added.of(str(value)):
        return added.colour
    label, _, other = str(value).partition(MINUS)
    source, _, column = other.partition(".")
    is_source = 0 < len(source) <= _MAX_NAME and MINUS not in source
    is_difference = label in LABELS and column == label and is_source
    if value not in COLOURS and not is_difference:
        expected = f"one of {', '.join(COLOURS)}, or a difference such as teff - birky2020.teff"
        raise ValueError(f"expected {expected}, found {value!r}")
    return str(value)


def _read_columns(value: object) -> tuple[Added, ...]:
    found = _json(value)
    if not isinstance(found, dict) or len(found) > MOST_ADDED:
        raise ValueError(f"expected an object of at most {MOST_ADDED} columns")
    kept, problems = [], []
    for name, text in found.items():
        try:
            kept.append(Added(name, text))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise PartlyRead(tuple(kept), "; ".join(problems))
    return tuple(kept)


def _read_isochrones(value: object) -> Curves:
    found = _json(value)
    if not isinstance(found, dict) or set(found) != {"log_age", "m_h"}:
        raise ValueError("expected log_age and m_h")
    return Curves(float(found["log_age"]), tuple(float(m_h) for m_h in found["m_h"]))


def _read_kept(value: object) -> tuple[Kept, ...]:
    found = _json(value)
    if not isinstance(found, list) or len(found) > MOST_KEPT:
        raise ValueError(f"expected a list of at most {MOST_KEPT} selections")
    if not all(isinstance(one, dict) and set(one) == {"name", "brush"} for one in found):
        raise ValueError("expected name and brush of every selection")
    return tuple(Kept(one["name"], _read_brush(one["brush"])) for one in found)


def _finite(limit: float | tuple[float, float]) -> bool:
    return all(math.isfinite(x) for x in (limit if isinstance(limit, tuple) else (limit,)))


def _read_key(value: object) -> int:
    key = int(value)
    if not 0 <= key < 2**63:
        raise ValueError(f"{key} is no key of a row")
    return key


def _read_marked(value: object) -> bool:
    if str(value) != "1":
        raise ValueError(f"expected 1, found {value!r}")
    return True


def _read_brush(value: object) -> Brush | Picked:
    found = _json(value)
    if not isinstance(found, dict):
        return _read_region(found, CMD_PLANE)
    if set(found) == {"stars"}:
        return _read_picked(found["stars"])
    if set(found) != {"plane", "at"}:
        raise ValueError(f"expected plane and at, or stars, found {', '.join(sorted(found))}")
    plane = found["plane"]
    if not (isinstance(plane, list) and all(isinstance(name, str) for name in plane)):
        raise ValueError("expected the two names of a plane")
    if any(len(name) > _MAX_NAME for name in plane):
        raise ValueError(f"expected names of at most {_MAX_NAME} letters")
    return _read_region(found["at"], tuple(plane))


def _read_region(corners: object, plane: tuple[str, str]) -> Brush:
    if len(corners) > _MAX_VERTICES:
        raise ValueError(f"expected at most {_MAX_VERTICES} vertices, found {len(corners)}")
    if len(corners) == 4 and all(isinstance(c, int | float) for c in corners):
        return Brush.box(tuple(corners), plane)
    return Brush.lasso(corners, plane)


def _read_picked(keys: object) -> Picked:
    if not isinstance(keys, list) or len(keys) > _MAX_PICKED:
        raise ValueError(f"expected a list of at most {_MAX_PICKED} stars")
    if not all(isinstance(key, int) and not isinstance(key, bool) for key in keys):
        raise ValueError("expected whole numbers as stars")
    return Picked.of(_read_key(key) for key in keys)


READERS: dict[str, Callable[[object], object]] = {
    "cuts": _read_cuts,
    "brush": _read_brush,
    "kept": _read_kept,
    "star": _read_key,
    "colour": _read_colour,
    "columns": _read_columns,
    "isochrones": _read_isochrones,
    "marked": _read_marked,
    "labels": str,
    "tab": str,
}
"""Field of the URL, a choice of the session -> from its text to the choice."""
