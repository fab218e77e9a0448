"""The file that the offline page writes: everything of one submission, sealed, to be carried on any medium.

    "ANSD" 0x01 | u8 n deliveries: u32 length, delivery | u16 n bodies by ascending id: id(16) u64 length, sealed body

A delivery has no proof of work: whoever carries the file in did the work. Every body that an envelope names is there,
and no other. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from answerable.intake.errors import MalformedError
from answerable.sealing.delivery import MAX_DELIVERY, decode_delivery
from answerable.sealing.envelope import Channel, decode
from answerable.sealing.errors import SealingError
from answerable.sealing.place import Record
from answerable.sealing.reading import Reader

MAGIC = b"ANSD\x01"
MOST_DELIVERIES = 2
_TODO = "carry the file anew, as the offline page saved it"


@dataclass(frozen=True)
class Part:
    """One submission of a draft: its delivery, the SHA-256 of its envelope, and (id, sealed body) of its files."""

    record_kind: Record
    envelope_sha256: bytes
    delivery: bytes = field(repr=False)
    bodies: tuple[tuple[bytes, bytes], ...] = field(repr=False)


def encode_draft(deliveries: Sequence[bytes], bodies: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The bytes of a draft."""
    parts = [MAGIC, bytes((len(deliveries),))]
    parts += [len(each).to_bytes(4, "big") + each for each in deliveries]
    parts.append(len(bodies).to_bytes(2, "big"))
    parts += [identity + len(body).to_bytes(8, "big") + body for identity, body in sorted(bodies)]
    return b"".join(parts)


def read_draft(data: bytes) -> tuple[Part, ...]:
    """The submissions of a draft. Raises MalformedError for a file that the offline page did not save."""
    try:
        return _parts(data)
    except SealingError as error:
        raise MalformedError(f"this is no file of the offline page: {error.what}", todo=_TODO) from None


def _parts(data: bytes) -> tuple[Part, ...]:
    reader = Reader(data, "the file")
    if reader.take(len(MAGIC)) != MAGIC:
        raise MalformedError("this is no file of the offline page", todo=_TODO)
    count = reader.number(1)
    if not 1 <= count <= MOST_DELIVERIES:
        raise MalformedError("a file of the offline page has one or two submissions", todo=_TODO)
    deliveries = [reader.sized(4, MAX_DELIVERY) for _ in range(count)]
    bodies: dict[bytes, bytes] = {}
    last = b""
    for _ in range(reader.number(2)):
        identity = reader.take(16)
        if identity <= last:
            raise MalformedError("the files in it are not in order", todo=_TODO)
        bodies[identity] = reader.take(reader.number(8))
        last = identity
    reader.end()
    parts = [_part(each, bodies) for each in deliveries]
    named = [identity for part in parts for identity, _body in part.bodies]
    if sorted(named) != sorted(bodies):
        raise MalformedError("the files in it belong to no submission, or to two", todo=_TODO)
    return tuple(parts)


def _part(delivery: bytes, bodies: dict[bytes, bytes]) -> Part:
    read = decode_delivery(delivery)
    envelope = decode(read.envelope)
    if read.credentials is None or read.work or envelope.channel is not Channel.OFFLINE:
        raise MalformedError("this was not written with the offline page", todo=_TODO)
    own = []
    for each in envelope.files:
        body = bodies.get(each.id)
        if body is None or len(body) != each.length or sha256(body).digest() != each.sha256:
            raise MalformedError("a file in it is missing or damaged", todo=_TODO)
        own.append((each.id, body))
    return Part(envelope.record_kind, sha256(read.envelope).digest(), delivery, tuple(own))
