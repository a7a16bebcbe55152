"""Spectrum readers on bad input: one clear line, or a spectrum; never another exception."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamcore.io.content import container_of, kind_of
from slamcore.io.errors import InputError
from slamcore.io.spectra_files import find_spectrum_files, read_spectra, read_spectrum_files
from slamcore.spectra import Spectrum
from slamcore.wavelength import boss_grid
from tests import spectrum_fixtures as fixture

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """One small file of each format: name -> bytes."""
    folder = tmp_path_factory.mktemp("whole")
    flux = fixture.observed(np.arange(4000.0, 5000))[0]
    table = Table({"wave": np.arange(4000.0, 4400), "flux": flux[:400], "ivar": 1 + flux[:400]})
    table.write(folder / "s.ecsv")
    table.write(folder / "s.csv")
    paths = [
        fixture.write_spec(folder / "spec.fits", n_pix=400),
        fixture.write_spec(folder / "spec.fits.gz", n_pix=400),
        fixture.write_mwm_star(folder / "star.fits"),
        fixture.write_mwm_visit(folder / "visit.fits"),
        fixture.write_lamost_image(folder / "image.fits.gz"),
        fixture.write_lamost_table(folder / "table.fits"),
        fixture.write_templates(folder / "templates.fits"),
        fixture.write_image(folder / "linear.fits", flux, CRVAL1=4000.0, CDELT1=1.0),
        folder / "s.ecsv",
        folder / "s.csv",
    ]
    return {path.name: path.read_bytes() for path in paths}


FORMATS = (
    "spec.fits",
    "spec.fits.gz",
    "star.fits",
    "visit.fits",
    "image.fits.gz",
    "table.fits",
    "templates.fits",
    "linear.fits",
    "s.ecsv",
    "s.csv",
)


def _outcome(path):
    """Spectra, or None for an `InputError` of one line that names the file."""
    try:
        spectra = read_spectra(path)
    except InputError as error:
        message = str(error)
        assert "\n" not in message
        assert message.startswith(f"{path}: expected ")
        assert ", found " in message
        return None
    assert all(isinstance(spectrum, Spectrum) for spectrum in spectra)
    return spectra


@pytest.mark.parametrize("name", FORMATS)
@FUZZ
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused_or_gives_the_same_flux(tmp_path, whole_files, name, data):
    whole = whole_files[name]
    path = tmp_path / name
    path.write_bytes(whole)
    expected = read_spectra(path)
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    cut = _outcome(path)
    if cut is not None and ".fits" in name:
        assert [s.flux.size for s in cut] == [s.flux.size for s in expected]
        for ours, theirs in zip(cut, expected, strict=True):
            np.testing.assert_array_equal(ours.flux, theirs.flux)


@pytest.mark.parametrize("name", FORMATS)
@FUZZ
@given(data=st.data())
def test_flipped_bytes_in_headers_are_refused_or_read(tmp_path, whole_files, name, data):
    raw = bytearray(whole_files[name])
    spans = _headers(raw)
    for _ in range(data.draw(st.integers(1, 8))):
        start, stop = data.draw(st.sampled_from(spans))
        place = data.draw(st.integers(start, stop - 1))
        raw[place] = data.draw(
            st.one_of(st.sampled_from(b"0123456789-.TFEJKAPQXL '="), st.integers(0, 255))
        )
    path = tmp_path / name
    path.write_bytes(raw)
    _outcome(path)


def _headers(raw):
    """Where the keywords of each HDU lie; the beginning of a file that is no plain FITS."""
    if not raw.startswith(b"SIMPLE"):
        return [(0, min(len(raw), 3000))]
    spans, start = [], 0
    while start >= 0:
        stop = raw.index(b"END" + b" " * 77, start)
        spans.append((start, stop))
        start = raw.find(b"XTENSION=", stop)
    return spans


@pytest.mark.parametrize("hdu", [1, 2, 3, 4])
def test_a_spec_file_cut_within_any_hdu_is_refused(tmp_path, hdu):
    path = fixture.write_spec(tmp_path / "spec.fits", is_full=True)
    with fits.open(path) as hdus:
        place = hdus[hdu].fileinfo()
        cut = place["datLoc"] + hdus[hdu].size - 1
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"whole FITS file.*truncated"):
        read_spectra(path)


def test_a_file_cut_in_the_zeros_before_its_last_hdus_is_refused(tmp_path):
    path = fixture.write_mwm_visit(tmp_path / "visit.fits")
    with fits.open(path) as hdus:
        cuts = [h.fileinfo()["datLoc"] + h.size for h in hdus if h.size % 2880]
    whole = path.read_bytes()
    assert any(cut < len(whole) - 2880 for cut in cuts)
    for cut in cuts:
        path.write_bytes(whole[: cut + 1])
        with pytest.raises(InputError, match="a length that is a multiple of 2880 bytes"):
            read_spectra(path)


def test_a_negative_axis_does_not_hang(tmp_path):
    path = fixture.write_image(tmp_path / "i.fits", np.ones(1000), CRVAL1=4000.0, CDELT1=1.0)
    raw = path.read_bytes().replace(
        b"NAXIS1  =                 1000", b"NAXIS1  =                -1000"
    )
    path.write_bytes(raw)
    assert _outcome(path) is None


# Not a spectrum at all


def _missing(folder):
    return folder / "missing.fits"


def _folder(folder):
    return folder


def _empty(folder):
    (folder / "empty.fits").write_bytes(b"")
    return folder / "empty.fits"


def _binary(folder):
    (folder / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    return folder / "image.png"


def _prose(folder):
    (folder / "notes.txt").write_text("These spectra were taken on a clear night.\nEnjoy.\n")
    return folder / "notes.txt"


def _web_page(folder):
    (folder / "spec.fits").write_text("<!DOCTYPE html><html>404 Not Found</html>")
    return folder / "spec.fits"


def _star_table(folder):
    names = ("sdss_id", "teff", "logg", "fe_h", "initial_teff")
    Table({name: [1.0] for name in names}).write(folder / "spec-1-1-1.fits")
    return folder / "spec-1-1-1.fits"


def _star_csv(folder):
    (folder / "stars.csv").write_text("ra,dec,teff\n1,2,3500\n")
    return folder / "stars.csv"


def _headers_only(folder):
    fits.PrimaryHDU().writeto(folder / "none.fits")
    return folder / "none.fits"


def _bad_gzip(folder):
    (folder / "spec.fits.gz").write_bytes(gzip.compress(b"SIMPLE  =" + bytes(9000))[:40])
    return folder / "spec.fits.gz"


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (_missing, "nothing at this path"),
        (_folder, "a folder"),
        (_empty, "an empty file"),
        (_binary, "bytes that start with"),
        (_prose, "a text file without columns of wavelength and flux"),
        (_web_page, "XML or HTML"),
        (_star_table, "a star table (slam_summary)"),
        (_star_csv, "a CSV file without columns of wavelength and flux"),
        (_headers_only, "headers only"),
        (_bad_gzip, "damaged gzip data"),
    ],
)
def test_what_is_no_spectrum_is_named(tmp_path, make, found):
    path = make(tmp_path)
    with pytest.raises(InputError) as caught:
        read_spectra(path)
    assert found in caught.value.found
    assert str(caught.value).startswith(f"{path}: expected ")


def test_container_and_kind_refuse_the_same_way(tmp_path):
    for make in (_missing, _folder, _empty, _binary):
        for question in (container_of, kind_of):
            with pytest.raises(InputError):
                question(make(tmp_path))
    with pytest.raises(InputError, match="nothing at this path"):
        find_spectrum_files([tmp_path, tmp_path / "missing"])


# Spectra that cannot be used


def _edit(path, change):
    with fits.open(path, mode="update") as hdus:
        change(hdus)
    return path


def _set(column, value):
    def change(hdus):
        hdus[1].data[column][:] = value

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_set("FLUX", np.nan), "no finite flux"),
        (_set("IVAR", -1.0), "negative or no ivar in all"),
        (_set("IVAR", np.nan), "negative or no ivar in all"),
        (_set("IVAR", 0.0), "ivar of 0 or no flux in all"),
        (_set("LOGLAM", np.nan), "0 of 4648"),
        (_set("LOGLAM", 5.5), "1 of 4648"),
    ],
)
def test_spectra_without_good_pixels_are_refused(tmp_path, change, found):
    path = _edit(fixture.write_spec(tmp_path / "spec.fits"), change)
    with pytest.raises(InputError) as caught:
        read_spectra(path)
    assert found in caught.value.found


def test_some_bad_ivar_is_set_to_zero_and_counted(tmp_path):
    def change(hdus):
        hdus[1].data["IVAR"][100:110] = -1.0
        hdus[1].data["IVAR"][110] = np.inf

    (spectrum,) = read_spectra(_edit(fixture.write_spec(tmp_path / "spec.fits"), change))
    assert spectrum.mask[100:111].all()
    assert "11 of 4648 pixels with negative or no ivar set to 0" in spectrum.notes


def test_zeros_at_the_ends_are_no_measurement(tmp_path):
    def change(hdus):
        hdus[1].data["FLUX"][:3] = hdus[1].data["FLUX"][-5:] = 0.0
        hdus[1].data["FLUX"][200] = 0.0  # measured: its neighbours are
        hdus[1].data["IVAR"] = 1.0

    (spectrum,) = read_spectra(_edit(fixture.write_spec(tmp_path / "spec.fits"), change))
    assert np.flatnonzero(spectrum.mask).tolist() == [0, 1, 2, *range(4643, 4648)]
    assert "8 pixels at the ends with a flux of exactly 0 set to ivar 0" in spectrum.notes


@pytest.mark.parametrize("column", ["FLUX", "LOGLAM", "IVAR"])
def test_a_missing_column_is_named(tmp_path, column):
    path = fixture.write_spec(tmp_path / "spec.fits")
    with fits.open(path) as hdus:
        kept = [c for c in hdus[1].columns if c.name != column]
        table = fits.BinTableHDU.from_columns(kept, name="COADD")
        fits.HDUList([hdus[0], table, hdus[2]]).writeto(tmp_path / "less.fits")
    with pytest.raises(InputError, match="FLUX, LOGLAM and IVAR") as caught:
        read_spectra(tmp_path / "less.fits")
    assert column.lower() not in caught.value.found.split(", ")


def test_a_spec_file_without_rows_is_refused(tmp_path):
    with pytest.raises(InputError, match="found 0 rows"):
        read_spectra(fixture.write_spec(tmp_path / "spec.fits", n_pix=0))


def test_a_spec_file_without_the_row_of_its_star_says_so(tmp_path):
    path = fixture.write_spec(tmp_path / "spec.fits", velocity=100.0)
    with fits.open(path) as hdus:
        fits.HDUList(hdus[:2]).writeto(tmp_path / "short.fits")
    (spectrum,) = read_spectra(tmp_path / "short.fits")
    assert spectrum.shift.velocity == 0
    assert "no SPALL or SPECOBJ" in spectrum.shift.reason


def test_an_mwm_star_without_boss_rows_says_what_it_has(tmp_path):
    with pytest.raises(InputError, match="BOSS/APO: 0 rows, BOSS/LCO: 0 rows"):
        read_spectra(fixture.write_mwm_star(tmp_path / "star.fits", n_apo=0))


def test_a_bad_visit_is_left_out_and_told(tmp_path):
    path = fixture.write_mwm_visit(tmp_path / "v.fits", in_stack=(True, True), n_lco=0)

    def change(hdus):
        hdus["BOSS/APO"].data["flux"][0] = np.nan

    (spectrum,) = read_spectra(_edit(path, change))
    assert spectrum.identity.name.endswith("60001")
    assert any("left out" in note and "no finite flux" in note for note in spectrum.notes)


@pytest.mark.parametrize(
    ("flux", "header", "expected"),
    [
        (np.ones((3, 4, 5)), {}, "one spectrum in the image"),
        (np.ones((300, 400)), {"CRVAL1": 4000.0, "CDELT1": 1.0}, "one spectrum in the image"),
        (np.arange(9.0), {}, "CRVAL1"),
        (
            np.arange(9.0) ** 2 % 7,
            {"CRVAL1": 1e14, "CDELT1": 1e9, "CTYPE1": "FREQ"},
            "wavelengths",
        ),
        (np.arange(9.0) ** 2 % 7, {"CRVAL1": 400.0, "CDELT1": 0.1}, "Angstrom that reach into"),
        (np.ones(100), {"CRVAL1": 4000.0, "CDELT1": 1.0}, "errors, or at least 5 pixels"),
    ],
)
def test_images_that_are_no_spectrum(tmp_path, flux, header, expected):
    path = fixture.write_image(tmp_path / "i.fits", flux, **header)
    with pytest.raises(InputError) as caught:
        read_spectra(path)
    assert expected in caught.value.expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("wave,flux\n4000,a\n4001,b\n", "a spectrum with flux"),
        ("wave,flux\n4000,1\n4001,2,3,4\n", "rows of equally many numbers"),
        ("wave,flux,err\n400,1,1\n401,2,1\n", "Angstrom that reach into"),
        ("wave,flux,err\n4000,1,1\n", "at least 2 wavelengths"),
        ("wave,flux,err\n", "a spectrum with flux"),
        ("wave,flux,err\n4000,1,0\n4001,1,-1\n", "good pixels"),
    ],
)
def test_text_tables_that_are_no_spectrum(tmp_path, content, expected):
    path = tmp_path / "s.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_spectra(path)
    assert expected in caught.value.expected


def test_a_unit_that_is_none_of_wavelength_is_refused(tmp_path):
    table = Table({"wave": np.arange(4000.0, 5000), "flux": np.ones(1000), "err": np.ones(1000)})
    table["wave"].unit = "Hz"
    table.write(tmp_path / "s.ecsv")
    with pytest.raises(InputError, match="a unit of wavelength for wave, found Hz"):
        read_spectra(tmp_path / "s.ecsv")


def test_a_table_of_many_spectra_is_refused_and_not_mixed(tmp_path):
    arrays = np.tile(boss_grid(), (3, 1))
    Table({"wavelength": arrays, "flux": arrays, "ivar": arrays}).write(tmp_path / "many.fits")
    with pytest.raises(InputError, match="one spectrum in wavelength"):
        read_spectra(tmp_path / "many.fits")


def test_a_folder_goes_on_after_a_bad_file(tmp_path):
    fixture.write_spec(tmp_path / "a.fits")
    (tmp_path / "b.fits").write_bytes((tmp_path / "a.fits").read_bytes()[:30000])
    fixture.write_spec(tmp_path / "c.fits")
    results = [result for _, result in read_spectrum_files(find_spectrum_files(tmp_path))]
    assert [isinstance(r, InputError) for r in results] == [False, True, False]
