"""What the page derives from a survey and a viewer's choices."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from dataclasses import replace as changed

import numpy as np
import pandas as pd
import panel as pn
import pytest

from dashboard import store
from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.composites import COMPOSITE_LIMIT, Composites, draw_lots
from dashboard.figures.raster import Frame
from slamcore.io.label_files import LABELS_FILE, load_labels, save_labels
from slamcore.selection import PAPER, select
from slamcore.spectra import SpectrumBlock
from slamcore.star_table import StarTable
from slamcore.wavelength import boss_grid

N = 3000
EVERYWHERE = Brush.box((-9, -99, 9, 99))


@dataclass(frozen=True)
class Memory:
    """A survey in memory: every third star has a spectrum whose level is its row."""

    stars: pd.DataFrame

    def spectra(self, rows: np.ndarray) -> SpectrumBlock:
        grid = boss_grid()
        flux = np.outer(rows + 1, np.ones(len(grid))).astype(np.float32)
        return SpectrumBlock(grid, flux, np.ones_like(flux), np.full(len(rows), "observed"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    rng = np.random.default_rng(0)
    x = rng.uniform(1.5, 4, N)
    table = pd.DataFrame(
        {
            "spectrum_pk": 10**18 + np.arange(N),
            "bp_rp_0": x,
            "abs_g_mag": 8.2 + 2.9 * (x - 1.9) + rng.normal(0, 0.5, N),
            "ruwe": rng.uniform(0.9, 1.8, N),
            "teff": np.nan,
            "name": "",
            "sdss_id": -1,
            "spectrum_row": np.arange(N),
            "spectrum_origin": np.where(np.arange(N) % 3 == 0, "observed", "none"),
        }
    )
    return Catalog(Memory(StarTable.of(table)))


def test_rows_are_the_selection_within_the_brush(catalog):
    selection = select(catalog.stars, PAPER)
    assert np.array_equal(catalog.rows(PAPER, None), np.flatnonzero(selection.mask))
    brush = Brush.box((2, 8, 3, 11))
    rows = catalog.rows(PAPER, brush)
    assert set(rows) < set(catalog.rows(PAPER, None))
    assert brush.contains(catalog.x[rows], catalog.y[rows]).all()
    assert np.array_equal(catalog.rows(PAPER, EVERYWHERE), catalog.rows(PAPER, None))


def test_a_changed_cut_is_not_answered_from_memory(catalog):
    few = catalog.selection(changed(PAPER, ruwe_max=1.0)).count
    assert few < catalog.selection(PAPER).count


def test_composite_says_how_many_it_was_made_of(catalog):
    made = catalog.composite(PAPER, None)
    rows = catalog.rows(PAPER, None)
    available = int((rows % 3 == 0).sum())
    assert available > COMPOSITE_LIMIT
    assert (made.n, made.available) == (COMPOSITE_LIMIT, available)
    np.testing.assert_allclose(made.median, 1)


def test_lots_stay_with_their_stars_when_others_come(catalog):
    rows, keys = np.arange(N), catalog.stars["spectrum_pk"].to_numpy()
    of_all = draw_lots(rows, keys, 100)
    of_half = draw_lots(rows[::2], keys, 100)
    assert len(of_all) == len(of_half) == 100
    assert set(of_all[of_all % 2 == 0]) <= set(of_half)
    assert 30 < np.count_nonzero(of_all % 2) < 70  # no star is preferred for its place
    assert draw_lots(rows[:7], keys, 100).tolist() == rows[:7].tolist()


def test_spectra_kept_from_the_last_composite_are_those_of_the_store(catalog, monkeypatch):
    asked, read = [], Memory.spectra

    def recorded(self, rows):
        asked.append(len(rows))
        return read(self, rows)

    monkeypatch.setattr(Memory, "spectra", recorded)
    composites = Composites(catalog.survey)
    for rows in (np.arange(0, 90, 3), np.arange(30, 120, 3), np.arange(60), np.arange(60)):
        found = composites._spectra(rows)
        np.testing.assert_array_equal(found.flux[:, 0], rows + 1)
    assert asked[1] == 10  # the others were there
    assert asked[-1] == 0


def test_composite_of_an_empty_brush(catalog):
    assert catalog.composite(PAPER, Brush.box((-9, -9, -8, -8))).n == 0


def test_stepping_goes_round_the_brushed_stars_with_spectra(catalog):
    brush = Brush.box((2, 8, 2.3, 11))
    rows = catalog.rows(PAPER, brush)
    keys = [int(k) for k in catalog.stars["spectrum_pk"].iloc[rows[rows % 3 == 0]]]
    seen, key = [], None
    for _ in range(len(keys) + 1):
        key = catalog.neighbour(PAPER, brush, key, 1)
        seen.append(key)
    assert seen == [*keys, keys[0]]
    assert catalog.neighbour(PAPER, brush, keys[0], -1) == keys[-1]
    assert catalog.neighbour(PAPER, brush, 5, 1) == keys[0]  # not among them: the first
    assert catalog.neighbour(PAPER, Brush.box((-9, -9, -8, -8)), None, 1) is None


def test_a_tap_opens_the_nearest_selected_star_on_screen(catalog):
    row = int(catalog.rows(PAPER, None)[7])
    x, y = float(catalog.x[row]), float(catalog.y[row])
    frame = Frame((x - 0.1, x + 0.1), (y - 0.1, y + 0.1), 600, 600)
    assert catalog.nearest(PAPER, x + 1e-5, y, frame, 12) == row
    out = int(np.flatnonzero(~select(catalog.stars, PAPER).mask)[0])
    there = (float(catalog.x[out]), float(catalog.y[out]))
    tight = Frame((there[0] - 1e-4, there[0] + 1e-4), (there[1] - 1e-4, there[1] + 1e-4))
    assert catalog.nearest(PAPER, *there, tight, 12) is None  # a rejected star is not taken


def test_keys_find_their_rows_and_ids_stay_integers(catalog):
    assert catalog.row_of(10**18 + 5) == 5
    assert catalog.row_of(3) is None
    assert catalog.row_of(None) is None
    assert catalog.star(5)["spectrum_pk"] == 10**18 + 5


def test_columns_that_say_nothing_are_not_offered(catalog):
    assert catalog.is_known("ruwe")
    assert not any(map(catalog.is_known, ("teff", "name", "sdss_id", "no_such_column")))


def test_spectra_off_the_cmd_can_be_reached():
    table = pd.DataFrame(
        {
            "spectrum_pk": [1, 2, 3],
            "bp_rp_0": [2.0, np.nan, np.nan],
            "abs_g_mag": [9.0, np.nan, np.nan],
            "spectrum_origin": ["observed", "observed", "none"],
        }
    )
    assert Catalog(Memory(StarTable.of(table))).off_cmd.tolist() == [1]


@pytest.fixture
def served(labelled, tmp_path, monkeypatch):
    """The labelled survey as the server's; gives its folder."""
    shutil.copytree(labelled.survey.path, tmp_path / "survey")
    monkeypatch.setenv("SLAM_SURVEY", str(tmp_path / "survey"))
    yield tmp_path / "survey"
    pn.state.cache.pop("catalog", None)


@pytest.mark.usefixtures("served")
def test_each_source_of_labels_has_its_catalogue(labelled):
    ours, theirs = store.catalog("model"), store.catalog("catalogue")
    assert (ours.label_source, theirs.label_source) == ("model", "catalogue")
    assert list(ours.label_sources) == list(theirs.label_sources) == ["model", "catalogue"]
    np.testing.assert_array_equal(ours.stars["teff"], labelled.labels.table["teff"])
    np.testing.assert_array_equal(theirs.stars["teff"], labelled.survey.stars["teff"])
    assert store.catalog() is store.catalog("guess") is ours
    assert store.catalog("catalogue") is theirs  # opened once


def test_new_labels_are_seen_without_a_restart(served):
    before = store.catalog()
    table, info = load_labels(served)
    save_labels(served, table.assign(teff=3333.0).frame(), info)
    after = store.catalog()
    assert after is not before
    assert (after.stars["teff"] == 3333).all()
    (served / LABELS_FILE).unlink()
    assert store.catalog("model").label_source == "catalogue"
