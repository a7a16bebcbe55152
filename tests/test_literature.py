"""Literature catalogues: the papers' own columns into our labels, and the right star for each."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from slamcore.columns import BY_NAME
from slamcore.compare import compare_labels
from slamcore.io.errors import InputError
from slamcore.io.tables import read_stars
from slamcore.literature import CATALOGUES, CatalogueLabel, LiteratureCatalogue
from slamcore.literature.catalogue import own_catalogue
from slamcore.literature.match import match_literature
from slamcore.literature.table import LiteratureTable, read_literature

BY_KEY = {catalogue.name: catalogue for catalogue in CATALOGUES}
N = 6


def as_published(catalogue: LiteratureCatalogue) -> pd.DataFrame:
    """Rows with the paper's own columns, every label at the middle of its range."""
    out: dict[str, list] = {}
    for ours, theirs in catalogue.columns.items():
        if ours == "name":
            out[theirs] = [f"2M0001269{i}+1639052" for i in range(N)]
        elif ours in ("ra", "dec"):
            out[theirs] = list(np.linspace(10, 60, N))
        elif ours in catalogue.ids:
            out[theirs] = [2767387380324493184 + i for i in range(N)]
        elif ours.startswith("e_"):
            out[theirs] = [0.05] * N if ours != "e_teff" else [50.0] * N
        else:
            out[theirs] = [middle(ours) + 0.01 * i for i in range(N)]
    return pd.DataFrame(out)


def middle(label: str) -> float:
    """A value that every catalogue allows."""
    return {"teff": 3500.0, "logg": 4.8, "mass": 0.4, "radius": 0.4}.get(label, 0.0)


def real(realdata: Path, name: str, file: str) -> LiteratureTable:
    return read_literature(realdata / "catalogs" / file, BY_KEY[name])


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda c: c.name)
def test_each_catalogue_is_read_by_its_own_columns(catalogue, tmp_path):
    published = as_published(catalogue)
    published.to_csv(tmp_path / "table.csv", index=False)
    data = read_literature(tmp_path / "table.csv", catalogue).data
    for name, label in catalogue.labels.items():
        np.testing.assert_array_equal(data[name], published[label.column])
        assert not data[f"flag_{name}"].any()
        assert f"e_{name}" in data or not label.error
    for ours, theirs in catalogue.ids.items():
        assert data[ours].tolist() == published[theirs].tolist()
    found = match_literature(data, data)
    assert found.row.tolist() == list(range(N))


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda c: c.name)
def test_units_are_those_of_our_columns(catalogue):
    for name, label in catalogue.labels.items():
        assert u.Unit(label.unit).is_equivalent(u.Unit(BY_NAME[name].unit))
        low, high = label.valid
        assert low < middle(name) < high
    assert len(catalogue.bibcode) in (0, 19)
    assert catalogue.notes


def test_keys_are_unique():
    assert len(BY_KEY) == len(CATALOGUES)
    assert {"birky2020", "behmard2025", "du2024", "mann2015"} <= set(BY_KEY)
    assert {"apogeenet", "bossnet", "aspcap"} <= set(BY_KEY)


def test_birky_as_published(realdata):
    table = real(realdata, "birky2020", "birky2020_table6_safe.csv.gz")
    assert len(table.data) == 5875
    assert table.data["teff"].between(2900, 4100).all()
    assert table.data["name"].str.startswith("2M").all()
    assert not {"gaia_dr3_source_id", "gaia_dr2_source_id"} & set(table.data)
    assert not table.data[["flag_teff", "flag_fe_h"]].any(axis=None)
    assert table.data["snr"].is_monotonic_decreasing


def test_mann_as_published(realdata):
    table = real(realdata, "mann2015", "mann2015_table5.csv")
    published = pd.read_csv(realdata / "catalogs" / "mann2015_table5.csv")
    ours = table.data[["teff", "fe_h", "mass", "radius"]].to_numpy()
    np.testing.assert_array_equal(ours, published[["Teff", "[Fe/H]", "M", "R"]])


def test_real_stars_of_two_surveys_meet_by_name_or_position(realdata):
    """CARMENES IX in Birky: names and positions never contradict each other."""
    birky = real(realdata, "birky2020", "birky2020_table6_safe.csv.gz").data
    carmenes = read_stars(realdata / "catalogs" / "carmenes_ix.csv", {"name": "2MASS_id"}).data
    by_name = match_literature(carmenes, birky)
    by_place = match_literature(carmenes.drop(columns="name"), birky)
    assert (by_name.how == "2mass").sum() == 35
    place = by_place.row >= 0
    assert place.sum() == 5  # the others moved by more than 3 arcsec
    np.testing.assert_array_equal(by_name.row[place], by_place.row[place])
    found = by_name.take(birky)
    assert (found["teff"].notna() == (by_name.row >= 0)).all()
    assert compare_labels(carmenes, found)["teff"].robust_scatter.value < 100


