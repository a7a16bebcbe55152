"""Numbers as people read them."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.numerals import typeset


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-0.5, "g", "−0.5"),
        (3500.0, ".0f", "3500"),
        (-12345.6, ",.0f", "−12,346"),
        (np.float32(-0.25), "+.2f", "−0.25"),
        (0.25, "+.2f", "+0.25"),
        (-0.001, ".2f", "0.00"),
        (-0.001, "+.2f", "+0.00"),
        (-0.4, ",.0f", "0"),
        (-1e-9, "g", "−1e−09"),
        (np.nan, ".2f", "nan"),
        (-np.inf, "g", "−inf"),
    ],
)
def test_a_minus_is_no_hyphen_and_rounded_zero_has_none(value, form, text):
    assert typeset(value, form) == text
