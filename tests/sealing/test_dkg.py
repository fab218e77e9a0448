"""The ceremony: everybody ends with the same key, a cheat is named, and a swapped message is noticed by its maker."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import dkg, hpke
from answerable.sealing.dkg import DEALER, Ceremony, Message
from answerable.sealing.errors import SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import EDWARDS, ORDER, Point, Scalar, base_times, random_scalar
from answerable.sealing.shamir import combine
from tests.sealing.panel import Table, ceremony, rng


def outcomes(table: Table) -> dict[int, dkg.Outcome]:
    return {
        number: dkg.round2(
            table.ceremony, number, secret, table.messages, None if table.ceremony.dealer else table.messages[number]
        )
        for number, secret in table.secrets.items()
    }


def changed(table: Table, number: int, change: Callable[[Message], Message | bytes]) -> dict[int, bytes]:
    """The messages, one of them changed."""
    made = change(dkg.decode_message(table.ceremony, number, table.messages[number]))
    return {**table.messages, number: made if isinstance(made, bytes) else made.encode()}


@pytest.mark.parametrize(("k", "n", "dealer"), [(2, 2, False), (2, 3, False), (3, 5, False), (3, 5, True)])
def test_everybody_gets_a_share_of_one_key(k: int, n: int, dealer: bool) -> None:
    # Given a ceremony after round 1
    table = ceremony(k, n, "all", dealer=dealer)
    # When every member checks and signs
    found = outcomes(table)
    keys = {each.key for each in found.values()}
    signed = {each.transcript for each in found.values()}
    # Then all hold one key, any k shares make it, and the signatures complete it
    assert len(keys) == len(signed) == 1
    (key,) = keys
    secret = combine({number: found[number].share for number in list(found)[:k]})
    assert base_times(secret) == key.point
    assert combine({number: found[number].share for number in list(found)[-k:]}) == secret
    assert (key.k, key.n) == (k, n)
    signatures = [dkg.sign(table.secrets[i], found[i].transcript, rng=rng(i)) for i in found]
    dkg.round3(table.ceremony, found[1].transcript, signatures)
    # And what is sealed to its u-coordinate opens with the key that the shares make
    enc, ct = hpke.seal(key.public, b"info", b"aad", b"words", rng=rng("hpke"))
    assert len(enc) + len(ct) == 32 + 5 + 16


def test_the_message_has_the_form_that_was_fixed() -> None:
    # t commitments(32) | proof(64) | E(32) | n sealed shares(48)
    table = ceremony(2, 3)
    message = table.messages[1]
    assert len(message) == 2 * 32 + 64 + 32 + 3 * 48 == table.ceremony.message_size
    found = dkg.decode_message(table.ceremony, 1, message)
    assert found.encode() == message
    assert message[64:128] == found.possession
    # The proof of possession is a signature that any Ed25519 verifier checks, over the context, under C_0
    Ed25519PublicKey.from_public_bytes(message[:32]).verify(found.possession, table.ceremony.context)


def test_a_share_is_sealed_as_the_specification_says() -> None:
    # Given a contributor whose ephemeral secret and polynomial we know; recompute H6 and the share from the text
    from hashlib import sha512

    from nacl import bindings

    table = ceremony(2, 3)
    found = dkg.decode_message(table.ceremony, 1, table.messages[1])
    member, secret = table.ceremony.members[1], table.secrets[2]
    shared = EDWARDS.mul(secret.value, found.ephemeral)
    context = table.ceremony.context
    digest = sha512(
        b"COCKTAIL-DKG-Ed25519-SHA512-H6"
        + shared
        + found.ephemeral
        + member
        + len(context).to_bytes(8, "little")
        + context
    ).digest()
    plain = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(found.sealed[1], b"", digest[32:56], digest[:32])
    # Then the plaintext is the share with the greatest byte first, on the polynomial committed to
    share = Scalar(int.from_bytes(plain, "big"))
    expected = EDWARDS.add(found.commitments[0], EDWARDS.mul(2, found.commitments[1]))
    assert base_times(share) == expected


def test_the_transcript_has_the_order_that_was_fixed() -> None:
    table = ceremony(2, 3)
    found = [dkg.decode_message(table.ceremony, number, table.messages[number]) for number in (1, 2, 3)]
    parts = [table.ceremony.context, *table.ceremony.members]
    parts += [point for each in found for point in each.commitments]
    parts += [each.possession for each in found] + [each.ephemeral for each in found]
    assert outcomes(table)[2].transcript == b"".join(parts)


@settings(max_examples=30)
@given(st.integers(1, ORDER - 1), st.binary(max_size=200), st.integers())
def test_signatures_are_ed25519s(value: int, message: bytes, seed: int) -> None:
    signature = dkg.sign(Scalar(value), message, rng=rng(seed))
    public = base_times(Scalar(value))
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    assert dkg.verify(public, message, signature)
    assert not dkg.verify(public, message + b"x", signature)
    assert not dkg.verify(EDWARDS.generator, message, signature) or public == EDWARDS.generator
    assert not dkg.verify(public, message, signature[:-1])


CHEATS: dict[str, tuple[Callable[[Message], Message | bytes], str]] = {
    "too short": (lambda each: each.encode()[:-1], "bytes"),
    "too long": (lambda each: each.encode() + b"\0", "bytes"),
    "identity as commitment": (
        lambda each: Message((EDWARDS.identity, *each.commitments[1:]), each.possession, each.ephemeral, each.sealed),
        "point",
    ),
    "point of order 4 as ephemeral key": (
        lambda each: Message(each.commitments, each.possession, Point(bytes(32)), each.sealed),
        "point",
    ),
    "point that is not canonical": (
        lambda each: Message(each.commitments, each.possession, Point(b"\xee" + b"\xff" * 30 + b"\x7f"), each.sealed),
        "point",
    ),
    "another's key as own": (  # rogue key: a commitment whose secret the cheat does not know
        lambda each: Message(
            (base_times(Scalar(77)), *each.commitments[1:]), each.possession, each.ephemeral, each.sealed
        ),
        "possession",
    ),
    "share altered": (
        lambda each: Message(
            each.commitments,
            each.possession,
            each.ephemeral,
            tuple(bytes((part[0] ^ 1,)) + part[1:] for part in each.sealed),
        ),
        "does not open",
    ),
    "shares swapped": (
        lambda each: Message(each.commitments, each.possession, each.ephemeral, each.sealed[::-1]),
        "does not open",
    ),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_is_named(cheat: str) -> None:
    # Given member 3 sends a message that is wrong in one way
    table = ceremony(2, 3)
    change, says = CHEATS[cheat]
    messages = changed(table, 3, change)
    # Then member 1 stops, and names member 3
    with pytest.raises(MemberFault, match=says) as caught:
        dkg.round2(table.ceremony, 1, table.secrets[1], messages, messages[1])
    assert caught.value.member == 3
    assert "member 3" in str(caught.value)


@pytest.mark.parametrize(("taken", "thief"), [(1, 3), (3, 1)])
def test_a_copy_of_anothers_whole_message_is_refused(taken: int, thief: int) -> None:
    # Given a member who sends another's message as its own: every proof in it holds, and every share opens
    table = ceremony(2, 3)
    messages = {**table.messages, thief: table.messages[taken]}
    copied = dkg.decode_message(table.ceremony, thief, messages[thief])
    assert dkg.verify(copied.commitments[0], table.ceremony.context, copied.possession)
    # When the member who took no part in it, or whose message was taken, checks
    for number in {1, 2, 3} - {thief}:
        with pytest.raises(MemberFault, match="same secret as that of member 1") as caught:
            dkg.round2(table.ceremony, number, table.secrets[number], messages, messages[number])
        # Then both are told, and the later one is the one at fault
        assert caught.value.member == 3


def test_two_members_with_one_ephemeral_key_are_refused() -> None:
    # Given machines that drew the same ephemeral secret, so that one key and nonce sealed two shares
    table = ceremony(2, 3)
    first = dkg.decode_message(table.ceremony, 1, table.messages[1])
    messages = changed(table, 2, lambda each: Message(each.commitments, each.possession, first.ephemeral, each.sealed))
    with pytest.raises(MemberFault, match="same ephemeral key as that of member 1") as caught:
        dkg.round2(table.ceremony, 3, table.secrets[3], messages, messages[3])
    assert caught.value.member == 2


def test_a_share_that_was_not_committed_to_names_its_maker() -> None:
    # Given member 3 commits to one polynomial and seals shares of another
    table = ceremony(2, 3)
    other = dkg.decode_message(table.ceremony, 3, dkg.round1(table.ceremony, rng=rng("other")))
    messages = changed(table, 3, lambda each: Message(each.commitments, each.possession, other.ephemeral, other.sealed))
    with pytest.raises(MemberFault, match="committed") as caught:
        dkg.round2(table.ceremony, 2, table.secrets[2], messages, messages[2])
    assert caught.value.member == 3


def test_a_dealer_that_cheats_is_named_too() -> None:
    table = ceremony(2, 3, dealer=True)
    messages = changed(table, DEALER, lambda each: each.encode()[:-48] + bytes(48))
    with pytest.raises(MemberFault, match="does not open") as caught:
        dkg.round2(table.ceremony, 3, table.secrets[3], messages, None)
    assert caught.value.member == DEALER
    assert "the dealer" in str(caught.value)


def test_a_coordinator_cannot_put_its_message_in_place_of_mine() -> None:
    table = ceremony(2, 3)
    swapped = {**table.messages, 1: dkg.round1(table.ceremony, rng=rng("coordinator"))}
    with pytest.raises(SealingError, match="not the one you made"):
        dkg.round2(table.ceremony, 1, table.secrets[1], swapped, table.messages[1])


def test_a_coordinator_that_shows_two_views_is_found_in_round_3() -> None:
    # Given member 2 is shown another message of member 3 than member 1 is
    table = ceremony(2, 3)
    other = {**table.messages, 3: dkg.round1(table.ceremony, rng=rng("second view"))}
    one = dkg.round2(table.ceremony, 1, table.secrets[1], table.messages, table.messages[1])
    two = dkg.round2(table.ceremony, 2, table.secrets[2], other, other[2])
    three = dkg.round2(table.ceremony, 3, table.secrets[3], table.messages, table.messages[3])
    signatures = [
        dkg.sign(table.secrets[i], each.transcript, rng=rng(i)) for i, each in ((1, one), (2, two), (3, three))
    ]
    with pytest.raises(MemberFault) as caught:
        dkg.round3(table.ceremony, one.transcript, signatures)
    assert caught.value.member == 2


def test_the_key_exists_only_with_every_signature() -> None:
    table = ceremony(2, 3)
    found = outcomes(table)
    signatures = [dkg.sign(table.secrets[i], found[i].transcript, rng=rng(i)) for i in found]
    with pytest.raises(SealingError, match="3 signatures"):
        dkg.round3(table.ceremony, found[1].transcript, signatures[:2])
    with pytest.raises(MemberFault) as caught:
        dkg.round3(table.ceremony, found[1].transcript, [*signatures[:2], signatures[1]])
    assert caught.value.member == 3


def test_a_message_of_another_ceremony_is_refused() -> None:
    # Given the same members and another context: a replay
    table = ceremony(2, 3)
    other = Ceremony(b"another context", 2, table.ceremony.members)
    messages = {**{i: dkg.round1(other, rng=rng(i)) for i in (1, 2)}, 3: table.messages[3]}
    with pytest.raises(MemberFault, match="possession") as caught:
        dkg.round2(other, 1, table.secrets[1], messages, messages[1])
    assert caught.value.member == 3


def test_missing_and_foreign_parts_are_named() -> None:
    table = ceremony(2, 3)
    two = {number: table.messages[number] for number in (1, 2)}
    with pytest.raises(SealingError, match="missing: 3"):
        dkg.round2(table.ceremony, 1, table.secrets[1], two, two[1])
    with pytest.raises(SealingError, match="not that of member 1"):
        dkg.round2(table.ceremony, 1, table.secrets[2], table.messages, table.messages[1])
    with pytest.raises(SealingError, match="not that of member 9"):
        dkg.round2(table.ceremony, 9, table.secrets[2], table.messages, table.messages[1])
    with pytest.raises(SealingError, match="same key"):
        Ceremony(b"", 2, (table.ceremony.members[0],) * 2)


def test_an_outcome_shows_no_share() -> None:
    found = outcomes(ceremony(2, 3))[1]
    assert str(found.share.value) not in repr(found)
    assert found.share.little().hex() not in repr(found)


@settings(max_examples=60)
@given(st.data())
def test_any_bytes_are_a_message_or_a_named_fault(data: st.DataObject) -> None:
    table = ceremony(2, 3)
    raw = bytearray(table.messages[2])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    messages = {**table.messages, 2: bytes(raw)}
    if messages == table.messages:
        return
    # A byte changed anywhere: member 1 names member 2, unless it is in the share of another member
    named, found = 0, None
    try:
        found = dkg.round2(table.ceremony, 1, table.secrets[1], messages, messages[1])
    except MemberFault as fault:
        named = fault.member
    if found is None:
        assert named == 2
    else:
        assert at >= len(raw) - 2 * 48
        assert found.transcript == outcomes(table)[1].transcript


def test_every_secret_is_drawn_anew() -> None:
    table = ceremony(2, 3)
    assert dkg.round1(table.ceremony, rng=rng("a")) != dkg.round1(table.ceremony, rng=rng("b"))
    assert random_scalar(rng("a")) != random_scalar(rng("b"))
