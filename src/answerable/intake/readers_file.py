"""The signed readers' note as the reporter party holds it: signed by two of the panel, or not used."""

from __future__ import annotations

from collections.abc import Iterable

from answerable.intake.errors import SettingsError
from answerable.record.errors import RecordError
from answerable.record.keys import VerifierKey
from answerable.record.note import Note, verify_note
from answerable.sealing import readers
from answerable.sealing.readers import ReadersNote

#: How many members of the panel sign a readers' note.
SIGNATURES = 2


def load(data: bytes, panel: Iterable[VerifierKey], deployment: bytes) -> ReadersNote:
    """The readers of a signed note. Raises `SettingsError` when fewer than two members of ``panel`` signed it or it is
    another deployment's, NoteError and SealingError when it is malformed."""
    note = Note.parse(data)
    try:
        signed = verify_note(note, panel)
    except RecordError as error:
        raise SettingsError(f"the readers' note is not the panel's: {error}") from None
    if len({member.key for member in signed}) < SIGNATURES:
        raise SettingsError(
            f"{len(signed)} member of the panel has signed the readers' note, and {SIGNATURES} must",
            todo="ask another member to sign it",
        )
    found = readers.parse(note.text)
    if found.deployment != deployment:
        raise SettingsError("the readers' note is of another deployment", todo="fetch this deployment's own")
    return found


def check_newer(note: ReadersNote, before: ReadersNote) -> None:
    """Raise `SettingsError` unless ``note`` is ``before`` itself, or of a later epoch. An older one, which the panel
    signed as well, names readers whose keys may have been taken off since."""
    if note.epoch < before.epoch or (note.epoch == before.epoch and note != before):
        raise SettingsError(
            f"the readers' note is of epoch {note.epoch}, and the one in force of epoch {before.epoch}",
            todo="have the panel sign a note of the next epoch",
        )
