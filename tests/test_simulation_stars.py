"""Simulated stars: pure functions of (seed, id), and a CMD that an astronomer believes."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamcore.columns import BY_NAME
from slamcore.literature.mann2015 import RADIUS, TEFF
from slamcore.literature.mann2019 import LOGG, MASS
from slamcore.photometry import absolute_magnitude, add_photometry
from slamcore.selection import PAPER, select
from slamcore.simulation import (
    FIRST_SDSS_ID,
    LABEL_ERRORS,
    POPULATIONS,
    simulate_stars,
    truth,
)
from slamcore.simulation.draws import Draws

SEED = 11


@pytest.fixture(scope="module")
def stars() -> pd.DataFrame:
    return add_photometry(simulate_stars(20_000, SEED))


@pytest.fixture(scope="module")
def true(stars) -> pd.DataFrame:
    return truth(stars["sdss_id"], SEED)


def _are(true, population):
    return (true["population"] == POPULATIONS.index(population)).to_numpy()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    star=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20),
)
def test_draws_do_not_depend_on_the_batch(seed, star):
    star = np.array(star, dtype=np.int64)
    together = Draws(seed, star)
    for i in range(star.size):
        alone = Draws(seed, star[i : i + 1])
        assert together.uniform("a")[i] == alone.uniform("a")[0]
        np.testing.assert_array_equal(together.normal("b", 3)[i], alone.normal("b", 3)[0])
    u = together.uniform("c", 5)
    assert np.all((u > 0) & (u < 1))


def test_draws_are_uniform_normal_and_independent():
    draws = Draws(1, np.arange(200_000))
    u, z, other = draws.uniform("a"), draws.normal("b"), Draws(2, draws.star).normal("b")
    share = np.histogram(u, 20, (0, 1))[0] / u.size
    np.testing.assert_allclose(share, 0.05, atol=5 * np.sqrt(0.05 * 0.95 / u.size))
    assert abs(z.mean()) < 0.012
    assert z.std() == pytest.approx(1, abs=0.008)
    for x, y in ((z, other), (z, u), (z[1:], z[:-1])):
        assert abs(np.corrcoef(x, y)[0, 1]) < 0.012


def test_a_star_is_the_same_in_any_table(stars):
    few = add_photometry(simulate_stars(50, SEED))
    pd.testing.assert_frame_equal(few, stars.head(50))
    assert not few["teff"].equals(simulate_stars(50, SEED + 1)["teff"])


def test_truth_comes_back_from_ids_in_any_order(true):
    order = np.random.default_rng(0).permutation(len(true))[:500]
    again = truth(true["sdss_id"].to_numpy()[order], SEED)
    pd.testing.assert_frame_equal(again, true.iloc[order].reset_index(drop=True))


def test_the_table_hides_the_truth(stars, true):
    assert not {"population", "distance", "g_ratio", "h_alpha"} & set(stars.columns)
    seen = stars["teff"].notna().to_numpy()
    assert not np.any(stars["teff"][seen] == true["teff"][seen])


def test_columns_are_astras_and_ids_are_exact(stars):
    assert set(stars.columns) <= set(BY_NAME)
    for name in ("spectrum_pk", "sdss_id", "gaia_dr3_source_id"):
        assert stars[name].dtype == np.int64
        assert stars[name].is_unique
    assert stars["gaia_dr3_source_id"].astype(str).str.len().isin([18, 19]).all()
    assert stars["sdss_id"].min() == FIRST_SDSS_ID
    assert stars["name"].str.startswith("SIM-").all()
    assert set(stars["telescope"]) == {"apo25m", "lco25m"}


def test_the_papers_cuts_remove_what_they_are_for(stars, true):
    selection = select(stars, PAPER)
    assert 0.70 < selection.count / len(stars) < 0.78
    removed = {step.key: step.removed for step in selection.funnel}
    assert 0.08 < removed["ruwe_max"] / (selection.count + removed["ruwe_max"]) < 0.12
    for population in ("giant", "white dwarf"):
        assert not selection.mask[_are(true, population)].any()
    assert selection.mask[_are(true, "young")].mean() < 0.3
    assert selection.mask[_are(true, "dwarf")].mean() > 0.9
    assert all(step.applied for step in selection.funnel)


def test_the_main_sequence_is_that_of_real_stars(stars, realdata):
    """Medians of M_G in bins of colour; Birky (2020) to M4, CARMENES beyond."""
    good = select(stars).mask & (stars["plx"] > 30 * stars["e_plx"])
    birky = pd.read_csv(realdata / "catalogs" / "birky2020_table6_safe.csv.gz")
    carmenes = pd.read_csv(realdata / "catalogs" / "carmenes_ix.csv")
    carmenes = carmenes[carmenes["ruwe"] < 1.4]
    real = (
        (birky["BP_RP"], birky["G_ABS"], 1.7, 3.1),
        (
            carmenes["BP_mag"] - carmenes["RP_mag"],
            absolute_magnitude(carmenes["G_mag"], carmenes["parallax"]),
            1.9,
            3.9,
        ),
    )
    for colour, magnitude, first, last in real:
        for low in np.arange(first, last, 0.2):
            real_bin = magnitude[(colour >= low) & (colour < low + 0.2)]
            bin_ = good & (stars["bp_rp_0"] >= low) & (stars["bp_rp_0"] < low + 0.2)
            found = stars["abs_g_mag"][bin_].median()
            assert found == pytest.approx(np.nanmedian(real_bin), abs=0.35), low


def test_giants_and_white_dwarfs_lie_where_they_should(true):
    colour = true["abs_bp"] - true["abs_rp"]
    giant, dwarf = _are(true, "giant"), _are(true, "white dwarf")
    assert true["abs_g"][giant].quantile(0.99) < 2.5
    assert (true["logg"][giant] < 3).all()
    assert true["abs_g"][dwarf].between(10.5, 15.5).all()
    assert colour[dwarf].between(-0.2, 1.5).all()


def test_metal_poor_dwarfs_are_fainter_at_a_given_colour(true):
    single = true[_are(true, "dwarf")]
    colour = single["abs_bp"] - single["abs_rp"]
    bin_ = single[(colour > 2.2) & (colour < 2.4)]
    poor, rich = (bin_["fe_h"] < -0.4), (bin_["fe_h"] > 0.1)
    assert bin_["abs_g"][poor].median() > bin_["abs_g"][rich].median() + 0.3


def test_dwarfs_follow_the_mann_relations(true):
    """Mass, radius and log g by construction; Teff with the offset that Gaia's colours bring."""
    single = _are(true, "dwarf")
    k = true["abs_k"][single].to_numpy()
    inside = (k >= 4.6) & (k <= 9.8)
    for relation, column in ((MASS, "mass"), (RADIUS, "radius")):
        np.testing.assert_allclose(relation(k)[inside], true[column][single][inside], rtol=1e-12)
    assert (LOGG(k) - true["logg"][single])[inside].std() == pytest.approx(0.02, abs=0.002)
    bp_rp, j_h = true["abs_bp"] - true["abs_rp"], true["abs_j"] - true["abs_h"]
    usable = single & true["teff"].between(3100, 3900)
    offset = (TEFF(bp_rp, j_h) - true["teff"])[usable]
    assert 90 < offset.median() < 170  # Qiu (2025): 146 K


