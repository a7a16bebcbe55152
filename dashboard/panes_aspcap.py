"""The correction of ASPCAP's [Fe/H]: chosen, judged in numbers, and applied to other stars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import BytesIO
from textwrap import fill

import numpy as np
import pandas as pd
import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.figures import correction
from dashboard.figures.plot import Figure
from dashboard.in_view import InView
from dashboard.open_tab import while_open
from dashboard.panes_upload import TableUpload
from dashboard.state import Session
from dashboard.words import Words
from slamcore.calibration import QIU, Surface, correct_by_id
from slamcore.calibration.study import CorrectionStudy, Residuals, study_correction
from slamcore.columns import BY_NAME, Column
from slamcore.io.table_writer import table_bytes
from slamcore.numerals import typeset, with_error
from slamcore.paper.aspcap_claims import aspcap_reference
from slamcore.selection import Cuts

__all__ = ["CorrectionRoom"]

_ORDERS = {"by cross-validation": -1, "0": 0, "1": 1, "2, as Eq. 10": 2, "3": 3}
_SURFACES = {"Eq. 10 of the paper": False, "our refit": True}
_IDS = ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id", "name", "ra", "dec")
_TERMS = ("1", "x", "y", "x²", "xy", "y²", "x³", "x²y", "xy²", "y³")
_LINE = 72  # letters of a comment in FITS

_WRITTEN = {
    **BY_NAME,
    "teff": Column("teff", "K", "Effective temperature of ASPCAP", "Teff"),
    "fe_h": Column("fe_h", "dex", "[Fe/H] of ASPCAP", "[Fe/H]"),
    "fe_h_corrected": Column("fe_h_corrected", "dex", "[Fe/H] of ASPCAP, corrected", "[Fe/H]"),
    "e_correction": Column("e_correction", "dex", "Standard error of the correction", "σ"),
    "flag_fe_h_corrected": Column(
        "flag_fe_h_corrected", "", "Outside the domain of the correction", "outside", "bool"
    ),
    "correction": Column("correction", "", "What [Fe/H] is corrected by", "by", "text"),
}
"""Columns of the corrected table."""


@dataclass(frozen=True, eq=False)
class _Corrected:
    """A corrected table (n_star rows) with what it is: the controls may have moved on since."""

    data: pd.DataFrame
    about: str


class CorrectionRoom(param.Parameterized):
    """A surface over ASPCAP's Teff and [Fe/H] for the stars of a session.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    title : str
        Of the tab.
    """

    order = param.Selector(default=-1, objects=list(_ORDERS.values()), doc="Order of the refit")
    refit = param.Boolean(default=False, doc="Whether the refit is applied, else Eq. 10")
    teff = param.Number(default=3500.0, bounds=(3000.0, 4100.0), doc="Where [Fe/H] runs")
    fe_h = param.Number(default=0.0, bounds=(-0.8, 0.6), doc="Where Teff runs")

    def __init__(self, session: Session, catalog: Catalog, title: str):
        super().__init__()
        self._session, self._catalog, self._title = session, catalog, title
        self._of = lru_cache(2)(self._studied)  # each has arrays of all stars with ASPCAP labels
        self._corrected: _Corrected | None = None

    @property
    def choices(self) -> list[param.Parameter]:
        """What the figure depends on."""
        own = [self.param.order, self.param.refit, self.param.teff, self.param.fe_h]
        return [self._session.param.cuts, *own]

    def controls(self) -> pn.Row:
        """Which surface, of what order, and where it is cut."""
        return pn.Row(
            pn.widgets.Select.from_param(
                self.param.refit, options=_SURFACES, label="applied", width=150,
                css_classes=["surface"],
            ),
            pn.widgets.Select.from_param(
                self.param.order, options=_ORDERS, label="order of the refit", width=150,
                css_classes=["surface-order"],
            ),
            pn.widgets.FloatSlider.from_param(
                self.param.teff, label="cut at Teff [K]", step=50, format="0", width=170
            ),
            pn.widgets.FloatSlider.from_param(
                self.param.fe_h, label="cut at [Fe/H] [dex]", step=0.05, format="0.00", width=170
            ),
            margin=0,
        )  # fmt: skip

    def figure(self) -> Figure:
        """Surfaces, cuts and residuals for the choices as they are now."""
        study = self._study()
        if study is None:
            return correction.without()
        sample = self._catalog.sample(self._session.cuts)
        return correction.figure(sample, study, self.refit, self.teff, self.fe_h)

    def numbers(self) -> pn.Column:
        """Before and after in numbers, the coefficients, and what lies outside."""
        words = Words(self._numbers(), sizing_mode="stretch_width", css_classes=["before-after"])

        def update() -> None:
            words.object = self._numbers()

        choices = [self._session.param.cuts, self.param.order, self.param.refit]
        seen = InView()
        while_open(self._session, self._title, choices, update, seen)
        return pn.Column(seen, words, sizing_mode="stretch_width", margin=0)

    def apply(self) -> pn.Column:
        """Correct the stars of a list of ids and take the table away."""
        downloads = pn.Row(
            *(self._download(suffix) for suffix in (".csv", ".fits")), visible=False
        )

        def use(table, columns) -> str:
            self._corrected = None
            read = table.read(columns)
            ids = [name for name in _IDS if name in read.data]
            if not ids or set(ids) in ({"ra"}, {"dec"}):
                raise ValueError(f"{table.name}: expected an id, or ra and dec, found neither")
            surface = self._surface()
            found = correct_by_id(read.data, self._rows_of_aspcap(), surface)
            known = int(found["fe_h_corrected"].notna().sum())
            self._corrected = self._told(pd.concat([read.data[ids], found], axis=1), surface)
            outside = int(found["flag_fe_h_corrected"].sum())
            return (
                f"{known:,} of {len(found):,} rows have ASPCAP labels; corrected by "
                f"{_name_of(surface)}; {outside:,} of them lie outside its domain and are "
                "flagged."
            )

        def done() -> None:
            downloads.visible = self._corrected is not None

        own = TableUpload(_IDS, "correct", use, done)
        text = (
            "<h2>Correct a list of stars</h2><div class='muted'>A table with ids, or positions. "
            "What ASPCAP gives for them is looked up in this survey and corrected by the surface "
            "applied above.</div>"
        )
        return pn.Column(
            pn.pane.HTML(text), own.view, downloads, sizing_mode="stretch_width",
            visible=self._name() is not None,
        )  # fmt: skip

    def _name(self) -> str | None:
        return aspcap_reference(self._catalog.sample(self._session.cuts))

    def _rows_of_aspcap(self) -> pd.DataFrame:
        return self._catalog.survey.literature[self._name()].frame()

    def _study(self) -> CorrectionStudy | None:
        return self._of(self._session.cuts, self.order)

    def _studied(self, cuts: Cuts, order: int) -> CorrectionStudy | None:
        sample = self._catalog.sample(cuts)
        name = aspcap_reference(sample)
        if name is None or "fe_h" not in self._catalog.stars:
            return None
        both = sample.common(name)
        return study_correction(both.stars, both.reference, None if order < 0 else order)

    def _fitted(self) -> Surface | None:
        study = self._study()
        return study.fit.surface if study and study.fit else None

    def _surface(self) -> Surface:
        fitted = self._fitted()
        return fitted if self.refit and fitted is not None else QIU

    def _told(self, data: pd.DataFrame, surface: Surface) -> _Corrected:
        """The table, its correction named in a column too, for CSV holds nothing else."""
        # Eq. 10 owes nothing to the labels under test, a refit does.
        sample = self._catalog.sample(self._session.cuts)
        is_simulated = self._catalog.simulated or (surface is not QIU and sample.is_simulated)
        mark = "SIMULATED; " * is_simulated
        terms = " ".join(
            f"{value:+.6g} {term}".removesuffix(" 1")
            for value, term in zip(surface.coefficients, _TERMS, strict=False)
        )
        terms = terms.replace("²", "^2").replace("³", "^3")
        about = (
            f"{mark}ASPCAP's [Fe/H] corrected by {_name_of(surface)}, by {terms} dex, "
            "x = Teff / 1000 K, y = [Fe/H], of ASPCAP"
        )
        named = data.assign(correction=f"{mark}{_name_of(surface)}")
        return _Corrected(named, fill(about, _LINE))

    def _download(self, suffix: str) -> pn.widgets.FileDownload:
        def content() -> BytesIO:
            made = self._corrected
            return BytesIO(table_bytes(made.data, suffix, _WRITTEN, made.about))

        return pn.widgets.FileDownload(
            callback=content,
            filename=f"aspcap_corrected{suffix}",
            label=f"take it as {suffix[1:].upper()}",
            css_classes=[f"take{suffix.replace('.', '-')}"],
        )

    def _numbers(self) -> str:
        study = self._study()
        if study is None:
            return ""
        fitted = self._fitted()
        rows = [_line("as it is", study.residuals(None)), _line("Eq. 10", study.residuals(QIU))]
        if fitted is not None:
            rows.append(_line("our refit, same stars", study.residuals(fitted)))
        names = ("", "N", "median", "std", "robust", "per 100 K", "per dex of [Fe/H]")
        head = "".join(f"<th>{name}</th>" for name in names)
        said = (
            f"<div class='muted'>{escape(self._catalog.source_name)} minus ASPCAP, dex; slopes "
            "with ASPCAP's Teff and [Fe/H]; errors from resampling the stars.</div>"
        )
        outside = "".join(
            _outside(name, *study.n_outside(surface))
            for name, surface in (("Eq. 10", QIU), ("our refit", fitted))
            if surface is not None
        )
        return (
            f"<div class='side-by-side'><div><table class='stats'><tr>{head}</tr>{''.join(rows)}"
            f"</table>{said}{outside}</div>{self._coefficients(study)}</div>"
        )

    def _coefficients(self, study: CorrectionStudy) -> str:
        if study.fit is None:
            return f"<div class='problem'>{escape('; '.join(study.notes))}</div>"
        surface = study.fit.surface
        errors = np.sqrt(np.diagonal(surface.covariance))
        terms = _TERMS[: max(len(errors), len(QIU.coefficients))]
        head = "".join(f"<th>{term}</th>" for term in terms)
        published = "".join(
            f"<td class='num'>{typeset(value, '+.3f')}</td>" for value in QIU.coefficients
        )
        refit = "".join(map(_coefficient, surface.coefficients, errors))
        weak = np.abs(surface.coefficients) < errors
        pale = " Pale: smaller than its error, so it may be 0." if weak.any() else ""
        cv = ", ".join(f"order {k}: {rms:.4f}" for k, rms in study.fit.cv_rms.items())
        clipped = int(study.in_sample.sum() - study.fit.used.sum())
        return (
            f"<div><table class='stats'><tr><th>term, dex</th>{head}</tr>"
            f"<tr><td>Eq. 10</td>{published}</tr>"
            f"<tr><td>refit, order {surface.order}</td>{refit}</tr></table>"
            f"<div class='muted'>x = Teff / 1000 K, y = [Fe/H], of ASPCAP.{pale} "
            f"rms in cross-validation [dex]: {cv}. {clipped:,} stars "
            "clipped.</div></div>"
        )


def _name_of(surface: Surface) -> str:
    return "Eq. 10" if surface is QIU else f"our refit, order {surface.order}"


def _coefficient(value: float, error: float) -> str:
    """A cell of a coefficient, pale where it is smaller than its error."""
    number, margin = with_error(value, error, signed=True)
    pale = " muted" if abs(value) < error else ""
    return f"<td class='num{pale}'>{number} <small>± {margin}</small></td>"


def _line(name: str, found: Residuals) -> str:
    one = found.comparison
    estimates = (
        (one.bias, True, 1),
        (one.scatter, False, 1),
        (one.robust_scatter, False, 1),
        (found.by_teff, True, 100),
        (found.by_fe_h, True, 1),
    )
    told = (with_error(times * e.value, times * e.error, signed) for e, signed, times in estimates)
    cells = "".join(f"<td class='num'>{a} <small>± {b}</small></td>" for a, b in told)
    return f"<tr><td>{escape(name)}</td><td class='num'>{one.n:,}</td>{cells}</tr>"


def _outside(name: str, n: int, total: int) -> str:
    kind = "problem" if n else "muted"
    return (
        f"<div class='{kind}'>{n:,} of {total:,} stars with ASPCAP labels lie outside the domain "
        f"of {name}: not to be corrected.</div>"
    )
