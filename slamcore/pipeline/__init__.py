"""From a survey's pairs to labels and a correction.

Stage by stage: `reference` finds labels to train on, `models` trains, `run` labels and holds all
together, `calibrate` corrects ASPCAP's [Fe/H].
"""

from __future__ import annotations

from slamcore.pipeline.calibrate import CALIBRATION_FILE
from slamcore.pipeline.models import NIU_MODEL_FILE
from slamcore.pipeline.run import run_pipeline
from slamcore.pipeline.stage import PipelineReport, Stage

__all__ = ["CALIBRATION_FILE", "NIU_MODEL_FILE", "PipelineReport", "Stage", "run_pipeline"]
