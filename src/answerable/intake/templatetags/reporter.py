"""Tags of the reporter's pages.

{% load reporter %}
{% to 'report' want='both' %}      /report/?l=ar&want=both: the address of a page, in the language of this one
"""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse

register = template.Library()


def address(name: str, kept: dict[str, str], **more: str) -> str:
    """The address of a named page with the choices of this visit (language, plain pages) and ``more``."""
    query = urlencode({key: value for key, value in {**kept, **more}.items() if value})
    return f"{reverse(name)}?{query}" if query else reverse(name)


@register.simple_tag(takes_context=True)
def to(context: Context, name: str, **more: str) -> str:
    """The address of a page of ours that keeps the language of this one."""
    return address(name, context.get("kept") or {}, **more)
