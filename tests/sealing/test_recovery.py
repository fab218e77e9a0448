"""Recovery: k members open one compartment for one person; an answer serves no other request and no other person."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import exact, hpke, recovery
from answerable.sealing.envelope import Channel, Kind, Sealed, Wrapped, encode
from answerable.sealing.envelope import Envelope as Sent
from answerable.sealing.errors import OpenError, SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.place import RECOVERY, Compartment, Field, Place, Record
from answerable.sealing.recovery import RecoveryKey, SealedPartial
from answerable.sealing.recovery_wraps import MadeWrap, Wraps, decode_wraps
from answerable.sealing.signing import sign
from answerable.sealing.values import seal_wrap
from tests.sealing.panel import DEPLOYMENT, Asked, asked, panel, rng


def answers(made: Asked, members: tuple[int, ...] = (1, 3, 5)) -> list[SealedPartial]:
    held = panel()
    return [
        recovery.answer(made.request, held.shares[member], member, held.key, rng=rng((made.request.id, member)))
        for member in members
    ]


def test_three_of_five_open_one_compartment_for_one_person() -> None:
    # Given a request, and the answers of three members as files
    made = asked(panel())
    files = [each.encode() for each in answers(made)]
    # When the beneficiary opens them
    found = [recovery.open_partial(made.request, recovery.decode_partial(file), made.private) for file in files]
    # Then together they are the compartment's key
    assert recovery.open_compartment(made.request, found, panel().key) == made.compartment


def test_two_open_nothing() -> None:
    made = asked(panel())
    two = [recovery.open_partial(made.request, each, made.private) for each in answers(made, (2, 4))]
    with pytest.raises(SealingError, match="2 of the 3"):
        recovery.open_compartment(made.request, two, panel().key)


def test_members_cannot_read_each_others_answers() -> None:
    made = asked(panel())
    other, _ = hpke.generate(rng("another member"))
    with pytest.raises(MemberFault):
        recovery.open_partial(made.request, answers(made)[0], other)


@pytest.mark.parametrize(
    "change",
    [
        {"id": bytes(16)},
        {"holder": bytes(16)},
        {"reason": "another reason"},
        {"day": date(2026, 11, 3)},
        {"stage": "review"},
        {"deployment": bytes(32)},
        {"record": bytes(16)},
        {"compartment": Compartment.EVIDENCE},
        {"opening": {"v": 2}},
    ],
)
def test_an_answer_serves_no_other_request(change: dict[str, Any]) -> None:
    # Given an answer to one request, replayed for another that differs in one member
    made = asked(panel())
    other = replace(made.request, **change)
    sealed = answers(made)[0]
    with pytest.raises(MemberFault, match="another request"):
        recovery.open_partial(other, sealed, made.private)
    # Even relabelled, it does not open
    forged = SealedPartial(other.sha256, other.id, sealed.member, sealed.sealed)
    with pytest.raises(MemberFault, match="cannot be used"):
        recovery.open_partial(other, forged, made.private)


def test_a_proof_serves_no_other_request_or_person() -> None:
    # Given a beneficiary who opened an answer and sends its inside on as if to another request
    made = asked(panel())
    inside = [recovery.open_partial(made.request, each, made.private) for each in answers(made)]
    for change in ({"id": bytes(16)}, {"holder": bytes(16)}):
        other = replace(made.request, **change)
        with pytest.raises(MemberFault, match="proof"):
            recovery.open_compartment(other, inside, panel().key)


def test_an_answer_serves_no_other_wrap() -> None:
    made, other = asked(panel()), asked(panel(), "another")
    inside = [recovery.open_partial(made.request, each, made.private) for each in answers(made)]
    mixed = replace(made.request, wrap=other.request.wrap)
    with pytest.raises(MemberFault):
        recovery.open_compartment(mixed, inside, panel().key)


def test_an_answer_under_another_members_number_is_refused() -> None:
    made = asked(panel())
    sealed = answers(made, (1,))[0]
    with pytest.raises(MemberFault) as caught:
        recovery.open_partial(made.request, replace(sealed, member=2), made.private)
    assert caught.value.member == 2


def test_a_wrap_moved_to_another_record_does_not_open() -> None:
    # Given members who are shown another record than the wrap is of
    made = asked(panel())
    request = replace(made.request, record=b"\x07" * 16)
    found = [recovery.open_partial(request, each, made.private) for each in answers(replace(made, request=request))]
    with pytest.raises(OpenError):
        recovery.open_compartment(request, found, panel().key)


def test_a_share_of_another_panel_answers_nothing() -> None:
    made = asked(panel())
    with pytest.raises(SealingError, match="not that of member"):
        recovery.answer(made.request, panel(seed="other").shares[1], 1, panel().key, rng=rng("x"))


# What a member is shown: the source of the wrap.


def in_envelope(made: Asked, *, struck: tuple[bytes, ...] = ()) -> tuple[recovery.Request, Sent]:
    """The same wrap, as it stands in the envelope of a report."""
    draw = rng("envelope")
    record = draw(16)
    compartments = []
    wrap = b""
    for compartment in (
        Compartment.REPORTER_IDENTITY,
        Compartment.NARRATIVE,
        Compartment.ACCUSED_IDENTITY,
        Compartment.EVIDENCE,
    ):
        private, public = hpke.generate(draw)
        place = Place(DEPLOYMENT, Record.REPORT, record, compartment, Field.NONE, 0)
        sealed = seal_wrap(place, RECOVERY, panel().key.public, private, epoch=1, rng=draw)
        compartments.append(Sealed(compartment, 1, public, (Wrapped(RECOVERY, sealed),)))
        wrap = sealed if compartment is Compartment.NARRATIVE else wrap
    envelope = Sent(
        kind=Kind.REPORT,
        channel=Channel.WEB,
        deployment=DEPLOYMENT,
        record_kind=Record.REPORT,
        record=record,
        submission=draw(16),
        language="fr",
        urgent=False,
        independent=False,
        struck=struck,
        consents=(),
        compartments=tuple(compartments),
        values=(),
        files=(),
        reporter=bytes(32),
    )
    envelope = sign(envelope, bytes(32))
    request = replace(
        made.request, record_kind=Record.REPORT, record=record, wrap=wrap, source=encode(envelope), stage="received"
    )
    return request, envelope


def test_a_request_is_what_its_source_says() -> None:
    made = asked(panel())
    recovery.check_request(made.request)
    request, _ = in_envelope(made)
    recovery.check_request(request)
    for change, says in (
        ({"record": bytes(16)}, "another record"),
        ({"deployment": bytes(32)}, "another record"),
        ({"record_kind": Record.CASE}, "another record"),
        ({"compartment": Compartment.EVIDENCE}, "compartment"),
        ({"wrap": made.request.wrap}, "compartment"),
    ):
        with pytest.raises(SealingError, match=says):
            recovery.check_request(replace(request, **change))  # type: ignore[arg-type]
        if "wrap" not in change:
            with pytest.raises(SealingError):
                recovery.check_request(replace(made.request, **{**change, "record": b"\x01" * 16}))  # type: ignore[arg-type]


def test_a_reader_struck_out_is_helped_to_nothing() -> None:
    made = asked(panel())
    request, _ = in_envelope(made, struck=(made.request.holder,))
    with pytest.raises(SealingError, match="struck"):
        recovery.check_request(request)


# Files.


def test_files_come_back_as_they_went() -> None:
    made = asked(panel(), reason="Ümläut, العربية, 中文")
    assert recovery.decode_request(made.request.encode()) == made.request
    key = RecoveryKey(DEPLOYMENT, panel().key, "dkg")
    assert recovery.decode_key(key.encode()) == key
    sealed = answers(made)[0]
    assert recovery.decode_partial(sealed.encode()) == sealed
    assert decode_wraps(made.request.source).encode() == made.request.source


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "00"),
        ("id", "0" * 31 + "G"),
        ("id", 5),
        ("day", "2026-13-01"),
        ("day", "26-1-1"),
        ("deployment", "AB" * 32),
        ("record_kind", "letter"),
        ("record_kind", ["report"]),
        ("compartment", "everything"),
        ("stage", ""),
        ("stage", "a\u0007"),
        ("reason", "x" * 2_001),
        ("reason", None),
        ("reason", "turned \u202e round"),
        ("wrap", "AA"),
        ("wrap", "AAAA"),
        ("wrap", "!"),
        ("source", 7),
        ("opening", []),
        ("opening", {"a": "x" * 70_000}),
        ("v", 2),
        ("v", True),
        ("kind", "answerable/recovery/request@v2"),
    ],
)
def test_a_malformed_member_is_named(name: str, value: object) -> None:
    members = json.loads(asked(panel()).request.encode())
    members[name] = value
    with pytest.raises(SealingError) as caught:
        recovery.decode_request(exact.encode(members))
    if name != "wrap":
        assert caught.value.where in (name, "kind")


def test_a_wrap_whose_key_would_betray_a_share_is_refused_on_reading() -> None:
    made = asked(panel())
    wrap = made.request.wrap[:10] + bytes(32) + made.request.wrap[42:]
    with pytest.raises(SealingError):
        recovery.decode_request(replace(made.request, wrap=wrap).encode())


def test_other_spellings_and_members_are_refused() -> None:
    data = asked(panel()).request.encode()
    members = json.loads(data)
    spaced = json.dumps(members, sort_keys=True, ensure_ascii=False).encode()
    twice = data[:-1] + b',"v":1}'
    more = exact.encode({**members, "more": 1})
    less = exact.encode({name: value for name, value in members.items() if name != "stage"})
    for wrong in (spaced, twice, more, less, data + b"\n", b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"1e999"):
        with pytest.raises(SealingError):
            recovery.decode_request(wrong)
    with pytest.raises(SealingError, match="lacks “stage”"):
        recovery.decode_request(less)
    with pytest.raises(SealingError, match="has no “more”"):
        recovery.decode_request(more)


@settings(max_examples=60)
@given(st.data())
def test_a_changed_file_is_an_error_or_another_value(data: st.DataObject) -> None:
    made = asked(panel())
    for file, decode in (
        (made.request.encode(), recovery.decode_request),
        (answers(made)[0].encode(), recovery.decode_partial),
        (RecoveryKey(DEPLOYMENT, panel().key, "dkg").encode(), recovery.decode_key),
        (made.request.source, decode_wraps),
    ):
        raw = bytearray(file)
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        with suppress(SealingError):
            assert decode(bytes(raw)).encode() == bytes(raw)


@pytest.mark.parametrize("name", ["public", "point", "shares", "k", "how"])
def test_a_key_that_does_not_fit_together_is_refused(name: str) -> None:
    members = json.loads(RecoveryKey(DEPLOYMENT, panel().key, "dkg").encode())
    members[name] = {
        "public": "09" + "00" * 31,
        "point": members["shares"][0],
        "shares": members["shares"][:4] + members["shares"][:1],
        "k": 2,
        "how": "magic",
    }[name]
    with pytest.raises(SealingError):
        recovery.decode_key(exact.encode(members))


def test_lists_of_wraps_ascend_and_stay_in_their_record() -> None:
    made = asked(panel())
    one = decode_wraps(made.request.source).compartments[0]
    for every in ((one, one), ()):
        with pytest.raises(SealingError, match="ascending"):
            Wraps(DEPLOYMENT, Record.CASE, bytes(16), every).encode()
    with pytest.raises(SealingError, match="no report has"):
        Wraps(DEPLOYMENT, Record.REPORT, bytes(16), (replace(one, compartment=Compartment.DELIBERATION),)).encode()
    with pytest.raises(SealingError, match="epoch"):
        Wraps(DEPLOYMENT, Record.CASE, bytes(16), (MadeWrap(one.compartment, 2, one.public, one.wrap),)).encode()


def test_the_context_of_the_ceremony_names_deployment_and_threshold() -> None:
    assert recovery.ceremony_context(DEPLOYMENT, 3, 5, "dkg") == (
        b"answerable/recovery/dkg/v1\0" + DEPLOYMENT + b"\x03\x05"
    )
    assert recovery.ceremony_context(DEPLOYMENT, 3, 5, "dealer") != recovery.ceremony_context(DEPLOYMENT, 3, 5, "dkg")


def test_the_binding_is_the_one_that_was_fixed() -> None:
    from hashlib import sha256

    request = asked(panel()).request
    assert request.binding(4) == (
        b"answerable/recovery/open/v1\0"
        + DEPLOYMENT
        + sha256(request.wrap).digest()
        + request.id
        + request.holder
        + b"\x04"
    )
