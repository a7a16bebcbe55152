"""Every comparison of a sample: labels under test beside what others say of the same stars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from slamcore.checks import Check
from slamcore.columns import LABELS
from slamcore.compare import TABLE_2, Comparison, compare
from slamcore.paper.claims import agreement
from slamcore.paper.known_labels import split_of
from slamcore.references import RELATION
from slamcore.sample import Sample
from slamcore.star_table import StarTable

__all__ = [
    "LOW_SNR",
    "Against",
    "absent",
    "all_comparisons",
    "is_own",
    "not_of_pairs",
    "rows_of",
    "speaks_of",
    "table_2_checks",
    "with_literature",
    "with_partner",
    "with_table",
    "with_test_set",
]

LOW_SNR = 10.0
"""Below it a spectrum counts as one of low SNR (Qiu (2025), section 5, asks for more)."""

_FIRST = 1000
_RESAMPLES = 100  # errors are good to 7 per cent, which moves no verdict that is not on the edge

_PRINTED = {
    (name if name not in ("mann2015", "mann2019") else RELATION, label): numbers
    for name, row in TABLE_2.items()
    for label, numbers in row.items()
}
"""Table 2 by our names: its rows of Mann et al. are one relation here, and the catalogue
``mann2015``, that of the relation's own calibrators, is not in it."""

_TITLES = {
    "test set": "test set",
    "M+M": "M+M wide binaries",
    "birky2020": "Birky et al. (2020)",
    "behmard2025": "Behmard et al. (2025)",
    "du2024": "Du et al. (2024)",
    RELATION: "Mann et al. (2015, 2019)",
}


@dataclass(frozen=True, eq=False)
class Against:
    """One label of stars beside a reference for it.

    Attributes
    ----------
    key : str
        ``test set``, ``M+M`` or the name of a reference.
    title : str
        The reference as the field cites it.
    label : str
    values, reference : ndarray (n,)
        In the unit of the label, finite where both are known. Of M+M pairs those of the
        primary and the secondary.
    rows : ndarray of int (n,)
        Rows of the survey's stars.
    get_snr : callable
        Gives ``snr``.
    """

    key: str
    title: str
    label: str
    values: np.ndarray
    reference: np.ndarray
    rows: np.ndarray
    get_snr: Callable[[], np.ndarray]

    @property
    def n(self) -> int:
        """Stars (pairs) with both."""
        return len(self.values)

    @cached_property
    def snr(self) -> np.ndarray:
        """Of the spectrum (n,), of a pair the lower one; NaN where not known."""
        return self.get_snr()

    @cached_property
    def difference(self) -> np.ndarray:
        """Values minus reference (n,)."""
        return self.values - self.reference

    @cached_property
    def places_by_snr(self) -> tuple[np.ndarray, np.ndarray]:
        """Places (n_low,) and (n - n_low,) of those of low SNR, and of the others."""
        low = self.snr < LOW_SNR
        return np.flatnonzero(low), np.flatnonzero(~low)

    @cached_property
    def by_snr(self) -> tuple[Against, Against]:
        """Those of low SNR, and the others."""
        low, others = self.places_by_snr
        return self._part(low), self._part(others)

    def _part(self, places: np.ndarray) -> Against:
        parts = {name: getattr(self, name)[places] for name in ("values", "reference", "rows")}
        snr = self.snr[places]  # not by way of this object, which holds its parts
        return replace(self, **parts, get_snr=lambda: snr)

    @property
    def printed(self) -> tuple[float, float] | None:
        """Bias and scatter in Qiu (2025), Table 2; None where that has none."""
        return _PRINTED.get((self.key, self.label))

    @cached_property
    def found(self) -> Comparison:
        """Number, bias, scatter and trend, with errors."""
        return compare(self.values, self.reference, _RESAMPLES)


def rows_of(sample: Sample, keys: np.ndarray) -> np.ndarray:
    """Rows (n_key,) of the survey's stars by ``spectrum_pk``, -1 where there is none."""
    return sample.survey.stars.find("spectrum_pk", keys)


