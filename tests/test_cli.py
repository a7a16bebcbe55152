"""The command line, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from slamcore.survey import open_survey

DWARFS = (
    "spec-0618-52049-0372.fits",
    "spec-1079-52621-0509.fits",
    "spec-5047-55833-0936.fits",
)


def slamcore(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "slamcore", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def told_in_one_line(done: subprocess.CompletedProcess) -> str:
    """What a failed command says: exit status 2, one line, no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("slamcore:")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_funnel_of_carmenes(realdata):
    done = slamcore("cuts", realdata / "catalogs" / "carmenes_ix.csv", "--json")
    told = json.loads(done.stdout)
    assert told["counts"] == [2634, 2339, 2307, 2281, 2196, 1359]
    assert told["extinction"].startswith("none")
    assert done.returncode == 0


def test_funnel_of_birky_says_that_ruwe_is_not_available(realdata):
    table = realdata / "catalogs" / "birky2020_table6_safe.csv.gz"
    told = json.loads(slamcore("cuts", table, "--json").stdout)
    assert told["counts"] == [5875] * 6
    last = told["funnel"][-1]
    assert (last["key"], last["applied"], last["missing"]) == ("ruwe_max", False, ["ruwe"])
    assert "not applied: no ruwe" in slamcore("cuts", table).stdout


def test_every_real_spectrum_is_described(realdata):
    done = slamcore("spectrum", realdata / "sdss_spectra", realdata / "lamost", "--json")
    told = json.loads(done.stdout)
    assert told["failed"] == []
    assert len(told["spectra"]) == 6
    for one in told["spectra"]:
        assert one["kind"]
        assert one["frame"]
        assert one["shift_reason"]
        assert 0 < one["good_pixels"] <= one["pixels"]
        if one["kind"] == "spec":
            assert one["snr"] == pytest.approx(one["snr_in_file"], rel=0.1)
    assert sum(one["kind"] == "spec" for one in told["spectra"]) == 4


def test_a_velocity_can_be_given(realdata):
    path = realdata / "sdss_spectra" / DWARFS[0]
    one = json.loads(slamcore("spectrum", path, "--velocity", -34.5, "--json").stdout)["spectra"][
        0
    ]
    assert one["shift_km_s"] == -34.5


@pytest.mark.parametrize("command", ["cuts", "spectrum"])
@pytest.mark.parametrize("content", [b"", b"hello\n", b"SIMPLE  =" + b" " * 100, b"\x1f\x8b\x08"])
def test_bad_files_end_with_one_line_and_status_2(tmp_path, command, content):
    path = tmp_path / "input.fits"
    path.write_bytes(content)
    assert str(path) in told_in_one_line(slamcore(command, path))


def test_no_file_and_a_folder_for_a_table(tmp_path):
    assert "none.csv" in told_in_one_line(slamcore("cuts", tmp_path / "none.csv"))
    told_in_one_line(slamcore("cuts", tmp_path))


def test_a_table_without_parallax_says_what_to_pass(tmp_path):
    path = tmp_path / "stars.csv"
    path.write_text("G,BP,RP,par\n10,11,9,20\n")
    assert "plx" in told_in_one_line(slamcore("cuts", path))
    named = [f"--column={name}" for name in ("g_mag=G", "bp_mag=BP", "rp_mag=RP", "plx=par")]
    assert slamcore("cuts", path, *named).returncode == 0
    assert slamcore("cuts", path, "--column", "nonsense").returncode == 2


def test_build_on_real_data_goes_on_past_a_bad_file(realdata, tmp_path):
    bad = tmp_path / "broken.fits"
    bad.write_bytes((realdata / "sdss_spectra" / DWARFS[0]).read_bytes()[:50_000])
    files = [realdata / "sdss_spectra" / name for name in DWARFS]
    files += [realdata / "templates" / "kesseli2017_K7-M9_rebinned.fits", bad]
    spectra = [f"--spectra={path}" for path in files]
    stars = realdata / "catalogs" / "carmenes_ix.csv"
    done = slamcore("build", "--stars", stars, *spectra, "--out", tmp_path / "survey")
    assert done.returncode == 0, done.stderr
    assert "broken.fits" in done.stdout
    survey = open_survey(tmp_path / "survey")
    assert not survey.info.simulated
    assert survey.info.counts["spectra"] == 3 + 38
    assert (survey.stars["spectrum_origin"] == "observed").sum() == 3
    assert len(survey.stars) == 2634 + 3
    for note in survey.info.notes:
        assert f"note: {note}" in done.stdout
    assert list(tmp_path.glob(".*")) == []


def write_stars(path):
    """Four stars, two of them with a reddening, under one name that is not ours."""
    rows = "".join(f"{10 + i},11,9,20,{i % 2 or ''}\n" for i in range(4))
    path.write_text(f"phot_g_mean_mag,bp_mag,rp_mag,plx,ebv_bayestar_2019\n{rows}")
    return path


def test_cuts_and_build_tell_the_extinction_and_the_notes_of_the_table(tmp_path):
    stars = write_stars(tmp_path / "stars.csv")
    told = json.loads(slamcore("cuts", stars, "--json").stdout)
    assert told["extinction"] == "ebv_bayestar_2019: 2, none: 2 of 4 stars"
    assert f"extinction: {told['extinction']}" in slamcore("cuts", stars).stdout
    assert told["notes"]
    done = slamcore("build", "--stars", stars, "--out", tmp_path / "out")
    unwrapped = " ".join(done.stdout.split())
    for note in told["notes"]:
        assert f"note: {note}" in unwrapped
    assert "2 of 4 stars have no E(B-V): taken as observed" in unwrapped


def test_build_makes_nothing_of_spectra_that_are_none(tmp_path):
    stars = write_stars(tmp_path / "stars.csv")
    bad = tmp_path / "bad.fits"
    bad.write_bytes(b"nothing")
    done = slamcore("build", "--stars", stars, "--spectra", bad, "--out", tmp_path / "out")
    assert "bad.fits" in told_in_one_line(done)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.fits", "stars.csv"]


def test_simulated_survey_says_so_and_repeats(tmp_path):
    for name in ("one", "two"):
        done = slamcore("simulate", "--out", tmp_path / name, "--stars", 500, "--seed", 4)
        assert "imulated" in done.stdout
    one, two = (open_survey(tmp_path / name) for name in ("one", "two"))
    assert one.info.simulated
    assert one.stars.equals(two.stars)
