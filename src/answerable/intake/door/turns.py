"""Whose turn it is to compute: few children at a time, in the order in which they had read all they were asked.

Waiting for a slow line costs nothing and any number of children may; deriving keys and making pages costs a processor.
A turn that lasts too long (a file is being cleaned, which has bounds of its own) counts no longer, so that nobody can
keep the others waiting by it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Turns:
    """At most ``at_once`` turns of ``seconds`` each that count; ``grant`` tells somebody that theirs begins.

    ``clock`` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float], grant: Callable[[int], None], *, at_once: int, seconds: float):
        self._clock, self._grant = clock, grant
        self._at_once, self._seconds = at_once, seconds
        self._waiting: deque[int] = deque()
        self._begun: dict[int, float] = {}

    def ask(self, who: int) -> None:
        """``who`` (a process) is ready to compute, and waits to be told. Asking twice is asking once."""
        if who not in self._begun and who not in self._waiting:
            self._waiting.append(who)
            self.go_on()

    def end(self, who: int) -> None:
        """``who`` has computed, or has ended. Does nothing for somebody who had no turn."""
        if self._begun.pop(who, None) is None and who in self._waiting:
            self._waiting.remove(who)
        self.go_on()

    def go_on(self) -> None:
        """Let those begin for whom there is room now."""
        now = self._clock()
        for who in [who for who, since in self._begun.items() if now - since >= self._seconds]:
            del self._begun[who]
        while self._waiting and len(self._begun) < self._at_once:
            who = self._waiting.popleft()
            self._begun[who] = now
            self._grant(who)
