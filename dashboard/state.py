"""The choices of one viewer. Everything else on the page is derived from them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace

import param

from dashboard.brush import CMD_PLANE, Brush, Picked
from slamcore.selection import PAPER, Cuts

__all__ = ["COLOURS", "Session"]

COLOURS = ("density", "teff", "logg", "fe_h", "fe_h_niu", "alpha_fe", "snr", "ruwe")
"""What the CMD may be coloured by: the density of stars, or the mean of a column."""

_UNDO_DEPTH = 100
_MAX_VERTICES = 2000  # a hand-drawn lasso has some hundred
_MAX_PICKED = 300  # keys have up to 19 digits, and servers take addresses of some kilobytes
_MAX_NAME = 80


class Session(param.Parameterized):
    """Choices: cuts, brush, colour, star, tab; and the way back through cuts and brushes."""

    cuts = param.ClassSelector(class_=Cuts, default=PAPER, doc="The adjustable selection")
    brush = param.ClassSelector(
        class_=(Brush, Picked), default=None, allow_None=True, doc="Drawn region or picked stars"
    )
    colour = param.Selector(default="density", objects=list(COLOURS), doc="CMD colour")
    star = param.Integer(default=None, allow_None=True, doc="spectrum_pk of the opened star")
    labels = param.String(default="", doc="Source of the labels; the preferred one if empty")
    tab = param.String(default="", doc="Title of the open tab")
    can_undo = param.Boolean(default=False)
    can_redo = param.Boolean(default=False)

    def __init__(self, **params):
        super().__init__(**params)
        self._past: list[tuple[Cuts, Brush | Picked | None]] = []
        self._future: list[tuple[Cuts, Brush | Picked | None]] = []

    def choose(self, **changes) -> None:
        """Change ``cuts`` or ``brush`` so that it can be undone; no change leaves no trace."""
        if all(getattr(self, name) == value for name, value in changes.items()):
            return
        self._past = [*self._past, (self.cuts, self.brush)][-_UNDO_DEPTH:]
        self._future = []
        self._go(**changes)

    def edit_cut(self, **values) -> None:
        """Change single cuts, such as ``edit_cut(ruwe_max=1.2)``."""
        self.choose(cuts=replace(self.cuts, **values))

    def undo(self) -> None:
        """Back to the cuts and brush before the last change, if there was one."""
        if self._past:
            self._future.append((self.cuts, self.brush))
            cuts, brush = self._past.pop()
            self._go(cuts=cuts, brush=brush)

    def redo(self) -> None:
        """Forward again after an undo."""
        if self._future:
            self._past.append((self.cuts, self.brush))
            cuts, brush = self._future.pop()
            self._go(cuts=cuts, brush=brush)

    def _go(self, **changes) -> None:
        self.param.update(**changes, can_undo=bool(self._past), can_redo=bool(self._future))

    def to_query(self) -> dict[str, str | None]:
        """The choices as URL query fields; a choice at its default is None (left out).

        Returns
        -------
        dict
            Keys ``cuts``, ``brush`` (JSON), ``colour``, ``star``, ``labels``, ``tab``.
        """
        changed = {
            name: value
            for name, value in asdict(self.cuts).items()
            if value != getattr(PAPER, name)
        }
        return {
            "cuts": json.dumps(changed, separators=(",", ":")) if changed else None,
            "brush": _written(self.brush),
            "colour": self.colour if self.colour != "density" else None,
            "star": None if self.star is None else str(self.star),
            "labels": self.labels or None,
            "tab": self.tab or None,
        }

    def from_query(self, query: Mapping[str, object]) -> list[str]:
        """Take over the choices of a URL, field by field; a bad field is named and ignored.

        Parameters
        ----------
        query : mapping of str to object
            As `to_query` gives it; other keys are left alone.

        Returns
        -------
        list of str
            One sentence per field that could not be used.
        """
        problems = []
        readers = {
            "cuts": _read_cuts,
            "brush": _read_brush,
            "star": _read_key,
            "colour": _read_colour,
            "labels": str,
            "tab": str,
        }
        for name, read in readers.items():
            if name not in query:
                continue
            try:
                self.param.update(**{name: read(query[name])})
            except (ValueError, TypeError, RecursionError) as error:
                problems.append(f"The link's {name} could not be used: {_reason(error)}")
        return problems


def _rounded(values):
    if isinstance(values, float):
        return round(values, 4)
    return [_rounded(value) for value in values]


def _written(brush: Brush | Picked | None) -> str | None:
    """A brush as JSON; None without one, or with more picked stars than a link can carry.

    A region of the CMD is the box's four numbers or a list of vertices, one of another plane an
    object of ``plane`` and ``at``, picked stars one of ``stars``.
    """
    if brush is None:
        return None
    if isinstance(brush, Picked):
        keys = list(brush.keys)
        return _compact({"stars": keys}) if len(keys) <= _MAX_PICKED else None
    at = _rounded(brush.bounds if brush.is_box else brush.vertices)
    return _compact(at if brush.plane == CMD_PLANE else {"plane": list(brush.plane), "at": at})


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _read_cuts(value: object) -> Cuts:
    changes = _json(value)
    if not isinstance(changes, dict):
        raise ValueError(f"expected an object of cuts, found {value!r}")
    known = {field.name: field for field in fields(Cuts)}
    checked = {}
    for name, limit in changes.items():
        if name not in known:
            raise ValueError(f"there is no cut named {name!r}")
        pair = isinstance(getattr(PAPER, name), tuple) or name in ("teff", "logg", "fe_h")
        if limit is None:
            checked[name] = None
        elif pair:
            low, high = limit
            checked[name] = (float(low), float(high))
        else:
            checked[name] = float(limit)
        if limit is not None and not _finite(checked[name]):
            raise ValueError(f"{name} is not a finite number")
    return replace(PAPER, **checked)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return "it is not readable (JSON expected)"
    return "it has another form" if isinstance(error, TypeError) else str(error)


def _read_colour(value: object) -> str:
    if value not in COLOURS:
        raise ValueError(f"expected one of {', '.join(COLOURS)}, found {value!r}")
    return str(value)


def _finite(limit: float | tuple[float, float]) -> bool:
    return all(math.isfinite(x) for x in (limit if isinstance(limit, tuple) else (limit,)))


def _read_key(value: object) -> int:
    key = int(value)
    if not 0 <= key < 2**63:
        raise ValueError(f"{key} is no key of a row")
    return key


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
