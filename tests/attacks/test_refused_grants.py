"""Somebody who may let others in uses that to lock colleagues out, by an act that is refused and so leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from answerable.casework import actions
from answerable.casework.actions import grants
from answerable.casework.errors import NotAllowedError, WrongStageError
from answerable.casework.models import Act, Grant, Read, Wrap
from answerable.casework.shapes import Given
from answerable.sealing.place import Compartment
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import staffed
from tests.casework.test_flow import propose, with_assessor
from tests.casework.world import Desk, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
NARRATIVE, DELIBERATION = Compartment.NARRATIVE, Compartment.DELIBERATION


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    with made.in_force():
        yield staffed(made)


def spoilt(given: list[Given]) -> list[Given]:
    """Wraps that open for nobody."""
    return [replace(one, wrapped=replace(one.wrapped, wrap=one.wrapped.wrap[:-1] + b"\0")) for one in given]


def kept() -> dict[tuple[Any, ...], bytes]:
    rows = Wrap.objects.values_list("record", "compartment", "epoch", "holder", "wrap")
    return {tuple(row[:4]): bytes(row[4]) for row in rows}


def test_an_offer_that_is_refused_destroys_no_key_of_a_colleagues(desk: Desk) -> None:
    # Given a case that is offered to a colleague, who holds keys of the report already
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    case = officer.take(reporter.handle)
    officer.do("offer_handover", case.handle, colleague.person, "intake_officer")
    before, acts, reads = kept(), Act.objects.count(), Read.objects.count()
    # When it is offered once more, with keys that open nothing, which is refused
    wraps = spoilt(officer.give(reporter.handle, NARRATIVE, Kind.REPORT, colleague))
    with pytest.raises(WrongStageError):
        officer.do("offer_handover", case.handle, colleague.person, "intake_officer", wraps=wraps)
    # Then nothing was written, keys included
    assert kept() == before
    assert (Act.objects.count(), Read.objects.count()) == (acts, reads)


def test_a_proposal_that_is_refused_destroys_no_key_of_the_reviewers(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    propose(desk, reporter, case)
    before = kept()
    wraps = spoilt(desk.staff["assessor"].give(case.handle, DELIBERATION, Kind.CASE, desk.staff["second"]))
    with pytest.raises((WrongStageError, NotAllowedError)):
        propose(desk, reporter, case, wraps=wraps)
    assert kept() == before


def test_a_grant_that_cannot_be_entered_destroys_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a grant whose row in the chain of reads cannot be written
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    before = kept()
    given = spoilt(officer.give(reporter.handle, NARRATIVE, Kind.REPORT, colleague))

    def full(*_arguments: object, **_named: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(grants, "note_read", full)
    # Then nobody's key is gone without that row
    with pytest.raises(OSError, match="no space"):
        officer.do("grant", reporter.handle, NARRATIVE, colleague.person, [(one.epoch, one.wrapped) for one in given])
    assert kept() == before


def test_a_new_key_is_not_thought_done_with_somebody_whose_access_ends_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a colleague who is to be shut out while a new key of the narrative is on its way to the server
    chief = desk.hire("chief", "administrator")
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    holders = [(officer.person.holder, officer.public), (colleague.person.holder, colleague.public)]
    hers = (bytes(16), reporter.public)
    key = officer.new_key(reporter.record, Kind.REPORT, NARRATIVE, [*holders, hers], epoch=2)
    begin = grants.deed

    def meanwhile(handle: str) -> Any:
        actions.revoke(chief.person, colleague.person, now=desk.now)
        return begin(handle)

    monkeypatch.setattr(grants, "deed", meanwhile)
    # Then it is refused: it would be wrapped to who has left, and the new one that is wanted would pass for made
    with pytest.raises(NotAllowedError, match="not entitled"):
        officer.do("new_epoch", reporter.handle, key)
    assert not Wrap.objects.filter(holder=colleague.person.handle).exists()
    assert Grant.objects.filter(compartment=int(NARRATIVE), person=None, done=None, wanted=day(desk.now)).exists()
