"""A folder of raw files becomes a survey in which every row, join and absence is told."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from slamcore.__main__ import app
from slamcore.ingest import ingest
from slamcore.io.errors import InputError
from slamcore.pairs import find_pairs
from slamcore.survey import open_survey
from tests.ingest_fixtures import (
    FIRST,
    GAIA,
    GIANT,
    N,
    gaia_ids,
    ids,
    mark_simulated,
    slam_columns,
    write_raw,
    write_star,
    write_summary,
    write_table,
)

SLAM = "astraAllStarSlam-0.6.0.fits"


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A whole folder of raw files. Not to be changed."""
    return write_raw(tmp_path_factory.mktemp("raw") / "dr19")


@pytest.fixture(scope="module")
def made(raw, tmp_path_factory):
    """The survey of it, and the report."""
    out = tmp_path_factory.mktemp("made") / "survey"
    report = ingest(raw, out)
    return open_survey(out), report


@pytest.fixture
def own(raw, tmp_path):
    """A copy to be damaged, without spectra."""
    folder = tmp_path / "raw"
    shutil.copytree(raw, folder, ignore=shutil.ignore_patterns("spectra"))
    return folder


def edited(path: Path, **changes) -> None:
    """The SLAM table with other columns; None drops one."""
    columns = {**slam_columns(), **changes}
    write_summary(path, "Slam", {n: c for n, c in columns.items() if c is not None})


class TestWhatIsThere:
    def test_every_star_and_spectrum(self, made):
        survey, report = made
        assert survey.stars["sdss_id"].tolist() == ids().tolist()
        assert survey.stars["spectrum_pk"].tolist() == list(range(5000, 5000 + N))
        assert survey.stars["spectrum_origin"].tolist() == ["observed"] * (N - 3) + ["none"] * 3
        flux = survey.spectra(np.arange(N)).flux[:, 2000]
        np.testing.assert_array_equal(flux, [*range(1, N - 2), np.nan, np.nan, np.nan])
        assert (report.counts["stars"], report.counts["spectra"]) == (N, N - 3)
        assert (report.missing, report.skipped) == ((), ())
        assert survey.info.release == "SDSS DR19"
        assert not survey.info.simulated

    def test_sources_have_checksums(self, made):
        survey, _ = made
        kinds = {source.kind for source in survey.info.sources}
        assert {"slam_summary", "mwmStar", "spAll", "gaia_ruwe", "elbadry", "parsec"} <= kinds
        assert all(len(source.sha256) == 64 for source in survey.info.sources)

    def test_boss_class(self, made):
        survey, report = made
        is_m = np.ones(N, dtype=bool)
        is_m[[GIANT, N - 2, N - 1]] = False
        assert survey.stars["is_boss_m"].tolist() == is_m.tolist()
        # The row without a warning counts, though the other one's SNR is higher.
        assert survey.stars["boss_subclass"][0] == "M2III (169305)"
        assert survey.stars["boss_snr"][0] == 15
        assert survey.stars["boss_class"][N - 1] == ""
        told = "BOSS class M: 9 of 12 rows; another class: 1; not in spAll: 2"
        assert told in report.notes
        assert "rows of no M class, kept: STAR K5III: 1" in report.notes

    def test_ruwe_and_extinction(self, made):
        survey, report = made
        assert survey.stars["ruwe"][3] == 2.5
        assert "RUWE of 12 of 12 rows: 12 from Gaia" in report.notes
        assert survey.stars["ebv_source"].tolist() == ["ebv"] + ["ebv_bayestar_2019"] * (N - 1)

    def test_variances_are_announced(self, made):
        survey, report = made
        np.testing.assert_allclose(survey.stars["e_teff"], 60, rtol=1e-6)
        assert any("e_teff, e_logg, e_fe_h were variances" in note for note in report.notes)

    def test_pairs_are_those_that_concern_the_survey(self, made):
        survey, report = made
        assert len(survey.pairs) == 6  # one of both LAMOST stars has no [Fe/H]
        assert "6 of 8 wide binaries concern the survey" in report.notes
        found = find_pairs(survey.pairs, survey.stars, survey.primaries)
        assert (found.table["kind"] == "FGK+M").sum() == 5  # the A star's labels are not used
        assert "1 rows of LAMOST of other classes than F, G, K: not used" in report.notes

    def test_literature(self, made):
        survey, _ = made
        expected = {
            "apogeenet": 8, "aspcap": 8, "aspcap_dr14": 2, "behmard2025": 4, "birky2020": 2,
            "bossnet": 8, "du2024": 2, "mann2015": 2,
        }  # fmt: skip
        assert {name: len(table) for name, table in survey.literature.items()} == expected
        assert set(survey.literature["aspcap"]["release"]) == {"sdss5"}
        assert survey.literature["aspcap_dr14"]["fe_h"].tolist() == [-0.1, 0.0]


