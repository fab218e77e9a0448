"""Making envelopes: a new record with all its compartments, later material, and a new epoch of keys.

The browser does the same in `web/`; here it serves the path without script, assisted forms, and whatever runs without
a browser. Every new record has the same shape: all compartments, each with a form, padded to the same sizes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from answerable.sealing.envelope import Attached, Channel, Envelope, Kind, Sealed, Value, Wrapped
from answerable.sealing.errors import SealingError
from answerable.sealing.files import seal_file
from answerable.sealing.hpke import Rng, drawn, generate
from answerable.sealing.pad import STEP
from answerable.sealing.place import (
    COMPARTMENTS,
    ID_SIZE,
    RECOVERY,
    REPORTER,
    REPORTERS,
    THREAD,
    Compartment,
    Field,
    Place,
    Record,
)
from answerable.sealing.readers import ReadersNote
from answerable.sealing.values import seal_value, seal_wrap

FIRST_EPOCH = 1
#: A form in which nothing was filled in.
EMPTY_FORM = b'{"v":1}'
_LONG, _SHORT = 16_384, 2_048
#: Where a report's files lie, and those of a request for help.
FILES: dict[Record, Compartment] = {
    Record.REPORT: Compartment.EVIDENCE,
    Record.CASE: Compartment.EVIDENCE,
    Record.FILE: Compartment.MEDICAL_ASSISTANCE,
}
#: The record that a first submission opens.
OPENS: dict[Kind, Record] = {Kind.REPORT: Record.REPORT, Kind.HELP: Record.FILE}

#: A holder of a wrap: id and X25519 key.
Holder = tuple[bytes, bytes]


def least_for(compartment: Compartment, what: Field) -> int:
    """The padded length that a value has at least: forms that tell a story 16 KiB, other forms and messages 2 KiB."""
    if what == Field.FORM:
        return _LONG if compartment in (Compartment.NARRATIVE, Compartment.MEDICAL_ASSISTANCE) else _SHORT
    return _SHORT if what == Field.MESSAGE else STEP


def new_version(rng: Rng) -> int:
    """A random version above 0, which is the first form's."""
    while not (version := int.from_bytes(drawn(rng, 4), "big")):
        continue
    return version


def new_file_version(rng: Rng) -> int:
    """A random even version, at least 2, for an original. Its cleaned copy, if it has one, has the version after it."""
    while (version := new_version(rng) & ~1) == 0:
        continue
    return version


@dataclass(frozen=True)
class AttachedFile:
    """A sealed file as an envelope names it: its head's value and its body's length and hash."""

    value: Value
    attached: Attached


@dataclass(frozen=True)
class RecordKeys:
    """The key pairs (private, public) of a record's compartments in one epoch, while they are being made."""

    deployment: bytes
    record_kind: Record
    record: bytes
    epoch: int
    pairs: Mapping[Compartment, tuple[bytes, bytes]] = field(repr=False)

    @classmethod
    def draw(
        cls,
        deployment: bytes,
        record_kind: Record,
        rng: Rng,
        *,
        record: bytes | None = None,
        epoch: int = FIRST_EPOCH,
        compartments: Iterable[Compartment] | None = None,
    ) -> Self:
        """New keys: of all compartments of a new record, or of some of one that exists."""
        wanted = COMPARTMENTS[record_kind] if compartments is None else sorted(set(compartments))
        identity = drawn(rng, ID_SIZE) if record is None else record
        return cls(deployment, record_kind, identity, epoch, {one: generate(rng) for one in wanted})

    def place(self, compartment: Compartment, what: Field, version: int) -> Place:
        """A place in this record."""
        return Place(self.deployment, self.record_kind, self.record, compartment, what, version)

    def public(self, compartment: Compartment) -> bytes:
        """The public key of a compartment. Raises SealingError for one that has none here."""
        if compartment not in self.pairs:
            raise SealingError(f"there is no key of {compartment.code} here")
        return self.pairs[compartment][1]

    @property
    def publics(self) -> dict[Compartment, tuple[int, bytes]]:
        """Epoch and public key of each compartment: what later material is sealed to."""
        return {one: (self.epoch, public) for one, (_, public) in self.pairs.items()}

    def wrapped(self, compartment: Compartment, holders: Iterable[Holder], rng: Rng) -> Sealed:
        """The compartment with its key wrapped to each holder, by ascending id."""
        public, private = self.public(compartment), self.pairs[compartment][0]
        place = self.place(compartment, Field.NONE, 0)
        wraps = tuple(
            Wrapped(holder, seal_wrap(place, holder, key, private, epoch=self.epoch, rng=rng))
            for holder, key in sorted(holders)
        )
        return Sealed(compartment, self.epoch, public, wraps)


def attach(
    place: Place, public: bytes, name: str, type_: str, data: bytes | Iterable[bytes], *, epoch: int, rng: Rng
) -> tuple[AttachedFile, bytes]:
    """A file sealed whole: what the envelope says of it, and its sealed body. ``place`` is in a field for files."""
    head, chunks = seal_file(place, public, name, type_, data, epoch=epoch, rng=rng)
    body = b"".join(chunks)
    attached = Attached(place.version, drawn(rng, ID_SIZE), len(body), sha256(body).digest())
    return AttachedFile(Value(place.compartment, place.field, place.version, head), attached), body


