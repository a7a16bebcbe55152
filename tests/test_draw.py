"""Figures drawn for page and print: what is described is what is there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import BoxAnnotation, ColorBar, Label, Legend, LinearColorMapper
from matplotlib._pylab_helpers import Gcf
from matplotlib.image import AxesImage

from dashboard.bundle import picture
from dashboard.figures.cells import is_counted
from dashboard.figures.draw_bokeh import Drawing, structure_of
from dashboard.figures.draw_matplotlib import SETTINGS, WIDTHS, draw
from dashboard.figures.layout import (
    beyond_frame,
    colour_bars,
    drawn_labels,
    free_corner,
    limits_of,
)
from dashboard.figures.look import look_of
from dashboard.figures.plot import (
    ROLES,
    Axis,
    Band,
    Figure,
    Line,
    Note,
    Panel,
    Points,
    Steps,
    Surface,
    Usable,
    axis_of,
    lacking,
)
from dashboard.figures.registry import FIGURES, make_figure
from dashboard.store import catalog_at
from dashboard.style import DARK, LIGHT
from slamcore.checks import Check
from slamcore.selection import PAPER, Cuts

FAILED = Check("stars", 1, 2, 0.1, "a test")
PASSED = Check("stars", 2, 2, 0.1, "a test")


def every_layer(n: int = 200, seed: int = 0, colour: str = "snr") -> Figure:
    """A figure of two rows with all kinds of layers, reversed and logarithmic axes."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(3000, 4000, n), rng.normal(0, 100, n)
    errors = Panel(
        axis_of("teff", reversed=True),
        Axis("ΔTeff", "K"),
        (
            Usable(3100, 3900),
            Points(x, y, "stars", "single", e_x=np.full(n, 20.0), e_y=np.full(n, 60.0)),
            Line(np.array([2900.0, 4100.0]), np.zeros(2), "zero"),
            Note(f"N = {n}"),
        ),
        "errors",
    )
    s = np.geomspace(2, 60, 50)
    law = Panel(
        Axis("SNR", log=True),
        Axis("scatter", "K", log=True),
        (
            Band(s, 300 / s, 500 / s, "error", "1σ"),
            Line(s, 400 / s, "fit", "fit"),
            Points(np.geomspace(2, 60, 4000), np.geomspace(500, 5, 4000), "all", "stars"),
        ),
    )
    xx, yy = np.linspace(3000, 4000, 20), np.linspace(-1, 0.5, 15)
    z = np.sin(xx / 200) * yy[:, None]
    z[0, 0] = np.nan
    surface = Panel(
        axis_of("teff"), axis_of("fe_h"), (Surface(xx, yy, z, "Δ[Fe/H] [dex]", (-0.3, 0, 0.3)),)
    )
    counts, edges = np.histogram(y, 20)
    bins = Panel(Axis("Δ", "K"), Axis("count"), (Steps(edges, counts, "test", "test set"),))
    c = rng.normal(2.5, 0.6, 5000)
    cmd = Panel(
        axis_of("bp_rp_0", limits=(0.5, 5.0)),
        axis_of("abs_g_mag", limits=(3.0, 17.0), reversed=True),
        (
            Points(c, 3 * c + 2, "stars", colour=1000 * c, colour_by="teff", rows=np.arange(5000)),
            *(Line(s, s + k, "isochrone", f"[M/H] {k}") for k in range(4)),
            Usable(5, 12, "y"),
        ),
    )
    coloured = Panel(
        axis_of("fe_h"),
        axis_of("logg"),
        (Points(y / 100, y / 100, "test", colour=x, colour_by=colour, rows=np.arange(n)),),
    )
    rows = ((errors, law, surface), (bins, cmd, coloured))
    return Figure("figure99", "All layers", rows, "Made up.", (PASSED, FAILED), ("SIMULATED",))


@pytest.fixture(scope="module")
def catalog(labelled):
    return catalog_at(labelled.survey.path)