class TestLayouts:
    def test_gzipped_and_flat_is_the_same(self, raw, made, tmp_path):
        folder = tmp_path / "raw"
        folder.mkdir()
        for number, path in enumerate(sorted(p for p in raw.rglob("*") if p.is_file())):
            packed = gzip.compress(path.read_bytes(), compresslevel=1)
            (folder / f"{number:03d}.dat").write_bytes(packed)
        report = ingest(folder, tmp_path / "out")
        survey, _ = made
        again = open_survey(tmp_path / "out")
        columns = [c for c in survey.stars if c != "spectrum_file"]
        pd.testing.assert_frame_equal(again.stars[columns], survey.stars[columns])
        pd.testing.assert_frame_equal(again.pairs, survey.pairs)
        assert report.missing == ()

    def test_only_the_slam_table(self, raw, tmp_path):
        (tmp_path / "raw").mkdir()
        shutil.copy(raw / SLAM, tmp_path / "raw")
        report = ingest(tmp_path / "raw", tmp_path / "out")
        assert len(report.missing) == 13
        assert "no mwmStar files: no spectra" in report.missing
        assert "RUWE is not known: the cut on it is off" in report.notes
        survey = open_survey(tmp_path / "out")
        assert "ruwe" not in survey.stars
        assert survey.pairs is None
        assert all(f"no {word}" in " ".join(survey.info.notes) for word in ("spAll", "pairs"))

    def test_ruwe_of_binaries_alone_is_no_cut(self, own, tmp_path):
        (own / "gaia_ruwe.fits").unlink()
        columns = {"source_id1": ("K", [GAIA + 9999]), "source_id2": ("K", gaia_ids()[:1])}
        columns |= {"R_chance_align": ("D", [0.0]), "ruwe1": ("D", [1.0]), "ruwe2": ("D", [1.1])}
        write_table(own / "all_columns_catalog.fits", columns)
        report = ingest(own, tmp_path / "out")
        stars = open_survey(tmp_path / "out").stars
        assert "ruwe" not in stars
        assert stars["ruwe_elbadry"].notna().sum() == 1
        assert any("too few for a cut, which is off" in note for note in report.notes)


class TestSimulated:
    def test_stars_without_a_file_have_spectra_on_demand(self, raw, tmp_path):
        folder = shutil.copytree(raw, tmp_path / "raw")
        mark_simulated(folder, seed=3)
        ingest(folder, tmp_path / "out")
        survey = open_survey(tmp_path / "out")
        assert (survey.info.simulated, survey.info.seed) == (True, 3)
        origin = survey.stars["spectrum_origin"].tolist()
        assert origin == ["simulated"] * N  # those from files too
        assert (survey.stars["spectrum_row"] >= 0).tolist() == [True] * (N - 3) + [False] * 3
        assert np.isfinite(survey.spectra([N - 1]).flux).any()
        assert survey.info.notes[0].startswith("Simulated")

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            '{"simulated": false}',
            '{"simulated": true, "seed": 1, "finished": false}',
            '{"simulated": true, "seed": "1"}',
            "[1]",
        ],
    )
    def test_a_damaged_mark_is_refused(self, own, tmp_path, text):
        (own / "simulated.json").write_text(text)
        with pytest.raises(InputError, match=r"JSON with simulated: true|all simulated files"):
            ingest(own, tmp_path / "out")


