"""Every kind, exactly: its members, their types, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from answerable.record import canonical, kinds
from answerable.record.errors import KindError, UnknownKindError
from answerable.record.kinds import OPEN, SEALED, Kind
from tests.record.events import HASH, ROOT, VKEY, open_event, smallest, value_of

ALL = [*OPEN.values(), *SEALED.values()]
PAGE = Path(__file__).parents[2] / "docs" / "kinds.md"


def ident(kind: Kind) -> str:
    return f"{kind.header}:{kind.name}"


def check(kind: Kind, event: dict[str, Any]) -> dict[str, Any]:
    if kind.header == "open":
        return kinds.check_open(canonical.encode(event))
    return kinds.check_sealed(event)


def test_the_page_of_kinds_is_current() -> None:
    assert PAGE.read_text() == kinds.document(), "write kinds.document() to docs/kinds.md"


def test_there_are_the_kinds_of_the_tables() -> None:
    assert len(OPEN) == 27
    assert len(SEALED) == 27
    assert {kind.name for kind in SEALED.values() if kind.header == "none"} == {
        "intake.sealed",
        "case.erased",
        "reads.head",
        "pad",
    }


@pytest.mark.parametrize("kind", ALL, ids=ident)
def test_an_event_of_exactly_its_members_is_accepted(kind: Kind) -> None:
    event = smallest(kind)
    assert check(kind, event) == event


@pytest.mark.parametrize("kind", ALL, ids=ident)
def test_a_member_less_or_more_is_refused_by_name(kind: Kind) -> None:
    for name in kind.members.keys() - {"kind"}:
        event = smallest(kind)
        del event[name]
        with pytest.raises(KindError, match=f"lacks {name}"):
            check(kind, event)
    with pytest.raises(KindError, match="does not name: 'extra'"):
        check(kind, smallest(kind, extra=1))


@pytest.mark.parametrize("kind", ALL, ids=ident)
def test_null_is_accepted_only_where_the_kind_allows_it(kind: Kind) -> None:
    for field in kind.fields:
        if not field.optional:
            with pytest.raises(KindError):
                check(kind, smallest(kind, **{field.name: None}))


@pytest.mark.parametrize("kind", ALL, ids=ident)
def test_a_value_of_another_type_is_refused_and_the_member_named(kind: Kind) -> None:
    for field in kind.fields:
        for wrong in (1.5, True, {"x": 1}, -1, 2**53, "\x07", ["b", "a"]):
            with pytest.raises(KindError) as caught:
                check(kind, smallest(kind, **{field.name: wrong}))
            assert field.name in str(caught.value) or field.name == "kind"


@pytest.mark.parametrize("kind", ALL, ids=ident)
def test_an_optional_member_takes_a_value_of_its_type(kind: Kind) -> None:
    together = {"correspondence.question": {"letter", "slot"}, "statement.counts": {"waiting", "erased"}}.get(
        kind.name, set()
    )
    reserved = {"case_heads", "prev"}
    for field in kind.fields:
        if field.optional and field.name not in together | reserved:
            value = {"origin": "a", "root": ROOT, "size": 1} if field.name == "predecessor" else value_of(field)
            assert check(kind, smallest(kind, **{field.name: value}))[field.name] == value
    assert check(kind, smallest(kind, **{name: 1 if name != "letter" else HASH for name in together}))


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("log.opened", {"v": 2}, "v must be 1"),
        ("log.opened", {"at": "2026-02-30"}, "at is no day of the calendar"),
        ("log.opened", {"at": "20260228"}, "at must be a day"),
        ("log.opened", {"id": "0" * 31}, "id must be an id"),
        ("log.opened", {"by": "x" * 501}, "by must be at most 500 characters, is 501"),
        ("log.opened", {"by": "a\u0085b"}, "by must not contain control"),
        ("log.opened", {"by": "a\nb"}, "by must not contain control"),
        ("log.opened", {"format": "closed"}, "format must be one of open, sealed, survey"),
        ("log.opened", {"vkeys": [VKEY, VKEY]}, r"vkeys\[1\] must be sorted, without repeats"),
        ("log.opened", {"vkeys": ["no key"]}, r"vkeys\[0\] must be a verifier key"),
        ("log.opened", {"vkeys": ["x" * 2001]}, "at most 2000"),
        ("log.opened", {"vkeys": [VKEY[:-4] + "AAA="]}, r"vkeys\[0\] must be a verifier key"),
        ("log.anchored", {"head": {"root": ROOT}}, "head lacks size"),
        ("log.anchored", {"head": {"root": "A" * 43, "size": 1}}, "head.root must be 32 bytes in base64"),
        ("log.anchored", {"head": {"root": "A" * 42 + "B=", "size": 1}}, "head.root must be 32 bytes in base64"),
        ("log.anchored", {"head": {"root": ROOT, "size": 1, "z": 1}}, "head has members"),
        ("log.anchored", {"case_heads": HASH}, "reserved"),
        ("policy.published", {"policy": "x" * 32_769}, "policy must be at most 32768 bytes"),
        ("policy.published", {"policy": "a\rb"}, "policy must not contain control"),
        ("incident.published", {"ranges": [{"from": 1, "to": "2"}]}, r"ranges\[0\].to must be a whole number"),
        ("correspondence.letter", {"letter": "L 3"}, "letter must be a label"),
        ("correspondence.letter", {"letter": "x" * 65}, "letter must be a label"),
        ("correspondence.letter", {"in_reply_to": [HASH.upper()]}, r"in_reply_to\[0\] must be a reference"),
        ("correspondence.letter", {"asks": [{"sha256": HASH, "slot": True}]}, r"asks\[0\].slot must be a whole number"),
        ("correspondence.question", {"letter": HASH}, "both be null"),
        ("correspondence.question", {"answer_status": "answered"}, "answer_status must be one of"),
        (
            "correspondence.assessment",
            {"answers": [{"answer": "full", "passage_sha256": None, "slot": 8}]},
            "slot 8 is said to be answered without a passage",
        ),
        ("statement.counts", {"period": "2026-Q5"}, "period must be a quarter"),
        ("statement.counts", {"waiting": 5}, "null together"),
    ],
)
def test_what_is_wrong_with_an_open_entry_is_said(kind: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(KindError, match=said) as caught:
        kinds.check_open(canonical.encode(open_event(kind, **changes)))
    assert str(caught.value).startswith(f"{kind}: ")


def test_a_policy_keeps_its_lines_and_a_text_may_be_in_any_language() -> None:
    policy = "log a\n\twitness b\n" + "x" * 30_000
    kinds.encode_open(open_event("policy.published", policy=policy, by="مكتب المحرر"))


def test_a_passage_may_be_missing_where_the_answer_is_none() -> None:
    answers = [{"answer": "none", "passage_sha256": None, "slot": 8}]
    kinds.encode_open(open_event("correspondence.assessment", answers=answers))


@pytest.mark.parametrize(
    ("seq", "prev", "accepted"), [(0, None, True), (0, HASH, False), (1, HASH, True), (1, None, False)]
)
def test_a_chain_begins_at_zero_without_a_predecessor(seq: int, prev: str | None, accepted: bool) -> None:
    event = smallest(SEALED["message.sealed"], seq=seq, prev=prev)
    if accepted:
        assert kinds.check_sealed(event) == event
    else:
        with pytest.raises(KindError, match="prev must be null at seq 0"):
            kinds.check_sealed(event)


@pytest.mark.parametrize("name", ["log.closes", "genesis", "envelope", "", "pad", "x" * 10_000])
def test_an_unknown_kind_is_refused_and_never_passed(name: str) -> None:
    # The kinds of surveys' own logs are reserved and unknown here; a sealed kind is no open one.
    with pytest.raises(UnknownKindError) as caught:
        kinds.check_open(canonical.encode(open_event("log.closed") | {"kind": name}))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\x02envelope", b"{}", b'{"kind":null}', b'{"kind": "pad"}', b"\x01" * 33]
)
def test_other_bytes_are_malformed(data: bytes) -> None:
    with pytest.raises(KindError):
        kinds.check_open(data)


def test_an_entry_is_at_most_65535_bytes() -> None:
    ranges = [{"from": place, "to": place} for place in range(3_000)]
    with pytest.raises(KindError, match="at most 65535"):
        kinds.encode_open(open_event("incident.published", ranges=ranges))
    with pytest.raises(KindError, match="at most 65535"):
        kinds.check_open(b"{" + b" " * 65_535)
