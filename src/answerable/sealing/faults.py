"""The error that names a member: of a panel that holds a key together, or of a ceremony that makes one."""

from __future__ import annotations

from typing import ClassVar

from answerable.errors import FALSE
from answerable.sealing.errors import SealingError


class MemberFault(SealingError):  # noqa: N818 - the name says what it is
    """What one member sent cannot be used, and it is that member's doing.

    ``member`` is the number, from 1; 0 is a dealer.
    """

    exit_code: ClassVar[int] = FALSE

    def __init__(self, member: int, what: str, *, todo: str | None = None) -> None:
        super().__init__(what, where=f"member {member}" if member else "the dealer", todo=todo)
        self.member = member
