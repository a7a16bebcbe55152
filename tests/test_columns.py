"""The table of columns, and how the names in a file find it."""

from __future__ import annotations

import gzip

import pytest
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from slamcore.columns import ALIASES, BY_NAME, COLUMNS, EXACT_ALIASES, LABELS, axis_label
from slamcore.io.column_names import folded, name_columns, naming_notes
from tests.table_fixtures import dr19_columns

GAIA_ARCHIVE = "source_id,ra,dec,parallax,parallax_error,ruwe,phot_g_mean_mag,bp_rp,designation"
VIZIER_DR3 = "_RAJ2000,RA_ICRS,DE_ICRS,Source,Plx,e_Plx,pmRA,pmDE,RUWE,Gmag,BPmag,RPmag,[Fe/H]"
VIZIER_DR2 = "RA_ICRS,DE_ICRS,DR2Name,Source,Plx,Gmag,BPmag,RPmag,Teff"
EL_BADRY = (
    "source_id1,source_id2,ra1,ra2,dec1,dec2,parallax1,parallax2,phot_g_mean_mag1,"
    "phot_g_mean_mag2,ruwe1,ruwe2,R_chance_align,binary_type"
)
QIU_TABLE_3 = "source_id1,source_id2,ra1,dec1,ra2,dec2,FeH,FeH.niu,e_FeH,Teff,alphaM,logg,SNR"
LAMOST_M = "obsid,subclass,snrg,snrr,snri,gaia_source_id,ra,dec,teff,teff_err,m_h,m_h_err,tio5"
TESS_INPUT = "ID,ra,dec,gmag,rmag,Jmag,Hmag,Kmag,GAIAmag,gaiabp,gaiarp,plx,pmRA,pmDEC"


def known(names: str, **overrides: str) -> dict[str, str]:
    """Astra's name -> name in the file."""
    return {new: old for old, new in name_columns(names.split(","), overrides).known.items()}


def test_every_column_is_described_once():
    assert len(BY_NAME) == len(COLUMNS)
    for column in COLUMNS:
        assert column.name == column.name.lower()
        assert column.description
        assert column.label
        assert column.kind in ("float", "id", "int", "bool", "text")
        assert column.physical[0] < column.physical[1]
        u.Unit(column.unit)
        assert column.kind == "float" or not column.unit


def test_no_alias_means_two_columns():
    claims = [folded(alias) for text in ALIASES.values() for alias in text.split()]
    claims += [folded(name) for name in BY_NAME]
    assert sorted(claims) == sorted(set(claims))
    exact = [alias for text in EXACT_ALIASES.values() for alias in text.split()]
    assert len(exact) == len(set(exact))
    assert set(ALIASES) | set(EXACT_ALIASES) <= set(BY_NAME)


def test_labels_have_errors():
    for label in LABELS:
        assert BY_NAME[f"e_{label}"].unit == BY_NAME[label].unit


def test_axis_labels():
    assert axis_label("teff") == "Teff [K]"
    assert axis_label("ruwe") == "RUWE"
    assert axis_label("zwarning_flags") == "zwarning_flags"


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_own_name_in_any_case_leads_to_the_column(name):
    for spelling in (name, name.upper(), name.capitalize()):
        assert name_columns([spelling]).known == {spelling: name}


def test_gaia_archive():
    assert known(GAIA_ARCHIVE) == {
        "gaia_dr3_source_id": "source_id",
        "ra": "ra",
        "dec": "dec",
        "plx": "parallax",
        "e_plx": "parallax_error",
        "ruwe": "ruwe",
        "g_mag": "phot_g_mean_mag",
        "bp_rp": "bp_rp",
        "name": "designation",
    }


def test_vizier_gaia():
    found = known(VIZIER_DR3)
    assert found["gaia_dr3_source_id"] == "Source"
    assert (found["ra"], found["g_mag"], found["plx"]) == ("RA_ICRS", "Gmag", "Plx")
    assert (found["pmde"], found["fe_h"], found["e_plx"]) == ("pmDE", "[Fe/H]", "e_Plx")


def test_bare_id_is_dr2s_beside_a_column_of_dr2():
    assert known(VIZIER_DR2)["gaia_dr2_source_id"] == "Source"
    assert "gaia_dr3_source_id" not in known(VIZIER_DR2)
    assert known("CATALOGID,GAIA_ID")["gaia_dr2_source_id"] == "GAIA_ID"
    assert known("name,gaia_id")["gaia_dr3_source_id"] == "gaia_id"


