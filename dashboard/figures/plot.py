"""A figure described once: axes, layers, caption, checks.

The page draws it with Bokeh (`draw_bokeh`), print with Matplotlib (`draw_matplotlib`), and its
data file is written from the same arrays (`plotted_data`). What a layer looks like follows from
its role alone, so that a thing looks the same in every figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.checks import Check, verdict_of
from slamcore.columns import BY_NAME

__all__ = [
    "ROLES",
    "Axis",
    "Band",
    "Figure",
    "Layer",
    "Line",
    "Note",
    "Panel",
    "PaperTable",
    "Points",
    "Steps",
    "Surface",
    "Usable",
    "axis_of",
    "lacking",
    "plotted_data",
]

ROLES = (
    "all",
    "rejected",
    "selected",
    "primary",
    "secondary",
    "training",
    "test",
    "stars",
    "low SNR",
    "bias",
    "scatter",
    "fit",
    "published",
    "extrapolated",
    "one-to-one",
    "zero",
    "cut",
    "isochrone",
    "error",
    "spectrum",
    "model",
    "masked",
)
"""What a layer is; each drawer has one look for each."""


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes
    ----------
    label, unit : str
        Symbol and unit as printed; no unit for pure numbers.
    limits : (float, float) or None
        Low and high; None fits the data.
    reversed, log : bool
        Whether it runs from high to low (M_G, Teff), and in powers of ten.
    """

    label: str
    unit: str = ""
    limits: tuple[float, float] | None = None
    reversed: bool = False
    log: bool = False

    @property
    def title(self) -> str:
        """Label with unit."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


@dataclass(frozen=True, eq=False)
class Points:
    """Stars or bins, one mark each; a drawer may count them into cells where they are many.

    Attributes
    ----------
    x, y : ndarray (n_point,)
    role : str
        One of ``ROLES``.
    label : str
        In the legend; empty for none.
    colour : ndarray (n_point,) or None
        Values behind the colour.
    colour_by : str
        Column those are of: it decides map, range and the title of the colour bar.
    e_x, e_y : ndarray (n_point,) or None
        Error bars, one standard deviation.
    rows : ndarray of int (n_point,) or None
        Rows of the survey's stars, so that a mark can be brushed and opened.
    """

    x: np.ndarray
    y: np.ndarray
    role: str = "stars"
    label: str = ""
    colour: np.ndarray | None = None
    colour_by: str = ""
    e_x: np.ndarray | None = None
    e_y: np.ndarray | None = None
    rows: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Line:
    """A line through points (n_point,); NaN breaks it."""

    x: np.ndarray
    y: np.ndarray
    role: str
    label: str = ""


@dataclass(frozen=True, eq=False)
class Band:
    """A filled range between ``low`` and ``high`` (n_point,) along ``x``."""

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    role: str
    label: str = ""


@dataclass(frozen=True, eq=False)
class Steps:
    """A histogram: ``counts`` (n_bin,) between ``edges`` (n_bin + 1,)."""

    edges: np.ndarray
    counts: np.ndarray
    role: str
    label: str = ""


@dataclass(frozen=True, eq=False)
class Surface:
    """An image with contours: ``z`` (n_y, n_x) at the centres ``x`` (n_x,) and ``y`` (n_y,)."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    title: str
    contours: tuple[float, ...] = ()


@dataclass(frozen=True)
class Usable:
    """The usable range of a label (Qiu (2025), Table 1), shaded along ``x`` or ``y``."""

    low: float
    high: float
    along: str = "x"


@dataclass(frozen=True)
class Note:
    """Text in a corner of the panel, lines parted by newlines."""

    text: str
    corner: str = "top left"


Layer = Points | Line | Band | Steps | Surface | Usable | Note


@dataclass(frozen=True, eq=False)
class Panel:
    """Axes and what is drawn on them, the first layer lowest."""

    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    title: str = ""


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure.

    Attributes
    ----------
    key : str
        Such as ``figure04``.
    title : str
    panels : tuple of tuple of Panel
        Rows of panels, from the top; all rows equally long.
    caption : str
        With N and the convention of every statistic.
    checks : tuple of Check
    marks : tuple of str
        What the figure has to say on its face: SIMULATED, cuts other than the paper's.
    missing : str
        What the survey lacks for it and how to get it; empty where it is drawn.
    """

    key: str
    title: str
    panels: tuple[tuple[Panel, ...], ...] = ()
    caption: str = ""
    checks: tuple[Check, ...] = ()
    marks: tuple[str, ...] = ()
    missing: str = ""

    @property
    def verdict(self) -> str:
        """The worst verdict of its checks."""
        return verdict_of(self.checks)

    @property
    def face(self) -> tuple[str, ...]:
        """All that must stand on the figure's face, a failed check among it."""
        return _face(self.marks, self.checks)


