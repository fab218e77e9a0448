"""When what failed is tried again: seconds that double from the first to the last, by a clock that may jump."""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds before what failed is tried again: doubled each time, from the first up to the last.
BACK_OFF = (5, 300)


@dataclass
class BackOff:
    """Nothing has failed, or it is tried again at ``retry_at`` (POSIX seconds)."""

    retry_at: int = 0
    delay: int = 0

    def later(self, now: int) -> None:
        """It failed at ``now``."""
        first, most = BACK_OFF
        self.delay = min(max(2 * self.delay, first), most)
        self.retry_at = now + self.delay

    def soon(self) -> None:
        """It went well."""
        self.retry_at = self.delay = 0

    def due(self, now: int) -> bool:
        """Whether it may be tried at ``now``."""
        # A clock that went back must not make a retry wait for what it thought was the time.
        return not 0 < self.retry_at - now <= BACK_OFF[1]
