"""Qiu (2025), Table 2, now: every comparison of a sample beside the printed one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.checks import Check, verdict_of
from slamcore.columns import BY_NAME
from slamcore.paper.comparisons import Against, absent, all_comparisons, table_2_checks
from slamcore.sample import Sample

__all__ = ["table_2"]

_FIRST = {"test set": 0, "all with reference labels": 0, "M+M wide binaries": 1}


def table_2(sample: Sample) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """A row for each reference and label, and the claims of the printed ones.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    DataFrame (n_comparison rows)
        ``reference``, ``label``, ``unit``; ``paper_bias``, ``paper_scatter``; ``bias``,
        ``bias_low``, ``bias_high``, ``scatter``, ``scatter_low``, ``scatter_high`` (16th and
        84th percentile of the bootstrap); ``difference`` of the two biases, ``n``, ``verdict``
        (empty where the paper claims nothing). What the survey lacks is a row without numbers.
    tuple of Check
    """
    present = all_comparisons(sample)
    rows, checks = [], []
    for one in present:
        claims = table_2_checks(sample, one, one.key, one.label)
        rows.append(_row(one, claims))
        checks += claims
    for key, title, label, printed in absent(present):
        claims = table_2_checks(sample, None, key, label)
        rows.append(_blank(title, label, printed) | {"verdict": _verdict(claims)})
        checks += claims
    # What is absent takes the place that it would have: test set and pairs come first.
    rows.sort(key=lambda row: _FIRST.get(row["reference"], len(_FIRST)))
    return pd.DataFrame(rows), tuple(checks)


def _blank(title: str, label: str, printed: tuple[float, float] | None) -> dict[str, object]:
    bias, scatter = printed or (np.nan, np.nan)
    numbers = ("bias", "bias_low", "bias_high", "scatter", "scatter_low", "scatter_high")
    return {
        "reference": title,
        "label": BY_NAME[label].label,
        "unit": BY_NAME[label].unit,
        "paper_bias": bias,
        "paper_scatter": scatter,
        **dict.fromkeys((*numbers, "difference"), np.nan),
        "n": 0,
        "verdict": "",
    }


def _row(one: Against, claims: tuple[Check, ...]) -> dict[str, object]:
    row = _blank(one.title, one.label, one.printed)
    for name, estimate in (("bias", one.found.bias), ("scatter", one.found.scatter)):
        row[name] = estimate.value
        row[f"{name}_low"], row[f"{name}_high"] = estimate.low, estimate.high
    row["difference"] = row["bias"] - row["paper_bias"]
    row["n"] = one.n
    row["verdict"] = _verdict(claims)
    return row


def _verdict(claims: tuple[Check, ...]) -> str:
    return verdict_of(claims) if claims else ""
