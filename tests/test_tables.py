"""Star tables of every format give the same stars, and damage gives one clear line."""

from __future__ import annotations

import gzip
import hashlib

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits, votable
from astropy.table import MaskedColumn, Table

from slamcore.io.errors import InputError
from slamcore.io.tables import read_stars
from slamcore.photometry import add_photometry
from slamcore.selection import select
from tests.table_fixtures import FORMATS, ID, dr19_file, plain_frame, small, write_table

MAIN_FORMATS = ("fits", "fits.gz", "ecsv", "vot", "parquet")
CARMENES = "carmenes_ix.csv"
BIRKY = "birky2020_table6_safe.csv.gz"
MANN = "mann2015_table5.csv"
FUNNELS = {
    CARMENES: [2634, 2339, 2307, 2281, 2196, 1359],
    BIRKY: [5875, 5875, 5875, 5875, 5875, 5875],
}


def funnel(data: pd.DataFrame) -> list[int]:
    return [step.count for step in select(add_photometry(data)).funnel]


@pytest.fixture
def table(tmp_path):
    """Write a frame or text and read it back."""

    def write_and_read(content, name="stars.csv", units=None, **keywords):
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content)
        else:
            write_table(content, path, units)
        return read_stars(path, **keywords)

    return write_and_read


# --- real catalogues -------------------------------------------------------------------------


@pytest.mark.parametrize("catalogue", FUNNELS)
def test_published_catalogues_give_the_known_counts(realdata, catalogue):
    stars = read_stars(realdata / "catalogs" / catalogue)
    assert funnel(stars.data) == FUNNELS[catalogue]
    steps = select(add_photometry(stars.data)).funnel
    assert steps[-1].missing == (("ruwe",) if catalogue == BIRKY else ())


def test_carmenes_ids_are_exact(realdata):
    path = realdata / "catalogs" / CARMENES
    stars = read_stars(path)
    text = pd.read_csv(path, dtype=str, keep_default_na=False)["GaiaDR3_id"]
    assert stars.data["gaia_dr3_source_id"].dtype == np.int64
    assert stars.data["gaia_dr3_source_id"].tolist() == [int(x or -1) for x in text]
    assert stars.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_birky(realdata):
    stars = read_stars(realdata / "catalogs" / BIRKY)
    assert "gaia_dr3_source_id" not in stars.data
    assert stars.data["GAIA_ID"].dtype == float
    assert any("GAIA_ID" in note and "lost" in note for note in stars.notes)
    assert stars.data["pmde"].isna().sum() == 19
    assert stars.data["pmde"].min() > -9000
    assert stars.data["spectral_type"][0] == "M2.5"
    assert stars.data["SPT"][0] == pytest.approx(2.46731319700359, abs=1e-12)
    assert (stars.data[["h_mag", "j_mag", "k_mag"]].iloc[0] == [11.976, 12.518, 11.715]).all()
    assert "M_H_APOGEE" in stars.data


def test_mann_has_both_gs(realdata):
    data = read_stars(realdata / "catalogs" / MANN).data
    assert data["g_mag"][0] == 5.705
    assert data["gmag"][0] == 6.84
    assert data["fe_h"][0] == -0.22
    assert data["spectral_type"][0] == "K7.3"


@pytest.fixture(scope="module")
def expected(realdata):
    """What a catalogue gives as it was published."""
    names = (CARMENES, BIRKY, MANN)
    return {name: read_stars(realdata / "catalogs" / name).data for name in names}


_ROUND_TRIPS = [(MANN, form) for form in FORMATS]
_ROUND_TRIPS += [(c, form) for c in FUNNELS for form in MAIN_FORMATS]


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
@pytest.mark.parametrize(("catalogue", "form"), _ROUND_TRIPS)
def test_every_format_gives_the_same_stars(realdata, expected, tmp_path, catalogue, form):
    path = write_table(plain_frame(realdata / "catalogs" / catalogue), tmp_path / f"stars.{form}")
    data = read_stars(path).data
    assert list(data) == list(expected[catalogue])
    for name, column in expected[catalogue].items():
        if column.dtype.kind == "f":
            found = data[name].to_numpy(dtype=float, na_value=np.nan)
            np.testing.assert_array_equal(found, column, err_msg=name)
        elif pd.api.types.is_integer_dtype(column):
            found = data[name].astype("Int64")
            assert found.tolist() == column.astype("Int64").tolist(), name
        else:
            words = [c.astype("str").fillna("").tolist() for c in (column, data[name])]
            assert words[0] == words[1], name
    if "plx" in data:
        assert funnel(data) == FUNNELS[catalogue]


