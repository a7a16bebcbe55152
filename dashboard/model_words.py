"""A model and its comparison with another in words and tables (HTML)."""

from __future__ import annotations

from html import escape

from slamcore.columns import BY_NAME
from slamcore.diagnostics.model_comparison import LabelScore, ModelComparison
from slamcore.hyperparameters import edge_shares
from slamcore.model import SlamModel
from slamcore.numerals import typeset

__all__ = ["chips", "comparison_table", "model_text"]


def model_text(model: SlamModel) -> str:
    """What a model was made from and how, and what to look at, as HTML."""
    info = model.info
    how = info["training"]
    grid = "; ".join(
        f"{_GREEK.get(name, name)} {', '.join(f'{v:g}' for v in values)}"
        for name, values in how["grid"].items()
    )
    simulated = " <span class='chip warn'>SIMULATED stars</span>" if info.get("simulated") else ""
    labels = ", ".join(BY_NAME[name].label for name in model.label_names)
    return (
        f"<div class='model-text'><b>{len(model.train_labels):,}</b> training and "
        f"<b>{info.get('n_test', 0):,}</b> test stars, {model.wavelength.size:,} pixels, "
        f"{escape(labels)}{simulated} "
        f"<span class='muted'>{escape(grid)} · {how['n_fold']} folds · weights "
        f"{escape(how['weights'])} · seed {how['seed']}</span>{chips(_edges(model))}</div>"
    )


def chips(texts: tuple[str, ...]) -> str:
    """Warnings as HTML."""
    return "".join(f" <span class='chip warn'>{escape(text)}</span>" for text in texts)


def comparison_table(found: ModelComparison) -> str:
    """Bias, scatter and slope of each label for two models, as HTML.

    Parameters
    ----------
    found : ModelComparison

    Returns
    -------
    str
    """
    rows = "".join(
        f"<tr><td>{escape(BY_NAME[old.label].label)}</td>{_cells(old, new)}</tr>"
        for old, new in zip(found.first, found.second, strict=True)
    )
    stars = (
        "the same test stars, which neither has learned from"
        if found.is_common
        else "each model's own test stars: they have too few in common"
    )
    heads = "".join(
        f"<th>{what}</th><th>{what}, retrained</th>" for what in ("bias", "scatter", "slope")
    )
    return (
        f"<table class='compare'><tr><th></th><th>N</th>{heads}</tr>{rows}</table>"
        f"<div class='muted'>On {stars}. Bias: mean, scatter: root mean square of inferred − "
        "reference; slope of inferred against reference.</div>"
    )


_GREEK = {"gamma": "γ", "epsilon": "ε"}


def _edges(model: SlamModel) -> tuple[str, ...]:
    """Where the best hyper-parameters lie at the edge of the grid, in words."""
    told = []
    for side, share in edge_shares(model).items():
        name, edge = side.split()
        told.append(
            f"{100 * share:.0f} % of pixels chose the {edge} edge in {_GREEK.get(name, name)}"
        )
    lost = model.info["training"]["not_converged"]
    return (*told, f"{lost:,} pixels did not converge") if lost else tuple(told)


def _cells(old: LabelScore, new: LabelScore) -> str:
    unit = BY_NAME[old.label].unit
    digits = 0 if unit == "K" else 3
    n = f"{old.n:,}" if old.n == new.n else f"{old.n:,} / {new.n:,}"
    pairs = (
        tuple(f"{typeset(one.bias, f'+.{digits}f')} {unit}" for one in (old, new)),
        (f"{old.scatter:.{digits}f} {unit}", f"{new.scatter:.{digits}f} {unit}"),
        (typeset(old.slope, ".2f"), typeset(new.slope, ".2f")),
    )
    cells = "".join(f"<td class='num'>{escape(x)}</td>" for pair in pairs for x in pair)
    return f"<td class='num'>{n}</td>{cells}"
