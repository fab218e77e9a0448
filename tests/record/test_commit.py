"""Sealing and opening: what is shown is what was sealed, and nothing else passes."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import pytest

from answerable.record import canonical, commit
from answerable.record.commit import check_opening, full_opening, opening, seal
from answerable.record.errors import CommitmentError, KindError, OpeningError, UnknownKindError
from answerable.record.kinds import SEALED
from tests.record.events import HASH, case_event, smallest

KEY = bytes(range(32))
CASE = "ab" * 16
EVENT = case_event(CASE, 0, None)


def changed(opened: bytes, **changes: Any) -> bytes:
    value = canonical.decode(opened)
    assert isinstance(value, dict)
    return canonical.encode(value | changes)


def shows(opened: bytes) -> list[Any]:
    value = canonical.decode(opened)
    assert isinstance(value, dict)
    found = value["open"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", sorted(SEALED))
def test_every_kind_opens_in_full_in_part_and_with_all_fields(name: str) -> None:
    event = smallest(SEALED[name])
    entry = seal(event, KEY)
    assert len(entry) == 33
    whole = check_opening(entry, full_opening(event, KEY))
    assert (whole.kind, whole.fields, whole.full) == (name, event, True)
    part = check_opening(entry, opening(event, KEY, []))
    assert (part.fields, part.full) == ({"kind": name}, False)
    assert check_opening(entry, opening(event, KEY, event.keys())).full


def test_two_of_ten_fields_take_about_900_bytes() -> None:
    event = smallest(SEALED["report.joined"])
    assert len(event) == 10
    assert len(opening(event, KEY, ["at"])) < 1_000


def test_the_minimal_opening_shows_the_chain_and_nothing_else() -> None:
    opened = opening(EVENT, KEY, ["case", "seq", "prev"])
    assert check_opening(seal(EVENT, KEY), opened).fields == {
        "kind": "right.claimed",
        "case": CASE,
        "seq": 0,
        "prev": None,
    }
    assert b"2026-11-21" not in opened


def test_the_salts_are_hmac() -> None:
    for name in SEALED["decision.made"].order:
        assert commit.salt(KEY, name) == hmac.digest(KEY, b"salt\0" + name.encode(), "sha256")
    # and sealing, which computes them another way, agrees with them
    digests = [commit.digest(commit.salt(KEY, name), name, EVENT[name]) for name in SEALED["right.claimed"].order]
    assert seal(EVENT, KEY) == b"\x01" + commit.commitment(digests)


@pytest.mark.parametrize(("tick", "ordinal"), [(0, 0), (1_966_080, 63), (2**53 - 1, 2**32 - 1)])
def test_a_pad_is_a_sealed_event_like_any_other(tick: int, ordinal: int) -> None:
    pad: dict[str, Any] = {"v": 1, "kind": "pad", "tick": tick, "ordinal": ordinal}
    assert commit.pad_entry(KEY, tick, ordinal) == seal(pad, commit.pad_key(KEY, tick, ordinal))


def test_an_opening_of_another_entry_does_not_open_this_one() -> None:
    other = seal(case_event(CASE, 1, HASH), KEY)
    for opened in (full_opening(EVENT, KEY), opening(EVENT, KEY, ["seq"])):
        with pytest.raises(OpeningError, match="of another entry"):
            check_opening(other, opened)


def test_another_value_under_the_same_digest_is_refused() -> None:
    opened = opening(EVENT, KEY, ["at"])
    fields = shows(opened)
    fields[1][1] = "2026-11-22"
    with pytest.raises(OpeningError, match="'at' is not the one that was sealed"):
        check_opening(seal(EVENT, KEY), changed(opened, open=fields))


def test_a_field_shown_twice_or_out_of_its_place_is_refused() -> None:
    opened = opening(EVENT, KEY, ["at", "by"])
    kind, at, by = shows(opened)
    for wrong in ([kind, at, at], [kind, by, at], [kind, kind], [at, kind], [at]):
        with pytest.raises(CommitmentError):
            check_opening(seal(EVENT, KEY), changed(opened, open=wrong))


def twofold() -> tuple[bytes, bytes]:
    """An entry sealed by a cheat with a digest too many, so that the day could be shown in two ways."""
    names = [*SEALED["right.claimed"].order, "at"]
    values = {**EVENT}
    digests = [commit.digest(commit.salt(KEY, name), name, values[name]) for name in names[:-1]]
    digests.append(commit.digest(commit.salt(KEY, "at"), "at", "2020-01-01"))
    entry = b"\x01" + commit.commitment(digests)
    opened: dict[str, Any] = {
        "digests": [one.hex() for one in digests],
        "open": [["kind", "right.claimed", commit.salt(KEY, "kind").hex()]],
        "v": 1,
    }
    return entry, canonical.encode(opened)


def test_an_event_with_a_place_too_many_never_opens() -> None:
    entry, opened = twofold()
    with pytest.raises(CommitmentError, match="has 11 digests, not 12"):
        check_opening(entry, opened)


def test_an_unknown_kind_is_a_refusal_not_a_pass() -> None:
    opened = opening(EVENT, KEY, [])
    fields = shows(opened)
    fields[0][1] = "right.invented"
    with pytest.raises(UnknownKindError):
        check_opening(seal(EVENT, KEY), changed(opened, open=fields))


def test_a_field_of_the_wrong_type_is_refused_even_when_it_was_sealed_so() -> None:
    # Given an event whose free text was sealed where a code belongs
    order = SEALED["right.claimed"].order
    event = EVENT | {"right": "Free words, with a name in them."}
    digests = [commit.digest(commit.salt(KEY, name), name, event[name]) for name in order]
    entry = b"\x01" + commit.commitment(digests)
    opened: dict[str, Any] = {
        "digests": [one.hex() for one in digests],
        "open": [[name, event[name], commit.salt(KEY, name).hex()] for name in ("kind", "right")],
        "v": 1,
    }
    with pytest.raises(KindError, match="right must be a code"):
        check_opening(entry, canonical.encode(opened))


@pytest.mark.parametrize(
    "opened",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"digests":[],"open":[],"v":1}',
        b'{"digests":[],"open":[[]],"v":1}',
        b'{"digests":[],"open":[["kind","pad","00"]],"v":1}',
        b'{"digests":{},"open":[],"v":1}',
        b'{"event":[],"key":"00","v":1}',
        b'{"event":{"kind":"pad"},"key":"' + b"0" * 64 + b'","v":1}',
        b'{"event":{},"key":"' + b"A" * 64 + b'","v":1}',
        b'{"digests":[],"event":{},"key":"","open":[],"v":1}',
    ],
)
def test_other_bytes_are_malformed(opened: bytes) -> None:
    with pytest.raises((CommitmentError, KindError)):
        check_opening(seal(EVENT, KEY), opened)


def test_versions_and_sizes_are_checked_first() -> None:
    opened = opening(EVENT, KEY, [])
    for version in (2, True, "1", None):
        with pytest.raises(CommitmentError, match="v 1"):
            check_opening(seal(EVENT, KEY), changed(opened, v=version))
    with pytest.raises(CommitmentError, match="at most"):
        check_opening(seal(EVENT, KEY), b"{" * (commit.MAX_OPENING + 1))
    for entry in (b"", b"\x02" * 33, b"\x01" * 32):
        with pytest.raises(CommitmentError, match="33 bytes"):
            check_opening(entry, opened)


def test_nothing_seals_under_a_key_of_another_length_and_no_error_shows_one() -> None:
    secret = b"s3cret" * 5
    acts: list[Callable[[], object]] = [
        lambda: seal(EVENT, secret),
        lambda: commit.salt(secret, "kind"),
        lambda: commit.case_event_key(secret, 0),
        lambda: commit.period_key(secret, "2026-Q4"),
        lambda: commit.pad_key(secret, 0, 0),
        lambda: full_opening(EVENT, secret),
    ]
    for act in acts:
        with pytest.raises(CommitmentError) as caught:
            act()
        assert "s3cret" not in str(caught.value)
        assert secret.hex() not in str(caught.value)


def test_numbers_outside_their_width_are_refused() -> None:
    acts: list[Callable[[], object]] = [
        lambda: commit.case_event_key(KEY, -1),
        lambda: commit.case_event_key(KEY, 2**64),
        lambda: commit.pad_entry(KEY, 0, 2**32),
        lambda: commit.commitment([]),
        lambda: commit.commitment([b"short"]),
    ]
    for act in acts:
        with pytest.raises(CommitmentError):
            act()


def test_an_event_that_is_not_its_kind_is_not_sealed() -> None:
    with pytest.raises(KindError):
        seal(EVENT | {"right": "Free words."}, KEY)
    with pytest.raises(KindError, match="no member called 'name'"):
        opening(EVENT, KEY, ["name"])
