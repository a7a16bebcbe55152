"""Where the labels under test come from: one source at a time, named wherever they are shown."""

from __future__ import annotations

from dataclasses import replace

from slamcore.columns import LABELS
from slamcore.references import RELATION, References
from slamcore.star_table import StarTable
from slamcore.survey import Survey

__all__ = ["label_sources", "relabel"]

_MODEL, _CATALOGUE = "model", "catalogue"
_REPLACED = (*LABELS, *(f"e_{name}" for name in LABELS), "result_flags", "flag_bad")


def label_sources(survey: Survey, references: References) -> dict[str, str]:
    """Sources that a survey has, by key, each with its name; the preferred one first.

    Our model's labels, those that the star table came with, and those of every literature
    catalogue, under the catalogue's own key.

    Parameters
    ----------
    survey : Survey
    references : References
        Of the same survey.

    Returns
    -------
    dict of str to str
    """
    ours = {_MODEL: "our model"} if survey.labels is not None else {}
    theirs = {
        name: references.title(name)
        for name in references.names
        if name != RELATION and not survey.literature[name].columns.intersection(LABELS).empty
    }
    return {**ours, _CATALOGUE: "the catalogue", **theirs}


def relabel(survey: Survey, source: str, references: References) -> Survey:
    """The survey with the labels of one source among its stars.

    Parameters
    ----------
    survey : Survey
    source : str
        One of `label_sources`.
    references : References
        Of the same survey.

    Returns
    -------
    Survey
        Labels, their errors and flags are those of the source; nothing of another one is left.

    Raises
    ------
    ValueError
        If the survey does not have that source.
    """
    sources = tuple(label_sources(survey, references))
    if source not in sources:
        raise ValueError(f"labels: expected one of {sources}, got {source!r}")
    if source == _CATALOGUE:
        return survey
    stars = survey.stars.drop(columns=[name for name in _REPLACED if name in survey.stars])
    new = _ours(survey) if source == _MODEL else _theirs(references, source)
    twice = [name for name in stars if name in new]
    return replace(survey, stars=stars.drop(columns=twice).join(new))


def _ours(survey: Survey) -> StarTable:
    return survey.labels.drop(columns="spectrum_pk")


def _theirs(references: References, source: str) -> StarTable:
    table = references.table(source)
    return table.drop(columns=[name for name in table if name not in _REPLACED])