def holders_of(
    readers: ReadersNote,
    record_kind: Record,
    compartment: Compartment,
    reporter_public: bytes | None,
    *,
    struck: Sequence[bytes] = (),
    independent: bool = False,
) -> list[Holder]:
    """Everyone a new compartment is wrapped to: readers, recovery, and the reporter where it is hers to read.

    Raises SealingError when nobody would be left to answer her.
    """
    staff = readers.holders(record_kind, compartment, struck, independent)
    if not staff and compartment == THREAD[record_kind]:
        raise SealingError("nobody would be able to read this", todo="leave one reader, or add the independent reader")
    holders = [(reader.id, reader.x25519) for reader in staff]
    if reporter_public is not None and compartment in REPORTERS[record_kind]:
        holders.append((REPORTER, reporter_public))
    return [*holders, (RECOVERY, readers.recovery.public)]


def make_envelope(
    kind: Kind,
    channel: Channel,
    deployment: bytes,
    readers: ReadersNote,
    reporter_public: bytes,
    forms: Mapping[Compartment, bytes],
    *,
    language: str,
    urgent: bool = False,
    independent: bool = False,
    struck: Iterable[bytes] = (),
    consents: Iterable[str] = (),
    files: Iterable[AttachedFile] = (),
    rng: Rng,
    keys: RecordKeys | None = None,
    record: bytes | None = None,
    submission: bytes | None = None,
) -> Envelope:
    """The envelope, to be signed yet, of a new report or request for help: all compartments, those without a form too.

    ``forms`` is the JSON of each compartment's form. Files are sealed before, to ``keys`` drawn before. Raises
    SealingError for a form above 65,532 bytes, a compartment the record has not, or when nobody is left to read it.
    """
    if kind not in OPENS or deployment != readers.deployment:
        raise SealingError("a new record is a report or a request for help, in the deployment of its readers' note")
    keys = keys or RecordKeys.draw(deployment, OPENS[kind], rng, record=record)
    if (keys.record_kind, keys.deployment) != (OPENS[kind], deployment) or set(forms) - set(keys.pairs):
        raise SealingError("the forms, or the keys, are of another kind of record")
    out = tuple(sorted(set(struck)))
    sealed, values = [], []
    for one in COMPARTMENTS[keys.record_kind]:
        holders = holders_of(readers, keys.record_kind, one, reporter_public, struck=out, independent=independent)
        sealed.append(keys.wrapped(one, holders, rng))
        values.append((one, Field.FORM, 0, forms.get(one, EMPTY_FORM)))
    attached = sorted(files, key=lambda file: file.attached.version)
    return Envelope(
        kind,
        channel,
        deployment,
        keys.record_kind,
        keys.record,
        drawn(rng, ID_SIZE) if submission is None else submission,
        language,
        urgent,
        independent,
        out,
        tuple(sorted(set(consents))),
        tuple(sealed),
        _values(deployment, keys.record_kind, keys.record, keys.publics, values, attached, rng),
        tuple(file.attached for file in attached),
        reporter_public,
    )


def _values(
    deployment: bytes,
    record_kind: Record,
    record: bytes,
    publics: Mapping[Compartment, tuple[int, bytes]],
    values: Iterable[tuple[Compartment, Field, int, bytes]],
    files: Iterable[AttachedFile],
    rng: Rng,
) -> tuple[Value, ...]:
    made = [file.value for file in files]
    for compartment, what, version, data in values:
        if compartment not in publics:
            raise SealingError(f"there is no key of {compartment.code} to seal to")
        place = Place(deployment, record_kind, record, compartment, what, version)
        epoch, public = publics[compartment]
        least = least_for(compartment, what)
        sealed = seal_value(place, public, data, epoch=epoch, rng=rng, least=least)
        made.append(Value(compartment, what, version, sealed))
    return tuple(sorted(made, key=lambda one: (one.compartment, one.field, one.version)))


def make_addition(
    deployment: bytes,
    record_kind: Record,
    record: bytes,
    reporter_public: bytes,
    publics: Mapping[Compartment, tuple[int, bytes]],
    values: Iterable[tuple[Compartment, Field, bytes]],
    *,
    rng: Rng,
    kind: Kind = Kind.ADDITION,
    channel: Channel = Channel.PLAIN,
    language: str = "en",
    consents: Iterable[str] = (),
    compartments: Iterable[Sealed] = (),
    files: Iterable[AttachedFile] = (),
    submission: bytes | None = None,
    urgent: bool = False,
) -> Envelope:
    """The envelope, to be signed yet, of something later: a message, files, a withdrawal, a consent, new keys.

    ``reporter_public`` is her X25519 key from now on; ``publics`` gives epoch and public key to seal to. Each value
    gets a random version. Raises SealingError.
    """
    if kind in OPENS:
        raise SealingError("a new record is made with make_envelope")
    attached = sorted(files, key=lambda file: file.attached.version)
    versioned = [(compartment, what, new_version(rng), data) for compartment, what, data in values]
    return Envelope(
        kind,
        channel,
        deployment,
        record_kind,
        record,
        drawn(rng, ID_SIZE) if submission is None else submission,
        language,
        urgent=urgent,
        independent=False,
        struck=(),
        consents=tuple(sorted(set(consents))),
        compartments=tuple(sorted(compartments, key=lambda one: (one.compartment, one.epoch))),
        values=_values(deployment, record_kind, record, publics, versioned, attached, rng),
        files=tuple(file.attached for file in attached),
        reporter=reporter_public,
    )


def make_epoch(keys: RecordKeys, holders: Mapping[Compartment, Iterable[Holder]], rng: Rng) -> tuple[Sealed, ...]:
    """A new epoch of some compartments, wrapped to whoever remains: after a changed code, or a reader taken away.

    ``keys`` were drawn for the new epoch; ``holders`` names everyone, recovery and the reporter included.
    """
    return tuple(keys.wrapped(one, holders[one], rng) for one in sorted(holders))
