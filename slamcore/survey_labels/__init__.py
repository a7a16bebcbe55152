"""Labels for every spectrum of a survey, with errors from the laws of its models."""

from __future__ import annotations

from slamcore.survey_labels.laws import NO_ERROR, error_law, preset_of
from slamcore.survey_labels.run import LabelReport, label_survey

__all__ = ["NO_ERROR", "LabelReport", "error_law", "label_survey", "preset_of"]
