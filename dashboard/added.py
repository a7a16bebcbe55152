"""A column that a viewer adds: a name and the expression that it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.expressions import check_name, column_values, parse

__all__ = ["MOST_ADDED", "Added"]

MOST_ADDED = 8
"""Columns that a viewer may add: they travel in the address."""

_IS = "="


@dataclass(frozen=True)
class Added:
    """A column by its expression over columns of the stars; of other added ones it knows nothing.

    Attributes
    ----------
    name, text : str

    Raises
    ------
    InputError
        If the name cannot be one, or the expression cannot be read.
    """

    name: str
    text: str

    def __post_init__(self):
        check_name(self.name)
        parse(self.text, self.name)

    @classmethod
    def of(cls, colour: str) -> Added | None:
        """The added column that a colour stands for, None where it is something else.

        Parameters
        ----------
        colour : str

        Raises
        ------
        InputError
            As the class.
        """
        name, is_one, text = colour.partition(_IS)
        return cls(name.strip(), text.strip()) if is_one else None

    @property
    def colour(self) -> str:
        """The column as a colour, which any session and any survey understands."""
        return f"{self.name}{_IS}{self.text}"

    def values(self, stars: pd.DataFrame) -> np.ndarray:
        """Values of the column, star by star.

        Parameters
        ----------
        stars : DataFrame (n_star rows)

        Returns
        -------
        ndarray (n_star,)
            float64, 0 or 1 of a comparison; NaN throughout where the survey has no column of
            numbers that is needed: a link may come from another survey.
        """
        expression, n = parse(self.text, self.name), len(stars)
        columns = column_values(stars, expression.columns)
        if len(columns) < len(expression.columns):
            return np.full(n, np.nan)
        return expression.values(columns, n).astype(float)