def sources(drawing: Drawing) -> list[dict]:
    return [
        dict(renderer.data_source.data)
        for plot in drawing.plots.values()
        for renderer in plot.renderers
    ]


def glyphs(plot, kind: str) -> list:
    return [renderer for renderer in plot.renderers if type(renderer.glyph).__name__ == kind]


def printed(figure: Figure):
    with mpl.rc_context(SETTINGS):
        sheet = draw(figure)
        sheet.canvas.draw()
    return sheet


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_role_has_a_look_and_every_layer_a_place_on_the_page(palette):
    for role in ROLES:
        assert look_of(role, palette).colour.startswith("#")
    with pytest.raises(ValueError, match="expected one of all, rejected"):
        look_of("unknown", palette)
    figure = every_layer()
    drawing = Drawing(figure, palette, regions=True)
    document = Document()
    document.add_root(drawing.view)
    document.to_json()
    kinds = {type(model).__name__ for model in document.models}
    assert kinds >= {
        *("Scatter", "Segment", "Line", "VArea", "Quad", "Image", "MultiLine", "BoxAnnotation"),
        *("Label", "Legend", "ColorBar", "HoverTool", "LassoSelectTool", "LogAxis"),
    }


def test_the_page_shows_the_arrays_axes_notes_and_marks():
    figure = every_layer()
    plots = Drawing(figure, LIGHT).plots
    errors, cmd = plots[0, 0], plots[1, 1]
    points = figure.panels[0][0].layers[1]
    drawn = glyphs(errors, "Scatter")[0]
    np.testing.assert_array_equal(drawn.data_source.data["x"], points.x)
    np.testing.assert_array_equal(drawn.data_source.data["y"], points.y)
    bars = [bar.data_source.data for bar in glyphs(errors, "Segment")]
    np.testing.assert_allclose(bars[0]["x1"] - bars[0]["x0"], 40)
    np.testing.assert_allclose(bars[1]["y1"] - bars[1]["y0"], 120)
    assert errors.x_range.start > errors.x_range.end
    assert cmd.y_range.start == 17
    assert cmd.y_range.end == 3
    assert [part.text for part in errors.center if isinstance(part, Label)] == ["N = 200"]
    box = next(part for part in errors.center if isinstance(part, BoxAnnotation))
    assert (box.left, box.right) == (3100, 3900)
    assert errors.title.text == "errors · SIMULATED"
    assert plots[0, 1].title.text == "1 OF 2 CHECKS FAILED"
    image, stars = glyphs(cmd, "Image")[0], figure.panels[1][1].layers[0]
    inside = (stars.x >= 0.5) & (stars.x <= 5) & (stars.y >= 3) & (stars.y <= 17)
    assert np.nansum(image.data_source.data["n"][0]) == inside.sum()
    assert len({str(line.glyph.line_dash) for line in glyphs(cmd, "Line")}) == 4
    bar = next(part for part in cmd.right if isinstance(part, ColorBar))
    assert bar.title == "Teff [K]"
    assert (bar.color_mapper.low, bar.color_mapper.high) == (2900, 4200)
    assert len(next(part for part in cmd.center if isinstance(part, Legend)).items) == 4


def test_a_drawing_changes_in_place_into_what_would_be_drawn_anew():
    first, second = every_layer(), every_layer(150, seed=1)
    drawing = Drawing(first, LIGHT)
    models = list(drawing.plots.values())
    drawing.show(replace(second, marks=()))
    assert list(drawing.plots.values()) == models
    for changed, anew in zip(sources(drawing), sources(Drawing(second, LIGHT)), strict=True):
        assert changed.keys() == anew.keys()
        for name in changed:
            for one, other in zip(changed[name], anew[name], strict=True):
                np.testing.assert_array_equal(one, other)
    notes = [part.text for part in drawing.plots[0, 0].center if isinstance(part, Label)]
    assert notes == ["N = 150"]
    assert drawing.plots[0, 0].title.text == "errors · 1 OF 2 CHECKS FAILED"
    mappers = [r.glyph.color_mapper for r in drawing.plots[0, 2].renderers[:1]]
    assert all(isinstance(mapper, LinearColorMapper) for mapper in mappers)


