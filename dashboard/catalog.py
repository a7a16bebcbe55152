"""What a page needs of a survey, derived from choices and shared by all viewers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from dashboard import planes
from dashboard.added import Added
from dashboard.brush import Brush, Picked
from dashboard.composites import Composites
from dashboard.figures.colour import DENSITY, Colour
from dashboard.figures.plot import Figure, PaperTable
from dashboard.figures.raster import Frame, rows_in_frame
from dashboard.figures.registry import make_figure, make_table
from dashboard.style import MINUS
from slamcore.columns import LABELS
from slamcore.composite import Composite
from slamcore.photometry import extinction_summary
from slamcore.references import References
from slamcore.sample import Sample
from slamcore.selection import Cuts, Selection
from slamcore.spectra import SpectrumBlock
from slamcore.star_table import StarTable
from slamcore.summary import summarize
from slamcore.survey import Survey

__all__ = ["Catalog"]

_SAMPLES = 4  # samples of recent cuts, with what was derived from them
_FIGURES = 32  # fewer where their arrays are large
_AXES = 8  # columns that brushes were drawn against
_REMEMBERED = 16  # recent cuts and brushes, fewer where their masks and rows are large
_HELD = 1 << 30  # bytes of masks and rows together, of samples, and of figures
_PER_STAR = {"recent": 18, "samples": 50, "drawn": 100}  # bytes of each, about


class Catalog:
    """A survey with its recent selections remembered. Nothing in it ever changes.

    Parameters
    ----------
    survey : Survey
        With CMD columns ``bp_rp_0`` and ``abs_g_mag`` (mag), and labels of one source.
    label_source : str
        Key of those labels, one of ``label_sources``.
    label_sources : dict of str to str
        Key and name of all sources that the survey has.
    references : References, optional
        Of the survey, shared between the sources of its labels.

    Attributes
    ----------
    survey : Survey
    stars : DataFrame (n_star rows)
    x, y : ndarray (n_star,)
        (BP-RP)_0 and M_G0 in mag.
    has_spectrum : ndarray of bool (n_star,)
        Its own, or the template of its type.
    is_lent : ndarray of bool (n_star,)
        Whether it is the template's.
    """

    def __init__(
        self,
        survey: Survey,
        label_source: str = "catalogue",
        label_sources: Mapping[str, str] | None = None,
        references: References | None = None,
    ):
        self.survey = survey
        self.references = references or References(survey)
        self.label_source = label_source
        self.label_sources = label_sources or {"catalogue": "the catalogue"}
        self.stars: StarTable = survey.stars
        self.x = survey.stars["bp_rp_0"].to_numpy()
        self.y = survey.stars["abs_g_mag"].to_numpy()
        origin = survey.stars["spectrum_origin"]
        self.has_spectrum = (origin != "none").to_numpy()
        self.is_lent = (origin == "template").to_numpy()
        self._composites = Composites(survey)
        self._borrows = bool(self.is_lent.any())
        # Bound per object, so that a catalogue that is dropped takes its memory along.
        n = len(survey.stars)
        recent = _held("recent", n, _REMEMBERED)
        self.selection = lru_cache(recent)(self._selection)
        self.rows = lru_cache(recent)(self._rows)
        self.is_known = cache(self._is_known)
        self.values = lru_cache(_AXES)(self._values)
        self.colour = lru_cache(_AXES)(self._colour)
        self.composite = lru_cache(_REMEMBERED)(self._composite)
        self.sample = lru_cache(_held("samples", n, _SAMPLES))(self._sample)
        drawn = _held("drawn", n, _FIGURES)
        self.figure = lru_cache(drawn)(self._figure)
        self.paper_table = lru_cache(drawn)(self._paper_table)

    def _selection(self, cuts: Cuts) -> Selection:
        """Mask (n_star,) and funnel of the cuts."""
        return self.sample(cuts).selection

    def _rows(self, cuts: Cuts, brush: Brush | Picked | None) -> np.ndarray:
        """Rows (n,) of the stars that pass the cuts and are brushed, if there is a brush."""
        if brush is None:
            rows = self.sample(cuts).rows
            rows.flags.writeable = False
            return rows
        mask = self.selection(cuts).mask
        if isinstance(brush, Picked):
            picked = self.stars.find("spectrum_pk", brush.keys)
            keep = np.zeros(len(mask), dtype=bool)
            keep[picked[picked >= 0]] = True
            mask = mask & keep
        else:
            mask = mask & brush.contains(*(self.values(name) for name in brush.plane))
        rows = np.flatnonzero(mask)
        rows.flags.writeable = False
        return rows

    def _values(self, name: str) -> np.ndarray:
        """What runs along an axis of a plane (n_star,), as `dashboard.planes.values` has it."""
        if added := Added.of(name):
            return added.values(self.stars)
        return planes.values(self.stars, self.references, name)

    def summary(
        self, cuts: Cuts, brush: Brush | Picked | None, columns: tuple[str, ...]
    ) -> pd.DataFrame:
        """Median and range of columns of the brushed stars, as `slamcore.summary` has it."""
        return summarize(self.stars, self.rows(cuts, brush), columns)

    def _colour(self, name: str) -> Colour:
        """Values and title of what stars are coloured by."""
        if name == DENSITY.name:
            return DENSITY
        if added := Added.of(name):
            return Colour(name, self.values(name), added.name)
        label, _, other = name.partition(MINUS)
        title = planes.title(label)
        if other:
            source = other.partition(".")[0]
            theirs = self.label_sources.get(source) or self.references.title(source)
            title = f"Δ{title}: {self.source_name} − {theirs}"
        elif label in LABELS:
            title = f"{title} from {self.source_name}"
        return Colour(name, self.values(name), title)

    def _composite(self, cuts: Cuts, brush: Brush | Picked | None) -> Composite:
        """Median spectrum of the brushed stars that have one, or of some drawn by lot."""
        rows = self.rows(cuts, brush)
        return self._composites.of(rows[self.has_spectrum[rows]])

    def _sample(self, cuts: Cuts) -> Sample:
        """The stars that pass the cuts, and all that is derived from them."""
        return Sample(self.survey, self.label_source, cuts, self.references)

    def _figure(self, key: str, cuts: Cuts) -> Figure:
        """A figure of the paper for the stars that pass the cuts."""
        return make_figure(key, self.sample(cuts))

    def _paper_table(self, key: str, cuts: Cuts) -> PaperTable:
        """A table of the paper for the stars that pass the cuts."""
        return make_table(key, self.sample(cuts))

    def distinct_templates(self, cuts: Cuts, brush: Brush | Picked | None) -> int:
        """How many different templates the brushed stars show."""
        if not self._borrows:
            return 0
        rows = self.rows(cuts, brush)
        lent = rows[self.is_lent[rows]]
        return len(np.unique(self.stars["spectrum_row"].to_numpy()[lent]))

    @property
    def extinction(self) -> str:
        """What the magnitudes were corrected with; empty where the survey does not say."""
        return extinction_summary(self.stars) if "ebv_source" in self.stars else ""

    @property
    def source_name(self) -> str:
        """Where the labels come from, in words."""
        return self.label_sources[self.label_source]

    @property
    def simulated(self) -> bool:
        """Whether the stars are made up."""
        return self.survey.info.simulated

    @property
    def warning(self) -> str:
        """What every figure has to say of the spectra behind it; empty where all is observed."""
        if self.simulated:
            return "SIMULATED"
        if self.label_source == "model" and self.survey.label_info.get("simulated"):
            return "LABELS FROM A SIMULATED TRAINING SET"
        return "TEMPLATES where a star has no spectrum" if self._borrows else ""

    @property
    def off_cmd(self) -> np.ndarray:
        """Rows (n,) with a spectrum of their own and no place on the CMD."""
        placed = np.isfinite(self.x) & np.isfinite(self.y)
        own = (self.stars["spectrum_origin"] == "observed").to_numpy()
        return np.flatnonzero(own & ~placed)

    def _is_known(self, column: str) -> bool:
        """Whether a column is there and says something of at least one star."""
        return column in self.stars and _says_something(self.stars[column])

    def row_of(self, spectrum_pk: int | None) -> int | None:
        """Row of a star by its key, None for a key that is not in the survey."""
        if spectrum_pk is None:
            return None
        row = int(self.stars.find("spectrum_pk", [spectrum_pk])[0])
        return row if row >= 0 else None

    def star(self, row: int) -> dict[str, object]:
        """One star by column."""
        return self.stars.row(row)

    def spectrum(self, row: int) -> SpectrumBlock:
        """The spectrum of one star, as a block of one."""
        return self.survey.spectra(np.array([row]))

    def neighbour(
        self, cuts: Cuts, brush: Brush | Picked | None, spectrum_pk: int | None, by: int
    ) -> int | None:
        """Key of the brushed star with a spectrum that comes ``by`` places after another.

        Parameters
        ----------
        cuts : Cuts
        brush : Brush, Picked or None
        spectrum_pk : int or None
            The star to start from; None, or one that is not among them, starts at the first.
        by : int
            Places to go, backward if negative; the ends join.

        Returns
        -------
        int or None
            None where no brushed star has a spectrum.
        """
        rows = self.rows(cuts, brush)
        rows = rows[self.has_spectrum[rows]]
        if not len(rows):
            return None
        here = np.flatnonzero(rows == self.row_of(spectrum_pk))
        place = (here[0] + by) % len(rows) if len(here) else 0
        return int(self.stars["spectrum_pk"].iloc[rows[place]])

    def nearest(self, cuts: Cuts, x: float, y: float, frame: Frame, pixels: int) -> int | None:
        """Row of the selected star on screen that lies nearest to a point of the CMD.

        Parameters
        ----------
        cuts : Cuts
        x, y : float
            mag.
        frame : Frame
        pixels : int
            A star farther from the point on screen is not taken.

        Returns
        -------
        int or None
        """
        rows = rows_in_frame(self.x, self.y, self.rows(cuts, None), frame)
        if not len(rows):
            return None
        dx = (self.x[rows] - x) / (frame.x_range[1] - frame.x_range[0]) * frame.width
        dy = (self.y[rows] - y) / (frame.y_range[1] - frame.y_range[0]) * frame.height
        best = int(np.argmin(dx**2 + dy**2))
        return int(rows[best]) if dx[best] ** 2 + dy[best] ** 2 <= pixels**2 else None


def _held(what: str, n_star: int, at_most: int) -> int:
    """How many of something are remembered: fewer where they are large, two at least."""
    return max(2, min(at_most, _HELD // (_PER_STAR[what] * max(n_star, 1))))


def _says_something(values: pd.Series) -> bool:
    if pd.api.types.is_integer_dtype(values):
        return bool((values != -1).any())  # ids are -1 where absent
    if pd.api.types.is_numeric_dtype(values):
        return bool(values.notna().any())
    return bool((values.notna() & (values != "")).any())
