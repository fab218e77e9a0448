"""Pages as text: one template, one context, one language.

The templates are found here and not through a party's settings, so that the same site comes out of every process that
writes one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.template.backends.django import DjangoTemplates
from django.utils import translation
from django.utils.dateformat import format as format_day
from django.utils.translation import gettext as _

from answerable.publication.clocks import Ask, Silent
from answerable.publication.drawing import Words
from answerable.ui.languages import Language
from answerable.ui.templatetags.ui import day_text, days_text

T = TypeVar("T")

_PACKAGES = Path(__file__).resolve().parents[1]


@cache
def _templates() -> DjangoTemplates:
    return DjangoTemplates(
        {
            "NAME": "publication",
            "DIRS": [_PACKAGES / "publication" / "templates", _PACKAGES / "ui" / "templates"],
            "APP_DIRS": False,
            "OPTIONS": {"libraries": {"ui": "answerable.ui.templatetags.ui"}, "autoescape": True},
        }
    )


def render(template: str, context: Mapping[str, Any], language: Language) -> str:
    """The page ``publication/<template>``, its surroundings in ``language``; its text too, where that is complete."""
    with translation.override(language.code):
        text = _templates().get_template(f"publication/{template}").render(dict(context))
    return str(text)


def in_language(language: Language, make: Callable[[], T]) -> T:
    """What ``make`` gives while ``language`` is the active one (its text language: English unless complete)."""
    with translation.override(text_code(language)):
        return make()


def text_code(language: Language) -> str:
    """The code of the language that page texts are written in."""
    return language.code if language.complete else "en"


def picture_words(first: date, as_of: date, parties: str) -> Words:
    """What the timeline says in the active language."""
    return Words(
        title=_("Timeline of letters and silences"),
        description=_(
            "One lane for each of %(parties)s. A dot is a letter, a bar is a silence as long as its days; a bar with a "
            "pointed end is still running. The list below the picture says all of it in words."
        )
        % {"parties": parties},
        full_length=_("The silences that still run, at full length"),
        first=day_text(first),
        as_of=day_text(as_of),
        tick=lambda day, yearly: str(day.year) if yearly else format_day(day, _("M Y")),
    )


def clock_words(clock: Silent) -> str:
    """A letter's silence in few words, for its bar."""
    if clock.reply is not None:
        if clock.reply.days == 0:
            return _("%(letter)s: replied on the same day") % {"letter": clock.letter}
        return _("%(letter)s: replied after %(days)s") % {"letter": clock.letter, "days": days_text(clock.reply.days)}
    running = {"letter": clock.letter, "days": days_text(clock.days)}
    if clock.other is not None:
        return _("%(letter)s: no reply from this office on record, %(days)s") % running
    return _("%(letter)s: no reply on record, %(days)s") % running


def ask_words(clock: Silent, ask: Ask) -> str:
    """A question's silence in few words, for its bar."""
    values = {"letter": clock.letter, "slot": ask.slot, "days": days_text(ask.days)}
    if ask.running:
        return _("%(letter)s, question %(slot)s: no answer on record, %(days)s") % values
    return _("%(letter)s, question %(slot)s: answered after %(days)s") % values


def dot_words(label: str, day: str | None, sender: str, recipient: str) -> str:
    """What a dot of the timeline is called."""
    return _("%(letter)s, %(day)s: %(sender)s to %(recipient)s") % {
        "letter": label,
        "day": day_text(day),
        "sender": sender,
        "recipient": recipient,
    }
