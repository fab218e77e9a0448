"""Silence from a log alone, on a machine that has nothing else, and missed deadlines that name the head they saw."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from answerable.correspondence import folder, silence
from answerable.correspondence.from_log import head_of, silence_of
from answerable.ledger.reading import folder_fetch
from answerable.record.errors import ObligationError
from tests.correspondence.conftest import EXAMPLE
from tests.correspondence.test_actions import BLOCK
from tests.publication.small_log import SECOND_DAY, SmallLog


@pytest.fixture
def log(tmp_path: Path) -> SmallLog:
    return SmallLog.of(folder.read(EXAMPLE), tmp_path / "log")


def test_the_log_alone_says_the_same(log: SmallLog, tmp_path: Path) -> None:
    found = silence_of(folder_fetch(log.folder), None, date(2018, 3, 16))
    assert silence.lines(found) == BLOCK


def test_with_its_policy_the_log_gives_the_day_itself(log: SmallLog) -> None:
    found = silence_of(folder_fetch(log.folder), log.policy.read_text("utf-8"), None)
    assert found.as_of == datetime.fromtimestamp(SECOND_DAY, UTC).date()
    assert (
        silence.lines(silence_of(folder_fetch(log.folder), log.policy.read_text("utf-8"), date(2018, 3, 16))) == BLOCK
    )


def test_a_folder_that_is_no_log_is_told(tmp_path: Path) -> None:
    with pytest.raises(ObligationError, match="no checkpoint"):
        silence_of(folder_fetch(tmp_path), None, date(2018, 3, 16))


def test_without_a_day_and_without_a_policy_there_is_no_answer(log: SmallLog, tmp_path: Path) -> None:
    with pytest.raises(ObligationError, match="--as-of"):
        silence_of(folder_fetch(log.folder), None, None)


def test_the_head_seen_is_the_published_one(log: SmallLog, tmp_path: Path) -> None:
    assert int(head_of(folder_fetch(log.folder))["size"]) > 0
    empty = tmp_path / "empty"
    empty.mkdir()
    assert head_of(folder_fetch(empty))["size"] == 0
