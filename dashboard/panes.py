"""Panes that more than one tab shows: the brush in words, its composite, the opened star."""

from __future__ import annotations

from html import escape

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.figures import composite
from dashboard.figures.star import mark_lines
from dashboard.links import star_links
from dashboard.open_tab import while_open
from dashboard.relation_card import relation_values
from dashboard.review_words import review_line
from dashboard.state import Session
from dashboard.store import link_templates
from dashboard.style import Palette
from dashboard.words import Words
from slamcore.columns import BY_NAME, shown_unit
from slamcore.composite import Composite
from slamcore.constants import USABLE_RANGE
from slamcore.inference.flags import FLAGS
from slamcore.numerals import typeset

__all__ = ["brush_text", "composite_panes", "off_cmd_picker", "star_card", "stepper"]

_PICKER_LIMIT = 500
_NOTHING = 0  # keys of rows start at 1

_CARD = (
    "spectral_type",
    "teff",
    "logg",
    "fe_h",
    "fe_h_niu",
    "alpha_fe",
    "mass",
    "radius",
    "snr",
    "abs_g_mag",
    "bp_rp_0",
    "ruwe",
)
_DIGITS = {"teff": 0, "snr": 1, "mass": 3, "radius": 3}

_RANGE = "flag_outside_range"

_ORIGIN = {
    "observed": "",
    "template": '<span class="chip warn">template of its type, not its own spectrum: {}</span>',
    "simulated": '<span class="chip warn">simulated</span>',
    "none": '<span class="chip">no spectrum</span>',
}


def brush_text(catalog: Catalog, session: Session) -> Words:
    """How many stars the brush holds and how many of them have spectra, live."""

    def text(cuts, brush) -> str:
        rows = catalog.rows(cuts, brush)
        lent = int(catalog.is_lent[rows].sum())
        own = int(catalog.has_spectrum[rows].sum()) - lent
        templates = f", {lent:,} with a template" if lent else ""
        what = "selected" if brush is None else "brushed"
        return (
            f'<div class="brush-count" title="Draw a box or a lasso on a figure to brush stars">'
            f"<b>{len(rows):,}</b> stars {what} "
            f'<span class="muted">{own:,} with spectrum{templates}</span></div>'
        )

    return Words(
        param.bind(text, session.param.cuts, session.param.brush),
        css_classes=["brush-text"],
        sizing_mode="stretch_width",
    )


def composite_panes(
    session: Session, catalog: Catalog, palette: Palette, title: str
) -> tuple[Words, pn.Column]:
    """Composite of the brushed stars of a tab: in words what it was made of, and as a figure."""
    marks = (catalog.warning,) if catalog.warning else ()
    plot = DrawnPane(
        palette,
        composite.HEIGHTS,
        prepare=lambda plot, _: mark_lines(plot, palette, True, composite.NAMES_APART),
    )

    def update() -> None:
        chosen = session.cuts, session.brush
        plot.show(composite.figure(catalog.composite(*chosen), marks))
        words.object = _composite_caption(
            catalog.composite(*chosen),
            catalog.distinct_templates(*chosen),
            bool(catalog.has_spectrum.any()),
        )

    words = Words("", css_classes=["composite-caption"], sizing_mode="stretch_width")
    update()
    while_open(session, title, [session.param.cuts, session.param.brush], update)
    return words, plot.view


def _composite_caption(spectra: Composite, templates: int, any_spectra: bool) -> str:
    if spectra.n:
        of = "" if spectra.n == spectra.available else f" of {spectra.available:,}, drawn by lot"
        lent = f", {spectra.n_template:,} of them copies of {templates} templates" * bool(
            templates
        )
        text = f"of <span class='composite-n'>{spectra.n:,}</span> spectra{of}{lent}"
        aside = "median and 16–84 % of the spectra, noise included"
    else:
        text = ""
        aside = "no spectrum among these stars; brush others or relax a cut"
        if not any_spectra:
            aside = "this survey has no spectra: build it with --spectra"
    return (
        f"<div class='composite-text'><b>Composite</b> {text} "
        f"<span class='muted'>{aside}</span></div>"
    )


