"""The library in four calls."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.api import read
from slamcore.io.errors import InputError
from slamcore.wavelength import boss_grid


def test_read_gives_every_spectrum_a_row(realdata):
    """In the order of the files, on the BOSS grid, with what the files say."""
    found = read([realdata / "sdss_spectra", realdata / "lamost"])
    assert len(found.block) == len(found.table) == 6
    assert found.skipped == ()
    np.testing.assert_array_equal(found.block.wavelength, boss_grid())
    assert set(found.block.origin) == {"observed"}
    snr = np.array(found.table["snr"])
    assert np.all(snr > 20)


def test_templates_are_named_so(realdata):
    """A template is no star."""
    assert set(read(realdata / "templates").block.origin) == {"template"}


def test_files_that_cannot_be_used_are_told(realdata, tmp_path):
    """Those that can are read."""
    (tmp_path / "bad.fits").write_bytes(b"SIMPLE  = nonsense")
    found = read([realdata / "templates", tmp_path])
    assert len(found.skipped) == 1
    assert "bad.fits" in found.skipped[0]


@pytest.mark.parametrize("content", [b"", b"no spectrum"])
def test_nothing_usable_is_an_error(tmp_path, content):
    """One line: what was looked for, and what is there."""
    (tmp_path / "x.fits").write_bytes(content)
    with pytest.raises(InputError, match="spectra that can be used"):
        read(tmp_path)
