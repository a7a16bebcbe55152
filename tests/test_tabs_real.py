"""The tabs of comparisons on real stars: Birky et al. (2020) with ASPCAP DR14 and Mann (2015)."""

from __future__ import annotations

import pytest

from dashboard.catalog import Catalog
from dashboard.panes_aspcap import CorrectionRoom
from dashboard.panes_literature import Comparisons
from dashboard.state import Session
from dashboard.style import LIGHT
from dashboard.tabs import aspcap, literature
from slamcore.build import build_survey
from slamcore.io.survey_parts import save_part
from slamcore.io.tables import read_stars
from slamcore.literature import CATALOGUES
from slamcore.literature.table import read_literature
from slamcore.selection import PAPER
from slamcore.survey import open_survey


@pytest.fixture(scope="module")
def catalog(realdata, tmp_path_factory) -> Catalog:
    """Birky's stars and labels, with the labels of ASPCAP that they give beside their own."""
    file = realdata / "catalogs" / "birky2020_table6_safe.csv.gz"
    folder = tmp_path_factory.mktemp("real") / "birky"
    build_survey(read_stars(file), [], folder)
    theirs = next(one for one in CATALOGUES if one.name == "aspcap_dr14")
    save_part(folder, "literature/aspcap_dr14", read_literature(file, theirs).data, {})
    return Catalog(open_survey(folder))


def test_mann_is_hotter_and_aspcap_is_metal_poor(catalog):
    """By 138 K for the relation inside its range, and by 0.2 dex for ASPCAP."""
    made = Comparisons(Session(tab="Literature"), catalog, LIGHT, "Literature")
    assert catalog.references.names == ("aspcap_dr14", "mann")
    mann = made._one("mann").found
    assert mann.n > 4000
    assert mann.bias.value == pytest.approx(-138, abs=10)
    made.label = "fe_h"
    assert made._one("aspcap_dr14").found.bias.value == pytest.approx(0.2, abs=0.06)
    summary = made._summary()
    assert "ASPCAP DR14" in summary
    assert "Behmard" in summary[summary.index("Not in this survey") :]


def test_the_correction_is_refitted_to_real_stars(catalog):
    room = CorrectionRoom(Session(tab="ASPCAP"), catalog, "ASPCAP")
    study = room._study()
    assert study.in_sample.sum() > 4000
    after = study.residuals(study.fit.surface)
    assert abs(after.comparison.bias.value) < 0.02
    assert after.comparison.scatter.value < 0.12
    outside, total = study.n_outside(study.fit.surface)
    assert outside < 0.05 * total


@pytest.mark.parametrize("tab", [literature, aspcap])
def test_the_page_is_built_for_them(tab, catalog):
    session = Session(tab=tab.TITLE)
    view = tab.view(session, catalog, LIGHT)
    session.edit_cut(teff=(3300.0, 3600.0))
    assert view.get_root() is not None
    assert len(catalog.rows(session.cuts, None)) < len(catalog.rows(PAPER, None))
