"""What the browser's tests read is what this version makes."""

from __future__ import annotations

from tests.desk import make_recovery_vectors


def test_the_vectors_of_recovery_are_what_this_version_makes() -> None:
    assert make_recovery_vectors.PLACE.read_text("utf-8") == make_recovery_vectors.vectors()