# --- Astra's own files -----------------------------------------------------------------------

SLAM_ROWS = {
    "sdss_id": [101, 102, 102],
    "spectrum_pk": [11, 12, 13],
    "gaia_dr3_source_id": [ID, -1, ID + 1],
    "source": [7, 8, 9],
    "telescope": ["apo25m", "apo25m", "lco25m"],
    "g_mag": [12.0, np.nan, 13.5],
    "teff": [3500.0, 3400.0, np.nan],
    "initial_teff": [3450.0, 3410.0, np.nan],
    "flag_bad": [False, True, False],
    "result_flags": [0, 4, 0],
}


def test_slam_summary(tmp_path):
    sigma = {"e_teff": [100.0, 80.0, np.nan], "e_logg": [0.05, 0.04, np.nan]}
    rows = SLAM_ROWS | sigma
    stars = read_stars(dr19_file(tmp_path / "a.fits", "astraAllStarSlam", 1, rows, empty=2))
    data = stars.data
    assert (stars.kind, len(data)) == ("slam_summary", 3)
    assert data["gaia_dr3_source_id"].tolist() == [ID, -1, ID + 1]
    assert data["source"].tolist() == [7, 8, 9]
    assert data["telescope"].tolist() == ["apo25m", "apo25m", "lco25m"]
    assert data["flag_bad"].dtype == bool
    assert data["result_flags"].dtype == np.int64
    assert data["g_mag"].dtype == np.dtype("=f8")
    assert "sdss5_target_flags" not in data
    assert any("sdss5_target_flags" in note for note in stars.notes)
    np.testing.assert_allclose(data["e_teff"], sigma["e_teff"], rtol=1e-6)


def test_slam_variances_become_standard_deviations(tmp_path):
    rows = SLAM_ROWS | {"e_teff": [1e4, 6400, np.nan], "e_logg": [0.0025, 0.0016, np.nan]}
    stars = read_stars(dr19_file(tmp_path / "a.fits", "astraAllStarSlam", 1, rows, empty=2))
    np.testing.assert_allclose(stars.data["e_teff"], [100, 80, np.nan])
    np.testing.assert_allclose(stars.data["e_logg"], [0.05, 0.04, np.nan], rtol=1e-6)
    assert any("variances" in note for note in stars.notes)


