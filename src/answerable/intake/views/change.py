"""Changing the words: always new keys, so that whoever knew the old words reads nothing that is written later."""

from __future__ import annotations

import secrets

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.answering import NewKeys, changed_code
from answerable.intake.errors import IntakeError
from answerable.intake.forms.words import CheckForm
from answerable.intake.page_session import MINUTES, OpenBox, Opened
from answerable.intake.slots import BusyError
from answerable.intake.views.back import list_labels, new_words
from answerable.intake.views.box import changing
from answerable.intake.views.means import derived, kdf_slot
from answerable.intake.views.opened import Inside, Mailbox
from answerable.intake.views.page import busy_words, go
from answerable.sealing import codes
from answerable.sealing.envelope import encode
from answerable.sealing.wordlists import list_for, lists


@changing
def code(here: Inside) -> HttpResponseBase:
    """New words on request, or before anything else where somebody else knows the old ones."""
    if here.state.asked:
        return _confirm(here, here.state.asked)
    busy = ""
    closed = all(_closed(each) for each in here.mailboxes)
    if here.request.method == "POST" and not closed:
        try:
            return _change(here)
        except BusyError as error:
            busy = busy_words(error)
    return here.page(
        "code",
        status=503 if busy else 200,
        must=here.state.one_time,
        closed=closed,
        lists=list_labels(),
        chosen=list_for(here.visit.language.code).name,
        busy=busy,
    )


def _change(here: Inside) -> HttpResponseBase:
    wanted = here.request.POST.get("list", "")
    fresh = new_words(wanted if wanted in lists() else list_for(here.visit.language.code).name)
    with kdf_slot():
        key = derived(fresh, here.readers.deployment)
    boxes: list[OpenBox] = []
    notices: list[tuple[str, str]] = [("changed", "")]
    for mailbox in here.mailboxes:
        if _closed(mailbox):
            notices.append(("closed-words", ""))
            continue
        try:
            made = changed_code(mailbox.records, mailbox.keys.box, key, here.readers, here.pen(mailbox))
            _hand_over(mailbox, made)
        except IntakeError:
            if not boxes:
                raise
            notices.append(("half-changed", ""))
            continue
        new = made.credentials
        boxes.append(OpenBox(mailbox.keys.box, new.l, new.auth, (made.private,), made.seed, one_time=False))
    first, second = codes.positions(len(fresh.words), secrets.token_bytes)
    state = Opened(fresh.words, fresh.list_name, tuple(boxes), (first, second), tuple(notices))
    try:
        here.visit.open(state)
    except AnswerableError:
        # The old words open nothing any more: the new ones are shown even where they cannot be kept.
        return _words(here, state, None)
    return go(here.visit, "code")


def _closed(mailbox: Mailbox) -> bool:
    """Nothing is added to what was taken back, new keys neither: it stays with the words that it has."""
    return bool(mailbox.facts.get("withdrawn"))


def _hand_over(mailbox: Mailbox, made: NewKeys) -> None:
    keys = mailbox.keys
    actions.change_code(
        keys.lookup,
        keys.auth,
        keys.box,
        made.credentials,
        [encode(each) for each in made.envelopes],
        door="plain",
    )


def _confirm(here: Inside, asked: tuple[int, int]) -> HttpResponseBase:
    state = here.state
    form = CheckForm(here.request.POST if here.request.method == "POST" else None, asked=asked)
    if here.request.method == "POST" and form.is_valid():
        typed = (form.cleaned_data["first"], form.cleaned_data["second"])
        words = codes.Code(state.list_name, state.words)
        if "skip" in here.request.POST or codes.confirms(words, asked, typed, lists()[state.list_name]):
            here.visit.keep(Opened(state.words, state.list_name, state.boxes, None, state.notices))
            return go(here.visit, "box")
        form.add_error(None, _("These are not the two words. Look at the list above and try again."))
    return _words(here, state, form)


def _words(here: Inside, state: Opened, form: CheckForm | None) -> HttpResponseBase:
    return here.page(
        "code-new",
        status=422 if form and form.errors else 200,
        form=form,
        words=state.words,
        words_language=lists()[state.list_name].language,
        digits=state.list_name == "digits",
        minutes=MINUTES,
    )
