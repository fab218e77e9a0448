"""Coming back with the words."""

from __future__ import annotations

import secrets
from dataclasses import replace

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from answerable.intake import actions
from answerable.intake.door.sessions import SessionError
from answerable.intake.errors import NothingOpens
from answerable.intake.forms.fields import without_controls
from answerable.intake.forms.words import WordsForm
from answerable.intake.page_session import MINUTES, OpenBox, Opened
from answerable.intake.slots import BusyError
from answerable.intake.views.means import derived, kdf_slot
from answerable.intake.views.page import busy_words, go, page, show
from answerable.intake.views.sentences import said
from answerable.intake.views.visit import Visit
from answerable.sealing import codes, mailbox
from answerable.sealing.errors import SealingError, WordError
from answerable.sealing.wordlists import lists
from answerable.ui.templatetags.ui import language_name


@page
def come_back(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The words; then the mailbox that they open."""
    form = WordsForm(request.POST if request.method == "POST" else None, lists=list_labels())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                code = codes.parse_code(form.cleaned_data["words"], lists().get(form.cleaned_data["list"]))
                visit.open(_with(_opened(code), form))
                return go(visit, "box")
            except WordError as error:
                form.add_error("words", said(error))
            except NothingOpens as error:
                form.add_error("words", said(error))
                status = 404
            except (BusyError, SessionError) as error:
                form.add_error(None, busy_words(error if isinstance(error, BusyError) else BusyError()))
                status = 503
    return _shown(request, visit, form, status=status, over=request.GET.get("over") == "1")


def closed(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Lead her to enter her words again. A message that she was writing meanwhile stays, and comes along."""
    unsent = {"unsent": request.POST.get("text", ""), "record": request.POST.get("record", "")}
    if not without_controls(unsent["unsent"]):
        return go(visit, "return", over="1")
    form = WordsForm(None, lists=list_labels(), initial=unsent)
    return _shown(request, visit, form, status=403, over=True)


def _shown(request: HttpRequest, visit: Visit, form: WordsForm, *, status: int, over: bool) -> HttpResponseBase:
    return show(request, visit, "return", status=status, form=form, token=visit.token(), over=over, minutes=MINUTES)


def _with(state: Opened, form: WordsForm) -> Opened:
    """The opened code, with the message that came along in the form of its record."""
    text = form.cleaned_data["unsent"]
    if not text:
        return state
    return replace(state, unsent=(form.cleaned_data["record"], text), notices=(("unsent", ""),))


def list_labels() -> list[tuple[str, str]]:
    """The word lists by the language they are in."""
    return [
        (each.name, _("Numbers instead of words") if each.name == "digits" else language_name(each.language))
        for each in lists().values()
    ]


def _opened(code: codes.Code) -> Opened:
    """The mailboxes of a code. Raises NothingOpens, the same for words that were never given and for wrong ones."""
    note, _text = actions.current_readers()
    with kdf_slot():
        key = derived(code, note.deployment)
    found: list[OpenBox] = []
    for box in codes.BOXES:
        names = codes.keys(key, box)
        try:
            opened = actions.open_box(names.l, names.auth, box)
        except NothingOpens:
            continue
        privates = [mailbox.open_private(key, note.deployment, box, opened.salt, opened.key)]
        privates += [
            _other(key, note.deployment, box, each.salt, each.key)
            for each in opened.submissions
            if each.salt and each.key
        ]
        keys = tuple(filter(None, privates))
        seed = codes.signing_seed(key, box)
        found.append(OpenBox(box, names.l, names.auth, keys, seed, opened.one_time, opened.opened or ""))
    if not found:
        raise NothingOpens
    return Opened(code.words, code.list_name, tuple(found))


def _other(key: bytes, deployment: bytes, box: int, salt: bytes, wrapped: bytes) -> bytes:
    """The key of a draft that was carried in with other bytes; nothing where this code does not open it."""
    try:
        return mailbox.open_private(key, deployment, box, salt, wrapped)
    except SealingError:
        return b""


def new_words(list_name: str) -> codes.Code:
    """A new code of a list."""
    return codes.new_code(lists()[list_name], secrets.token_bytes)