def star_card(session: Session, catalog: Catalog) -> Words:
    """The opened star: name, ids, labels with errors, origin of its spectrum, links."""

    def card(key, reviews) -> str:
        row = catalog.row_of(key)
        if row is None:
            return "<div class='card empty'>No star opened: tap one, or pick a row.</div>"
        star = catalog.star(row)
        name = star.get("name") or f"spectrum_pk {star['spectrum_pk']}"
        ids = " · ".join(
            f"{escape(BY_NAME[i].label)} {star[i]}"
            for i in ("sdss_id", "gaia_dr3_source_id")
            if i in star and star[i] > 0
        )
        # A made-up id may be that of a real star: no link leads from one to the other.
        links = "" if catalog.simulated else star_links(star, link_templates())
        values = "".join(_value(star, column) for column in _CARD if column in star)
        origin = _ORIGIN[star["spectrum_origin"]].format(escape(str(star.get("template", ""))))
        notes = escape(str(star.get("spectrum_notes", "")))
        outside = _outside(star)
        flags = _flags(catalog, star, () if outside == "" else (_RANGE,))
        source = f"labels from {catalog.source_name}{outside}{flags}"
        said = review_line(reviews.history(row))
        return (
            f"<div class='card'><div class='card-head'><b>{escape(str(name))}</b>{origin}</div>"
            f"<div class='muted ids'>{ids}</div><dl>{values}</dl>"
            f"<div class='label-origin'>{source}</div>"
            f"{relation_values(star)}{said}"
            f"<div class='links'>{links}</div><div class='muted notes'>{notes}</div></div>"
        )

    return Words(
        param.bind(card, session.param.star, session.param.reviews),
        sizing_mode="stretch_width",
        css_classes=["star-card"],
    )


def _flags(catalog: Catalog, star: dict[str, object], told: tuple[str, ...]) -> str:
    """What is wrong with the labels of our model, in words, but for flags that are told."""
    if catalog.label_source != "model":
        return ""
    bits = int(star["result_flags"])
    said = [flag.text for flag in FLAGS if bits & flag.bit and flag.name not in told]
    return "".join(f" <span class='chip warn'>{escape(text)}</span>" for text in said)


def _outside(star: dict[str, object]) -> str:
    """Labels outside the range in which they are validated, in words."""
    told = []
    for name, (low, high) in USABLE_RANGE.items():
        value = star.get(name)
        if value is not None and (value < low or value > high):
            about = BY_NAME[name]
            span = f"{typeset(low)} to {typeset(high)}"
            told.append(f"{about.label} {span} {about.unit}".rstrip())
    if not told:
        return ""
    return f" <span class='chip warn'>outside the usable range: {escape(', '.join(told))}</span>"


def _value(star, column: str) -> str:
    value, about = star[column], BY_NAME[column]
    if isinstance(value, str):
        text = escape(value)
    elif value == value:  # not NaN
        digits = _DIGITS.get(column, 2)
        error = star.get(f"e_{column}")
        known = error is not None and error == error
        if known and 0 < error < 2 * 10**-digits:  # one digit of an error is not enough
            digits += 1
        spread = f" ± {error:.{digits}f}" if known else ""
        number = typeset(value, f".{digits}f")
        text = f"{number}{spread} <small>{escape(shown_unit(column))}</small>"
    else:
        return ""
    if not text:
        return ""
    title = escape(about.description)
    return f"<div title='{title}'><dt>{escape(about.label)}</dt><dd>{text}</dd></div>"


def stepper(session: Session, catalog: Catalog) -> pn.Row:
    """Buttons to the previous and next of the brushed stars that have a spectrum."""

    def step(by: int) -> None:
        key = catalog.neighbour(session.cuts, session.brush, session.star, by)
        if key is not None:
            session.star = key

    previous = pn.widgets.Button(label="← previous", css_classes=["quiet", "previous"])
    following = pn.widgets.Button(label="next →", css_classes=["quiet", "next"])
    previous.on_click(lambda _: step(-1))
    following.on_click(lambda _: step(1))
    return pn.Row(previous, following, margin=0)


def off_cmd_picker(session: Session, catalog: Catalog) -> pn.widgets.Select:
    """Opens a spectrum that no brush can reach, since its star has no place on the CMD."""
    rows = catalog.off_cmd[:_PICKER_LIMIT]
    keys = catalog.stars["spectrum_pk"].iloc[rows]
    names = catalog.stars["name"].iloc[rows] if "name" in catalog.stars else keys
    title = f"{len(catalog.off_cmd):,} spectra without a place on the CMD"
    options = {title: _NOTHING, **{f"{n} · {k}": int(k) for n, k in zip(names, keys, strict=True)}}
    picker = pn.widgets.Select(
        label="",
        options=options,
        value=_NOTHING,
        width=300,
        visible=len(rows) > 0,
        css_classes=["off-cmd"],
    )

    def open_star(key) -> None:
        if key != _NOTHING:
            session.star = key

    param.bind(open_star, picker.param.value, watch=True)
    return picker
