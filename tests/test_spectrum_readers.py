"""Spectrum readers: real files, faithful fixtures, the sign of the shift, identities."""

from __future__ import annotations

import gzip
import math

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from scipy.ndimage import median_filter

from slamcore.constants import SPEED_OF_LIGHT
from slamcore.io.checksum import sha256_of
from slamcore.io.content import SPECTRUM_KINDS, container_of, kind_of
from slamcore.io.errors import InputError
from slamcore.io.spectra_files import (
    READERS,
    find_spectrum_files,
    read_spectra,
    read_spectrum_files,
)
from slamcore.io.spectrum_clean import der_snr_noise, exact_grid
from slamcore.io.spectrum_columns import find_columns, medium_in
from slamcore.io.spectrum_shift import pipeline_shift
from slamcore.io.spectrum_template import iron_bin
from slamcore.wavelength import air_to_vacuum, boss_grid
from tests import spectrum_fixtures as fixture

SDSS = (
    ("spec-0618-52049-0372.fits", "M1", (236.97794, 52.815963)),
    ("spec-1079-52621-0509.fits", "M1", (21.96435, 0.275878)),
    ("spec-5047-55833-0936.fits", "M1", (335.22523, 12.05867)),
    ("spec-7454-56751-0770.fits", "K0", (156.66764, 17.972833)),
)
LAMOST = (
    ("3703110.fits", "K7", 3703110),
    ("spec-55863-M31_011N40_B1_sp07-211.fits.gz", "M0", 1607211),
)
TEMPLATES = "templates/kesseli2017_K7-M9_rebinned.fits"
REDSHIFT = 200 / SPEED_OF_LIGHT


# Real files


@pytest.mark.parametrize(("name", "spectral_type", "position"), SDSS)
def test_real_sdss_files(realdata, name, spectral_type, position):
    (spectrum,) = read_spectra(realdata / "sdss_spectra" / name)
    assert spectrum.kind == "spec"
    assert spectrum.identity.spectral_type.startswith(spectral_type)
    assert (spectrum.identity.ra, spectrum.identity.dec) == pytest.approx(position, abs=1e-4)
    assert spectrum.snr == pytest.approx(spectrum.header_snr, rel=0.1)
    assert spectrum.shift.frame == "barycentric"
    assert spectrum.shift.reason.startswith("Z = ")
    at_rest_in_pixels = np.log10(spectrum.wavelength * (1 + spectrum.shift.velocity / 299792.458))
    assert np.diff(at_rest_in_pixels) == pytest.approx(1e-4, abs=1e-11)


@pytest.mark.parametrize(("name", "spectral_type", "obsid"), LAMOST)
def test_real_lamost_files(realdata, name, spectral_type, obsid):
    (spectrum,) = read_spectra(realdata / "lamost" / name)
    assert spectrum.kind == "lamost"
    assert spectrum.identity.obsid == obsid
    assert spectrum.identity.spectral_type == spectral_type
    assert spectrum.identity.name.startswith("LAMOST J")
    assert 30 < spectrum.snr < 60


def test_real_templates(realdata):
    templates = read_spectra(realdata / TEMPLATES)
    assert len(templates) == 38
    by_name = {t.identity.name: t for t in templates}
    assert len(by_name) == 38
    assert all(t.identity.is_template and t.shift.frame == "rest" for t in templates)
    assert by_name["M3 [0.0, 0.5]"].identity.template_fe_h == (0.0, 0.5)
    assert by_name["M5 [-2.0, -0.5]"].identity.template_fe_h == (-2.0, -0.5)
    assert by_name["K7 [< -1.0]"].identity.template_fe_h == (-math.inf, -1.0)
    assert by_name["M9"].identity.template_fe_h == (-math.inf, math.inf)


def test_templates_of_one_spectrum_have_the_noise_their_errors_say(realdata):
    by_name = {t.identity.name: t for t in read_spectra(realdata / TEMPLATES)}
    for name in ("K7 [< -1.0]", "M2 [0.5, 1.0]"):
        template = by_name[name]
        inner = slice(2260, 3900)
        noise = der_snr_noise(template.flux[inner])
        assert np.median(template.ivar[inner]) ** -0.5 == pytest.approx(noise, rel=0.15)


