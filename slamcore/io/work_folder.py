"""What a killed run left in the work folder of a survey."""

from __future__ import annotations

import shutil
from pathlib import Path

from slamcore.io.survey_files import SPECTRA_FOLDER

__all__ = ["keep_spectra"]


def keep_spectra(work: Path) -> None:
    """Drop all but the spectra: tables are quickly made again, and may be of other input.

    Parameters
    ----------
    work : Path
        As `slamcore.io.survey_folder.survey_folder` gives it.
    """
    for entry in work.iterdir():
        if entry.name.strip(".").removesuffix(".part") == SPECTRA_FOLDER:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
