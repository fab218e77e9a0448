"""What can be told of a submission without any key: that it is what its entry commits to, whole and in its place."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from answerable.casework.errors import AlteredError
from answerable.casework.shapes import Incoming
from answerable.errors import AnswerableError
from answerable.record import commit, tree
from answerable.record.canonical import Json
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Envelope, Kind
from answerable.sealing.place import COMPARTMENTS, RECOVERY, Compartment, Field
from answerable.sealing.signing import signed_by
from answerable.sealing.values import Type, check_value, check_wrap

#: The copies of a report that came twice with other bytes: their epochs and versions are kept above 32 bits.
COPY = 1 << 32
#: Kinds of submission that begin a record.
FIRST = (Kind.REPORT, Kind.HELP)
_FIRST_EVENT = {"report.received": Kind.REPORT, "help.received": Kind.HELP}


def read(incoming: Incoming, deployment: bytes) -> tuple[Envelope, bytes]:
    """The envelope, and the commitment of the event it came with. Raises `AlteredError` for what does not agree.

    Checked: the event commits to ``leaf`` under its opening key and to these bytes; the envelope is of this
    deployment; a first event is of the kind, the chain and the record it says; a first submission is signed by the key
    that it names; every wrap and value has the form and the place of one.
    """
    event: Mapping[str, Json] = dict(incoming.event)
    where = f"entry {incoming.leaf.hex()}"
    try:
        entry = commit.seal(event, _key(event, incoming.opening_key))
        envelope = envelopes.decode(incoming.envelope)
        _parts(envelope)
    except AnswerableError as error:
        raise AlteredError(f"it cannot be read: {error.what}", where=where) from None
    if tree.leaf_hash(entry) != incoming.leaf:
        raise AlteredError("the event is not the one that the register holds", where=where)
    if event.get("ciphertext_sha256") != sha256(incoming.envelope).hexdigest():
        raise AlteredError("the envelope is not the one that was committed to", where=where)
    if envelope.deployment != deployment:
        raise AlteredError("the envelope is of another deployment", where=where)
    first = _FIRST_EVENT.get(str(event["kind"]))
    if first and (first != envelope.kind or event["case"] != envelope.record.hex() or event["seq"] != 0):
        raise AlteredError("the event is of another record", where=where)
    if not first and event["kind"] != "intake.sealed":
        raise AlteredError("the event is of no submission", where=where)
    if envelope.kind in FIRST and not signed_by(incoming.envelope, envelope.signer):
        raise AlteredError("it is not signed by the key that it names", where=where)
    if bytes(16) == envelope.record or envelope.record == RECOVERY:
        raise AlteredError("the record has no id", where=where)
    return envelope, entry[len(commit.MARK) :]


def _key(event: Mapping[str, Json], key: bytes) -> bytes:
    if event.get("kind") in _FIRST_EVENT:
        return commit.case_event_key(key, 0)
    return key


def is_first(incoming: Incoming) -> bool:
    """Whether this begins a record."""
    return str(incoming.event.get("kind")) in _FIRST_EVENT


def _parts(envelope: Envelope) -> None:
    every = COMPARTMENTS[envelope.record_kind]
    for sealed in envelope.compartments:
        _within(sealed.compartment, every)
        for wrapped in sealed.wraps:
            if check_wrap(wrapped.wrap) != sealed.epoch:
                raise AlteredError("a wrap is of another epoch than its compartment")
    for value in envelope.values:
        _within(value.compartment, every)
        check_value(value.data, Type.FILE if value.field in (Field.FILE, Field.CLEANED) else Type.VALUE)


def _within(compartment: Compartment, every: tuple[Compartment, ...]) -> None:
    if compartment not in every:
        raise AlteredError(f"the record has no compartment {compartment.code}")
