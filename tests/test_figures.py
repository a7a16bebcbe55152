"""Figures: what is drawn is what the arrays say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bokeh.models import ColorBar, HoverTool

from dashboard.brush import Brush
from dashboard.figures import cmd, composite, spectrum, star
from dashboard.figures.cmd_plot import CmdPlot
from dashboard.figures.colour import DENSITY, Colour
from dashboard.figures.lines import BANDS, LINES
from dashboard.figures.raster import Frame, count_and_mean, rows_in_frame
from dashboard.style import LIGHT, colour_map, colour_range
from slamcore.composite import Composite
from slamcore.selection import PAPER, Cuts
from slamcore.spectra import SpectrumBlock
from slamcore.wavelength import boss_grid

FRAME = Frame((1.0, 4.0), (6.0, 15.0), 300, 400)


def stars(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    x = rng.uniform(1.0, 4.0, n)
    return pd.DataFrame(
        {
            "spectrum_pk": np.arange(n) + 10**18,
            "bp_rp_0": x,
            "abs_g_mag": rng.uniform(6.0, 15.0, n),
            "teff": 4000 - 300 * x,
        }
    )


@pytest.mark.parametrize("n", [1, 100, 50_000])
def test_every_star_is_counted_once(n):
    table = stars(n)
    counts, mean = count_and_mean(
        table["bp_rp_0"].to_numpy(), table["abs_g_mag"].to_numpy(), None, FRAME
    )
    assert np.nansum(counts) == n
    assert mean is None


def test_first_row_is_the_low_end_and_means_are_means():
    counts, mean = count_and_mean(
        np.array([1.1, 1.1, 3.9]), np.array([6.1, 6.1, 14.9]), np.array([1.0, 3.0, np.nan]), FRAME
    )
    assert counts[:5, :20].sum(where=np.isfinite(counts[:5, :20])) == 2
    assert np.nanmax(mean) == 2
    assert np.isfinite(mean).sum() == 1


def test_stars_beyond_the_frame_are_not_drawn():
    x, y = np.array([0.5, 2.0, 2.0]), np.array([10.0, 10.0, 20.0])
    assert rows_in_frame(x, y, np.arange(3), FRAME).tolist() == [1]


def places(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Places of stars on the CMD."""
    return table["bp_rp_0"].to_numpy(), table["abs_g_mag"].to_numpy()


def by(column: str, table: pd.DataFrame) -> Colour:
    """Stars coloured by a column."""
    return Colour(column, table[column].to_numpy(dtype=float), column)


def test_cells_grow_when_stars_are_few():
    assert FRAME.cells(10**7) == (300, 400)
    assert FRAME.cells(100) == (100, 133)


def test_few_stars_are_points_and_many_are_a_raster():
    """No star is lost between the two, nor drawn twice."""
    for n in (cmd.POINT_LIMIT, cmd.POINT_LIMIT + 1):
        table, rows = stars(n), np.arange(n)
        cells = cmd.selected_stars(*places(table), rows, DENSITY, FRAME)
        points = cmd.single_stars(table, rows, DENSITY)
        drawn = sum(counts.sum() for counts in cells["n"])
        assert drawn + len(points["star"]) == n
        assert (len(points["star"]) == 0) == (n > cmd.POINT_LIMIT)


def test_keys_of_18_digits_stay_exact_in_the_tooltip():
    points = cmd.single_stars(stars(3), np.arange(3), by("teff", stars(3)))
    assert points["star"][2] == str(10**18 + 2)


def test_m_g_runs_down_and_the_raster_is_not_upside_down():
    table = pd.DataFrame(
        {"bp_rp_0": [1.2] * 4000, "abs_g_mag": [14.5] * 4000, "spectrum_pk": range(4000)}
    )
    cells = cmd.selected_stars(*places(table), np.arange(4000), DENSITY, FRAME)
    (row,), (column,) = np.nonzero(cells["n"][0])
    rows, columns = cells["n"][0].shape
    assert cells["y"][0] + (row + 0.5) / rows * cells["dh"][0] == pytest.approx(14.5, abs=0.1)
    assert cells["x"][0] + (column + 0.5) / columns * cells["dw"][0] == pytest.approx(
        1.2, abs=0.05
    )
    plot = CmdPlot(FRAME, LIGHT, "").plot
    assert plot.y_range.start > plot.y_range.end


def test_lines_of_cuts_lie_where_the_paper_puts_them():
    lines = cmd.cut_lines(PAPER, FRAME)
    expected = (6.0, 3.75 * 2 + 7.5, 3.28 * 2 + 0.1)
    for x, y, at in zip(lines["xs"], lines["ys"], expected, strict=True):
        assert np.interp(2.0, x, y) == pytest.approx(at)
    off = cmd.cut_lines(Cuts(abs_g_mag_min=None, faint_line=None), FRAME)
    assert len(off["xs"]) == 1
    assert np.interp(2.0, off["xs"][0], off["ys"][0]) == pytest.approx(3.28 * 2 + 0.1)


