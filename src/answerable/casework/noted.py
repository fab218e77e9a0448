"""The readers' note on the desk's side: whose keys the panel has signed. Pure: the caller gives its bytes and its pins.

A browser wraps to no key that is not in the note; likewise no act counts that was signed by such a key. Else whoever
stole a session could register keys of their own and act in the person's name.
"""

from __future__ import annotations

from functools import lru_cache

from answerable.errors import AnswerableError
from answerable.record.errors import RecordError
from answerable.record.keys import VerifierKey
from answerable.record.note import Note, verify_note
from answerable.sealing import readers
from answerable.sealing.errors import SealingError
from answerable.sealing.readers import ReadersNote

#: How many members of the panel sign it.
SIGNATURES = 2


class NotNotedError(AnswerableError):
    """A key that the panel has not signed into its note, or no such note."""


@lru_cache(maxsize=4)
def load(data: bytes, panel: tuple[str, ...], deployment: bytes) -> ReadersNote:
    """The note in ``data``, signed by two of ``panel`` (verifier keys) for ``deployment``. Raises `NotNotedError`."""
    try:
        note = Note.parse(data)
        signed = verify_note(note, [VerifierKey.parse(text) for text in panel])
        found = readers.parse(note.text)
    except (RecordError, SealingError) as error:
        raise NotNotedError(f"the readers' note is not the panel's: {error.what}") from None
    if len({member.key for member in signed}) < SIGNATURES or found.deployment != deployment:
        raise NotNotedError("the readers' note is not this deployment's, or too few of the panel signed it")
    return found


def check_signer(note: ReadersNote, holder: bytes, ed25519: bytes) -> None:
    """Raise `NotNotedError` unless the panel has signed ``ed25519`` (32 bytes) as this holder's key."""
    if not any(each.id == holder and each.ed25519 == ed25519 for each in note.readers):
        raise NotNotedError(
            "the panel has not signed your keys yet", todo="give them to the panel; you can act once its note has them"
        )