def test_another_structure_is_refused():
    figure = every_layer()
    drawing = Drawing(figure, LIGHT)
    for other in (every_layer(colour="ruwe"), every_layer(4000), replace(figure, panels=())):
        assert structure_of(other) != structure_of(figure)
        with pytest.raises(ValueError, match="structure"):
            drawing.show(other)
    with pytest.raises(ValueError, match="no pairs"):
        Drawing(lacking("figure02", "Pairs", "the survey has no pairs"), LIGHT)


def test_a_zoomed_view_stays_while_the_limits_do():
    figure = every_layer()
    drawing = Drawing(figure, LIGHT)
    cmd = drawing.plots[1, 1]
    cmd.x_range.update(start=2, end=3)
    drawing.show(every_layer(seed=1))
    assert (cmd.x_range.start, cmd.x_range.end) == (2, 3)


def test_print_has_the_widths_axes_and_marks():
    figure = every_layer()
    sheet = printed(figure)
    assert sheet.get_figwidth() == WIDTHS[1]
    assert sheet.get_suptitle() == "SIMULATED · 1 OF 2 CHECKS FAILED"
    axes = sheet.axes
    assert axes[0].xaxis_inverted()
    assert axes[4].yaxis_inverted()
    assert axes[4].get_ylim() == (17, 3)
    assert (axes[1].get_xscale(), axes[1].get_yscale()) == ("log", "log")
    assert "T_{" in axes[0].get_xlabel()
    assert "N = 200" in [text.get_text() for text in axes[0].texts]
    assert any(isinstance(image, AxesImage) for image in axes[4].images)
    one = printed(replace(figure, panels=((figure.panels[0][0],),), marks=(), checks=()))
    assert one.get_figwidth() == WIDTHS[0]
    assert one.get_suptitle() == ""
    with pytest.raises(ValueError, match="no pairs"):
        draw(lacking("figure02", "Pairs", "the survey has no pairs"))


def test_print_leaves_no_trace_in_the_process():
    before = dict(mpl.rcParams)
    printed(every_layer())
    assert dict(mpl.rcParams) == before
    assert Gcf.figs == {}


def test_ninety_thousand_stars_are_a_small_pdf_with_its_fonts():
    rng = np.random.default_rng(0)
    x = rng.normal(2.5, 0.6, 90_000)
    stars = Points(x, 3 * x + rng.normal(2, 0.5, 90_000), "selected", "stars")
    figure = Figure("figure01", "CMD", ((Panel(Axis("x"), Axis("y"), (stars,)),),))
    out = BytesIO()
    with mpl.rc_context(SETTINGS):
        draw(figure).canvas.print_figure(out, format="pdf")
    assert len(out.getvalue()) < 200_000
    assert b"/CIDFontType2" in out.getvalue()
    assert b"/Type3" not in out.getvalue()


def test_pictures_made_at_once_are_those_made_one_by_one():
    figures = [replace(every_layer(seed=k), panels=every_layer(seed=k).panels[:1]) for k in (0, 1)]
    alone = [picture(figure, 40) for figure in figures]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda figure: picture(figure, 40), figures)) == alone
    assert alone[0] != alone[1]


@pytest.mark.parametrize("key", FIGURES)
def test_both_draw_every_figure_of_the_paper(key, catalog):
    figure = make_figure(key, catalog.sample(PAPER))
    if figure.missing:
        with pytest.raises(ValueError, match="expected a figure with panels"):
            Drawing(figure, LIGHT)
        return
    drawing = Drawing(figure, DARK)
    assert len(drawing.plots) == sum(map(len, figure.panels))
    assert "SIMULATED" in drawing.plots[0, 0].title.text
    drawing.show(figure)
    assert "SIMULATED" in printed(figure).get_suptitle()


