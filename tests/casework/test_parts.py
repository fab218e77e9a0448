"""Names, folding, counting, shredding, inviting: the smaller parts, each by itself."""

from __future__ import annotations

import inspect
from datetime import date

import pytest
from django.db import models as fields
from hypothesis import given
from hypothesis import strategies as st

from answerable.casework import actions, counts, folding, names, reads, shredder
from answerable.casework import models as rows
from answerable.casework import openings as opening
from answerable.casework.errors import CaseworkError, NotAllowedError
from answerable.ledger.models import BytesField, Event
from answerable.procedures.check import check
from answerable.record import commit, tree
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.place import Compartment
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import BOTH
from tests.casework.test_flow import propose, with_assessor
from tests.casework.world import DAY, Desk, day

database = pytest.mark.database
both = pytest.mark.django_db(databases=BOTH)


@given(st.binary(min_size=8, max_size=8), st.integers(0, 3))
def test_a_name_is_two_words_and_never_one_that_is_taken(seed: bytes, taken: int) -> None:
    drawn: list[str] = []

    def used(name: str) -> bool:
        drawn.append(name)
        return len(drawn) <= taken * 20

    found = names.name(lambda size: seed[:size], used)
    assert found == drawn[-1]
    assert len(found.split()) == (2 if taken < 2 else 3)


def test_words_of_names_are_apart() -> None:
    assert len(set(names.FIRST)) == len(names.FIRST)
    assert len(set(names.SECOND)) == len(names.SECOND)
    assert not set(names.FIRST) & set(names.SECOND)


def test_the_procedures_are_whole() -> None:
    found = folding.rules().collection.sound()
    assert {one.name for one in found.procedures} == {
        "intake",
        "help",
        "assessment",
        "withdrawal",
        "withdrawal-of-help",
    }
    assert all(party in {rule.by for one in found.procedures for rule in one.acts} for party in folding.ROLES)


@pytest.mark.parametrize("quarter", ["2026-Q5", "2026", "", "26-Q1", "2026-Q0"])
def test_a_quarter_is_written_in_one_way(quarter: str) -> None:
    with pytest.raises(CaseworkError):
        counts.days(quarter)


@given(st.integers(1, 9998), st.integers(1, 4))
def test_quarters_follow_one_another(year: int, number: int) -> None:
    first, after = counts.days(f"{year:04d}-Q{number}")
    following = f"{year + number // 4:04d}-Q{number % 4 + 1}"
    assert first < after == counts.days(following)[0]


@database
@both
def test_the_totals_are_whole_whatever_became_of_a_report(desk: Desk) -> None:
    # Given one that waits, one joined, one ended by decision, one erased, one withdrawn after it was read; and help
    desk.taken_in()
    waiting, incoming = desk.report()
    actions.take_in(incoming, now=desk.now)
    desk.staff["officer"].take(desk.taken_in().handle)
    ended = desk.taken_in()
    case = with_assessor(desk, ended)
    made = propose(desk, ended, case)
    second = desk.staff["second"]
    review = second.seal(case.handle, Compartment.DELIBERATION, _field("REVIEW"), b"yes")
    read = second.noticed(made)
    second.do("review_decision", made.handle, agrees=True, review=review, notices=read, on=case.handle)
    actions.take_in(desk.taken_in().adds(b"", Sent.WITHDRAWAL), now=desk.now)
    desk.taken_in(kind=Sent.HELP)
    # Then each is counted once
    found = counts.totals("2026-Q1")
    assert found == counts.Totals(received=5, joined=1, ended=1, waiting=2, erased=1)
    assert found.whole
    assert counts.check("2026-Q1") == []
    assert counts.totals("2026-Q2") == counts.Totals(0, 0, 0, 0, 0)
    # And small numbers are withheld together
    said = counts.statement("2026-Q1", threshold=5, now=desk.now)
    assert (said["received"], said["joined"], said["ended"], said["waiting"], said["erased"]) == (5, 1, 1, None, None)
    said = counts.statement("2026-Q1", threshold=0, now=desk.now)
    assert (said["waiting"], said["erased"], said["recoveries"]) == (2, 1, 0)
    # And against the register's own openings, one that is missing shows
    openings = [_opening(one) for one in rows.Record.objects.filter(kind="report")]
    assert counts.check("2026-Q1", openings) == []
    assert counts.check("2026-Q1", openings[1:]) == ["the register opens to 3 reports and 1 were erased; 5 are counted"]
    assert waiting.handle
    # And the openings that auditors are given are of every entry that is here, each of the leaf it stands for
    given = list(opening.lines())
    assert counts.check("2026-Q1", given) == []
    leaves = {tree.leaf_hash(commit.open_entry(one)[0]) for one in given}
    here = {bytes(leaf) for leaf in rows.Submission.objects.values_list("leaf", flat=True)}
    here |= {bytes(leaf) for leaf in Event.objects.using("default").values_list("outbox__leaf_hash", flat=True)}
    assert leaves == here
    assert len(given) == len(leaves) > 5


