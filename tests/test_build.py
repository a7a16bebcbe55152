"""Building a survey loses no star and no spectrum, and survives being killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from slamcore.build import build_survey, simulate_survey
from slamcore.io.errors import InputError
from slamcore.io.tables import StarTable, read_stars
from slamcore.survey import open_survey
from slamcore.wavelength import boss_grid

N_FILES = 90


def star_table() -> pd.DataFrame:
    """Four stars, the second of which has a spectrum."""
    return pd.DataFrame(
        {
            "ra": [10.0, 20.0, 30.0, 40.0],
            "dec": [0.0, 5.0, -5.0, 60.0],
            "g_mag": 12.0,
            "bp_mag": 13.0,
            "rp_mag": 11.0,
            "plx": 50.0,
        }
    )


def write_spec(path: Path, ra: float, dec: float, level: float = 1.0, n: int = 400) -> None:
    """A BOSS-like spectrum of a star: a COADD table, and SPALL with its position."""
    loglam = 3.80 + 1e-4 * np.arange(n)
    flux = level * (1 + 0.1 * np.sin(np.arange(n)))
    coadd = fits.BinTableHDU.from_columns(
        [
            fits.Column("FLUX", "E", array=flux),
            fits.Column("LOGLAM", "E", array=loglam),
            fits.Column("IVAR", "E", array=np.full(n, 400 / level**2)),
        ],
        name="COADD",
    )
    star = fits.BinTableHDU.from_columns(
        [
            fits.Column("CLASS", "4A", array=["STAR"]),
            fits.Column("SUBCLASS", "4A", array=["M2"]),
            fits.Column("Z", "E", array=[1e-5]),
            fits.Column("ZWARNING", "J", array=[0]),
            fits.Column("RACAT", "D", array=[ra]),
            fits.Column("DECCAT", "D", array=[dec]),
        ],
        name="SPALL",
    )
    primary = fits.PrimaryHDU()
    primary.header["COEFF0"], primary.header["COEFF1"] = 3.80, 1e-4
    fits.HDUList([primary, coadd, star]).writeto(path)


def write_table(path: Path, table: pd.DataFrame | None = None) -> StarTable:
    (star_table() if table is None else table).to_csv(path, index=False)
    return read_stars(path)


def interrupt_at(number: int) -> Callable[[int, int, str], None]:
    """Progress that presses Ctrl-C after that many files."""

    def progress(*step):
        if step[0] == number:
            raise KeyboardInterrupt

    return progress


def content(folder: Path) -> dict[str, bytes]:
    """All but survey.json, which tells when it was made."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "survey.json"
    }