WINDOWS = ((4400, 5000), (5000, 5700), (5700, 6300), (6300, 6840), (7000, 7550), (8400, 8900))


def _flattened(spectrum, grid):
    good = ~spectrum.mask
    flux = np.interp(grid, spectrum.wavelength[good], spectrum.flux[good])
    return flux / median_filter(flux, 301)


def _velocity_against(spectrum, template):
    """Median over windows free of telluric lines of the cross-correlation peak (km/s)."""
    velocities = np.arange(-300.0, 301.0, 10.0)
    peaks = []
    for low, high in WINDOWS:
        grid = 10 ** np.arange(np.log10(low - 100), np.log10(high + 100), 1e-4)
        use = (grid > low) & (grid < high)
        ours, theirs = _flattened(spectrum, grid), _flattened(template, grid)
        match = [
            np.corrcoef(ours[use], np.interp(grid / (1 + v / SPEED_OF_LIGHT), grid, theirs)[use])[
                0, 1
            ]
            for v in velocities
        ]
        i = int(np.clip(np.argmax(match), 3, velocities.size - 4))
        a, b, _ = np.polyfit(velocities[i - 3 : i + 4], match[i - 3 : i + 4], 2)
        peaks.append(-b / (2 * a))
    return np.median(peaks)


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("sdss_spectra/spec-0618-52049-0372.fits", "M1 [-0.5, 0.0]"),
        ("sdss_spectra/spec-1079-52621-0509.fits", "M1 [-0.5, 0.0]"),
        ("sdss_spectra/spec-5047-55833-0936.fits", "M1 [-0.5, 0.0]"),
        ("sdss_spectra/spec-7454-56751-0770.fits", "K7 [-0.5, 0.0]"),
        ("lamost/3703110.fits", "K7 [-0.5, 0.0]"),
        ("lamost/spec-55863-M31_011N40_B1_sp07-211.fits.gz", "M0 [-0.5, 0.0]"),
    ],
)
def test_real_spectra_are_at_rest_against_the_template_of_their_type(realdata, name, template):
    by_name = {t.identity.name: t for t in read_spectra(realdata / TEMPLATES)}
    (spectrum,) = read_spectra(realdata / name)
    assert abs(_velocity_against(spectrum, by_name[template])) < 25


def test_the_fastest_real_star_is_off_without_the_shift(realdata):
    templates = read_spectra(realdata / TEMPLATES)
    m1 = next(t for t in templates if t.identity.name == "M1 [-0.5, 0.0]")
    path = realdata / "sdss_spectra" / "spec-5047-55833-0936.fits"
    (at_rest,), (observed,) = read_spectra(path), read_spectra(path, velocity=0.0)
    assert at_rest.shift.velocity == pytest.approx(-57.7, abs=0.1)
    assert abs(_velocity_against(at_rest, m1)) < 15
    assert _velocity_against(observed, m1) == pytest.approx(-57.7, abs=15)


# The shift: its sign, its choice


@pytest.mark.parametrize(
    ("write", "options"),
    [
        (fixture.write_spec, {"rv": 200.0, "rxc": 9.0}),
        (fixture.write_spec, {"rv": -50.0, "rxc": 3.0, "z": REDSHIFT, "is_full": True}),
        (fixture.write_spec, {"z": REDSHIFT, "is_sdss1": True}),
        (fixture.write_lamost_image, {"z": REDSHIFT}),
        (fixture.write_lamost_table, {"z": REDSHIFT}),
    ],
    ids=["XCSAO_RV", "Z", "SPECOBJ", "LAMOST image", "LAMOST table"],
)
def test_an_injected_velocity_is_divided_out(tmp_path, write, options):
    path = write(tmp_path / "star.fits", velocity=200.0, **options)
    (spectrum,) = read_spectra(path)
    assert spectrum.shift.velocity == pytest.approx(200, abs=1e-3)
    assert fixture.velocity_of(spectrum.wavelength, spectrum.flux) == pytest.approx(0, abs=8)
    (observed,) = read_spectra(path, velocity=0.0)
    assert fixture.velocity_of(observed.wavelength, observed.flux) == pytest.approx(200, abs=8)