def test_the_last_audit_of_a_quarter_says_how_many_slots_were_audited() -> None:
    def audit(quarter: str, start: int, stop: int) -> dict[str, object]:
        return {"kind": "slots.audited", "period": quarter, "from": start, "to": stop}

    entries = [audit("2026-Q1", 0, 90), audit("2026-Q2", 90, 100), audit("2026-Q1", 0, 96), {"kind": "log.opened"}]
    assert [counts.audited(entries, quarter) for quarter in ("2026-Q1", "2026-Q2", "2026-Q3")] == [96, 10, 0]


def _field(name: str) -> object:
    from answerable.sealing.place import Field

    return Field[name]


def _opening(record: rows.Record) -> bytes:
    import json

    from answerable.casework.actions.chains import wrapping
    from answerable.ledger.actions.wrapping import opening_key

    key = opening_key(record.handle, wrapping())
    return commit.full_opening(json.loads(bytes(record.origin or b"")), commit.case_event_key(key, 0))


@database
@both
def test_a_statement_that_is_not_whole_is_not_made(desk: Desk) -> None:
    reporter = desk.taken_in()
    desk.staff["officer"].take(reporter.handle)
    rows.Record.objects.filter(handle=reporter.handle).update(case=None)
    with pytest.raises(CaseworkError, match="do not agree"):
        counts.statement("2026-Q1", threshold=0, now=desk.now)


def test_every_table_with_sealed_or_personal_data_can_be_shredded() -> None:
    listed = {one.model: one for one in shredder.listing()}
    models = {
        model.__name__: model
        for model in vars(rows).values()
        if inspect.isclass(model) and issubclass(model, fields.Model)
    }
    assert set(listed) == set(models)
    for name, model in models.items():
        known = {field.name for field in model._meta.get_fields()}
        assert set(listed[name].fields) <= known, name
        bare = [
            field.name
            for field in model._meta.fields
            if (isinstance(field, BytesField) or field.related_model in (rows.Person, rows.Invitation))
            and field.name not in listed[name].fields
            and listed[name].what == "sealed"
        ]
        # A sealed table lists every column of bytes, but for what only says where something is.
        assert bare in ([], ["person"], ["sha256"]), name


@database
@both
def test_shredding_destroys_every_wrap_and_may_be_repeated(desk: Desk) -> None:
    reporter, incoming = desk.report(files=[b"picture"])
    actions.take_in(incoming, now=desk.now)
    officers = (desk.staff["officer"].person, desk.staff["colleague"].person)
    evidence = Compartment.EVIDENCE
    with pytest.raises(NotAllowedError):
        shredder.shred(reporter.handle, [evidence], reason="court", authority=b"", officers=(officers[0], officers[0]))
    found = shredder.shred(
        reporter.handle, [evidence], reason="court", authority=b"order", officers=officers, now=desk.now
    )
    assert (found.files, found.values) == (1, 2)
    again = shredder.shred(
        reporter.handle, [evidence], reason="court", authority=b"order", officers=officers, now=desk.now
    )
    assert (again.wraps, again.files) == (0, 0)
    assert rows.Act.objects.filter(kind="case.shredded").count() == 1
    assert not rows.Wrap.objects.filter(record=reporter.handle, compartment=int(evidence)).exists()
    assert not list((desk.folder / "files").iterdir())
    opened = actions.fetch_wrap(officers[0], reporter.handle, evidence, now=desk.now)
    assert opened is not None
    assert not opened.wraps
    # The rest is as it was
    narrative = desk.staff["officer"].open(reporter.handle, Compartment.NARRATIVE, Kind.REPORT)
    assert narrative == [b"what happened"]


