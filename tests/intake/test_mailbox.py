"""The mailbox: what she reads with her code, what she adds, and what nobody else gets at."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.actions import mine, sql
from answerable.intake.errors import ConflictError, NothingOpens, RefusedError
from answerable.intake.exchange import Reply
from answerable.intake.guards import session
from answerable.ledger.routers import INTAKE, alias_of
from answerable.sealing import codes, envelope, hpke
from answerable.sealing.delivery import Delivery, encode_delivery
from answerable.sealing.envelope import Kind
from answerable.sealing.errors import OpenError
from answerable.sealing.making import RecordKeys
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record
from answerable.sealing.signing import sign
from answerable.sealing.values import open_wrap, seal_value, seal_wrap
from tests.intake.world import NOW, Person, World, as_reporter, counts, draw, give_indices, without

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]
DAY = 86_400


def carry() -> list[actions.Outgoing]:
    give_indices(counts()["outbox"] * 100)
    found = []
    while (out := actions.next_outgoing()) is not None:
        actions.mark_carried(out.id)
        found.append(out)
    return found


def answer(person: Person, text: bytes, what: Field = Field.MESSAGE, version: int = 9) -> Reply:
    epoch, public = person.keys.publics[person.thread]
    place = person.keys.place(person.thread, what, version)
    sealed = seal_value(place, public, text, epoch=epoch, rng=draw)
    return person.world.reply(place, sealed, "2026-03-04")


def test_she_writes_and_is_answered(person: Person) -> None:
    person.report()
    person.say("more of it")
    carry()
    actions.deliver(answer(person, b"we have read it"))
    assert {b"what happened", b"more of it", b"we have read it"} <= set(person.texts())
    box = person.open()
    assert [value.by for value in box.values if value.field == Field.MESSAGE] == ["reporter", "desk"]


def test_the_box_says_when_it_was_opened_before(person: Person) -> None:
    person.report()
    assert person.open(NOW).opened is None
    assert person.open(NOW + DAY).opened == "2026-03-03"
    assert person.open(NOW + DAY).opened == "2026-03-04"


def test_a_status_replaces_the_one_before(person: Person) -> None:
    person.report()
    for text, version in ((b"received", 1), (b"taken", 2)):
        actions.deliver(answer(person, text, Field.STATUS, version))
    assert [data for field, data in person.read(person.open()) if field == Field.STATUS] == [b"taken"]


def test_a_reply_comes_once(person: Person) -> None:
    person.report()
    reply = answer(person, b"once")
    actions.deliver(reply)
    actions.deliver(reply)
    assert counts()["reply"] == 1
    with pytest.raises(RefusedError, match="shredded"):
        actions.deliver(replace(reply, id=draw(16), record=draw(16)))


def test_a_receipt_is_given_once_the_register_has_the_entry(person: Person) -> None:
    person.report()
    assert actions.waiting_receipts() == []
    give_indices(3)
    (waiting,) = actions.waiting_receipts()
    assert waiting.idx == 3
    assert person.open().submissions[0].state == "logged"
    actions.give_receipt(waiting.submission_id, b"proof")
    actions.give_receipt(waiting.submission_id, b"another")
    assert person.open().submissions[0].receipt == b"proof"
    assert actions.waiting_receipts() == []


def test_absent_and_wrong_are_one_answer_and_one_work(
    world: World, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: the same queries, hashes and comparisons in the same order; so is the error."""
    person.report()
    stranger = Person(world)

    def work_of(l: bytes, auth: bytes) -> tuple[list[str], int, str]:  # noqa: E741
        done = 0
        real = hmac.digest, hmac.compare_digest, hashlib.sha256

        def counted(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal done
                done += 1
                return function(*arguments, **named)

            return call

        with monkeypatch.context() as patched:
            patched.setattr(hmac, "digest", counted(real[0]))
            patched.setattr(hmac, "compare_digest", counted(real[1]))
            patched.setattr(mine, "sha256", counted(real[2]))
            with (
                CaptureQueriesContext(connections[alias_of(INTAKE)]) as queries,
                as_reporter(),
                pytest.raises(NothingOpens) as refused,
            ):
                actions.open_box(l, auth, 0, now=NOW)
        texts = [query["sql"].split("'")[0] if "set_config" in query["sql"] else query["sql"] for query in queries]
        return [text for text in texts if "SAVEPOINT" not in text], done, str(refused.value)

    absent = work_of(stranger.l, stranger.auth)
    wrong = work_of(person.l, stranger.auth)
    assert absent == wrong
    assert absent[1] == 3


def test_one_row_of_one_size_is_compared_whether_there_is_a_mailbox_or_not(world: World) -> None:
    several = [Person(world) for _ in range(3)]
    for one in several:
        one.report()
    using = alias_of(INTAKE)
    found = {mine.lookup_of(one.l, 0): mine.proof_of(one.auth) for one in several}
    for lookup in (*found, bytes(32), b"\xff" * 32):
        with transaction.atomic(using=using), as_reporter(), session(using, lookup):
            (row,) = sql.select(using, "SELECT * FROM tried_mailbox")
        # Its own proof, or nothing of whose mailbox was read
        assert row == {"auth": found.get(lookup, bytes(32))}


def test_a_code_opens_its_own_mailbox_alone(world: World) -> None:
    several = [Person(world) for _ in range(3)]
    for number, one in enumerate(several):
        one.report(text=f"story {number}")
    for one in several:
        assert {submission.record for submission in one.open().submissions} == {one.record}
    first, second, _ = several
    for l, auth, box in (  # noqa: E741
        (first.l, second.auth, 0),
        (second.l, first.auth, 0),
        (first.l, first.auth, 1),
        (first.auth, first.l, 0),
        (bytes(32), bytes(32), 0),
    ):
        with as_reporter(), pytest.raises(NothingOpens):
            actions.open_box(l, auth, box, now=NOW)


def test_nobody_adds_to_anothers_record(world: World) -> None:
    mine_, hers = Person(world), Person(world)
    mine_.report()
    hers.report()
    aimed = hers.addition([(Compartment.NARRATIVE, Field.MESSAGE, b"I take it all back")])
    before = counts()
    with pytest.raises(RefusedError, match="no such record"):
        mine_.add(aimed)
    with pytest.raises(RefusedError):
        mine_.add(without(aimed, record_kind=Record.FILE))
    assert counts() == before


def test_a_replayed_message_is_the_same_message(person: Person) -> None:
    person.report()
    made = person.addition([(person.thread, Field.MESSAGE, b"once")])
    assert person.add(made) == person.add(made)
    with pytest.raises(ConflictError):
        person.add(without(made, language="fr"))
    # Under a new id it is another submission, whose place is taken: the desk could not keep both
    with pytest.raises(ConflictError, match="kept already"):
        person.add(sign(without(made, submission=draw(16)), person.seed))
    assert len([value for value in person.open().values if value.field == Field.MESSAGE]) == 1


def test_what_is_not_signed_with_the_key_of_her_code_is_refused_early(world: World, person: Person) -> None:
    # Given a first submission that another key signed, or that names another key than its mailbox has
    made, other = person.envelope(), draw(32)
    for wrong in (replace(sign(made, other), signer=made.signer), sign(without(made, reporter=draw(32)), person.seed)):
        with as_reporter(), pytest.raises(RefusedError):
            actions.receive(person.delivery(wrong), door="plain", now=NOW)
    assert counts()["submission"] == 0
    person.report()
    # And later ones: signed by another key, naming another signer, naming another key of hers, changed afterwards
    good = person.addition([(person.thread, Field.MESSAGE, b"mine")])
    for wrong in (
        sign(good, other),
        replace(sign(good, other), signer=good.signer),
        sign(good, person.seed, other),
        sign(without(good, reporter=draw(32)), person.seed),
        without(good, language="fr"),
    ):
        with pytest.raises(RefusedError):
            person.add(wrong)
    person.add(good)
    # And a change of the code that the new key signs, or that names no new one
    new_key, (private, public) = draw(32), hpke.generate(draw)
    new, box = person.credentials_for(new_key, private), person.open()
    change = person.rekeyed(box, person.record, public, key=new_key)
    for wrong in (sign(change, codes.signing_seed(new_key, 0)), sign(change, person.seed), sign(change, other, other)):
        data = [envelope.encode(wrong)]
        with as_reporter(), pytest.raises(RefusedError):
            actions.change_code(person.l, person.auth, 0, new, data, door="plain", now=NOW)
    assert counts()["submission"] == 2


def test_moved_ciphertext_does_not_open(world: World) -> None:
    first, second = Person(world), Person(world)
    first.report()
    second.report()
    # Given the desk's database mixed up two mailboxes' values
    reply = answer(first, b"for the first alone")
    actions.deliver(replace(reply, record=second.record))
    actions.deliver(replace(reply, id=draw(16), version=77))
    box = first.open()
    moved = next(value for value in box.values if value.version == 77)
    private = first.keys.pairs[first.thread][0]
    from answerable.sealing.values import open_value

    place = Place(world.deployment, moved.record_kind, moved.record, moved.compartment, Field.MESSAGE, 77)
    with pytest.raises(OpenError):
        open_value(place, private, moved.sealed)
    with pytest.raises(OpenError):
        second.texts()


@pytest.mark.parametrize("kind", [Kind.WITHDRAWAL, Kind.CONSENT])
def test_consent_and_withdrawal_are_entries_too(person: Person, kind: Kind) -> None:
    person.report()
    consents = ("contact", "state") if kind is Kind.CONSENT else ()
    received = person.add(person.addition(kind=kind, consents=consents))
    assert received.opening == b""
    assert [out.kind for out in carry()] == [Kind.REPORT, kind]
    assert person.open().withdrawn == (kind is Kind.WITHDRAWAL)
    if kind is Kind.WITHDRAWAL:
        with pytest.raises(RefusedError, match="withdrawn"):
            person.say("wait")
    else:
        assert person.open().submissions[1].consents == consents


def test_what_an_addition_may_not_be(person: Person) -> None:
    person.report()
    good = person.addition([(person.thread, Field.MESSAGE, b"x")])
    wrong = {
        "nothing": without(good, values=()),
        "a report": person.envelope(submission=draw(16)),
        "keys": without(good, compartments=person.envelope().compartments),
        "consents": without(good, consents=("contact",)),
        "struck": without(good, struck=(draw(16),)),
        "the desk's field": without(good, values=(replace(good.values[0], field=Field.REASONS),)),
        "the first form": without(good, values=(replace(good.values[0], field=Field.FORM, version=0),)),
        "a compartment of a case": without(
            good, values=(replace(good.values[0], compartment=Compartment.DELIBERATION),)
        ),
    }
    taken = []
    for name, made in wrong.items():
        try:
            person.add(made)
        except AnswerableError:
            continue
        taken.append(name)
    assert taken == []
    data = encode_delivery(Delivery(b"", person.credentials, envelope.encode(good)))
    with as_reporter(), pytest.raises(RefusedError, match="no mailbox"):
        actions.add(person.l, person.auth, 0, data, door="plain", now=NOW)


# Codes that change


def test_a_changed_code_opens_and_the_old_one_does_not(world: World, person: Person) -> None:
    person.report()
    old = Person(world)
    old.key, old.private = person.key, person.private
    person.change(person.open())
    with pytest.raises(NothingOpens):
        old.open()
    # She reads what was there, and what is written from now on
    assert b"what happened" in person.texts()
    person.keys = person.fresh
    person.say("written later")
    assert b"written later" in person.texts()
    # Whoever knew the old code reads nothing written later, even with all of the database
    with pytest.raises(OpenError):
        old.read(person.open())


def test_the_old_wraps_leave_once_the_new_keys_are_carried(world: World, person: Person) -> None:
    person.report()
    carry()
    person.change(person.open())
    out = carry()
    assert [one.kind for one in out] == [Kind.ADDITION]
    made = envelope.decode(out[0].envelope)
    assert {one.compartment for one in made.compartments if one.epoch == 2} == set(person.keys.pairs)
    with connections[alias_of(INTAKE)].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM wrap WHERE holder = %s", [REPORTER])
        assert cursor.fetchone()[0] == 4  # two compartments of hers, two epochs each, under the new key alone
    assert b"what happened" in person.texts()


def test_a_code_changed_before_carry_came_leaves_the_report_as_it_was_committed(world: World) -> None:
    someone = Person(world, one_time=True)
    someone.report("assist")
    someone.change(someone.open())
    out = carry()  # which compares each envelope with the hash in its entry
    assert [one.kind for one in out] == [Kind.REPORT, Kind.ADDITION]
    assert out[0].event["by"] == "intake_worker"


def test_a_one_time_code_must_change_before_anything_is_added(world: World) -> None:
    someone = Person(world, one_time=True)
    someone.report("assist")
    assert someone.open().one_time
    with pytest.raises(RefusedError, match="Change the code first"):
        someone.say("x")
    someone.change(someone.open())
    someone.keys = someone.fresh
    someone.say("x")
    assert not someone.open().one_time


def test_a_second_change_and_an_epoch_of_the_desks(world: World, person: Person) -> None:
    person.report()
    person.change(person.open())
    carry()
    # When the desk begins an epoch after a recusal
    fresh = RecordKeys.draw(
        world.deployment, Record.REPORT, draw, record=person.record, epoch=3, compartments=[Compartment.NARRATIVE]
    )
    private, public = fresh.pairs[Compartment.NARRATIVE]
    place = fresh.place(Compartment.NARRATIVE, Field.NONE, 0)
    wrap = seal_wrap(place, REPORTER, person.public, private, epoch=3, rng=draw)
    actions.deliver(world.reply(place, wrap, "2026-03-04", 3, public, person.public))
    # Then older keys are not taken any more, the new ones are
    person.keys = person.fresh
    with pytest.raises(RefusedError, match="not in use"):
        person.say("to the old keys")
    person.keys = fresh
    person.say("to the new keys")
    # And another change of the code wraps all of them anew
    person.change(person.open())
    assert {b"what happened", b"to the new keys"} <= set(person.texts())
    carry()
    assert {b"what happened", b"to the new keys"} <= set(person.texts())


def test_what_a_change_may_not_be(world: World, person: Person) -> None:
    person.report()
    box = person.open()
    private, public = hpke.generate(draw)
    new = person.credentials_for(draw(32), private)
    good = person.rekeyed(box, person.record, public)
    fresh = [one for one in good.compartments if one.epoch == 2]
    old = [one for one in good.compartments if one.epoch == 1]
    officer = world.staff[0].reader.id

    def less(holder: bytes) -> tuple[envelope.Sealed, ...]:
        parts = [replace(one, wraps=tuple(w for w in one.wraps if w.holder != holder)) for one in fresh]
        return tuple(sorted((*parts, *old), key=lambda one: (one.compartment, one.epoch)))

    wrong: dict[str, tuple[Any, list[bytes]]] = {
        "no envelope": (new, []),
        "no new keys": (new, [envelope.encode(without(good, compartments=tuple(old)))]),
        "old keys not wrapped anew": (new, [envelope.encode(without(good, compartments=tuple(fresh)))]),
        "staff left out": (new, [envelope.encode(without(good, compartments=less(officer)))]),
        "herself left out": (new, [envelope.encode(without(good, compartments=less(REPORTER)))]),
        "the same code": (replace(new, l=person.l, auth=person.auth), [envelope.encode(good)]),
        "the same key": (replace(new, public=person.public), [envelope.encode(good)]),
        "one time again": (replace(new, one_time=True), [envelope.encode(good)]),
        "another box": (replace(new, box=1), [envelope.encode(good)]),
        "an old epoch": (
            new,
            [
                envelope.encode(
                    without(
                        good, compartments=tuple(replace(one, epoch=0) for one in good.compartments if one.epoch == 2)
                    )
                )
            ],
        ),
        "a message with it": (
            new,
            [envelope.encode(without(good, values=person.addition([(person.thread, Field.MESSAGE, b"x")]).values))],
        ),
        "another record": (new, [envelope.encode(without(good, record=draw(16)))]),
        "noise": (new, [b"noise"]),
    }
    before, taken = counts(), []
    for name, (credentials, several) in wrong.items():
        with as_reporter():
            try:
                actions.change_code(person.l, person.auth, 0, credentials, several, door="plain", now=NOW)
            except AnswerableError:
                continue
        taken.append(name)
    assert taken == []
    assert counts() == before
    assert b"what happened" in person.texts()


def test_a_new_code_that_is_anothers_is_refused(world: World, person: Person) -> None:
    other = Person(world)
    other.report()
    person.report()
    box = person.open()
    private, public = hpke.generate(draw)
    stolen = person.credentials_for(other.key, private)
    made = envelope.encode(person.rekeyed(box, person.record, public))
    with as_reporter(), pytest.raises(ConflictError):
        actions.change_code(person.l, person.auth, 0, stolen, [made], door="plain", now=NOW)
    assert b"what happened" in person.texts()


def test_a_request_to_change_is_read_strictly(world: World, person: Person) -> None:
    private, _ = hpke.generate(draw)
    new = person.credentials_for(draw(32), private)
    said = new.encode() + b"\x02" + (3).to_bytes(4, "big") + b"abc" + bytes(4)
    assert actions.change_request(said) == (new, (b"abc", b""))
    for wrong in (said[:-1], said + b"x", b"", said[:178]):
        with pytest.raises(AnswerableError):
            actions.change_request(wrong)


# What passes as JSON


def test_the_box_is_padded_and_says_what_was_agreed(person: Person) -> None:
    person.report()
    carry()
    actions.set_holders(person.record, {Compartment.NARRATIVE: [(b"h" * 16, b"k" * 32)]})
    data = person.open().to_bytes()
    assert len(data) % 16_384 == 0
    said = json.loads(data)
    assert set(said) == {
        *(
            "salt",
            "key",
            "public",
            "one_time",
            "withdrawn",
            "opened",
            "submissions",
            "compartments",
            "values",
            "holders",
        ),
        *("readers", "pad"),
    }
    assert said["holders"] == {person.record.hex(): {"3": [{"id": (b"h" * 16).hex(), "public": (b"k" * 32).hex()}]}}
    assert set(said["submissions"][0]) >= {
        "id",
        "kind",
        "record",
        "record_kind",
        "leaf",
        "day",
        "state",
        "ack",
        "receipt",
    }
    assert set(said["compartments"][0]) >= {"record", "record_kind", "compartment", "epoch", "public", "wrap"}
    assert set(said["values"][0]) >= {"record", "record_kind", "compartment", "field", "version", "sealed", "leaf"}


def test_holders_are_told_per_record(world: World, person: Person) -> None:
    person.report()
    # Until carry has said, they are those it was addressed to
    addressed = {id_ for id_, _ in person.open().holders[person.record][Compartment.NARRATIVE]}
    assert addressed == {one.reader.id for one in world.staff[:2]}
    actions.set_holders(person.record, {Compartment.NARRATIVE: [(b"h" * 16, b"k" * 32)]})
    actions.set_holders(draw(16), {Compartment.NARRATIVE: [(b"z" * 16, b"k" * 32)]})
    assert person.open().holders == {person.record: {Compartment.NARRATIVE: [(b"h" * 16, b"k" * 32)]}}


def test_a_stolen_database_opens_nothing(world: World, person: Person) -> None:
    """Everything in it, tried with every key that can be made of what is in it."""
    person.report(text="a canary")
    person.say("another canary")
    with connections[alias_of(INTAKE)].cursor() as cursor:
        found: list[bytes] = []
        for table in counts():
            cursor.execute(f"SELECT * FROM {table}")
            found += [
                bytes(value) for row in cursor.fetchall() for value in row if isinstance(value, bytes | memoryview)
            ]
    assert found
    assert not [value for value in found if b"canary" in value]
    secrets_ = {value for value in found if len(value) == 32} | {value[-32:] for value in found if len(value) >= 32}
    for one in person.open().compartments:
        place = Place(world.deployment, one.record_kind, one.record, one.compartment, Field.NONE, 0)
        for private in secrets_:
            with pytest.raises(AnswerableError):
                open_wrap(place, REPORTER, private, one.wrap or b"")
    # Neither the code nor its lookup can be tried: what is kept depends on a file beside the database
    assert person.l not in found
    assert person.auth not in found
    assert hmac.digest(bytes(32), person.l + b"\0", "sha256") not in found