def test_visits_out_of_the_stack_are_shifted_and_the_others_are_not(tmp_path):
    path = fixture.write_mwm_visit(tmp_path / "visit.fits", velocity=200.0, n_lco=0)
    stacked, single = read_spectra(path)
    assert stacked.shift.frame == "rest"
    assert stacked.shift.velocity == 0
    assert single.shift.frame == "barycentric"
    assert single.shift.velocity == pytest.approx(200)
    for spectrum in (stacked, single):
        assert fixture.velocity_of(spectrum.wavelength, spectrum.flux) == pytest.approx(0, abs=8)


def test_a_visit_with_an_uncertain_velocity_stays_barycentric_and_says_why(tmp_path):
    path = fixture.write_mwm_visit(tmp_path / "v.fits", in_stack=(False,), rxc=4.0, n_lco=0)
    (spectrum,) = read_spectra(path)
    assert spectrum.shift.frame == "barycentric"
    assert spectrum.shift.velocity == 0
    assert "R = 4.0" in spectrum.shift.reason


@pytest.mark.parametrize(
    ("given", "velocity", "reason"),
    [
        ({"rv": 30.0, "rxc": 6.1, "z": 1e-3}, 30.0, "XCSAO_RV with R = 6.1"),
        ({"rv": 30.0, "rxc": 6.0, "z": 1e-4}, 29.979, "Z = 0.0001"),
        ({"rv": math.nan, "rxc": 50.0, "z": 1e-4}, 29.979, "Z = 0.0001"),
        ({"z": 1e-4, "zwarning": 4}, 0.0, "ZWARNING = 4"),
        ({"z": 1e-4, "is_star": False}, 0.0, "class is not STAR"),
        ({"z": 2.1}, 0.0, "not that of a star"),
        ({"z": -9999.0}, 0.0, "not that of a star"),
        ({}, 0.0, "no redshift"),
    ],
)
def test_which_velocity_is_taken(given, velocity, reason):
    shift = pipeline_shift(**given)
    assert shift.velocity == pytest.approx(velocity, abs=1e-2)
    assert reason in shift.reason
    assert shift.frame == "barycentric"


@pytest.mark.parametrize("velocity", [math.nan, math.inf, 3e5])
def test_a_velocity_that_is_none_is_refused(tmp_path, velocity):
    path = fixture.write_spec(tmp_path / "spec.fits")
    with pytest.raises(ValueError, match="velocity: expected km/s"):
        read_spectra(path, velocity=velocity)


def test_lamost_without_a_redshift_is_left_as_it_is(tmp_path):
    (spectrum,) = read_spectra(fixture.write_lamost_table(tmp_path / "l.fits", z=-9999.0))
    assert spectrum.shift.velocity == 0
    assert spectrum.shift.frame == "barycentric"
    assert "-9999" in spectrum.shift.reason


# Formats


def test_identity_of_an_sdss_v_file_is_exact(tmp_path):
    (spectrum,) = read_spectra(fixture.write_spec(tmp_path / "spec-101202-60095-1.fits"))
    identity = spectrum.identity
    assert identity.sdss_id == fixture.SDSS_ID
    assert identity.catalogid == fixture.CATALOGID > 2**53
    assert identity.gaia_dr2_source_id == fixture.GAIA_DR2
    assert identity.name == "spec-101202-60095-1"
    assert spectrum.header_snr == fixture.SNR
    assert spectrum.snr == pytest.approx(fixture.SNR, rel=0.05)


def test_position_is_the_fibre_and_not_the_plate_centre(tmp_path):
    (spectrum,) = read_spectra(fixture.write_spec(tmp_path / "spec.fits", is_sdss1=True))
    assert (spectrum.identity.ra, spectrum.identity.dec) == fixture.STAR


def test_spec_wavelengths_are_the_exact_grid_and_not_float32(tmp_path):
    (spectrum,) = read_spectra(fixture.write_spec(tmp_path / "spec.fits"), velocity=0.0)
    np.testing.assert_allclose(spectrum.wavelength, boss_grid(), rtol=1e-13)


