"""The simulated release: raw files as the real ones are, and the same stars in all of them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from typer.testing import CliRunner

from slamcore.__main__ import app
from slamcore.ingest import ingest
from slamcore.io.content import kind_of
from slamcore.io.errors import InputError
from slamcore.io.fits_writer import FitsTable, row_type, write_fits
from slamcore.io.mwm_exact import read_mwm_exact
from slamcore.io.raw_files import find_raw_files
from slamcore.io.spectrum_mwm import read_mwm_star
from slamcore.io.tables import read_stars
from slamcore.simulation import COMPANION, FIRST_SDSS_ID, simulate_spectra, truth
from slamcore.simulation.dr19 import truth_path, write_twin
from slamcore.simulation.dr19.rows import layout

N, SEED, N_SPECTRA = 1200, 4, 30

TABLES = {
    "astraAllStarSlam-0.6.0.fits.gz": ("slam_summary", "Slam-boss", 1, 982),
    "astraAllStarBossNet-0.6.0.fits.gz": ("bossnet", "BossNet-boss", 1, 941),
    "astraAllStarApogeeNet-0.6.0.fits.gz": ("apogeenet", "ApogeeNet-apogee", 2, 1028),
    "astraAllStarASPCAP-0.6.0.fits.gz": ("aspcap", "ASPCAP-apogee", 2, 2068),
    "mwmAllStar-0.6.0.fits.gz": ("fits_table", "mwmAllStar-boss", 1, 856),
    "spAll-lite-v6_1_3.fits.gz": ("spAll", "spAll-lite", 1, 1148),
    "gaia_ruwe.fits": ("gaia_ruwe", "gaia_ruwe", 1, 12),
    "all_columns_catalog.fits": ("elbadry", "elbadry", 1, 368),
    "dr11_v2.0_LRS_stellar.fits.gz": ("lamost_afgk", "lamost_afgk", 1, 286),
    "dr11_v2.0_LRS_mstellar.fits.gz": ("lamost_m", "lamost_m", 1, 355),
    "mdwarf_abundances-1.0.2.fits": ("mdwarf_abundances", "mdwarf_abundances", 1, 217),
}
"""File -> kind by content, table of columns, HDU with rows, bytes of a row: NAXIS1 of SDSS's data
model, but for spAll-lite, whose SPECOBJID is 22 bytes wider there."""


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin") / "raw"
    write_twin(folder, N, SEED, N_SPECTRA)
    return folder


@pytest.fixture(scope="module")
def slam(raw):
    return read_stars(raw / "astraAllStarSlam-0.6.0.fits.gz").data


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_laid_out_as_the_real_one(raw, name):
    kind, table, hdu, width = TABLES[name]
    assert kind_of(raw / name) == kind
    with fits.open(raw / name) as hdus:
        hdus.verify("exception")
        header = hdus[hdu].header
        names = tuple(header[f"TTYPE{k + 1}"] for k in range(header["TFIELDS"]))
        forms = tuple(header[f"TFORM{k + 1}"] for k in range(header["TFIELDS"]))
        assert tuple(zip(names, forms, strict=True)) == layout(table)
        assert header["NAXIS1"] == width
        assert header["NAXIS2"] > 0


@pytest.mark.parametrize("pipeline", ["Slam", "BossNet", "ApogeeNet", "ASPCAP"])
def test_a_summary_has_an_empty_table_of_the_other_instrument(raw, pipeline):
    with fits.open(raw / f"astraAllStar{pipeline}-0.6.0.fits.gz") as hdus:
        assert [hdu.header.get("INSTRMNT") for hdu in hdus] == [None, "BOSS", "APOGEE"]
        assert hdus[0].header["PIPELINE"] == pipeline
        empty = hdus[2] if pipeline in ("Slam", "BossNet") else hdus[1]
        assert len(empty.data) == 0
        assert {"sdss_id", "teff", "logg", "fe_h"} <= set(empty.columns.names)


def test_all_columns_of_dr19s_table_are_those_of_its_data_model():
    """Counts of the data model, and a few columns by their place in it."""
    slam = [name for name, _ in layout("Slam-boss")]
    assert len(slam) == 190
    assert [slam.index(x) + 1 for x in ("lead", "ebv_bayestar_2019", "teff", "rchi2")] == [
        7,
        101,
        168,
        190,
    ]
    assert dict(layout("Slam-boss"))["lead"] == "17A"
    assert dict(layout("ASPCAP-apogee"))["apred"] == "5A"
    assert len(layout("Slam-apogee")) == 202
    assert row_type(layout("mwmStar-boss-empty")).itemsize == 121
    assert row_type(layout("mwmStar-apogee-empty")).itemsize == 158


def test_slams_table_has_the_traps_of_dr19(raw, slam):
    with fits.open(raw / "astraAllStarSlam-0.6.0.fits.gz") as hdus:
        rows = hdus[1].data
        assert np.isnan(rows["chi2"]).all()
        assert np.isnan(rows["rchi2"]).all()
        known = np.isfinite(rows["teff"])
        assert 0 < (~known).sum() < 0.03 * len(rows)
        assert np.median(rows["e_teff"][known] / rows["e_logg"][known]) > 5e4  # variances
        assert np.isnan(rows["ebv_bayestar_2019"][rows["dec"] < -30]).all()
        assert np.isfinite(rows["ebv"]).all()
        assert rows["catalogid"].min() > 2**53
    several = slam["sdss_id"].value_counts()
    assert several.max() == 2
    assert slam["spectrum_pk"].is_unique
    both = slam[slam["sdss_id"].isin(several[several == 2].index)]
    assert set(both.groupby("sdss_id")["telescope"].nunique()) == {2}
    assert not {"ruwe", "subclass"} & set(slam)


def test_errors_are_read_as_standard_deviations(slam):
    known = slam["teff"].notna()
    assert 10 < slam["e_teff"][known].median() < 60


def test_ids_agree_between_the_files(raw, slam):
    spall = read_stars(raw / "spAll-lite-v6_1_3.fits.gz").data
    assert set(slam["sdss_id"]) <= set(spall["sdss_id"])
    assert len(set(spall["sdss_id"])) == N
    assert spall["sdss_id"].duplicated().any()
    ruwe = read_stars(raw / "gaia_ruwe.fits").data
    assert set(slam["gaia_dr3_source_id"]) <= set(ruwe["gaia_dr3_source_id"])
    kinds = spall["spectral_type"].str[:1].value_counts()
    assert kinds["M"] / len(spall) > 0.95
    assert kinds["W"] > 0


def test_the_truth_lies_beside_the_files(raw):
    assert truth_path(raw).parent == raw.parent
    kept = pd.read_parquet(truth_path(raw))
    again = truth(kept["sdss_id"].to_numpy(), SEED)
    pd.testing.assert_frame_equal(kept[list(again)], again)
    assert kept["sdss_id"].is_unique
    assert len(kept) == N
    assert not [path for path in raw.rglob("*") if "truth" in path.name]


def test_the_folder_says_that_it_is_simulated(raw):
    content = json.loads((raw / "simulated.json").read_text())
    assert content["simulated"] is True
    assert content["release"] == "dr19"
    assert (content["seed"], content["stars"]) == (SEED, N)
    assert content["first_sdss_id"] == FIRST_SDSS_ID
    assert content["finished"] is True


def test_files_say_that_they_are_simulated_before_they_are_all_there(raw, tmp_path):
    def progress(done: int, *_: object) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_twin(tmp_path / "raw", 60, SEED, 5, progress=progress)
    content = json.loads((tmp_path / "raw" / "simulated.json").read_text())
    assert (content["simulated"], content["finished"]) == (True, False)
    assert len(list((tmp_path / "raw").iterdir())) == 1 + 3
    assert write_twin(tmp_path / "raw", 60, SEED, 5).files == 9 + 5
    for path in [*raw.glob("*.fits*"), *raw.rglob("mwmStar*")]:
        assert "simulated" in fits.getheader(path)["ORIGIN"]


def test_a_simulated_file_never_passes_as_real(raw, tmp_path):
    """Copied alone, without the note that lies beside it."""
    slam, ruwe = "astraAllStarSlam-0.6.0.fits.gz", "gaia_ruwe.fits"
    spectra = sorted(raw.rglob("mwmStar*"))[:2]
    for path in (raw / slam, raw / ruwe, *spectra):
        shutil.copy(path, tmp_path)
    found = find_raw_files(tmp_path, "0.6.0")
    assert (found.tables, found.spectra) == ({}, ())
    told = "simulated, in a folder without simulated.json"
    assert sorted(found.skipped) == sorted(
        [
            f"{tmp_path / slam}: {told}",
            f"{tmp_path / ruwe}: {told}",
            "2 simulated mwmStar files in a folder without simulated.json",
        ]
    )
    with pytest.raises(InputError, match=rf"one SLAM table.*{slam}: {told}"):
        ingest(tmp_path, tmp_path / "survey")
    shutil.copy(raw / "simulated.json", tmp_path)
    assert len(find_raw_files(tmp_path, "0.6.0").spectra) == 2


def test_a_spectrum_file_holds_the_simulated_spectrum(raw):
    files = sorted(raw.rglob("mwmStar-*.fits"))
    assert len(files) == N_SPECTRA
    for path in files[:3]:
        star = int(path.stem.rsplit("-", 1)[1])
        assert path.parent.relative_to(raw).as_posix() == (
            f"spectra/star/{star // 100 % 100:02d}/{star % 100:02d}"
        )
        one = read_mwm_star(path)[0]
        flux, ivar = simulate_spectra(np.array([star]), SEED)
        np.testing.assert_allclose(one.flux, flux[0], atol=1e-4 * np.abs(flux).max())
        np.testing.assert_allclose(one.ivar, ivar[0], rtol=1e-4)
        exact = read_mwm_exact(path)
        assert exact is not None
        np.testing.assert_array_equal(exact.spectra[0].flux, one.flux)
        assert one.identity.sdss_id == star
        with fits.open(path) as hdus:
            hdus.verify("exception")
            names = [hdu.name for hdu in hdus[1:]]
            assert names == ["BOSS/APO", "BOSS/LCO", "APOGEE/APO", "APOGEE/LCO"]
            assert [len(hdu.data) for hdu in hdus[3:]] == [0, 0]
            assert sum(len(hdu.data) for hdu in hdus[1:3]) in (1, 2)


def test_keys_of_spectra_are_those_of_the_table(raw, slam):
    keys = {}
    for path in raw.rglob("mwmStar-*.fits"):
        for one in read_mwm_star(path):
            keys[one.identity.spectrum_pk] = one.identity.sdss_id
    table = slam.set_index("spectrum_pk")["sdss_id"]
    assert dict(table.loc[list(keys)]) == keys


def test_companions_share_their_hosts_system():
    host = FIRST_SDSS_ID + np.arange(2000)
    one, two = truth(host, SEED), truth(host + COMPANION, SEED)
    for name in ("fe_h", "alpha_fe", "distance", "ebv", "ra"):
        np.testing.assert_array_equal(one[name], two[name])
    separation = np.abs(one["dec"] - two["dec"]) * 3600
    assert separation.between(5, 61).all()
    dwarf = one["population"] == 0
    assert (two["population"] == 0).all()
    assert (two["abs_k"] > one["abs_k"] - 1e-9)[dwarf & (one["abs_k"] < 9.75)].all()
    np.testing.assert_array_equal(truth(host[[7]] + COMPANION, SEED), two.iloc[[7]])


def test_the_same_seed_gives_the_same_bytes_and_a_killed_run_goes_on(raw, tmp_path):
    again = tmp_path / "raw"
    shutil.copytree(raw, again)
    lost = [again / "gaia_ruwe.fits", *sorted(again.rglob("mwm*.f*"))[:3]]
    for path in lost:
        path.unlink()
    report = write_twin(again, N, SEED, N_SPECTRA)
    assert report.files == len(lost)
    for path in lost:
        here = raw / path.relative_to(again)
        # A spectrum is the same to the last bits only: see simulate_spectra.
        if "mwmStar" not in path.name:
            assert path.read_bytes() == here.read_bytes(), path.name
    assert write_twin(again, N, SEED, N_SPECTRA).files == 0


def test_other_files_are_not_touched(raw, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        write_twin(tmp_path, 10, SEED)
    with pytest.raises(InputError, match=f"seed {SEED + 1}, found seed {SEED}"):
        write_twin(raw, N, SEED + 1, N_SPECTRA)
    with pytest.raises(InputError, match="a file"):
        write_twin(tmp_path / "notes.txt", 10, SEED)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("n", [1, 7, 60])
def test_a_very_small_release_is_whole(tmp_path, n):
    report = write_twin(tmp_path / "raw", n, 1, 3)
    assert report.counts["stars"] == n
    assert len(pd.read_parquet(report.truth)) == n
    assert len(list((tmp_path / "raw").rglob("mwmStar*"))) == min(n, 3)


def test_the_command_asks_for_what_it_needs(tmp_path):
    run = CliRunner().invoke
    for arguments in (
        ["--stars", "5"],
        ["--release", "dr19"],
        ["--release", "dr20", "--raw", "x"],
        ["--raw", "x"],
        ["--release", "dr19", "--raw", "x", "--out", "y"],
    ):
        assert run(app, ["simulate", *arguments]).exit_code == 2
    raw = tmp_path / "raw"
    done = run(app, ["simulate", "--release", "dr19", "--raw", str(raw), "--stars", "20"])
    assert done.exit_code == 0
    assert "simulated" in done.output
    assert truth_path(raw).name in done.output.replace("\n", "")


def test_a_table_of_other_rows_is_refused(tmp_path):
    columns = (("a", "K"), ("b", "3A"))
    with pytest.raises(ValueError, match="expected rows"):
        write_fits(tmp_path / "a.fits", [FitsTable(columns, np.zeros(2))], {})
    with pytest.raises(ValueError, match="TFORM"):
        row_type((("a", "1PJ"),))
    with pytest.raises(ValueError, match="card"):
        write_fits(tmp_path / "a.fits", [], {"TOO_LONG_A_KEY": 1})
    assert not list(tmp_path.iterdir())


def test_values_come_back_from_a_written_table(tmp_path):
    columns = (("id", "K"), ("x", "E"), ("t", "5A"), ("yes", "L"), ("v", "4D"), ("none", "0E"))
    rows = np.zeros(3, row_type(columns))
    rows["id"], rows["x"], rows["t"] = [2**62, -1, 5], [1.5, np.nan, 3], [b"one", b"", b"three"]
    rows["yes"], rows["v"] = [b"T", b"F", b"T"], np.arange(12).reshape(3, 4)
    header = {"TEXT": "it's", "NUMBER": 1.25e-7, "YES": True, "WHOLE": -3}
    for name in ("a.fits", "a.fits.gz"):
        write_fits(tmp_path / name, [FitsTable(columns, rows, header)] * 2, {"FIRST": "x"})
        with fits.open(tmp_path / name) as hdus:
            hdus.verify("exception")
            for hdu in hdus[1:]:
                assert {key: hdu.header[key] for key in header} == header
                np.testing.assert_array_equal(hdu.data["id"], rows["id"])
                np.testing.assert_array_equal(hdu.data["x"], rows["x"])
                assert list(hdu.data["t"]) == ["one", "", "three"]
                assert list(hdu.data["yes"]) == [True, False, True]
                np.testing.assert_array_equal(hdu.data["v"], rows["v"])
