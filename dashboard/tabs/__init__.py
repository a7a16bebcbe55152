"""Tabs: each module offers ``TITLE`` and ``view(session, catalog, palette)``; ``TABS`` is their
order on screen. A tab arranges figures; it opens no file and does no arithmetic.
"""

from __future__ import annotations

from dashboard.tabs import (
    about,
    aspcap,
    binaries,
    cmd,
    figures,
    literature,
    review,
    snr_scatter,
    spectra,
    training,
)

__all__ = ["TABS"]

TABS = (cmd, spectra, training, snr_scatter, literature, binaries, aspcap, review, figures, about)
