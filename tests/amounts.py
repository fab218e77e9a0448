"""How much of what is drawn or generated a test tries: some in every check, much in a soak (`make soak`)."""

from __future__ import annotations

import os

#: Whether this is a soak.
SOAK = bool(os.environ.get("ANSWERABLE_SOAK"))


def amount(ordinary: int, soak: int) -> int:
    """How many examples, rounds or seeds: so many in every check, so many in a soak."""
    return soak if SOAK else ordinary
