"""Whoever carries a draft of the offline page in holds its bytes for a while: that must not make it theirs."""

from __future__ import annotations

from hashlib import sha256

import pytest

from answerable.intake import actions
from answerable.intake.errors import NothingOpens
from answerable.sealing import codes, envelope
from answerable.sealing.delivery import Delivery, decode_delivery, encode_delivery
from answerable.sealing.envelope import Channel, Kind
from answerable.sealing.signing import signed_by, signer_of
from tests.intake.world import NOW, Person, World, as_reporter, counts, draw

pytestmark = pytest.mark.django_db(databases=["default", "intake"])


def draft_of(person: Person) -> bytes:
    """One delivery, as it stands in a draft."""
    return person.delivery(person.envelope(channel=Channel.OFFLINE))


def test_a_courier_can_neither_open_withdraw_nor_take_over_what_they_carry(world: World) -> None:
    # Given a draft that somebody else brought in, who kept a copy of it
    person = Person(world)
    draft = draft_of(person)
    with as_reporter():
        actions.receive(draft, door="carry-in", now=NOW)
    held = decode_delivery(draft).credentials
    assert held is not None
    # When they use what stands in it as proof of the mailbox: to look, to take the report back, to change its code
    withdrawal = person.addition(kind=Kind.WITHDRAWAL, channel=Channel.PLAIN)
    delivery = encode_delivery(Delivery(b"", None, envelope.encode(withdrawal)))
    thief = Person(world)
    rekeyed = [envelope.encode(person.rekeyed(person.open(), person.record, thief.public))]
    with as_reporter():
        for proof in (held.auth, sha256(held.auth).digest(), bytes(32)):
            # Then nothing opens, as with any wrong words
            with pytest.raises(NothingOpens):
                actions.open_box(held.l, proof, held.box, now=NOW)
            with pytest.raises(NothingOpens):
                actions.add(held.l, proof, held.box, delivery, door="plain", now=NOW)
            with pytest.raises(NothingOpens):
                actions.change_code(held.l, proof, held.box, thief.credentials, rekeyed, door="plain", now=NOW)
    # And the words still open it
    assert b"what happened" in person.texts()
    assert person.open().withdrawn is False


def test_what_a_courier_changes_stands_beside_the_original_and_never_replaces_it(world: World) -> None:
    # Given a draft that was brought in
    person = Person(world)
    draft = draft_of(person)
    with as_reporter():
        actions.receive(draft, door="carry-in", now=NOW)
    # When the courier brings another text under the same id, with the credentials of the draft
    forged = Person(world, record=person.record, submission=person.submission)
    forged.public = person.public
    other = forged.envelope("nothing happened", channel=Channel.OFFLINE)
    held = decode_delivery(draft).credentials
    with as_reporter():
        actions.receive(encode_delivery(Delivery(b"", held, envelope.encode(other))), door="carry-in", now=NOW)
    # Then there are two submissions, and her own still opens
    assert counts()["submission"] == 2
    first = person.open().submissions[0]
    assert (first.id, first.number) == (person.submission, 0)


def test_a_draft_with_anothers_proof_adds_nothing_to_a_mailbox(world: World) -> None:
    person = Person(world)
    with as_reporter():
        actions.receive(draft_of(person), door="carry-in", now=NOW)
    held = decode_delivery(draft_of(person)).credentials
    assert held is not None
    forged = type(held)(held.box, held.one_time, held.l, draw(32), held.salt, held.wrapped, held.public)
    other = person.envelope("more", channel=Channel.OFFLINE, submission=draw(16))
    with as_reporter(), pytest.raises(NothingOpens):
        actions.receive(encode_delivery(Delivery(b"", forged, envelope.encode(other))), door="carry-in", now=NOW)
    assert counts()["submission"] == 1


def test_a_courier_finds_no_key_to_sign_with(world: World) -> None:
    # Given a draft, whose envelope and epochs are signed
    person = Person(world)
    draft = draft_of(person)
    held = decode_delivery(draft)
    assert signed_by(held.envelope, signer_of(person.seed))
    # Then neither the seed nor anything that gives it lies in it
    for secret in (person.seed, person.key, person.auth):
        assert secret not in draft
    # And what the courier signs with all that lies in it is not signed with her key
    credentials = held.credentials
    assert credentials is not None
    for value in (credentials.l, credentials.auth, credentials.wrapped[:32], credentials.salt * 2):
        assert signer_of(value) != signer_of(person.seed)
        assert signer_of(codes.signing_seed(value, person.box)) != signer_of(person.seed)
