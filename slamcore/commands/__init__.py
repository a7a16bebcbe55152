"""The command line: one function a command; a new one is a file and an entry in `COMMANDS`."""

from __future__ import annotations

from slamcore.commands.build import build
from slamcore.commands.cuts import cuts
from slamcore.commands.fetch import fetch
from slamcore.commands.ingest import ingest
from slamcore.commands.label import label
from slamcore.commands.pipeline import pipeline
from slamcore.commands.simulate import simulate
from slamcore.commands.spectrum import spectrum
from slamcore.commands.train import train

__all__ = ["COMMANDS"]

COMMANDS = (fetch, cuts, spectrum, build, ingest, simulate, train, label, pipeline)
"""In the order in which the help lists them."""
