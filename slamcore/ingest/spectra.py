"""Which row of the release a spectrum belongs to, where a star has one for each telescope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from slamcore.collect import StoredSpectrum

__all__ = ["keyed_by_row", "repeated_spectra"]


def keyed_by_row(
    stored: Sequence[StoredSpectrum], stars: pd.DataFrame
) -> tuple[list[StoredSpectrum], tuple[str, ...]]:
    """Give every spectrum the ``spectrum_pk`` of its row, by star and telescope.

    A spectrum whose own key is in the table, for the same star, keeps it.

    Parameters
    ----------
    stored : sequence of StoredSpectrum
    stars : DataFrame (n_star rows)
        ``sdss_id``, and ``spectrum_pk`` and ``telescope`` where they are known.

    Returns
    -------
    list of StoredSpectrum
    tuple of str
    """
    if "spectrum_pk" not in stars or "telescope" not in stars:
        return list(stored), ()
    keys = stars["spectrum_pk"].to_numpy()
    places = pd.MultiIndex.from_arrays([stars["sdss_id"], stars["telescope"]])
    row_of = dict(zip(places[::-1], keys[::-1].tolist(), strict=True))  # the first one counts
    star_of = dict(zip(keys.tolist(), stars["sdss_id"], strict=True))
    out, rekeyed, disagreeing = [], 0, 0
    for spectrum in stored:
        one = spectrum.identity
        is_known = one.spectrum_pk in star_of
        if is_known and star_of[one.spectrum_pk] == one.sdss_id:
            out.append(spectrum)
            continue
        key = row_of.get((one.sdss_id, one.telescope), -1)
        rekeyed += key > 0
        disagreeing += is_known
        if key > 0 or is_known:
            spectrum = replace(spectrum, identity=replace(one, spectrum_pk=key))
        out.append(spectrum)
    notes = []
    if rekeyed:
        notes.append(f"{rekeyed:,} spectra found their row by sdss_id and telescope")
    if disagreeing:
        notes.append(f"{disagreeing:,} spectra have the spectrum_pk of another star: not used")
    return out, tuple(notes)


def repeated_spectra(stored: Sequence[StoredSpectrum]) -> list[int]:
    """Rows of the store whose star and ``spectrum_pk`` came before: copies of a file."""
    seen: set[tuple[int, int]] = set()
    again = []
    for row, spectrum in enumerate(stored):
        key = (spectrum.identity.sdss_id, spectrum.identity.spectrum_pk)
        if key[1] > 0 and key in seen:
            again.append(row)
        seen.add(key)
    return again
