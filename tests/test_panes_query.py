"""What a viewer takes along: tables that open right, queries of what is selected now."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import panel as pn
import pytest
from astropy.table import Table

from dashboard.added import Added
from dashboard.brush import Brush, Picked
from dashboard.panes_query import LANGUAGES, query_text, take_along
from dashboard.state import Session
from dashboard.store import catalog_at
from dashboard.taken import taken_table
from slamcore.queries import MOST_KEYS
from slamcore.selection import PAPER


@pytest.fixture(scope="module")
def catalog(paper_survey):
    return catalog_at(paper_survey, "model")


def test_a_taken_table_has_filter_and_added_columns_and_exact_ids(catalog):
    session = Session(columns=(Added("m_k", "k_mag + 5 * log10(plx / 100)"),))
    session.edit_cut(where="teff < 3600")
    rows = catalog.rows(session.cuts, None)
    content = taken_table(catalog, rows, session.cuts, session.columns, ".fits")
    table = Table.read(BytesIO(content), format="fits")
    for name in ("spectrum_pk", "gaia_dr3_source_id"):
        assert table[name].tolist() == catalog.stars[name].to_numpy()[rows].tolist()
    np.testing.assert_array_equal(table["teff"], catalog.stars["teff"].to_numpy()[rows])
    k, plx = (catalog.stars[name].to_numpy()[rows] for name in ("k_mag", "plx"))
    np.testing.assert_allclose(table["m_k"], k + 5 * np.log10(plx / 100), rtol=1e-5)
    assert str(table["teff"].unit) == "K"
    assert "SIMULATED" in str(table.meta["comments"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_query_follows_the_selection_and_says_simulated(catalog, language):
    session = Session()
    session.edit_cut(ruwe_max=1.17)
    text = query_text(language, session, catalog)
    assert "1.17" in text
    assert "SIMULATED stars" in text
    session.choose(brush=Picked.of(catalog.stars["spectrum_pk"].to_numpy()[:2]))
    picked = query_text(language, session, catalog)
    key = "gaia_dr3_source_id" if language == "Gaia archive" else "spectrum_pk"
    assert all(str(one) in picked for one in catalog.stars[key].to_numpy()[:2])


def test_a_brush_in_a_plane_of_references_lists_its_stars(catalog):
    brush = Brush.box((0, -80, 90, 500), ("snr", "teff - birky2020.teff"))
    session = Session(brush=brush)
    keys = catalog.stars["spectrum_pk"].to_numpy()[catalog.rows(PAPER, brush)]
    assert 0 < len(keys) < MOST_KEYS
    for language in ("STILTS", "ADQL"):
        assert all(str(key) in query_text(language, session, catalog) for key in keys)


def test_too_many_picked_stars_are_told(catalog):
    session = Session(brush=Picked.of(range(1, MOST_KEYS + 2)))
    for language in LANGUAGES:
        text = query_text(language, session, catalog)
        assert "save their table instead" in text
        assert text.startswith("#" if language in ("Python", "STILTS") else "--")


def test_the_window_is_written_when_open_and_follows(catalog):
    session = Session()
    view = take_along(session, catalog)
    find = {w.css_classes[-1]: w for w in view.select(pn.widgets.Widget)}
    assert find["query-text"].value == ""
    find["queries"].clicks += 1
    assert "Cuts()" in find["query-text"].value
    session.edit_cut(ruwe_max=1.3)
    assert "ruwe_max=1.3" in find["query-text"].value
    find["query-language"].value = "Gaia archive"
    assert "gaiadr3.gaia_source" in find["query-text"].value