def test_assumed_gaia_release_is_told():
    notes = naming_notes(name_columns(["source_id", "ra"]).known)
    assert any("source_id is taken for a Gaia DR3 id" in note for note in notes)
    assert not any("DR3 id" in note for note in naming_notes({"GaiaDR3": "gaia_dr3_source_id"}))


@pytest.mark.parametrize(
    ("names", "g_mag"),
    [
        ("gmag,rmag,Gmag,BPmag,RPmag", "Gmag"),
        ("gmag,e_gmag", None),
        ("gmag,rmag,imag,BPmag,RPmag", None),
        ("GMAG,BPMAG,RPMAG", "GMAG"),
        ("gmag,Gmag,g_mag", "g_mag"),
        ("G_MAG,Gmag", "G_MAG"),
        (TESS_INPUT, "GAIAmag"),
    ],
)
def test_sdss_g_is_not_gaias(names, g_mag):
    assert known(names).get("g_mag") == g_mag


def test_astra_source_and_m_h_are_not_taken():
    found = known("sdss_id,source,m_h,m_h_atm,gaia_dr3_source_id")
    assert found == {"sdss_id": "sdss_id", "gaia_dr3_source_id": "gaia_dr3_source_id"}


def test_two_spellings_of_one_name():
    naming = name_columns(["TEFF", "teff", "Teff_K"])
    assert naming.known == {"teff": "teff"}
    assert naming.names == {"TEFF": "TEFF", "teff": "teff", "Teff_K": "Teff_K"}
    assert "TEFF (teff is teff)" in naming.notes[0]


def test_a_pair_in_a_row_gives_its_second_star():
    found = known(EL_BADRY)
    assert found["gaia_dr3_source_id"] == "source_id2"
    assert (found["plx"], found["g_mag"], found["ruwe"]) == (
        "parallax2",
        "phot_g_mean_mag2",
        "ruwe2",
    )
    assert "second" in name_columns(EL_BADRY.split(",")).notes[0]
    found = known(QIU_TABLE_3)
    assert (found["ra"], found["fe_h"], found["fe_h_niu"]) == ("ra2", "FeH", "FeH.niu")
    assert found["alpha_fe"] == "alphaM"
    assert known("parallax1,parallax2") == {}


def test_lamost():
    found = known(LAMOST_M)
    assert (found["obsid"], found["snr"], found["spectral_type"]) == ("obsid", "snri", "subclass")
    assert "fe_h" not in found


def test_override_wins_and_the_loser_keeps_a_name():
    naming = name_columns(["g_mag", "Gmag", "ra"], {"g_mag": "Gmag"})
    assert naming.names == {"g_mag": "g_mag_as_read", "Gmag": "g_mag", "ra": "ra"}
    naming = name_columns(["bp_mag", "x"], {"g_mag": "bp_mag"})
    assert naming.names == {"bp_mag": "g_mag", "x": "x"}


@pytest.mark.parametrize(
    "product",
    ["astraAllStarSlam", "astraAllStarASPCAP", "astraAllStarMDwarfType", "mwmAllStar"],
)
def test_astra_names_stay_as_they_are(product):
    for hdu in dr19_columns()[product]["hdus"].values():
        naming = name_columns([column["name"] for column in hdu["columns"]])
        assert len(naming.known) >= 20
        assert all(old == new for old, new in naming.names.items())


def test_real_headers(realdata):
    with gzip.open(realdata / "catalogs/birky2020_table6_safe.csv.gz", "rt") as handle:
        found = known(handle.readline().strip())
    assert [found[f"{band}_mag"] for band in "hjk"] == ["H_MAG", "J_MAG", "K_MAG"]
    assert found["fe_h"] == "FE_H"
    header = (realdata / "catalogs/mann2015_table5.csv").read_text().splitlines()[0]
    assert known(header)["g_mag"] == "Gmag"


_ALL = sorted({*BY_NAME, *(a for t in ALIASES.values() for a in t.split()), "Gmag", "gmag", "R"})


@given(
    st.lists(
        st.one_of(
            st.sampled_from(_ALL),
            st.sampled_from(_ALL).map(str.upper),
            st.sampled_from(_ALL).map(lambda name: name + "2"),
            st.text(min_size=1, max_size=8),
        ),
        unique=True,
        max_size=30,
    )
)
def test_every_column_keeps_one_name(found):
    naming = name_columns(found)
    assert list(naming.names) == found
    assert len(set(naming.names.values())) == len(found)
    assert set(naming.known.values()) <= set(BY_NAME)
    assert all(naming.names[old] == new for old, new in naming.known.items())
