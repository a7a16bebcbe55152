"""Our refit of the correction of ASPCAP's [Fe/H], kept in the survey."""

from __future__ import annotations

from typing import Any

from slamcore.io.atomic import write_json
from slamcore.io.survey_info import info_digest
from slamcore.label_sources import relabel
from slamcore.paper.aspcap_claims import aspcap_offsets
from slamcore.pipeline.stage import Stage
from slamcore.references import References
from slamcore.sample import Sample
from slamcore.selection import PAPER
from slamcore.survey import Survey

__all__ = ["CALIBRATION_FILE", "calibrate"]

CALIBRATION_FILE = "calibration.json"
"""Our refit of the correction of ASPCAP's [Fe/H], in the survey."""

_TERMS = ("1", "x", "y", "x^2", "x y", "y^2")


def calibrate(survey: Survey) -> Stage:
    """The stage ``calibrate``.

    Parameters
    ----------
    survey : Survey
        With our labels.

    Returns
    -------
    Stage
        If it is off, there is no file: that of an earlier run would be of other labels.

    Raises
    ------
    InputError
        If the survey cannot be read or written.
    """
    content, stage = _correction(survey)
    if content is None:
        (survey.path / CALIBRATION_FILE).unlink(missing_ok=True)
    else:
        write_json(survey.path / CALIBRATION_FILE, content)
    return stage


def _correction(survey: Survey) -> tuple[dict[str, Any] | None, Stage]:
    references = References(survey)
    if "fe_h" not in survey.labels:
        return None, Stage("calibrate", "off", "our labels have no [Fe/H]")
    sample = Sample(relabel(survey, "model", references), "model", PAPER, references)
    found = aspcap_offsets(sample)
    if found is None:
        return None, Stage("calibrate", "off", "no ASPCAP labels of stars within the cuts")
    if found.fit is None:
        return None, Stage("calibrate", "off", f"{found.n:,} stars are too few", found.notes)
    fit = found.fit
    content = {
        "what": "corrected [Fe/H] = ASPCAP's + surface(x = Teff / 1000 K, y = [Fe/H])",
        "terms": list(_TERMS[: len(fit.surface.coefficients)]),
        "coefficients": fit.surface.coefficients.tolist(),
        "covariance": fit.surface.covariance.tolist(),
        "domain": fit.surface.domain.tolist(),
        "n": int(fit.used.sum()),
        "n_sample": found.n,
        "scatter": fit.scatter,
        "order": fit.surface.order,
        "reference": found.title,
        "labels": survey.label_info["models"],
        "survey": info_digest(survey.info),
        "simulated": sample.is_simulated,
        "notes": list(found.notes),
    }
    text = (
        f"{found.title}: {content['n']:,} stars, scatter {fit.scatter:.3f} dex about the surface"
    )
    return content, Stage("calibrate", "done", text, found.notes)
