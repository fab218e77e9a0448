"""The forms of a report, of a request for help, and of someone who writes for another; what comes after sending."""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.contents import WANTS, Answers, Upload
from answerable.intake.errors import ConflictError, NotKeptError
from answerable.intake.filing import Filed, file_all
from answerable.intake.forms.send import RELATIONS, HelpForm, ReportForm, SendForm
from answerable.intake.page_session import Fresh, second_id
from answerable.intake.readers_list import offers_independent, readable, to_strike
from answerable.intake.reading import first_due
from answerable.intake.slots import BusyError
from answerable.intake.views.means import derived, kdf_slot, means
from answerable.intake.views.naming import reader_label
from answerable.intake.views.page import busy_words, go, page, refused_files, show
from answerable.intake.views.sent import words_page
from answerable.intake.views.sentences import INSIDE, said
from answerable.intake.views.visit import Visit
from answerable.sealing import codes
from answerable.sealing.envelope import Channel
from answerable.sealing.place import Record
from answerable.sealing.readers import ReadersNote
from answerable.sealing.wordlists import list_for, lists
from answerable.ui.templatetags.ui import language_name

_TEXTS = (
    "what", "need", "complaint", "who", "where", "when", "relation", "name", "contact", "safe_times", "tie", "age",
    "interviewer_sex", "interviewer_language",
)  # fmt: skip
#: Fields that are folded away until somebody unfolds them, or one of them is wrong.
_MORE = ("relation", "who", "where", "when", "age")
_CONTACT = ("name", "contact", "safe_times", "tie", "age", "interviewer_sex", "interviewer_language")
#: How long the second of two equal forms waits for the answer to the first, in seconds.
_TWIN = 10.0


giving_back = partial(page, gives_back=True)


