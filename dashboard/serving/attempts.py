"""How often a sign-in may fail: few times in a while, then nobody is asked for a while."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

__all__ = ["Attempts"]

_WINDOW = 300.0  # seconds
_MOST = {"user": 5, "address": 20}  # failures in that time, of one name from one address; of all
_REMEMBERED = 10_000  # keys: whoever tries many names does not fill the memory


class Attempts:
    """Failed sign-ins of the last minutes, by where they came from and whose name they gave.

    A name alone locks nobody out: whoever fails from one place does not keep its owner, at
    another place, from coming in.

    Parameters
    ----------
    clock : callable
        Seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._failed: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()

    def wait(self, address: str, name: str) -> int:
        """Seconds to wait before the next try; 0 where one may try now."""
        now, longest = self._clock(), 0.0
        for kind, key in _keys(address, name):
            times = self._failed.get(key, ())
            recent = [one for one in times if now - one < _WINDOW]
            if len(recent) >= _MOST[kind]:
                longest = max(longest, _WINDOW - (now - recent[-_MOST[kind]]))
        return int(longest) + 1 if longest else 0

    def fail(self, address: str, name: str) -> None:
        """Note a failed try."""
        for kind, key in _keys(address, name):
            times = self._failed.setdefault(key, deque(maxlen=_MOST[kind]))
            times.append(self._clock())
            self._failed.move_to_end(key)
        while len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)

    def succeed(self, address: str, name: str) -> None:
        """Forget the failures of a name from an address, and the last one of the address: it
        was noted before the password was looked at."""
        self._failed.pop((address, name), None)
        if self._failed.get((address,)):
            self._failed[(address,)].pop()


def _keys(address: str, name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("user", (address, name)), ("address", (address,))
