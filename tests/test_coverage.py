"""Where training stars lie, and where there are too few."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.diagnostics.coverage import FEWEST, coverage


def test_every_star_is_counted_wherever_it_lies():
    values = np.array([1000.0, 3100.0, 3500.0, 3900.0, 9000.0])
    found = coverage("teff", values)
    assert found.counts.sum() == 5
    assert (found.below, found.inside, found.above) == (1, 3, 1)
    assert found.edges[0] <= 1000
    assert found.edges[-1] >= 9000


def test_bins_are_the_same_for_samples_of_the_same_range():
    rng = np.random.default_rng(1)
    edges = [coverage("fe_h", rng.uniform(-0.5, 0.4, n)).edges for n in (10, 300)]
    np.testing.assert_array_equal(*edges)


@pytest.mark.parametrize("n", [0, FEWEST - 1, FEWEST])
def test_parts_with_few_stars_are_named(n):
    values = np.concatenate([np.full(n, -0.9), np.full(100, 0.0), np.full(30, 0.6)])
    warnings = coverage("fe_h", values).warnings
    assert len(warnings) == (n < FEWEST)
    if warnings:
        assert warnings[0] == f"[Fe/H] below −0.6 dex: {n} training stars, fewer than {FEWEST}"


def test_a_label_without_a_published_range_has_no_outside():
    found = coverage("mass", np.array([0.2, 0.5]))
    assert (found.usable, found.inside, found.warnings) == (None, 2, ())
    assert found.counts.sum() == 2
    assert coverage("mass", np.zeros(0)).counts.sum() == 0
    assert coverage("mass", np.full(3, 0.4)).counts.sum() == 3
