"""What somebody would try: another's ids, another's offer, the database itself, yesterday's messages, a moved row."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import serializers
from django.db import DatabaseError, IntegrityError, connection, transaction

from answerable.casework import actions, gate, queries, reads
from answerable.casework import models as rows
from answerable.casework.errors import (
    AlteredError,
    CaseworkError,
    NotAllowedError,
    NotSignedError,
    NotYoursError,
    WrongStageError,
)
from answerable.sealing.errors import SealingError
from answerable.sealing.place import COMPARTMENTS, Compartment, Field
from answerable.sealing.place import Record as Kind
from tests.casework.conftest import BOTH
from tests.casework.test_flow import propose, with_assessor
from tests.casework.world import DAY, Desk, day, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


def refused_by_database(sql: str, *values: object) -> None:
    """The statement fails on the database itself, whatever program sends it."""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_ids_of_others_open_nothing_and_answer_alike(desk: Desk) -> None:
    # Given a report, a case, an offer and a decision
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case)
    absent = draw(16).hex()
    stranger = desk.staff["worker"]
    # When somebody with no part in it asks for them, or for what never was, the answers are equal
    for handle in (reporter.handle, case.handle, absent):
        assert gate.find(stranger.person, handle, on=day(desk.now)) is None
        assert queries.record_page(stranger.person, handle, on=day(desk.now)) is None
        assert queries.takers(stranger.person, handle, on=day(desk.now)) == []
        assert queries.new_case_holders(stranger.person, handle, on=day(desk.now)) is None
        assert queries.epoch_holders(stranger.person, handle, NARRATIVE, on=day(desk.now)) is None
        for part in Compartment:
            assert actions.fetch_wrap(stranger.person, handle, part, now=desk.now) is None
        with pytest.raises(NotYoursError) as said:
            stranger.do("recuse", handle)
        assert str(said.value) == "there is nothing here. Go back to the list"
    for handle in (made.handle, absent):
        with pytest.raises(NotYoursError):
            stranger.do("review_decision", handle, agrees=True, review=None, on=case.handle)
    # And neither left a trace that differs
    assert not rows.Read.objects.filter(person=stranger.person.handle).exists()
    assert queries.queue(stranger.person, on=day(desk.now)).rows == ()
    assert queries.duties(stranger.person, on=day(desk.now)) == []


def test_one_query_for_what_is_sealed_and_for_what_is_absent(desk: Desk, django_assert_num_queries: object) -> None:
    reporter = desk.taken_in()
    for handle in (reporter.handle, draw(16).hex(), "nonsense"):
        with django_assert_num_queries(1):  # type: ignore[operator]
            assert gate.find(desk.staff["worker"].person, handle, on=day(desk.now)) is None


def test_a_missing_owner_is_not_a_missing_person(desk: Desk) -> None:
    reporter = desk.taken_in()
    assert not rows.Ownership.objects.exists()
    assert queries.person_of(AnonymousUser()) is None
    assert queries.person_of(None) is None
    for nobody in (None, rows.Person()):
        assert gate.find(nobody, reporter.handle, on=day(desk.now)) is None
    record = rows.Record.objects.get(handle=reporter.handle)
    assert not any(gate.owns(nobody, record) for nobody in (None, rows.Person()))


def test_an_offer_is_answered_by_the_person_it_was_made_to(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    case = officer.take(reporter.handle)
    with pytest.raises(NotAllowedError):
        officer.do("offer_handover", case.handle, desk.staff["assessor"].person, "intake_officer")
    with pytest.raises(NotAllowedError):
        officer.do("offer_handover", case.handle, desk.staff["second"].person, "reviewer")
    offer = officer.do("offer_handover", case.handle, colleague.person, "intake_officer")
    # An answer signed for another act, for another record, or signed once and sent twice
    with pytest.raises(NotSignedError):
        actions.accept_handover(
            colleague.person, offer.handle, signed=colleague.sign("decline_handover", case.handle), now=desk.now
        )
    with pytest.raises(NotSignedError):
        actions.accept_handover(
            colleague.person, offer.handle, signed=colleague.sign("accept_handover", reporter.handle), now=desk.now
        )
    with pytest.raises(NotSignedError):
        actions.accept_handover(
            colleague.person, offer.handle, signed=officer.sign("accept_handover", case.handle), now=desk.now
        )
    signed = colleague.sign("accept_handover", case.handle)
    actions.accept_handover(colleague.person, offer.handle, signed=signed, now=desk.now)
    again = colleague.do("offer_handover", case.handle, officer.person, "intake_officer")
    with pytest.raises(NotSignedError, match="sent before"):
        actions.decline_handover(
            officer.person,
            again.handle,
            signed=replace(officer.sign("decline_handover", case.handle), nonce=signed.nonce),
            now=desk.now,
        )


def test_the_database_refuses_two_owners_and_two_offers(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = desk.staff["officer"].take(reporter.handle)
    owner = rows.Ownership.objects.get(record=case)
    other = rows.Act.objects.filter(record=case).exclude(pk=owner.act_id).first()
    assert other is not None
    refused_by_database(
        "INSERT INTO casework_ownership (record_id, person_id, role, since, until, act_id)"
        " VALUES (%s, %s, 'assessor', %s, NULL, %s)",
        case.pk, desk.staff["assessor"].person.pk, day(desk.now), other.pk,
    )  # fmt: skip


def test_the_database_refuses_an_ending_without_its_parts(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    made = propose(desk, reporter, case)
    act = rows.Act.objects.filter(record=case).first()
    assert act is not None
    value = made.reasons_id
    # The stage alone, with and without naming a decision that is only proposed
    refused_by_database("UPDATE casework_record SET stage = 'no_further_action' WHERE id = %s", case.pk)
    refused_by_database(
        "UPDATE casework_record SET stage = 'no_further_action', decision_id = %s WHERE id = %s", made.pk, case.pk
    )
    whole = f"state = 'made', made = '{day(desk.now)}', act_id = {act.pk}, review_id = {value}, agrees = true"
    for without in (
        "reviewer_id = NULL",
        "reviewer_id = proposer_id",
        "reasons_id = NULL",
        "notice_id = NULL",
        "review_id = NULL",
        "agrees = NULL",
        "agrees = false",
        "appeal_until = NULL",
        f"appeal_until = '{day(desk.now)}'",
        "appeal_route = ''",
        "outcome = 'not_substantiated'",
        "act_id = NULL",
        "made = NULL",
    ):
        column = without.split(" =")[0]
        parts = [part for part in whole.split(", ") if not part.startswith(f"{column} =")]
        refused_by_database(f"UPDATE casework_decision SET {', '.join([*parts, without])} WHERE id = %s", made.pk)
    # With every part it is one, and then never changes
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE casework_decision SET {whole} WHERE id = %s", [made.pk])
    refused_by_database("UPDATE casework_decision SET outcome = 'proceed' WHERE id = %s", made.pk)


def test_the_database_refuses_a_report_that_the_register_does_not_hold(desk: Desk) -> None:
    reporter = desk.taken_in()
    for column in ("leaf", "idx", "origin"):
        refused_by_database(f"UPDATE casework_record SET {column} = NULL WHERE handle = %s", reporter.handle)
    other, incoming = desk.report()
    known = rows.Record.objects.get(handle=reporter.handle)
    with pytest.raises(AlteredError):
        actions.take_in(replace(incoming, idx=known.idx), now=desk.now)
    assert not rows.Record.objects.filter(handle=other.handle).exists()


def test_a_victim_file_has_no_case(desk: Desk) -> None:
    from answerable.sealing.envelope import Kind as Sent

    reporter = desk.taken_in()
    helped = desk.taken_in(kind=Sent.HELP)
    case = desk.staff["officer"].take(reporter.handle)
    refused_by_database("UPDATE casework_record SET case_id = %s WHERE handle = %s", case.pk, helped.handle)
    assert gate.find(desk.staff["officer"].person, helped.handle, on=day(desk.now)) is None
    assert desk.staff["worker"].open(helped.handle, Compartment.VICTIM_IDENTITY, Kind.FILE) == [b"what happened"]


def test_the_same_submission_again_changes_nothing(desk: Desk) -> None:
    reporter, incoming = desk.report(files=[b"picture"])
    first = actions.take_in(incoming, now=desk.now)
    counts = [model.objects.count() for model in (rows.Record, rows.Value, rows.File, rows.Submission, rows.Wrap)]
    again = actions.take_in(incoming, now=desk.now)
    assert (again.record, again.new) == (first.record, False)
    assert counts == [
        model.objects.count() for model in (rows.Record, rows.Value, rows.File, rows.Submission, rows.Wrap)
    ]
    assert actions.take_in(reporter.adds(b"more"), now=desk.now).new


@pytest.mark.parametrize("part", ["leaf", "opening_key", "envelope", "event", "record"])
def test_what_is_not_what_the_register_holds_is_not_taken_in(desk: Desk, part: str) -> None:
    _, incoming = desk.report()
    _, other = desk.report()
    changed = {
        "leaf": replace(incoming, leaf=draw(32)),
        "opening_key": replace(incoming, opening_key=draw(32)),
        "envelope": replace(incoming, envelope=other.envelope),
        "event": replace(incoming, event={**incoming.event, "channel": "web"}),
        "record": replace(incoming, event={**incoming.event, "case": draw(16).hex()}),
    }[part]
    with pytest.raises(AlteredError):
        actions.take_in(changed, now=desk.now)
    assert not rows.Record.objects.exists()
    # What was kept for it is swept: not at once, but once it was seen twice
    seen = actions.sweep()
    assert not actions.sweep(seen)
    assert not rows.Wrap.objects.exists()


def test_what_comes_before_its_record_waits(desk: Desk) -> None:
    reporter = desk.taken_in()
    addition = reporter.adds(b"more")
    rows.Record.objects.filter(handle=reporter.handle).update(handle=draw(16).hex())
    with pytest.raises(WrongStageError):
        actions.take_in(addition, now=desk.now)


def test_a_row_of_ciphertext_moved_elsewhere_does_not_open(desk: Desk) -> None:
    one, two = desk.taken_in(b"one"), desk.taken_in(b"two")
    officer = desk.staff["officer"]
    values = rows.Value.objects.filter(compartment=int(NARRATIVE), field=int(Field.FORM))
    mine, other = values.get(record__handle=one.handle), values.get(record__handle=two.handle)
    rows.Value.objects.filter(pk=mine.pk).update(sealed=other.sealed)
    with pytest.raises(SealingError):
        officer.open(one.handle, NARRATIVE, Kind.REPORT)
    # Nor does a wrap of another record, compartment or person
    rows.Value.objects.filter(pk=mine.pk).update(sealed=mine.sealed)
    wraps = rows.Wrap.objects.filter(compartment=int(NARRATIVE), holder=officer.person.handle)
    wraps.filter(record=one.handle).update(wrap=wraps.get(record=two.handle).wrap)
    with pytest.raises(SealingError):
        officer.open(one.handle, NARRATIVE, Kind.REPORT)


def test_whoever_is_struck_out_stays_out_for_good(desk: Desk) -> None:
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    reporter = desk.taken_in(struck=[officer])
    assert gate.find(officer.person, reporter.handle, on=day(desk.now)) is None
    assert reporter.handle not in {row.handle for row in queries.queue(officer.person, on=day(desk.now)).rows}
    assert not rows.Wrap.objects.filter(record=reporter.handle, holder=officer.person.handle).exists()
    # Not by a colleague's grant, not by a role in the case, not by taking it over, not under new keys
    given = colleague.give(reporter.handle, NARRATIVE, Kind.REPORT, officer)
    with pytest.raises(NotAllowedError, match="not entitled"):
        colleague.do("grant", reporter.handle, NARRATIVE, officer.person, [(one.epoch, one.wrapped) for one in given])
    case = colleague.take(reporter.handle)
    with pytest.raises(NotAllowedError):
        colleague.do("offer_handover", case.handle, officer.person, "intake_officer")
    rows.Assignment.objects.create(person=officer.person, role="assessor", record=case, since=day(desk.now))
    for handle in (reporter.handle, case.handle):
        assert gate.find(officer.person, handle, on=day(desk.now)) is None
    assert queries.duties(officer.person, on=day(desk.now)) == []


def test_whoever_is_revoked_has_nothing(desk: Desk) -> None:
    chief = desk.hire("chief", "administrator")
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    case = officer.take(reporter.handle)
    with pytest.raises(NotAllowedError):
        actions.revoke(officer.person, desk.staff["colleague"].person, now=desk.now)
    with pytest.raises(NotAllowedError):
        actions.revoke(chief.person, chief.person, now=desk.now)
    actions.revoke(chief.person, officer.person, now=desk.now)
    officer.person.refresh_from_db()
    assert not officer.person.user.is_active
    assert not rows.Wrap.objects.filter(holder=officer.person.handle).exists()
    for handle in (reporter.handle, case.handle):
        assert gate.find(officer.person, handle, on=day(desk.now)) is None
    # A new epoch is wanted of whatever they held, and a colleague may take the case
    assert rows.Grant.objects.filter(person=None, done=None).count() == 6
    assert [row.handle for row in queries.replacements(desk.staff["colleague"].person, on=day(desk.now))] == [
        case.handle
    ]


def test_a_role_that_ended_yesterday_opens_nothing_today(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    rows.Assignment.objects.filter(person=officer.person).update(until=day(desk.now) + timedelta(days=1))
    assert gate.find(officer.person, reporter.handle, on=day(desk.now)) is not None
    assert gate.find(officer.person, reporter.handle, on=day(desk.now + DAY)) is None


def test_new_keys_let_nobody_keep_the_old_ones(desk: Desk) -> None:
    from answerable.casework.shapes import KeySet

    reporter = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    actions.set_keys(officer.person, KeySet(draw(32), draw(32), draw(16), b"x", b"y"), now=desk.now)
    assert not rows.Wrap.objects.filter(holder=officer.person.handle).exists()
    wanted = queries.grants_wanted(colleague.person, on=day(desk.now))
    assert {(row.handle, row.person) for row in wanted} == {(reporter.handle, officer.person.handle)}
    with pytest.raises(NotAllowedError):
        actions.set_keys(colleague.person, KeySet(officer.public, draw(32), draw(16), b"x", b"y"), now=desk.now)


def test_keys_of_a_new_case_go_to_those_who_may_have_them_and_to_recovery(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer, worker = desk.staff["officer"], desk.staff["worker"]
    case = draw(16)
    holders = [(officer.person.holder, officer.public)]
    wrong = [
        [
            officer.new_key(case, Kind.CASE, part, [*holders, (worker.person.holder, worker.public)])
            for part in COMPARTMENTS[Kind.CASE]
        ],
        [officer.new_key(case, Kind.CASE, part, []) for part in COMPARTMENTS[Kind.CASE]],
        [officer.new_key(case, Kind.CASE, NARRATIVE, holders)],
        [officer.new_key(case, Kind.CASE, part, holders, epoch=2) for part in COMPARTMENTS[Kind.CASE]],
    ]
    for keys in wrong:
        with pytest.raises(CaseworkError):
            officer.do("take_report", reporter.handle, keys=keys, case=case)
    assert not rows.Record.objects.filter(kind="case").exists()


def test_a_report_is_taken_once(desk: Desk) -> None:
    reporter = desk.taken_in()
    case = desk.staff["officer"].take(reporter.handle)
    with pytest.raises(CaseworkError):
        desk.staff["colleague"].take(reporter.handle)
    assert rows.Record.objects.filter(kind="case").get() == case


def test_a_read_cannot_be_taken_back(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    for _ in range(3):
        officer.open(reporter.handle, NARRATIVE, Kind.REPORT)
    assert actions.clocks_once(desk.now + DAY) == []
    assert rows.ReadsHead.objects.get().count == 3
    assert reads.verify() == []
    refused_by_database("UPDATE casework_read SET person = 'nobody' WHERE n = 2")
    with transaction.atomic():
        rows.Read.objects.filter(n=2).delete()
        assert reads.verify()
        transaction.set_rollback(True)
    with transaction.atomic():
        rows.Read.objects.filter(n=3).delete()
        assert reads.verify() == [f"the reads until {day(desk.now)} are not those whose head is in the register"]
        transaction.set_rollback(True)


def test_an_original_is_opened_for_a_reason(desk: Desk) -> None:
    reporter, incoming = desk.report(files=[b"picture"])
    actions.take_in(incoming, now=desk.now)
    officer = desk.staff["officer"]
    file = rows.File.objects.get()
    with pytest.raises(NotAllowedError, match="say why"):
        actions.file_body(officer.person, reporter.handle, file.handle, now=desk.now)
    path = actions.file_body(officer.person, reporter.handle, file.handle, reason="no_cleaned_copy", now=desk.now)
    assert path is not None
    assert path.read_bytes() == next(iter(reporter.bodies.values()))
    assert rows.Read.objects.get(object=file.handle).act == "open_original"
    other = desk.taken_in()
    assert actions.file_body(officer.person, other.handle, file.handle, reason="no_cleaned_copy", now=desk.now) is None
    assert actions.file_body(desk.staff["worker"].person, reporter.handle, file.handle, now=desk.now) is None


def test_no_word_of_hers_is_in_any_table_log_export_or_error(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    canary = "Kanarienvogel canary 金丝雀"
    forms = [form for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le") if (form := canary.encode(code))]
    with caplog.at_level(logging.DEBUG):
        reporter = desk.taken_in(canary.encode())
        case = with_assessor(desk, reporter)
        made = propose(desk, reporter, case)
        assert desk.staff["assessor"].open(reporter.handle, NARRATIVE, Kind.REPORT)[0] == canary.encode()
        page = queries.record_page(desk.staff["assessor"].person, case.handle, on=day(desk.now))
    everything = [row for name in rows.__all__ if name != "Role" for row in getattr(rows, name).objects.all()]
    said = [
        serializers.serialize("json", everything).encode(),
        caplog.text.encode(),
        repr(page).encode(),
        repr(made).encode(),
    ]
    said += [bytes(value.sealed) for value in rows.Value.objects.all()]
    said += [path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()]
    assert [form for form in forms for one in said if form in one or form.hex().encode() in one] == []
    # The control: the same search finds what is plain
    assert any(case.name.encode() in one for one in said)


def test_the_unique_constraints_hold_for_a_place(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"]
    message = officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"one")
    officer.do("write_to_person", reporter.handle, message=message)
    with pytest.raises(WrongStageError, match="in this place"):
        officer.do("write_to_person", reporter.handle, message=message)
    value = rows.Value.objects.filter(field=int(Field.MESSAGE)).get()
    value.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        value.save()


def test_a_wrap_for_granting_comes_without_ciphertext_and_asks_for_no_tie(desk: Desk) -> None:
    reporter = desk.taken_in()
    officer = desk.staff["officer"].person
    accused = Compartment.ACCUSED_IDENTITY
    given = actions.fetch_wrap(officer, reporter.handle, accused, act="grant", now=desk.now)
    assert given is not None
    assert given.wraps
    assert (given.values, given.files) == ((), ())
    assert queries.pending_tie(officer) is None
    assert rows.Read.objects.get().act == "grant"
    # Nor does any other act that somebody may do here give a wrap
    case = desk.staff["officer"].take(reporter.handle)
    for act in ("add", "decide", "review", "release", ""):
        assert actions.fetch_wrap(officer, case.handle, Compartment.DELIBERATION, act=act, now=desk.now) is None
