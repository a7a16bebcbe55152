"""Every star counted into cells of the screen, however many there are."""

from __future__ import annotations

from dataclasses import dataclass

import datashader as ds
import numpy as np
import pandas as pd

__all__ = ["Frame", "count_and_mean", "rows_in_frame"]

_MAX_SIDE = 1400  # cells; keeps one redraw under 16 MB on the wire on the largest screens
_MAX_CELL = 3  # pixels


@dataclass(frozen=True)
class Frame:
    """The part of a plane on screen and its size in pixels.

    Attributes
    ----------
    x_range, y_range : (float, float)
        Low and high, in the axes' units.
    width, height : int
        Pixels.
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    width: int = 600
    height: int = 560

    def cells(self, n: int) -> tuple[int, int]:
        """Columns and rows of cells for ``n`` stars: single pixels for many, larger for few.

        A hundred thousand stars on a million pixels would leave a dust of single dots; larger
        cells show their density and still count every star.
        """
        cell = np.clip(np.sqrt(self.width * self.height / max(n, 1)), 1, _MAX_CELL)
        columns, rows = (
            int(np.clip(side / cell, 16, _MAX_SIDE)) for side in (self.width, self.height)
        )
        return columns, rows


def count_and_mean(
    x: np.ndarray, y: np.ndarray, values: np.ndarray | None, frame: Frame
) -> tuple[np.ndarray, np.ndarray | None]:
    """Stars per cell, and the mean of a column over them.

    Parameters
    ----------
    x, y : ndarray (n_star,)
    values : ndarray (n_star,) or None
        NaN values are left out of the mean; None gives no mean.
    frame : Frame

    Returns
    -------
    counts : ndarray of float32 (rows, columns)
        First row at the low end of ``y_range``; NaN where there is no star.
    mean : ndarray of float32 (rows, columns) or None
    """
    canvas = ds.Canvas(*frame.cells(len(x)), x_range=frame.x_range, y_range=frame.y_range)
    table = pd.DataFrame({"x": x, "y": y}, copy=False)
    if values is None:
        counts, mean = canvas.points(table, "x", "y").values, None
    else:
        table["value"] = values
        both = canvas.points(
            table, "x", "y", ds.summary(count=ds.count("value"), mean=ds.mean("value"))
        )
        counts, mean = both["count"].values, both["mean"].values.astype(np.float32)
    return np.where(counts > 0, counts, np.nan).astype(np.float32), mean


def rows_in_frame(x: np.ndarray, y: np.ndarray, rows: np.ndarray, frame: Frame) -> np.ndarray:
    """Those of ``rows`` (n,) whose point lies in the frame; x, y are (n_star,)."""
    (left, right), (low, high) = frame.x_range, frame.y_range
    px, py = x[rows], y[rows]
    return rows[(px >= left) & (px <= right) & (py >= low) & (py <= high)]
