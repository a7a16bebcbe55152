"""Flags: what the bits are, where training stars are, which labels are usable."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from slamcore.constants import USABLE_RANGE
from slamcore.inference import FLAGS, flag_names
from slamcore.inference.flags import neighbourhood, outside_usable_range
from slamcore.model import SlamModel

NAMES = ("teff", "logg", "fe_h")


def model_of(labels: np.ndarray) -> SlamModel:
    """A model of one pixel that was trained at these labels."""
    one = dict.fromkeys(
        ("flux_mean", "flux_scale", "bias", "gamma", "C", "epsilon", "mse", "md", "cv_mse",
         "cv_md", "model_error"), np.ones(1),
    )  # fmt: skip
    return SlamModel(
        label_names=NAMES,
        wavelength=np.array([6500.0]),
        train_labels=labels,
        label_mean=labels.mean(axis=0),
        label_scale=labels.std(axis=0),
        dual=np.zeros((1, len(labels))),
        **one,
    )


@pytest.fixture(scope="module")
def model() -> SlamModel:
    """400 dwarfs along a narrow sequence: hot ones have low gravity."""
    rng = np.random.default_rng(1)
    teff = rng.uniform(3100, 4000, 400)
    logg = 4.9 - 0.4 * (teff - 3100) / 900 + 0.01 * rng.normal(size=400)
    return model_of(np.column_stack([teff, logg, rng.uniform(-0.8, 0.4, 400)]))


def test_bits_are_different_powers_of_two():
    bits = [flag.bit for flag in FLAGS]
    assert sorted(bits) == [2**k for k in range(len(FLAGS))]
    assert len({flag.name for flag in FLAGS}) == len(FLAGS)
    assert all(flag.name.startswith("flag_") and flag.text for flag in FLAGS)


def test_names_of_a_value():
    assert flag_names(0) == ()
    for flag in FLAGS:
        assert flag_names(flag.bit) == (flag.name,)
    everything = np.int64(sum(flag.bit for flag in FLAGS))
    assert flag_names(everything) == tuple(flag.name for flag in FLAGS)
    assert flag_names(FLAGS[0].bit | FLAGS[3].bit) == (FLAGS[0].name, FLAGS[3].name)


def test_limit_is_that_of_mahalanobis_distances(model):
    """To the fifth nearest other star; a hundredth of the training set lies beyond."""
    labels = model.train_labels
    distance = cdist(labels, labels, "mahalanobis", VI=np.linalg.inv(np.cov(labels.T)))
    fifth = np.sort(distance, axis=1)[:, 5]  # the nearest of all is the star itself
    assert neighbourhood(model).limit == pytest.approx(np.quantile(fifth, 0.99), rel=1e-4)


def test_labels_inside_the_box_can_be_far_from_all_training_stars(model):
    """A hot star of high gravity, and a cool one of low gravity."""
    (teff_low, logg_low, _), (teff_high, logg_high, _) = model.box
    corners = [(teff_low, logg_low, -0.2), (teff_high, logg_high, -0.2)]
    on_sequence = [(3200, 4.856, -0.2), (3550, 4.70, 0.0), (3900, 4.544, -0.4)]
    is_far = neighbourhood(model).is_far(model.standardize(np.array(corners + on_sequence)))
    np.testing.assert_array_equal(is_far, [True, True, False, False, False])


def test_units_of_the_labels_do_not_matter(model):
    scale = np.array([1e-3, 7.0, 1e4])
    other = model_of(model.train_labels * scale)
    labels = model.box[0] + np.random.default_rng(2).random((200, 3)) * np.ptp(model.box, axis=0)
    far = neighbourhood(model).is_far(model.standardize(labels))
    assert 0.1 < far.mean() < 0.99
    same = neighbourhood(other).is_far(other.standardize(labels * scale))
    np.testing.assert_array_equal(same, far)


def test_a_training_set_of_three_stars_has_neighbours():
    few = model_of(np.array([[3200, 4.9, 0.1], [3500, 4.7, -0.3], [3800, 4.6, -0.1]]))
    assert not neighbourhood(few).is_far(few.centres).any()
    assert neighbourhood(few).is_far(few.centres[:1] + 100).all()


def test_usable_range_is_the_published_one():
    """Its ends count as inside; other labels have no range."""
    inside = [USABLE_RANGE[name][0] for name in NAMES]
    rows = np.array([[*inside, 9.0]] * 8)
    for k, name in enumerate(NAMES):
        rows[1 + 2 * k, k] = USABLE_RANGE[name][0] - 1e-6
        rows[2 + 2 * k, k] = USABLE_RANGE[name][1] + 1e-6
    rows[7, :3] = [USABLE_RANGE[name][1] for name in NAMES]
    outside = outside_usable_range((*NAMES, "alpha_fe"), rows)
    np.testing.assert_array_equal(outside, [False, *[True] * 6, False])
