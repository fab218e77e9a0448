"""Tags of the reporter's pages.

{% load reporter %}
{% to 'report' want='both' %}      /report/?l=ar&want=both: the address of a page, in the language of this one
{% described field help %}         the field itself, told to be explained by the help and the errors beside it
{% beside field help %}            the same as an attribute, for a group of choices
"""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.forms import BoundField
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def address(name: str, kept: dict[str, str], **more: str) -> str:
    """The address of a named page with the choices of this visit (language, plain pages) and ``more``."""
    query = urlencode({key: value for key, value in {**kept, **more}.items() if value})
    return f"{reverse(name)}?{query}" if query else reverse(name)


@register.simple_tag(takes_context=True)
def to(context: Context, name: str, **more: str) -> str:
    """The address of a page of ours that keeps the language of this one."""
    return address(name, context.get("kept") or {}, **more)


@register.simple_tag
def described(field: BoundField, help_: str) -> SafeString:
    """A field whose help stands beside it in an element with the field's id and ``_more``."""
    explained = _explained(field, help_)
    return field.as_widget(attrs={"aria-describedby": explained} if explained else None)


@register.simple_tag
def beside(field: BoundField, help_: str) -> SafeString:
    """The attribute by which a group of choices is explained by the help and the errors that stand in it."""
    explained = _explained(field, help_)
    return format_html(' aria-describedby="{}"', explained) if explained else SafeString("")


def _explained(field: BoundField, help_: str) -> str:
    """The ids of what explains a field: its help, then what is wrong with it."""
    ids = [f"{field.auto_id}_more"] if help_ else []
    return " ".join([*ids, f"{field.auto_id}_error"] if field.errors else ids)
