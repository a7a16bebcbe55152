"""Words on the page: nothing from a catalogue is taken for HTML, ids keep every digit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dashboard.catalog import Catalog
from dashboard.panes import star_card
from dashboard.shell import header
from dashboard.state import Session
from dashboard.table import star_table
from slamcore.selection import PAPER

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
    return Catalog(SimpleNamespace(stars=stars, info=info))


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


def test_no_star_is_said():
    assert "No star opened" in star_card(Session(), catalog(False)).object


def test_ids_in_the_table_are_text():
    table = star_table(Session(), catalog(False), PAPER, None)[1]
    assert table.value["gaia_dr3_source_id"].tolist() == [str(GAIA), ""]
