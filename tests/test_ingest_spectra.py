"""mwmStar files read from their bytes: the same spectra as through astropy, or left to it."""

from __future__ import annotations

import gzip
from dataclasses import asdict
from hashlib import sha256

import numpy as np
import pytest
from astropy.io import fits

from slamcore.collect import append_spectra
from slamcore.io.errors import InputError
from slamcore.io.mwm_exact import read_mwm_exact
from slamcore.io.spectrum_mwm import read_mwm_star
from slamcore.io.store import open_store
from slamcore.io.store_writer import SpectraWriter, forget_input
from tests.spectrum_fixtures import SDSS_ID, write_mwm_star, write_mwm_visit


@pytest.fixture
def star(tmp_path):
    return write_mwm_star(tmp_path / f"mwmStar-0.6.0-{SDSS_ID}.fits", n_apo=1, n_lco=1)


def silent(*_):
    pass


def test_the_same_spectra_as_through_astropy(star):
    found, expected = read_mwm_exact(star), read_mwm_star(star)
    assert found.sha256 == sha256(star.read_bytes()).hexdigest()
    assert [s.identity.telescope for s in found.spectra] == ["apo25m", "lco25m"]
    for one, other in zip(found.spectra, expected, strict=True):
        for array in ("wavelength", "flux", "ivar", "mask"):
            np.testing.assert_array_equal(getattr(one, array), getattr(other, array))
        assert asdict(one.identity) == asdict(other.identity)
        assert asdict(one.shift) == asdict(other.shift)
        assert (one.header_snr, one.kind, one.notes) == (other.header_snr, "mwmStar", ())


def test_gzipped(star):
    packed = star.with_name("packed.fits.gz")
    packed.write_bytes(gzip.compress(star.read_bytes()))
    found = read_mwm_exact(packed)
    assert found.sha256 == sha256(packed.read_bytes()).hexdigest()
    assert found.spectra[0].identity.sdss_id == SDSS_ID
    packed.write_bytes(packed.read_bytes()[:-100])
    assert read_mwm_exact(packed) is None


def test_what_is_odd_is_left_to_the_other_reader(star, tmp_path):
    raw = star.read_bytes()
    odd = {
        "cut": raw[:-2880],
        "longer": raw + bytes(2880),
        "no file": b"",
        "column": raw.replace(b"'flux    '", b"'fluxes  '", 1),
        "retyped": raw.replace(b"'4648E   '", b"'4648J   '", 1),
        "grid": raw.replace(b"3.5523", b"3.5524", 1),
        "scaled": raw.replace(b"TTYPE1  = 'spectrum_pk_id'", b"TSCAL7  = 2.0              ", 1),
        "other star": raw.replace(f"{SDSS_ID}".encode(), f"{SDSS_ID + 1}".encode(), 1),
    }
    for name, damaged in odd.items():
        assert damaged != raw, name
        path = tmp_path / "odd.fits"
        path.write_bytes(damaged)
        assert read_mwm_exact(path) is None, name
    assert read_mwm_exact(write_mwm_visit(tmp_path / "visit.fits")) is None
    assert read_mwm_exact(tmp_path / "missing.fits") is None


def test_ids_that_disagree_and_retyped_columns_are_told(star):
    raw = star.read_bytes()
    star.write_bytes(raw.replace(f"{SDSS_ID}".encode(), f"{SDSS_ID + 1}".encode(), 1))
    with pytest.raises(InputError, match=f"one sdss_id in BOSS/APO, found {SDSS_ID}, in the head"):
        read_mwm_star(star)
    apo_and_lco = raw.replace(b"'4648E   '", b"'4648J   '")
    star.write_bytes(apo_and_lco)
    with pytest.raises(InputError, match="column flux in BOSS/APO of floats, found int32"):
        read_mwm_star(star)
    # The rows are as long as before in the header, and the columns behind are shifted.
    star.write_bytes(raw.replace(b"'4648E   '", b"'6648E   '", 1))
    with pytest.raises(InputError, match=r"rows of \d+ bytes in BOSS/APO, found columns of"):
        read_mwm_star(star)


def test_negative_ivar_is_repaired_and_noted(star):
    with fits.open(star, mode="update") as hdus:
        hdus["BOSS/APO"].data["ivar"][0, 100] = -1
    assert read_mwm_exact(star) is None
    assert "1 of 4648 pixels with negative or no ivar set to 0" in read_mwm_star(star)[0].notes


def test_the_store_holds_the_pixels_of_the_file(star, tmp_path):
    """Not moved by a rebinning onto the same grid."""
    writer = SpectraWriter(tmp_path / "store", [star])
    (file,) = append_spectra(writer, [star], silent)
    writer.finish()
    flux, ivar = open_store(tmp_path / "store").rows([0, 1])
    with fits.open(star) as hdus:
        for row, name in enumerate(("BOSS/APO", "BOSS/LCO")):
            data = hdus[name].data
            np.testing.assert_array_equal(flux[row], data["flux"][0])
            np.testing.assert_array_equal(ivar[row], np.nan_to_num(data["ivar"][0]))
    assert file.sha256 == sha256(star.read_bytes()).hexdigest()


def test_a_finished_store_is_taken_up_again(star, tmp_path):
    """A process that dies between finishing the store and publishing the survey loses nothing."""
    writer = SpectraWriter(tmp_path / "store", [star])
    append_spectra(writer, [star], silent)
    writer.finish(keep_input=True)
    before = open_store(tmp_path / "store").rows([0, 1])
    again = SpectraWriter(tmp_path / "store", [star])
    assert len(again.records) == 1
    again.finish(keep_input=True)
    forget_input(tmp_path / "store")
    np.testing.assert_array_equal(open_store(tmp_path / "store").rows([0, 1]), before)
    assert SpectraWriter(tmp_path / "store", [star]).records == []
