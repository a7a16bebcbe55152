"""The Spectra tab: one spectrum against the model, the brushed stars as a table, composites."""

from __future__ import annotations

from html import escape

import panel as pn
import param

from dashboard.binned import MOST_BINS, binned_composites
from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.export_bar import export_bar
from dashboard.figures import spectrum, star
from dashboard.figures.binned import binned_figure
from dashboard.open_tab import while_open
from dashboard.own_card import own_card
from dashboard.panes import brush_text, composite_panes, off_cmd_picker, star_card, stepper
from dashboard.star_room import StarRoom
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.table import star_table
from dashboard.words import Words
from slamcore.columns import LABELS, axis_label

__all__ = ["TITLE", "view"]

TITLE = "Spectra"

_EXPORTS = ("table04",)

_LARGEST = "30MB"
_ALL = "all together"


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Above the opened star against the model, below table and composites of the brushed stars.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    if session.star is None:
        first = catalog.neighbour(session.cuts, session.brush, None, 1)
        if first is not None:
            session.star = first
    room = StarRoom(catalog, star=session.star)
    above = pn.Row(
        pn.Column(
            _bar(room, session, catalog),
            _spectrum(room, session, palette),
            sizing_mode="stretch_width",
        ),
        _side(room, session, catalog),
        sizing_mode="stretch_width",
    )
    table = pn.Column(
        pn.Row(
            brush_text(catalog, session),
            export_bar(session, catalog, _EXPORTS),
            sizing_mode="stretch_width",
        ),
        star_table(session, catalog, TITLE),
        sizing_mode="stretch_both",
        min_height=330,
    )
    below = pn.Row(
        table, _composites(session, catalog, palette), sizing_mode="stretch_both", min_height=330
    )
    return pn.Column(above, below, sizing_mode="stretch_both", min_height=900)


def _bar(room: StarRoom, session: Session, catalog: Catalog) -> pn.FlexBox:
    """Which star, how its flux is shown, and whose pull."""
    has_model = room.model is not None
    group = pn.widgets.RadioButtonGroup.from_param
    labels = {axis_label(name): name for name in room.param.label.objects if name}
    return pn.FlexBox(
        stepper(session, catalog),
        off_cmd_picker(session, catalog),
        group(room.param.flux, visible=has_model, margin=(4, 6), css_classes=["flux-switch"]),
        pn.widgets.Select.from_param(
            room.param.label, options=labels, label="", width=110, visible=has_model,
            css_classes=["pull-label"],
        ),
        group(room.param.pull, visible=has_model, margin=(4, 6), css_classes=["pull-kind"]),
        sizing_mode="stretch_width",
    )  # fmt: skip


def _spectrum(room: StarRoom, session: Session, palette: Palette) -> pn.Column:
    pane = DrawnPane(
        palette,
        star.HEIGHTS,
        one_x=True,
        prepare=lambda plot, i: star.mark_lines(plot, palette, names=i == 0),
    )
    words = Words("", sizing_mode="stretch_width", css_classes=["fit-words"], margin=(0, 10))

    def update() -> None:
        pane.show(star.figure(room.view()))
        words.object = f"<div class='fit'>{room.words()}</div>"

    def open_star() -> None:
        if room.star != session.star:
            # Another star closes the viewer's own spectrum.
            room.param.update(star=session.star, own=(), place=0)

    update()
    while_open(session, TITLE, [session.param.star], open_star)
    shown = [
        room.param[name] for name in ("star", "own", "place", "flux", "label", "pull", "error")
    ]
    while_open(session, TITLE, shown, update)
    return pn.Column(pane.view, words, sizing_mode="stretch_width")