def test_exact_grid_needs_agreement():
    loglam = np.log10(boss_grid()[7:100])
    rounded = loglam.astype("f4").astype(float)
    np.testing.assert_allclose(exact_grid(rounded, 3.5523, 1e-4), loglam, atol=1e-13)
    np.testing.assert_array_equal(exact_grid(rounded, 3.55235, 1e-4), rounded)
    np.testing.assert_array_equal(exact_grid(rounded, math.nan, math.nan), rounded)


def test_vacuum_flag_is_honoured(tmp_path):
    (air,) = read_spectra(fixture.write_spec(tmp_path / "air.fits", vacuum=False), velocity=0.0)
    assert air.medium == "air"
    np.testing.assert_allclose(air.wavelength, air_to_vacuum(boss_grid()), rtol=1e-12)


@pytest.mark.parametrize(
    ("n_apo", "n_lco", "names"),
    [(1, 0, ["star"]), (0, 1, ["star"]), (1, 1, ["star apo25m", "star lco25m"])],
)
def test_mwm_star_with_either_telescope(tmp_path, n_apo, n_lco, names):
    spectra = read_spectra(fixture.write_mwm_star(tmp_path / "star.fits", n_apo, n_lco))
    assert [s.identity.name for s in spectra] == names
    for spectrum in spectra:
        assert spectrum.identity.gaia_dr3_source_id == fixture.GAIA_DR3
        assert spectrum.identity.spectrum_pk == 1
        assert spectrum.shift.frame == "rest"
        np.testing.assert_allclose(spectrum.wavelength, boss_grid(), rtol=1e-13)
        assert spectrum.mask[spectrum.wavelength < 3650].all()
        assert spectrum.snr == pytest.approx(spectrum.header_snr, rel=0.05)


def test_lamost_pilot_image_without_wavelengths_uses_the_header(tmp_path):
    path = fixture.write_lamost_image(tmp_path / "pilot.fits")
    with fits.open(path, mode="update") as hdus:
        hdus[0].data[2] = hdus[0].data[0] - 1
    (spectrum,) = read_spectra(path, velocity=0.0)
    np.testing.assert_allclose(spectrum.wavelength, 10 ** (3.5682 + 1e-4 * np.arange(3900)))


def test_images_with_a_linear_scale_in_air(tmp_path):
    wavelength = 3200.0 + np.arange(6300)
    flux, _ = fixture.observed(air_to_vacuum(wavelength), snr=50)
    flux[:40], flux[100], flux[200] = np.nan, -0.5, 0.0
    (stelib,) = read_spectra(
        fixture.write_image(tmp_path / "HD095735.fits", flux, CRVAL1=3200.0, CDELT1=1.0, CRPIX1=1)
    )
    assert stelib.kind == "image"
    assert stelib.medium == "air"
    assert stelib.identity.name == "HD095735"
    np.testing.assert_allclose(stelib.wavelength, air_to_vacuum(wavelength))
    assert any("air assumed" in note for note in stelib.notes)
    assert any("DER_SNR" in note for note in stelib.notes)
    assert stelib.mask[:40].all()
    assert stelib.flux[100] == -0.5
    assert not stelib.mask[100]
    assert stelib.mask[200]
    assert stelib.shift.frame == "unknown"
    assert fixture.velocity_of(stelib.wavelength, stelib.flux) == pytest.approx(0, abs=8)

    (miles,) = read_spectra(
        fixture.write_image(tmp_path / "m.fits", flux[None, :], CRVAL1=3200.0, CD1_1=1.0)
    )
    np.testing.assert_array_equal(miles.wavelength, stelib.wavelength)


