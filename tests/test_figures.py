"""Figures: what is drawn is what the arrays say."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd
import pytest

from dashboard.brush import Brush
from dashboard.figures import cmd, composite, spectrum, star
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
        image = cmd.selected_stars(table, rows, DENSITY, FRAME, LIGHT)
        points = cmd.single_stars(table, rows, DENSITY, LIGHT)
        drawn = np.nansum(image.dimension_values("n"))
        assert drawn + len(points) == n
        assert (len(points) == 0) == (n > cmd.POINT_LIMIT)


def test_keys_of_18_digits_stay_exact_in_the_tooltip():
    points = cmd.single_stars(stars(3), np.arange(3), by("teff", stars(3)), LIGHT)
    assert points.dimension_values("star")[2] == str(10**18 + 2)


def test_m_g_runs_down_and_the_raster_is_not_upside_down():
    table = pd.DataFrame(
        {"bp_rp_0": [1.2] * 4000, "abs_g_mag": [14.5] * 4000, "spectrum_pk": range(4000)}
    )
    image = cmd.selected_stars(table, np.arange(4000), DENSITY, FRAME, LIGHT)
    where = image.dframe().dropna().iloc[0]
    assert where["abs_g_mag"] == pytest.approx(14.5, abs=0.1)
    assert where["bp_rp_0"] == pytest.approx(1.2, abs=0.05)
    assert cmd.diagram_options(FRAME, "")["invert_yaxis"]


def test_lines_of_cuts_lie_where_the_paper_puts_them():
    level, faint, bright = cmd.cut_lines(PAPER, FRAME, LIGHT).values()
    for curve, at in ((level, 6.0), (faint, 3.75 * 2 + 7.5), (bright, 3.28 * 2 + 0.1)):
        x, y = curve.dimension_values(0), curve.dimension_values(1)
        assert np.interp(2.0, x, y) == pytest.approx(at)
    off = cmd.cut_lines(Cuts(abs_g_mag_min=None, faint_line=None), FRAME, LIGHT).values()
    assert [len(curve) for curve in off] == [0, 0, 2]


def test_the_brush_is_drawn_closed():
    outline = cmd.brush_outline(Brush.box((2, 9, 3, 8)), LIGHT).split()[0]
    x = outline.dimension_values(0)
    assert len(x) == 5
    assert x[0] == x[-1]
    assert len(cmd.brush_outline(None, LIGHT)) == 0


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
    for row in star.figure(star.StarView(None)).panels:
        drawn = [layer for layer in row[0].layers if getattr(layer, "role", "") == "spectrum"]
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


def test_figures_render():
    """With Bokeh, as on the page; a wrong option would raise here."""
    renderer = hv.renderer("bokeh")
    table, rows = stars(4000), np.arange(4000)
    overlay = (
        cmd.all_stars(table["bp_rp_0"].to_numpy(), table["abs_g_mag"].to_numpy(), FRAME, LIGHT)
        * cmd.selected_stars(table, rows, by("teff", table), FRAME, LIGHT)
        * cmd.single_stars(table, rows, by("teff", table), LIGHT)
        * cmd.cut_lines(PAPER, FRAME, LIGHT)
        * cmd.brush_outline(Brush.box((2, 9, 3, 8)), LIGHT)
        * cmd.star_mark(table, 3, LIGHT)
    ).opts(**cmd.diagram_options(FRAME, "SIMULATED"))
    figure = renderer.get_plot(overlay).state
    assert figure.y_range.start > figure.y_range.end
    assert figure.title.text == "SIMULATED"
    grid = boss_grid()
    flat = Composite(grid, grid * 0 + 1, grid * 0 + 0.9, grid * 0 + 1.1, 2, 2, 0)
    panel = composite.figure(flat, ("SIMULATED",)).panels[0][0]
    assert panel.x.limits == (3800, 9800)
    np.testing.assert_array_equal(panel.layers[1].y, 1)