def _side(room: StarRoom, session: Session, catalog: Catalog) -> pn.Column:
    """The card of what is shown, and where a file can be dropped."""
    dropper = pn.widgets.FileDropper(
        label="",
        max_file_size=_LARGEST,
        layout="compact",
        width=310,
        css_classes=["drop"],
        disabled=room.model is None,
    )

    def take(files) -> None:
        if not files:
            return
        name, content = files.popitem()
        # A file that follows fast upon another is added to it, and the same name may come again.
        files.clear()
        # A file of text comes as text.
        room.drop(name, content.encode() if isinstance(content, str) else content)

    dropper.param.watch(lambda event: take(event.new), "value", onlychanged=False)
    which = pn.widgets.Select(label="", width=310, css_classes=["own-spectra"])
    which.visible = False

    def offer(own) -> None:
        names = {f"{i + 1}: {one.spectrum.identity.name}": i for i, one in enumerate(own)}
        which.param.update(options=names, value=0 if own else None, visible=len(own) > 1)

    param.bind(offer, room.param.own, watch=True)
    which.param.watch(
        lambda event: event.new is not None and room.param.update(place=event.new), "value"
    )
    simulated = room.model is not None and room.model.is_simulated
    card = Words(
        param.bind(
            lambda own, place: own_card(own[place], simulated) if own else "",
            room.param.own,
            room.param.place,
        ),
        visible=room.param.own.rx.bool(),
        sizing_mode="stretch_width",
        css_classes=["own-card"],
    )
    error = Words(
        param.bind(lambda text: f"<p class='warn'>{escape(text)}</p>", room.param.error),
        visible=room.param.error.rx.bool(),
        sizing_mode="stretch_width",
        css_classes=["drop-error"],
    )
    back = pn.widgets.Button(
        label="back to the stars",
        visible=room.param.own.rx.bool(),
        css_classes=["quiet", "close-own"],
    )
    back.on_click(lambda _: room.close_own())
    theirs = pn.Column(star_card(session, catalog), visible=room.param.own.rx.not_(), margin=0)
    words = "Your own spectrum: drop a FITS, ECSV or CSV file"
    if room.model is None:
        words += " (needs a model)"
    return pn.Column(
        theirs,
        card,
        which,
        back,
        error,
        pn.pane.HTML(f"<div class='muted'>{words}</div>", margin=(6, 5, 0, 5)),
        dropper,
        width=330,
    )


def _composites(session: Session, catalog: Catalog, palette: Palette) -> pn.Column:
    """The composite of the brush, or one for each bin of a label."""
    known = [name for name in (*LABELS, "snr") if catalog.is_known(name)]
    column = pn.widgets.Select(
        label="",
        options={_ALL: "", **{f"by {axis_label(name)}": name for name in known}},
        value="",
        width=150,
        css_classes=["bin-by"],
    )
    n_bins = pn.widgets.IntSlider(
        label="bins",
        start=2,
        end=MOST_BINS,
        value=4,
        width=130,
        visible=column.param.value.rx.bool(),
        css_classes=["bin-count"],
    )
    words, plain = composite_panes(session, catalog, palette, TITLE)
    one = pn.Column(
        words, plain, sizing_mode="stretch_both", visible=column.param.value.rx.not_(), margin=0
    )

    def many(cuts, brush, name, n):
        if not name:
            return pn.Spacer(height=0)
        found = binned_composites(catalog, cuts, brush, name, n)
        bins = [(one.low, one.high, one.n, one.composite) for one in found]
        drawn = binned_figure(bins, name, palette) * spectrum.marks(palette)
        options = {**spectrum.spectrum_options(catalog.warning), "show_legend": True}
        compact = {"padding": 4, "spacing": 0, "margin": 6, "label_text_font_size": "11px"}
        legend = {
            "legend_position": "top_left",
            "legend_opts": {**compact, "glyph_height": 13, "label_height": 13},
        }
        return pn.pane.HoloViews(
            drawn.opts(**options, **legend), sizing_mode="stretch_both", min_height=270
        )

    choices = (session.param.cuts, session.param.brush, column, n_bins.param.value_throttled)
    binned = pn.panel(
        param.bind(lambda c, b, name, n: many(c, b, name, n or n_bins.value), *choices),
        sizing_mode="stretch_both",
        visible=column.param.value.rx.bool(),
    )
    return pn.Column(
        pn.Row(column, n_bins), one, binned, sizing_mode="stretch_both", min_height=330
    )
