"""A viewer's own spectrum: read from bytes, labelled as those of the survey are."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pytest

from slamcore.diagnostics.own_spectrum import label_spectrum
from slamcore.inference.infer import Engine
from slamcore.io import unpacked
from slamcore.io.errors import InputError
from slamcore.io.uploads import LARGEST, read_uploaded
from tests.spectrum_fixtures import write_spec


@pytest.fixture(scope="module")
def engine(labelled) -> Engine:
    return Engine.of(labelled.training.model)


def as_csv(wavelength, flux, ivar) -> bytes:
    lines = ["wavelength,flux,ivar"]
    lines += [f"{w:.4f},{f:.6e},{i:.6e}" for w, f, i in zip(wavelength, flux, ivar, strict=True)]
    return "\n".join(lines).encode()


def left_behind() -> list[Path]:
    return list(Path(gettempdir()).glob("mdwarf-slam-*"))


def test_a_star_of_the_survey_dropped_in_gets_the_labels_it_has(engine, labelled):
    table = labelled.labels.table
    row = int(
        np.flatnonzero((table["result_flags"] == 0) & (labelled.survey.stars["snr"] > 15))[0]
    )
    block = labelled.survey.spectra([row])
    content = as_csv(block.wavelength, block.flux[0], block.ivar[0])
    spectrum = read_uploaded("../my star.csv", content)[0]
    start = time.perf_counter()
    found = label_spectrum(engine, spectrum)
    assert time.perf_counter() - start < 1
    for one in found.labels:
        theirs = table[one.label].iloc[row]
        assert one.value == pytest.approx(theirs, abs=0.05 * one.error)
        assert 0 < one.error < 300
    assert found.flags == ()
    assert found.residuals.rchi2 == pytest.approx(table["rchi2"].iloc[row], rel=0.02)
    assert found.snr == pytest.approx(labelled.survey.stars["snr"].iloc[row], rel=0.2)


def test_frame_and_shift_are_told(engine, tmp_path):
    file = write_spec(tmp_path / "spec.fits", velocity=30.0, z=1e-4)
    spectrum = read_uploaded("spec.fits", file.read_bytes())[0]
    notes = label_spectrum(engine, spectrum).notes
    assert "vacuum" in notes[0]
    assert "+30.0 km/s divided out (Z = 0.0001" in notes[0]


def test_a_spectrum_beside_the_models_range_gets_no_labels_and_says_why(engine):
    wavelength = np.linspace(4000, 5500, 800)
    content = as_csv(wavelength, 1 + 0 * wavelength, 100 + 0 * wavelength)
    found = label_spectrum(engine, read_uploaded("blue.csv", content)[0])
    assert any("no labels" in flag for flag in found.flags)
    assert all(np.isnan(one.value) and np.isnan(one.error) for one in found.labels)
    assert found.residuals is None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("garbage.fits", b"\x00\xff garbage" * 99, "garbage.fits: expected"),
        ("empty.csv", b"", "empty.csv: expected a spectrum, found an empty file"),
        ("/etc/../<b>x.csv", b"a,b\n1,2\n", "_b_x.csv: expected"),
        ("big.fits", b" " * (LARGEST + 1), "at most 30 MB"),
        ("table.csv", b"ra,dec\n1,2\n", "expected a spectrum"),
    ],
)
def test_what_is_no_spectrum_is_told_in_one_line_and_leaves_nothing(name, content, says):
    before = left_behind()
    with pytest.raises(InputError) as told:
        read_uploaded(name, content)
    assert says in str(told.value)
    assert "\n" not in str(told.value)
    assert gettempdir() + "/" not in str(told.value)
    assert left_behind() == before


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch):
    """In a second member of gzip too: all are unpacked."""
    wavelength = np.linspace(6000, 7000, 500)
    content = gzip.compress(as_csv(wavelength, 1 + 0 * wavelength, 100 + 0 * wavelength))
    assert len(read_uploaded("a.csv.gz", content)) == 1
    monkeypatch.setattr(unpacked, "LARGEST_UNPACKED", 100_000)
    with pytest.raises(InputError, match=r"a\.csv\.gz.*a spectrum of at most.*unpacked"):
        read_uploaded("a.csv.gz", content + gzip.compress(b"\n" * 200_000))