class TestRows:
    def test_rows_without_labels_are_left_out_and_counted(self, raw, tmp_path):
        folder = shutil.copytree(raw, tmp_path / "raw")
        teff = np.where(np.isin(np.arange(N), [2, N - 1]), np.nan, 3500.0)
        edited(folder / SLAM, teff=("E", teff))
        report = ingest(folder, tmp_path / "out")
        counts = report.counts
        assert (counts["in_table"], counts["no_labels"], counts["stars"]) == (N, 2, N - 2)
        assert f"2 rows of {SLAM} have no Teff: left out" in report.notes
        assert "1 spectra of stars without labels: left out" in report.notes
        assert FIRST + 2 not in open_survey(tmp_path / "out").stars["sdss_id"].tolist()

    def test_both_telescopes_of_a_star_keep_their_rows(self, tmp_path):
        """The spectra have keys of their own: the telescope tells whose is whose."""
        same = ids()
        same[1] = same[0]
        gaia = gaia_ids()
        gaia[1] = gaia[0]
        telescope = ["apo25m", "lco25m", *["apo25m"] * (N - 2)]
        (tmp_path / "raw").mkdir()
        edited(
            tmp_path / "raw" / SLAM,
            sdss_id=("K", same),
            gaia_dr3_source_id=("K", gaia),
            telescope=("6A", telescope),
        )
        write_star(tmp_path / "raw" / "a.fits", 0, "lco25m", key=77, level=8.0)
        write_star(tmp_path / "raw" / "b.fits", 0, "apo25m", key=78, level=2.0)
        report = ingest(tmp_path / "raw", tmp_path / "out")
        survey = open_survey(tmp_path / "out")
        assert report.counts["stars"] == N
        assert survey.spectra([0, 1]).flux[:, 2000].tolist() == [2.0, 8.0]
        assert survey.stars["spectrum_pk"][:2].tolist() == [5000, 5001]
        assert "2 spectra found their row by sdss_id and telescope" in report.notes
        assert any("1 stars have rows of several telescopes" in note for note in report.notes)

    def test_repeated_rows_are_left_out_and_counted(self, own, tmp_path):
        twice = np.array([*range(N), 0, 4])
        columns = {n: (form, np.asarray(v)[twice]) for n, (form, v) in slam_columns().items()}
        columns["teff"][1][-1] += 100
        write_summary(own / SLAM, "Slam", columns)
        report = ingest(own, tmp_path / "out")
        assert (report.counts["in_table"], report.counts["repeated"]) == (N + 2, 2)
        assert report.counts["stars"] == N
        told = "2 rows repeat one before (spectrum_pk): left out; 1 of them differ from it"
        assert f"{SLAM}: {told}" in report.notes

    def test_a_copy_of_a_spectrum_is_left_out(self, own, tmp_path):
        write_star(own / "a.fits", 4, level=2.0)
        write_star(own / "b.fits", 4, level=3.0)
        report = ingest(own, tmp_path / "out")
        survey = open_survey(tmp_path / "out")
        assert report.counts["stars"] == len(survey.stars) == N
        assert "1 spectra are in several files: the first is taken" in report.notes
        assert survey.spectra([4]).flux[0, 2000] == 2

    def test_a_factor_on_bayestar(self, own, tmp_path):
        ingest(own, tmp_path / "out", ebv_factor=0.884)
        survey = open_survey(tmp_path / "out")
        assert survey.stars["a_v"][1] == pytest.approx(3.1 * 0.01 * 0.884, rel=1e-5)
        assert "ebv_bayestar_2019 multiplied by 0.884" in survey.info.notes

    def test_a_spectrum_of_an_unknown_star_has_a_row_of_its_own(self, own, tmp_path):
        other = ids()
        other[4] = 5
        columns = {"sdss_id": ("K", other), "spectrum_pk": ("K", np.arange(N) + 1)}
        edited(own / SLAM, **columns, gaia_dr3_source_id=("K", gaia_ids() + 500))
        ra = np.arange(N) + 100.0
        edited(own / SLAM, **columns, gaia_dr3_source_id=("K", gaia_ids() + 500), ra=("E", ra))
        write_star(own / "star.fits", 4)
        report = ingest(own, tmp_path / "out")
        assert (report.counts["stars"], report.counts["unmatched"]) == (N + 1, 1)
        assert any("no star for" in note for note in report.notes)


