"""What errors say, in the language of the page."""

from __future__ import annotations

import re

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from answerable.errors import AnswerableError
from answerable.intake.errors import NotKeptError, QuotaError, SettingsError, TooLargeError
from answerable.ledger.errors import LedgerError

#: What concerns those who run this, and names their files and tables: nobody who reports is shown it.
INSIDE = (SettingsError, LedgerError)
_COUNT = re.compile(r"a code has (\d+) words, these are (\d+)")
_LATER = re.compile(r"the (\d+)th word is not in the list")


def said(error: AnswerableError) -> str:
    """An error's sentence. What has none of its own is told in English as the machine says it, and in other languages
    plainly: nobody is shown a language that is not hers."""
    if isinstance(error, INSIDE):
        error = NotKeptError()
    known = _known().get(error.what)
    if known:
        return known
    if found := _LATER.fullmatch(error.what):
        return _("Word number %(number)s is not in the list.") % {"number": found[1]}
    if found := _COUNT.fullmatch(error.what):
        return ngettext(
            "You wrote %(count)s word, but there are %(wanted)s.",
            "You wrote %(count)s words, but there are %(wanted)s.",
            int(found[2]),
        ) % {"count": found[2], "wanted": found[1]}
    if (get_language() or "en").startswith("en"):
        return _("This could not be done: %(what)s") % {"what": error.what}
    return _("This could not be done.")


def answered(error: AnswerableError) -> tuple[str, str]:
    """What is wrong and what to do about it, for whoever asked without a page: a script shows them as they come.

    What has no sentence of its own is told in English as the machine says it, and in other languages plainly.
    """
    if isinstance(error, QuotaError):
        return _("Your text is safe. This file was not taken:"), file_reason("large" if error.large else "room")
    if isinstance(error, TooLargeError):
        return _("This is too long, or there are too many files."), ""
    if known := _known().get(error.what):
        return known, ""
    if (get_language() or "en").startswith("en"):
        return error.what, error.todo or ""
    return _("This could not be done."), ""


def _known() -> dict[str, str]:
    return {
        "the first word is not in the list": _("The first word is not in the list."),
        "the second word is not in the list": _("The second word is not in the list."),
        "the third word is not in the list": _("The third word is not in the list."),
        "the fourth word is not in the list": _("The fourth word is not in the list."),
        "the fifth word is not in the list": _("The fifth word is not in the list."),
        "the sixth word is not in the list": _("The sixth word is not in the list."),
        "the seventh word is not in the list": _("The seventh word is not in the list."),
        "the eighth word is not in the list": _("The eighth word is not in the list."),
        "the ninth word is not in the list": _("The ninth word is not in the list."),
        "the tenth word is not in the list": _("The tenth word is not in the list."),
        "one of these words is not right": _("One of these words is not right. Compare each word, and their order."),
        "these words open nothing": _("These words open nothing. Look at each word again, and at their order."),
        "this form came from another site": _("This form came from another site. It was not accepted."),
        "this page was open for too long, or cookies are switched off": _(
            "This page was open for too long, or cookies are switched off in this browser."
        ),
        "this form was sent already": _("This form was sent already. Another page shows your secret words."),
        "not yet received: it could not be kept at this moment": _(
            "Not yet received. Please send it again in a minute."
        ),
    }


def file_reason(code: str) -> str:
    """Why a file was not taken."""
    if code == "large":
        return _("It is too large, or there are too many files.")
    if code == "help":
        return _("Only a report has a place for files.")
    return _("There is no room for it at this moment. You can add it later.")
