"""What the Spectra tab looks at: a star of the survey or a viewer's own spectrum."""

from __future__ import annotations

import param

from dashboard.catalog import Catalog
from dashboard.figures.star import StarView
from dashboard.models import NO_MODEL, ModelView, StarFit, model_view
from dashboard.own_card import fit_text
from slamcore.diagnostics.own_spectrum import OwnSpectrum, label_file
from slamcore.diagnostics.sensitivity import sensitivity

__all__ = ["StarRoom"]

FLUX, NORMALISED = "flux", "normalised"
CHANGE, INFORMATION = "change of flux", "information"


class StarRoom(param.Parameterized):
    """Choices of one viewer in this tab, and the spectrum that they show.

    Parameters
    ----------
    catalog : Catalog
    """

    star = param.Integer(default=None, allow_None=True, doc="spectrum_pk of the opened star")
    own = param.Parameter(default=(), doc="The viewer's own spectra, with labels")
    place = param.Integer(default=0, doc="Which of them")
    flux = param.Selector(default=NORMALISED, objects=[NORMALISED, FLUX])
    label = param.Selector(default=None, objects=[None], doc="Whose pull is shown")
    pull = param.Selector(default=CHANGE, objects=[CHANGE, INFORMATION])
    error = param.String(default="", doc="Why a file could not be used")

    def __init__(self, catalog: Catalog, **params):
        super().__init__(**params)
        self._catalog = catalog
        self.model: ModelView | None = model_view(catalog.survey)
        if self.model is not None:
            names = list(self.model.model.label_names)
            self.param.label.objects = names
            self.label = names[0]
        self._fitted: tuple[int, StarFit] | None = None

    @property
    def opened(self) -> OwnSpectrum | None:
        """The viewer's own spectrum, if one is looked at."""
        return self.own[self.place] if self.own else None

    def drop(self, name: str, content: bytes) -> None:
        """Take a file of the viewer; ``error`` says why it cannot be used.

        Parameters
        ----------
        name : str
        content : bytes
        """
        if self.model is None:
            self.error = "This survey has no model to label it with"
            return
        try:
            found = label_file(self.model.engine, name, content)
        except ValueError as error:
            self.error = str(error)
            return
        self.param.update(own=found, place=0, error="")

    def close_own(self) -> None:
        """Back to the stars of the survey."""
        self.param.update(own=(), place=0, error="")

    def view(self) -> StarView:
        """What is to be drawn."""
        catalog, model = self._catalog, self.model
        normalised, slope = self.flux == NORMALISED, self.pull == CHANGE
        own = self.opened
        warning = "labels from a SIMULATED training set" if model and model.is_simulated else ""
        marks = tuple(filter(None, (warning if own else catalog.warning,)))
        row = None if own else catalog.row_of(self.star)
        if own is None and (row is None or model is None):
            raw = None if row is None else catalog.spectrum(row)
            return StarView(raw, normalised=False, unit=self._unit, marks=marks)
        found = own or self._fit(row)
        labels = [one.value for one in own.labels] if own else found.labels
        pull = None
        if found.residuals is not None and self.label is not None:
            pull = sensitivity(model.model, labels, found.normal.ivar[0])[self.label]
        return StarView(
            raw=found.raw,
            normal=found.normal,
            residuals=found.residuals,
            pull=pull,
            normalised=normalised,
            slope=slope,
            unit="unit of the file" if own else self._unit,
            marks=marks,
        )

    def words(self) -> str:
        """How well the model fits, or why there is none to compare with, as HTML."""
        if self.model is None:
            return f"<span class='missing'>{NO_MODEL}</span>"
        row = None if self.opened else self._catalog.row_of(self.star)
        if self.opened is None and row is None:
            return ""
        found = self.opened or self._fit(row)
        if found.residuals is None:
            reason = getattr(found, "reason", "") or "no model spectrum: no labels"
            return f"<span class='muted'>{reason}</span>"
        key = None if row is None else int(self._catalog.stars["spectrum_pk"].iloc[row])
        learned = key in self.model.model.info.get("train_pk", ())
        told = " <span class='chip'>the model has learned from this star</span>" if learned else ""
        return fit_text(found.residuals) + told

    @property
    def _unit(self) -> str:
        # Simulated flux has the unit of BOSS.
        return "10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹" if self._catalog.simulated else "unit of the file"

    def _fit(self, row: int) -> StarFit:
        if self._fitted is None or self._fitted[0] != row:
            self._fitted = (row, self.model.fit(row))
        return self._fitted[1]
