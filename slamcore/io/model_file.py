"""Trained models on disk: plain arrays and a JSON header in one ``.npz``, never a pickle."""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import read_array

from slamcore.columns import BY_NAME
from slamcore.io.atomic import atomic_path
from slamcore.io.errors import InputError
from slamcore.model import SlamModel, model_checksum

__all__ = ["FORMAT", "load_model", "model_bytes", "save_model"]

FORMAT = 1
"""Version of the layout; a file of a later one is refused."""

_HEADER = "header"


def model_bytes(model: SlamModel) -> bytes:
    """The content of a model file; the same model gives the same bytes.

    Parameters
    ----------
    model : SlamModel

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If ``model.info`` is not JSON; NaN and infinity are not.
    """
    header = {
        "format": FORMAT,
        "labels": [{"name": name, "unit": _unit(name)} for name in model.label_names],
        "sha256": model_checksum(model),
        "info": model.info,
    }
    try:
        header["info_sha256"] = _info_checksum(model.info)
        text = json.dumps(header, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"model: expected info that is JSON, got {error}") from None
    arrays = {name: getattr(model, name).astype("<f8") for name in model.array_names()}
    content = BytesIO()
    np.savez(content, allow_pickle=False, **{_HEADER: np.array(text)}, **arrays)
    return content.getvalue()


def save_model(path: str | Path, model: SlamModel) -> None:
    """Write a model, whole or not at all; the same model gives the same bytes.

    Parameters
    ----------
    path : str or Path
        ``.npz``. An existing file is replaced.
    model : SlamModel

    Raises
    ------
    ValueError
        As `model_bytes`.
    OSError
        If the folder cannot be written.
    """
    content = model_bytes(model)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_model(path: str | Path) -> SlamModel:
    """Read a model.

    Parameters
    ----------
    path : str or Path
        Written by `save_model`.

    Returns
    -------
    SlamModel

    Raises
    ------
    InputError
        If the file is absent, damaged, of a later format, holds anything but the arrays of a
        model, or they or ``info`` are not those that were saved.
    """
    stored = _read(path)
    header = _header(path, stored.pop(_HEADER, None))
    if set(stored) != set(SlamModel.array_names()):
        differing = sorted(set(stored) ^ set(SlamModel.array_names()))
        raise InputError(path, "the arrays of a model", f"missing or extra {', '.join(differing)}")
    if others := sorted(name for name, array in stored.items() if array.dtype != np.float64):
        raise InputError(path, "arrays of float64", f"others in {', '.join(others)}")
    try:
        model = SlamModel(_label_names(header), **stored, info=header["info"])
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(path, "a model", f"{type(error).__name__}: {error}") from None
    if model_checksum(model) != header.get("sha256"):
        raise InputError(path, f"a model of checksum {header.get('sha256')}", "another one")
    return model


def _read(path: str | Path) -> dict[str, np.ndarray]:
    expected = "a model file (.npz)"
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [entry.filename.removesuffix(".npy") for entry in entries]
            if len(set(names)) < len(names):
                raise InputError(path, expected, "two arrays of one name")
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise InputError(path, expected, "compressed arrays")
            # An entry is read whole, which checks it, before anything in it is believed.
            arrays = (read_array(BytesIO(archive.read(e)), allow_pickle=False) for e in entries)
            return dict(zip(names, arrays, strict=True))
    except InputError:
        raise
    except (OSError, EOFError, ValueError, RuntimeError, MemoryError, zipfile.BadZipFile) as error:
        raise InputError(path, expected, str(error)) from None


def _header(path: str | Path, array: Any) -> dict[str, Any]:
    expected = "a header of JSON text"
    if not isinstance(array, np.ndarray) or array.ndim or array.dtype.kind != "U":
        raise InputError(path, expected, "none" if array is None else "another array")
    try:
        header = json.loads(str(array), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(path, expected, str(error)) from None
    if not isinstance(header, dict):
        raise InputError(path, expected, type(header).__name__)
    version = header.get("format")
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise InputError(path, f"a model of format 1 to {FORMAT}", f"format {version}")
    if not isinstance(header.get("info"), dict):
        raise InputError(path, expected, "no info")
    if _info_checksum(header["info"]) != header.get("info_sha256"):
        raise InputError(path, f"info of checksum {header.get('info_sha256')}", "another one")
    return header


def _label_names(header: dict[str, Any]) -> tuple[str, ...]:
    labels = header["labels"]
    for label in labels:
        if label["unit"] != _unit(label["name"]):
            raise ValueError(f"{label['name']} in {label['unit']!r}")
    return tuple(label["name"] for label in labels)


def _info_checksum(info: dict[str, Any]) -> str:
    return sha256(json.dumps(info, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unit(label: str) -> str:
    return BY_NAME[label].unit if label in BY_NAME else ""
