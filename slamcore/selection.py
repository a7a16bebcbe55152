"""Cuts on the CMD, RUWE, SNR, labels and by a filter: one frozen value, a mask, a funnel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.expressions import column_values, parse
from slamcore.io.errors import InputError
from slamcore.numerals import typeset

__all__ = ["PAPER", "Criterion", "Cuts", "Selection", "Step", "cut_line", "select"]

Range = tuple[float, float]

_CMD = frozenset(("bp_rp_0", "abs_g_mag"))
_FILTER = "filter"
_CHUNK = 1 << 15  # stars


@dataclass(frozen=True)
class Criterion:
    """One cut: what it is called, the columns it reads, and its test.

    Attributes
    ----------
    key : str
        Name of the cut, as in the sidebar's order.
    text : str
        The inequality as an astronomer writes it.
    columns : tuple of str
        Columns passed to ``test``, in order.
    test : callable
        Arrays (n_star,) -> bool array (n_star,), True where a star passes. NaN never passes.
    needs_all : bool
        Whether a star that lacks one of the values cannot be judged.
    """

    key: str
    text: str
    columns: tuple[str, ...]
    test: Callable[..., np.ndarray]
    needs_all: bool = True


@dataclass(frozen=True)
class Cuts:
    """The adjustable selection. Defaults are criteria 1-4 of Qiu (2025), section 2.2.

    A cut that is None is off. The scan of the paper swaps the reasons of criteria 2 and 3: the
    faint limit removes white dwarfs. The bright limit lies 1.4 to 2.2 mag above the sequence of
    single stars: it removes pre-main-sequence stars, giants, and multiples more than about
    1.4 mag too bright; binaries of equal masses (0.75 mag) stay.

    Attributes
    ----------
    abs_g_mag_min : float or None
        mag; criterion 1, M_G0 > 6.
    faint_line : (float, float) or None
        Slope and intercept (mag); criterion 2, M_G0 < 3.75 (BP-RP)_0 + 7.50.
    bright_line : (float, float) or None
        Slope and intercept (mag); criterion 3, M_G0 > 3.28 (BP-RP)_0 + 0.10.
    ruwe_max : float or None
        Criterion 4, RUWE < 1.4.
    boss_m : bool or None
        True: the BOSS pipeline classes the spectrum as M, as it does all candidates of the
        paper. Off by default: only spAll tells it, and criteria 1-4 are the paper's cuts.
    snr_min : float or None
        SNR > snr_min; off by default.
    teff, logg, fe_h : (float, float) or None
        Inclusive ranges in K, dex, dex; off by default.
    where : str or None
        A filter as `slamcore.expressions.parse` reads it; off by default. What it makes of a
        star that lacks a value is up to it: comparisons with nothing are false.

    Raises
    ------
    InputError
        If the filter cannot be read, or is not true or false of a star.
    """

    abs_g_mag_min: float | None = 6.0
    faint_line: Range | None = (3.75, 7.50)
    bright_line: Range | None = (3.28, 0.10)
    ruwe_max: float | None = 1.4
    boss_m: bool | None = None
    snr_min: float | None = None
    teff: Range | None = None
    logg: Range | None = None
    fe_h: Range | None = None
    where: str | None = None

    def __post_init__(self):
        if self.where is not None:
            expression = parse(self.where, _FILTER)
            if not (expression.is_truth and expression.columns):
                raise InputError(
                    _FILTER, "a comparison of columns, such as ruwe < 1.2", self.where
                )

    def criteria(self) -> tuple[Criterion, ...]:
        """The cuts that are on, in the order in which the funnel applies them."""
        found = []
        if self.abs_g_mag_min is not None:
            low = self.abs_g_mag_min
            text = f"M_G0 > {typeset(low)}"
            found.append(Criterion("abs_g_mag_min", text, ("abs_g_mag",), lambda m: m > low))
        if self.faint_line is not None:
            found.append(_line("faint_line", "<", self.faint_line, np.less))
        if self.bright_line is not None:
            found.append(_line("bright_line", ">", self.bright_line, np.greater))
        if self.ruwe_max is not None:
            high = self.ruwe_max
            found.append(Criterion("ruwe_max", f"RUWE < {high:g}", ("ruwe",), lambda r: r < high))
        if self.boss_m:
            found.append(Criterion("boss_m", "BOSS class M", ("is_boss_m",), lambda m: m == 1))
        if self.snr_min is not None:
            snr = self.snr_min
            found.append(Criterion("snr_min", f"SNR > {snr:g}", ("snr",), lambda s: s > snr))
        for label, symbol in (("teff", "Teff"), ("logg", "log g"), ("fe_h", "[Fe/H]")):
            limits = getattr(self, label)
            if limits is not None:
                found.append(_range(label, symbol, limits))
        if self.where is not None:
            found.append(_where(self.where))
        return tuple(found)


PAPER = Cuts()
"""Criteria 1-4 of Qiu (2025), nothing else."""


@dataclass(frozen=True)
class Step:
    """One line of the funnel.

    Attributes
    ----------
    key, text : str
        As in `Criterion`; the first two steps are ``rows`` and ``complete``.
    count : int
        Stars that survive this and all earlier steps.
    removed : int
        Stars that this step took away.
    missing : tuple of str
        Columns the table lacks or has no value of; then the cut was not applied.
    """

    key: str
    text: str
    count: int
    removed: int
    missing: tuple[str, ...] = ()

    @property
    def applied(self) -> bool:
        """Whether the cut could be applied."""
        return not self.missing


@dataclass(frozen=True)
class Selection:
    """A mask over the stars and the funnel that led to it.

    Attributes
    ----------
    mask : ndarray of bool (n_star,)
    funnel : tuple of Step
    """

    mask: np.ndarray
    funnel: tuple[Step, ...]

    @property
    def count(self) -> int:
        """Number of selected stars."""
        return self.funnel[-1].count


def cut_line(line: Range, bp_rp_0: np.ndarray) -> np.ndarray:
    """M_G0 (mag) on a cut line at colours ``bp_rp_0`` (mag, any shape): slope, intercept."""
    return line[0] * np.asarray(bp_rp_0) + line[1]


def select(stars: pd.DataFrame, cuts: Cuts = PAPER) -> Selection:
    """Apply cuts in order and count what survives each.

    Stars lacking a value that an applied cut needs are removed first, in the step
    ``complete``, so that every later step removes stars for its own reason alone. A cut whose
    column is absent from the table, or empty for all stars that have a needed place in the
    CMD, is reported in its step and not applied; so is a filter with a column of text.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        With the columns of `slamcore.photometry.add_photometry`.
    cuts : Cuts

    Returns
    -------
    Selection
        Mask of shape (n_star,) and the funnel.
    """
    n = len(stars)
    criteria = cuts.criteria()
    asked = {column for criterion in criteria for column in criterion.columns}
    needed = {column for one in criteria if one.needs_all for column in one.columns}
    arrays = column_values(stars, tuple(asked))
    for name in _silent(arrays, n, _CMD & needed):
        del arrays[name]
    applied = [one for one in criteria if all(column in arrays for column in one.columns)]
    mask, counts = np.ones(n, dtype=bool), np.zeros(1 + len(applied), dtype=np.int64)
    for part in _parts(n):
        some = {name: values[part] for name, values in arrays.items()}
        counts += _judged(mask[part], some, needed, applied)
    mask.flags.writeable = False

    count, *left = (int(each) for each in counts)
    funnel = [
        Step("rows", "rows in the table", n, 0),
        Step("complete", "every needed value known", count, n - count),
    ]
    for one in criteria:
        missing = tuple(column for column in one.columns if column not in arrays)
        now = count if missing else left.pop(0)
        funnel.append(Step(one.key, one.text, now, count - now, missing))
        count = now
    return Selection(mask, tuple(funnel))


def _parts(n: int) -> Iterator[slice]:
    """Rows so few that what is made of them stays in the cache: pages of memory cost more."""
    return (slice(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK))


def _silent(arrays: Mapping[str, np.ndarray], n: int, places: Set[str]) -> set[str]:
    """Columns (n,) that say nothing of any star that has its ``places`` among them."""
    places = places & set(arrays)
    silent, is_placed = set(arrays) - places, False
    for part in _parts(n):
        if not silent:
            break
        placed = np.ones(part.stop - part.start, dtype=bool)
        for name in places:
            placed &= np.isfinite(arrays[name][part])
        is_placed |= bool(placed.any())
        silent -= {name for name in silent if (placed & np.isfinite(arrays[name][part])).any()}
    return silent if is_placed else set()


def _judged(
    mask: np.ndarray,
    arrays: Mapping[str, np.ndarray],
    needed: Set[str],
    criteria: Sequence[Criterion],
) -> list[int]:
    """Take stars that fail out of a mask (n,); those left with all values, and after each cut."""
    for name in needed & set(arrays):
        mask &= np.isfinite(arrays[name])
    left = [np.count_nonzero(mask)]
    for one in criteria:
        # Infinite values were taken out of the mask above; here they only make noise.
        with np.errstate(invalid="ignore"):
            mask &= one.test(*(arrays[column] for column in one.columns))
        left.append(np.count_nonzero(mask))
    return left


def _line(key: str, sign: str, line: Range, compare: np.ufunc) -> Criterion:
    slope, intercept = line
    text = (
        f"M_G0 {sign} {typeset(slope, '.2f')} (BP−RP)₀ {'+' if intercept >= 0 else '−'} "
        f"{abs(intercept):.2f}"
    )
    return Criterion(
        key, text, ("abs_g_mag", "bp_rp_0"), lambda m, c: compare(m, cut_line(line, c))
    )


def _range(key: str, symbol: str, limits: Range) -> Criterion:
    low, high = limits
    text = f"{typeset(low)} ≤ {symbol} ≤ {typeset(high)}"
    return Criterion(key, text, (key,), lambda x: (x >= low) & (x <= high))


def _where(text: str) -> Criterion:
    expression = parse(text, _FILTER)

    def test(*arrays: np.ndarray) -> np.ndarray:
        columns = dict(zip(expression.columns, arrays, strict=True))
        return expression.mask(columns, len(arrays[0]))

    return Criterion("where", expression.text, expression.columns, test, needs_all=False)
