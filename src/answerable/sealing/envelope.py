"""The envelope: one submission as it travels, everything in it sealed but what the server needs to route it.

The bytes are canonical: whatever decodes encodes to the same bytes again, so that an envelope and its hash name each
other. Lists ascend, without repetition.

    "ANSE" 0x01 | kind(1) channel(1) deployment(32) record kind(1) record(16) submission(16) flags(1)
    | u8 language | u8 n struck out(16 each) | u8 n consents (u8 each)
    | u8 n compartments: compartment(1) epoch(4) public(32) signature(64) u16 n wraps: holder(16) u16 wrap
    | u16 n values: compartment(1) field(2) version(4) u32 data
    | u8 n files: version(4) id(16) u64 length, sha256(32)
    | reporter(32) | signer(32) | signature(64)

``reporter`` is her X25519 key, to which new keys of her compartments are wrapped from now on; ``signer`` the Ed25519
key that signs what comes next of this record. Signing and checking are in `answerable.sealing.signing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from answerable.sealing.errors import SealingError
from answerable.sealing.place import DEPLOYMENT_SIZE, ID_SIZE, U32, Coded, Compartment, Field, Record
from answerable.sealing.reading import Reader, is_printable, sized

_MAGIC = b"ANSE\x01"
_HASH = 32
KEY_SIZE = 32
SIGNATURE_SIZE = 64
#: A longer envelope is refused unread. Files travel apart.
MAX_ENVELOPE = 1_500_000
MAX_LANGUAGE = 35
_URGENT, _INDEPENDENT = 1, 2


class Kind(Coded):
    """What a submission is."""

    REPORT = 1
    HELP = 2
    ADDITION = 3
    WITHDRAWAL = 4
    CONSENT = 5


class Channel(Coded):
    """How a submission was sealed: by a script, by the server, by a worker, or by the page that works from disk."""

    WEB = 1
    PLAIN = 2
    ASSISTED = 3
    OFFLINE = 4


@dataclass(frozen=True)
class Wrapped:
    """A compartment's key, sealed to one holder."""

    holder: bytes
    wrap: bytes


@dataclass(frozen=True)
class Sealed:
    """One epoch of a compartment: its public key, and the wraps of its private key by ascending holder.

    ``signature``: hers, by which she knows her own epochs again; empty until the envelope is signed, and zeros for an
    older epoch that she does not vouch for.
    """

    compartment: Compartment
    epoch: int
    public: bytes
    wraps: tuple[Wrapped, ...]
    signature: bytes = b""

    @property
    def _order(self) -> tuple[int, int]:
        return self.compartment, self.epoch


@dataclass(frozen=True)
class Value:
    """A sealed value and its place within the record."""

    compartment: Compartment
    field: Field
    version: int
    data: bytes

    @property
    def _order(self) -> tuple[int, int, int]:
        return self.compartment, self.field, self.version


@dataclass(frozen=True)
class Attached:
    """A sealed file whose body travels apart: its version (that of the head's value), id, and the sealed body's length
    and SHA-256."""

    version: int
    id: bytes
    length: int
    sha256: bytes


@dataclass(frozen=True)
class Envelope:
    """One submission. Construction checks every bound but the whole's length.

    ``reporter``: her X25519 key. ``signer`` and ``signature`` are empty until it is signed.
    """

    kind: Kind
    channel: Channel
    deployment: bytes
    record_kind: Record
    record: bytes
    submission: bytes
    language: str
    urgent: bool
    independent: bool
    struck: tuple[bytes, ...]
    consents: tuple[str, ...]
    compartments: tuple[Sealed, ...]
    values: tuple[Value, ...]
    files: tuple[Attached, ...]
    reporter: bytes
    signer: bytes = b""
    signature: bytes = b""

    def __post_init__(self) -> None:
        _sizes("an envelope", (self.deployment, DEPLOYMENT_SIZE), (self.record, ID_SIZE), (self.submission, ID_SIZE))
        _sizes("an envelope", (self.reporter, KEY_SIZE))
        if self.signer or self.signature:
            _sizes("a signed envelope", (self.signer, KEY_SIZE), (self.signature, SIGNATURE_SIZE))
        if len(self.language) > MAX_LANGUAGE:
            raise SealingError(f"a language's code has at most {MAX_LANGUAGE} characters")
        for code in (self.language, *self.consents):
            if not code.isascii() or not is_printable(code.encode("ascii")) or len(code) > 255:
                raise SealingError("languages and consents are codes of printable ASCII")
        _sizes("a list of holders struck out", *((holder, ID_SIZE) for holder in self.struck))
        _ascending("holders struck out", self.struck, 255)
        _ascending("consents", self.consents, 255)
        _ascending("compartments", [one._order for one in self.compartments], 255)
        _ascending("values", [one._order for one in self.values], 65_535)
        _ascending("files", [one.version for one in self.files], 255)
        for one in self.compartments:
            _check_sealed(one)
        for value in self.values:
            _check_value(value)
        for file in self.files:
            _sizes("a file", (file.id, ID_SIZE), (file.sha256, _HASH))
            if not 0 <= file.version < U32 or not 0 <= file.length < 1 << 63:
                raise SealingError("a file has a version below 2**32 and a length below 2**63")


def _sizes(what: str, *pairs: tuple[bytes, int]) -> None:
    for data, size in pairs:
        if len(data) != size:
            raise SealingError(f"{what} has a part of {len(data)} bytes where {size} belong")


