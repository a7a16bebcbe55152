"""The survey's origin in words: sources, checksums, versions, caveats."""

from __future__ import annotations

from html import escape

from slamcore.io.survey_files import SurveyInfo

__all__ = ["provenance_html"]

_CAVEATS = (
    "Published SLAM labels are validated for 3100-3900 K, log g 4.45-4.95 and [Fe/H] -0.6 to 0.5 "
    "(Qiu 2025, Table 1).",
    "Extinction uses A_V = 3.1 E(B-V) and the Gaia coefficients of Babusiaux et al. (2018) where "
    "the stars have E(B-V); without it magnitudes are taken as observed.",
    "A cut whose column is missing is not applied, and the sidebar says so.",
    "A template stands for a type; it is never the star's own spectrum.",
)


def provenance_html(info: SurveyInfo, n_stars: int) -> str:
    """The About page of a survey.

    Parameters
    ----------
    info : SurveyInfo
    n_stars : int
        Rows of its star table.

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
        f"<h3>Notes</h3>{_list(info.notes)}<h3>Keep in mind</h3>{_list(_CAVEATS)}"
    )


def _list(items: tuple[str, ...]) -> str:
    if not items:
        return "<p>None.</p>"
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
