"""Recording that the register's slots were audited: only what a member of the panel has signed, and once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from answerable.casework.errors import CaseworkError, NotAllowedError
from answerable.ledger.actions.recording import acting, party_of, record
from answerable.ledger.models import Outbox
from answerable.record.audited import Audited, parse
from answerable.record.errors import SignatureError
from answerable.record.keys import VerifierKey
from answerable.record.note import Note, verify_note

KIND = "slots.audited"


@dataclass(frozen=True)
class Entered:
    """The entry of an audit: its leaf hash, the hash of the note it names (both in hex), who of the panel signed the
    note that was brought, and whether the entry is new."""

    audit: Audited
    leaf: str
    report_sha256: str
    signers: tuple[str, ...]
    new: bool


def check_audit(note: bytes, panel: Iterable[VerifierKey], quarter: str) -> tuple[Audited, tuple[str, ...]]:
    """What a signed note says of a quarter's slots, and who of the ``panel`` signed it.

    Raises `NotAllowedError` for a note that nobody of the panel has signed, `CaseworkError` for another register or
    quarter, `NoteError` for what is no such note.
    """
    parsed = Note.parse(note)
    try:
        signers = tuple(one.key.name for one in verify_note(parsed, panel))
    except SignatureError as error:
        raise NotAllowedError(
            f"the panel has not signed this audit: {error.what}", todo="sign it with a member's note key"
        ) from None
    found = parse(parsed.text)
    if (found.origin, found.period) != (party_of("default").origin("sealed"), quarter):
        raise CaseworkError(f"this is an audit of {found.origin} in {found.period}, not of {quarter} here")
    return found, signers


def record_audit(note: bytes, panel: Iterable[VerifierKey], quarter: str, *, now: int | None = None) -> Entered:
    """Record `slots.audited` of a signed note (see `record.audited`), by the panel. Whoever calls has audited, or not:
    only the signature of one of ``panel`` counts. The same finding again is the entry that there is.

    Raises as `check_audit` does.
    """
    found, signers = check_audit(note, panel, quarter)
    own = found.entry(note)
    with acting():
        before = _entered(party_of("default").origin("open"), own)
        if before is not None:
            return Entered(found, *before, signers, new=False)
        # Its id follows from the note, so that two who record it at the same moment record one entry.
        made = record(KIND, own, by="panel", at=found.day, id=sha256(note).hexdigest()[:32], now=now)
    return Entered(found, made.leaf, str(own["report_sha256"]), signers, new=True)


def _entered(log: str, own: Mapping[str, object]) -> tuple[str, str] | None:
    """This desk's last entry about a quarter, if it says the same of the same slots: its leaf hash, and the note's."""
    for row in Outbox.objects.filter(log=log).order_by("-id"):
        said = json.loads(bytes(row.data))
        if said.get("kind") == KIND and said["period"] == own["period"]:
            same = all(said[name] == value for name, value in own.items() if name != "report_sha256")
            return (row.leaf, str(said["report_sha256"])) if same else None
    return None
