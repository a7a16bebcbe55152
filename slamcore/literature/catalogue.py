"""A published table of labels: what its columns mean, how its stars are known, its traps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from slamcore.columns import BY_NAME, LABELS
from slamcore.io.tables import StarTable

__all__ = ["QUANTITIES", "CatalogueLabel", "LiteratureCatalogue", "own_catalogue"]

QUANTITIES = (*LABELS, "mass", "radius")
"""What a catalogue may give, keys of `slamcore.columns.BY_NAME`."""

_IDS = ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id", "name")


@dataclass(frozen=True)
class CatalogueLabel:
    """One label of a catalogue.

    Attributes
    ----------
    column : str
        Its name in the paper's table.
    unit : str
        Its unit there, as `astropy.units` writes it, ``dex`` for logarithms.
    error : str
        Column of its error; empty where there is none.
    valid : (float, float)
        Range in ``unit`` in which the authors trust it; values outside are flagged.
    bad_flags : int
        Bits of ``result_flags`` any of which makes it unreliable; such values are flagged.
    """

    column: str
    unit: str
    error: str = ""
    valid: tuple[float, float] = (-float("inf"), float("inf"))
    bad_flags: int = 0


@dataclass(frozen=True)
class LiteratureCatalogue:
    """One published table, without its rows.

    Attributes
    ----------
    name : str
        Key, such as ``birky2020``.
    title : str
        As the field cites it.
    bibcode : str
        ADS bibcode; empty where it is not known.
    labels : mapping of str to CatalogueLabel
        By our names, members of ``QUANTITIES``.
    ids : mapping of str to str
        Our name of an id (``sdss_id``, ``gaia_dr3_source_id``, ``gaia_dr2_source_id``, or
        ``name`` for a 2MASS or APOGEE designation) -> column in the paper's table.
    position : (str, str) or None
        Columns of right ascension and declination.
    notes : tuple of str
        What a reader must know before comparing.

    Raises
    ------
    ValueError
        If there are no labels, a label or id is not known here, or there is neither an id nor
        a position.
    """

    name: str
    title: str
    bibcode: str
    labels: Mapping[str, CatalogueLabel]
    ids: Mapping[str, str] = field(default_factory=dict)
    position: tuple[str, str] | None = ("ra", "dec")
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [name for name in self.labels if name not in QUANTITIES]
        unknown += [name for name in self.ids if name not in _IDS]
        if unknown or not self.labels:
            raise ValueError(f"{self.name}: expected some of {QUANTITIES + _IDS}, got {unknown}")
        if not self.ids and self.position is None:
            raise ValueError(f"{self.name}: expected an id or a position, got neither")

    @property
    def columns(self) -> dict[str, str]:
        """Our name -> name in the paper's table: what `slamcore.io.tables.read_stars` takes."""
        found = dict(self.ids)
        if self.position is not None:
            found |= dict(zip(("ra", "dec"), self.position, strict=True))
        for name, label in self.labels.items():
            found[name] = label.column
            if label.error:
                found[f"e_{name}"] = label.error
        return found


def own_catalogue(table: StarTable, name: str = "") -> LiteratureCatalogue:
    """The catalogue that a user's table is: all labels, ids and positions that it has.

    Parameters
    ----------
    table : StarTable
        As read with or without a column map; columns under our names.
    name : str
        Empty: the file's name without endings.

    Returns
    -------
    LiteratureCatalogue
        Without ranges: what of a table can be trusted is for its owner to say.

    Raises
    ------
    ValueError
        If the table has no label, or neither an id nor a position.
    """
    found = set(table.data)
    labels = {
        label: CatalogueLabel(
            label, BY_NAME[label].unit, f"e_{label}" if f"e_{label}" in found else ""
        )
        for label in QUANTITIES
        if label in found
    }
    name = name or table.source.name.split(".")[0]
    return LiteratureCatalogue(
        name=name,
        title=name,
        bibcode="",
        labels=labels,
        ids={key: key for key in _IDS if key in found},
        position=("ra", "dec") if {"ra", "dec"} <= found else None,
    )
