"""Where the labels under test come from: one source at a time, named wherever they are shown."""

from __future__ import annotations

from dataclasses import replace

from slamcore.columns import LABELS
from slamcore.survey import Survey

__all__ = ["SOURCES", "label_sources", "relabel"]

SOURCES = {"model": "our model", "catalogue": "the catalogue"}
"""Key and name of each source."""

_REPLACED = (*LABELS, *(f"e_{name}" for name in LABELS), "result_flags", "flag_bad")


def label_sources(survey: Survey) -> tuple[str, ...]:
    """Sources that a survey has, the preferred one first."""
    return ("model", "catalogue") if survey.labels is not None else ("catalogue",)


def relabel(survey: Survey, source: str) -> Survey:
    """The survey with the labels of one source among its stars.

    Parameters
    ----------
    survey : Survey
    source : str
        One of `label_sources`.

    Returns
    -------
    Survey
        Labels, their errors and flags are those of the source; nothing of another one is left.

    Raises
    ------
    ValueError
        If the survey does not have that source.
    """
    if source not in label_sources(survey):
        raise ValueError(f"labels: expected one of {label_sources(survey)}, got {source!r}")
    if source == "catalogue":
        return survey
    stars = survey.stars.drop(columns=[name for name in _REPLACED if name in survey.stars])
    ours = survey.labels.drop(columns="spectrum_pk").set_axis(stars.index)
    twice = [name for name in stars if name in ours]
    return replace(survey, stars=stars.drop(columns=twice).join(ours))
