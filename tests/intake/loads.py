"""How many send at once, whatever the clock says."""

from __future__ import annotations

from answerable.intake.work import Load


class AtOnce(Load):
    """Everything comes at one moment, however slow the machine is that tests it."""

    def count(self, _moment: float) -> None:
        super().count(0.0)

    def bits(self, _moment: float) -> int:
        return super().bits(0.0)
