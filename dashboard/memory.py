"""Memory that an answer has used is kept for the next one."""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed_memory"]

_KEPT = (1 << 31) - 1  # bytes; mallopt takes no more
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of mallopt, in glibc's malloc.h


def keep_freed_memory() -> bool:
    """Give freed memory back to the system only beyond 2 GiB.

    The arrays of ten million stars are larger than what the C library keeps: each would get new
    pages from the system, which cost as much as what is computed in them.

    Returns
    -------
    bool
        Whether it is done: only glibc can be told so.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT)) and bool(mallopt(_MMAP_MAX, 0))
