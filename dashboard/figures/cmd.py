"""The colour-magnitude diagram: all stars as a raster, single stars when few, cut lines."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import CustomJSTickFormatter, FixedTicker
from matplotlib.ticker import MaxNLocator

from dashboard.brush import CMD_PLANE, Brush, Picked
from dashboard.figures.colour import Colour
from dashboard.figures.raster import Frame, count_and_mean
from dashboard.kept import Kept
from dashboard.style import KEPT_COLOURS, Palette
from slamcore.columns import axis_label
from slamcore.selection import Cuts, cut_line

__all__ = [
    "POINT_LIMIT",
    "all_stars",
    "brush_outline",
    "brushed_stars",
    "cut_lines",
    "diagram_options",
    "frame_of",
    "kept_outlines",
    "nowhere",
    "selected_stars",
    "single_stars",
    "star_mark",
]

X = hv.Dimension("bp_rp_0", label="(BP−RP)₀ [mag]")
Y = hv.Dimension("abs_g_mag", label="M_G0 [mag]")

POINT_LIMIT = 3000
"""Selected stars in view up to which they are drawn one by one, with hover and tap."""

_HOVER = ("bp_rp_0", "abs_g_mag", "teff", "logg", "fe_h", "snr", "ruwe")
_DIGITS = {"teff": "0", "snr": "0.0"}


def frame_of(x: np.ndarray, y: np.ndarray) -> Frame:
    """The frame that shows nearly all stars: the central 99.8 per cent and a margin.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        (BP-RP)_0 and M_G0 in mag, NaN allowed.

    Returns
    -------
    Frame
        A plain M-dwarf frame where no star has both.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return Frame((0.0, 5.0), (4.0, 18.0))
    ranges = []
    for values, pad in ((x[known], 0.15), (y[known], 0.5)):
        low, high = np.percentile(values, (0.1, 99.9))
        ranges.append((float(low) - pad, float(high) + pad))
    return Frame(*ranges)


def all_stars(x: np.ndarray, y: np.ndarray, frame: Frame, palette: Palette) -> hv.Image:
    """Every star of the survey in grey, darker where there are more.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    frame : Frame
    palette : Palette

    Returns
    -------
    holoviews.Image
        (rows, columns) of cells; empty ones are NaN and stay transparent.
    """
    counts, _ = count_and_mean(x, y, None, frame)
    image = _image(np.log10(counts), counts, frame)
    top = _largest(image.dimension_values("z"))
    return image.opts(cmap=list(palette.rejected), clim=(0, top), tools=[])


def selected_stars(
    stars: pd.DataFrame,
    rows: np.ndarray,
    colour: Colour,
    frame: Frame,
    palette: Palette,
) -> hv.Image:
    """The selected stars by density or by the mean of a column.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        With ``bp_rp_0`` and ``abs_g_mag`` (mag).
    rows : ndarray (n,)
        The selected ones that lie in the frame.
    colour : Colour
    frame : Frame
    palette : Palette

    Returns
    -------
    holoviews.Image
        As `all_stars`; wholly empty where the stars are few enough for `single_stars`.
    """
    density, limits = colour.is_density, colour.limits(rows)
    if len(rows) <= POINT_LIMIT:
        image = _image(np.full((2, 2), np.nan), np.full((2, 2), np.nan), frame)
    else:
        x, y = stars[X.name].to_numpy()[rows], stars[Y.name].to_numpy()[rows]
        counts, mean = count_and_mean(x, y, None if density else colour.values[rows], frame)
        image = _image(np.log10(counts) if density else mean, counts, frame)
        if density:
            limits = (0.0, _largest(image.dimension_values("z")))
    single = len(rows) <= POINT_LIMIT
    return image.opts(
        cmap=colour.colours(palette.dark),
        clim=limits,
        colorbar=True,
        colorbar_opts={"width": 12, "padding": 4},
        hooks=[_raster_aids(colour.title, limits, density, single)],
        tools=["box_select", "lasso_select", "poly_select", "hover"],
        hover_tooltips=[
            (X.label, "$x{0.00}"),
            (Y.label, "$y{0.00}"),
            ("stars", "@n{0}"),
            *([] if density else [(f"mean {colour.title}", f"@z{{{colour.digits}}}")]),
        ],
    )


