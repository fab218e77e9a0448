"""A report arrives: everything of it is kept, or nothing; its entry is in the same transaction."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from answerable.errors import AnswerableError
from answerable.intake import actions, events
from answerable.intake.errors import ConflictError, NothingOpens, RefusedError, WorkError
from answerable.intake.opening_box import open_key
from answerable.ledger.routers import INTAKE, alias_of
from answerable.record import ack, commit, tree
from answerable.sealing import envelope
from answerable.sealing.envelope import Channel
from answerable.sealing.place import Compartment, Field, Record
from tests.intake.world import NOW, Person, World, as_reporter, counts, give_indices, solved

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]


def test_a_report_is_kept_whole_and_promised(world: World, person: Person) -> None:
    # When she reports
    received = person.report(text="it was him")
    # Then she holds a signed promise about its leaf
    promised = ack.open_ack(received.ack, [world.ack.verifier])
    assert promised.leaf_hash.hex() == received.leaf
    assert received.include_by == promised.include_by
    # And finds her words, and the opening of her entry, in her mailbox
    box = person.open()
    read = dict(person.read(box))
    assert b"it was him" in [data for _, data in person.read(box)]
    entry, opened = commit.open_entry(read[Field.OPENING])
    assert tree.leaf_hash(entry).hex() == received.leaf
    assert opened.fields["ciphertext_sha256"]
    assert opened.fields["case"] == person.record.hex()
    # And the register is promised one entry
    assert counts() | {"bulletin": 0} == {
        **dict.fromkeys(counts(), 0),
        "mailbox": 1,
        "record": 1,
        "submission": 1,
        "compartment": 4,
        "wrap": 14,
        "value": 5,
        "ack": 1,
        "outbox": 1,
        "event": 1,
    }


@pytest.mark.parametrize("door", ["web", "plain", "assist", "carry-in"])
@pytest.mark.parametrize("kind", [Record.REPORT, Record.FILE])
def test_every_door_takes_both_kinds(world: World, door: str, kind: Record) -> None:
    someone = Person(world, kind, one_time=door == "assist")
    received = someone.report(door)
    assert someone.open().submissions[0].leaf.hex() == received.leaf
    assert someone.open().submissions[0].state == "committed"


def test_carry_gets_it_only_once_the_register_has_it(world: World, person: Person) -> None:
    made = person.envelope()
    with as_reporter():
        received = actions.receive(person.delivery(made), door="plain", now=NOW)
    # Given no index yet, carry gets nothing
    assert actions.next_outgoing() is None
    # When the register has it
    give_indices(7)
    # Then the very envelope comes out, with the key that opens its entry, for carry alone
    out = actions.next_outgoing()
    assert out is not None
    assert out.envelope == envelope.encode(made)
    assert out.sha256 == sha256(out.envelope).digest()
    assert (out.idx, out.leaf.hex(), out.first, out.door) == (7, received.leaf, True, "plain")
    key = open_key(out.opening_key, world.box_private, out.leaf)
    assert tree.leaf_hash(commit.seal(out.event, commit.case_event_key(key, 0))) == out.leaf
    assert out.event["kind"] == "report.received"
    assert out.event["obligation"] == {"duty": "answer_the_reporter", "due": "2026-03-10"}
    # And once marked, it does not come again, and no staff's wrap stays
    actions.mark_carried(out.id)
    actions.mark_carried(out.id)
    assert actions.next_outgoing() is None
    assert counts()["wrap"] == 2
    assert person.open().submissions[0].state == "carried"
    assert b"what happened" in person.texts()


def test_the_same_again_is_the_same_answer(world: World, person: Person) -> None:
    made = person.envelope(channel=Channel.WEB)
    sent = person.delivery(made, worked=solved(envelope.encode(made)))
    with as_reporter():
        answers = {actions.receive(sent, door="web", now=NOW + n) for n in range(3)}
    assert len(answers) == 1
    assert counts()["submission"] == counts()["outbox"] == 1


def test_other_bytes_under_an_id_are_refused_online(person: Person) -> None:
    person.report()
    with pytest.raises(ConflictError, match="something else"):
        person.report(text="other words")
    assert counts()["submission"] == 1


def test_other_bytes_carried_in_are_a_second_submission_beside_the_first(world: World, person: Person) -> None:
    person.report("carry-in", text="first")
    # When the same draft comes again, altered, with another reporter's key under the same code
    other = Person(world, record=person.record, submission=person.submission)
    other.key = person.key
    other.credentials = other.credentials_for(person.key, other.private)
    other.report("carry-in", text="second")
    # Then both are in the one mailbox, neither merged
    box = person.open()
    assert [one.number for one in box.submissions] == [0, 1]
    assert box.submissions[0].key is None
    assert box.submissions[1].key == other.credentials.wrapped
    assert counts()["mailbox"] == 1
    # And the register has one chain for the record: the second is later material
    give_indices()
    kinds = []
    while (out := actions.next_outgoing()) is not None:
        kinds.append((out.event["kind"], out.first, out.kind.code))
        actions.mark_carried(out.id)
    assert kinds == [("report.received", True, "report"), ("intake.sealed", False, "report")]


def test_a_spent_proof_of_work_is_not_taken_again(world: World, person: Person) -> None:
    made = person.envelope(channel=Channel.WEB)
    worked = solved(envelope.encode(made))
    with as_reporter():
        actions.receive(person.delivery(made, worked=worked), door="web", now=NOW)
        # The same work cannot serve the same bytes under another code
        thief = Person(world)
        thief.credentials = thief.credentials_for(thief.key, person.private)
        with pytest.raises((WorkError, ConflictError)):
            actions.receive(person.delivery(made, worked=worked, credentials=thief.credentials), door="web", now=NOW)
        with pytest.raises(WorkError, match="belongs"):
            actions.receive(person.delivery(person.envelope(channel=Channel.WEB)), door="web", now=NOW)
        with pytest.raises(WorkError, match="too old"):
            actions.receive(person.delivery(made, worked=worked), door="web", now=NOW + 4_600)
    assert counts()["submission"] == 1


def test_a_record_belongs_to_one_mailbox(world: World, person: Person) -> None:
    person.report()
    thief = Person(world, record=person.record)
    with pytest.raises(ConflictError):
        thief.report()
    with pytest.raises(NothingOpens):
        thief.open()
    assert counts()["mailbox"] == 1


def test_an_outsiders_proof_does_not_add_to_a_mailbox(world: World, person: Person) -> None:
    person.report()
    forged = replace(person.credentials, auth=bytes(32))
    another = Person(world)
    another.public = person.public
    with as_reporter(), pytest.raises(NothingOpens):
        actions.receive(another.delivery(another.envelope(), credentials=forged), door="plain", now=NOW)


def test_two_reports_under_one_code_share_a_mailbox(world: World, person: Person) -> None:
    person.report()
    second = Person(world)
    second.key, second.credentials = person.key, person.credentials
    second.private, second.public = person.private, person.public
    second.report(text="another matter")
    assert {b"what happened", b"another matter"} <= set(person.texts())


def test_help_and_report_under_one_code_share_nothing(world: World) -> None:
    report, plea = Person(world), Person(world, Record.FILE)
    plea.key = report.key
    plea.credentials = plea.credentials_for(report.key, plea.private)
    report.report()
    plea.report(text="a doctor")
    assert counts()["mailbox"] == 2
    assert plea.open().submissions[0].record_kind is Record.FILE
    assert [one.record_kind for one in report.open().submissions] == [Record.REPORT]


def wrongs(world: World, person: Person) -> dict[str, bytes]:
    good = person.envelope()
    stranger = Person(World(world.folder.parent / "other"))
    narrative = next(one for one in good.compartments if one.compartment is Compartment.NARRATIVE)
    others = tuple(one for one in good.compartments if one is not narrative)
    officer = world.staff[0].reader.id

    def sorted_parts(*parts: envelope.Sealed) -> tuple[envelope.Sealed, ...]:
        return tuple(sorted(parts, key=lambda one: one.compartment))

    def wraps(keep: object) -> envelope.Sealed:
        return replace(narrative, wraps=tuple(one for one in narrative.wraps if keep(one.holder)))  # type: ignore[operator]

    from answerable.sealing.place import RECOVERY, REPORTER

    intruder = envelope.Wrapped(b"\x01" * 16, narrative.wraps[0].wrap)
    return {
        "another deployment": person.delivery(replace(good, deployment=sha256(b"else").digest())),
        "a compartment missing": person.delivery(replace(good, compartments=others, values=good.values)),
        "no recovery": person.delivery(
            replace(good, compartments=sorted_parts(*others, wraps(lambda id_: id_ != RECOVERY)))
        ),
        "not for herself": person.delivery(
            replace(good, compartments=sorted_parts(*others, wraps(lambda id_: id_ != REPORTER)))
        ),
        "no reader left": person.delivery(
            replace(good, compartments=sorted_parts(*others, wraps(lambda id_: id_ in (RECOVERY, REPORTER))))
        ),
        "a stranger reads": person.delivery(
            replace(
                good,
                compartments=sorted_parts(
                    *others,
                    replace(narrative, wraps=tuple(sorted((*narrative.wraps, intruder), key=lambda one: one.holder))),
                ),
            )
        ),
        "a struck-out reader reads": person.delivery(replace(good, struck=(officer,))),
        "readers of another panel": stranger.delivery(replace(stranger.envelope(), deployment=world.deployment)),
        "another channel": person.delivery(replace(good, channel=Channel.WEB)),
        "a form missing": person.delivery(replace(good, values=good.values[1:])),
        "a field of the desk's": person.delivery(
            replace(good, values=tuple(replace(one, field=Field.STATUS) for one in good.values))
        ),
        "another box": person.delivery(good, credentials=replace(person.credentials, box=1)),
        "a one-time code": person.delivery(good, credentials=replace(person.credentials, one_time=True)),
        "a consent that is no code": person.delivery(replace(good, consents=("Tell-Everyone",))),
        "a file without its head": person.delivery(replace(good, files=(person.file(b"x")[0].attached,))),
        "nothing": b"",
    }


def test_what_is_wrong_is_refused_and_leaves_nothing(world: World, person: Person) -> None:
    taken = []
    for name, data in wrongs(world, person).items():
        with as_reporter():
            try:
                actions.receive(data, door="plain", now=NOW)
            except AnswerableError:
                continue
        taken.append(name)
    assert taken == []
    assert set(counts().values()) == {0}


def test_a_draft_of_an_older_note_is_taken_while_one_reader_remains(world: World) -> None:
    draft = Person(world)
    made = draft.envelope(channel=Channel.OFFLINE)
    # Given that the panel has since replaced all readers but one
    from tests.intake.world import Staff

    kept = world.staff[0]
    for epoch in (2, 3):
        actions.set_bulletin(readers=world.note([kept, Staff.new("intake_officer")], epoch=epoch))
    online = draft.delivery(replace(made, channel=Channel.PLAIN))
    with as_reporter():
        with pytest.raises(RefusedError, match="may not read"):
            actions.receive(online, door="plain", now=NOW)
        actions.receive(draft.delivery(made), door="carry-in", now=NOW)
    # And when none of the readers remains, nobody could read it
    for epoch in (4, 5):
        actions.set_bulletin(readers=world.note([Staff.new("intake_officer")], epoch=epoch))
    late = Person(world)
    with as_reporter(), pytest.raises(RefusedError, match="one reader must remain"):
        actions.receive(late.delivery(late.envelope(channel=Channel.OFFLINE)), door="carry-in", now=NOW)


def test_a_note_that_one_member_signed_is_not_used(world: World) -> None:
    from answerable.intake.errors import SettingsError

    with pytest.raises(SettingsError, match="2 must"):
        actions.set_bulletin(readers=world.note(signers=1))


def test_what_carry_says_is_in_the_entry(world: World, person: Person) -> None:
    anchor = {"root": events.EMPTY["root"], "size": 640}
    actions.set_bulletin(anchor=anchor, policy="ab" * 32, duties={"report.received": {"duty": "answer", "days": 1}})
    person.report(now=NOW + 3 * 86_400)  # a Friday
    give_indices()
    out = actions.next_outgoing()
    assert out is not None
    assert out.event["after"] == anchor
    assert out.event["policy"] == "ab" * 32
    assert out.event["obligation"] == {"duty": "answer", "due": "2026-03-09"}


def test_no_moment_finer_than_the_tick_is_kept(world: World, person: Person) -> None:
    from django.db import connections

    moment = NOW + 123
    person.report(now=moment)
    person.open(moment)
    with connections[alias_of(INTAKE)].cursor() as cursor:
        for table in counts():
            cursor.execute(f"SELECT * FROM {table}")
            for row in cursor.fetchall():
                assert not [value for value in row if isinstance(value, int) and abs(value - moment) < 900]
                assert str(moment).encode() not in b"".join(bytes(value) for value in row if isinstance(value, bytes))
