"""Simulated stars and spectra for a survey that needs no data.

`simulate_stars` makes the catalogue and `simulate_spectra` the spectra, each star from (seed,
sdss_id) alone; `truth` re-derives what the catalogue hides; `noise_free` maps labels to spectra.
"""

from __future__ import annotations

from slamcore.simulation.atmosphere import main_sequence_logg, noise_free
from slamcore.simulation.catalogue import LABEL_ERRORS, simulate_stars
from slamcore.simulation.reference import N_REFERENCE, reference_labels
from slamcore.simulation.spectra import simulate_spectra
from slamcore.simulation.truth import COMPANION, FIRST_SDSS_ID, POPULATIONS, truth

__all__ = [
    "COMPANION",
    "FIRST_SDSS_ID",
    "LABEL_ERRORS",
    "N_REFERENCE",
    "POPULATIONS",
    "main_sequence_logg",
    "noise_free",
    "reference_labels",
    "simulate_spectra",
    "simulate_stars",
    "truth",
]
