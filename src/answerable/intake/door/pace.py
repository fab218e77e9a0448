"""What somebody has brought and taken of late: by it the door tells who goes on, where there are more than places.

There are no addresses here to tell people apart by. To outdo somebody's slow sending, others must send as much in the
same time, at every place.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds in which what was brought counts half: long enough for a line that stops now and then, and so short that
#: nobody holds a place for long by what was brought once.
_HALF = 10.0


class Pace:
    """Bytes that came or went of late. ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bytes, self._at = 0.0, clock()

    def moved(self, count: int) -> None:
        """So many bytes came or went."""
        self._bytes, self._at = self.worth() + count, self._clock()

    def worth(self) -> float:
        """Whoever has the least of this makes room."""
        return float(self._bytes * 0.5 ** ((self._clock() - self._at) / _HALF))
