"""The page: header, sidebar and tabs around one session."""

from __future__ import annotations

import logging
from html import escape
from urllib.parse import parse_qsl, urlencode

import panel as pn
import param

from dashboard import store
from dashboard.catalog import Catalog
from dashboard.held import HeldSession
from dashboard.keys import Keys
from dashboard.panes_query import take_along
from dashboard.panes_samp import SampPane, samp_of_server
from dashboard.query import READERS
from dashboard.review_desk import follow_reviews
from dashboard.serving.roles import viewer
from dashboard.shell import Shell, header
from dashboard.sidebar import sidebar
from dashboard.state import Session
from dashboard.style import DARK, LIGHT
from dashboard.tabs import TABS
from slamcore.io.errors import InputError

__all__ = ["page"]

_LOG = logging.getLogger(__name__)

# A press that comes while a change is pending, such as of a name just typed: Panel would handle
# both without the document's lock, and Bokeh refuses to change its models then.
pn.reactive.Syncable._event_coroutine.lock = True


def page() -> Shell:
    """The page of one visitor.

    Returns
    -------
    Shell
        A template ready to serve; a page with one sentence when the survey cannot be read.
    """
    # In here, not at import: some of it belongs to the session, and the module is shared.
    pn.extension(
        "tabulator",
        "modal",
        "filedropper",
        notifications=True,
        throttled=True,
        exception_handler=_tell_of_failure,
    )
    session = HeldSession()
    asked, problems = _read_url(session)
    try:
        catalog = store.catalog(session.labels)
        problems += _other_source(session, catalog)
        store.link_templates()
    except InputError as error:
        _LOG.error("%s", error)
        return _failed(error)
    palette = DARK if pn.config.theme == "dark" else LIGHT
    tabs = _tabs(session, catalog, palette)
    shell = Shell(title=f"{catalog.survey.info.name} · M-dwarf SLAM")
    shell.header.append(pn.Row(header(session, catalog), *_account(), margin=0))
    shell.sidebar.append(sidebar(session, catalog))
    shell.sidebar.append(take_along(session, catalog))
    shell.sidebar.append(SampPane(session, catalog, samp_of_server()).view)
    shell.main.append(tabs)
    shell.main.append(Keys(session=session, catalog=catalog))
    _follow_url(session, asked, problems)
    follow_reviews(session, store.reviews(catalog.survey))
    return shell


def _other_source(session: Session, catalog: Catalog) -> list[str]:
    """What to say where a link asks for labels that the survey does not have."""
    asked = session.labels
    if not asked or asked in catalog.label_sources:
        return []
    session.labels = ""
    expected = ", ".join(catalog.label_sources)
    return [f"The link's labels could not be used: expected one of {expected}, found {asked!r}"]


def _account() -> list[pn.pane.HTML]:
    """Who signed in, with which role, and the way out; nothing without sign-in."""
    who = viewer()
    context = pn.state.curdoc.session_context if pn.state.curdoc else None
    if not who.name or context is None or not context.logout_url:
        return []
    way_out = f"<a href='{escape(context.logout_url)}'>sign out</a>"
    text = f"{escape(who.name)} · {who.role} · {way_out}"
    text = f"<div class='head'><span class='account'>{text}</span></div>"
    return [pn.pane.HTML(text, margin=(5, 0))]


def _tabs(session: Session, catalog: Catalog, palette) -> pn.Tabs:
    """Tabs that are built when first opened, and the open one kept in the session."""
    titles = [tab.TITLE for tab in TABS]

    def lazy(tab):
        return pn.param.ParamFunction(
            lambda: tab.view(session, catalog, palette), lazy=True, sizing_mode="stretch_both"
        )

    tabs = pn.Tabs(
        *((tab.TITLE, lazy(tab)) for tab in TABS),
        active=titles.index(session.tab) if session.tab in titles else 0,
        dynamic=True,
        sizing_mode="stretch_both",
    )

    def show(title: str) -> None:
        tabs.active = titles.index(title) if title in titles else 0

    param.bind(show, session.param.tab, watch=True)
    tabs.param.watch(lambda event: session.param.update(tab=titles[event.new]), "active")
    return tabs


def _read_url(session: Session) -> tuple[dict[str, str], list[str]]:
    """Take the choices from the URL; its fields, and what could not be used."""
    location = pn.state.location
    # Panel's own reading of the query drops what it cannot parse; here it is told.
    asked = dict(parse_qsl(location.search.lstrip("?"))) if location else {}
    return asked, session.from_query(asked)


def _follow_url(session: Session, asked: dict[str, str], problems: list[str]) -> None:
    """Choices go back into the URL whenever they change."""
    location = pn.state.location
    if location is None:
        return
    others = {name: value for name, value in asked.items() if name not in session.to_query()}

    def write(*_) -> None:
        fields = {**others, **{k: v for k, v in session.to_query().items() if v is not None}}
        location.search = f"?{urlencode(fields)}" if fields else ""

    session.param.watch(write, [name for name in READERS if name != "labels"])

    def change_source(*_) -> None:
        # Everything on the page depends on the labels: it is made anew, from the same URL.
        write()
        location.reload = True

    session.param.watch(change_source, "labels")

    def tell() -> None:
        for problem in problems:
            # The browser takes a notification for HTML, and a link may come from anyone.
            pn.state.notifications.warning(escape(problem), duration=10_000)

    pn.state.onload(tell)


def _tell_of_failure(error: Exception) -> None:
    """Log what went wrong in a callback and say so on the page instead of nothing at all."""
    _LOG.error("while answering a page", exc_info=error)
    told = (
        str(error) if isinstance(error, InputError) else "Something failed; see the server's log"
    )
    if pn.state.notifications is not None:
        pn.state.notifications.error(escape(told), duration=10_000)


def _failed(error: InputError) -> Shell:
    shell = Shell(title="M-dwarf SLAM")
    shell.main.append(
        pn.pane.Alert(
            f"The survey cannot be shown: {error}. Set SLAM_SURVEY to a folder made by "
            "`slamcore build`, or unset it for a simulated survey, and start again.",
            alert_type="danger",
            margin=40,
        )
    )
    return shell