def test_binaries_are_brighter_by_at_most_a_factor_of_two(true):
    pair = true[_are(true, "binary")]
    assert pair["g_ratio"].between(0.02, 0.5 + 1e-9).all()
    assert pair["teff_2"].notna().all()
    alone = true[_are(true, "dwarf")]
    assert (alone["g_ratio"] == 0).all()
    boost = -2.5 * np.log10(1 - pair["g_ratio"])
    assert boost.max() == pytest.approx(0.75, abs=0.02)


def test_labels_scatter_by_the_published_laws(stars, true):
    at_ten = {name: a * 10.0**power for name, (a, power) in LABEL_ERRORS.items()}
    assert at_ten["teff"] == pytest.approx(132, abs=1)
    assert at_ten["fe_h"] == pytest.approx(0.19, abs=0.005)
    assert at_ten["logg"] == pytest.approx(0.10, abs=0.005)
    for name, (amplitude, power) in LABEL_ERRORS.items():
        error = stars[f"e_{name}"]
        law = (amplitude * stars["snr"] ** power).where(error.notna())
        np.testing.assert_allclose(error, law, rtol=1e-5)
        pull = (stars[name] - true[name]) / error
        assert pull.mean() == pytest.approx(0, abs=0.03)
        assert pull.std() == pytest.approx(1, abs=0.03)
    np.testing.assert_array_equal(stars["teff"].isna(), _are(true, "white dwarf"))


def test_parallaxes_snr_and_reddening_are_plausible(stars, true):
    pull = (stars["plx"] - 1000 / true["distance"]) / stars["e_plx"]
    assert pull.std() == pytest.approx(1, abs=0.03)
    assert stars["snr"].between(2, 100).all()
    assert stars["snr"].median() == pytest.approx(12, abs=1)
    assert stars["snr"].quantile(0.005) < 3
    assert stars["snr"].quantile(0.999) > 80
    assert stars["snr"].corr(stars["g_mag"], method="spearman") < -0.8
    assert stars["g_mag"].quantile([0.01, 0.99]).between(10, 20.5).all()
    assert 0.005 < stars["ebv"].median() < 0.08
    assert stars["e_plx"].corr(stars["g_mag"], method="spearman") > 0.8


@pytest.mark.parametrize(("g", "error"), [(13, 0.013), (17, 0.079), (19, 0.28), (20, 0.62)])
def test_parallax_errors_are_those_of_gaia_dr3(stars, g, error):
    """Gaia's science performance: 40 + 800 z + 30 z^2 square microarcseconds.

    A good solution has RUWE near 1 and the error of its magnitude.
    """
    near = (stars["g_mag"] - g).abs() < 0.1
    near &= stars["ruwe"].between(0.9, 1.02)
    assert stars["e_plx"][near].median() == pytest.approx(error, rel=0.05)


def test_active_share_rises_with_type(true):
    single = true[_are(true, "dwarf")]
    active = single["h_alpha"] > 0
    assert active[single["teff"] > 3700].mean() < 0.06
    assert active[single["teff"] < 2950].mean() > 0.4


def test_twenty_thousand_stars_are_quick():
    start = time.perf_counter()
    simulate_stars(20_000, 3)
    assert time.perf_counter() - start < 2


def test_no_stars_are_refused():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        simulate_stars(0, SEED)
