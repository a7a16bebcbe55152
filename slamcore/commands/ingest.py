"""Make a survey from the raw files of a release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.commands.terminal import progress_bar, refusals
from slamcore.ingest import ingest as ingest_release
from slamcore.ingest.release import RELEASES
from slamcore.io.errors import InputError

__all__ = ["ingest"]


def ingest(
    raw: Annotated[Path, typer.Option(help="Folder of raw files, as SDSS lays them out or flat.")],
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    release: Annotated[str, typer.Option(help=f"One of {', '.join(RELEASES)}.")] = "dr19",
    name: Annotated[str | None, typer.Option(help="Name on the page.")] = None,
    ebv_factor: Annotated[
        float, typer.Option(min=0, help="By which Bayestar's E(B-V) is multiplied.")
    ] = 1.0,
) -> None:
    """Make a survey from raw files of a release; goes on where a killed run stopped."""
    if release not in RELEASES:
        raise InputError("--release", f"one of {', '.join(RELEASES)}", release)
    with refusals(raw), progress_bar() as progress:
        report = ingest_release(raw, out, release, name, ebv_factor, progress)
    for line in report.lines():
        print(line)
    print(f"{out}: survey ready. Show it with: make serve SURVEY={out}")
