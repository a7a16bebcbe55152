"""The settings of a training as a form."""

from __future__ import annotations

import pandas as pd
import panel as pn

from slamcore.columns import BY_NAME
from slamcore.diagnostics.retraining import Settings, parse_grid
from slamcore.hyperparameters import GRIDS, Grid
from slamcore.preprocess import PRESETS
from slamcore.training import WEIGHTS
from slamcore.training_set import LABEL_SETS

__all__ = ["RetrainForm"]

_OWN = "own grid"
_WIDTH = 150

_PRESETS = {f"{p.name}: {p.start:.0f}–{p.stop:.0f} Å": p.name for p in PRESETS.values()}
_WEIGHTS = {"ivar": "by ivar", "mask": "all alike"}


class RetrainForm:
    """Widgets for all that a training can be told.

    Parameters
    ----------
    reference : DataFrame (n_reference rows)
        Label sets that it has no columns for are not offered.

    Attributes
    ----------
    view : panel.Column
    """

    def __init__(self, reference: pd.DataFrame):
        sets = {
            ", ".join(BY_NAME[name].label for name in names): names
            for names in LABEL_SETS.values()
            if all(name in reference for name in names)
        }
        grids = [*GRIDS, _OWN]
        default = GRIDS["default"]

        def select(label: str, options, value, css: str) -> pn.widgets.Select:
            return pn.widgets.Select(
                label=label, options=options, value=value, width=_WIDTH, css_classes=[css]
            )

        def number(label: str, value, low: int, high: int, css: str) -> pn.widgets.IntInput:
            return pn.widgets.IntInput(
                label=label, value=value, start=low, end=high, width=90, css_classes=[css]
            )

        def text(label: str, values) -> pn.widgets.TextInput:
            return pn.widgets.TextInput(
                label=label, value=", ".join(f"{v:g}" for v in values), width=_WIDTH
            )

        self._sets = pn.widgets.Select(
            label="labels", options=sets, width=2 * _WIDTH, css_classes=["retrain-labels"]
        )
        self._grid = select("grid", grids, "quick", "retrain-grid")
        self._preset = select("normalisation", _PRESETS, "dr19", "retrain-preset")
        weights = {_WEIGHTS[name]: name for name in WEIGHTS}
        self._weights = select("stars count", weights, "ivar", "retrain-weights")
        self._folds = number("folds", 10, 2, 20, "retrain-folds")
        self._seed = number("seed", 0, 0, 10**6, "retrain-seed")
        self._n_train = number("training stars", None, 2, 10**6, "retrain-stars")
        self._own = tuple(
            text(name, getattr(default, field))
            for name, field in (("C", "C"), ("γ", "gamma"), ("ε", "epsilon"))
        )
        own = pn.Row(*self._own, visible=self._grid.param.value.rx() == _OWN, margin=0)
        self.view = pn.Column(
            pn.Row(self._sets, self._grid, self._preset, margin=0),
            pn.Row(self._weights, self._folds, self._seed, self._n_train, margin=0),
            own,
            margin=0,
        )

    def settings(self) -> Settings:
        """What the form says.

        Returns
        -------
        Settings

        Raises
        ------
        ValueError
            If the numbers of an own grid cannot be used, or no label set can be learned.
        """
        if self._sets.value is None:
            raise ValueError("labels: the survey's references have no set of labels to learn")
        return Settings(
            label_names=tuple(self._sets.value),
            grid=self._chosen_grid(),
            preset=self._preset.value,
            weights=self._weights.value,
            n_fold=self._folds.value or 2,
            seed=self._seed.value or 0,
            n_train=self._n_train.value or None,
        )

    def _chosen_grid(self) -> Grid:
        if self._grid.value == _OWN:
            return parse_grid(*(field.value for field in self._own))
        return GRIDS[self._grid.value]
