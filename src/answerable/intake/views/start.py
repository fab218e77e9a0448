"""The first page, the pages that explain, and the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from answerable.intake import actions, offline_page
from answerable.intake.readers_list import listed
from answerable.intake.views.naming import named_reader
from answerable.intake.views.page import page, show
from answerable.intake.views.visit import LANGUAGE, PLAIN, Visit
from answerable.sealing.place import Record
from answerable.ui import languages, security


def deployment() -> Mapping[str, Any]:
    """The public facts of this deployment, as its file states them."""
    found: Mapping[str, Any] = getattr(settings, "ANSWERABLE_DEPLOYMENT", {})
    return found


@page
def start(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Four choices and the way back; languages; whom to call in danger."""
    query = f"&{PLAIN}=1" if visit.plain else ""
    offered = [
        {"language": each, "query": f"?{LANGUAGE}={each.code}{query}", "here": each == visit.language}
        for each in languages.LANGUAGES
    ]
    return show(request, visit, "start", languages=offered, emergency=deployment().get("emergency", ()))


@page
def how(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """What protects the person, and what does not."""
    return show(request, visit, "how")


@page
def readers(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Everyone who can read, from the note that two members of the panel signed; the offline page and its hash."""
    note, text = actions.current_readers()
    groups = [
        (_("Who can read a report"), [named_reader(each, visit) for each in listed(note, Record.REPORT)]),
        (_("Who can read a request for help"), [named_reader(each, visit) for each in listed(note, Record.FILE)]),
    ]
    return show(
        request,
        visit,
        "readers",
        groups=groups,
        note=note,
        note_text=text,
        offline_hash=offline_page.offline_sha256(deployment(), text),
    )


@require_safe
def keys_note(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """The signed readers' note as it is, for scripts and for anyone who checks it."""
    return plain_file(actions.current_readers()[1], "text/plain; charset=utf-8")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """The page that works from a file, without a network. It is downloaded, never run from here."""
    text = offline_page.offline_page(deployment(), actions.current_readers()[1])
    response = plain_file(text, "text/html; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="form.html"'
    return response


@require_safe
def deployment_js(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """The facts that our scripts pin: the deployment, and whose signatures they believe."""
    facts = json.dumps(deployment(), sort_keys=True, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    return plain_file(f"globalThis.ANSWERABLE = {facts};\n", "text/javascript; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """No picture: a tab of ours shows nothing."""
    response = plain_file("", "image/x-icon")
    response.status_code = 204
    return response


@page
def leave(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Forget this visit, have the browser forget this site, and go somewhere neutral."""
    visit.close()
    target = str(deployment().get("leave", ""))
    response = show(request, visit, "leave", target=target)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    if target:
        response.headers["Refresh"] = f"0; url={target}"
    return response


def plain_file(text: str, kind: str) -> HttpResponse:
    """A file of ours, with the headers of every answer."""
    response = HttpResponse(text, content_type=kind, headers={**security.HEADERS, "Cache-Control": "no-store"})
    response.headers["Content-Security-Policy"] = security.policy(
        {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    )
    return response