def test_aspcap_is_in_the_second_hdu(tmp_path):
    rows = {"sdss_id": [1, 2], "teff": [3500.0, 3600.0], "fe_h": [-0.1, -9999.0]}
    path = dr19_file(tmp_path / "a.fits", "astraAllStarASPCAP", 2, rows, empty=1)
    packed = path.with_name("a.fits.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, packed):
        stars = read_stars(file)
        assert stars.data["fe_h"].tolist()[0] == pytest.approx(-0.1)
        assert np.isnan(stars.data["fe_h"][1])
        assert any("HDU 2" in note for note in stars.notes)


def test_empty_astra_file(tmp_path):
    path = dr19_file(tmp_path / "a.fits", "astraAllStarSlam", 1, {"sdss_id": []})
    with pytest.raises(InputError, match="0 rows in HDU 1"):
        read_stars(path)


def test_spall(tmp_path):
    rows = {
        "SDSS_ID": [-999, 3],
        "CATALOGID": [27021597842439106, 5],
        "GAIA_ID": [0, ID],
        "GAIA_G_MAG": [12.0, -999.0],
        "PARALLAX": [1.5, -9999.0],
        "SUBCLASS": ["M2III (169305)", "M1"],
        "RACAT": [10.0, 20.0],
        "PLUG_RA": [10.1, 20.1],
    }
    data = read_stars(dr19_file(tmp_path / "a.fits", "spAll-lite", 1, rows)).data
    assert data["sdss_id"].tolist() == [-1, 3]
    assert data["catalogid"].tolist() == [27021597842439106, 5]
    assert data["gaia_dr2_source_id"].tolist() == [-1, ID]
    assert data["g_mag"].isna().tolist() == data["plx"].isna().tolist() == [False, True]
    assert data["spectral_type"][0] == "M2III (169305)"
    assert data["ra"].tolist() == [10, 20]
    assert data["PLUG_RA"].tolist() == [10.1, 20.1]


def test_table_behind_topcats_image(tmp_path):
    image = fits.PrimaryHDU(np.zeros(100, dtype=np.uint8))
    table = fits.BinTableHDU(Table({"ra": [1.0, 2.0], "dec": [3.0, 4.0], "Plx": [5.0, 6.0]}))
    fits.HDUList([image, table]).writeto(tmp_path / "a.fits")
    assert read_stars(tmp_path / "a.fits").data["plx"].tolist() == [5, 6]


def test_ascii_fits_table_has_no_zeros_for_blanks(tmp_path):
    columns = [
        fits.Column("Source", "I19", array=np.array([ID, 0])),
        fits.Column("Gmag", "F7.3", array=np.array([12.5, 0.0])),
        fits.Column("N", "I4", array=np.array([7, 0])),
    ]
    hdu = fits.TableHDU.from_columns(columns)
    hdu.writeto(tmp_path / "a.fits")
    whole, width = (tmp_path / "a.fits").read_bytes(), hdu.header["NAXIS1"]
    start = whole.index(str(ID).encode()) + width
    (tmp_path / "a.fits").write_bytes(whole[:start] + b" " * width + whole[start + width :])
    with pytest.raises(InputError, match="last row"):
        read_stars(tmp_path / "a.fits")
    row = f"{ID + 1}".ljust(width).encode()
    (tmp_path / "a.fits").write_bytes(whole[:start] + row + whole[start + width :])
    data = read_stars(tmp_path / "a.fits").data
    assert data["gaia_dr3_source_id"].tolist() == [ID, ID + 1]
    assert data[["g_mag", "N"]].isna().values.tolist() == [[False, False], [True, True]]


# --- other people's formats ------------------------------------------------------------------

VIZIER = """\
#
#   VizieR Astronomical Server
#Column	_RAJ2000	(F15.11)	Right ascension
_RAJ2000;_DEJ2000;Source;Plx;RUWE;Gmag;Name
deg;deg;;arcsec;;mag;
---------------;---------------;-------------------;---------;-------;---------;----
000.30505910482;+13.97574336042;2767387380324493184;   0.0273;  1.011;  9.92380;A "5"
000.30505910482;-13.97574336042;                   ;   0.0273;       ;  9.92380;

#END#
"""


def test_vizier_text(table):
    stars = table(VIZIER)
    data = stars.data
    assert len(data) == 2
    assert data["plx"].tolist() == pytest.approx([27.3, 27.3])
    assert data["dec"].tolist() == pytest.approx([13.97574336042, -13.97574336042])
    assert data["gaia_dr3_source_id"].tolist() == [ID, -1]
    assert np.isnan(data["ruwe"][1])
    assert data["name"].tolist() == ['A "5"', ""]
    assert "Plx: arcsec converted to mas" in stars.notes


GAIA_BULK = f"""\
# %ECSV 1.0
# ---
# delimiter: ','
# datatype:
# - {{name: source_id, datatype: int64}}
# - {{name: parallax, datatype: float64, unit: mas}}
# - {{name: radial_velocity, datatype: float32, unit: m s-1}}
# - {{name: phot_g_mean_mag, datatype: float32, unit: mag}}
# - {{name: non_single_star, datatype: int16}}
source_id,parallax,radial_velocity,phot_g_mean_mag,non_single_star
{ID},2.5,12500.0,15.25,0
{ID + 1},null,null,16.5,null
"""


def test_gaia_bulk_file(tmp_path):
    path = tmp_path / "GaiaSource.csv.gz"
    path.write_bytes(gzip.compress(GAIA_BULK.encode()))
    data = read_stars(path).data
    assert data["gaia_dr3_source_id"].tolist() == [ID, ID + 1]
    assert data["v_rad"][0] == 12.5
    assert data[["plx", "v_rad"]].iloc[1].isna().all()
    assert data["non_single_star"].isna().tolist() == [False, True]


def test_lamost_text(table):
    data = table(
        "obsid|subclass|snri|gaia_source_id|ra|dec|teff|m_h|rv|\n"
        f"101|dM2|35.1|{ID}|10.5|-3|3600.5|-0.2|-9999.0|\n"
        "102|gM0|12.0||11.5|+4|-9999|-9999|12.5|\n"
    ).data
    assert data["obsid"].tolist() == [101, 102]
    assert data["gaia_dr3_source_id"].tolist() == [ID, -1]
    assert data["dec"].tolist() == [-3, 4]
    assert data["teff"].isna().tolist() == [False, True]
    assert data["v_rad"].isna().tolist() == [True, False]
    assert data["m_h"].tolist() == [-0.2, -9999]
    assert "fe_h" not in data
    assert list(data)[-1] == "v_rad"


def test_pairs_of_el_badry(table):
    frame = pd.DataFrame(
        {
            "source_id1": [ID],
            "source_id2": [ID + 7],
            "parallax1": [20.0],
            "parallax2": [20.1],
            "ruwe1": [1.0],
            "ruwe2": [1e20],
            "R_chance_align": [1e-9],
        }
    )
    stars = table(frame, "pairs.fits")
    assert stars.kind == "elbadry"
    assert stars.data["gaia_dr3_source_id"].tolist() == [ID + 7]
    assert stars.data["plx"].tolist() == [20.1]
    assert np.isnan(stars.data["ruwe"][0])
    assert stars.data["parallax1"].tolist() == [20.0]


def test_sexagesimal_positions(table):
    stars = table("RAJ2000,DEJ2000,Plx\n00 01 13.21,-00 58 32.7,1\n12:30:00,+13:58:32.7,2\n,,3\n")
    assert stars.data["ra"].tolist()[:2] == pytest.approx([0.305041667, 187.5])
    assert stars.data["dec"].tolist()[:2] == pytest.approx([-0.975750, 13.975750])
    assert stars.data[["ra", "dec"]].iloc[2].isna().all()


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(table, separator, end):
    lines = ["name,ra,plx", "a b,1.5,2", ",,", '"c",-2,3e1']
    data = table(end.join(line.replace(",", separator) for line in lines) + end).data
    assert data["name"].tolist() == ["a b", "", "c"]
    np.testing.assert_array_equal(data["ra"], [1.5, np.nan, -2])
    np.testing.assert_array_equal(data["plx"], [2, np.nan, 30])


def test_commented_header_and_pandas_index(table):
    assert table("# a catalogue\n#ra,dec\n1,2\n").data.to_dict("list") == {"ra": [1], "dec": [2]}
    assert list(table(",ra,dec\n0,1,2\n").data) == ["column_1", "ra", "dec"]


def test_comment_with_as_many_cells_as_the_header(table):
    data = table("#Column\tra\t(F9.5)\n\nra\tdec\tname\ndeg\tdeg\t\n---\t---\t---\n1\t2\tx\n").data
    assert data.to_dict("list") == {"ra": [1], "dec": [2], "name": ["x"]}


def test_unknown_columns_keep_their_values(table):
    data = table(
        "ra,code,wds,count,seen,ok,note\n"
        "1,0012,00012+1357,9007199254740993,2020-01-01,true,n/a\n"
        "2,0003,,,2020-01-02,FALSE,x\n"
    ).data
    assert data["code"].tolist() == ["0012", "0003"]
    assert data["wds"].tolist() == ["00012+1357", ""]
    assert data["count"][0] == 9007199254740993
    assert data["count"].isna().tolist() == [False, True]
    assert data["seen"].tolist() == ["2020-01-01", "2020-01-02"]
    assert data["ok"].tolist() == [True, False]
    assert data["note"].tolist() == ["n/a", "x"]


# --- values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        [str(ID), "", "-1"],
        [f"{ID}.0", "null", "0"],
        [f"Gaia DR3 {ID}", "", "nan"],
        [f'"{ID}"', "--", "-9999"],
    ],
)
def test_ids_in_text_are_exact(table, cells):
    data = table("source_id,ra\n" + "".join(f"{cell},1\n" for cell in cells)).data
    assert data["gaia_dr3_source_id"].dtype == np.int64
    assert data["gaia_dr3_source_id"].tolist() == [ID, -1, -1]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["2.7673873803244932e18", ""], "lost the last digits"),
        (["1.5", "2"], "not whole"),
        (["J0001+13", ""], "no ids"),
        (["99999999999999999999", "1"], "lost the last digits"),
    ],
)
def test_what_is_no_id_keeps_its_own_name(table, cells, reason):
    stars = table("source_id,ra\n" + "".join(f"{cell},1\n" for cell in cells))
    assert "gaia_dr3_source_id" not in stars.data
    assert "source_id" in stars.data
    assert any(reason in note for note in stars.notes)


