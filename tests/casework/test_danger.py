"""Somebody says that someone is in danger: at first or in a later message, it wakes until a person has answered."""

from __future__ import annotations

import pytest

from answerable.casework import actions, queries
from answerable.casework import models as rows
from answerable.sealing.envelope import Kind
from answerable.sealing.place import Compartment, Field
from tests.casework.conftest import BOTH
from tests.casework.world import Desk, Reporter, Staff, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]


def answer(officer: Staff, her: Reporter, text: bytes) -> None:
    message = officer.seal(her.handle, Compartment.NARRATIVE, Field.MESSAGE, text)
    officer.do("write_to_person", her.handle, message=message)


def test_a_later_message_that_says_so_wakes_until_it_is_answered(desk: Desk) -> None:
    # Given a report that was answered, and a message in which she says that she is not safe
    officer = desk.staff["officer"]
    her = desk.taken_in()
    officer.take(her.handle)
    answer(officer, her, b"we read it")
    actions.take_in(her.adds(b'{"check_in":"no"}'), now=desk.now)
    # Then nobody is woken: nobody but its readers can know
    assert not queries.someone_in_danger()
    # When she says in clear that someone is in danger
    said = her.adds(b"he is at the door", urgent=True)
    actions.take_in(said, now=desk.now)
    # Then whoever is on duty is woken, and finds it above all else; the same again changes nothing
    actions.take_in(said, now=desk.now)
    assert queries.someone_in_danger()
    (row,) = queries.in_danger(officer.person, on=day(desk.now))
    assert (row.handle, row.urgent) == (her.handle, True)
    # And an answer ends it; that it was said stays with the record
    answer(officer, her, b"somebody is on the way")
    assert not queries.someone_in_danger()
    assert rows.Record.objects.get(handle=her.handle).urgent


def test_only_she_wakes_and_what_she_took_back_wakes_nobody(desk: Desk) -> None:
    her = desk.taken_in()
    # When somebody else than she adds the mark to her record, then it takes no effect
    her.seed, own = bytes(32), her.seed
    actions.take_in(her.adds(b"wake them", urgent=True), now=desk.now)
    assert not queries.someone_in_danger()
    # And when she takes back what she marked herself, nobody is woken any more
    her.seed = own
    actions.take_in(her.adds(b"he is here", urgent=True), now=desk.now)
    assert queries.someone_in_danger()
    actions.take_in(her.adds(b"", kind=Kind.WITHDRAWAL), now=desk.now)
    assert not queries.someone_in_danger()
