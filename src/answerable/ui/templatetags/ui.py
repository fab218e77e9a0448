"""Tags and filters that every template may use: days, durations, and words in another language than the page's.

{% load ui %}
{{ letter.dated|day }}                 <time datetime="2017-11-22">22 November 2017</time>
{{ 17|days }}                          17 days
{% quoted letter.subject "en" %}       <bdi lang="en" dir="ltr">…</bdi>, plain when the page is in that language
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django import template
from django.utils.dateformat import format as format_day
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, ngettext
from django.utils.translation import gettext as _

from answerable.ui import languages

register = template.Library()


def day_text(value: date | str | None) -> str:
    """A day in words of the active language; anything that is no day as it stands, and None as *date not known*."""
    if value is None or value == "":
        return _("date not known")
    try:
        known = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        return str(value)
    spoken = languages.language(get_language() or languages.DEFAULT)
    return format_day(known, (known.day == 1 and spoken.first_format) or spoken.day_format)


def days_text(count: int | None) -> str:
    """A number of days, without separators so that it is the same string a command prints."""
    if count is None:
        return _("an unknown number of days")
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": str(count)}


@register.filter
def day(value: date | str | None) -> SafeString:
    """A day as a `time` element; what is not known says so."""
    words = day_text(value)
    if value is None or words == str(value):
        return format_html("{}", words)
    return format_html('<time datetime="{}">{}</time>', str(value), words)


@register.filter
def plain_day(value: date | str | None) -> str:
    """A day in words, for attributes and titles."""
    return day_text(value)


@register.filter
def direction(tag: str) -> str:
    """`rtl` or `ltr`, for the language tag of quoted words."""
    return languages.direction(tag)


@register.filter
def named(names: Mapping[str, str], code: str) -> str:
    """The name that belongs to a code, or the code."""
    return names.get(code, code)


@register.filter
def days(count: int | None) -> str:
    """`17 days`."""
    return days_text(count)


@register.simple_tag
def quoted(words: str, tag: str = "en") -> SafeString:
    """Words in the language ``tag``: marked with lang and dir wherever the page's own language is another."""
    active = languages.language(get_language() or languages.DEFAULT).tag
    if tag == active:
        return format_html("{}", words)
    return format_html('<bdi lang="{}" dir="{}">{}</bdi>', tag, languages.direction(tag), words)


@register.simple_tag
def language_name(tag: str) -> str:
    """The name of a language in the active language, or its tag when it is one of those that Django does not know."""
    names = {
        "ar": _("Arabic"),
        "en": _("English"),
        "es": _("Spanish"),
        "fr": _("French"),
        "ru": _("Russian"),
        "zh": _("Chinese"),
    }
    code = tag.partition("-")[0].lower()
    if code in names:
        return names[code]
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return tag