@pytest.mark.parametrize(
    ("header", "medium", "first", "second"),
    [
        ({"CRVAL1": 3.6, "CDELT1": 1e-4, "DC_FLAG": 1}, "air", 10**3.6, 10**3.6001),
        ({"COEFF0": 3.6, "COEFF1": 1e-4}, "vacuum", 10**3.6, 10**3.6001),
        ({"CRVAL1": 3.6, "CD1_1": 1e-4, "CTYPE1": "LOGLAM"}, "air", 10**3.6, 10**3.6001),
        ({"CRVAL1": 4000.0, "CDELT1": 1.0, "CTYPE1": "WAVE"}, "vacuum", 4000, 4001),
        ({"CRVAL1": 4000.0, "CDELT1": 1.0, "CTYPE1": "AWAV"}, "air", 4000, 4001),
        ({"CRVAL1": 4000.0, "CDELT1": 1.0, "VACUUM": True}, "vacuum", 4000, 4001),
        ({"CRVAL1": 400.0, "CDELT1": 0.1, "CUNIT1": "nm"}, "air", 4000, 4001),
        ({"CRVAL1": 4010.0, "CDELT1": 1.0, "CRPIX1": 11.0}, "air", 4000, 4001),
        (
            {"CRVAL1": 4000.0, "CDELT1": 1.0, "CTYPE1": "WAVE-LOG"},
            "vacuum",
            4000,
            4000 * math.exp(1 / 4000),
        ),
        ({"CRVAL1": 8.3, "CDELT1": 1e-4, "CTYPE1": "LOG"}, "air", math.exp(8.3), math.exp(8.3001)),
    ],
)
def test_wavelength_scales_of_images(tmp_path, header, medium, first, second):
    flux = fixture.observed(np.arange(4000.0, 5000))[0]
    (spectrum,) = read_spectra(fixture.write_image(tmp_path / "i.fits", flux, **header))
    assert spectrum.medium == medium
    expected = np.array([first, second])
    expected = air_to_vacuum(expected) if medium == "air" else expected
    np.testing.assert_allclose(spectrum.wavelength[:2], expected, rtol=1e-9)


def test_errors_of_an_image_from_its_own_row_or_hdu(tmp_path):
    wavelength = np.arange(4000.0, 5000)
    flux, ivar = fixture.observed(wavelength)
    error = ivar**-0.5
    scale = {"CRVAL1": 4000.0, "CDELT1": 1.0}
    rows = np.array([flux, 0 * flux, error])
    labelled = fixture.write_image(tmp_path / "rows.fits", rows, **scale, BANDID3="sigma")
    with_hdu = fixture.write_image(tmp_path / "hdu.fits", flux, **scale)
    with fits.open(with_hdu, mode="append") as hdus:
        hdus.append(fits.ImageHDU(error, name="ERROR"))
    for path in (labelled, with_hdu):
        (spectrum,) = read_spectra(path)
        np.testing.assert_allclose(spectrum.ivar, ivar, rtol=1e-5)
        assert not any("DER_SNR" in note for note in spectrum.notes)


def test_spspec_images_of_the_first_sdss_releases(tmp_path):
    wavelength = 10 ** (3.58 + 1e-4 * np.arange(3850))
    flux, ivar = fixture.observed(wavelength, velocity=200.0)
    path = fixture.write_image(
        tmp_path / "spSpec-51630-0266-001.fit",
        np.array([flux, 0 * flux, ivar**-0.5, 0 * flux]),
        COEFF0=3.58,
        COEFF1=1e-4,
        SPEC_CLN=6,
        Z=REDSHIFT,
        RAOBJ=fixture.STAR[0],
        DECOBJ=fixture.STAR[1],
    )
    (spectrum,) = read_spectra(path)
    assert spectrum.medium == "vacuum"
    assert (spectrum.identity.ra, spectrum.identity.dec) == fixture.STAR
    assert spectrum.snr == pytest.approx(fixture.SNR, rel=0.05)
    assert fixture.velocity_of(spectrum.wavelength, spectrum.flux) == pytest.approx(0, abs=8)


def _write_columns(path, names, *columns, separator=",", head=""):
    rows = [separator.join(str(value) for value in row) for row in zip(*columns, strict=True)]
    names = [separator.join(names)] if names else []
    path.write_text(head + "\n".join([*names, *rows]) + "\n")
    return path