@database
@both
def test_two_people_invite_and_neither_of_them_is_the_same(desk: Desk) -> None:
    one = actions.accept_invitation(actions.found("ada", "administrator", now=desk.now), "correct horse staple 1")
    token = actions.found("bea", "administrator", now=desk.now)
    kept = actions.found("ada", "administrator", now=desk.now)
    two = actions.accept_invitation(token, "correct horse staple 2", now=desk.now)
    with pytest.raises(NotAllowedError, match="two administrators"):
        actions.found("eve", "administrator", now=desk.now)
    with pytest.raises(NotAllowedError, match="has been used"):
        actions.accept_invitation(token, "correct horse staple 3", now=desk.now)
    # And a link that the command printed before, for one of them even, makes nobody once two can invite
    with pytest.raises(NotAllowedError, match="has run out"):
        actions.accept_invitation(kept, "correct horse staple 3", now=desk.now)
    assert one.user.check_password("correct horse staple 1")
    invited = actions.propose_invitation(one, "cem", "assessor", {"line": "x", "is_staff": True}, now=desk.now)
    assert invited.facts == {"line": "x"}
    with pytest.raises(NotAllowedError, match="does not second"):
        actions.second_invitation(one, invited.handle, now=desk.now)
    with pytest.raises(NotAllowedError):
        actions.propose_invitation(desk.staff["officer"].person, "dan", "assessor", {}, now=desk.now)
    token = actions.second_invitation(two, invited.handle, now=desk.now)
    with pytest.raises(CaseworkError):
        actions.accept_invitation(token, "short", now=desk.now)
    person = actions.accept_invitation(token, "correct horse staple 4", now=desk.now)
    assert (person.line, person.user.is_active) == ("x", True)
    with pytest.raises(NotAllowedError):
        actions.assign(one, one, "intake_officer", now=desk.now)


@database
@both
def test_the_chain_of_reads_is_the_one_that_is_specified(desk: Desk) -> None:
    from hashlib import sha256

    reporter = desk.taken_in()
    desk.staff["officer"].open(reporter.handle, Compartment.NARRATIVE, Kind.REPORT)
    row = rows.Read.objects.get()
    body = (
        f'{{"act":"read","at":"{row.at}","compartment":"narrative","n":1,"object":"","person":"{row.person}",'
        f'"reason":"","record":"{reporter.handle}","role":"intake_officer"}}'
    )
    assert row.h == sha256(b"answerable/read/v1" + bytes(32) + body.encode()).digest()
    assert reads.step(reads.START, {name: getattr(row, name) for name in reads.FIELDS}) == row.h


@database
@both
def test_the_index_of_duties_is_the_fold_after_it_is_made_anew(desk: Desk) -> None:
    reporter = desk.taken_in()
    with_assessor(desk, reporter)
    desk.now += 40 * DAY
    actions.clocks_once(desk.now)
    actions.clocks_once(desk.now)
    assert actions.index_differs(desk.now) == []
    before = sorted(rows.Duty.objects.values_list("record", "act", "trigger", "after", "state", "due"))
    rows.Duty.objects.all().delete()
    assert actions.index_differs(desk.now) != []
    assert actions.rebuild_duties(desk.now) == len(before)
    assert sorted(rows.Duty.objects.values_list("record", "act", "trigger", "after", "state", "due")) == before


def test_the_calendar_knows_the_days_that_matter() -> None:
    calendar = folding.rules().collection.calendars["desk"]
    assert calendar.is_working_day(date(2026, 3, 2))
    assert check(folding.rules().collection) is not None
    assert day(0) == date(1970, 1, 1)
