"""Tables of stars whose columns are read or derived when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import overload

import numpy as np
import pandas as pd

__all__ = ["StarTable", "in_order"]


def in_order(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (n,) in rising order, and the place (n,) of each before; of equal ones the first."""
    order = np.argsort(values, kind="stable").astype(np.int32)
    return values[order], order


class _Column:
    """The values of one column, made once, by whoever asks first."""

    def __init__(self, make: Callable[[], pd.Series], one: Callable[[int], object] | None = None):
        self._make, self._one = make, one
        self._values: pd.Series | None = None
        self._lock = Lock()

    def values(self) -> pd.Series:
        with self._lock:
            if self._values is None:
                self._values = self._make()
            return self._values

    def once(self) -> pd.Series:
        return self._make() if self._values is None else self._values

    def one(self, row: int) -> object:
        if self._values is None and self._one is not None:
            return self._one(row)
        return self.values().iloc[row]


class StarTable:
    """Columns of the same stars. Nothing in it changes.

    It reads like a DataFrame as far as it goes: ``table["teff"]``, ``table[["ra", "dec"]]``,
    ``"teff" in table``, ``len(table)``, ``take``, ``assign``, ``drop``. But a column costs
    nothing before it is asked for: all columns of Astra for ten million stars are 12 GB, and a
    page needs few of them.

    Parameters
    ----------
    columns : mapping of str to callable
        For each column what gives its values, a Series (n_star,).
    index : pandas.Index (n_star,)
        Labels of the rows.
    ones : mapping of str to callable, optional
        For some of them what gives the value of one row without all the others.
    """

    def __init__(
        self,
        columns: Mapping[str, Callable[[], pd.Series]],
        index: pd.Index,
        ones: Mapping[str, Callable[[int], object]] | None = None,
    ):
        ones = ones or {}
        self._columns = {name: _Column(make, ones.get(name)) for name, make in columns.items()}
        self.index = index
        self._sorted: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    @classmethod
    def of(cls, frame: pd.DataFrame) -> StarTable:
        """A table that is there already (n_star rows)."""
        return cls({name: lambda name=name: frame[name] for name in frame}, frame.index)

    @classmethod
    def _shared(cls, columns: Mapping[str, _Column], index: pd.Index) -> StarTable:
        table = cls({}, index)
        table._columns = dict(columns)
        return table

    @property
    def columns(self) -> pd.Index:
        """Names of the columns, in order."""
        return pd.Index(self._columns, dtype=object)

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    @overload
    def __getitem__(self, name: str) -> pd.Series: ...

    @overload
    def __getitem__(self, name: list[str]) -> pd.DataFrame: ...

    def __getitem__(self, name):
        """Values (n_star,) of a column, or of several as a DataFrame (n_star rows)."""
        if isinstance(name, list):
            return pd.DataFrame({one: self[one] for one in name}, index=self.index)
        # A copy on write: whoever changes what is given does not change the table.
        return self._columns[name].values().set_axis(self.index).rename(name)

    def once(self, name: str) -> pd.Series:
        """Values (n_star,) of a column that nobody else will ask for: they are not kept."""
        return self._columns[name].once().set_axis(self.index).rename(name)

    def get(self, name: str, default: object = None) -> object:
        """Values (n_star,) of a column, or the default where there is no such column."""
        if name not in self:
            return default
        return self[name]

    def find(self, name: str, keys: np.ndarray) -> np.ndarray:
        """Rows (n_key,) of stars by what a column says of them, -1 where no star has the key.

        The column is sorted once; of several stars with the key the first is found.

        Parameters
        ----------
        name : str
            A column of integers.
        keys : array_like of int (n_key,)
        """
        values, order = self.in_order(name)
        keys = np.asarray(keys, dtype=np.int64)
        if not len(values):
            return np.full(len(keys), -1)
        place = np.minimum(np.searchsorted(values, keys), len(values) - 1)
        return np.where(values[place] == keys, order[place].astype(np.int64), -1)

    def in_order(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Values (n_star,) of a column in rising order and the row of each, sorted once.

        Parameters
        ----------
        name : str
            A column of integers.
        """
        if name not in self._sorted:
            self._sorted[name] = in_order(self[name].to_numpy())
        return self._sorted[name]

    def row(self, row: int) -> dict[str, object]:
        """All values of one star, by column; ids stay integers.

        Parameters
        ----------
        row : int
            Position, from 0.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"stars: expected a row from 0 to {len(self) - 1}, got {row}")
        return {name: column.one(row) for name, column in self._columns.items()}

    def take(self, rows: np.ndarray) -> StarTable:
        """Some of the stars, in the order asked for.

        Parameters
        ----------
        rows : array_like of int (n,)
            Positions.
        """
        rows = np.asarray(rows, dtype=np.int64)

        def part(column: _Column) -> _Column:
            return _Column(
                lambda: pd.Series(column.values().array.take(rows)),
                lambda row: column.one(int(rows[row])),
            )

        columns = {name: part(column) for name, column in self._columns.items()}
        return self._shared(columns, self.index.take(rows))

    def assign(self, **columns: object) -> StarTable:
        """The table with further columns, or others in their place.

        Parameters
        ----------
        **columns : Series, ndarray (n_star,) or scalar

        Raises
        ------
        ValueError
            If a column has another length.
        """
        new = {}
        for name, values in columns.items():
            series = pd.Series(values, index=None if np.ndim(values) else self.index, name=name)
            if len(series) != len(self):
                raise ValueError(f"{name}: expected {len(self)} values, got {len(series)}")
            new[name] = _Column(lambda series=series: series)
        return self._shared({**self._columns, **new}, self.index)

    def drop(self, columns: str | list[str]) -> StarTable:
        """The table without some of its columns.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        gone = {columns} if isinstance(columns, str) else set(columns)
        if missing := gone - set(self._columns):
            raise KeyError(f"no column {', '.join(sorted(missing))}")
        kept = {name: column for name, column in self._columns.items() if name not in gone}
        return self._shared(kept, self.index)

    def join(self, other: StarTable) -> StarTable:
        """The columns of two tables of the same stars.

        Raises
        ------
        ValueError
            If they differ in length or have a column of the same name.
        """
        both = [name for name in self if name in other]
        if both or len(self) != len(other):
            raise ValueError(
                f"expected the same {len(self)} stars and no column twice, got {len(other)} "
                f"stars and {both}"
            )
        return self._shared({**self._columns, **other._columns}, self.index)

    def renumbered(self) -> StarTable:
        """The table with its rows labelled from 0."""
        return self._shared(self._columns, pd.RangeIndex(len(self)))

    def frame(self) -> pd.DataFrame:
        """All columns, read now, as a DataFrame (n_star rows)."""
        return self[list(self._columns)]
