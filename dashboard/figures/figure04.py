"""Figure 4: labels of the test set beside their references, held out of training."""

from __future__ import annotations

from dataclasses import replace

from dashboard.figures import wants
from dashboard.figures.against import (
    CONVENTION,
    blank,
    counts_panel,
    difference_axis,
    difference_panel,
    label_axis,
    pair_panel,
)
from dashboard.figures.plot import Axis, Figure, Panel, lacking
from slamcore.checks import Check
from slamcore.columns import BY_NAME
from slamcore.paper.claims import count, no_trend
from slamcore.paper.comparisons import Against, speaks_of, table_2_checks, with_test_set
from slamcore.paper.known_labels import SHOWN, split_of
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure04"
TITLE = "Labels of the test set against their references"


def figure(sample: Sample) -> Figure:
    """One to one, residual and its counts for three labels (Qiu (2025), Fig. 4).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    if sample.known is None:
        return lacking(KEY, TITLE, wants.TRAINING)
    found = {label: with_test_set(sample, label) for label in SHOWN}
    if not any(found.values()):
        return lacking(KEY, TITLE, wants.LABELS)
    whose, split = sample.source_name, split_of(sample)
    columns = [_column(label, one, whose) for label, one in found.items()]
    n = max(one.n for one in found.values() if one)
    held = "held out of training" if split.is_known else "which of them trained is not known"
    caption = (
        f"Labels of {n:,} stars with reference labels, {held}, colour by SNR; labels under test: "
        f"{whose}. Rows: labels against their reference, labels minus reference, its counts. "
        f"{CONVENTION}"
    )
    checks = [check for label, one in found.items() for check in _checks(sample, label, one)]
    compared = sum(one is not None for one in found.values())
    checks += [
        count("test set", n if split.is_known else None, "Qiu (2025), section 2.4"),
        Check("labels compared", compared, len(SHOWN), 0, "Qiu (2025), Fig. 4", n=n),
    ]
    return Figure(KEY, TITLE, tuple(zip(*columns, strict=True)), caption, tuple(checks))


def _column(label: str, one: Against | None, whose: str) -> tuple[Panel, Panel, Panel]:
    """The three panels of a label, from the top."""
    x, y = label_axis(label, "reference"), label_axis(label, whose)
    if one is None:
        why = f"no {BY_NAME[label].label} with a reference"
        axes = ((x, y), (x, difference_axis(label)), (difference_axis(label), Axis("stars")))
        return tuple(blank(Panel(*pair, ()), "", why) for pair in axes)
    top = replace(pair_panel(one, x, y, by_snr=True), title=BY_NAME[label].label)
    return top, difference_panel(one, x, by_snr=True), counts_panel(one)


def _checks(sample: Sample, label: str, one: Against | None) -> tuple[Check, ...]:
    agreement = table_2_checks(sample, one, "test set", label)
    if one is None or not speaks_of(sample):
        return agreement
    what = f"{BY_NAME[label].label}, {sample.source_name} − reference"
    return (*agreement, no_trend(what, one.found.slope, one.n))
