"""Raw data of a release into a survey: `ingest`, and what is known of each kind of file."""

from __future__ import annotations

from slamcore.ingest.run import IngestReport, ingest

__all__ = ["IngestReport", "ingest"]
