"""Commitments: the 33 bytes of a sealed entry, and the openings that show all or some of what they hide.

Each field is hashed apart under a salt that only the event's opening key gives, so that one field can be shown without
the others, and none can be guessed: a referral's day, stage and State span few enough values to try them all.
Keys are 32 bytes; nothing here keeps one, prints one or puts one into an error.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NewType

from answerable.record import canonical, kinds
from answerable.record.canonical import Json
from answerable.record.errors import CanonicalError, CommitmentError, KindError, OpeningError
from answerable.record.kinds import Kind
from answerable.record.text import shown

TAG = b"answerable/commit/v1\0"
_FIELD = TAG + b"field\0"
_EVENT = TAG + b"event\0"
_SALT = b"salt\0"

#: First byte of a sealed entry.
MARK = b"\x01"
KEY_SIZE = HASH_SIZE = 32
ENTRY_SIZE = 1 + HASH_SIZE
#: An opening is refused unread above this: the largest honest one lists the entries of a case that was erased.
MAX_OPENING = 1 << 20
_U32, _U64 = 1 << 32, 1 << 64

#: The opening key of one event, and the key all pads of a quarter come from. Secrets: never print them.
OpeningKey = NewType("OpeningKey", bytes)
PeriodKey = NewType("PeriodKey", bytes)


@dataclass(frozen=True)
class Opened:
    """What an opening shows: the kind, the fields shown, and whether that is all of them."""

    kind: str
    fields: dict[str, Json]
    full: bool


def _secret(key: bytes, what: str) -> bytes:
    if len(key) != KEY_SIZE:
        raise CommitmentError(f"{what} has {KEY_SIZE} bytes, not {len(key)}")
    return key


def _number(value: int, limit: int, size: int, what: str) -> bytes:
    if not 0 <= value < limit:
        raise CommitmentError(f"{what} must be from 0 to {limit - 1}, not {value}")
    return value.to_bytes(size, "big")


def case_event_key(case_key: bytes, seq: int) -> OpeningKey:
    """The opening key of event ``seq`` of the case whose opening key is ``case_key`` (32 random bytes)."""
    message = b"event\0" + _number(seq, _U64, 8, "seq")
    return OpeningKey(hmac.digest(_secret(case_key, "a case opening key"), message, "sha256"))


def period_key(padding_key: bytes, period: str) -> PeriodKey:
    """The key of one quarter (``2026-Q4``), which can be shown to an auditor without the next quarter's."""
    message = b"period\0" + period.encode()
    return PeriodKey(hmac.digest(_secret(padding_key, "a padding key"), message, "sha256"))


def pad_key(period_key: bytes, tick: int, ordinal: int) -> OpeningKey:
    """The opening key of the pad number ``ordinal`` (from 0) of ``tick``."""
    message = b"pad\0" + _number(tick, _U64, 8, "tick") + _number(ordinal, _U32, 4, "ordinal")
    return OpeningKey(hmac.digest(_secret(period_key, "a period key"), message, "sha256"))


# HMAC-SHA256 (RFC 2104) under one 32-byte key for many names: both padded blocks are made once, which takes half the
# time of `hmac.digest` called anew for each. A test holds the two equal.
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST, _OUTER_REST = b"\x36" * 32, b"\x5c" * 32


def _blocks(key: bytes) -> tuple[bytes, bytes]:
    return key.translate(_INNER) + _INNER_REST + _SALT, key.translate(_OUTER) + _OUTER_REST


def salt(key: bytes, name: str) -> bytes:
    """The salt of the field ``name`` under an event's opening key."""
    return hmac.digest(_secret(key, "an opening key"), _SALT + name.encode(), "sha256")


def digest(salt: bytes, name: str, value: Json) -> bytes:
    """The digest of one field. Raises CommitmentError for a value that has no canonical JSON."""
    try:
        return sha256(_FIELD + salt + canonical.encode([name, value])).digest()
    except CanonicalError as error:
        raise CommitmentError(f"the field {shown(name)} has no canonical form: {error.what}") from error


def commitment(digests: Collection[bytes]) -> bytes:
    """The commitment to an event: of the digests of its fields, kind first, then in byte order of their names."""
    if not 0 < len(digests) < 1 << 16 or any(len(one) != HASH_SIZE for one in digests):
        raise CommitmentError(f"an event has from 1 to 65,535 digests of {HASH_SIZE} bytes")
    return sha256(_EVENT + len(digests).to_bytes(2, "big") + b"".join(digests)).digest()


def _digests(kind: Kind, event: Mapping[str, Json], key: bytes) -> list[bytes]:
    inner, outer = _blocks(_secret(key, "an opening key"))
    digests = []
    for name in kind.order:
        salted = sha256(outer + sha256(inner + name.encode()).digest()).digest()
        digests.append(digest(salted, name, event[name]))
    return digests


def _sealed_kind(event: Mapping[str, Json]) -> Kind:
    return kinds.SEALED[str(kinds.check_sealed(event)["kind"])]


def seal(event: Mapping[str, Json], key: bytes) -> bytes:
    """The 33-byte entry of a sealed event under its opening key.

    Raises KindError for an event that is not exactly its kind, CommitmentError for a key that is not 32 bytes.
    """
    return MARK + commitment(_digests(_sealed_kind(event), event, key))


_PAD_NAMES = kinds.SEALED["pad"].order
_PAD_EVENT = _EVENT + len(_PAD_NAMES).to_bytes(2, "big")


