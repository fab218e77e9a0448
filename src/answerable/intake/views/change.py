"""Changing the words: always new keys, so that whoever knew the old words reads nothing that is written later."""

from __future__ import annotations

import secrets
from dataclasses import replace

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
    """New words on request, or before anything else where somebody else knows the old ones.

    They are shown before they are in force: an answer that is lost leaves nobody without words.
    """
    closed = all(_closed(each) for each in here.mailboxes)
    if here.request.method == "POST" and not closed:
        # The button "Make new words" sends the list, those under the words do not: pressed twice each does its own.
        if "list" in here.request.POST:
            return _draw(here)
        return _confirm(here) if here.state.asked else go(here.visit, "box")
    if here.state.asked and not closed:
        return _words(here, here.state.asked)
    return here.page(
        "code",
        must=here.state.one_time,
        closed=closed,
        lists=list_labels(),
        chosen=list_for(here.visit.language.code).name,
    )


def _draw(here: Inside) -> HttpResponseBase:
    """Draw new words to be shown, once: pressed again, the same ones stand there. Nothing is changed yet."""
    wanted = here.request.POST.get("list", "")
    name = wanted if wanted in lists() else list_for(here.visit.language.code).name
    if here.state.fresh_list != name:
        fresh = new_words(name)
        first, second = codes.positions(len(fresh.words), secrets.token_bytes)
        here.visit.keep(replace(here.state, asked=(first, second), fresh=fresh.words, fresh_list=name))
    return go(here.visit, "code")


def _change(here: Inside) -> HttpResponseBase:
    """Put the words that she was shown in place of the old ones. Raises `BusyError` before anything is changed."""
    state = here.state
    with kdf_slot():
        key = derived(codes.Code(state.fresh_list, state.fresh), here.readers.deployment)
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
    try:
        here.visit.keep(Opened(state.fresh, state.fresh_list, tuple(boxes), None, tuple(notices)))
    except AnswerableError:
        # It is changed, and cannot be shown: she has the words that open it.
        here.visit.close()
        return go(here.visit, "return", over="1")
    return go(here.visit, "box")


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


def _confirm(here: Inside) -> HttpResponseBase:
    state = here.state
    assert state.asked is not None  # the caller looked
    form = CheckForm(here.request.POST, asked=state.asked)
    if form.is_valid():
        typed = (form.cleaned_data["first"], form.cleaned_data["second"])
        words = codes.Code(state.fresh_list, state.fresh)
        if "skip" in here.request.POST or codes.confirms(words, state.asked, typed, lists()[state.fresh_list]):
            try:
                return _change(here)
            except BusyError as error:
                form.add_error(None, busy_words(error))
                return _words(here, state.asked, form, status=503)
        form.add_error(None, _("These are not the two words. Look at the list above and try again."))
    return _words(here, state.asked, form, status=422)


def _words(
    here: Inside, asked: tuple[int, int], form: CheckForm | None = None, *, status: int = 200
) -> HttpResponseBase:
    state = here.state
    return here.page(
        "code-new",
        status=status,
        form=form or CheckForm(None, asked=asked),
        words=state.fresh,
        words_language=lists()[state.fresh_list].language,
        digits=state.fresh_list == "digits",
        minutes=MINUTES,
    )