def test_float_id_under_the_columns_own_name(table):
    stars = table(pd.DataFrame({"sdss_id": [1e18, 2.0], "ra": [1.0, 2.0]}), "a.parquet")
    assert list(stars.data) == ["sdss_id_as_read", "ra"]
    small_ids = table(pd.DataFrame({"sdss_id": [5.0, np.nan], "ra": [1.0, 2.0]}), "a.parquet")
    assert small_ids.data["sdss_id"].tolist() == [5, -1]


def test_fills_go_only_where_no_star_can_be(table):
    stars = table(
        "ra,dec,g_mag,plx,pmra,fe_h,teff,e_teff,zmag\n"
        "-999,99.99,99.999,-9999,-9999.99,-9.99,-9999,-1,99.99\n"
        "9.99,-9,9.99,-1,-999,0,9999,99.9,-999\n"
        "1,2,1e20,-99,inf,-0.5,0,-999,1\n"
    )
    data = stars.data
    assert data.drop(columns="zmag").iloc[0].isna().all()
    assert data.iloc[1].tolist() == [9.99, -9, 9.99, -1, -999, 0, 9999, 99.9, -999]
    assert data["g_mag"].isna().tolist() == [True, False, True]
    assert data["plx"].tolist()[1:] == [-1, -99]
    assert data["teff"].isna().tolist() == [True, False, True]
    assert data["zmag"].tolist() == [99.99, -999, 1]
    assert any(note.startswith("g_mag: 2 fill values") for note in stars.notes)


