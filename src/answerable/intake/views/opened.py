"""An opened mailbox for one request: fetched, opened with the keys of the session, and forgotten with the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from answerable.intake import actions
from answerable.intake.answering import Pen
from answerable.intake.door.sessions import SessionError
from answerable.intake.errors import NothingOpens
from answerable.intake.page_session import OpenBox, Opened, written_id
from answerable.intake.reading import RecordBox, Signers, open_records
from answerable.intake.views.back import closed
from answerable.intake.views.means import means
from answerable.intake.views.page import go, page, show
from answerable.intake.views.visit import Visit
from answerable.sealing.hpke import public_of
from answerable.sealing.readers import ReadersNote
from answerable.sealing.signing import signer_of


@dataclass(frozen=True)
class Mailbox:
    """One mailbox: its keys, what the server says of it, and its records."""

    keys: OpenBox
    facts: dict[str, Any]
    records: tuple[RecordBox, ...]


@dataclass(frozen=True)
class Inside:
    """What a page of an opened code works with."""

    request: HttpRequest
    visit: Visit
    state: Opened
    readers: ReadersNote
    mailboxes: tuple[Mailbox, ...]

    def pen(self, mailbox: Mailbox) -> Pen:
        """Who writes into a mailbox, on which day."""
        today = datetime.now(UTC).date().isoformat()
        keys = mailbox.keys
        reporter = public_of(keys.privates[0])
        return Pen(self.readers.deployment, self.visit.language.code, today, means(), reporter, keys.seed)

    def chosen(self) -> tuple[Mailbox, RecordBox] | None:
        """The record that a form is about: one of this code's own, or none at all."""
        named = self.request.POST.get("record", "")
        for mailbox in self.mailboxes:
            for record in mailbox.records:
                if record.record.hex() == named:
                    return mailbox, record
        return None

    def submission(self, *about: str) -> bytes | None:
        """An id of what this form says: the same form with the same words in it, sent again, is the same submission.

        A form that a browser kept and that says something else now is another; so it is when ``about`` differs.
        """
        try:
            shown = bytes.fromhex(self.request.POST.get("submission", ""))
        except ValueError:
            return None
        if len(shown) != 16 or self.visit.cookie is None:
            return None
        said = [pair for pair in sorted(self.request.POST.lists()) if pair[0] != "token"]
        files = []
        for file in self.request.FILES.getlist("files"):
            file.seek(0)
            files.append((file.name, sha256(file.read()).hexdigest()))
            file.seek(0)
        return written_id(self.visit.cookie, shown, repr((said, files, about)).encode("utf-8", "backslashreplace"))

    def page(self, name: str, *, status: int = 200, **context: Any) -> HttpResponseBase:
        """A page of the mailbox."""
        several = sum(len(each.records) for each in self.mailboxes) > 1
        return show(self.request, self.visit, name, status=status, token=self.visit.token(), several=several, **context)

    def go_on(self, *notices: tuple[str, str]) -> HttpResponseBase:
        """Back to the mailbox, saying there what was done."""
        try:
            self.visit.keep(replace(self.state, notices=notices, unsent=("", "")))
        except SessionError:
            # No room for the names of so many files: what was done is done, and is told without them.
            self.visit.keep(replace(self.state, notices=notices[:1], unsent=("", "")))
        return go(self.visit, "box")


def inside(view: Callable[[Inside], HttpResponseBase], *, changing: bool = False) -> Any:
    """Make a view of an opened code. Without one, the person is led to enter her words.

    Words that somebody else knows come first: until there are others only the page of new words opens.
    """

    @wraps(view)
    def shown(request: HttpRequest, visit: Visit) -> HttpResponseBase:
        state = visit.state()
        if not isinstance(state, Opened):
            return closed(request, visit)
        if state.one_time and not changing:
            return go(visit, "code")
        note, _text = actions.current_readers()
        try:
            mailboxes = tuple(_mailbox(keys, note) for keys in state.boxes)
        except NothingOpens:
            visit.close()
            return closed(request, visit)
        return view(Inside(request, visit, state, note, mailboxes))

    return page(shown)


def _mailbox(keys: OpenBox, note: ReadersNote) -> Mailbox:
    facts = actions.open_box(keys.lookup, keys.auth, keys.box).as_json()
    signers = Signers(note.office, signer_of(keys.seed))
    return Mailbox(keys, facts, open_records(facts, note.deployment, keys.privates, signers))