def single_stars(
    stars: pd.DataFrame, rows: np.ndarray, colour: Colour, palette: Palette
) -> hv.Points:
    """The selected stars one by one where they are few, with what hovering shows.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    rows : ndarray (n,)
        The selected ones that lie in the frame; none is drawn beyond `POINT_LIMIT`.
    colour : Colour
        Density gives one colour.
    palette : Palette

    Returns
    -------
    holoviews.Points
        Value dimensions: ``z`` (colour), ``star`` (name or key as text), and the labels.
    """
    rows = rows if len(rows) <= POINT_LIMIT else rows[:0]
    few = stars.take(rows)
    known = [name for name in _HOVER if name in few]
    data = {name: few[name].to_numpy(dtype=float) for name in known}
    data["z"] = np.zeros(len(few)) if colour.is_density else colour.values[rows]
    names = few["name"] if "name" in few else few["spectrum_pk"]
    data["star"] = names.astype(str).to_numpy()
    vdims = ["z", "star", *(name for name in known if name not in (X.name, Y.name))]
    cmap = [palette.accent] if colour.is_density else colour.colours(palette.dark)
    shown = [(axis_label(n), f"@{n}{{{_DIGITS.get(n, '0.00')}}}") for n in known]
    if not (colour.is_density or colour.name in known):
        shown.append((colour.title, f"@z{{{colour.digits}}}"))
    return hv.Points(data, kdims=[X, Y], vdims=vdims).opts(
        color="z", cmap=cmap, clim=colour.limits(rows), size=5, line_color=None, alpha=0.85,
        tools=["hover"],
        hover_tooltips=[("star", "@star"), *shown],
    )  # fmt: skip


def cut_lines(cuts: Cuts, frame: Frame, palette: Palette) -> hv.Overlay:
    """The lines of criteria 1-3, those that are on.

    Parameters
    ----------
    cuts : Cuts
    frame : Frame
        The lines are drawn well beyond it.
    palette : Palette

    Returns
    -------
    holoviews.Overlay
        Three curves; one that is off is empty.
    """
    span = frame.x_range[1] - frame.x_range[0]
    x = np.array([frame.x_range[0] - span, frame.x_range[1] + span])
    level = None if cuts.abs_g_mag_min is None else (0.0, cuts.abs_g_mag_min)
    curves = []
    for line in (level, cuts.faint_line, cuts.bright_line):
        data = (x, cut_line(line, x)) if line is not None else ([], [])
        curves.append(
            hv.Curve(data, kdims=[X], vdims=[Y]).opts(
                color=palette.mark, line_width=1.4, line_dash="dashed"
            )
        )
    return hv.Overlay(curves)


def brush_outline(brush: Brush | Picked | None, palette: Palette) -> hv.Path:
    """The outline of the brush; empty without one that was drawn on the CMD."""
    here = _is_drawn_here(brush)
    outline = [np.array([*brush.vertices, brush.vertices[0]])] if here else []
    return hv.Path(outline, kdims=[X, Y]).opts(color=palette.accent, line_width=1.8)


def nowhere(column: str) -> dict[str, object]:
    """A path that is nowhere: HoloViews cannot colour an empty list of paths."""
    return {X.name: np.full(2, np.nan), Y.name: np.full(2, np.nan), column: 0.0}


def kept_outlines(kept: tuple[Kept, ...]) -> hv.Path:
    """Outlines of the kept selections that were drawn on the CMD, in their colours."""
    paths = []
    for place, one in enumerate(kept):
        if _is_drawn_here(one.brush):
            corners = np.array([*one.brush.vertices, one.brush.vertices[0]])
            paths.append({X.name: corners[:, 0], Y.name: corners[:, 1], "place": place})
    paths = paths or [nowhere("place")]
    return hv.Path(paths, kdims=[X, Y], vdims=["place"]).opts(
        color="place", cmap=list(KEPT_COLOURS), clim=(0, len(KEPT_COLOURS) - 1), line_width=2.2
    )