def _ascending(what: str, items: Sequence[Any], most: int) -> None:
    if len(items) > most:
        raise SealingError(f"{len(items)} {what} are too many: at most {most}")
    if any(first >= second for first, second in pairwise(items)):
        raise SealingError(f"the {what} of an envelope ascend, without repetition")


def _check_sealed(one: Sealed) -> None:
    if one.signature:
        _sizes("a compartment", (one.signature, SIGNATURE_SIZE))
    _sizes("a compartment", (one.public, 32), *((wrapped.holder, ID_SIZE) for wrapped in one.wraps))
    if not 0 <= one.epoch < U32:
        raise SealingError("an epoch is from 0 to 2**32 - 1")
    _ascending("wraps of a compartment", [wrapped.holder for wrapped in one.wraps], 65_535)
    if any(len(wrapped.wrap) > 65_535 for wrapped in one.wraps):
        raise SealingError("a wrap is at most 65,535 bytes")


def _check_value(value: Value) -> None:
    if not 0 <= value.version < U32:
        raise SealingError("a version is from 0 to 2**32 - 1")
    if value.field == Field.NONE:
        raise SealingError("a value has a field")


def _counted(parts: Iterable[bytes], size: int) -> bytes:
    listed = list(parts)
    return len(listed).to_bytes(size, "big") + b"".join(listed)


def _sealed_bytes(one: Sealed) -> bytes:
    wraps = _counted((wrapped.holder + sized(wrapped.wrap, 2) for wrapped in one.wraps), 2)
    if not one.signature:
        raise SealingError("the epochs of an envelope are signed before it is sent")
    return bytes((one.compartment,)) + one.epoch.to_bytes(4, "big") + one.public + one.signature + wraps


def _value_bytes(one: Value) -> bytes:
    return (
        bytes((one.compartment,)) + one.field.to_bytes(2, "big") + one.version.to_bytes(4, "big") + sized(one.data, 4)
    )


def unsigned(envelope: Envelope) -> bytes:
    """The bytes of an envelope up to and with ``reporter``: everything before its signer."""
    flags = _URGENT * envelope.urgent | _INDEPENDENT * envelope.independent
    return b"".join(
        (
            _MAGIC + bytes((envelope.kind, envelope.channel)) + envelope.deployment,
            bytes((envelope.record_kind,)) + envelope.record + envelope.submission + bytes((flags,)),
            sized(envelope.language.encode("ascii"), 1),
            _counted(envelope.struck, 1),
            _counted((sized(one.encode("ascii"), 1) for one in envelope.consents), 1),
            _counted(map(_sealed_bytes, envelope.compartments), 1),
            _counted(map(_value_bytes, envelope.values), 2),
            _counted(
                (
                    one.version.to_bytes(4, "big") + one.id + one.length.to_bytes(8, "big") + one.sha256
                    for one in envelope.files
                ),
                1,
            ),
            envelope.reporter,
        )
    )


def encode(envelope: Envelope) -> bytes:
    """The bytes of a signed envelope. Raises SealingError for one that is not signed, and above 1,500,000 bytes."""
    if not envelope.signature:
        raise SealingError("an envelope is signed before it is sent")
    data = unsigned(envelope) + envelope.signer + envelope.signature
    if len(data) > MAX_ENVELOPE:
        raise SealingError(f"an envelope is at most {MAX_ENVELOPE} bytes, this one has {len(data)}")
    return data


def _read_sealed(reader: Reader) -> Sealed:
    compartment, epoch, public = Compartment.at(reader.number(1)), reader.number(4), reader.take(32)
    signature = reader.take(SIGNATURE_SIZE)
    wraps = tuple(Wrapped(reader.take(ID_SIZE), reader.sized(2)) for _ in range(reader.number(2)))
    return Sealed(compartment, epoch, public, wraps, signature)


def _read_value(reader: Reader) -> Value:
    compartment, field = Compartment.at(reader.number(1)), Field.at(reader.number(2))
    return Value(compartment, field, reader.number(4), reader.sized(4))


def _read_file(reader: Reader) -> Attached:
    return Attached(reader.number(4), reader.take(ID_SIZE), reader.number(8), reader.take(_HASH))


def decode(data: bytes) -> Envelope:
    """The envelope of some bytes. Raises SealingError for any bytes that `encode` does not give."""
    if len(data) > MAX_ENVELOPE:
        raise SealingError(f"an envelope is at most {MAX_ENVELOPE} bytes, this one has {len(data)}")
    reader = Reader(data, "the envelope")
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise SealingError("this is no envelope of version 1")
    kind, channel, deployment = Kind.at(reader.number(1)), Channel.at(reader.number(1)), reader.take(DEPLOYMENT_SIZE)
    record_kind, record, submission = Record.at(reader.number(1)), reader.take(ID_SIZE), reader.take(ID_SIZE)
    flags = reader.number(1)
    if flags & ~(_URGENT | _INDEPENDENT):
        raise SealingError("an envelope has flags that are not known")
    envelope = Envelope(
        kind,
        channel,
        deployment,
        record_kind,
        record,
        submission,
        reader.ascii(1),
        bool(flags & _URGENT),
        bool(flags & _INDEPENDENT),
        tuple(reader.take(ID_SIZE) for _ in range(reader.number(1))),
        tuple(reader.ascii(1) for _ in range(reader.number(1))),
        tuple(_read_sealed(reader) for _ in range(reader.number(1))),
        tuple(_read_value(reader) for _ in range(reader.number(2))),
        tuple(_read_file(reader) for _ in range(reader.number(1))),
        *(reader.take(size) for size in (KEY_SIZE, KEY_SIZE, SIGNATURE_SIZE)),
    )
    reader.end()
    return envelope
