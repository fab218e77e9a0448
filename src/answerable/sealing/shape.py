"""The shape of an envelope: everything that can be checked without a key, before it is taken in.

Every new report looks like every other: all compartments in their first epoch, one form in each at its least padded
length or above, wraps to recovery, and the reporter's wraps where they belong and nowhere else.
"""

from __future__ import annotations

from answerable.sealing.envelope import Envelope, Sealed, Value
from answerable.sealing.errors import SealingError
from answerable.sealing.files import HEAD_SIZE
from answerable.sealing.making import FIRST_EPOCH, OPENS, least_for
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, REPORTERS, Compartment, Field
from answerable.sealing.values import OVERHEAD, Type, check_value, check_wrap

_OF_FILES = (Field.FILE, Field.CLEANED)


def check_shape(envelope: Envelope) -> None:
    """Raises SealingError for an envelope that none of our makers makes: parts missing, unpadded, or of another record.

    Says nothing about what is inside: no key is needed.
    """
    known = COMPARTMENTS[envelope.record_kind]
    for sealed in envelope.compartments:
        _check_sealed(envelope, sealed, known)
    epochs = {(value.compartment, _check_value(value, known)) for value in envelope.values}
    _check_files(envelope)
    if envelope.kind in OPENS:
        _check_new(envelope, epochs)
    elif any(value.field == Field.FORM and value.version == 0 for value in envelope.values):
        raise SealingError("version 0 is that of the first form, which is there already")


def _check_sealed(envelope: Envelope, sealed: Sealed, known: tuple[Compartment, ...]) -> None:
    code = sealed.compartment.code
    if sealed.compartment not in known:
        raise SealingError(f"a {envelope.record_kind.code} has no compartment {code}")
    for wrapped in sealed.wraps:
        if check_wrap(wrapped.wrap) != sealed.epoch:
            raise SealingError("a wrap is of another epoch than its compartment", where=code)
    holders = {wrapped.holder for wrapped in sealed.wraps}
    if RECOVERY not in holders:
        raise SealingError("a compartment has no wrap for recovery", where=code)
    if (REPORTER in holders) != (sealed.compartment in REPORTERS[envelope.record_kind]):
        raise SealingError("the reporter's wrap is missing, or is where none belongs", where=code)
    if holders & set(envelope.struck):
        raise SealingError("a compartment is wrapped to a reader who was struck out", where=code)


def _check_value(value: Value, known: tuple[Compartment, ...]) -> int:
    if value.compartment not in known:
        raise SealingError(f"there is no compartment {value.compartment.code} in this kind of record")
    kind = Type.FILE if value.field in _OF_FILES else Type.VALUE
    epoch = check_value(value.data, kind)
    size = len(value.data) - OVERHEAD
    if size < least_for(value.compartment, value.field) or (kind == Type.FILE and size != HEAD_SIZE):
        raise SealingError("a value is padded to less than its field asks for", where=value.compartment.code)
    return epoch


def _check_files(envelope: Envelope) -> None:
    heads = [value.version for value in envelope.values if value.field in _OF_FILES]
    if sorted(heads) != [file.version for file in envelope.files]:
        raise SealingError("each file of an envelope has one head among the values, and each head a file")


def _check_new(envelope: Envelope, epochs: set[tuple[Compartment, int]]) -> None:
    if envelope.record_kind != OPENS[envelope.kind]:
        raise SealingError(f"a {envelope.kind.code} opens another kind of record than a {envelope.record_kind.code}")
    known = COMPARTMENTS[envelope.record_kind]
    if [(one.compartment, one.epoch) for one in envelope.compartments] != [(one, FIRST_EPOCH) for one in known]:
        raise SealingError("a new record has all its compartments, each in its first epoch")
    forms = [value.compartment for value in envelope.values if value.field == Field.FORM and value.version == 0]
    if tuple(forms) != known or any(epoch != FIRST_EPOCH for _, epoch in epochs):
        raise SealingError("a new record has one form in each compartment, sealed to its first epoch")
    if any(value.field not in (Field.FORM, *_OF_FILES) for value in envelope.values):
        raise SealingError("a new record holds forms and files, and nothing else yet")