def test_the_brush_is_drawn_closed():
    (x,), (y,) = cmd.brush_outline(Brush.box((2, 9, 3, 8))).values()
    assert len(x) == 5
    assert (x[0], y[0]) == (x[-1], y[-1])
    assert cmd.brush_outline(None) == {"xs": [], "ys": []}


def test_a_frame_of_nothing_is_still_a_frame():
    frame = cmd.frame_of(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
    assert frame.x_range[0] < frame.x_range[1]


def test_masked_pixels_break_the_curve_and_are_marked():
    grid = boss_grid()
    flux, ivar = np.ones((2, 1, len(grid)), dtype=np.float32)
    ivar[0, 10:20] = 0
    block = SpectrumBlock(grid, flux, ivar, np.array(["observed"]))
    band, masked, curve, model = star.figure(star.StarView(block)).panels[0][0].layers[:4]
    assert np.isnan(curve.y).sum() == 10
    assert len(masked.x) == 10
    assert len(band.x) == len(grid) - 10
    np.testing.assert_allclose(band.low, 0)
    np.testing.assert_allclose(band.high, 2)
    assert len(model.x) == 0


def test_a_star_without_spectrum_and_an_empty_composite_draw_nothing():
    # No model: neither residuals nor pull, and the wavelength is told below the flux.
    ((panel,),) = star.figure(star.StarView(None)).panels
    assert panel.x.label == "vacuum wavelength, rest frame"
    drawn = [layer for layer in panel.layers if getattr(layer, "role", "") == "spectrum"]
    assert [len(layer.x) for layer in drawn] == [0]
    nothing = np.full(5, np.nan)
    empty = Composite(np.arange(5.0), nothing, nothing, nothing, 0, 0, 0)
    band, line = composite.figure(empty, ()).panels[0][0].layers[:2]
    assert (len(band.x), len(line.x)) == (0, 0)


def test_flux_axis_ignores_the_noise_at_the_ends():
    flux = np.ones(4000)
    flux[:5] = 1e4
    low, high = spectrum.flux_limits(flux)
    assert low <= 0 < 1 < high < 10
    assert spectrum.flux_limits(np.full(3, np.nan)) == (0, 1)


def test_marks_are_in_vacuum():
    """Air 6562.80 is 6564.6 in vacuum; K I 7698.96 is 7701.1, Na I 8194.82 is 8197.1."""
    at = dict(LINES)
    assert at["Hα"] == pytest.approx(6564.61, abs=0.05)
    assert at["K I"] == pytest.approx(7701.08, abs=0.05)
    assert at["Na I"] == pytest.approx(8197.07, abs=0.05)
    assert all(start < end for _, start, end in BANDS)


def test_the_same_range_for_a_label_everywhere():
    assert colour_range("teff", np.array([1.0])) == colour_range("teff", np.array([9e9]))
    assert colour_range("ebv", np.full(3, np.nan)) == (0, 1)
    assert all(c.startswith("#") for c in colour_map("teff", dark=True))


def test_the_plot_of_the_cmd_tells_what_its_colours_mean():
    """Many stars have a raster, few have marks, and the bar belongs to what is drawn."""
    table, drawn = stars(4000), CmdPlot(FRAME, LIGHT, "SIMULATED")
    x, y = places(table)
    drawn.fill_all_stars(cmd.all_stars(x, y, FRAME))

    def show(rows, colour) -> ColorBar:
        cells = cmd.selected_stars(x, y, rows, colour, FRAME)
        points = cmd.single_stars(table, rows, colour)
        drawn.fill_selected(cells, points, colour, colour.limits(rows))
        return drawn.plot.select_one(ColorBar)

    bar = show(np.arange(4000), DENSITY)
    assert bar.visible
    assert (bar.color_mapper.low, bar.title) == (0.0, "stars per cell")
    bar = show(np.arange(4000), by("teff", table))
    assert (bar.color_mapper.low, bar.color_mapper.high) == colour_range("teff", np.zeros(0))
    assert bar.title == "teff"
    told = [line for hover in drawn.plot.select(HoverTool) for line in hover.tooltips]
    assert ("mean teff", "@z{0}") in told
    bar = show(np.arange(5), DENSITY)
    assert not bar.visible
    assert drawn.plot.title.text == "SIMULATED"


def test_a_layer_is_told_anew_only_where_there_is_or_was_something():
    drawn, told = CmdPlot(FRAME, LIGHT, ""), []
    outline = drawn.plot.select_one({"name": "outline"}).data_source
    for brush in (None, Brush.box((2, 9, 3, 8)), None, None):
        before = outline.data
        drawn.fill("outline", cmd.brush_outline(brush))
        told.append(outline.data is not before)
    assert told == [False, True, True, False]
