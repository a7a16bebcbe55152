"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Real catalogues and spectra, beside the checkout or where ``SLAM_REALDATA`` says."""
    path = Path(os.environ.get("SLAM_REALDATA", ROOT.parent / "shared" / "realdata"))
    if not path.is_dir():
        pytest.skip(f"no real data at {path} (set SLAM_REALDATA)")
    return path