def test_odd_but_possible_values_are_kept_and_counted(table):
    stars = table("ra,dec,logg\n1,2,12.3\n")
    assert stars.data["logg"][0] == 12.3
    assert any("1 values outside -3 to 9.5, kept" in note for note in stars.notes)


@pytest.mark.parametrize("form", ["fits", "ecsv", "vot"])
@pytest.mark.parametrize(
    ("column", "unit", "value", "expected"),
    [
        ("Plx", "arcsec", 0.025, 25.0),
        ("Plx", "mas", 25.0, 25.0),
        ("pmRA", "arcsec / yr", 1.5, 1500.0),
        ("RV", "m / s", 500.0, 0.5),
        ("ra", "rad", np.pi, 180.0),
        ("Gmag", "mmag", 12000.0, 12.0),
    ],
)
def test_units_are_converted(table, form, column, unit, value, expected):
    frame = pd.DataFrame({column: [value, value], "Source": [1, 2]})
    data = table(frame, f"a.{form}", units={column: unit}).data
    known = [name for name in data if name != "gaia_dr3_source_id"]
    assert data[known[0]].tolist() == pytest.approx([expected, expected])


@pytest.mark.parametrize(("column", "unit"), [("Plx", "pc"), ("Gmag", "Jy"), ("Teff", "mag")])
def test_a_unit_of_something_else_is_refused(table, column, unit):
    frame = pd.DataFrame({column: [5.0], "ra": [1.0]})
    with pytest.raises(InputError, match=f"column {column} in .*unit '{unit}'"):
        table(frame, "a.fits", units={column: unit})


