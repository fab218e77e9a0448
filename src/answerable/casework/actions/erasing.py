"""Withdrawal by the person concerned. Before anyone has read: everything goes. Later: identity at once, the rest waits.

The act commits first; the deletion of keys is retried until it is done (`finish_erasures`). The 33 bytes in the
register stay, and open to nobody.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta

from answerable.casework.actions.chains import chain_of, day_of, enact, moment, wrapping
from answerable.casework.codes import BACKUP_DAYS
from answerable.casework.models import (
    Act,
    Compartment,
    Duty,
    Erasure,
    File,
    Read,
    Record,
    Reply,
    SignedAct,
    Submission,
    Value,
    Wrap,
)
from answerable.ledger.actions import record_sealed
from answerable.ledger.actions.wrapping import forget_opening_key, keep_opening_key, opening_key
from answerable.ledger.models import Event
from answerable.record import commit
from answerable.sealing.place import Compartment as Place

#: What is erased at once even when somebody has read.
IDENTITIES = (Place.REPORTER_IDENTITY, Place.VICTIM_IDENTITY)


def withdraw(record: Record, submission: Submission, now: int | None) -> bool:
    """Do what a withdrawal asks, inside the caller's transaction with ``record`` locked; whether all was erased."""
    read = Read.objects.filter(record=record.handle).exists() or record.case is not None
    if not read:
        erase(record, submission, now)
        return True
    for one in IDENTITIES:
        Value.objects.filter(record=record, compartment=int(one)).delete()
        # Its epochs end, so that nobody seals to it again; the wraps go as soon as this act has committed.
        Compartment.objects.filter(record=record, compartment=int(one), until=None).update(until=day_of(now))
    own = {
        "track": "intake",
        "from": record.stage,
        "to": "withdrawn",
        "reason": "withdrawal",
        "document_sha256": [bytes(submission.sha256).hex()],
        "obligation": None,
    }
    enact(
        record,
        "case.stage",
        own,
        act="record a withdrawal",
        role="reporter",
        person=None,
        signed=None,
        now=now,
        check=False,
    )
    return False


def erase(record: Record, submission: Submission, now: int | None) -> None:
    """Record `case.erased`, on the authority of ``submission``, and delete what it names, in the caller's transaction.
    Keys follow once this has committed."""
    on = day_of(now)
    acts = list(Act.objects.filter(record=record).select_related("outbox"))
    submissions = list(Submission.objects.filter(record=record))
    commitments = {bytes(act.commitment).hex() for act in acts} | {_commitment(one, record) for one in submissions}
    event = {
        "v": 1,
        "kind": "case.erased",
        "at": on.isoformat(),
        "by": "reporter",
        "entries": sorted(commitments),
        "reason": "withdrawal",
        "authority_sha256": bytes(submission.sha256).hex(),
        "approvals": [],
        "complete_by": (on + timedelta(days=BACKUP_DAYS)).isoformat(),
    }
    made = record_sealed(event, (key := secrets.token_bytes(32)), now=moment(now))
    keep_opening_key(made.leaf, key, wrapping())
    also = " ".join(bytes(one.leaf).hex() for one in submissions)
    for place, one in enumerate(sorted(submissions, key=lambda one: one.idx)):
        Erasure.objects.create(
            leaf=one.leaf,
            idx=one.idx,
            kind=one.kind,
            received=one.on,
            on=on,
            reason="withdrawal",
            outbox=made.outbox,
            keys_of=chain_of(record) if place == 0 else "",
            keys_also=also if place == 0 else "",
        )
    say_erased(record, on)
    Event.objects.filter(outbox__in=[act.outbox_id for act in acts]).delete()
    signed = [act.signed_id for act in acts if act.signed_id]
    _remove(record)
    SignedAct.objects.filter(pk__in=signed).delete()


def _commitment(submission: Submission, record: Record) -> str:
    # The register holds leaf = H(0x00 || 0x01 || C); C itself is known from the event and its key alone.
    event = json.loads(submission.event)
    first = event["kind"] in ("report.received", "help.received")
    handle = chain_of(record) if first else bytes(submission.leaf).hex()
    key = opening_key(handle, wrapping())
    return commit.seal(event, commit.case_event_key(key, 0) if first else key)[1:].hex()


def say_erased(record: Record, on: date) -> None:
    """Have carry take everything of ``record`` out of its mailbox; nothing else is on its way there any more."""
    Reply.objects.filter(record=record.handle).delete()
    Reply.objects.create(
        handle=secrets.token_hex(16), record=record.handle, record_kind=record.kind, kind=Reply.Kind.ERASED, made=on
    )


def _remove(record: Record) -> None:
    # In the order in which rows refer to each other; files on disk go with their keys.
    Duty.objects.filter(record=record).delete()
    Value.objects.filter(record=record).delete()
    File.objects.filter(record=record).delete()
    Act.objects.filter(record=record).delete()
    record.delete()


def finish_erasures() -> int:
    """Delete the keys of what was erased, and the identities' wraps of what was withdrawn; how many records."""
    finished = 0
    for erasure in Erasure.objects.exclude(keys_of=""):
        Wrap.objects.filter(record=erasure.keys_of).delete()
        forget_opening_key(erasure.keys_of)
        for leaf in erasure.keys_also.split():
            forget_opening_key(leaf)
        erasure.keys_of = erasure.keys_also = ""
        erasure.save(update_fields=["keys_of", "keys_also"])
        finished += 1
    # Envelopes hold wraps of every compartment, so they go as well, and with them recovery of what is left.
    identities = [0, *(int(one) for one in IDENTITIES)]
    for handle in Record.objects.filter(stage="withdrawn").values_list("handle", flat=True):
        Wrap.objects.filter(record=handle, compartment__in=identities).delete()
    return finished
