"""Damaged raw files: a named error, a skip that is told, or the same survey; nothing else."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slamcore.ingest import ingest
from slamcore.io.errors import InputError
from slamcore.survey import Survey, open_survey
from tests.ingest_fixtures import N, write_raw

SLAM = "astraAllStarSlam-0.6.0.fits"
FLIPS = 48
"""Bytes of headers that are flipped, of each file."""

HEADERS = 2880 * 4


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A folder of raw files with the spectra of two stars. Not to be changed."""
    folder = write_raw(tmp_path_factory.mktemp("raw") / "dr19")
    for path in sorted((folder / "spectra").rglob("*.fits"))[2:]:
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def whole(raw, tmp_path_factory):
    """The survey of the undamaged files, and its report."""
    out = tmp_path_factory.mktemp("whole") / "out"
    report = ingest(raw, out)
    return open_survey(out), report


def copied(raw: Path, tmp_path: Path, *names: str) -> Path:
    """The SLAM table and the files of these names."""
    folder = tmp_path / "raw"
    folder.mkdir()
    for name in {SLAM, *names}:
        shutil.copy(next(raw.rglob(name)), folder / Path(name).name)
    return folder


def same_rows(one: Survey, other: Survey, columns: list[str]) -> bool:
    """Whether two surveys have the same values in these columns, as far as both have them."""
    both = [c for c in columns if c in one.stars and c in other.stars]
    return one.stars[both].equals(other.stars[both])


def told(report) -> str:
    return " ".join((*report.skipped, *report.missing, *report.notes))


class TestSlamTable:
    """Nothing is made of a damaged SLAM table, unless the damage changes nothing."""

    COLUMNS = ("sdss_id", "teff", "logg", "fe_h", "g_mag", "bp_mag", "rp_mag", "plx", "e_teff",
               "snr", "ra", "dec", "spectrum_pk", "gaia_dr3_source_id", "ebv")  # fmt: skip

    def test_flipped_bytes_of_the_headers(self, raw, whole, tmp_path):
        folder = copied(raw, tmp_path)
        content = (folder / SLAM).read_bytes()
        rng = np.random.default_rng(0)
        outcomes = {"refused": 0, "same": 0, "told": 0}
        used = np.flatnonzero(np.frombuffer(content[:HEADERS], dtype="u1") != ord(" "))
        for place in rng.choice(used, FLIPS, replace=False):
            damaged = bytearray(content)
            damaged[place] ^= 1 << rng.integers(0, 7)
            (folder / SLAM).write_bytes(damaged)
            try:
                report = ingest(folder, tmp_path / "out")
            except InputError:
                outcomes["refused"] += 1
                continue
            survey = open_survey(tmp_path / "out")
            assert len(survey.stars) == N
            lost = [
                c
                for c in self.COLUMNS
                if c not in survey.stars or f"no column {c}:" in told(report)
            ]
            kept = [c for c in self.COLUMNS if c not in lost]
            assert same_rows(survey, whole[0], kept), (place, content[place - 9 :][:40])
            assert all(c in told(report) for c in lost), place
            outcomes["told" if lost else "same"] += 1
        assert min(outcomes["refused"], outcomes["same"]) > 5, outcomes

    @pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
    @pytest.mark.parametrize("is_packed", [False, True])
    def test_truncated(self, raw, tmp_path, part, is_packed):
        folder = copied(raw, tmp_path)
        content = (folder / SLAM).read_bytes()
        content = gzip.compress(content) if is_packed else content
        (folder / SLAM).write_bytes(content[: int(part * len(content))])
        with pytest.raises(InputError, match=SLAM):
            ingest(folder, tmp_path / "out")
        assert not list(tmp_path.glob("*out*"))

    def test_a_flipped_bit_of_a_gzipped_file(self, raw, tmp_path):
        folder = copied(raw, tmp_path)
        packed = bytearray(gzip.compress((folder / SLAM).read_bytes()))
        packed[len(packed) // 2] ^= 4
        (folder / SLAM).write_bytes(packed)
        with pytest.raises(InputError, match=SLAM):
            ingest(folder, tmp_path / "out")


CATALOGUES = (
    "spAll-lite-v6_1_3.fits",
    "gaia_ruwe.fits",
    "all_columns_catalog.fits",
    "dr11_v2.0_LRS_stellar.fits",
    "dr11_v2.0_LRS_mstellar.fits",
    "astraAllStarASPCAP-0.6.0.fits",
    "astraAllStarApogeeNet-0.6.0.fits",
    "astraAllStarBossNet-0.6.0.fits",
    "mdwarf_abundances-1.0.2.fits",
    "LAMOST_FGK_BOSS_M_dwarfs.fits",
    "birky2020.csv",
    "mann2015.csv",
    "parsec.dat",
)


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_truncated_catalogue_is_skipped_and_told(raw, tmp_path, name):
    also = ("all_columns_catalog.fits",) if "stellar" in name else ()
    folder = copied(raw, tmp_path, name, *also)
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(gzip.compress(content)[:-12])
    report = ingest(folder, tmp_path / "out")
    assert report.counts["stars"] == N
    assert any(name in line for line in report.skipped), report.skipped
    if name.endswith(".fits"):
        path.write_bytes(content[:-2880])
        report = ingest(folder, tmp_path / "out")
        assert any(name in line for line in report.skipped), report.skipped


FITS = [name for name in CATALOGUES if name.endswith(".fits")]


@pytest.mark.parametrize("name", FITS)
def test_flipped_bytes_of_a_catalogue(raw, tmp_path, name):
    """Skipped and told, or a column less and told, or all the same."""
    also = ("all_columns_catalog.fits",) if "LRS_stellar" in name else ()
    folder = copied(raw, tmp_path, name, *also)
    path, rng = folder / name, np.random.default_rng(1)
    content = path.read_bytes()
    reference = ingest(folder, tmp_path / "clean")
    clean = parts(tmp_path / "clean")
    # The headers alone: nothing tells a flipped bit of the numbers.
    end = content.index(b"END" + b" " * 77, content.index(b"XTENSION"))
    used = np.flatnonzero(np.frombuffer(content[:end], dtype="u1") != ord(" "))
    for k, place in enumerate(rng.choice(used, FLIPS // 8, replace=False)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.integers(0, 7)
        path.write_bytes(damaged)
        out = tmp_path / f"out{k}"
        report = ingest(folder, out)
        assert report.counts["stars"] == N
        if told(report) == told(reference):
            assert equal(parts(out), clean), (place, content[place - 9 :][:40])


def parts(folder: Path) -> dict[str, pd.DataFrame]:
    """All tables of a survey."""
    return {
        str(path.relative_to(folder)): pd.read_parquet(path) for path in folder.rglob("*.parquet")
    }


def equal(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> bool:
    return set(one) == set(other) and all(one[name].equals(other[name]) for name in one)