class TestBadInput:
    def test_no_slam_table(self, own, tmp_path):
        (own / SLAM).unlink()
        with pytest.raises(InputError, match=r"one SLAM table .*found 1 apogeenet, 1 aspcap"):
            ingest(own, tmp_path / "out")
        with pytest.raises(InputError, match="a folder of raw data, found none"):
            ingest(tmp_path / "nowhere", tmp_path / "out")
        assert not list(tmp_path.glob("*out*"))

    def test_two_slam_tables(self, own, tmp_path):
        shutil.copy(own / SLAM, own / "copy.fits")
        with pytest.raises(InputError, match=f"one SLAM table .*{SLAM}, copy.fits"):
            ingest(own, tmp_path / "out")

    def test_another_release(self, own, tmp_path):
        columns = slam_columns()
        write_summary(own / "astraAllStarASPCAP-0.6.0.fits", "ASPCAP", columns, v_astra="0.8.1")
        report = ingest(own, tmp_path / "out")
        assert any("(SDSS DR19), found Astra 0.8.1" in line for line in report.skipped)
        assert any(line.startswith("no ASPCAP's table") for line in report.missing)
        write_summary(own / SLAM, "Slam", columns, v_astra="0.8.1")
        with pytest.raises(InputError, match=r"Astra 0.6.0 \(SDSS DR19\), found Astra 0.8.1"):
            ingest(own, tmp_path / "out")
        assert open_survey(tmp_path / "out").info.counts["stars"] == N

    def test_spectra_of_another_release(self, own, tmp_path):
        path = write_star(own / "star.fits", 4)
        path.write_bytes(path.read_bytes().replace(b"'0.6.0   '", b"'0.8.1   '"))
        report = ingest(own, tmp_path / "out")
        assert "1 mwmStar files of Astra 0.8.1, not 0.6.0" in report.skipped
        assert report.counts["files"] == 0

    @pytest.mark.parametrize("column", ["sdss_id", "teff", "g_mag", "plx"])
    def test_a_column_that_is_needed(self, own, tmp_path, column):
        edited(own / SLAM, **{column: None})
        with pytest.raises(InputError, match=column):
            ingest(own, tmp_path / "out")

    @pytest.mark.parametrize("column", ["ebv_bayestar_2019", "snr", "telescope", "spectrum_pk"])
    def test_a_column_that_is_only_useful(self, own, tmp_path, column):
        edited(own / SLAM, **{column: None})
        report = ingest(own, tmp_path / "out")
        assert any(note.startswith(f"no column {column}: ") for note in report.notes)

    @pytest.mark.parametrize(
        ("column", "form"),
        [("teff", "J"), ("fe_h_niu", "J"), ("sdss_id", "D"), ("flag_bad", "1A")],
    )
    def test_a_column_of_another_type(self, own, tmp_path, column, form):
        values = ["1"] * N if form == "1A" else np.arange(N) + 1
        edited(own / SLAM, **{column: (form, values)})
        with pytest.raises(InputError, match=f"a column {column} of .*, found type {form[-1]}"):
            ingest(own, tmp_path / "out")


class TestCommandLine:
    def test_a_survey(self, own, tmp_path):
        given = ["ingest", "--raw", own, "--out", tmp_path / "out", "--release", "dr19"]
        done = CliRunner().invoke(app, [*map(str, given), "--name", "mine"])
        assert done.exit_code == 0, done.output
        lines = done.output.splitlines()
        assert f"{N} rows from {N} of the SLAM table" in lines
        assert "missing: no mwmStar files: no spectra" in lines
        assert open_survey(tmp_path / "out").info.name == "mine"

    def test_another_release(self, own, tmp_path):
        given = ["ingest", "--raw", own, "--out", tmp_path / "out", "--release", "dr99"]
        done = CliRunner().invoke(app, list(map(str, given)))
        assert isinstance(done.exception, InputError)
        assert "expected one of dr19, found dr99" in str(done.exception)
