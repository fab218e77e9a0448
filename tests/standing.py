"""Rows that stand for several tests: made once, below each test's own transaction, and undone when no test needs them.

A test that changes them changes nothing for the next one: its transaction is rolled back to where it found them. What
is made is made by the same actions as ever; it is only made less often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction


@dataclass(frozen=True)
class Layer:
    """Something that stands: its ``name``, and what makes it, on top of the layers below."""

    name: str
    make: Callable[[], object]


class Standing:
    """The layers that stand in the database ``using``, each in a transaction of its own around those above."""

    def __init__(self, blocker: Any, using: str = "default") -> None:
        self.blocker, self.using = blocker, using
        self._stands: list[tuple[str, transaction.Atomic]] = []

    def bring(self, *wanted: Layer) -> None:
        """Let exactly these stand: what else stood is undone first. No transaction of a test may be open."""
        names = [name for name, _ in self._stands]
        kept = 0
        while kept < min(len(names), len(wanted)) and names[kept] == wanted[kept].name:
            kept += 1
        with self.blocker.unblock():
            while len(self._stands) > kept:
                self._undo()
            for layer in wanted[kept:]:
                atomic = transaction.atomic(using=self.using)
                atomic._from_testcase = True  # as Django's own tests do: what is durable may be tested inside
                atomic.__enter__()
                self._stands.append((layer.name, atomic))
                try:
                    layer.make()
                except BaseException:
                    self._undo()
                    raise

    def _undo(self) -> None:
        _, atomic = self._stands.pop()
        transaction.set_rollback(True, using=self.using)
        atomic.__exit__(None, None, None)