class TestBuild:
    @pytest.fixture
    def inputs(self, tmp_path):
        folder = tmp_path / "in"
        folder.mkdir()
        write_spec(folder / "a.fits", 20.0, 5.0, level=3.0)
        write_spec(folder / "b.fits", 77.0, 7.0)
        (folder / "c.fits").write_bytes(b"no spectrum at all")
        lines = [f"{w},1,{int(w > 10450)}" for w in range(10300, 10600)]
        (folder / "d.csv").write_text("\n".join(["wavelength,flux,ivar", *lines]))
        return tmp_path

    def test_report_and_survey(self, inputs):
        seen = []
        report = build_survey(
            write_table(inputs / "stars.csv"),
            inputs / "in",
            inputs / "out",
            name="mine",
            release="DR19",
            progress=lambda *step: seen.append(step),
        )
        survey = open_survey(inputs / "out")
        assert survey.info.name == "mine"
        assert survey.info.release == "DR19"
        assert not survey.info.simulated
        assert survey.info.counts == report.counts
        assert report.counts["stars"] == len(survey.stars) == 5
        assert report.counts["spectra"] == 2
        assert report.matched == {"position": 1}
        assert len(report.skipped) == report.counts["skipped"] == 2
        assert "c.fits: expected" in report.skipped[0]
        assert "d.csv: expected good pixels between 3567 and 10399" in report.skipped[1]
        assert any(line.startswith("skipped: ") for line in report.lines())
        assert [s.name for s in survey.info.sources] == ["stars.csv", "2 files"]
        assert all(len(s.sha256) == 64 for s in survey.info.sources)
        assert seen[0] == (0, 4, "reading spectra")
        assert (4, 4, "reading spectra") in seen
        assert seen[-1][0] == seen[-1][1]

    def test_the_spectrum_of_a_star_is_its_own(self, inputs):
        build_survey(write_table(inputs / "stars.csv"), inputs / "in", inputs / "out")
        survey = open_survey(inputs / "out")
        block = survey.spectra(range(5))
        assert block.origin.tolist() == ["none", "observed", "none", "none", "observed"]
        assert np.nanmedian(block.flux[1]) == pytest.approx(3.0, rel=0.02)
        assert np.nanmedian(block.flux[4]) == pytest.approx(1.0, rel=0.02)
        good = survey.wavelength[block.ivar[1] > 0]
        assert good.min() == pytest.approx(10**3.80, rel=1e-4)
        assert good.size == pytest.approx(400, abs=2)
        # S/N 20 per pixel; the redshift shifts by a tenth of a pixel.
        assert survey.stars["snr"][1] == pytest.approx(20, rel=0.05)

    def test_fluxes_too_small_for_single_precision_are_scaled(self, inputs):
        grid = boss_grid()[1000:1100]
        lines = [f"{w},{2e-25},{1e52}" for w in grid]
        (inputs / "in" / "e.csv").write_text("\n".join(["wavelength,flux,ivar", *lines]))
        build_survey(write_table(inputs / "stars.csv"), inputs / "in" / "e.csv", inputs / "out")
        survey = open_survey(inputs / "out")
        block = survey.spectra([4])
        good = block.ivar[0] > 0
        assert good.sum() == pytest.approx(100, abs=2)
        snr = block.flux[0, good] * np.sqrt(block.ivar[0, good])
        np.testing.assert_allclose(snr, 20, rtol=0.5)
        assert "flux in units of 1e-26" in survey.stars["spectrum_notes"][4]

    def test_no_spectra(self, inputs):
        report = build_survey(write_table(inputs / "stars.csv"), [], inputs / "out")
        assert report.counts["spectra"] == 0
        assert np.isnan(open_survey(inputs / "out").spectra([0]).flux).all()

    def test_bad_input_leaves_nothing(self, inputs):
        stars = write_table(inputs / "stars.csv", star_table().drop(columns="plx"))
        with pytest.raises(InputError, match="found no plx"):
            build_survey(stars, inputs / "in", inputs / "out")
        stars = write_table(inputs / "stars.csv")
        with pytest.raises(InputError, match="nothing at this path"):
            build_survey(stars, inputs / "nowhere", inputs / "out")
        with pytest.raises(InputError, match="a folder of other things"):
            build_survey(stars, [], inputs / "in")
        assert sorted(p.name for p in inputs.iterdir()) == ["in", "stars.csv"]

    def test_spectra_of_which_none_can_be_used(self, inputs):
        stars = write_table(inputs / "stars.csv")
        build_survey(stars, inputs / "in", inputs / "out")
        for paths in (inputs / "in" / "c.fits", [inputs / "in" / "d.csv"], inputs / "empty"):
            (inputs / "empty").mkdir(exist_ok=True)
            for out in ("new", "out"):
                with pytest.raises(InputError, match="spectra that can be used, found none in"):
                    build_survey(stars, paths, inputs / out)
        assert len(open_survey(inputs / "out").stars) == 5
        assert sorted(p.name for p in inputs.iterdir()) == ["empty", "in", "out", "stars.csv"]

    def test_the_report_says_what_is_replaced(self, inputs):
        stars = write_table(inputs / "stars.csv")
        first = build_survey(stars, inputs / "in", inputs / "out")
        assert not any("replaces" in note for note in first.notes)
        made = open_survey(inputs / "out").info.created
        told = f"replaces the survey of 5 rows and 2 spectra made {made}"
        assert f"note: {told}" in build_survey(stars, [], inputs / "out").lines()
        (inputs / "out" / "survey.json").write_text("{}")
        assert "that cannot be read" in simulate_survey(5, 1, inputs / "out").notes[0]

    def test_a_survey_is_replaced_whole(self, inputs):
        simulate_survey(10, 1, inputs / "out")
        stars = write_table(inputs / "stars.csv")
        build_survey(stars, inputs / "in", inputs / "out")
        assert len(open_survey(inputs / "out").stars) == 5
        with pytest.raises(KeyboardInterrupt):
            build_survey(stars, inputs / "in", inputs / "out", progress=interrupt_at(2))
        assert len(open_survey(inputs / "out").stars) == 5
        simulate_survey(10, 1, inputs / "out")
        assert len(open_survey(inputs / "out").stars) == 10
        assert sorted(p.name for p in (inputs / "out").iterdir()) == [
            "stars.parquet",
            "survey.json",
            "training.parquet",
        ]

    def test_a_survey_s_table_is_a_star_table(self, inputs):
        build_survey(write_table(inputs / "stars.csv"), inputs / "in", inputs / "out")
        stars = read_stars(inputs / "out" / "stars.parquet")
        build_survey(stars, inputs / "in", inputs / "again")
        again, before = open_survey(inputs / "again"), open_survey(inputs / "out")
        # The spectrum that had become a row is matched to it now.
        assert again.info.counts["matched"] == 2
        columns = ["spectrum_pk", "sdss_id", "spectrum_row", "spectrum_origin", "abs_g_mag"]
        pd.testing.assert_frame_equal(again.stars[columns], before.stars[columns])


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Many files of spectra, a star table, and the survey that an undisturbed run makes."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "in").mkdir()
    rng = np.random.default_rng(0)
    ra = np.sort(rng.uniform(0, 360, N_FILES))
    for number in range(N_FILES):
        path = folder / "in" / f"{number:03d}.fits"
        if number % 10 == 3:
            path.write_bytes(b"broken")
        else:
            write_spec(path, ra[number], 1.0, level=1 + number)
    table = pd.DataFrame(
        {"ra": ra[::2], "dec": 1.0, "g_mag": 12.0, "bp_mag": 13.0, "rp_mag": 11.0, "plx": 9.0}
    )
    stars = write_table(folder / "stars.csv", table)
    report = build_survey(stars, folder / "in", folder / "out", name="many")
    assert report.counts["spectra"] == N_FILES - 9
    return folder