@dataclass(frozen=True, eq=False)
class PaperTable:
    """One table of the paper.

    Attributes
    ----------
    key : str
        Such as ``table02``.
    title : str
    data : DataFrame (n_row rows)
        Units and descriptions of star columns are those of `slamcore.columns`; other columns
        are named so that they say what they are.
    caption : str
        With N and the convention of every statistic.
    checks : tuple of Check
    marks : tuple of str
        As of `Figure`.
    missing : str
        What the survey lacks for it and how to get it; empty where it is made.
    """

    key: str
    title: str
    data: pd.DataFrame
    caption: str = ""
    checks: tuple[Check, ...] = ()
    marks: tuple[str, ...] = ()
    missing: str = ""

    @property
    def verdict(self) -> str:
        """The worst verdict of its checks."""
        return verdict_of(self.checks)

    @property
    def face(self) -> tuple[str, ...]:
        """All that must stand beside it, a failed check among it."""
        return _face(self.marks, self.checks)


def lacking(key: str, title: str, missing: str) -> Figure:
    """A figure that cannot be drawn, and why: ``missing`` names what is not there."""
    return Figure(key, title, missing=missing)


def axis_of(column: str, **options) -> Axis:
    """The axis of a star column, with its symbol and unit; options as of `Axis`."""
    known = BY_NAME[column]
    return Axis(known.label, known.unit, **options)


def plotted_data(figure: Figure) -> dict[str, pd.DataFrame]:
    """Every array that a figure draws, as tables.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    dict of str to DataFrame (n_point rows)
        ``points``, ``lines``, ``bands``, ``histograms``, ``surfaces``: those that there are.
        ``panel`` is row and column from 1, ``layer`` the place in the panel.
    """
    found: dict[str, list[pd.DataFrame]] = {}
    for i, row in enumerate(figure.panels, start=1):
        for j, panel in enumerate(row, start=1):
            for k, layer in enumerate(panel.layers, start=1):
                kind, columns = _columns(layer)
                if kind:
                    place = {"panel": f"{i},{j}", "layer": k, "role": getattr(layer, "role", "")}
                    found.setdefault(kind, []).append(pd.DataFrame({**place, **columns}))
    return {kind: pd.concat(parts, ignore_index=True) for kind, parts in found.items()}


def _face(marks: tuple[str, ...], checks: tuple[Check, ...]) -> tuple[str, ...]:
    failed = sum(check.verdict == "fail" for check in checks)
    told = (f"{failed} OF {len(checks)} CHECKS FAILED",) if failed else ()
    return (*marks, *told)


def _columns(layer: Layer) -> tuple[str, dict[str, object]]:
    """Kind of table and columns of a layer; nothing for one without data."""
    if isinstance(layer, Points):
        n = len(layer.x)
        optional = {
            name: np.full(n, np.nan) if values is None else values
            for name, values in (("colour", layer.colour), ("e_x", layer.e_x), ("e_y", layer.e_y))
        }
        rows = np.full(n, -1) if layer.rows is None else layer.rows
        by = layer.colour_by
        return "points", {"x": layer.x, "y": layer.y, **optional, "colour_by": by, "row": rows}
    if isinstance(layer, Line):
        return "lines", {"label": layer.label, "x": layer.x, "y": layer.y}
    if isinstance(layer, Band):
        return "bands", {"x": layer.x, "low": layer.low, "high": layer.high}
    if isinstance(layer, Steps):
        low, high = layer.edges[:-1], layer.edges[1:]
        return "histograms", {"low": low, "high": high, "count": layer.counts}
    if isinstance(layer, Surface):
        x, y = np.meshgrid(layer.x, layer.y)
        return "surfaces", {"x": x.ravel(), "y": y.ravel(), "z": layer.z.ravel()}
    return "", {}
