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
    found = f"{_measured(check)}{unit}" if np.isfinite(check.value) else "no value"
    kind = "" if check.kind == "equal" else f"{check.kind} "
    within = f" within {_number(check.tolerance)}" if check.tolerance else ""
    return found, f"{kind}{_number(check.expected)}{unit}{within}"


def _measured(check: Check) -> str:
    """The value to the second digit of its error, if it has one."""
    if not (np.isfinite(check.error) and check.error > 0):
        return _number(check.value)
    decimals = max(0, 1 - int(np.floor(np.log10(check.error))))
    return f"{typeset(check.value, f',.{decimals}f')} ± {check.error:,.{decimals}f}"


def _number(value: float) -> str:
    return typeset(value, ",.0f" if abs(value) >= 1000 else ".3g")
