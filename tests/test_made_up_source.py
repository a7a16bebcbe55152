"""A new catalogue of the literature is one entry in the registry: everything else has it."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from dashboard.catalog import Catalog
from dashboard.panes_literature import Comparisons
from dashboard.state import Session
from dashboard.style import LIGHT
from slamcore import references as registry
from slamcore.io.survey_parts import save_part
from slamcore.label_sources import label_sources, relabel
from slamcore.literature import CATALOGUES, CatalogueLabel, LiteratureCatalogue
from slamcore.references import References
from slamcore.selection import PAPER
from slamcore.survey import open_survey

MADE_UP = LiteratureCatalogue(
    name="nobody2031",
    title="Nobody et al. (2031)",
    bibcode="",
    labels={"teff": CatalogueLabel("TEFF", "K")},
    ids={"sdss_id": "SDSS_ID"},
)
OFFSET = 55.0


@pytest.fixture
def catalog(labelled, tmp_path, monkeypatch):
    folder = shutil.copytree(labelled.survey.path, tmp_path / "survey")
    stars = open_survey(folder).stars
    ours = open_survey(folder).labels["teff"]
    part = pd.DataFrame({"sdss_id": stars["sdss_id"], "teff": ours - OFFSET, "flag_teff": False})
    save_part(folder, f"literature/{MADE_UP.name}", part, {})
    monkeypatch.setattr(registry, "CATALOGUES", (*CATALOGUES, MADE_UP))
    survey = open_survey(folder)
    references = References(survey)
    sources = label_sources(survey, references)
    return Catalog(relabel(survey, "model", references), "model", sources, references)


def test_it_is_a_source_of_labels_under_its_title(catalog):
    assert catalog.label_sources[MADE_UP.name] == MADE_UP.title


def test_it_has_a_row_in_table_2_and_so_in_its_export(catalog):
    table = catalog.paper_table("table02", PAPER).data
    row = table[table["reference"] == MADE_UP.title]
    assert row["label"].tolist() == ["Teff"]
    assert row["bias"].iloc[0] == pytest.approx(OFFSET)
    assert row["n"].iloc[0] == np.isfinite(catalog.sample(PAPER).stars["teff"]).sum()


def test_it_has_a_row_in_the_literature_tab(catalog):
    session = Session(tab="Literature")
    made = Comparisons(session, catalog, LIGHT, "Literature")
    made.label = "teff"
    assert MADE_UP.title in made.summary()[-1].object