def brushed_stars(
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    brush: Brush | Picked | None,
    frame: Frame,
    palette: Palette,
) -> hv.Overlay:
    """The stars of a brush that was not drawn on the CMD, all in the accent.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    rows : ndarray (n,)
        The brushed ones that lie in the frame.
    brush : Brush, Picked or None
    frame : Frame
    palette : Palette

    Returns
    -------
    holoviews.Overlay
        An image where they are many and points where they are few; the other is empty, and both
        are where there is no such brush.
    """
    shown = rows[:0] if brush is None or _is_drawn_here(brush) else rows
    few = len(shown) <= POINT_LIMIT
    counts = np.full((2, 2), np.nan)
    if not few:
        counts, _ = count_and_mean(x[shown], y[shown], None, frame)
    points = shown if few else shown[:0]
    return _image(np.where(np.isfinite(counts), 1.0, np.nan), counts, frame).opts(
        cmap=[palette.accent], clim=(0, 1), tools=[]
    ) * hv.Points((x[points], y[points]), kdims=[X, Y]).opts(
        color=palette.accent, line_color=palette.background, line_width=0.5, size=7
    )


def _is_drawn_here(brush: Brush | Picked | None) -> bool:
    return isinstance(brush, Brush) and brush.plane == CMD_PLANE


def star_mark(stars: pd.DataFrame, row: int | None, palette: Palette) -> hv.Points:
    """A ring around the opened star; empty without one or where it has no place on the CMD."""
    where = [] if row is None else [(stars[X.name].iloc[row], stars[Y.name].iloc[row])]
    return hv.Points(where, kdims=[X, Y]).opts(
        color=None, line_color=palette.mark, line_width=2.5, size=14
    )


def _image(z: np.ndarray, counts: np.ndarray, frame: Frame) -> hv.Image:
    # HoloViews wants the first row at the top.
    data = np.dstack([z, counts]).astype(np.float32)[::-1]
    return hv.Image(data, kdims=[X, Y], vdims=["z", "n"], bounds=frame.bounds)


def _largest(values: np.ndarray) -> float:
    """Top of a density scale: at least one decade, so that single stars stay pale."""
    finite = values[np.isfinite(values)]
    return max(1.0, float(finite.max())) if finite.size else 1.0


def _raster_aids(title: str, limits: tuple[float, float], density: bool, single: bool):
    """A hook that labels the colour bar and silences what a raster of no cells cannot tell.

    Density is log10 inside and labelled in stars. Ticker and formatter stay the same objects
    and change inside: the browser does not notice when they are replaced.
    """
    if density and single:
        ticks, code = [], "return ''"
    elif density:
        ticks, code = [0, 1, 2, 3, 4, 5, 6], "return Math.round(10 ** tick).toLocaleString('en')"
    else:
        ticks = [float(tick) for tick in MaxNLocator(6).tick_values(*limits)]
        code = "return String(Math.round(tick * 1000) / 1000)"

    def apply(plot, _element) -> None:
        bar = plot.handles.get("colorbar")
        if bar is not None:
            if not isinstance(bar.formatter, CustomJSTickFormatter):
                bar.update(ticker=FixedTicker(), formatter=CustomJSTickFormatter())
            bar.ticker.ticks = ticks
            bar.formatter.code = code
            bar.title = "" if density and single else title
            bar.scale_alpha = 0.0 if density and single else 1.0
            bar.bar_line_alpha = 0.0
        hover = plot.handles.get("hover")
        if hover is not None:
            hover.renderers = [] if single else [plot.handles["glyph_renderer"]]

    return apply


def diagram_options(home: Frame, warning: str) -> dict[str, object]:
    """Options of the whole diagram: M_G0 down, brush tools, the home frame, a warning above."""
    return {
        "title": warning,
        "responsive": True,
        "min_height": 420,
        "invert_yaxis": True,
        "xlim": home.x_range,
        "ylim": home.y_range,
        "toolbar": "above",
        "default_tools": ["pan", "wheel_zoom", "box_zoom", "reset", "save"],
        "active_tools": ["wheel_zoom", "box_select"],
        "show_legend": False,
        "shared_axes": False,
    }