def with_test_set(sample: Sample, label: str) -> Against | None:
    """A label of the stars that were held out of training beside its reference.

    Parameters
    ----------
    sample : Sample
    label : str

    Returns
    -------
    Against or None
        None where survey or labels lack it. Of all stars with references, and called so, where
        it is not known which of them trained.
    """
    known = sample.known
    if known is None or label not in known or f"reference_{label}" not in known:
        return None
    test = known.take(np.flatnonzero(~known["in_training"].to_numpy(dtype=bool)))
    rows = rows_of(sample, test["spectrum_pk"])
    values, reference = test[label].to_numpy(float), test[f"reference_{label}"].to_numpy(float)
    title = split_of(sample).names["test"]
    return _against("test set", title, label, values, reference, rows, lambda: _snr(test))


def with_partner(sample: Sample, label: str = "fe_h") -> Against | None:
    """A label of the brighter M dwarf of each M+M pair beside that of the fainter one.

    Of pairs whose stars both pass all cuts, those on SNR, class and labels too, which
    `slamcore.pairs.find_pairs` does not ask for.

    Parameters
    ----------
    sample : Sample
    label : str

    Returns
    -------
    Against or None
        None where the survey has no pairs or no such label. ``rows`` are the primaries'.
    """
    if sample.pairs is None or label not in sample.survey.stars:
        return None
    table = sample.pairs.table
    table = table[table["kind"] == "M+M"]
    first, second = (rows_of(sample, table[f"spectrum_pk_{side}"]) for side in "12")
    kept = sample.selection.mask[first] & sample.selection.mask[second]
    first, second = first[kept], second[kept]
    values = sample.survey.stars[label].to_numpy(float)
    snr = _snr(sample.survey.stars)

    def lower() -> np.ndarray:
        return np.minimum(snr[first], snr[second])

    return _against("M+M", _TITLES["M+M"], label, values[first], values[second], first, lower)


def not_of_pairs(sample: Sample) -> str:
    """A sentence on the cuts that are on and that pairs were not asked for; empty without any."""
    if sample.pairs is None:
        return ""
    asked = {step.key for step in sample.pairs.funnels["M+M"]}
    idle = [one.text for one in sample.cuts.criteria() if f"{one.key}_1" not in asked]
    return f" Not applied to pairs: {', '.join(idle)}." if idle else ""


def with_literature(sample: Sample, name: str, label: str) -> Against | None:
    """A label of the selected stars beside that of a reference.

    Parameters
    ----------
    sample : Sample
    name : str
        Of a reference, had or not.
    label : str

    Returns
    -------
    Against or None
        None where the survey lacks the reference, either lacks the label, or the labels under
        test are the reference's own.
    """
    found = _with_reference(sample, name, label)
    return None if found is None or _same(found.values, found.reference) else found


def is_own(sample: Sample, name: str, label: str) -> bool:
    """Whether a label under test is a reference's own: then there is nothing to compare.

    So it is too where the star table came with the labels of a catalogue that the survey holds.

    Parameters
    ----------
    sample : Sample
    name : str
        Of a reference, had or not.
    label : str

    Returns
    -------
    bool
    """
    if name == sample.source:
        return True
    found = _with_reference(sample, name, label)
    return found is not None and _same(found.values, found.reference)


def _with_reference(sample: Sample, name: str, label: str) -> Against | None:
    """`with_literature`, with the labels under test themselves too."""
    if name not in sample.references.names:
        return None
    title = _TITLES.get(name) or sample.references.title(name)
    if name == RELATION:
        return with_table(sample, name, title, label, sample.references.table(name))
    matched = sample.references.matched(name)
    return _of_selected(sample, name, title, label, matched.table, matched.rows)


