"""What an envelope must be to be taken, as far as its sealed bytes show it. Pure: the mailbox is passed in.

Two things are checked for everyone's sake: all compartments of a record are there, so that every record has the same
shape; and each is wrapped to recovery, to readers of the signed note and to nobody else, so that what was received can
be read by those addressed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from answerable.intake.errors import RefusedError
from answerable.intake.storage import MAX_BODY
from answerable.sealing import values
from answerable.sealing.envelope import Channel, Envelope, Kind, Sealed, Value
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, REPORTERS, THREAD, Compartment, Field, Record
from answerable.sealing.readers import ReadersNote
from answerable.sealing.shape import check_shape
from answerable.sealing.signing import signed_by
from answerable.sealing.values import Type

DOORS: Mapping[str, Channel] = {
    "web": Channel.WEB,
    "plain": Channel.PLAIN,
    "assist": Channel.ASSISTED,
    "carry-in": Channel.OFFLINE,
}
#: What begins a record, and in which kind of mailbox it lies.
FIRST: Mapping[Kind, tuple[Record, int]] = {Kind.REPORT: (Record.REPORT, 0), Kind.HELP: (Record.FILE, 1)}
MAX_FILES = 20
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_HEADS = frozenset({Field.FILE, Field.CLEANED})
_WRITTEN = frozenset({Field.FORM, Field.MESSAGE}) | _HEADS

Key = tuple[Compartment, int]


@dataclass(frozen=True)
class Known:
    """An epoch of a compartment that a mailbox holds. ``hers``: she has a wrap of it. ``confirmed``: carry has it."""

    compartment: Compartment
    epoch: int
    public: bytes
    hers: bool
    confirmed: bool


def check_common(envelope: Envelope, deployment: bytes, door: str) -> None:
    """Raises `RefusedError` for another deployment, another door, codes that are none, or too many files."""
    if door not in DOORS or envelope.channel is not DOORS[door]:
        raise RefusedError(f"a submission of the channel {envelope.channel.code} does not come in by this door")
    if envelope.deployment != deployment:
        raise RefusedError("this was sealed for another deployment", todo="use this site's own page")
    if not all(_CODE.fullmatch(code) for code in envelope.consents):
        raise RefusedError("a consent is a code of small letters, digits and marks")
    if len(envelope.files) > MAX_FILES:
        raise RefusedError(f"{len(envelope.files)} files are too many: {MAX_FILES} may come at once")
    if any(not 0 < file.length <= MAX_BODY for file in envelope.files):
        raise RefusedError(f"a file of it is longer than {MAX_BODY // 2**20} MiB, or empty")
    heads = {value.version for value in envelope.values if value.field in _HEADS}
    if heads != {file.version for file in envelope.files}:
        raise RefusedError("each file has its sealed head, and each head its file")


def check_first(envelope: Envelope, notes: Iterable[ReadersNote], *, dated: bool = False) -> None:
    """Raises `RefusedError` unless a report or a request for help has its whole shape and is addressed as it says.

    ``notes``: the readers' note in force, and the one before it. ``dated``: it was made without a network and may name
    readers of an older note, as long as one of these notes' is among them.
    """
    check_shape(envelope)
    record, _ = FIRST[envelope.kind]
    if envelope.record_kind is not record:
        raise RefusedError(f"a {envelope.kind.code} is no {envelope.record_kind.code}")
    if tuple(one.compartment for one in envelope.compartments) != COMPARTMENTS[record]:
        raise RefusedError("every compartment of the record must be there, once", todo="seal it again with this page")
    readers = [_addressed(envelope, note) for note in notes]
    remaining: set[bytes] = set()
    for one in envelope.compartments:
        own = {REPORTER} if one.compartment in REPORTERS[record] else set()
        may = set[bytes]().union(*(note[one.compartment] for note in readers))
        holders = {wrapped.holder for wrapped in one.wraps}
        if one.compartment is THREAD[record]:
            remaining = holders & may
        barred = set(envelope.struck) | ({REPORTER} - own)
        check_wraps(one, holders - barred if dated else may, own | {RECOVERY})
    if not remaining:
        raise RefusedError("nobody could read this: one reader must remain", todo="let at least one reader read it")
    epochs = {one.compartment: {one.epoch} for one in envelope.compartments}
    check_values(envelope.values, epochs)
    forms = {value.compartment for value in envelope.values if value.field is Field.FORM and value.version == 0}
    if forms != set(COMPARTMENTS[record]):
        raise RefusedError("every compartment has its form, empty or not", todo="seal it again with this page")


def check_later(envelope: Envelope, known: Collection[Known]) -> None:
    """Raises `RefusedError` unless later material goes into compartments and epochs that its record has.

    An older epoch is accepted until carry has confirmed a newer one.
    """
    check_shape(envelope)
    if envelope.kind in FIRST:
        raise RefusedError("a new report does not come as an addition", todo="send it as a report")
    if envelope.compartments or envelope.struck:
        raise RefusedError("later material has no keys of its own")
    if envelope.kind is Kind.ADDITION and not envelope.values:
        raise RefusedError("there is nothing in it")
    if envelope.consents and envelope.kind is not Kind.CONSENT:
        raise RefusedError("only a consent says what is consented to")
    check_values(envelope.values, accepted(known))
    if any(value.field is Field.FORM and value.version == 0 for value in envelope.values):
        raise RefusedError("the first form of a record comes with it")


def check_signed(data: bytes, envelope: Envelope, by: Collection[bytes], public: bytes, *, anew: bool = False) -> None:
    """Raises `RefusedError` unless the envelope of ``data`` is signed by one of ``by`` and names ``public`` as her key.

    ``anew``: it names another signer than those, as only a changed code does. The desk asks the same again, and keeps
    what fails under a finding; here it is told early.
    """
    if envelope.reporter != public:
        raise RefusedError("it names another key than the mailbox has", todo="open the box again")
    if (envelope.signer in by) == anew:
        raise RefusedError("it names a signing key that is not in its place", todo="open the box again")
    if not any(signed_by(data, one) for one in (by if anew else (envelope.signer,))):
        raise RefusedError("it is not signed with the key of this code", todo="open the box again with your words")


def signers(rows: Iterable[Mapping[str, Any]], record: bytes) -> set[bytes]:
    """Whose signature the next envelope of a record may have, as far as this side can tell: any key that something of
    it named. Which of them is hers the desk knows; a row that somebody put here must not keep her from writing."""
    return {row["signer"] for row in rows if row["record"] == record}


def accepted(known: Iterable[Known]) -> dict[Compartment, set[int]]:
    """Compartment -> the epochs that later material may be sealed to."""
    several = list(known)
    newest: dict[Compartment, int] = {}
    for one in several:
        if one.confirmed:
            newest[one.compartment] = max(one.epoch, newest.get(one.compartment, 0))
    found: dict[Compartment, set[int]] = {}
    for one in several:
        if one.epoch >= newest.get(one.compartment, 0):
            found.setdefault(one.compartment, set()).add(one.epoch)
    return found


def check_values(several: Iterable[Value], epochs: Mapping[Compartment, Collection[int]]) -> None:
    """Raises `RefusedError` for a value in a compartment or an epoch that is not there, or of another's making."""
    for value in several:
        if value.field not in _WRITTEN:
            raise RefusedError(f"a {value.field.code} is not written by those who report")
        kind = Type.FILE if value.field in _HEADS else Type.VALUE
        length = len(value.data)
        epoch = values.parse_header(value.data)[1] if kind is Type.FILE else values.check_value(value.data)
        if kind is Type.FILE and (values.parse_header(value.data)[0] is not Type.FILE or length > values.MAX_SEALED):
            raise RefusedError("the head of a file is not one")
        if epoch not in epochs.get(value.compartment, ()):
            raise RefusedError(
                f"something is sealed to keys of {value.compartment.code} that are not in use",
                todo="open the box again: its keys have changed, and seal it to the new ones",
            )


def check_wraps(one: Sealed, may: Collection[bytes], must: Collection[bytes]) -> None:
    """Raises `RefusedError` unless a compartment is wrapped to all of ``must``, and else to nobody but of ``may``."""
    holders = {wrapped.holder for wrapped in one.wraps}
    if not holders.issuperset(must):
        raise RefusedError(f"{one.compartment.code} is not sealed to everyone it must be sealed to")
    if not holders.issubset({*may, *must}):
        raise RefusedError(
            f"{one.compartment.code} is sealed to somebody who may not read it",
            todo="fetch the list of readers again: it has changed",
        )
    if any(values.check_wrap(wrapped.wrap) != one.epoch for wrapped in one.wraps):
        raise RefusedError(f"a key of {one.compartment.code} is wrapped for another epoch")


def _addressed(envelope: Envelope, note: ReadersNote) -> dict[Compartment, set[bytes]]:
    return {
        compartment: {
            reader.id
            for reader in note.holders(envelope.record_kind, compartment, envelope.struck, envelope.independent)
        }
        for compartment in COMPARTMENTS[envelope.record_kind]
    }
