"""Where things lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """Folder for what can be made again: ``mdwarf-slam`` in the user's cache.

    Follows the XDG base directory specification: ``$XDG_CACHE_HOME``, else ``~/.cache``.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mdwarf-slam"
