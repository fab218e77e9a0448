"""What carry gives to a mailbox, signed in the office's name; the readers' note in force says with which key."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from answerable.errors import AnswerableError
from answerable.sealing.answers import office_public, sign_epoch, sign_value
from answerable.sealing.place import THREAD, Compartment, Field, Place, Record
from answerable.sealing.values import seal_value

if TYPE_CHECKING:
    from answerable.intake.exchange import Reply
    from answerable.sealing.readers import ReadersNote


@dataclass(frozen=True)
class OfficeKeys:
    """Private keys by their public halves."""

    privates: dict[bytes, bytes] = field(repr=False)

    @classmethod
    def of(cls, privates: Iterable[bytes]) -> Self:
        """These keys."""
        return cls({office_public(one): one for one in privates})

    @classmethod
    def read(cls, home: Path) -> Self:
        """All keys in carry's folder. Raises `AnswerableError` when there is none, or others can read one."""
        from answerable.ledger.openings import read_secret
        from answerable.parties.carry_file import office_files

        files = office_files(home)
        if not files:
            raise AnswerableError(
                "carry has no office key", where=str(home), todo="run: answerable casework office-key " + str(home)
            )
        return cls.of(read_secret(path) for path in files)

    def named_in(self, note: ReadersNote) -> bytes | None:
        """The private half of the first key of the note that is here, or None."""
        return next((self.privates[public] for public in note.office if public in self.privates), None)


def signed_answer(deployment: bytes, key: bytes, reply: Any, day: str) -> Reply:
    """One waiting answer of the desk's, a value or a new epoch, with the office's signature."""
    from answerable.intake.exchange import Reply

    part, what, sealed, public = (
        Compartment(reply.compartment),
        Field(reply.field),
        bytes(reply.sealed),
        bytes(reply.public),
    )
    record = bytes.fromhex(reply.record)
    place = Place(deployment, Record.of(reply.record_kind), record, part, what, reply.version)
    if reply.kind == "epoch":
        signature = sign_epoch(key, place.for_wrap(), reply.epoch, public)
    else:
        signature = sign_value(key, place, sealed)
    where = (bytes.fromhex(reply.handle), record, reply.kind, part, what, reply.version)
    return Reply(*where, sealed, day, reply.epoch, public, signature, bytes(reply.reporter))


def signed_status(deployment: bytes, key: bytes, status: Any, body: bytes, day: str) -> Reply:
    """Where a record stands (``body``), sealed to the person's own thread, with the office's signature."""
    from answerable.intake.exchange import Reply

    kind, record, version = Record.of(status.record_kind), bytes.fromhex(status.record), secrets.randbits(32)
    place = Place(deployment, kind, record, THREAD[kind], Field.STATUS, version)
    sealed = seal_value(place, status.public, body, epoch=status.epoch, rng=secrets.token_bytes)
    # The same facts have the same id, so that a carry begun anew sends nothing twice; a new key says them once more.
    number = sha256(b"answerable/status/v1\0" + record + status.public + office_public(key) + body).digest()[:16]
    where = (number, record, "value", place.compartment, place.field, version)
    return Reply(*where, sealed, day, status.epoch, signature=sign_value(key, place, sealed))
