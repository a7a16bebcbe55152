"""The one error that bad input raises."""

from __future__ import annotations

from pathlib import Path

__all__ = ["InputError"]


class InputError(ValueError):
    """A file or folder that cannot be used, told in one line: what, where, expected, found.

    Parameters
    ----------
    path : str or Path
        The file or folder at fault.
    expected : str
        What the reader needs.
    found : str
        What is there instead.
    """

    def __init__(self, path: str | Path, expected: str, found: str):
        self.path, self.expected, self.found = Path(path), expected, found
        # Causes come from other libraries and may span lines; the promise is one line.
        line = f"{path}: expected {expected}, found {found}"
        super().__init__(" ".join(line.split()))

    def __reduce__(self):
        return type(self), (self.path, self.expected, self.found)
