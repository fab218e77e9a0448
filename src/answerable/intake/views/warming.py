"""Making the reporter's pages once before the door opens, so that no child begins by reading all they are made of.

A child serves one request and ends: what its parent has not read (views, templates, words of a language, lists of words
for codes), it would read for this one request alone, which takes ten times as long as the page itself.
"""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.db import connections

from answerable.intake.door import answers
from answerable.intake.door.heads import Head
from answerable.intake.door.sessions import NoStore, Sessions

#: Pages with a form, whose children are the ones that begin anew.
PAGES = ("/", "/report/", "/help/", "/return/", "/carry-in/")


def warm(application: Any) -> None:
    """Ask ``application`` for its pages in each language, and close the database again: a fork must not share it.

    A page that fails here fails again when somebody asks for it, and is told of then.
    """
    try:
        for code, _name in settings.LANGUAGES:
            for path in PAGES:
                head = Head("GET", path, f"l={code}", 0, False, (("host", "localhost"),))
                told = answers.environ(head, io.BytesIO(), {"answerable.sessions": Sessions(NoStore())}, threads=False)
                answers.answer(application, head, told)
    finally:
        connections.close_all()
