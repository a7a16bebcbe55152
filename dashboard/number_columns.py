"""Columns of numbers in the tables of the page: decimals, minus sign, nothing for NaN."""

from __future__ import annotations

from bokeh.models.widgets.tables import HTMLTemplateFormatter

__all__ = ["number_format"]

_TEMPLATE = """<%= typeof value !== "number" || isNaN(value) ? "" : value.toLocaleString("en", {{
  minimumFractionDigits: {least}, maximumFractionDigits: {shown}, useGrouping: {grouped} }})
  .replace(/^-(?=[0.]*$)/, "").replace("-", "−") %>"""


def number_format(
    least: int, most: int | None = None, grouped: bool = False
) -> HTMLTemplateFormatter:
    """How a column of numbers is written, with the minus sign of `slamcore.numerals.typeset`.

    Parameters
    ----------
    least, most : int
        Decimals; as many as the least unless told, and one less for each digit before the point
        beyond the first.
    grouped : bool
        Whether thousands are set apart.

    Returns
    -------
    bokeh.models.HTMLTemplateFormatter
    """
    fewer = f"{most} + 1 - String(Math.trunc(Math.abs(value))).length"
    shown = least if most is None else f"Math.max({least}, {fewer})"
    template = _TEMPLATE.format(least=least, shown=shown, grouped=str(grouped).lower())
    return HTMLTemplateFormatter(template=template)