@giving_back
def report(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The form of a report, of both, or of a complaint."""
    return _form_page(request, visit, "report", Channel.PLAIN)


@giving_back
def ask_help(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The form of a request for help."""
    return _form_page(request, visit, "help", Channel.PLAIN)


@giving_back
def assist(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The same form for someone who writes for another; the code that comes out works once."""
    return _form_page(request, visit, "assist", Channel.ASSISTED)


def _form_page(request: HttpRequest, visit: Visit, name: str, channel: Channel) -> HttpResponseBase:
    note, _text = actions.current_readers()
    form = _form(request, visit, name, note)
    if visit.mislaid:
        # Under an id of its own: the form that it is now is another.
        todo = _("Nothing was sent. Send it again. If this page comes back, allow cookies for this site first.")
        trouble = f"{said(visit.mislaid)} {todo}"
        return _shown(request, visit, name, form, secrets.token_bytes(16), status=403, busy=trouble)
    if request.method == "POST":
        submission = _submission(request.POST.get("submission", ""))
        if visit.answered(submission):
            return go(visit, "sent", again="1")
        if form.is_valid() and _readable(form, note):
            try:
                return _send(request, visit, form, note, channel, submission)
            except BusyError as error:
                response = _shown(request, visit, name, form, submission, status=503, busy=busy_words(error))
                response["Retry-After"] = str(error.wait)
                return response
            except (NotKeptError, *INSIDE) as error:
                return _shown(request, visit, name, form, submission, status=503, busy=said(error))
        return _shown(request, visit, name, form, submission, status=422)
    return _shown(request, visit, name, form, secrets.token_bytes(16))


def _submission(text: str) -> bytes:
    """The id that the form was shown with; a new one for anything else."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    return found if len(found) == 16 and found.hex() == text else secrets.token_bytes(16)


def _form(request: HttpRequest, visit: Visit, name: str, note: ReadersNote) -> SendForm:
    records = (Record.FILE,) if name == "help" else (Record.REPORT, Record.FILE)
    options: dict[str, Any] = {
        "readers": [(each.id.hex(), reader_label(each, visit)) for each in to_strike(note, records)],
        "lists": [(each.name, _list_label(each.name)) for each in lists().values()],
        "independent": offers_independent(note, records),
        "initial": {"list": list_for(visit.language.code).name, "want": request.GET.get("want") or "report"},
    }
    data = request.POST if request.method == "POST" else None
    if name == "help":
        return HelpForm(data, **options)
    return ReportForm(data, relation=request.GET.get("relation"), **options)


def _list_label(name: str) -> str:
    if name == "digits":
        return _("Numbers instead of words")
    return language_name(lists()[name].language)


def _readable(form: SendForm, note: ReadersNote) -> bool:
    records = WANTS[_want(form)]
    struck = [bytes.fromhex(each) for each in form.struck()]
    if readable(note, records, struck, bool(form.cleaned_data.get("independent"))):
        return True
    form.add_error(
        "reader",
        _("Nobody could read a part of what you send. Leave one more reader, or add the independent reader."),
    )
    return False


def _want(form: SendForm) -> str:
    return form.said("want") or "help"


def _shown(
    request: HttpRequest,
    visit: Visit,
    name: str,
    form: SendForm,
    submission: bytes,
    *,
    status: int = 200,
    busy: str = "",
) -> HttpResponseBase:
    relation = request.GET.get("relation")
    headings = {
        "both": _("Report and ask for help"),
        "complain": _("Complain about how you were treated"),
    }
    want = str(form["want"].value() or "report") if "want" in form.fields else "help"
    return show(
        request,
        visit,
        name,
        status=status,
        form=form,
        token=visit.token(),
        submission=submission.hex(),
        kind="help" if name == "help" else "report",
        channel="assisted" if name == "assist" else "plain",
        here=name,
        heading=headings.get(want, _("Report what happened")),
        want=want,
        ask_relation=relation is None,
        relations=RELATIONS,
        more_open=any(each in form.errors for each in _MORE),
        contact_open=any(each in form.errors for each in _CONTACT),
        busy=busy,
    )


def _answers(request: HttpRequest, visit: Visit, form: SendForm) -> Answers:
    files = [
        Upload(file.name or "", file.content_type or "", file.read())
        for name in ("files", "file")
        for file in request.FILES.getlist(name)
    ]
    return Answers(
        _want(form),
        visit.language.code,
        bool(form.cleaned_data.get("urgent")),
        bool(form.cleaned_data.get("independent")),
        tuple(bytes.fromhex(each) for each in form.struck()),
        {name: form.said(name) for name in _TEXTS},
        files,
    )


def _send(
    request: HttpRequest, visit: Visit, form: SendForm, note: ReadersNote, channel: Channel, submission: bytes
) -> HttpResponseBase:
    """Make the code, seal, and hand over. Raises `BusyError` before anything is kept."""
    wordlist = lists().get(form.said("list")) or list_for(visit.language.code)
    code = codes.new_code(wordlist, secrets.token_bytes)
    with kdf_slot():
        key = derived(code, note.deployment)
    answers = _answers(request, visit, form)
    before = visit.cookie
    assert before is not None  # its token was compared
    other = second_id(before, submission)
    filed = file_all(answers, note, key, channel=channel, submission=submission, second=other, means=means())
    try:
        received = _received(filed, "assist" if channel is Channel.ASSISTED else "plain")
    except ConflictError:
        return _twin(visit, submission)
    refused = [(name, "large") for name in refused_files(request)]
    if Record.REPORT not in WANTS[answers.want]:
        refused += [(each.name, "help") for each in answers.files]
    first, second = codes.positions(len(code.words), secrets.token_bytes)
    fresh = Fresh(
        code.words,
        code.list_name,
        (first, second),
        channel is Channel.ASSISTED,
        tuple(received),
        tuple(refused + [pair for each in filed for pair in each.refused]),
        tuple(pair for each in filed for pair in each.uncleaned),
    )
    try:
        visit.open(fresh)
        visit.remember(before, submission)
    except AnswerableError:
        # It was received, and nobody can make these words again: they are shown even where they cannot be kept.
        return words_page(request, visit, fresh, None)
    return go(visit, "sent")


def _received(filed: list[Filed], door: str) -> list[dict[str, Any]]:
    """Hand over each submission. When the second of two fails, the first is received all the same, and this is said."""
    done: list[dict[str, Any]] = []
    for each in filed:
        kind = each.envelope.record_kind.code
        try:
            got = actions.receive(each.delivery, door=door)
        except AnswerableError:
            if not done:
                raise
            done.append({"kind": kind, "leaf": "", "include_by": 0, "ack": "", "due": ""})
            continue
        done.append(
            {
                "kind": kind,
                "leaf": got.leaf,
                "include_by": got.include_by,
                "ack": got.ack.decode("utf-8"),
                "due": first_due(each.envelope, each.private, got.opening),
            }
        )
    return done


def _twin(visit: Visit, submission: bytes) -> HttpResponseBase:
    """The answer to the same form that was sent a moment before, as soon as that one is done."""
    until = time.monotonic() + _TWIN
    while time.monotonic() < until:
        if visit.answered(submission):
            return go(visit, "sent", again="1")
        time.sleep(0.05)
    raise ConflictError("this form was sent already", todo="look whether another page shows your secret words")