def pad_entry(period_key: bytes, tick: int, ordinal: int) -> bytes:
    """The entry of one pad: the same as sealing ``{kind, ordinal, tick, v}`` under `pad_key`, several times faster."""
    inner, outer = _blocks(pad_key(period_key, tick, ordinal))
    # Whole numbers and these two constants are their own canonical JSON.
    fields = (b'["kind","pad"]', b'["ordinal",%d]' % ordinal, b'["tick",%d]' % tick, b'["v",1]')
    digests = [
        sha256(_FIELD + sha256(outer + sha256(inner + name).digest()).digest() + field).digest()
        for name, field in zip(_PAD_BYTES, fields, strict=True)
    ]
    return MARK + sha256(_PAD_EVENT + b"".join(digests)).digest()


_PAD_BYTES = tuple(name.encode() for name in _PAD_NAMES)


def full_opening(event: Mapping[str, Json], key: bytes) -> bytes:
    """The opening that shows a whole event. Raises as `seal` does."""
    _sealed_kind(event)
    return canonical.encode({"event": dict(event), "key": _secret(key, "an opening key").hex(), "v": 1})


def opening(event: Mapping[str, Json], key: bytes, names: Collection[str]) -> bytes:
    """The opening that shows the fields ``names`` of an event, and its kind in any case. Raises as `seal` does.

    Whoever gets it learns these values, which fields the kind has, and nothing of the others.
    """
    kind = _sealed_kind(event)
    for name in names:
        if name not in kind.members:
            raise KindError(f"has no member called {shown(name)} to open", where=kind.name)
    wanted = {"kind", *names}
    digests = _digests(kind, event, key)
    shows: list[Json] = [[name, event[name], salt(key, name).hex()] for name in kind.order if name in wanted]
    hexes: list[Json] = [one.hex() for one in digests]
    return canonical.encode({"digests": hexes, "open": shows, "v": 1})


def _hash(value: Json, what: str) -> bytes:
    """Strictly 64 lowercase hexadecimal digits."""
    if isinstance(value, str) and len(value) == 2 * HASH_SIZE:
        try:
            raw = bytes.fromhex(value)
        except ValueError:
            raw = b""
        if raw.hex() == value:
            return raw
    raise CommitmentError(f"{what} must be 64 lowercase hexadecimal digits")


def _decoded(data: bytes) -> dict[str, Json]:
    if len(data) > MAX_OPENING:
        raise CommitmentError(f"an opening is at most {MAX_OPENING} bytes, this one has {len(data)}")
    try:
        value = canonical.decode(data)
    except CanonicalError as error:
        raise CommitmentError(f"an opening must be canonical JSON: {error.what}", where=error.where) from error
    if not isinstance(value, dict) or value.keys() not in ({"digests", "open", "v"}, {"event", "key", "v"}):
        raise CommitmentError("an opening has the members digests, open and v, or event, key and v")
    if type(value["v"]) is not int or value["v"] != 1:
        raise CommitmentError("an opening has v 1, the only version there is")
    return value


def _open_full(event: Json, key: Json) -> tuple[bytes, Opened]:
    if not isinstance(event, dict):
        raise CommitmentError("the event of an opening must be an object")
    return seal(event, _hash(key, "the key of an opening")), Opened(str(event["kind"]), dict(event), full=True)


def _triple(shows: Json) -> tuple[str, Json, bytes]:
    if not isinstance(shows, list) or len(shows) != 3 or not isinstance(shows[0], str):
        raise CommitmentError("each field an opening shows is [name, value, salt]")
    return shows[0], shows[1], _hash(shows[2], f"the salt of {shown(shows[0])}")


def _open_some(hexes: Json, shows: Json) -> tuple[bytes, Opened]:
    if not isinstance(hexes, list) or not isinstance(shows, list) or not shows:
        raise CommitmentError("digests and open are lists, and open shows at least the kind")
    digests = [_hash(one, f"digest {place}") for place, one in enumerate(hexes)]
    name, value, _ = _triple(shows[0])
    if name != "kind":
        raise CommitmentError(f"an opening shows kind first, this one shows {shown(name)}")
    kind = kinds.known(kinds.SEALED, value)
    if len(digests) != len(kind.order):
        raise CommitmentError(
            f"an event of this kind has {len(kind.order)} digests, not {len(digests)}", where=kind.name
        )
    place = -1
    fields: dict[str, Json] = {}
    for one in shows:
        name, value, salted = _triple(one)
        kind.check_member(name, value)
        # One name, one place: a field shown twice, or out of its place, is refused before any digest is compared.
        if (now := kind.order.index(name)) <= place:
            raise CommitmentError(f"the field {shown(name)} is shown twice or out of order", where=kind.name)
        place = now
        if not hmac.compare_digest(digest(salted, name, value), digests[place]):
            raise OpeningError(f"the value shown for {shown(name)} is not the one that was sealed", where=kind.name)
        fields[name] = value
    full = len(fields) == len(kind.order)
    if full:
        kind.check(fields)
    return MARK + commitment(digests), Opened(kind.name, fields, full)


def open_entry(data: bytes) -> tuple[bytes, Opened]:
    """The entry that an opening commits to, and what it shows.

    Raises CommitmentError when malformed, KindError (an unknown kind is refused, never passed) and OpeningError when a
    value shown is not under its digest.
    """
    value = _decoded(data)
    if "event" in value:
        return _open_full(value["event"], value["key"])
    return _open_some(value["digests"], value["open"])


def check_opening(entry: bytes, opening: bytes) -> Opened:
    """What ``opening`` shows of the sealed ``entry``. Raises as `open_entry`, OpeningError if it opens another."""
    if len(entry) != ENTRY_SIZE or not entry.startswith(MARK):
        raise CommitmentError(f"a sealed entry is {ENTRY_SIZE} bytes that begin with 0x01")
    opens, opened = open_entry(opening)
    if not hmac.compare_digest(opens, entry):
        raise OpeningError("the opening is of another entry", where=opened.kind)
    return opened