def test_plain_tables_in_their_many_forms(tmp_path):
    wavelength = np.arange(4000.0, 9000, 2)
    flux, ivar = fixture.observed(wavelength)
    error = ivar**-0.5
    paths = [
        _write_columns(
            tmp_path / "a.csv", ["wavelength", "flux", "e_flux"], wavelength, flux, error
        ),
        _write_columns(tmp_path / "b.csv", ["Wave", "Flux", "ivar"], wavelength, flux, ivar),
        _write_columns(
            tmp_path / "c.csv", ["loglam", "flux", "sigma"], np.log10(wavelength), flux, error
        ),
        _write_columns(
            tmp_path / "d.txt", ["lambda_nm", "flux", "err"], wavelength / 10, flux, error,
            separator="\t",
        ),
        _write_columns(tmp_path / "e.dat", [], wavelength, flux, error, separator="  "),
        _write_columns(
            tmp_path / "f.dat", [], wavelength, flux, error, separator=" ",
            head="# a star\n# wave flux error\n",
        ),
        _write_columns(
            tmp_path / "g.csv", ["wavelength", "flux", "error"], wavelength[::-1], flux[::-1],
            error[::-1],
        ),
    ]  # fmt: skip
    for unit, scale in (("nm", 0.1), ("um", 1e-4), ("Angstrom", 1.0)):
        table = Table({"wave": wavelength * scale, "flux": flux, "flux_err": error})
        table["wave"].unit = unit
        paths += [tmp_path / f"{unit}.ecsv", tmp_path / f"{unit}.fits"]
        table.write(paths[-2])
        table.write(paths[-1])
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(paths[0].read_bytes()))
    for path in [*paths, packed]:
        assert kind_of(path) == "spectrum_table", path.name
        (spectrum,) = read_spectra(path)
        np.testing.assert_allclose(spectrum.wavelength, wavelength, rtol=1e-9, err_msg=path.name)
        np.testing.assert_allclose(spectrum.flux, flux, rtol=1e-6, err_msg=path.name)
        np.testing.assert_allclose(spectrum.ivar, ivar, rtol=1e-4, err_msg=path.name)
        assert any("vacuum assumed" in note for note in spectrum.notes)


@pytest.mark.parametrize("where", ["name", "description", "meta"])
def test_a_table_in_air_is_converted(tmp_path, where):
    wavelength = np.arange(4000.0, 9000, 2)
    flux, ivar = fixture.observed(wavelength)
    name = "wave_air" if where == "name" else "wave"
    table = Table({name: wavelength, "flux": flux, "ivar": ivar})
    if where == "description":
        table[name].description = "wavelength in air"
    if where == "meta":
        table.meta["medium"] = "air"
    table.write(tmp_path / "s.ecsv")
    (spectrum,) = read_spectra(tmp_path / "s.ecsv")
    assert spectrum.medium == "air"
    np.testing.assert_allclose(spectrum.wavelength, air_to_vacuum(wavelength))
    assert not any("assumed" in note for note in spectrum.notes)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("WAVELENGTH FLUX", ("WAVELENGTH", "FLUX", "", "")),
        ("lambda[nm] flux(W/m2) e_flux", ("lambda[nm]", "flux(W/m2)", "e_flux", "error")),
        ("log_lambda flux inv_var error", ("log_lambda", "flux", "inv_var", "ivar")),
        ("ra dec flux", None),
        ("teff wave", None),
    ],
)
def test_columns_of_a_spectrum_are_found_by_name(names, expected):
    found = find_columns(names.split())
    if expected is None:
        assert found is None
    else:
        assert (found.wavelength, found.flux, found.noise, found.noise_kind) == expected


def test_medium_is_a_word_and_no_part_of_one():
    assert medium_in("AIRMASS 1.2", "vacuum wavelength") == "vacuum"
    assert medium_in("airmass") == ""


@pytest.mark.parametrize(
    ("label", "limits"),
    [
        ("-0.5 > FeH > 0.0dex", (-0.5, 0.0)),
        ("0.0 > FeH > 1.0dex", (0.0, 1.0)),
        ("-0.5 > FeH > -2.0dex", (-2.0, -0.5)),
        ("FeH < -1.0dex", (-math.inf, -1.0)),
        ("FeH > 0.5dex", (0.5, math.inf)),
        ("", (-math.inf, math.inf)),
    ],
)
def test_iron_bin(label, limits):
    assert iron_bin(label) == limits


@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_der_snr_measures_white_noise_on_a_sloped_spectrum(noise):
    flux = np.linspace(1, 5, 20000) + np.random.default_rng(3).normal(0, noise, 20000)
    assert der_snr_noise(flux) == pytest.approx(noise, rel=0.03)


# Kinds and folders


