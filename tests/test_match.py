"""Spectra find their stars by id, then by position; templates by type and metallicity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamcore.constants import MATCH_RADIUS
from slamcore.io.spectra_files import read_spectra
from slamcore.io.tables import read_stars
from slamcore.match import IDS, match_spectra, match_templates, subtype
from slamcore.spectra import Identity

ARCSEC = 1 / 3600
ID = 2767387380324493184


def spectrum(**values) -> Identity:
    return Identity("spectrum", **values)


def template(kind: str, low: float = -0.5, high: float = 0.0) -> Identity:
    return Identity("template", spectral_type=kind, template_fe_h=(low, high))


def sky(*positions: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(positions, columns=["ra", "dec"], dtype=float)


# --- by id -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDS)
def test_each_id_finds_its_star_and_only_its_star(name):
    stars = pd.DataFrame({name: [ID + 1, ID, -1]})
    match = match_spectra(stars, [spectrum(**{name: x}) for x in (ID, ID + 1, ID + 2, -1)])
    assert match.star.tolist() == [1, 0, -1, -1]
    assert match.how.tolist() == [name, name, "none", "none"]


def test_ladder_of_ids():
    stars = pd.DataFrame({name: [10 * i + 1, 10 * i + 2] for i, name in enumerate(IDS)})
    for i, name in enumerate(IDS):
        # This id says star 0; every id further down says star 1.
        values = {other: 10 * j + 2 for j, other in enumerate(IDS) if j > i}
        match = match_spectra(stars, [spectrum(**values | {name: 10 * i + 1})])
        assert (match.star[0], match.how[0]) == (0, name)


def test_id_that_is_not_in_the_table_goes_on_to_the_next():
    stars = sky((10, 0), (20, 0)).assign(sdss_id=[5, 6], catalogid=[7, 8])
    match = match_spectra(stars, [spectrum(sdss_id=99, catalogid=8, ra=10.0, dec=0.0)])
    assert (match.star[0], match.how[0]) == (1, "catalogid")
    assert match.separation[0] == pytest.approx(36000)
    assert "1 spectra matched by id lie over 60 arcsec" in match.notes[0]


def test_absent_ids_never_match_each_other():
    stars = sky((10, 0)).assign(sdss_id=-1, gaia_dr3_source_id=0)
    match = match_spectra(stars, [spectrum(), spectrum(gaia_dr3_source_id=0)])
    assert match.how.tolist() == ["none", "none"]


def test_repeated_id_takes_the_first_row_and_says_so():
    stars = pd.DataFrame({"sdss_id": [4, 5, 5], "telescope": ["a", "b", "c"]})
    match = match_spectra(stars, [spectrum(sdss_id=5), spectrum(sdss_id=4)])
    assert match.star.tolist() == [1, 0]
    assert match.notes == ("1 spectra: several rows have their sdss_id, the first is taken",)


def test_several_spectra_of_one_star():
    match = match_spectra(pd.DataFrame({"obsid": [3]}), [spectrum(obsid=3)] * 3)
    assert match.star.tolist() == [0, 0, 0]


# --- by position -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("star", "seen"),
    [
        ((0.0, 0.0), (360 - 2 * ARCSEC, 0.0)),
        ((359.9999, 10.0), (-0.0001, 10.0)),
        ((10.0, 90.0), (190.0, 90 - 2 * ARCSEC)),
        ((0.0, -90 + ARCSEC), (180.0, -90 + ARCSEC)),
        ((10.0, 60.0), (10 + 4 * ARCSEC, 60.0)),
    ],
)
def test_near_stars_across_the_seams_of_the_sky(star, seen):
    match = match_spectra(sky((100, 0), star), [spectrum(ra=seen[0], dec=seen[1])])
    assert (match.star[0], match.how[0]) == (1, "position")
    assert match.separation[0] <= 2.01


def test_the_radius_is_three_arcsec_on_the_sky():
    assert MATCH_RADIUS == 3
    stars = sky((10, 60))
    for arcsec, row in ((2.99, 0), (3.01, -1)):
        seen = [
            spectrum(ra=10.0, dec=60 + arcsec * ARCSEC),
            spectrum(ra=10 + 2 * arcsec * ARCSEC, dec=60.0),  # cos(60 deg) = 1/2
        ]
        match = match_spectra(stars, seen)
        assert match.star.tolist() == [row, row]
    wide = match_spectra(stars, [spectrum(ra=10.0, dec=60 + 5 * ARCSEC)], radius=6)
    assert wide.separation[0] == pytest.approx(5)


def test_nearest_of_several():
    stars = sky((10, 0), (10, 1.5 * ARCSEC), (10, 100))
    match = match_spectra(stars, [spectrum(ra=10.0, dec=ARCSEC)])
    assert match.star[0] == 1
    assert match.separation[0] == pytest.approx(0.5)
    assert "1 spectra have several stars within 3 arcsec" in match.notes[0]


def test_the_nearest_star_is_told_where_none_matches():
    seen = [spectrum(ra=10.0, dec=2.0), spectrum(), spectrum(ra=10.0, dec=ARCSEC)]
    match = match_spectra(sky((10, 0), (10, 5)), seen)
    assert match.star.tolist() == [-1, -1, 0]
    np.testing.assert_allclose(match.separation, [7200, np.nan, 1])
    assert match.notes == ()  # far, but matched to nothing


def test_repeated_rows_are_one_place():
    stars = sky((10, 1), (10, 0), (10, 0), (10, 0))
    match = match_spectra(stars, [spectrum(ra=10.0, dec=0.0)])
    assert match.star[0] == 1
    assert match.notes == ()


@pytest.mark.parametrize("ra", [np.nan, np.inf, 10.0])
@pytest.mark.parametrize("dec", [np.nan, 91.0, -np.inf])
def test_positions_that_are_none(ra, dec):
    near = spectrum(ra=10.0, dec=0.0)
    match = match_spectra(sky((ra, dec), (10, 0)), [near, spectrum(ra=ra, dec=dec)])
    assert match.star.tolist() == [1, -1]
    assert match_spectra(sky((ra, dec)), [near]).star.tolist() == [-1]


def test_table_without_positions_or_rows():
    near = spectrum(ra=10.0, dec=0.0, sdss_id=5)
    assert match_spectra(pd.DataFrame({"sdss_id": [5]}), [near]).how.tolist() == ["sdss_id"]
    assert match_spectra(pd.DataFrame({"ruwe": [1.0]}), [near]).how.tolist() == ["none"]
    assert match_spectra(sky(), [near]).how.tolist() == ["none"]
    assert match_spectra(sky((10, 0)), []).star.shape == (0,)


def test_templates_are_no_stars_spectra():
    stars = sky((10, 0)).assign(sdss_id=5)
    mean = Identity("t", sdss_id=5, ra=10.0, dec=0.0, template_fe_h=(-0.5, 0.0))
    assert match_spectra(stars, [mean]).how.tolist() == ["none"]


positions = st.tuples(st.floats(0, 360), st.floats(-90, 90))


@settings(max_examples=40, deadline=None)
@given(st.lists(positions, min_size=1, max_size=6), positions, st.floats(0.1, 1e5))
def test_against_all_distances(stars, seen, radius):
    def unit(ra, dec):
        ra, dec = np.radians(ra), np.radians(dec)
        return np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])

    chords = [np.linalg.norm(unit(*star) - unit(*seen)) for star in stars]
    arcsec = np.degrees(2 * np.arcsin(np.minimum(np.array(chords) / 2, 1))) * 3600
    match = match_spectra(sky(*stars), [spectrum(ra=seen[0], dec=seen[1])], radius)
    if abs(arcsec.min() - radius) < 1e-6:
        return
    assert (match.star[0] >= 0) == (arcsec.min() < radius)
    if match.star[0] >= 0:
        assert arcsec[match.star[0]] == pytest.approx(arcsec.min(), abs=1e-5)
        assert match.separation[0] == pytest.approx(arcsec.min(), abs=1e-5)


# --- templates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("M3.5 V", 3.5),
        ("M0", 0),
        ("dM2", 2),
        ("M4.5Ve", 4.5),
        ("M0.5 V:", 0.5),
        ("sdM1", 1),
        ("esdM3", 3),
        ("M9.5 V", 9.5),
        ("K7", -1),
        ("K7 V", -1),
        ("K7.5", -0.5),
    ],
)
def test_dwarfs_on_the_sequence(text, number):
    assert subtype(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "M", "K5 V", "K0 IV/V", "L0", "T8", "DA3.5", "gM0", "M1.5 III", "M4 Ib", "M5 IV",
     "M2III (169305)", "M2Iab: (36389)", "M5 V + M6", "M10", "G2 V", "Ldwarf"],
)  # fmt: skip
def test_what_no_template_stands_for(text):
    assert np.isnan(subtype(text))


def matched(kinds, templates, fe_h=None, without=None):
    stars = pd.DataFrame({"spectral_type": kinds})
    if fe_h is not None:
        stars["fe_h"] = fe_h
    need = np.ones(len(kinds), dtype=bool) if without is None else np.array(without)
    return match_templates(stars, templates, need).template.tolist()


def test_nearest_type_a_tie_goes_to_the_earlier():
    templates = [template(f"M{i}") for i in (4, 3, 2, 1, 0)] + [template("K7")]
    kinds = ["M3.5 V", "M3.6", "M3.4", "M0.5 V", "K7.5", "K7.6", "K7.4", "M4.5", "M4.6", "M2"]
    assert matched(kinds, templates) == [1, 0, 1, 4, 5, 4, 5, 0, -1, 2]


def test_metallicity_bins():
    templates = [template("M1", -1, -0.5), template("M1", -0.5, 0.0), template("M1", 0.0, 0.5)]
    fe_h = [-0.7, -0.5, -0.1, 0.0, 0.5, -3.0, np.nan]
    assert matched(["M1 V"] * 7, templates, fe_h) == [0, 1, 1, 2, -1, -1, 1]
    assert matched(["M1 V"], templates) == [1]
    open_ended = [template("M9", -np.inf, np.inf)]
    assert matched(["M9 V"] * 2, open_ended, [-3.0, np.nan]) == [0, 0]


def test_it_is_told_where_a_metallicity_was_assumed():
    stars = pd.DataFrame({"spectral_type": ["M1", "M1", "M9", "L5"], "fe_h": np.nan})
    stars.loc[0, "fe_h"] = -0.2
    found = match_templates(
        stars, [template("M1"), template("M9", -np.inf, np.inf)], np.ones(4, dtype=bool)
    )
    assert found.template.tolist() == [0, 0, 1, -1]
    assert found.assumed.tolist() == [False, True, False, False]


def test_subdwarfs_need_their_metallicity():
    templates = [template("M1", -1, -0.5), template("M1", -0.5, 0.0)]
    assert matched(["sdM1", "sdM1", "M1VI"], templates, [-0.8, np.nan, np.nan]) == [0, -1, -1]


def test_only_stars_without_a_spectrum_and_only_templates():
    templates = [spectrum(spectral_type="M1"), template("M1"), template("M1"), template("")]
    assert matched(["M1"] * 3, templates, without=[True, False, True]) == [1, -1, 1]
    untyped = match_templates(pd.DataFrame({"ra": [1.0]}), templates, np.array([True]))
    assert untyped.template.tolist() == [-1]
    assert matched([], templates) == []
    assert matched([None, "M1"], templates) == [-1, 1]


@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.from_regex(r"[KM][0-9](\.[0-9])? ?V?", fullmatch=True))
    ),
    st.lists(st.sampled_from(["K7", "M0", "M3", "M3", "", "X"]), max_size=6),
)
def test_a_match_is_always_close(kinds, types):
    templates = [template(kind) for kind in types]
    for kind, index in zip(kinds, matched(kinds, templates), strict=True):
        if index >= 0:
            assert abs(subtype(kind) - subtype(types[index])) <= 0.5


# --- real files ------------------------------------------------------------------------------


def test_carmenes_and_the_real_templates(realdata):
    stars = read_stars(realdata / "catalogs/carmenes_ix.csv").data
    found = read_spectra(realdata / "templates/kesseli2017_K7-M9_rebinned.fits")
    templates = [spectrum.identity for spectrum in found]
    index = match_templates(stars, templates, np.ones(len(stars), dtype=bool)).template
    types = stars["spectral_type"]
    is_m_dwarf = types.str.fullmatch(r"M\d\.\d V")
    assert (index[is_m_dwarf] >= 0).mean() > 0.97
    assert (index[types.str.match("D|L|T|G|F|A|K[0-5]").to_numpy(dtype=bool)] == -1).all()
    row = types.tolist().index("M3.5 V")
    assert templates[index[row]].spectral_type == "M3"
    for number in np.flatnonzero(index >= 0)[::50]:
        low, high = templates[index[number]].template_fe_h
        fe_h = stars["fe_h"][number]
        assert low <= (-0.1 if np.isnan(fe_h) else fe_h) < high


def test_sdss_spectra_find_a_star_at_their_place(realdata):
    found = [
        spectrum.identity
        for path in sorted((realdata / "sdss_spectra").glob("*.fits"))
        for spectrum in read_spectra(path)
    ]
    stars = sky(*((one.ra + ARCSEC, one.dec - ARCSEC) for one in reversed(found)))
    match = match_spectra(stars, found)
    assert match.star.tolist() == list(range(len(found)))[::-1]
    assert set(match.how) == {"position"}
    carmenes = read_stars(realdata / "catalogs/carmenes_ix.csv").data
    assert set(match_spectra(carmenes, found).how) == {"none"}
