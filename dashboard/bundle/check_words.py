"""A check in words."""

from __future__ import annotations

import numpy as np

from slamcore.checks import Check
from slamcore.numerals import typeset

__all__ = ["check_text", "check_values"]


def check_text(check: Check) -> str:
    """A check as a line of text."""
    found, expected = check_values(check)
    n = f", n = {check.n:,}" if check.n else ""
    return f"{check.verdict}: {check.claim}: {found}; expected {expected} ({check.source}){n}"


def check_values(check: Check) -> tuple[str, str]:
    """What a check found, and what it expected with its tolerance, as text."""
    unit = f" {check.unit}" if check.unit else ""
    spread = f" ± {check.error:.2g}" if np.isfinite(check.error) else ""
    found = f"{_number(check.value)}{spread}{unit}" if np.isfinite(check.value) else "no value"
    kind = "" if check.kind == "equal" else f"{check.kind} "
    within = f" within {_number(check.tolerance)}" if check.tolerance else ""
    return found, f"{kind}{_number(check.expected)}{unit}{within}"


def _number(value: float) -> str:
    return typeset(value, ",.0f" if abs(value) >= 1000 else ".3g")
