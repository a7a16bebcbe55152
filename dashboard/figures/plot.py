"""A figure described once: axes, layers, caption, checks.

The page draws it with Bokeh (`draw_bokeh`), print with Matplotlib (`draw_matplotlib`), and its
data files are written from the same arrays (`plotted`). What a layer looks like follows from
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


class _Checked:
    """What figures and tables tell of themselves."""

    checks: tuple[Check, ...]
    marks: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The worst verdict of its checks."""
        return verdict_of(self.checks)

    @property
    def face(self) -> tuple[str, ...]:
        """All that must stand on its face or beside it, a failed check among it."""
        failed = sum(check.verdict == "fail" for check in self.checks)
        told = (f"{failed} OF {len(self.checks)} CHECKS FAILED",) if failed else ()
        return (*self.marks, *told)


@dataclass(frozen=True, eq=False)
class Figure(_Checked):
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


@dataclass(frozen=True, eq=False)
class PaperTable(_Checked):
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


def lacking(key: str, title: str, missing: str) -> Figure:
    """A figure that cannot be drawn, and why: ``missing`` names what is not there."""
    return Figure(key, title, missing=missing)


def axis_of(column: str, **options) -> Axis:
    """The axis of a star column, with its symbol and unit; options as of `Axis`."""
    known = BY_NAME[column]
    return Axis(known.label, known.unit, **options)