@pytest.mark.parametrize("seed", range(2))
def test_killed_and_resumed_it_is_the_same_to_the_byte(many, tmp_path, seed):
    """SIGKILL at two random moments; meanwhile the survey before stays as it is."""
    rng = np.random.default_rng(seed)
    out = tmp_path / "out"
    simulate_survey(7, seed, out)
    stars = read_stars(many / "stars.csv")
    code = (
        "import sys; from slamcore.build import build_survey\n"
        "from slamcore.io.tables import read_stars\n"
        "table = read_stars(sys.argv[1])\n"
        "build_survey(table, sys.argv[2], sys.argv[3], progress=lambda *step: print(step[0]))"
    )
    for moment in np.sort(rng.integers(1, N_FILES, 2)):
        with subprocess.Popen(
            [sys.executable, "-u", "-c", code, many / "stars.csv", many / "in", out],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
        ) as process:
            for line in process.stdout:
                if int(line) >= moment:
                    time.sleep(rng.uniform(0, 0.01))
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL
        assert len(open_survey(out).stars) == 7
    first = []
    report = build_survey(stars, many / "in", out, progress=lambda *step: first.append(step))
    assert report.counts["skipped"] == 9
    assert content(out) == content(many / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_changed_spectra_are_read_anew(many, tmp_path):
    """What a stopped run had read of other files is not used."""
    stars, files = read_stars(many / "stars.csv"), sorted((many / "in").iterdir())
    with pytest.raises(KeyboardInterrupt):
        build_survey(stars, files, tmp_path / "out", progress=interrupt_at(80))
    report = build_survey(stars, files[1:], tmp_path / "out")
    assert "files of spectra changed since a run that was stopped: all read anew" in report.notes
    assert report.counts["spectra"] == N_FILES - 10
    assert len(open_survey(tmp_path / "out").stars) == report.counts["stars"]


def test_real_stars_with_real_spectra(realdata, tmp_path):
    """CARMENES with three SDSS M dwarfs, none of which it holds, and the 38 templates."""
    stars = read_stars(realdata / "catalogs" / "carmenes_ix.csv")
    spectra = [
        *(realdata / "sdss_spectra" / f"spec-{name}.fits" for name in (
            "0618-52049-0372", "1079-52621-0509", "5047-55833-0936")),
        realdata / "templates",
    ]  # fmt: skip
    report = build_survey(stars, spectra, tmp_path / "out")
    survey = open_survey(tmp_path / "out")
    assert report.counts["stars"] == len(survey.stars) == 2634 + 3
    assert report.counts["spectra"] == 41
    assert report.counts["unmatched"] == 3
    assert report.counts["templates"] == 38
    shown = survey.stars["template"][survey.stars["spectrum_origin"] == "template"]
    unused = report.counts["templates_not_shown"]
    assert unused == 38 - shown.nunique()
    assert any(f"38 templates, {unused} of them shown by no star" in x for x in report.lines())
    assert sum("arcsec away" in note for note in report.notes) == 3
    assert report.skipped == ()
    assert survey.stars["gaia_dr3_source_id"][:2634].equals(stars.data["gaia_dr3_source_id"])
    block = survey.spectra([2634, 2635, 2636])
    assert block.origin.tolist() == ["observed"] * 3
    snr = [np.median((f * np.sqrt(i))[i > 0]) for f, i in zip(block.flux, block.ivar, strict=True)]
    in_file = np.array([50.1, 24.0, 48.6])  # SN_MEDIAN_ALL
    # Half a pixel of shift averages two pixels: their noise is down by up to the root of two.
    assert np.all((snr > 0.95 * in_file) & (snr < 1.5 * in_file))
    np.testing.assert_allclose(survey.stars["snr"][2634:2637], in_file, rtol=0.1)
    early = survey.stars.index[survey.stars["spectral_type"].eq("M2.0 V")][:50]
    assert set(survey.spectra(early).origin) == {"template"}
