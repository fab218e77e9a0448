"""The two addresses of a witness (C2SP tlog-witness): submit a checkpoint, read the last one cosigned."""

from __future__ import annotations

import time
from functools import lru_cache

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from answerable.ledger.network_errors import WitnessError
from answerable.ledger.witness import actions, folder
from answerable.ledger.witness.models import Log
from answerable.ledger.witness.outcome import TEXT, Outcome, refused, report

#: Checked before anything is parsed.
MAX_BODY = 512 * 1024


@lru_cache(maxsize=1)
def _witness() -> folder.Folder:
    """The witness this process is. Its keys are read once; its state was required to be its own when it started."""
    return folder.load(getattr(settings, "ANSWERABLE_HOME", "."))


def _read(request: HttpRequest) -> bytes | None:
    """The body, or None when it is longer than MAX_BODY, without reading more than that."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > MAX_BODY:
        return None
    # Without a length (chunked) Django would see an empty body: the server's own stream has all of it.
    stream = request if length.isdecimal() else request.META["wsgi.input"]
    body: bytes = stream.read(MAX_BODY + 1)
    return None if len(body) > MAX_BODY else body


@csrf_exempt  # no cookies, no session: what is signed is checked, not who sends it
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """``POST /add-checkpoint``."""
    try:
        body = _read(request)
        if body is None:
            outcome = refused(400, "", f"a request has at most {MAX_BODY:,} bytes")
        else:
            actions.unmoved()
            outcome = actions.add_checkpoint(body, _witness().keys, int(time.time()))
    except (DatabaseError, WitnessError) as error:
        # A full disk, a busy database, another file in its place: nothing was committed, so nothing is signed.
        outcome = Outcome(500, b"this witness cannot write its record\n", TEXT, "", f"cannot write its record: {error}")
    except OSError:
        outcome = refused(400, "", "the request broke off")
    report(outcome, as_json=getattr(settings, "ANSWERABLE_JSON", False))
    return _response(outcome.body, outcome.status, outcome.content_type)


@require_safe
def checkpoint(_request: HttpRequest, origin_sha256: str) -> HttpResponse:
    """``GET /<sha256(origin) hex>/checkpoint``: the last one cosigned, with the log's lines and ours; 404 when none."""
    note = Log.objects.filter(origin_sha256=origin_sha256).values_list("note", flat=True).first()
    if note is None:
        return _response(b"nothing was cosigned for this log\n", 404, TEXT)
    return _response(note.encode(), 200, TEXT)


def absent(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's own signature
    """Any other address: 404, in words and with nothing that a party's pages would need."""
    return _response(b"a witness answers at add-checkpoint and <sha256(origin)>/checkpoint alone\n", 404, TEXT)


def _response(body: bytes, status: int, content_type: str) -> HttpResponse:
    headers = {"Content-Length": str(len(body)), "Cache-Control": "no-store"}
    return HttpResponse(body, status=status, content_type=content_type, headers=headers)
