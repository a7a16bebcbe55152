"""From the values in a file to a column's meaning: exact ids, one unit, no fill values."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from astropy import units as u

from slamcore.columns import Column
from slamcore.io.errors import InputError

__all__ = ["FILLS", "convert"]

_NINES = (9, 9.99, 9.999, 99, 99.9, 99.99, 99.999, 100, 999, 999.9, 999.99)
_NINES += (9999, 9999.9, 9999.99, 99999)
FILLS = np.array((0, -1, *_NINES, *(-x for x in _NINES)))
"""Numbers that catalogues write for no value; only where no star can have them, see `convert`."""

_HUGE = 1e15
"""Beyond this no column has a star; 1e20 and 1e30 are common fills."""

_EMPTY_TEXT = frozenset({"", "null", "none", "nan", "na", "n/a", "--", "-", "..."})

_NO_UNIT = frozenset({"", "-", "--", "---", "[-]", "none", "unitless", "dimensionless"})

_UNIT_SPELLINGS = {"degrees": "deg", "milliarcsec": "mas"}

_LOGARITHM = re.compile(r"dex.*|\[.*\]|log.*|cm[./\s]*s\^?(\*\*)?-?2", re.IGNORECASE)
"""Units under which catalogues give log g and abundances; SDSS leaves out the log."""

_ID = r"(?:Gaia\s+E?DR\d\s+)?([+-]?\d{1,19})(?:\.0*)?"

_SEXAGESIMAL = r"([+-]?)(\d{1,3})[:\s]\s*(\d{1,2})[:\s]\s*(\d{1,2}(?:\.\d*)?)"

Converted = tuple[np.ndarray | pd.Series | None, str]


def convert(path: Path, name: str, values: pd.Series, unit: str, column: Column) -> Converted:
    """Values of a file's column as ``columns.py`` defines it.

    ``float``
        In the column's unit, float64. Cells that are empty, infinite or not a number become
        NaN. So does a value outside the column's ``physical`` range that is one of `FILLS` or
        beyond 1e15; any other value outside it is kept and counted in the note, for it may be
        a real, if bad, measurement. Right ascension and declination may be sexagesimal text
        (hours, degrees).
    ``id``
        int64, exact, -1 where empty or below 1. An id stored in floating point beyond 2^53 has
        lost digits and is refused.
    ``int``
        int64; float64 with NaN where cells are empty.
    ``bool``
        bool; empty is False, Astra's own fill.
    ``text``
        str; empty is ''. Spectral types given as numbers 0 to 9.9 are subtypes of M.

    Parameters
    ----------
    path : Path
        Named in errors.
    name : str
        The column's name in the file.
    values : Series (n_row,)
        As in `slamcore.io.raw_table.RawTable`.
    unit : str
        As the file states it; empty where it does not: then the column's own is assumed.
    column : Column
        What the values shall become.

    Returns
    -------
    ndarray or Series (n_row,), or None
        None where the values cannot be this column's.
    str
        A note, or ''.

    Raises
    ------
    InputError
        If the stated unit cannot be converted.
    """
    if column.kind == "float":
        return _floats(path, name, values, unit, column)
    if column.kind == "id":
        return _ids(values)
    if column.kind == "text":
        return _texts(values, is_type=column.name == "spectral_type")
    if column.kind == "int" and values.dtype.kind in "iu":
        return values.astype(np.int64), ""
    numbers, note = _numbers(values)
    if numbers is not None and column.kind == "bool":
        numbers = np.nan_to_num(numbers) != 0
    return numbers, note


def _floats(path: Path, name: str, values: pd.Series, unit: str, column: Column) -> Converted:
    numbers, note = None, ""
    if column.name in ("ra", "dec") and _is_text(values):
        numbers = _sexagesimal(values, 15.0 if column.name == "ra" else 1.0)
    if numbers is not None:
        notes = ["sexagesimal"]
    else:
        numbers, note = _numbers(values)
        if numbers is None:
            return None, note
        factor, unit_note = _factor(path, name, unit, column)
        notes = [note, unit_note]
        # Fills are written in the file's unit, so they go before the conversion.
        numbers, fill_note = _without_fills(numbers, column, factor)
        notes.append(fill_note)
        numbers = numbers * factor
    return numbers, "; ".join(filter(None, notes))


def _is_text(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.StringDtype)


def _is_empty(text: pd.Series) -> np.ndarray:
    return text.str.strip().str.lower().isin(_EMPTY_TEXT).to_numpy(dtype=bool)


def _numbers(values: pd.Series) -> tuple[np.ndarray | None, str]:
    """Cells as float64, NaN where empty; None where text has no number at all."""
    if not _is_text(values):
        return values.to_numpy(dtype=float, na_value=np.nan), ""
    lower = values.str.strip().str.lower()
    words = lower.map({"true": "1", "t": "1", "false": "0", "f": "0"})
    numbers = pd.to_numeric(words.fillna(lower), errors="coerce").to_numpy(dtype=float)
    bad = np.isnan(numbers) & ~_is_empty(values)
    if bad.any() and np.isnan(numbers).all():
        return None, f"no number, such as {values[bad].iloc[0][:20]!r}"
    return numbers, f"{bad.sum()} cells without a number, now NaN" if bad.any() else ""


def _without_fills(numbers: np.ndarray, column: Column, factor: float) -> tuple[np.ndarray, str]:
    low, high = column.physical
    scaled = numbers * factor
    outside = np.flatnonzero(np.isfinite(numbers) & ((scaled < low) | (scaled > high)))
    huge = np.flatnonzero(np.abs(numbers) > _HUGE)
    found = numbers[outside]
    is_fill = np.isclose(found[:, None], FILLS, rtol=1e-5, atol=1e-6).any(axis=1)
    fills = np.union1d(outside[is_fill], huge)
    n_kept = len(outside) - len(np.intersect1d(outside, fills))
    notes = []
    if fills.size:
        written = ", ".join(f"{value:g}" for value in np.unique(numbers[fills])[:3])
        notes.append(f"{fills.size} fill values ({written}), now NaN")
        numbers = numbers.copy()
        numbers[fills] = np.nan
    if n_kept:
        notes.append(f"{n_kept} values outside {low:g} to {high:g}, kept")
    return numbers, "; ".join(notes)


def _factor(path: Path, name: str, unit: str, column: Column) -> tuple[float, str]:
    """Factor from the stated unit to the column's; 1 and a note where it is not understood."""
    stated = unit.strip()
    if stated.lower() in _NO_UNIT or not column.unit:
        return 1.0, ""
    if column.unit == "dex" and _LOGARITHM.fullmatch(stated):
        return 1.0, ""
    try:
        parsed = u.Unit(_UNIT_SPELLINGS.get(stated.lower(), stated))
    except ValueError:
        return 1.0, f"unit {stated!r} is not understood, taken for {column.unit}"
    try:
        factor = float(parsed.to(column.unit))
    except (u.UnitConversionError, TypeError):
        factor = np.nan
    # astropy turns dex into mag with a negative factor: another quantity.
    if not factor > 0:
        expected = f"column {name} in {column.unit} or a unit that converts to it"
        raise InputError(path, expected, f"unit {stated!r}")
    return factor, "" if factor == 1 else f"{stated} converted to {column.unit}"


