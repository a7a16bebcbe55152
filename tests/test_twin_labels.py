"""Labels of the simulated release: errors that agree as asked, corrections that invert."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from slamcore.calibration import QIU, niu_bias
from slamcore.columns import LABELS
from slamcore.io.tables import read_stars
from slamcore.literature import CATALOGUES
from slamcore.literature.match import match_literature
from slamcore.literature.table import read_literature
from slamcore.pairs import E_FE_H_MAX, R_CHANCE_MAX
from slamcore.simulation import COMPANION
from slamcore.simulation.dr19 import make_twin, write_twin
from slamcore.simulation.dr19.agreement import reference_error
from slamcore.simulation.dr19.literature import ASPCAP_SCATTER, apogeenet, aspcap, bossnet
from slamcore.simulation.dr19.systems import MM_SCATTER, Sizes
from slamcore.uncertainty import PUBLISHED

N, SEED = 6000, 5


@pytest.fixture(scope="module")
def twin():
    return make_twin(N, SEED)


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels") / "raw"
    write_twin(folder, 1500, SEED, 0)
    return folder


@pytest.mark.parametrize(
    ("sigma", "own", "scatter", "left"),
    [
        (130.0, 77.0, 92.0, 77.0),
        (280.0, 14.0, 65.0, 215.0),  # no smaller error can be
        (0.19, 0.05, 0.19, 0.05),
        (0.10, 0.03, 0.16, 0.06),
        (0.10, 0.40, 0.16, 0.26),  # no larger one
        (0.19, 0.1, np.hypot(0.19, 0.1), 0.1),  # independent
    ],
)
def test_a_reference_agrees_as_well_as_asked(sigma, own, scatter, left):
    x, z = np.random.default_rng(0).standard_normal((2, 200_000))
    error = reference_error(sigma * x, sigma, own, scatter, z)
    assert np.std(sigma * x - error) == pytest.approx(scatter, rel=0.01)
    assert np.std(error) == pytest.approx(left, rel=0.01)
    assert abs(np.mean(error)) < 0.01 * left


def test_independent_errors_are_independent():
    x, z = np.random.default_rng(1).standard_normal((2, 200_000))
    error = reference_error(2 * x, 2.0, 3.0, np.sqrt(13.0), z)
    np.testing.assert_allclose(error, 3 * z, atol=1e-9)


def test_aspcap_is_what_eq_10_takes_to_slam(twin):
    table = aspcap(twin)
    rows = table["row"].to_numpy()
    corrected = table["fe_h"] + QIU(table["teff"], table["fe_h"])
    offset = twin.stars["fe_h"].to_numpy()[rows] - corrected
    assert offset.std() == pytest.approx(ASPCAP_SCATTER, rel=0.1)
    assert abs(offset.mean()) < 4 * ASPCAP_SCATTER / np.sqrt(len(table))
    # Only an error that the corrected value knows nothing of lets a fit find the surface again.
    assert abs(np.corrcoef(offset, corrected)[0, 1]) < 4 / np.sqrt(len(table))
    assert table["fe_h"].between(-2, 0.5).all()
    slope = 1 + QIU.coefficients[2] + QIU.coefficients[4] * table["teff"] / 1000
    assert (slope + 2 * QIU.coefficients[5] * table["fe_h"] > 0).all()


def test_slams_labels_have_the_errors_of_the_paper(twin):
    seen = twin.is_labelled
    for label in ("teff", "logg", "fe_h"):
        pull = twin.errors[label][seen] / PUBLISHED[label](twin.true["snr"].to_numpy()[seen])
        assert pull.std() == pytest.approx(1, abs=0.04)
    niu = twin.stars["fe_h_niu"] - twin.true["fe_h"]
    np.testing.assert_allclose(niu[seen], twin.errors["fe_h"][seen], atol=1e-9)
    offset = (twin.stars["fe_h"] - twin.stars["fe_h_niu"])[seen]
    np.testing.assert_allclose(offset, twin.fe_h_offset, atol=1e-9)
    assert -0.15 < twin.fe_h_offset < -0.05


def test_stars_of_a_pair_err_together(twin):
    row = pd.Index(twin.stars["sdss_id"])
    one, two = row.get_indexer(twin.hosts), row.get_indexer(twin.hosts + COMPANION)
    np.testing.assert_array_equal(twin.true["fe_h"].to_numpy()[one], twin.true["fe_h"][two])
    difference = twin.stars["fe_h"].to_numpy()[one] - twin.stars["fe_h"].to_numpy()[two]
    n = len(difference)
    assert difference.std() == pytest.approx(MM_SCATTER, abs=4 * MM_SCATTER / np.sqrt(2 * n))


def test_every_pair_that_must_fail_fails_for_one_reason(twin):
    sizes, pairs = Sizes.of(N), twin.systems.pairs
    lamost = twin.systems.lamost.set_index("gaia_dr3_source_id")
    for kind, good, bad in (
        ("FGK+M", sizes.fgk_m, sizes.fgk_m_bad),
        ("M+M", sizes.m_m, sizes.m_m_bad),
        ("FGK+FGK", sizes.fgk_fgk, sizes.fgk_fgk_bad),
    ):
        some = pairs[pairs["kind"] == kind]
        assert (some["failure"] == "").sum() == good
        assert len(some) == good + bad
        chance = some["r_chance_align"] >= R_CHANCE_MAX
        np.testing.assert_array_equal(chance, some["failure"] == "chance")
        np.testing.assert_array_equal(some["ruwe1"] >= 1.4, some["failure"] == "ruwe")
        assert (some["ruwe2"] < 1.4).all()
        if kind != "M+M":
            poor = lamost["e_fe_h"].loc[some["gaia_dr3_source_id1"]] >= E_FE_H_MAX
            np.testing.assert_array_equal(poor.to_numpy(), some["failure"] == "e_fe_h")
    assert pairs["gaia_dr3_source_id1"].is_unique
    assert pairs["gaia_dr3_source_id2"].is_unique


def test_lamost_has_nius_trend(twin):
    stars = twin.systems.lamost
    good = (stars["e_fe_h"] < 0.1).to_numpy()
    offset = (stars["fe_h"] - stars["fe_h_true"])[good]
    left = offset - niu_bias(stars["teff"])[good]
    assert abs(np.median(left)) < 0.005
    assert left.std() < 0.08
    hot, middle, cool = (
        stars["teff"][good].between(*x) for x in ((6300, 7e3), (5e3, 5500), (0, 4500))
    )
    assert np.median(offset[middle]) - np.median(offset[hot]) > 0.08
    assert np.median(offset[middle]) - np.median(offset[cool]) > 0.03


def test_apogeenet_has_all_training_stars_and_bossnet_too_much_iron(twin):
    assert set(twin.members) <= set(apogeenet(twin)["row"])
    cool = twin.is_labelled & (twin.true["teff"] < 3500).to_numpy()
    excess = (bossnet(twin)["fe_h"] - twin.true["fe_h"])[cool]
    assert excess.median() > 0.2


def test_of_several_spectra_the_good_one_has_the_good_labels(raw):
    """The older release and spectra of low SNR have worse labels: whoever takes them is seen."""
    truth = pd.read_parquet(raw.with_name("raw.truth.parquet"))
    files = {
        "apogeenet": "astraAllStarApogeeNet-0.6.0.fits.gz",
        "aspcap": "astraAllStarASPCAP-0.6.0.fits.gz",
    }
    for catalogue in CATALOGUES:
        if catalogue.name not in files:
            continue
        table = read_literature(raw / files[catalogue.name], catalogue).data
        several = table["sdss_id"].value_counts()
        table = table[table["sdss_id"].isin(several[several > 1].index)]
        assert set(table["release"]) == {"sdss5", "dr17"}
        match = match_literature(truth[["sdss_id"]], table)
        taken = match.take(table)
        offset = (taken["teff"] - truth["teff"])[match.row >= 0]
        assert abs(offset.median()) < 60
        old = table[table["release"] == "dr17"].set_index("sdss_id")["teff"]
        new = table[table["release"] == "sdss5"].set_index("sdss_id")["teff"]
        assert (old - new).median() == pytest.approx(300, abs=1)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("birky2020", "birky2020_table6_safe.csv.gz"),
        ("behmard2025", "mdwarf_abundances-1.0.2.fits"),
    ],
)
def test_a_catalogue_has_stars_that_the_survey_lacks(raw, name, file):
    slam = read_stars(raw / "astraAllStarSlam-0.6.0.fits.gz").data
    catalogue = next(one for one in CATALOGUES if one.name == name)
    table = read_literature(raw / file, catalogue).data
    match = match_literature(slam, table)
    rows = np.unique(match.row[match.row >= 0])
    assert 0.7 < len(rows) / len(table) < 0.95
    labels = [label for label in LABELS if label in table]
    assert table[labels].notna().all(axis=None)
