"""Numbers as people read them."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.numerals import typeset, with_error


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


@pytest.mark.parametrize(
    ("value", "error", "signed", "text"),
    [
        (-0.012345, 0.00456, True, ("−0.0123", "0.0046")),
        (0.5, 0.0996, False, ("0.50", "0.10")),
        (-0.0001, 0.0123, True, ("+0.000", "0.012")),
        (1234.5, 118.0, True, ("+1,230", "120")),
        (-27.3, 9.1, False, ("−27.3", "9.1")),
        (0.25, 0.0, False, ("0.25", "0")),
        (-0.25, np.nan, True, ("−0.25", "nan")),
    ],
)
def test_a_value_has_the_digits_of_its_error(value, error, signed, text):
    assert with_error(value, error, signed) == text