@pytest.mark.parametrize("unit", ["[cm/s2]", "log(cm.s**-2)", "cm/s^2", "log10(cm/s^2)"])
def test_spellings_of_log_g(tmp_path, unit):
    column = fits.Column("logg", "D", unit=unit, array=[4.8])
    other = fits.Column("ra", "D", unit="degrees", array=[10.0])
    fits.BinTableHDU.from_columns([column, other]).writeto(tmp_path / "a.fits")
    data = read_stars(tmp_path / "a.fits").data
    assert (data["logg"][0], data["ra"][0]) == (4.8, 10)


def test_a_unit_nobody_knows_is_noted(tmp_path):
    column = fits.Column("Plx", "D", unit="soloar", array=[4.8])
    fits.BinTableHDU.from_columns([column]).writeto(tmp_path / "a.fits")
    stars = read_stars(tmp_path / "a.fits")
    assert "Plx: unit 'soloar' is not understood, taken for mas" in stars.notes


@pytest.mark.parametrize("form", ["fits", "ecsv", "vot", "parquet"])
def test_masked_cells(tmp_path, form):
    mask = [False, True]
    table = Table(
        {
            "sdss_id": MaskedColumn([7, 8], mask=mask),
            "plx": MaskedColumn([1.5, 2.5], mask=mask),
            "name": MaskedColumn(["a", "b"], mask=mask),
            "result_flags": MaskedColumn([4, 5], mask=[False, False]),
        }
    )
    kinds = {"ecsv": "ascii.ecsv", "vot": "votable"}
    table.write(tmp_path / f"a.{form}", format=kinds.get(form, form))
    data = read_stars(tmp_path / f"a.{form}").data
    assert data["sdss_id"].tolist() == [7, -1]
    assert data["plx"].isna().tolist() == mask
    assert data["name"].tolist()[0] == "a"
    assert data["result_flags"].tolist() == [4, 5]


def test_numbers_as_text_and_numbers_as_names(tmp_path):
    table = Table({"g_mag": ["12.5", "x", ""], "star": [5, 6, 7], "flag_bad": [0, 1, 0]})
    table.write(tmp_path / "a.fits")
    stars = read_stars(tmp_path / "a.fits")
    np.testing.assert_array_equal(stars.data["g_mag"], [12.5, np.nan, np.nan])
    assert "g_mag: 1 cells without a number, now NaN" in stars.notes
    assert stars.data["name"].tolist() == ["5", "6", "7"]
    assert stars.data["flag_bad"].tolist() == [False, True, False]


def test_latin_1_names(tmp_path):
    (tmp_path / "a.csv").write_bytes("name,ra\nGlié,1\n".encode("latin-1"))
    stars = read_stars(tmp_path / "a.csv")
    assert stars.data["name"].tolist() == ["Glié"]
    assert "not UTF-8, read as Latin-1" in stars.notes


# --- choices of the user ---------------------------------------------------------------------


def test_columns_override(table):
    frame = small().assign(gmag=99.0, Gaia=1.0)
    stars = table(frame, columns={"g_mag": "gmag", "e_plx": "GAIA"})
    assert (stars.data["g_mag"] == 99).sum() == 0  # a fill
    assert stars.data["Gmag"].tolist() == frame["Gmag"].tolist()
    assert stars.data["e_plx"].tolist() == [1.0] * len(frame)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"gmag": "Gmag"}, "not 'gmag', found close names g_mag"),
        ({"g_mag": "Gmagg"}, "'Gmagg' for g_mag, found close names Gmag"),
        ({"g_mag": "Gmag", "bp_mag": "Gmag"}, "a different column for each name"),
    ],
)
def test_columns_that_cannot_be(table, columns, message):
    with pytest.raises(InputError, match=message):
        table(small(), columns=columns)


