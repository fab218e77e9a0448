"""Files that the offline page wrote, brought here by anyone on any medium."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.drafts import Part, read_draft
from answerable.intake.errors import MalformedError
from answerable.intake.forms.box import DraftForm
from answerable.intake.views.page import page, refused_files, show
from answerable.intake.views.sentences import said
from answerable.intake.views.visit import Visit
from answerable.sealing.place import Record

#: What whoever carried a file can do nothing about but bring it as it was: they have no words of hers.
_DAMAGED = ("it is not signed with the key of this code", "a file in it is missing or damaged")
_ANOTHER = "this is no file of the offline page"


@page
def carry_in(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Take a locked file in. Whoever brings it learns that it was received, and nothing of what is in it."""
    form = DraftForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        file = request.FILES.get("draft")
        if file is None:
            form.add_error(None, _too_large() if refused_files(request) else _("Choose the file first."))
        else:
            received: list[dict[str, object]] = []
            try:
                for each in read_draft(file.read()):
                    received.append(_take(each))  # noqa: PERF401  # what was received before one that fails is told
                return show(request, visit, "carried", received=received)
            except AnswerableError as error:
                if received:
                    return show(request, visit, "carried", status=422, received=received, wrong=_told(error))
                form.add_error(None, _told(error))
    return show(request, visit, "carry-in", status=status, form=form, token=visit.token())


def _told(error: AnswerableError) -> str:
    if error.what == _ANOTHER:
        return _("This is not a file of the offline page. Choose the one whose name ends in .draft.")
    if not isinstance(error, MalformedError) and error.what not in _DAMAGED:
        return said(error)
    return _(
        "This file is not as it was saved: it was changed or damaged on its way. Bring it once"
        " more as it was saved; if there is no other copy, the report is to be written again."
    )


def _too_large() -> str:
    return _("This file is too large to be one of ours.")


def _take(part: Part) -> dict[str, object]:
    for identity, body in part.bodies:
        actions.store_carried(part.envelope_sha256, identity, body)
    got = actions.receive(part.delivery, door="carry-in")
    by = datetime.fromtimestamp(got.include_by, UTC).date()
    return {"help": part.record_kind is Record.FILE, "by": by, "ack": got.ack.decode("utf-8"), "leaf": got.leaf}
