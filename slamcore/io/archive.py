"""Zip archives that are the same bytes whenever their content is the same."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from slamcore.io.atomic import atomic_path
from slamcore.io.errors import InputError

__all__ = ["RECIPE", "archive_bytes", "read_recipe", "write_archive"]

RECIPE = "recipe.json"
"""The member of an archive that says how it was made."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that zip knows
_PACKED = (".png", ".parquet", ".zip")  # gain nothing from being packed again
_DAMAGE = (
    OSError,  # also bytes of a seek that is out of the file
    EOFError,  # a member that stops early
    ValueError,  # also what is no JSON
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # a member that is encrypted or packed in an unknown way; JSON nested too deep
)
"""What zipfile, zlib and json raise on bytes that are no recipe."""


def archive_bytes(members: Mapping[str, bytes]) -> bytes:
    """A zip archive.

    Parameters
    ----------
    members : mapping of str to bytes
        Content by name.

    Returns
    -------
    bytes
        Members in the order of their names, without times or owners.
    """
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o644 << 16
            packed = name.endswith(_PACKED)
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name])
    return out.getvalue()


def write_archive(path: str | Path, content: bytes) -> None:
    """Write an archive, whole or not at all.

    Parameters
    ----------
    path : str or Path
    content : bytes
        As `archive_bytes` makes it.

    Raises
    ------
    InputError
        If there is a folder of that name.
    OSError
        If the folder cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def read_recipe(path: str | Path) -> dict[str, Any]:
    """Read a recipe: a JSON file, or that within an archive.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If there is no such file, or it is damaged or not a recipe.
    """
    path, expected = Path(path), f"a bundle (zip) or its {RECIPE}"
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                text = archive.read(RECIPE)
        else:
            text = path.read_bytes()
        recipe = json.loads(text)
    except KeyError:
        raise InputError(path, expected, "an archive without one") from None
    except _DAMAGE as error:
        found = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        raise InputError(path, expected, found) from error
    if not isinstance(recipe, dict):
        raise InputError(path, expected, f"a {type(recipe).__name__} in JSON")
    return recipe
