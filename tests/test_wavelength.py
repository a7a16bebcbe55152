"""Wavelengths: published line positions, identities, limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.constants import BOSS_N_PIXELS, SPEED_OF_LIGHT
from slamcore.wavelength import (
    air_to_vacuum,
    boss_grid,
    pixel_edges,
    redshift_to_velocity,
    to_rest_frame,
)

NIST_LINES = (
    ("Na I D2", 5889.9510, 5891.5833),
    ("Na I D1", 5895.9242, 5897.5581),
    ("H alpha", 6562.79, 6564.60),
    ("K I", 7664.8991, 7667.0089),
    ("Ca II", 8542.09, 8544.44),
)
"""Name, air and vacuum wavelength (Angstrom) in the NIST Atomic Spectra Database."""


@pytest.mark.parametrize(("name", "air", "vacuum"), NIST_LINES)
def test_air_to_vacuum_gives_the_published_vacuum_wavelength(name, air, vacuum):
    assert air_to_vacuum(air) == pytest.approx(vacuum, abs=0.02), name


def test_air_to_vacuum_to_a_milli_angstrom_at_the_sodium_doublet():
    assert air_to_vacuum([5889.9510, 5895.9242]) == pytest.approx([5891.5833, 5897.5581], abs=1e-3)


def test_far_ultraviolet_is_in_vacuum_already():
    assert air_to_vacuum(1999.0) == 1999.0
    assert air_to_vacuum(2001.0) > 2001.5


@given(st.floats(2001, 3e4), st.floats(0.01, 100))
def test_air_to_vacuum_lengthens_by_the_refraction_of_air_and_keeps_the_order(air, step):
    first, second = air_to_vacuum([air, air + step])
    assert 2.6e-4 < first / air - 1 < 3.3e-4
    assert second > first


def test_boss_grid_is_the_one_of_the_data_model():
    grid = boss_grid()
    assert grid.size == BOSS_N_PIXELS == 4648
    assert grid[[0, -1]] == pytest.approx([3566.97, 10399.20], abs=5e-3)
    assert np.diff(np.log10(grid)) == pytest.approx(1e-4, abs=1e-10)


def test_the_published_normalisation_range_holds_1739_native_pixels():
    grid = boss_grid()
    assert np.count_nonzero((grid >= 6001.755) & (grid <= 8957.321)) == 1739


def test_a_receding_star_is_shifted_back_to_the_blue():
    observed = 6564.61 * (1 + 200 / SPEED_OF_LIGHT)
    assert observed > 6564.61
    assert to_rest_frame(observed, 200.0) == pytest.approx(6564.61, abs=1e-9)


@given(st.floats(-0.005, 0.005))
def test_a_redshift_and_its_velocity_shift_alike(z):
    assert to_rest_frame(8500.0 * (1 + z), redshift_to_velocity(z)) == pytest.approx(8500.0)


def test_pixel_edges_meet_and_enclose_their_centres():
    centre = boss_grid()
    edges = pixel_edges(centre)
    assert edges.size == centre.size + 1
    assert np.all(edges[:-1] < centre)
    assert np.all(centre < edges[1:])
    assert pixel_edges([1.0, 2.0, 4.0]) == pytest.approx([0.5, 1.5, 3.0, 5.0])


@pytest.mark.parametrize("centres", [[], [5000.0], [5000.0, 5000.0], [2.0, 1.0], [1.0, np.nan]])
def test_pixel_edges_refuse_what_does_not_increase(centres):
    with pytest.raises(ValueError, match="expected at least 2, strictly increasing"):
        pixel_edges(centres)
