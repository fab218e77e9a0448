"""What cleaning ends in, and the list of what gets no cleaned copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: Every reason for which there is no cleaned copy, and what it means. The original is kept in each case.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "the file is empty",
        "too_large": "the file is larger than what is cleaned",
        "other_kind": "this kind of file is not cleaned: only pictures, PDF documents, sound and video are",
        "damaged": "the file is damaged, or is not what it begins as",
        "encrypted": "the file is locked with a password",
        "too_many_pixels": "the picture has more pixels than can be redrawn",
        "too_many_pages": "the document has more pages than can be redrawn",
        "too_heavy": "redrawing the file takes more time or memory than it may, or ends the program that does it",
        "too_much_output": "the cleaned copy would be too large",
        "not_installed": "what cleans this kind of file is not installed on this server",
    }
)


@dataclass(frozen=True)
class Cleaned:
    """A cleaned copy and its type. ``as_declared`` says whether the original was what its sender's device called it."""

    data: bytes = field(repr=False)
    type: str
    as_declared: bool = True


@dataclass(frozen=True)
class NotCleaned:
    """No cleaned copy: ``reason`` is one of :data:`REASONS`."""

    reason: str

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"{self.reason!r} is no reason for which a file is not cleaned")


class Refused(Exception):  # noqa: N818 - an outcome within the child, which the parent turns into NotCleaned
    """Ends the cleaning of a file, for a reason of :data:`REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
