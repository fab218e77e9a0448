"""A reporter party that was taken over sends the desk whatever it likes, all of it properly in the register."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import override_settings

from answerable.casework.actions.chains import setting
from answerable.casework.errors import AlteredError
from answerable.casework.models import File, Record
from answerable.errors import AnswerableError
from answerable.ledger.models import OpeningKey
from answerable.sealing.signing import sign
from tests.desk.world import Enclosed, Report, World

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Any:
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made


def test_evidence_that_the_desk_holds_is_never_overwritten(desk: World) -> None:
    # Given a report with a file, which the desk holds
    first = Report(desk, enclosed=[Enclosed("a.pdf", "application/pdf", b"evidence" * 999)])
    first.take_in(1)
    (kept,) = File.objects.all()
    before = (setting("files") / kept.handle).read_bytes()
    # When another report names that file's id, with other bytes of another length
    second = Report(desk, enclosed=[Enclosed("b.pdf", "application/pdf", b"x")])
    (theirs,) = second.envelope.files
    named = replace(theirs, id=first.envelope.files[0].id)
    second.envelope = sign(replace(second.envelope, files=(named,)), second.seed)
    second.bodies[named.id] = second.bodies[theirs.id]
    second.take_in(2)
    # Then both are here, each with its own: the evidence is what it was, and the name kept nobody out
    assert (setting("files") / kept.handle).read_bytes() == before
    other = File.objects.exclude(handle=kept.handle).get()
    assert (setting("files") / other.handle).read_bytes() == second.bodies[named.id]
    assert Record.objects.count() == 2


def test_a_body_that_is_not_what_was_committed_to_is_not_kept(desk: World) -> None:
    report = Report(desk, enclosed=[Enclosed("a.pdf", "application/pdf", b"evidence" * 999)])
    (named,) = report.envelope.files
    report.bodies[named.id] = report.bodies[named.id][:-1] + b"\0"
    with pytest.raises(AlteredError):
        report.take_in(1)
    assert not Record.objects.exists()
    assert [path.name for path in setting("files").iterdir()] == []


def test_a_second_first_event_of_a_record_takes_nothing_away_from_it(desk: World) -> None:
    # Given a report that the desk holds, and the key of its chain
    first = Report(desk)
    first.take_in(1)
    before = bytes(OpeningKey.objects.using("keys").get(handle=first.handle).wrapped)
    # When the reporter party enters a second beginning of the same record
    second = Report(desk)
    second.keys = first.keys
    second.handle = first.handle
    second.envelope = sign(replace(second.envelope, record=bytes.fromhex(first.handle)), second.seed)
    with pytest.raises(AnswerableError):
        second.take_in(2)
    # Then the record and its key are what they were
    assert bytes(OpeningKey.objects.using("keys").get(handle=first.handle).wrapped) == before
    assert Record.objects.count() == 1


def test_a_file_that_is_gone_is_said_and_nothing_is_kept(desk: World) -> None:
    report = Report(desk, enclosed=[Enclosed("a.pdf", "application/pdf", b"evidence")])
    report.bodies = {named.id: b"" for named in report.envelope.files}
    with pytest.raises(AnswerableError):
        report.take_in(1)
    assert not Record.objects.exists()