def test_birky_finds_itself_by_position(realdata):
    birky = real(realdata, "birky2020", "birky2020_table6_safe.csv.gz").data
    stars = birky.sample(frac=1, random_state=1).drop(columns="name")
    shifted = stars.assign(dec=stars["dec"] + 2.0 / 3600)
    found = match_literature(shifted, birky)
    assert (found.how == "position").all()
    np.testing.assert_array_equal(found.row, stars.index)
    np.testing.assert_allclose(found.separation, 2, atol=1e-3)
    too_far = match_literature(stars.assign(dec=stars["dec"] + 3.5 / 3600), birky)
    assert (too_far.row < 0).all()


def test_ids_before_names_before_positions():
    literature = pd.DataFrame(
        {
            "sdss_id": [1, -1, -1, -1],
            "gaia_dr3_source_id": [-1, 20, -1, -1],
            "name": ["x", "", "2MASS J00012694+1639052", ""],
            "ra": [10.0, 20, 30, 40],
            "dec": [0.0] * 4,
        }
    )
    stars = pd.DataFrame(
        {
            "sdss_id": [5, 6, 7, 1, -1],
            "gaia_dr3_source_id": [9, 9, 20, 20, -1],
            "sdss4_apogee_id": ["", "2M00012694+1639052", "", "", ""],
            "ra": [40.0, 0, 0, 20, np.nan],
            "dec": [0.0] * 5,
        }
    )
    found = match_literature(stars, literature)
    assert found.row.tolist() == [3, 2, 1, 0, -1]
    assert found.how.tolist() == ["position", "2mass", "gaia_dr3_source_id", "sdss_id", "none"]
    assert len(found.notes) == 1  # three matched by id lie far away
    assert np.isnan(found.separation[4])


def test_a_companion_is_not_the_star_in_the_literature():
    """Two stars 2.5 arcsec apart; the literature has the first. Both telescopes' rows get it."""
    literature = pd.DataFrame({"ra": [10.0], "dec": [0.0], "teff": [3500.0]})
    stars = pd.DataFrame({"ra": [10 + 0.4 / 3600, 10 + 2.5 / 3600, 10 + 0.4 / 3600], "dec": 0.0})
    found = match_literature(stars, literature)
    assert found.row.tolist() == [0, -1, 0]
    assert "another star" in found.notes[0]
    alone = match_literature(stars.iloc[1:2], literature)
    assert alone.row.tolist() == [0]


def test_the_best_of_several_rows_is_taken(tmp_path):
    """SDSS-V's spectrum before a better one of DR17, then the higher SNR."""
    published = as_published(BY_KEY["aspcap"]).iloc[[0, 0, 0]]
    published["release"] = ["dr17", "sdss5", "sdss5"]
    published["snr"] = [300.0, 50, 90]
    published["teff"] = [3000.0, 3100, 3200]
    published.to_csv(tmp_path / "aspcap.csv", index=False)
    data = read_literature(tmp_path / "aspcap.csv", BY_KEY["aspcap"]).data
    assert data["teff"].tolist() == [3200, 3100, 3000]
    found = match_literature(data[["sdss_id"]].iloc[:1], data)
    assert found.take(data)["teff"].tolist() == [3200]


def test_flags_tell_what_is_not_to_be_trusted(tmp_path):
    """APOGEE Net: each label by its own bit; Birky: outside the range of its training."""
    published = as_published(BY_KEY["apogeenet"])
    published["result_flags"] = [0, 1, 2, 4, 8, 16]
    published.to_csv(tmp_path / "net.csv", index=False)
    data = read_literature(tmp_path / "net.csv", BY_KEY["apogeenet"]).data
    data = data.sort_values("result_flags")
    assert data["flag_teff"].tolist() == [False, True, True, False, False, False]
    assert data["flag_logg"].tolist() == [False, True, False, True, False, False]
    assert data["flag_fe_h"].tolist() == [False, True, False, False, True, False]
    published = as_published(BY_KEY["birky2020"])
    published["TEFF"] = [2859, 2861, 4129, 4131, np.nan, 3500]
    published.to_csv(tmp_path / "birky.csv", index=False)
    data = read_literature(tmp_path / "birky.csv", BY_KEY["birky2020"]).data
    assert data["flag_teff"].tolist() == [True, False, False, True, False, False]


def test_a_missing_column_is_named(tmp_path):
    as_published(BY_KEY["du2024"]).drop(columns="logg").to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match="logg"):
        read_literature(tmp_path / "a.csv", BY_KEY["du2024"])
    renamed = as_published(BY_KEY["du2024"]).rename(columns={"m_h": "metal"})
    renamed.to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(InputError, match="m_h"):
        read_literature(tmp_path / "b.csv", BY_KEY["du2024"])
    table = read_literature(tmp_path / "b.csv", BY_KEY["du2024"], {"fe_h": "metal"})
    assert table.data["fe_h"].notna().all()