def with_table(
    sample: Sample, key: str, title: str, label: str, table: StarTable | pd.DataFrame
) -> Against | None:
    """A label of the selected stars beside that of a table.

    Parameters
    ----------
    sample : Sample
    key, title : str
        Of the table.
    label : str
    table : StarTable or DataFrame (n_star rows)
        Row by row the survey's stars, NaN where it does not have one.

    Returns
    -------
    Against or None
        None where either lacks the label, or no selected star has both.
    """
    return _of_selected(sample, key, title, label, table)


def all_comparisons(sample: Sample) -> list[Against]:
    """All that can be compared: test set, M+M, then every reference with its labels.

    A reference that the survey has got since is among them by itself.
    """
    found = [with_test_set(sample, label) for label in LABELS]
    found.append(with_partner(sample))
    found += [
        with_literature(sample, name, label)
        for name in sample.references.names
        for label in LABELS
    ]
    return [one for one in found if one is not None]


def speaks_of(sample: Sample) -> bool:
    """Whether the paper's claims speak of the labels under test, not of another catalogue's."""
    return sample.source not in sample.references.names


def table_2_checks(sample: Sample, one: Against | None, key: str, label: str) -> tuple[Check, ...]:
    """Claims that labels agree with a reference as in Qiu (2025), Table 2.

    Parameters
    ----------
    sample : Sample
    one : Against or None
        None where the survey lacks it: then nothing is measured.
    key, label : str
        Of the comparison.

    Returns
    -------
    tuple of Check
        None for what is not in that table, and for labels of a literature catalogue. Not
        measured on the test set where it is not known which stars trained.
    """
    printed = _PRINTED.get((key, label))
    if printed is None or not speaks_of(sample):
        return ()
    what = f"{sample.source_name} − {_TITLES[key]}"
    is_told = one is not None and (key != "test set" or split_of(sample).is_known)
    return agreement(what, label, one.found if is_told else None, printed)


def absent(present: list[Against]) -> list[tuple[str, str, str, tuple[float, float]]]:
    """Comparisons of Table 2 that are not there: key, title, label, bias and scatter."""
    have = {(one.key, one.label) for one in present}
    return [
        (key, _TITLES[key], label, printed)
        for (key, label), printed in _PRINTED.items()
        if (key, label) not in have
    ]


def _of_selected(
    sample: Sample,
    key: str,
    title: str,
    label: str,
    table: StarTable | pd.DataFrame,
    rows: np.ndarray | None = None,
) -> Against | None:
    """Of the selected among all stars, or among those of ``rows`` (n,), that a table has."""
    stars, mask = sample.survey.stars, sample.selection.mask
    if label not in stars or label not in table:
        return None
    # Few arrays of all stars: where these are many, pages of memory cost more than the rest.
    reference = table[label].to_numpy(float)
    kept = np.isfinite(reference)
    kept &= mask if rows is None else mask[rows]
    places = np.flatnonzero(kept)
    rows = places if rows is None else rows[places]
    values = stars[label].to_numpy(float)[rows]
    return _against(key, title, label, values, reference[places], rows, lambda: _snr(stars)[rows])


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two arrays (n,) are equal; nearly always the first values tell."""
    return np.array_equal(first[:_FIRST], second[:_FIRST]) and np.array_equal(first, second)


def _against(
    key: str,
    title: str,
    label: str,
    values: np.ndarray,
    reference: np.ndarray,
    rows: np.ndarray,
    get_snr: Callable[[], np.ndarray],
) -> Against | None:
    """Of stars that have both; None where there are none."""
    both = np.isfinite(values) & np.isfinite(reference)
    if both.all():
        return Against(key, title, label, values, reference, rows, get_snr) if len(both) else None
    if not both.any():
        return None
    return Against(
        key, title, label, values[both], reference[both], rows[both], lambda: get_snr()[both]
    )


def _snr(stars: StarTable | pd.DataFrame) -> np.ndarray:
    return stars["snr"].to_numpy(float) if "snr" in stars else np.full(len(stars), np.nan)