def test_required_columns(table):
    stars = table(small(), require=("g_mag", "plx", "gaia_dr3_source_id", "name"))
    assert len(stars.data) == 12
    with pytest.raises(InputError, match=r"columns ruwe, ebv .*--column ruwe=NAME --column ebv="):
        table(small(), require=("g_mag", "ruwe", "ebv"))
    for empty in ({"Plx": np.nan}, {"Plx": -9999.0}):
        with pytest.raises(InputError, match="a value of plx in at least one row, found none"):
            table(small().assign(**empty), require=("plx",))
    with pytest.raises(InputError, match="a value of gaia_dr3_source_id"):
        table(small().assign(Source=0), require=("gaia_dr3_source_id",))


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("ra,dec\n", "0 rows"),
        ("# only\n# comments\n", "comment lines only"),
        ("ra\n1\n2\n", "without separators"),
        ("1,2\n3,4\n", "a first line with numbers"),
        ("ra,ra\n1,2\n", "ra more than once"),
        ("ra,dec\n1,2,3\n", "Expected 2 columns, got 3"),
        ('ra,name\n1,"a\n2,b\n3,c"\n', "stray quotes"),
        ("a,b\n1,2\n", "star columns such as"),
        ("wavelength,flux,ivar\n5000,1,1\n5001,1,1\n", "spectrum"),
        ("<html><body></body></html>", "HTML"),
    ],
)
def test_bad_text(table, text, message):
    with pytest.raises(InputError, match=message) as caught:
        table(text)
    assert "\n" not in str(caught.value)
    assert "stars.csv" in str(caught.value)


def test_quoted_line_breaks_are_no_rows(table):
    stars = table('ra,name\n1,"a\nb"\n2,c\n')
    assert stars.data["name"].tolist() == ["a\nb", "c"]
    assert "1 line breaks inside quoted cells" in stars.notes


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path, tmp_path / "no.csv"):
        with pytest.raises(InputError):
            read_stars(path)


def test_spectra_are_no_star_tables(realdata):
    for path in [
        *(realdata / "sdss_spectra").glob("*.fits"),
        *(realdata / "lamost").glob("*.fits*"),
        *(realdata / "templates").glob("*.fits"),
    ]:
        with pytest.raises(InputError, match=r"expected a star table, found a .* spectrum"):
            read_stars(path)


def test_failed_and_cut_queries(tmp_path):
    path = write_table(small(), tmp_path / "a.vot")
    whole = path.read_text()
    for status, text in (("ERROR", "timeout"), ("OVERFLOW", "")):
        info = f'<INFO name="QUERY_STATUS" value="{status}">{text}</INFO>'
        path.write_text(whole.replace("<TABLE>", info + "<TABLE>"))
        if status == "ERROR":
            with pytest.raises(InputError, match="its error: timeout"):
                read_stars(path)
        else:
            assert any("OVERFLOW" in note for note in read_stars(path).notes)


def test_votable_with_fewer_rows_than_stated(tmp_path):
    path = write_table(small(), tmp_path / "a.vot")
    path.write_text(path.read_text().replace("<TABLE>", '<TABLE nrows="13">'))
    with pytest.raises(InputError):
        read_stars(path)


def test_votable_stream_with_letters_that_are_not_base64(tmp_path):
    path = tmp_path / "a.vot"
    numbers = small().drop(columns=["Name", "SpT"])
    votable.writeto(votable.from_table(Table.from_pandas(numbers)), str(path), "binary2")
    whole = path.read_bytes()
    assert len(read_stars(path).data) == 12
    middle = whole.index(b"</STREAM>") - 100
    path.write_bytes(whole[:middle] + b"!!!!" + whole[middle + 4 :])
    with pytest.raises(InputError, match="base64"):
        read_stars(path)


@pytest.mark.parametrize("rows", [11, 13, 200])
def test_fits_with_a_damaged_number_of_rows(tmp_path, rows):
    path = write_table(small(), tmp_path / "a.fits")
    damaged = path.read_bytes().replace(
        b"NAXIS2  =                   12", b"NAXIS2  = %20d" % rows
    )
    path.write_bytes(damaged)
    with pytest.raises(InputError):
        read_stars(path)
