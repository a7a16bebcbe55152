"""The survey's origin in words: sources, checksums, versions, caveats."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from slamcore.columns import BY_NAME, LABELS
from slamcore.io.survey_info import SurveyInfo

__all__ = ["provenance_html"]

_CAVEATS = (
    "Published SLAM labels are validated for 3100-3900 K, log g 4.45-4.95 and [Fe/H] −0.6 to 0.5 "
    "(Qiu 2025, Table 1).",
    "Extinction uses A_V = 3.1 E(B-V) and the Gaia coefficients of Babusiaux et al. (2018) where "
    "the stars have E(B-V); without it magnitudes are taken as observed.",
    "A cut whose column is missing is not applied, and the sidebar says so.",
    "A template stands for a type; it is never the star's own spectrum.",
)


_SIMULATION = (
    "Simulated stars lie on main sequences after Mann et al. (2015, 2019) with giants, white "
    "dwarfs, binaries and young stars among them; spectra are features fitted to the templates of "
    "Kesseli et al. (2017), no model atmospheres, with the noise of the BOSS spectrographs. "
    "Catalogue labels are the truth with errors after Qiu (2025), Eqs 6-8 ([α/M]: half of "
    "[Fe/H]'s, by hand); the reference labels "
    "that the model learned from have smaller ones."
)


def provenance_html(info: SurveyInfo, n_stars: int, label_info: Mapping[str, Any]) -> str:
    """The About page of a survey.

    Parameters
    ----------
    info : SurveyInfo
    n_stars : int
        Rows of its star table.
    label_info : mapping
        Of `slamcore.survey.Survey`; empty where our models have not labelled the survey.

    Returns
    -------
    str
        HTML.
    """
    made = "Simulated: no star and no spectrum here was observed." if info.simulated else ""
    sources = "".join(
        f"<tr><td>{escape(s.name)}</td><td>{escape(s.kind)}</td><td class='num'>{s.rows:,}</td>"
        f"<td><code>{escape(s.sha256[:16])}</code></td><td>{escape('; '.join(s.notes))}</td></tr>"
        for s in info.sources
    )
    versions = ", ".join(f"{escape(k)} {escape(v)}" for k, v in sorted(info.versions.items()))
    return (
        f"<h2>{escape(info.name)} {escape(info.release)}</h2>"
        f"<p class='warn'>{made}</p>"
        f"<p>{n_stars:,} rows, {info.counts['spectra']:,} stored spectra, made "
        f"{escape(info.created)} with {versions}.</p>"
        "<h3>Sources</h3><table><tr><th>file</th><th>kind</th><th>rows</th><th>SHA-256</th>"
        f"<th>notes</th></tr>{sources}</table>"
        f"<h3>Labels of our model</h3>{_labels(label_info)}"
        f"{f'<h3>Simulation</h3><p>{_SIMULATION}</p>' if info.simulated else ''}"
        f"<h3>Notes</h3>{_list(info.notes)}<h3>Keep in mind</h3>{_list(_CAVEATS)}"
    )


def _labels(label_info: Mapping[str, Any]) -> str:
    """Models and error laws of our labels."""
    if not label_info:
        return "<p>None: run <code>slamcore train</code> and <code>slamcore label</code>.</p>"
    models = ", ".join(f"<code>{escape(str(c))[:16]}</code>" for c in label_info["models"])
    invented = (
        "<b class='warn'>Trained on SIMULATED stars.</b> " if label_info.get("simulated") else ""
    )
    laws = "".join(
        f"<tr><td>{escape(_symbol(name))}</td><td>{escape(_law(name, law))}</td></tr>"
        for name, law in sorted(label_info["errors"].items(), key=_place)
    )
    return (
        f"<p>{invented}Model {models} (SHA-256 of its arrays). Errors shown are the scatter of "
        "test stars at a star's SNR, where a law is told:</p>"
        f"<table><tr><th>label</th><th>error</th></tr>{laws}</table>"
    )


def _place(item: tuple[str, Any]) -> int:
    """Labels in the order of the page, others after them."""
    return LABELS.index(item[0]) if item[0] in LABELS else len(LABELS)


def _symbol(name: str) -> str:
    return BY_NAME[name].label if name in BY_NAME else name


def _law(name: str, law: Mapping[str, Any] | str) -> str:
    if isinstance(law, str):
        return "formal error: no scatter is known"
    low, high = law["snr_range"]
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    floor = f"{law['a']:.3g} + " if law["a"] else ""
    return (
        f"{floor}{law['b']:.3g} / SNR^{law['c']:.2f} {unit}, SNR {low:.3g}–{high:.3g}: "
        f"{law['source']}"
    )


def _list(items: tuple[str, ...]) -> str:
    if not items:
        return "<p>None.</p>"
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
