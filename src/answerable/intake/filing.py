"""Sealing on arrival, for whoever sends without script: what a form says becomes deliveries, and nothing else remains.

Pure: randomness, the day and the cleaner are passed in. The caller runs in a process that ends with the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from answerable.intake.cleaning.names import display_name
from answerable.intake.contents import WANTS, Answers, Upload, forms
from answerable.intake.errors import QuotaError, TooLargeError
from answerable.sealing import codes, hpke
from answerable.sealing.delivery import Delivery, encode_delivery
from answerable.sealing.envelope import Attached, Channel, Envelope, Kind, Value, encode
from answerable.sealing.files import MAX_TYPE, seal_file
from answerable.sealing.mailbox import Credentials, make_credentials
from answerable.sealing.making import FILES, make_envelope
from answerable.sealing.place import Compartment, Field, Place, Record
from answerable.sealing.readers import ReadersNote
from answerable.sealing.signing import sign

Rng = Callable[[int], bytes]
#: A file's cleaned copy and its type, or the reason why there is none.
Cleaner = Callable[[bytes, str], "tuple[bytes, str] | str"]

BOX = {Record.REPORT: codes.BOX_REPORT, Record.FILE: codes.BOX_HELP}
KIND = {Record.REPORT: Kind.REPORT, Record.FILE: Kind.HELP}
#: What a new record agrees to: that the person is answered. Everything else is asked later, one by one.
CONSENTS = ("contact",)


#: Puts the sealed body of a file (its id, its chunks) where it is kept. Raises QuotaError when there is no room.
Keep = Callable[[bytes, Iterable[bytes]], object]


@dataclass(frozen=True)
class Means:
    """What sealing needs from outside: randomness, the cleaner, and where sealed bodies go."""

    rng: Rng
    clean: Cleaner
    keep: Keep


@dataclass(frozen=True)
class Filed:
    """One sealed submission, ready to be received, and what became of its files.

    ``uncleaned`` and ``refused`` are pairs of a file's name and a reason: no cleaned copy; not taken at all.
    ``private`` is the reporter's key, with which the first answer is read at once.
    """

    envelope: Envelope
    delivery: bytes = field(repr=False)
    private: bytes = field(repr=False)
    uncleaned: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def file_record(
    record: Record,
    answers: Answers,
    readers: ReadersNote,
    key: bytes,
    *,
    channel: Channel,
    submission: bytes,
    means: Means,
) -> Filed:
    """A new record with all its compartments, sealed to its readers and to a new key of the reporter's.

    ``key`` is the code's key in this deployment (`codes.derive`); ``submission`` 16 bytes. Raises SealingError.
    """
    private, public = hpke.generate(means.rng)
    envelope = make_envelope(
        KIND[record],
        channel,
        readers.deployment,
        readers,
        public,
        forms(record, answers),
        language=answers.language,
        urgent=answers.urgent,
        independent=answers.independent,
        struck=answers.struck,
        consents=CONSENTS,
        files=(),
        rng=means.rng,
        record=record_of(submission),
        submission=submission,
    )
    attached = Attachment(envelope)
    if record is Record.REPORT:
        evidence = next(each for each in envelope.compartments if each.compartment is Compartment.EVIDENCE)
        attached = attach(envelope, (evidence.epoch, evidence.public), answers.files, means)
    credentials = make_credentials(
        key,
        readers.deployment,
        BOX[record],
        private,
        one_time=channel is Channel.ASSISTED,
        rng=means.rng,
    )
    if channel is Channel.OFFLINE:
        credentials = credentials.carried()
    signed = sign(attached.envelope, codes.signing_seed(key, BOX[record]))
    return Filed(signed, delivered(signed, credentials), private, attached.uncleaned, attached.refused)


def file_all(
    answers: Answers,
    readers: ReadersNote,
    key: bytes,
    *,
    channel: Channel,
    submission: bytes,
    second: bytes,
    means: Means,
) -> list[Filed]:
    """What someone wants, as one or two submissions under one code, which no stored field joins.

    ``submission`` and ``second`` are their ids (16 bytes each), both of which are stored: the second must not be
    computable from the first by anybody else, and a form sent twice names the same two.
    """
    ids = (submission, second)
    return [
        file_record(record, answers, readers, key, channel=channel, submission=ids[number], means=means)
        for number, record in enumerate(WANTS[answers.want])
    ]


def record_of(submission: bytes) -> bytes:
    """The id of the record that a form makes: the same form sent twice cannot make two, whatever its code is."""
    return sha256(b"answerable/form/record/v1\0" + submission).digest()[:16]


def delivered(envelope: Envelope, credentials: Credentials | None) -> bytes:
    """The bytes of a delivery that needs no proof of work: the server sealed it itself."""
    return encode_delivery(Delivery(b"", credentials, encode(envelope)))


@dataclass(frozen=True)
class Attachment:
    """An envelope with files, and the (name, reason) of those without a cleaned copy and of those not taken."""

    envelope: Envelope
    uncleaned: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def attach(envelope: Envelope, target: tuple[int, bytes], files: Iterable[Upload], means: Means) -> Attachment:
    """The envelope with each file twice: as it came, and cleaned of hidden facts where that can be done. To be signed.

    ``target`` is epoch and public key of the compartment for files. An original has an even version, its cleaned
    copy the next. A file for which there is no room is left out: the text goes on without it. Raises SealingError.
    """
    values, attached = list(envelope.values), list(envelope.files)
    uncleaned: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for upload in files:
        version = int.from_bytes(means.rng(4), "big") & ~1 or 2
        name = display_name(upload.name)
        parts = [(Field.FILE, version, file_type(upload.type), upload.data)]
        cleaned = means.clean(upload.data, upload.type)
        if not isinstance(cleaned, str):
            parts.append((Field.CLEANED, version + 1, file_type(cleaned[1]), cleaned[0]))
        try:
            sealed = [
                _sealed_file(envelope, target, kind, number, (name, type_, data), means)
                for kind, number, type_, data in parts
            ]
        except (QuotaError, TooLargeError) as error:
            refused.append((name, error.what))
            continue
        if isinstance(cleaned, str):
            uncleaned.append((name, cleaned))
        values += [value for value, _file in sealed]
        attached += [file for _value, file in sealed]
    values.sort(key=lambda each: (each.compartment, each.field, each.version))
    attached.sort(key=lambda each: each.version)
    whole = replace(envelope, values=tuple(values), files=tuple(attached))
    return Attachment(whole, tuple(uncleaned), tuple(refused))


def _sealed_file(
    envelope: Envelope,
    target: tuple[int, bytes],
    kind: Field,
    version: int,
    file: tuple[str, str, bytes],
    means: Means,
) -> tuple[Value, Attached]:
    name, type_, data = file
    epoch, public = target
    part = FILES[envelope.record_kind]
    place = Place(envelope.deployment, envelope.record_kind, envelope.record, part, kind, version)
    head, chunks = seal_file(place, public, name, type_, data, epoch=epoch, rng=means.rng)
    body = tuple(chunks)
    identity = means.rng(16)
    means.keep(identity, body)
    digest = sha256()
    for chunk in body:
        digest.update(chunk)
    return Value(part, kind, version, head), Attached(version, identity, sum(map(len, body)), digest.digest())


def file_type(type_: str) -> str:
    """A media type as it is sealed: ASCII, or that of unknown bytes."""
    plain = type_.strip().lower()
    known = plain.isascii() and plain.isprintable() and "/" in plain and len(plain) <= MAX_TYPE
    return plain if known else "application/octet-stream"