def _sexagesimal(text: pd.Series, degrees: float) -> np.ndarray | None:
    """Degrees of sexagesimal text, NaN where empty; None where a filled cell is not."""
    parts = text.str.strip().str.extract(f"^{_SEXAGESIMAL}$")
    if (parts[1].isna().to_numpy() & ~_is_empty(text)).any() or parts[1].isna().all():
        return None
    whole, minutes, seconds = (parts[i].to_numpy(dtype=float, na_value=np.nan) for i in (1, 2, 3))
    sign = np.where(parts[0].to_numpy() == "-", -1.0, 1.0)
    return sign * degrees * (whole + minutes / 60 + seconds / 3600)


def _ids(values: pd.Series) -> Converted:
    if _is_text(values):
        return _text_ids(values)
    if values.dtype.kind == "b":
        return None, "true/false, no ids"
    if values.dtype.kind == "f":
        numbers = values.to_numpy()
        finite = numbers[np.isfinite(numbers)]
        if (np.abs(finite) >= 2.0 ** (np.finfo(numbers.dtype).nmant + 1)).any():
            return None, "floating point has lost the last digits of its ids"
        if (finite % 1 != 0).any():
            return None, "not whole numbers, no ids"
        numbers = np.where(np.isfinite(numbers), numbers, -1)
    else:
        numbers = values.fillna(0).to_numpy()
        if numbers.dtype.kind == "u" and (numbers > np.iinfo(np.int64).max).any():
            return None, "ids beyond int64"
    ids = numbers.astype(np.int64)
    return np.where(ids < 1, -1, ids), ""


def _text_ids(values: pd.Series) -> Converted:
    digits = values.str.strip().str.extract(f"^{_ID}$")[0]
    bad = (digits.isna().to_numpy()) & ~_is_empty(values)
    if bad.any():
        return None, f"no ids, such as {values[bad].iloc[0][:20]!r}"
    try:
        ids = pa.array(digits.str.lstrip("+").fillna("-1")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None, "ids beyond int64"
    return np.where(ids < 1, -1, ids), ""


def _texts(values: pd.Series, is_type: bool) -> Converted:
    if _is_text(values):
        text = values.fillna("").str.strip()
        return text.mask(text.str.lower().isin(("null", "nan")), ""), ""
    if not is_type:
        if values.dtype.kind == "f":
            return pd.Series(["" if x != x else f"{x:.17g}" for x in values], dtype="str"), ""
        return values.astype("str").fillna(""), ""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(numbers)
    if not ((numbers[known] >= 0) & (numbers[known] < 9.95)).all():
        return None, "numbers on no scale of M subtypes"
    types = [f"M{x:.1f}" if ok else "" for x, ok in zip(numbers, known, strict=True)]
    return pd.Series(types, dtype="str"), "numbers taken for subtypes of M"
