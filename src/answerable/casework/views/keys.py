"""Keys of persons: the page on which they are made and unlocked, the session's half, and the signed readers' note.

What opens a person's keys is kept in two halves: the browser's tab keeps the passphrase's key encrypted under `half`,
32 random bytes that live in the server's session. Neither alone opens anything; 15 idle minutes end the half.
"""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from answerable.casework import actions, noted, record_pages
from answerable.casework.forms.body import Body, BodyError
from answerable.casework.models import Person
from answerable.casework.shapes import KeySet
from answerable.casework.views import base, proof, reading, texts
from answerable.errors import AnswerableError
from answerable.sealing import wordlists
from answerable.sealing.readers import ReadersNote

HALF, STIRRED = "desk_half", "desk_stirred"
#: Idle seconds after which the session's half is gone.
IDLE = 15 * 60
#: Seconds by which a tab tells late that somebody touches it (web/src/desk/session.ts, STIR), and some for the way.
SLACK = 90


@base.staff
@require_GET
def keys(request: HttpRequest, person: Person) -> HttpResponse:
    """Unlock, make the first keys, replace lost ones, and let in those who wait. To replace asks for fresh proof."""
    has_keys, replacing = base.asking(person).key_x is not None, "new" in request.GET
    if has_keys and replacing and (parts := proof.missing(request)):
        return proof.led(request, parts)
    wanted = record_pages.grants_wanted(person, on=base.today())
    names = base.names_of(row.person for row in wanted if row.person) if wanted else {}
    about = {
        "grants": [
            {
                "record": row.handle,
                "kind": reading.kind_number(row.kind),
                "compartment": row.compartment.code,
                "person": row.person,
                "x25519": row.x25519,
            }
            for row in wanted
        ],
        "names": names,
    }
    rows = [(row, texts.compartment(row.compartment), names.get(row.person or "", "")) for row in wanted]
    context = {"wanted": rows, "has_keys": has_keys, "replacing": replacing}
    return base.shown(request, person, "keys", context, about=about)


@base.staff_api
@require_POST
def half(request: HttpRequest, person: Person) -> JsonResponse:  # noqa: ARG001  # staff only
    """The session's half, for 15 more minutes: the one there is, else a new one for who unlocks (``fresh``).

    Unlocking in one tab leaves the others unlocked: all of a session keep their keys under the same half.
    """
    body = Body.read(request.body)
    fresh = body.flag("fresh")
    now = int(time.time())
    session = request.session
    if HALF not in session or not 0 <= now - int(session.get(STIRRED, 0)) < IDLE:
        forget(request)
        if not fresh:
            return base.locked()
        session[HALF] = texts.b64(secrets.token_bytes(32))
    session[STIRRED] = now
    return JsonResponse({"half": session[HALF]})


@base.staff_api
@require_POST
def lock(request: HttpRequest, person: Person) -> JsonResponse:  # noqa: ARG001  # staff only
    """Forget the session's half; not where a tab that nobody touched (``idle``) locks itself beside one in use."""
    idle = Body.read(request.body).flag("idle", default=False)
    if not idle or int(time.time()) - int(request.session.get(STIRRED, 0)) >= IDLE - SLACK:
        forget(request)
    return JsonResponse({})


def forget(request: HttpRequest) -> None:
    """Take the half out of the session."""
    request.session.pop(HALF, None)
    request.session.pop(STIRRED, None)


@base.staff_api
@require_POST
def register(request: HttpRequest, person: Person) -> JsonResponse:
    """Take a person's new public keys, with the private ones wrapped: first keys, or a replacement of lost ones.

    A replacement ends what was wrapped to the old keys. A session alone cannot do it: see `proof`.
    """
    body = Body.read(request.body)
    made = KeySet(
        body.hexed("x25519", 32),
        body.hexed("ed25519", 32),
        body.octets("salt", 16),
        body.octets("wrapped_x", 76),
        body.octets("wrapped_ed", 76),
    )
    if base.asking(person).key_x is not None:
        if not body.flag("replace", default=False):
            raise BodyError("you have keys already", where="keys", todo="replace them on the page of keys")
        if proof.missing(request):
            return proof.refused()
    actions.set_keys(person, made)
    return JsonResponse({"id": person.handle}, status=201)


@base.staff_api
@require_GET
def words(request: HttpRequest, person: Person) -> JsonResponse:  # noqa: ARG001  # staff only
    """The words that passphrases are drawn from, in the browser."""
    return JsonResponse(list(wordlists.lists()["eff-large"].words), safe=False)


@base.staff_api
@require_GET
def readers(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001  # staff only
    """The signed note of readers' keys, as the panel signed it. The browser checks it against its own pins."""
    return HttpResponse(
        _file(getattr(settings, "ANSWERABLE_READERS", None), "readers’ note"), content_type="text/plain; charset=utf-8"
    )


def noted_keys() -> ReadersNote:
    """The readers' note, checked against the panel's keys. Raises `NotNotedError`."""
    facts = base.deployment()
    data = _file(getattr(settings, "ANSWERABLE_READERS", None), "readers’ note")
    return noted.load(data, tuple(map(str, facts["panel"])), bytes.fromhex(str(facts["deployment"])))


@base.staff_api
@require_GET
def recovery_key(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001  # staff only
    """The public part of the recovery key."""
    return HttpResponse(
        _file(getattr(settings, "ANSWERABLE_CASEWORK", {}).get("recovery_key"), "recovery key"),
        content_type="application/json",
    )


class NotSetUpError(AnswerableError):
    """A file that the desk's settings name is missing."""


def _file(path: Any, what: str) -> bytes:
    try:
        return Path(str(path)).read_bytes()
    except OSError:
        raise NotSetUpError(
            "this desk is not set up yet", where=what, todo="ask whoever runs this desk to put the file in its place"
        ) from None


@require_GET
def deployment(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the same for everyone
    """What the script pins: the deployment's public facts, the panel's keys among them; the same for everyone."""
    facts = json.dumps(base.deployment(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    text = "globalThis.ANSWERABLE = " + facts.replace("<", "\\u003c") + ";\n"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")
