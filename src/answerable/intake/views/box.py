"""The mailbox and the page of each matter in it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _

from answerable.intake import actions
from answerable.intake.answering import changed_consents, gives_away, written_message
from answerable.intake.contents import Upload
from answerable.intake.errors import ConflictError
from answerable.intake.filing import Attachment, delivered
from answerable.intake.forms.box import CONSENTS, MessageForm, WithdrawForm
from answerable.intake.reading import RecordBox, obligation
from answerable.intake.views import naming
from answerable.intake.views.notices import notice_words
from answerable.intake.views.opened import Inside, Mailbox, inside
from answerable.intake.views.page import refused_files
from answerable.intake.views.start import plain_file
from answerable.sealing.envelope import Envelope, Kind
from answerable.sealing.place import Compartment, Record
from answerable.ui.templatetags.ui import day_text


@inside
def box(here: Inside) -> HttpResponseBase:
    """Where things stand, the messages, and a form to write."""
    record, unsent = here.state.unsent
    form = MessageForm(here.request.POST if here.request.method == "POST" else None, initial={"text": unsent})
    status = 200
    if here.request.method == "POST":
        status = 422
        chosen = here.chosen()
        if chosen is None:
            raise Http404
        if form.is_valid() and _may_send(here, form):
            return _write(here, *chosen, form)
    notices = [notice_words(what, about) for what, about in here.state.notices]
    if notices and here.request.method == "GET":
        here.visit.keep(replace(here.state, notices=()))
    sections = [_section(mailbox, record) for mailbox in here.mailboxes for record in mailbox.records]
    return here.page(
        "box",
        status=status,
        sections=sections,
        form=form,
        notices=notices,
        written_to=here.request.POST.get("record", record),
        submission=secrets.token_hex(16),
    )


def _keeps_her_words(here: Inside, form: MessageForm | WithdrawForm, name: str) -> bool:
    """Whether a text gives none of her secret words away; otherwise the form says so."""
    if gives_away(form.cleaned_data[name], here.state.words, here.state.list_name):
        form.add_error(name, _("This message has some of your secret words in it. Take them out; nothing was sent."))
    return not form.errors


def _may_send(here: Inside, form: MessageForm) -> bool:
    said = form.cleaned_data["text"] or form.cleaned_data["check_in"] or here.request.FILES
    if _keeps_her_words(here, form, "text") and not said and not refused_files(here.request):
        form.add_error("text", _("Write something, answer whether you are safe, or choose a file."))
    return not form.errors


def _write(here: Inside, mailbox: Mailbox, record: RecordBox, form: MessageForm) -> HttpResponseBase:
    files = [
        Upload(file.name or "", file.content_type or "", file.read()) for file in here.request.FILES.getlist("files")
    ]
    letter = written_message(
        record,
        here.pen(mailbox),
        form.cleaned_data["text"],
        check_in=form.cleaned_data["check_in"],
        files=files,
        submission=here.submission(),
    )
    notices = [("file-refused", name) for name in refused_files(here.request)]
    if not letter.envelope.values:
        return here.go_on(*notices, *_of_files(letter))
    sent = ("sent", form.cleaned_data["check_in"])
    return _added(here, mailbox, letter.envelope, sent, *notices, *_of_files(letter))


def _of_files(letter: Attachment) -> list[tuple[str, str]]:
    return [("file-refused", name) for name, _why in letter.refused] + [
        ("file-uncleaned", name) for name, _why in letter.uncleaned
    ]


def _added(here: Inside, mailbox: Mailbox, envelope: Envelope, *notices: tuple[str, str]) -> HttpResponseBase:
    """Hand over something new. The same form sent twice is one message: the second time changes nothing."""
    if mailbox.facts.get("withdrawn"):
        return here.go_on(("closed", ""))
    try:
        actions.add(mailbox.keys.lookup, mailbox.keys.auth, mailbox.keys.box, delivered(envelope, None), door="plain")
    except ConflictError:
        return here.go_on(("sent-before", ""))
    return here.go_on(*notices)


def _section(mailbox: Mailbox, record: RecordBox) -> dict[str, Any]:
    status: Mapping[str, Any] = record.status
    withdrawn = bool(mailbox.facts.get("withdrawn"))
    due = [
        {"name": naming.duty_name(str(each.get("duty"))), "day": each.get("due"), "state": _state(each)}
        for each in status.get("due", ())
    ]
    if not status:
        due = [
            {"name": naming.duty_name(duty), "day": day, "state": {"code": "open", "name": naming.due_state("open")}}
            for duty, day in map(obligation, record.openings[:1])
            if duty
        ]
    return {
        "id": record.record.hex(),
        "help": record.record_kind is Record.FILE,
        "stage": naming.stage_name("withdrawn" if withdrawn else str(status.get("stage") or "received")),
        # The day of what the office said last is not the day on which she took it back.
        "as_of": None if withdrawn else status.get("day"),
        "appeal": _appeal(status),
        "next_contact": status.get("next_contact"),
        "due": due,
        "messages": record.messages,
        "reads": [
            {
                "who": naming.role_name(str(each.get("role"))),
                "part": naming.compartment_name(str(each.get("compartment"))),
                "day": each.get("day"),
            }
            for each in status.get("reads", ())
        ],
        "opened": mailbox.keys.opened,
        "altered": record.altered,
        "unsigned": record.unsigned,
        "strange_keys": record.strange_keys,
        "withdrawn": withdrawn,
        **_own_words(record, withdrawn=withdrawn),
    }


def _appeal(status: Mapping[str, Any]) -> str:
    """Until when and before whom she can contest a decision; nothing where there is none to contest."""
    found = status.get("appeal")
    if not isinstance(found, dict):
        return ""
    route, until, decided = (str(found.get(name, "")) for name in ("route", "until", "decided"))
    words = naming.appeal_words(route, over=until < datetime.now(UTC).date().isoformat())
    return words % {"until": day_text(until), "decided": day_text(decided)}


def _own_words(record: RecordBox, *, withdrawn: bool) -> dict[str, Any]:
    """What she wrote at first, of what she can read again; and, of what she cannot, that it is so."""
    told = record.forms.get(Compartment.NARRATIVE, {})
    given = [
        (label, str(record.forms[part][name]))
        for part, name, label in naming.given(record.record_kind)
        if record.forms.get(part, {}).get(name)
    ]
    return {
        "mine": [str(told[name]) for name in ("what", "complaint") if told.get(name)],
        "given": given,
        # Of what was taken back, that is gone or decided about: nothing of it is only for somebody else to open.
        "unseen": "" if withdrawn else naming.unseen(record.record_kind),
    }


def _state(each: Mapping[str, Any]) -> dict[str, str]:
    code = str(each.get("state", ""))
    return {"code": code, "name": naming.due_state(code)}


@inside
def rights(here: Inside) -> HttpResponseBase:
    """What is owed to her as of right, and what is late."""
    sections = [
        {"help": record.record_kind is Record.FILE, "rights": _rights(record)}
        for mailbox in here.mailboxes
        for record in mailbox.records
    ]
    return here.page("rights", sections=sections)


def _rights(record: RecordBox) -> list[dict[str, Any]]:
    """All ten, and to those that the desk has put a day to their day and state."""
    dated = {str(each.get("right")): each for each in record.status.get("rights", ())}
    codes = [*naming.RIGHTS, *(code for code in dated if code not in naming.RIGHTS)]
    return [
        {
            "name": naming.right_name(code),
            "day": dated.get(code, {}).get("due"),
            "state": _state(dated[code]) if code in dated else None,
        }
        for code in codes
    ]


@inside
def receipt(here: Inside) -> HttpResponseBase:
    """The proofs: the acknowledgement at once, the receipt after the tick, and what they open to."""
    listed = [(record, each) for box in here.mailboxes for record in box.records for each in record.submissions]
    proofs = [_proof(number, record, each) for number, (record, each) in enumerate(listed)]
    wanted = here.request.GET.get("take", "")
    if wanted:
        names = ((proof, name) for proof in proofs for name in ("ack", "receipt", "opening"))
        found = next(((proof, name) for proof, name in names if proof[f"take_{name}"] == wanted and proof[name]), None)
        if found is None:
            raise Http404
        proof, name = found
        response = plain_file(str(proof[name]), "text/plain; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.txt"'
        return response
    return here.page("receipt", proofs=proofs)


def _proof(number: int, record: RecordBox, each: Mapping[str, Any]) -> dict[str, Any]:
    opening = next(
        (
            json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            for found in record.openings
            if each.get("kind") in ("report", "help")
        ),
        "",
    )
    return {
        "help": record.record_kind is Record.FILE,
        "later": each.get("kind") not in ("report", "help"),
        "day": each.get("day"),
        "leaf": each.get("leaf"),
        "ack": _text(each.get("ack")),
        "receipt": _text(each.get("receipt")),
        "opening": opening,
        **{f"take_{name}": f"{number}.{name}" for name in ("ack", "receipt", "opening")},
    }


def _text(encoded: object) -> str:
    return base64.b64decode(str(encoded)).decode("utf-8", "replace") if encoded else ""


@inside
def consent(here: Inside) -> HttpResponseBase:
    """What she agreed to, one by one, each of which she can take back or give."""
    if here.request.method == "POST":
        chosen = here.chosen()
        if chosen is None:
            raise Http404
        mailbox, record = chosen
        given = sorted(set(here.request.POST.getlist("consent")) & set(CONSENTS))
        if given == sorted(consents_of(record)):
            return here.go_on(("consent-same", ""))
        # Given, taken back and given again are three choices: which one this is follows from what came before it.
        chosen_id = here.submission(str(len(record.submissions)))
        envelope = changed_consents(record, here.pen(mailbox), given, submission=chosen_id)
        return _added(here, mailbox, envelope, ("consent", ""))
    sections = [
        {
            "id": record.record.hex(),
            "help": record.record_kind is Record.FILE,
            "consents": [
                {"code": code, "name": naming.consent_name(code), "given": code in consents_of(record)}
                for code in CONSENTS
            ],
        }
        for mailbox in here.mailboxes
        if not mailbox.facts.get("withdrawn")
        for record in mailbox.records
    ]
    return here.page("consent", sections=sections, submission=secrets.token_hex(16))


def consents_of(record: RecordBox) -> tuple[str, ...]:
    """The consents in force: those of the newest submission that states any."""
    stating = [each for each in record.submissions if each.get("kind") in ("report", "help", "consent")]
    newest = max(stating, key=lambda each: int(each.get("number", 0)), default={})
    return tuple(newest.get("consents", ()))


@inside
def withdraw(here: Inside) -> HttpResponseBase:
    """Taking a report or a request back."""
    form = WithdrawForm(here.request.POST if here.request.method == "POST" else None)
    status = 200
    if here.request.method == "POST":
        status = 422
        chosen = here.chosen()
        if chosen is None:
            raise Http404
        if form.is_valid() and _keeps_her_words(here, form, "why"):
            mailbox, record = chosen
            letter = written_message(
                record, here.pen(mailbox), form.cleaned_data["why"], submission=here.submission(), kind=Kind.WITHDRAWAL
            )
            return _added(here, mailbox, letter.envelope, ("withdrawn", ""))
    sections = [
        {"id": record.record.hex(), "help": record.record_kind is Record.FILE}
        for mailbox in here.mailboxes
        if not mailbox.facts.get("withdrawn")
        for record in mailbox.records
    ]
    return here.page(
        "withdraw",
        status=status,
        sections=sections,
        form=form,
        written_to=here.request.POST.get("record", ""),
        submission=secrets.token_hex(16),
    )


changing = partial(inside, changing=True)
