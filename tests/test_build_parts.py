"""Literature and isochrones go into a survey that is built from a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from slamcore.__main__ import app
from slamcore.build import build_survey
from slamcore.io.errors import InputError
from slamcore.io.tables import read_stars
from slamcore.survey import open_survey
from tests.ingest_fixtures import PARSEC, N, write_raw


@pytest.fixture
def raw(tmp_path):
    return write_raw(tmp_path / "raw", spectra=False)


def test_literature_and_isochrones(raw, tmp_path):
    stars = read_stars(raw / "astraAllStarSlam-0.6.0.fits")
    literature = {"birky2020": raw / "birky2020.csv", "aspcap_dr14": raw / "birky2020.csv"}
    build_survey(
        stars, [], tmp_path / "out", literature=literature, isochrones=[raw / "parsec.dat"]
    )
    survey = open_survey(tmp_path / "out")
    assert len(survey.stars) == N
    assert {name: len(table) for name, table in survey.literature.items()} == {
        "birky2020": 2,
        "aspcap_dr14": 2,
    }
    assert survey.isochrones.curve(0.0, 9.5).mass_initial.size == 3
    kinds = [source.kind for source in survey.info.sources]
    assert kinds == ["slam_summary", "birky2020", "aspcap_dr14", "parsec"]
    assert any(
        note.startswith("birky2020: 2 rows of the survey matched") for note in survey.info.notes
    )
    build_survey(stars, [], tmp_path / "out")
    assert open_survey(tmp_path / "out").literature == {}


def test_bad_input(raw, tmp_path):
    stars = read_stars(raw / "astraAllStarSlam-0.6.0.fits")
    with pytest.raises(InputError, match=r"a catalogue among birky2020.*, found smith"):
        build_survey(stars, [], tmp_path / "out", literature={"smith": raw / "birky2020.csv"})
    with pytest.raises(InputError, match="the column 'RAJ2000'"):
        build_survey(stars, [], tmp_path / "out", literature={"mann2015": raw / "birky2020.csv"})
    (raw / "parsec.dat").write_text(PARSEC[:-30])
    with pytest.raises(InputError, match="isochrone terminated"):
        build_survey(stars, [], tmp_path / "out", isochrones=[raw / "parsec.dat"])
    assert not list(tmp_path.glob("*out*"))


def test_real_birky_as_the_survey_s_stars(realdata, tmp_path):
    """Both catalogues are columns of the same file."""
    file = realdata / "catalogs" / "birky2020_table6_safe.csv.gz"
    stars = read_stars(file)
    build_survey(
        stars,
        [],
        tmp_path / "out",
        literature={"birky2020": file, "aspcap_dr14": file},
        isochrones=sorted((realdata / "isochrones").glob("*.dat")),
    )
    survey = open_survey(tmp_path / "out")
    plain = pd.read_csv(file).set_index("APOGEE_ID")
    columns = {"birky2020": ("TEFF", "FE_H"), "aspcap_dr14": ("TEFF_APOGEE", "M_H_APOGEE")}
    for name, theirs in columns.items():
        found = survey.literature[name].frame().set_index("name")
        assert len(found) == len(plain) == 5875
        for ours, column in zip(("teff", "fe_h"), theirs, strict=True):
            expected = plain.loc[found.index, column]
            np.testing.assert_allclose(found[ours], expected.where(expected > -9000), rtol=1e-6)
    assert len(survey.isochrones.coverage(9.0)) >= 6


def test_command_line(raw, tmp_path):
    given = ["build", "--out", tmp_path / "out", "--stars", raw / "astraAllStarSlam-0.6.0.fits"]
    given += ["--isochrones", raw / "parsec.dat", "--literature"]
    done = CliRunner().invoke(app, [*map(str, given), f"birky2020={raw / 'birky2020.csv'}"])
    assert done.exit_code == 0, done.output
    assert "birky2020: 2 rows of the survey matched" in " ".join(done.output.split())
    assert open_survey(tmp_path / "out").isochrones is not None
    done = CliRunner().invoke(app, [*map(str, given), "birky2020"])
    assert done.exit_code == 2
    assert "expected NAME=FILE" in done.output
