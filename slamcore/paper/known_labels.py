"""Stars with reference labels: which trained the model, which test it, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.checks import Check
from slamcore.columns import BY_NAME
from slamcore.constants import USABLE_RANGE
from slamcore.diagnostics.coverage import coverage
from slamcore.paper.claims import count
from slamcore.paper.published import FEW, LAST_DIGIT, TOTAL_RANGE
from slamcore.sample import Sample

__all__ = [
    "SHOWN",
    "Split",
    "outside_claims",
    "range_claims",
    "range_table",
    "size_claims",
    "split_of",
]

SHOWN = ("fe_h", "teff", "logg")
"""Labels of the paper's figures, in its order."""


@dataclass(frozen=True, eq=False)
class Split:
    """Reference labels of training and test stars.

    Attributes
    ----------
    table : DataFrame (n_reference rows)
        As `slamcore.sample.Sample.known`.
    in_training : ndarray of bool (n_reference,)
    is_known : bool
        Whether it is known which stars trained; otherwise all count as the test set.
    """

    table: pd.DataFrame
    in_training: np.ndarray
    is_known: bool

    def training(self, label: str) -> np.ndarray:
        """Reference labels (n_train,) of the stars that have that one."""
        return self._of(label, self.in_training)

    def test(self, label: str) -> np.ndarray:
        """Reference labels (n_test,) of the stars that have that one."""
        return self._of(label, ~self.in_training)

    @property
    def names(self) -> dict[str, str]:
        """What ``training`` and ``test`` are called."""
        return {
            "training": "training set",
            "test": "test set" if self.is_known else "all with reference labels",
        }

    @property
    def told(self) -> str:
        """How many stars there are, in words."""
        n_train, n = int(self.in_training.sum()), len(self.in_training)
        if self.is_known:
            return f"{n_train:,} training and {n - n_train:,} test stars"
        return f"{n:,} stars; which of them trained these labels is not known"

    def _of(self, label: str, mask: np.ndarray) -> np.ndarray:
        name = f"reference_{label}"
        if name not in self.table:
            return np.empty(0)
        values = self.table[name].to_numpy(float)[mask]
        return values[np.isfinite(values)]


def split_of(sample: Sample) -> Split:
    """Training and test set of the model behind the labels under test.

    Parameters
    ----------
    sample : Sample
        Of a survey with reference labels.

    Returns
    -------
    Split
    """
    known = sample.known
    in_training = known["in_training"].to_numpy(dtype=bool)
    return Split(known, in_training, bool(in_training.any()))


def size_claims(split: Split) -> tuple[Check, ...]:
    """That training and test set are as large as the paper's."""
    n_train = int(split.in_training.sum())
    sizes = (n_train, len(split.in_training) - n_train) if split.is_known else (None, None)
    names = ("training set", "test set")
    section = "Qiu (2025), section 2.4"
    return tuple(count(name, n, section) for name, n in zip(names, sizes, strict=True))


def outside_claims(split: Split) -> tuple[Check, ...]:
    """That fewer than 20 training stars lie outside the usable range of each label."""
    checks = []
    for label in SHOWN:
        values = split.training(label)
        found = coverage(label, values)
        checks.append(
            Check(
                f"training stars outside the usable range of {BY_NAME[label].label}",
                float(found.below + found.above) if len(values) else np.nan,
                FEW - 1,
                0,
                "Qiu (2025), section 2.4",
                kind="at most",
                n=len(values),
            )
        )
    return tuple(checks)


def range_claims(split: Split) -> tuple[Check, ...]:
    """That the training set reaches as far as Qiu (2025), Table 1 says, and no farther."""
    checks = []
    for label in SHOWN:
        values, printed = split.training(label), TOTAL_RANGE[label]
        ends = (values.min(), values.max()) if len(values) else (np.nan, np.nan)
        # Ranges are printed in steps of 0.1 dex and 100 K.
        step = 100.0 if BY_NAME[label].unit == "K" else 10 * LAST_DIGIT[label]
        checks += [
            Check(
                f"{which} {BY_NAME[label].label} of the training set",
                float(found),
                expected,
                step,
                "Qiu (2025), Table 1",
                BY_NAME[label].unit,
                n=len(values),
            )
            for which, found, expected in zip(("lowest", "highest"), ends, printed, strict=True)
        ]
    return tuple(checks)


def range_table(split: Split) -> pd.DataFrame:
    """Total and usable range of each label (Qiu (2025), Table 1).

    Parameters
    ----------
    split : Split

    Returns
    -------
    DataFrame (n_label rows)
        ``label``, ``unit``; ``lowest``, ``highest`` of the training set now and in the paper;
        ``usable_low``, ``usable_high``; training stars ``inside`` and ``outside``; and
        ``dense_low``, ``dense_high``, between which all but 19 of them lie.
    """
    rows = []
    for label in SHOWN:
        values = np.sort(split.training(label))
        found = coverage(label, values)
        low, high = USABLE_RANGE[label]
        # As many stars left out below as above, one more below.
        left = (FEW - 1) // 2
        has, dense = len(values) > 0, len(values) >= 2 * FEW
        rows.append(
            {
                "label": BY_NAME[label].label,
                "unit": BY_NAME[label].unit,
                "paper_lowest": TOTAL_RANGE[label][0],
                "paper_highest": TOTAL_RANGE[label][1],
                "lowest": values[0] if has else np.nan,
                "highest": values[-1] if has else np.nan,
                "usable_low": low,
                "usable_high": high,
                "inside": found.inside,
                "outside": found.below + found.above,
                "dense_low": values[FEW - 1 - left] if dense else np.nan,
                "dense_high": values[-1 - left] if dense else np.nan,
            }
        )
    return pd.DataFrame(rows)
