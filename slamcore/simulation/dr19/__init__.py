"""A simulated SDSS DR19: the raw files that a survey is made from, and the truth behind them.

Formats are those of the real files, the stars are `slamcore.simulation`'s, and what the paper
found about the real ones (biases, scatters, laws of the errors, corrections) is put in, so that
what comes out at the other end can be held against it.
"""

from __future__ import annotations

from slamcore.simulation.dr19.files import TwinReport, truth_path, write_twin
from slamcore.simulation.dr19.twin import Twin, make_twin

__all__ = ["Twin", "TwinReport", "make_twin", "truth_path", "write_twin"]