def _one_of_each(folder):
    return {
        "spec": fixture.write_spec(folder / "1.fits"),
        "mwmStar": fixture.write_mwm_star(folder / "2.fits"),
        "mwmVisit": fixture.write_mwm_visit(folder / "3.fits.gz"),
        "lamost": fixture.write_lamost_image(folder / "4.fits"),
        "template": fixture.write_templates(folder / "5.fits"),
        "image": fixture.write_image(
            folder / "6.fits", fixture.observed(boss_grid())[0], COEFF0=3.5523, COEFF1=1e-4
        ),
        "spectrum_table": _write_columns(
            folder / "7.txt", ["wave", "flux"], [4000.0 + i for i in range(9)], [1.0, 2, 4] * 3
        ),
    }


def test_kinds_are_told_by_content_and_never_by_name(tmp_path):
    for kind, path in _one_of_each(tmp_path).items():
        misnamed = path.rename(tmp_path / f"spec-0001-{kind}.csv")
        assert kind_of(misnamed) == kind
        assert {s.kind for s in read_spectra(misnamed)} == {kind}


def test_every_kind_of_spectrum_has_a_reader(tmp_path):
    assert set(READERS) == set(SPECTRUM_KINDS) == set(_one_of_each(tmp_path))


def test_kinds_of_star_tables(tmp_path):
    kinds = {
        "slam_summary": ["sdss_id", "teff", "logg", "fe_h", "initial_teff"],
        "qiu_table3": ["source_id1", "source_id2", "FeH", "Teff"],
        "elbadry": ["source_id1", "source_id2", "R_chance_align"],
        "lamost_afgk": ["obsid", "feh", "teff"],
        "lamost_m": ["obsid", "m_h", "tio5", "teff"],
        "mdwarf_abundances": ["gaia_dr3_source_id", "fe_h_cannon"],
        "spAll": ["CLASS", "SUBCLASS", "CATALOGID"],
    }
    for kind, names in {**kinds, "fits_table": ["ra", "dec"]}.items():
        table = Table({name: [1.0] for name in names})
        table.write(tmp_path / f"{kind}.fits")
        assert kind_of(tmp_path / f"{kind}.fits") == kind
    for kind, names in {**kinds, "csv": ["ra", "dec"]}.items():
        assert (
            kind_of(_write_columns(tmp_path / f"{kind}.csv", names, *[[1]] * len(names))) == kind
        )
    table.write(tmp_path / "stars.ecsv")
    table.write(tmp_path / "stars.vot", format="votable")
    table.write(tmp_path / "stars.parquet")
    for ending, kind in (("ecsv", "ecsv"), ("vot", "votable"), ("parquet", "parquet")):
        assert kind_of(tmp_path / f"stars.{ending}") == kind
        assert container_of(tmp_path / f"stars.{ending}") == kind


def test_pipeline_in_the_first_header_tells_the_summary(tmp_path):
    primary = fits.PrimaryHDU()
    primary.header["PIPELINE"] = "BossNet"
    table = fits.BinTableHDU.from_columns([fits.Column("teff", "E", array=[3500.0])])
    fits.HDUList([primary, table]).writeto(tmp_path / "summary.fits")
    assert kind_of(tmp_path / "summary.fits") == "bossnet"


def test_folders_are_walked_in_order_without_hidden_and_unfinished_files(tmp_path):
    deep = tmp_path / "spectra" / "07" / "10"
    deep.mkdir(parents=True)
    (tmp_path / ".cache").mkdir()
    star = fixture.write_mwm_star(deep / "mwmStar-0.6.0-66090710.fits")
    flat = fixture.write_spec(tmp_path / "spec.fits")
    readme = tmp_path / "README.txt"
    readme.write_text("spectra of stars\n")
    for skipped in (".hidden.fits", ".cache/x.fits", "y.fits.part"):
        (tmp_path / skipped).write_bytes(b"")
    assert find_spectrum_files(tmp_path) == [readme, flat, star]
    assert find_spectrum_files([flat, tmp_path]) == [flat, readme, star]
    results = dict(read_spectrum_files(find_spectrum_files(str(tmp_path))))
    assert isinstance(results[readme], InputError)
    assert [s.kind for s in (*results[flat], *results[star])] == ["spec", "mwmStar"]


def test_checksum_is_sha256_of_the_bytes(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
