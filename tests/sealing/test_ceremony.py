"""The files of a ceremony: keys under passphrases, a certificate that anybody can check, shares kept apart."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import ceremony, dkg, exact, locked
from answerable.sealing.ceremony import Certificate, Member, Plan, Share
from answerable.sealing.errors import PassphraseError, SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import Scalar, base_times, random_scalar
from tests.sealing.panel import DEPLOYMENT, rng

pytestmark = pytest.mark.usefixtures("light_keys")

WORDS = "correct horse battery staple"
NAMES = ("Ada", "Ben", "Chi")


@lru_cache
def people(how: str = "dkg") -> tuple[Plan, tuple[Member, ...]]:
    draw = rng(("people", how))
    members = tuple(Member(secret, base_times(secret)) for secret in (random_scalar(draw) for _ in NAMES))
    return Plan(DEPLOYMENT, how, 2, NAMES, tuple(member.public for member in members)), members


def run(how: str = "dkg") -> tuple[Plan, dict[int, bytes], list[bytes], list[dkg.Outcome]]:
    """A whole ceremony: plan, messages, round 2 files, outcomes."""
    plan, members = people(how)
    firsts = [ceremony.first(plan, each, rng=rng((how, each))) for each in plan.ceremony.contributors]
    messages = ceremony.gather([ceremony.read_first(plan, data) for data in firsts])
    made = [
        ceremony.second(plan, member, messages, messages.get(number), rng=rng((how, "sign", number)))
        for number, member in enumerate(members, 1)
    ]
    return plan, messages, [each[0] for each in made], [each[1] for each in made]


@pytest.mark.parametrize("how", ["dkg", "dealer"])
def test_a_whole_ceremony(how: str) -> None:
    # Given every file of rounds 1 and 2
    plan, messages, seconds, outcomes = run(how)
    # When each member finishes
    certificates = {ceremony.third(plan, outcome, messages, seconds).encode() for outcome in outcomes}
    # Then all have the same certificate, and whoever reads it gets the key
    (data,) = certificates
    key = ceremony.decode_certificate(data).verify()
    assert key.key == outcomes[0].key
    assert (key.how, key.key.k, key.key.n) == (how, 2, 3)
    assert ceremony.decode_certificate(data).encode() == data
    assert ceremony.decode_plan(plan.encode()) == plan


def test_a_certificate_with_any_part_changed_does_not_hold() -> None:
    plan, messages, seconds, outcomes = run()
    true = ceremony.third(plan, outcomes[0], messages, seconds)
    other = ceremony.first(plan, 2, rng=rng("other"))
    changed = (true.messages[0], ceremony.read_first(plan, other)[1], true.messages[2])
    for wrong in (
        replace(true, messages=changed),
        replace(true, messages=true.messages[::-1]),
        replace(true, signatures=true.signatures[::-1]),
        Certificate(replace(plan, deployment=bytes(32)), true.messages, true.signatures),
        Certificate(replace(plan, k=3), true.messages, true.signatures),
    ):
        with pytest.raises(MemberFault):
            wrong.verify()
    # A name is no part of the key
    assert Certificate(replace(plan, names=("x", "y", "z")), true.messages, true.signatures).verify().key


def test_who_saw_something_else_is_named() -> None:
    plan, messages, seconds, outcomes = run()
    _, members = people()
    other = {**messages, 3: ceremony.read_first(plan, ceremony.first(plan, 3, rng=rng("second view")))[1]}
    astray = ceremony.second(plan, members[1], other, other[2], rng=rng("astray"))[0]
    with pytest.raises(MemberFault, match="another transcript") as caught:
        ceremony.third(plan, outcomes[0], messages, [seconds[0], astray, seconds[2]])
    assert caught.value.member == 2
    # Two messages, or two signatures, under one number
    with pytest.raises(MemberFault) as caught:
        ceremony.gather([(3, messages[3]), (3, other[3])])
    assert caught.value.member == 3
    again = ceremony.second(plan, members[1], messages, messages[2], rng=rng("again"))[0]
    with pytest.raises(MemberFault, match="two different"):
        ceremony.third(plan, outcomes[0], messages, [*seconds, again])
    with pytest.raises(SealingError, match="member 2 is missing"):
        ceremony.third(plan, outcomes[0], messages, [seconds[0], seconds[2]])


def test_a_forged_signature_is_named() -> None:
    plan, messages, seconds, outcomes = run()
    members = json.loads(seconds[2])
    members["signature"] = "00" * 64
    with pytest.raises(MemberFault, match="does not verify") as caught:
        ceremony.third(plan, outcomes[0], messages, [*seconds[:2], exact.encode(members)])
    assert caught.value.member == 3


def test_files_of_another_plan_are_refused_by_name() -> None:
    plan, _, seconds, _ = run()
    other = replace(plan, k=3)
    with pytest.raises(SealingError, match="another plan"):
        ceremony.read_first(other, ceremony.first(plan, 1, rng=rng("x")))
    with pytest.raises(SealingError, match="another plan"):
        ceremony.read_second(other, seconds[0])


def test_a_dealer_deals_only_where_the_plan_says_so() -> None:
    for how, contributor in (("dkg", 0), ("dealer", 1), ("dkg", 4)):
        with pytest.raises(SealingError):
            ceremony.first(people(how)[0], contributor, rng=rng("x"))


def test_impossible_plans_are_refused() -> None:
    plan, _ = people()
    for change in (
        {"how": "guess"},
        {"deployment": b""},
        {"k": 1},
        {"k": 4},
        {"names": ("Ada", "Ada", "Chi")},
        {"names": NAMES[:2]},
        {"names": ("Ada", "Ben\nhash 00", "Chi")},
        {"names": ("Ada", "Ben\u202e", " ")},
        {"keys": (plan.keys[0], plan.keys[0], plan.keys[1])},
    ):
        with pytest.raises(SealingError):
            replace(plan, **change)  # type: ignore[arg-type]
    with pytest.raises(SealingError, match="no member"):
        plan.number_of(base_times(Scalar(9)))


# Secrets under a passphrase.


def test_keys_and_shares_open_with_their_passphrase_alone() -> None:
    # Given a member's key and a share in files
    data, public = ceremony.new_member(WORDS, rng=rng("key"))
    share = Share(DEPLOYMENT, 2, b"\x09" * 32, Scalar(4242424242424242))
    kept = ceremony.lock_share(share, WORDS, rng=rng("share"))
    # Then the passphrase opens them, however it is spaced or cased
    assert ceremony.open_member(data, f"  {WORDS.upper()} ").public == public
    assert ceremony.open_share(kept, WORDS) == share
    # And another does not, nor does a share whose label was changed
    with pytest.raises(PassphraseError):
        ceremony.open_share(kept, WORDS + "!")
    members = json.loads(kept)
    members["member"] = 3
    with pytest.raises(PassphraseError):
        ceremony.open_share(exact.encode(members), WORDS)
    # And nothing shows the secret
    assert "4242424242424242" not in repr(share)
    assert share.secret.little().hex() not in kept.decode()
    assert "4242" not in repr(ceremony.open_member(data, WORDS))


def test_a_weak_passphrase_is_refused() -> None:
    for weak in ("", "secret", " " * 40, "a  " * 7):
        with pytest.raises(SealingError, match="16 characters"):
            locked.lock(b"x", "kind", {}, weak, rng=rng("x"))


def test_a_key_file_with_anothers_public_key_is_refused() -> None:
    secret = random_scalar(rng("secret"))
    other = {"public": base_times(Scalar(3)).hex()}
    data = locked.lock(secret.little(), ceremony.MEMBER_KIND, other, WORDS, rng=rng("file"))
    with pytest.raises(SealingError, match="public"):
        ceremony.open_member(data, WORDS)


def test_a_kind_of_file_is_not_taken_for_another() -> None:
    data, _ = ceremony.new_member(WORDS, rng=rng("key"))
    with pytest.raises(SealingError, match="kind"):
        ceremony.open_share(data, WORDS)
    with pytest.raises(SealingError, match="kind"):
        ceremony.decode_plan(data)


@settings(max_examples=80)
@given(st.data())
def test_a_changed_file_is_an_error_or_another_value(data: st.DataObject) -> None:
    plan, messages, seconds, outcomes = run()
    certificate = ceremony.third(plan, outcomes[0], messages, seconds)
    file, decode = data.draw(
        st.sampled_from(
            [
                (plan.encode(), lambda raw: ceremony.decode_plan(raw).encode()),
                (certificate.encode(), lambda raw: ceremony.decode_certificate(raw).encode()),
                (ceremony.first(plan, 1, rng=rng(1)), lambda raw: ceremony.read_first(plan, raw) and raw),
                (seconds[0], lambda raw: ceremony.read_second(plan, raw) and raw),
            ]
        )
    )
    raw = bytearray(file)
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SealingError):
        assert decode(bytes(raw)) == bytes(raw)