def test_a_table_of_ones_own(tmp_path):
    """Any file with a label and an id or a position; other names by a column map."""
    Table(
        {"obj": ["2M00012694+1639052"], "T": [3500.0], "metals": [0.1], "Rstar": [0.4]},
    ).write(tmp_path / "mine.fits")
    columns = {"name": "obj", "teff": "T", "fe_h": "metals", "radius": "Rstar"}
    table = read_literature(tmp_path / "mine.fits", columns=columns)
    assert table.catalogue.name == "mine"
    assert set(table.catalogue.labels) == {"teff", "fe_h", "radius"}
    stars = pd.DataFrame({"sdss4_apogee_id": ["", "2M00012694+1639052"], "teff": [1.0, 3480.0]})
    found = match_literature(stars, table.data).take(table.data)
    assert compare_labels(stars, found)["teff"].bias.value == pytest.approx(-20)


def test_a_table_of_ones_own_of_real_stars(realdata):
    table = read_literature(realdata / "catalogs" / "carmenes_ix.csv")
    assert set(table.catalogue.labels) == {"teff", "logg", "fe_h", "mass", "radius"}
    assert table.catalogue.ids == {"gaia_dr3_source_id": "gaia_dr3_source_id", "name": "name"}
    assert len(table.data) == 2634


def test_a_table_without_labels_is_refused(tmp_path):
    pd.DataFrame({"ra": [1.0], "dec": [2.0]}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ValueError, match="teff"):
        own_catalogue(read_stars(tmp_path / "a.csv"))
    pd.DataFrame({"teff": [3500.0], "logg": [4.8]}).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(ValueError, match="position"):
        read_literature(tmp_path / "b.csv")


def test_unknown_labels_and_ids_are_refused():
    with pytest.raises(ValueError, match="tefff"):
        replace(BY_KEY["birky2020"], labels={"tefff": CatalogueLabel("T", "K")})
    with pytest.raises(ValueError, match="tic_id"):
        replace(BY_KEY["birky2020"], ids={"tic_id": "TIC"})


MADE_UP = '''"""Made (2031): up."""

from slamcore.literature.catalogue import CatalogueLabel, LiteratureCatalogue

CATALOGUE = LiteratureCatalogue(
    name="made2031",
    title="Made et al. (2031)",
    bibcode="2031ApJ...999....1M",
    labels={"teff": CatalogueLabel("Tspec", "K", "dTspec", valid=(3000.0, 4000.0))},
    ids={"gaia_dr3_source_id": "GaiaDR3"},
    position=None,
    notes=("made up",),
)
'''


def test_a_new_paper_is_one_file_and_one_entry(tmp_path, monkeypatch):
    """Whatever iterates the registry reads, matches and compares it without another line."""
    (tmp_path / "made2031.py").write_text(MADE_UP)
    spec = importlib.util.spec_from_file_location("made2031", tmp_path / "made2031.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr("slamcore.literature.CATALOGUES", (*CATALOGUES, module.CATALOGUE))
    from slamcore.literature import CATALOGUES as now

    stars = pd.DataFrame({"gaia_dr3_source_id": 2767387380324493184 + np.arange(N)})
    stars = stars.assign(teff=3473.0, ra=np.linspace(10, 60, N), dec=np.linspace(10, 60, N))
    compared = {}
    for catalogue in now:
        published = as_published(catalogue)
        published.to_csv(tmp_path / "table.csv", index=False)
        data = read_literature(tmp_path / "table.csv", catalogue).data
        found = match_literature(stars, data).take(data)
        compared[catalogue.name] = compare_labels(stars, found)["teff"]
    assert compared["made2031"].n == N
    assert compared["made2031"].bias.value == pytest.approx(-27, abs=0.1)
    assert set(compared) == {*BY_KEY, "made2031"}


@given(
    st.lists(st.floats(), min_size=1, max_size=5),
    st.lists(st.floats(), min_size=1, max_size=5),
    st.lists(st.integers(-1, 3), min_size=1, max_size=5),
)
def test_any_positions_and_ids_match_or_do_not(ra, dec, ids):
    n = min(len(ra), len(dec), len(ids))
    stars = pd.DataFrame({"ra": ra[:n], "dec": dec[:n], "sdss_id": ids[:n]})
    found = match_literature(stars, stars)
    same = found.row[found.row >= 0]
    assert ((found.row >= 0) == (found.how != "none")).all()
    assert (same < n).all()
    known = np.array(ids[:n]) > 0
    assert (found.how[known] == "sdss_id").all()


def test_empty_tables_match_nothing():
    stars = pd.DataFrame({"ra": [1.0], "dec": [2.0], "sdss_id": [3], "teff": [3500.0]})
    assert match_literature(stars, stars.iloc[:0]).row.tolist() == [-1]
    assert match_literature(stars, stars.iloc[:0]).take(stars.iloc[:0])["teff"].isna().all()
    assert match_literature(stars.iloc[:0], stars).row.tolist() == []
    found = match_literature(stars[["teff"]], stars[["teff"]])
    assert found.how.tolist() == ["none"]