def test_cuts_other_than_the_papers_stand_on_the_face(catalog):
    figure = make_figure("figure01", catalog.sample(Cuts(ruwe_max=1.2)))
    assert "CUTS OTHER THAN THE PAPER'S" in Drawing(figure, LIGHT).plots[0, 0].title.text
    assert "CUTS OTHER THAN THE PAPER'S" in printed(figure).get_suptitle()


def test_limits_hold_all_data_or_are_those_of_the_axis():
    x, y = np.array([1.0, np.nan, 3.0]), np.array([10.0, 5.0, 1000.0])
    points = Points(x, y)
    (left, right), (low, high) = limits_of(
        Panel(Axis("x"), Axis("y", limits=(0.0, 50.0)), (points,))
    )
    assert left < 1 < 3 < right
    assert (low, high) == (0, 50)
    _, (low, high) = limits_of(Panel(Axis("x"), Axis("y", log=True), (points,)))
    assert 0 < low < 5 < 1000 < high
    assert limits_of(Panel(Axis("x"), Axis("y", log=True), ())) == ((0, 1), (1, 10))
    bins = Panel(Axis("x"), Axis("n"), (Steps(np.arange(4.0), np.array([5, 9, 2]), "test"),))
    (_, _), (low, high) = limits_of(bins)
    assert low == 0
    assert high > 9


def test_the_legend_goes_where_nothing_is():
    along = np.linspace(0, 1, 100)
    rising = (Points(along, along), Note("N", "top left"))
    assert free_corner(Panel(Axis("x"), Axis("y"), rising)) == "bottom right"
    assert free_corner(Panel(Axis("x"), Axis("y", reversed=True), rising)) == "top right"


def test_the_legend_tells_only_what_is_drawn():
    some, none = np.zeros(2), np.zeros(0)
    layers = (
        Points(none, none, label="empty"),
        Points(some, some, label="points"),
        Steps(np.arange(4.0), np.zeros(3), "test", "steps"),
    )
    panel = Panel(Axis("x"), Axis("y"), layers)
    assert drawn_labels(panel) == {"points", "steps"}
    drawing = Drawing(Figure("f", "F", ((panel,),)), LIGHT)
    legend = drawing.plots[0, 0].select_one(Legend)
    assert {item.name: item.visible for item in legend.items} == {
        "empty": False,
        "points": True,
        "steps": True,
    }


def test_marks_beyond_the_frames_are_counted():
    points = Points(np.array([0.5, 2.0, np.nan]), np.array([0.5, 0.5, 0.5]))
    axis = Axis("x", limits=(0.0, 1.0))
    assert beyond_frame(Figure("f", "F", ((Panel(axis, axis, (points,)),),))) == 1


def test_one_colour_bar_tells_a_row_of_one_column():
    def panel(by: str) -> Panel:
        points = Points(np.zeros(2), np.zeros(2), colour=np.zeros(2), colour_by=by)
        return Panel(Axis("x"), Axis("y"), (points,))

    row = (panel("snr"), panel("snr"), panel("teff"))
    assert [bar is None for bar in colour_bars(row)] == [True, False, False]


def test_layers_of_one_panel_are_counted_together():
    def points(n: int, **options) -> Points:
        return Points(np.zeros(n), np.zeros(n), **options)

    many, some, few = points(2500), points(600), points(100)
    bins = points(600, e_y=np.zeros(600))
    panel = Panel(Axis("x"), Axis("y"), (many, some, few, bins))
    assert [is_counted(layer, panel) for layer in panel.layers] == [True, True, False, False]
    alone = Panel(Axis("x"), Axis("y"), (many,))
    assert not is_counted(many, alone)
