"""What tests of sealing share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from answerable.sealing import persons


@pytest.fixture(scope="module")
def light_keys() -> Iterator[None]:
    """A derivation from a passphrase that takes little, for files that are about what is locked and not about the lock:
    what it takes in use is held by its known answers, and by the tests of a person's keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(persons, "MEMORY", 1_024)
        patch.setattr(persons, "PASSES", 1)
        yield
