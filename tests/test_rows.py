"""Every star and every spectrum has its row, with its own types and keys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.collect import StoredSpectrum
from slamcore.rows import join_spectra
from slamcore.spectra import Identity

BIG_ID = 2**62 + 1  # not a float64


def star_table(**columns) -> pd.DataFrame:
    """Three M dwarfs and one without a type."""
    return pd.DataFrame(
        {
            "sdss_id": [11, 12, 13, 14],
            "gaia_dr3_source_id": [BIG_ID, -1, BIG_ID + 2, -1],
            "ra": [10.0, 20.0, 30.0, 40.0],
            "dec": [0.0, 5.0, -5.0, 60.0],
            "spectral_type": ["M1.0", "M3.0 V", "M5.0", ""],
            "g_mag": 12.0,
            "bp_mag": 13.0,
            "rp_mag": 11.0,
            "plx": 50.0,
            "visits": [1, 2, 3, 4],
            "checked": [True, False, True, False],
            **columns,
        }
    )


def stored(name: str, snr: float = 20.0, **identity) -> StoredSpectrum:
    return StoredSpectrum(f"{name}.fits", Identity(name=name, **identity), snr, True, "as it was")


def test_every_star_and_every_spectrum_has_its_place():
    rows = join_spectra(
        star_table(),
        [
            stored("second", sdss_id=12),
            stored("stranger", ra=100.0, dec=1.0, obsid=7, spectral_type="M4"),
            stored("first", gaia_dr3_source_id=BIG_ID),
            stored("first again", ra=10.0003, dec=0.0),
            stored("M5 mean", spectral_type="M5", template_fe_h=(-0.5, 0.5)),
            stored("M9 mean", spectral_type="M9", template_fe_h=(-0.5, 0.5)),
        ],
    )
    table = rows.table
    assert table["sdss_id"].tolist() == [11, 11, 12, 13, 14, -1]
    assert table["spectrum_row"].tolist() == [2, 3, 0, 4, -1, 1]
    assert table["spectrum_origin"].tolist() == [
        *("observed", "observed", "observed", "template", "none", "observed")
    ]
    assert table["spectrum_file"].tolist()[3:6] == ["M5 mean.fits", "", "stranger.fits"]
    assert table["name"].tolist()[4:] == ["", "stranger"]
    assert table["template"].tolist() == ["", "", "", "M5 mean", "", ""]
    assert table["obsid"].tolist() == [-1] * 5 + [7]
    assert table["spectral_type"].tolist()[3:] == ["M5.0", "", "M4"]
    np.testing.assert_allclose(table["ra"], [10, 10, 20, 30, 40, 100])
    np.testing.assert_allclose(table["snr"], [20, 20, 20, np.nan, np.nan, 20])
    assert rows.matched == {"sdss_id": 1, "gaia_dr3_source_id": 1, "position": 1}
    assert rows.counts == {
        "matched": 3,
        "unmatched": 1,
        "templates": 2,
        "templates_not_shown": 1,
        "with_template": 1,
        "without": 1,
    }
    assert "1 rows repeat a star that has several spectra" in rows.notes


def test_a_borrowed_template_says_what_it_stands_for():
    stars = star_table(fe_h=[np.nan, -0.8, np.nan, 0.0])
    mean = [
        stored("a", spectral_type="M1", template_fe_h=(-0.5, 0.0)),
        stored("b", spectral_type="M3", template_fe_h=(-np.inf, -0.5)),
        stored("c", spectral_type="M5", template_fe_h=(-np.inf, np.inf)),
    ]
    table = join_spectra(stars, mean).table
    assert table["template"].tolist() == ["a", "b", "c", ""]
    assert table["spectrum_notes"].tolist() == [
        "template of M1, -0.5 ≤ [Fe/H] < 0; [Fe/H] of the star is not known: -0.1 assumed; "
        "as it was",
        "template of M3, [Fe/H] < -0.5; as it was",
        "template of M5, any [Fe/H]; as it was",
        "",
    ]


def test_spectra_without_a_star_are_told_one_by_one():
    strangers = [stored(f"s{i}", ra=10.0, dec=1.0) for i in range(11)]
    notes = join_spectra(star_table(), [stored("nowhere"), *strangers]).notes
    assert "no star for nowhere of nowhere.fits: no position" in notes
    assert "no star for s8 of s8.fits: the nearest star is 3,600.0 arcsec away" in notes
    assert not any("s9" in note for note in notes)
    assert notes[-1] == "... and 2 more that match no star"


def test_the_extinction_is_told_of_the_stars_alone():
    spectra = [stored("a", sdss_id=11), stored("b", sdss_id=11), stored("stranger")]
    (note,) = (n for n in join_spectra(star_table(), spectra).notes if "extinction" in n)
    assert note == "no extinction applied: no column ebv or ebv_bayestar_2019"
    stars = star_table(ebv_bayestar_2019=[0.1, 0.2, np.nan, np.nan], ebv=[0.5, 0.5, 0.5, np.nan])
    rows = join_spectra(stars, spectra)
    assert (
        "extinction: ebv_bayestar_2019: 2, ebv: 1, none: 1 of 4 stars; "
        "1 of 4 stars have no E(B-V): taken as observed"
    ) in rows.notes
    bayestar = "ebv_bayestar_2019"
    assert rows.table["ebv_source"].tolist() == [bayestar, bayestar, bayestar, "ebv", "", ""]


def test_columns_keep_their_types():
    table = join_spectra(star_table(), [stored("stranger")]).table
    assert table["gaia_dr3_source_id"].tolist() == [BIG_ID, -1, BIG_ID + 2, -1, -1]
    assert table["gaia_dr3_source_id"].dtype == np.int64
    assert table["visits"].tolist() == [1, 2, 3, 4, pd.NA]
    assert table["checked"].tolist() == [True, False, True, False, pd.NA]
    np.testing.assert_allclose(table["abs_g_mag"][:4], 12 + 5 * np.log10(0.5))
    assert np.isnan(table["abs_g_mag"][4])


def test_known_columns_have_no_missing_values_but_nan():
    stars = star_table(result_flags=[0, 1, 2, 3], flag_bad=[True, False, False, True], name="x")
    table = join_spectra(stars, [stored("stranger", ra=1.0, dec=1.0)]).table
    assert table["result_flags"].dtype == np.float64
    assert np.isnan(table["result_flags"][4])
    assert table["flag_bad"].tolist() == [True, False, False, True, False]
    assert table["flag_bad"].dtype == bool
    assert table["name"].tolist() == ["x"] * 4 + ["stranger"]


def test_without_spectra_the_table_is_as_it_was():
    stars = star_table()
    table = join_spectra(stars, []).table
    pd.testing.assert_frame_equal(table[list(stars)], stars)
    assert table["spectrum_origin"].tolist() == ["none"] * 4


def test_the_table_s_snr_is_kept():
    stars = star_table(snr=[5.0, np.nan, np.nan, 9.0])
    spectra = [stored("a", sdss_id=11), stored("b", sdss_id=12)]
    snr = join_spectra(stars, spectra).table["snr"]
    np.testing.assert_array_equal(snr, [5, 20, np.nan, 9])


def test_keys_are_unique_and_kept_where_there_are_any():
    stars = star_table(spectrum_pk=[100, 101, 102, 102])
    spectra = [stored("a", sdss_id=11), stored("b", sdss_id=11), stored("c", spectrum_pk=900)]
    table = join_spectra(stars, spectra).table
    assert table["spectrum_pk"].tolist() == [100, 901, 101, 102, 902, 900]
    assert join_spectra(star_table(), []).table["spectrum_pk"].tolist() == [1, 2, 3, 4]
