"""The choices of one viewer. Everything else on the page is derived from them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace

import param

from dashboard.brush import Brush
from slamcore.label_sources import SOURCES
from slamcore.selection import PAPER, Cuts

__all__ = ["COLOURS", "Session"]

COLOURS = ("density", "teff", "logg", "fe_h", "fe_h_niu", "alpha_fe", "snr", "ruwe")
"""What the CMD may be coloured by: the density of stars, or the mean of a column."""

_UNDO_DEPTH = 100
_MAX_VERTICES = 2000  # a hand-drawn lasso has some hundred


class Session(param.Parameterized):
    """Choices: cuts, brush, colour, star, tab; and the way back through cuts and brushes."""

    cuts = param.ClassSelector(class_=Cuts, default=PAPER, doc="The adjustable selection")
    brush = param.ClassSelector(class_=Brush, default=None, allow_None=True, doc="Drawn region")
    colour = param.Selector(default="density", objects=list(COLOURS), doc="CMD colour")
    star = param.Integer(default=None, allow_None=True, doc="spectrum_pk of the opened star")
    labels = param.String(default="", doc="Source of the labels; the preferred one if empty")
    tab = param.String(default="", doc="Title of the open tab")
    can_undo = param.Boolean(default=False)
    can_redo = param.Boolean(default=False)

    def __init__(self, **params):
        super().__init__(**params)
        self._past: list[tuple[Cuts, Brush | None]] = []
        self._future: list[tuple[Cuts, Brush | None]] = []

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
        vertices = None
        if self.brush is not None:
            corners = self.brush.bounds if self.brush.is_box else self.brush.vertices
            vertices = json.dumps(_rounded(corners), separators=(",", ":"))
        return {
            "cuts": json.dumps(changed, separators=(",", ":")) if changed else None,
            "brush": vertices,
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
            "labels": _read_source,
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


def _read_source(value: object) -> str:
    if value not in SOURCES:
        raise ValueError(f"expected one of {', '.join(SOURCES)}, found {value!r}")
    return str(value)


def _finite(limit: float | tuple[float, float]) -> bool:
    return all(math.isfinite(x) for x in (limit if isinstance(limit, tuple) else (limit,)))


def _read_key(value: object) -> int:
    key = int(value)
    if not 0 <= key < 2**63:
        raise ValueError(f"{key} is no key of a row")
    return key


def _read_brush(value: object) -> Brush:
    corners = _json(value)
    if len(corners) > _MAX_VERTICES:
        raise ValueError(f"expected at most {_MAX_VERTICES} vertices, found {len(corners)}")
    if len(corners) == 4 and all(isinstance(c, int | float) for c in corners):
        return Brush.box(tuple(corners))
    return Brush.lasso(corners)
