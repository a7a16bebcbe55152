"""A viewer's own spectrum in words: labels with errors, flags, how it was read (HTML)."""

from __future__ import annotations

from html import escape

from slamcore.columns import BY_NAME
from slamcore.diagnostics.own_spectrum import OwnSpectrum
from slamcore.numerals import typeset

__all__ = ["fit_text", "own_card"]


def own_card(found: OwnSpectrum, simulated: bool) -> str:
    """Labels of a spectrum with all that is to be said of them.

    Parameters
    ----------
    found : OwnSpectrum
    simulated : bool
        Whether the model has learned from made-up stars.

    Returns
    -------
    str
        HTML.
    """
    one = found.spectrum
    badge = "<span class='chip warn'>labels from a SIMULATED training set</span>"
    values = ""
    for label in found.labels:
        about = BY_NAME[label.label]
        digits = 0 if about.unit == "K" else 2
        text = "—" if label.value != label.value else typeset(label.value, f".{digits}f")
        if label.error == label.error:
            text += f" ± {label.error:.{digits}f}"
        values += (
            f"<div title='{escape(label.origin)}'><dt>{escape(about.label)}</dt>"
            f"<dd>{text} <small>{escape(about.unit)}</small></dd></div>"
        )
    origins = " · ".join(dict.fromkeys(escape(label.origin) for label in found.labels))
    chips = "".join(f" <span class='chip warn'>{escape(text)}</span>" for text in found.flags)
    kind = " · ".join(filter(None, (one.kind, one.identity.spectral_type)))
    notes = "<br>".join(escape(note) for note in found.notes)
    return (
        f"<div class='card own'><div class='card-head'><b>{escape(one.identity.name)}</b>"
        f"<span class='chip'>your file</span>{badge if simulated else ''}</div>"
        f"<div class='muted ids'>{escape(kind)} · SNR {found.snr:.1f}</div><dl>{values}</dl>"
        f"<div class='label-origin'>labels from this survey's model; "
        f"errors: {origins}{chips}</div>"
        f"<div class='muted notes'>{notes}</div></div>"
    )


def fit_text(found) -> str:
    """How well the model fits, as HTML.

    Parameters
    ----------
    found : Residuals

    Returns
    -------
    str
    """
    return (
        f"<span title='photon noise and model error together'>χ² per degree of freedom "
        f"<b>{found.rchi2:.2f}</b></span> <span class='muted'>{found.n_good:,} good pixels, "
        f"continuum × {found.scale:.3f}</span>"
    )
