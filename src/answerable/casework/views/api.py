"""JSON through the same gate as the pages, and its description in OpenAPI 3.1."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from answerable.casework import queries, record_pages
from answerable.casework.models import Person
from answerable.casework.views import acts, base, exports
from answerable.casework.views.queue import ROWS


@base.staff_api
@require_GET
def root(request: HttpRequest, person: Person) -> JsonResponse:  # noqa: ARG001  # the same for all staff
    """Where the description is."""
    return JsonResponse({"v": 1, "description": "openapi.json"})


@base.staff_api
@require_GET
def queue(request: HttpRequest, person: Person) -> JsonResponse:
    """The queue of the first page: ``?after=`` goes on where ``next`` says."""
    found = queries.queue(person, on=base.today(), after=request.GET.get("after") or None, limit=ROWS)
    rows = [
        {
            "handle": row.handle,
            "kind": row.kind,
            "name": row.name,
            "stage": row.stage,
            "opened": row.opened.isoformat(),
            "urgent": row.urgent,
            "next": {"act": row.next_act, "due": row.next_due.isoformat() if row.next_due else None, "late": row.late},
        }
        for row in found.rows
    ]
    return JsonResponse({"rows": rows, "next": found.next})


@base.staff_api
@require_GET
def record(request: HttpRequest, person: Person, handle: str) -> JsonResponse:  # noqa: ARG001  # Django's own
    """The facts of one record."""
    found = record_pages.record_page(person, handle, on=base.today())
    return base.nothing() if found is None else JsonResponse(exports.exported(found))


@base.staff_api
@require_GET
def described(request: HttpRequest, person: Person) -> JsonResponse:  # noqa: ARG001  # the same for all staff
    """This interface in OpenAPI."""
    return JsonResponse(description())


_PROBLEM = {
    "type": "object",
    "required": ["code", "what", "todo"],
    "properties": {
        "code": {"enum": ["absent", "locked", "tie", "incomplete", "refused"]},
        "what": {"type": "string"},
        "todo": {"type": "string"},
        "missing": {"type": "array", "items": {"type": "string"}},
    },
}
_HANDLE = {"name": "handle", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}


def _operation(summary: str, *parameters: dict[str, Any], body: bool = False) -> dict[str, Any]:
    problem = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    found: dict[str, Any] = {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "Done."},
            "400": {"description": "Not in the form that this takes.", **problem},
            "404": {"description": "Not there, or not there for whoever asks: the same answer.", **problem},
            "409": {"description": "Cannot be done now; nothing was written.", **problem},
        },
    }
    if body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    return found


def _named(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", **schema}}


@cache
def description() -> dict[str, Any]:
    """The OpenAPI 3.1 document; every act has its own path."""
    signed = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string", "contentEncoding": "base64"}}
        for name in ("X-Answerable-Act", "X-Answerable-Signature")
    ]
    paths: dict[str, Any] = {
        "/": {"get": _operation("Where the description is")},
        "/openapi.json": {"get": _operation("This description")},
        "/half/": {"post": _operation("The session's half: begun when unlocking, kept for 15 minutes", body=True)},
        "/lock/": {"post": _operation("Forget the session's half", body=True)},
        "/words/": {"get": _operation("The words that passphrases are drawn from")},
        "/readers/": {"get": _operation("The signed note of readers' keys")},
        "/recovery-key/": {"get": _operation("The public part of the recovery key")},
        "/keys/": {"post": _operation("Register a person's new public keys", body=True)},
        "/queue/": {"get": _operation("Waiting reports and my cases, oldest due first")},
        "/records/{handle}/": {"get": _operation("The facts of a record", _HANDLE)},
        "/records/{handle}/open/": {
            "post": _operation("Wraps and ciphertext of one compartment; noted as a read", _HANDLE, body=True)
        },
        "/records/{handle}/files/{file}/": {
            "post": _operation("The sealed body of an attachment", _HANDLE, _named("file"), body=True)
        },
        "/records/{handle}/case/": {"get": _operation("Holders of a new case's compartments", _HANDLE)},
        "/records/{handle}/epoch/{compartment}/": {
            "get": _operation("Holders of a compartment's next epoch", _HANDLE, _named("compartment"))
        },
        "/recoveries/{handle}/request/": {"get": _operation("The request that panel members are given", _HANDLE)},
    }
    paths["/recoveries/{handle}/partials/"] = {"post": _operation("Keep one member's file", _HANDLE, body=True)}
    for act in acts.ACTS:
        words = act.replace("_", " ").capitalize()
        paths[f"/records/{{handle}}/do/{act}/"] = {"post": _operation(words, _HANDLE, *signed, body=True)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Answerable: the desk", "version": "1"},
        "servers": [{"url": "/desk/api/v1"}],
        "paths": paths,
        "components": {"schemas": {"Problem": _PROBLEM}},
    }
