"""Reference labels of simulated M dwarfs, as companions of F, G and K stars would give them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.calibration import niu_bias
from slamcore.simulation.draws import Draws
from slamcore.simulation.truth import POPULATIONS, truth

__all__ = ["N_REFERENCE", "REFERENCE_ERRORS", "reference_labels"]

N_REFERENCE = 1120
"""Stars with reference labels: 870 to train on and 250 to test with (Qiu (2025), Section 3)."""

REFERENCE_ERRORS = {"teff": 40.0, "logg": 0.03, "fe_h": 0.05, "alpha_fe": 0.03}
"""K, dex; errors of the simulated references, set by hand after those of bright F, G and K stars
(e_[Fe/H] < 0.2: Qiu (2025), Section 2)."""

_COVERAGE = {"teff": (3000.0, 4050.0), "fe_h": (-0.8, 0.6)}  # K, dex
_PRIMARY_TEFF = (4500.0, 6500.0)  # K


def reference_labels(stars: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Reference labels of some simulated stars.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Of a simulated survey, with ``spectrum_pk`` and ``sdss_id``.
    seed : int
        Seed of the survey.

    Returns
    -------
    DataFrame (up to `N_REFERENCE` rows)
        ``spectrum_pk``, ``sdss_id``, labels (K, dex) and their errors, for single dwarfs of the
        range that M-dwarf companions cover. ``fe_h_niu`` is ``fe_h`` corrected by
        `slamcore.calibration.niu_bias` at the companion's Teff.
    """
    star = stars["sdss_id"].to_numpy()
    true = truth(star, seed)
    fit = (true["population"] == POPULATIONS.index("dwarf")).to_numpy()
    for name, (low, high) in _COVERAGE.items():
        fit = fit & true[name].between(low, high).to_numpy()
    rank = Draws(seed, star).uniform("reference")
    rows = np.flatnonzero(fit)
    rows = np.sort(rows[np.argsort(rank[rows], kind="stable")][:N_REFERENCE])
    draws = Draws(seed, star[rows])
    table = {
        "spectrum_pk": stars["spectrum_pk"].to_numpy()[rows],
        "sdss_id": star[rows],
    }
    for name, error in REFERENCE_ERRORS.items():
        table[name] = true[name].to_numpy()[rows] + error * draws.normal(f"reference {name}")
        table[f"e_{name}"] = np.full(rows.size, error)
    low, high = _PRIMARY_TEFF
    primary = low + (high - low) * draws.uniform("primary teff")
    table["fe_h_niu"] = table["fe_h"] - niu_bias(primary)
    table["e_fe_h_niu"] = table["e_fe_h"]
    return pd.DataFrame(table)
