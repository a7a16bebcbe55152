"""Words on the page: nothing from a catalogue is taken for HTML, ids keep every digit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import panel as pn
import pytest

from dashboard.catalog import Catalog
from dashboard.panes import brush_text, star_card
from dashboard.shell import header
from dashboard.sidebar import sidebar
from dashboard.state import Session
from dashboard.table import star_table
from slamcore.inference.flags import FLAGS
from slamcore.star_table import StarTable

HOSTILE = "<img src=x onerror=alert(1)>"
GAIA = 2767387380324493184


def catalog(simulated: bool, origin: str = "observed") -> Catalog:
    stars = pd.DataFrame(
        {
            "spectrum_pk": np.array([1, 2]),
            "name": [HOSTILE, "GJ 2"],
            "spectral_type": [HOSTILE, "M1"],
            "gaia_dr3_source_id": np.array([GAIA, -1]),
            "bp_rp_0": [2.5, 2.6],
            "abs_g_mag": [10.0, 10.3],
            "ruwe": [1.0, 1.1],
            "teff": [3400.0, np.nan],
            "spectrum_origin": [origin, "none"],
            "spectrum_row": [0, -1],
            "template": ["M3 [0.0, 0.5]", ""],
            "spectrum_notes": [HOSTILE, ""],
        }
    )
    info = SimpleNamespace(name=HOSTILE, release="", simulated=simulated)
    return Catalog(SimpleNamespace(stars=StarTable.of(stars), info=info))


@pytest.mark.parametrize("simulated", [True, False])
def test_names_are_text_and_the_badge_is_where_it_belongs(simulated):
    text = header(Session(), catalog(simulated)).object
    assert "<img" not in text
    assert ("SIMULATED" in text) == simulated
    assert "<b>2</b> / 2 stars" in text


@pytest.mark.parametrize(
    ("origin", "says"),
    [("observed", ""), ("template", "M3 [0.0, 0.5]"), ("simulated", "simulated")],
)
def test_the_card_escapes_and_names_whose_spectrum_it_is(origin, says):
    card = star_card(Session(star=1), catalog(origin == "simulated", origin)).object
    assert "<img" not in card
    assert str(GAIA) in card
    assert says in card
    assert ("chip warn" in card) == (origin != "observed")
    # A made-up id may be that of a real star.
    assert ("simbad" in card.lower()) == (origin != "simulated")


def labelled_catalog(source: str, flags: int) -> Catalog:
    """The same stars with labels of a source."""
    plain = catalog(False)
    stars = plain.stars.assign(e_teff=[56.4, np.nan], result_flags=flags, flag_bad=flags != 0)
    survey = SimpleNamespace(stars=StarTable.of(stars), info=plain.survey.info)
    return Catalog(survey, source, {"model": "our model", "catalogue": "the catalogue"})


def test_an_error_on_the_card_has_a_digit_that_tells():
    plain = catalog(False)
    stars = plain.stars.assign(logg=[4.8397, np.nan], e_logg=[0.0042, np.nan])
    survey = SimpleNamespace(stars=StarTable.of(stars), info=plain.survey.info)
    assert "4.840 ± 0.004 <small>dex" in star_card(Session(star=1), Catalog(survey)).object


@pytest.mark.parametrize("flags", [0, 1, 5, 127])
def test_the_card_says_whose_labels_they_are_and_what_is_wrong_with_ours(flags):
    card = star_card(Session(star=1), labelled_catalog("model", flags)).object
    assert "labels from our model" in card
    assert "3400 ± 56 <small>K</small>" in card
    for flag in FLAGS:
        assert (flag.text in card) == bool(flags & flag.bit)


def test_flags_of_the_catalogue_are_not_read_as_ours():
    """Their bits mean something else."""
    card = star_card(Session(star=1), labelled_catalog("catalogue", 127)).object
    assert "labels from the catalogue" in card
    assert not any(flag.text in card for flag in FLAGS)


def choices_of_source(session, catalog) -> list[pn.widgets.Select]:
    found = sidebar(session, catalog).select(pn.widgets.Select)
    return [one for one in found if "label-source" in one.css_classes]


@pytest.mark.parametrize("source", ["model", "catalogue"])
def test_the_sidebar_offers_the_sources_there_are(source):
    session = Session()
    choice = choices_of_source(session, labelled_catalog(source, 0))
    assert [widget.value for widget in choice] == [source]
    assert choice[0].options == {"our model": "model", "the catalogue": "catalogue"}
    other = {"model": "catalogue", "catalogue": "model"}[source]
    choice[0].value = other
    assert session.labels == other


def test_a_template_is_not_counted_as_a_spectrum():
    said = brush_text(catalog(False, "template"), Session()).object
    assert "0 with spectrum, 1 with a template" in said
    assert "1 with spectrum<" in brush_text(catalog(False), Session()).object


def test_one_source_is_no_choice():
    assert choices_of_source(Session(), catalog(False)) == []


def test_no_star_is_said():
    assert "No star opened" in star_card(Session(), catalog(False)).object


def test_ids_in_the_table_are_text():
    table = star_table(Session(), catalog(False), "Spectra")[1]
    assert table.value["gaia_dr3_source_id"].tolist() == [str(GAIA), ""]
