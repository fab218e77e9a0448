"""Opening what is sealed: the browser is given a wrap and ciphertext, and the read is noted before it is."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from django.http import FileResponse, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_POST

from answerable.casework import actions, record_pages
from answerable.casework.actions.crossing import next_epoch as number_of_next
from answerable.casework.copies import maker
from answerable.casework.forms.body import Body
from answerable.casework.models import Compartment as StoredCompartment
from answerable.casework.models import Person, Submission
from answerable.casework.models.records import Standing
from answerable.casework.views import base
from answerable.sealing.place import REPORTERS, Compartment, Field, Record


def b64(data: Any) -> str:
    """Standard base64."""
    return base64.b64encode(bytes(data)).decode("ascii")


@base.staff_api
@require_POST
def open_compartment(request: HttpRequest, person: Person, handle: str) -> JsonResponse:
    """Wraps, values and files of one compartment: a read, noted in the chain of reads with its reason.

    ``{"compartment", "act"?: "read" or "grant", "reason"?}``; 404 where it is sealed or absent. With "grant" the
    browser wraps the key for somebody else, and shows nothing.
    """
    body = Body.read(request.body)
    compartment, act = body.compartment(), body.code("act", "read")
    if act not in ("read", "grant"):
        return base.nothing()
    opened = actions.fetch_wrap(person, handle, compartment, act=act, reason=body.code("reason", ""))
    if opened is None:
        return base.nothing()
    found = opened_json(handle, compartment, opened)
    return JsonResponse(found | {"values": [], "files": []} if act == "grant" else found)


def opened_json(handle: str, compartment: Compartment, opened: Any) -> dict[str, Any]:
    """What `actions.fetch_wrap` gave, as the script reads it."""
    return {
        "record": handle,
        "compartment": compartment.code,
        "current": opened.current,
        "wraps": [{"epoch": epoch, "wrap": b64(wrap)} for epoch, wrap in opened.wraps],
        "values": [
            {
                "field": Field(value.field).code,
                "version": value.version,
                "epoch": value.epoch,
                "sealed": b64(value.sealed),
                "day": value.on.isoformat(),
                "ours": value.person_id is not None,
                "standing": _doubt(value.submission),
                "unsent": value.pk in opened.unsent,
            }
            for value in opened.values
        ],
        "files": [
            {
                "id": file.handle,
                "version": file.version,
                "length": file.length,
                "sha256": bytes(file.sha256).hex(),
                "cleaned": file.cleaned_of_id is not None,
                "of": file.cleaned_of.handle if file.cleaned_of else "",
                "maker": maker(bytes(file.submission.event)) if file.cleaned_of_id else "",
                "standing": _doubt(file.submission),
            }
            for file in opened.files
        ],
    }


def _doubt(submission: Submission | None) -> str:
    """Why something may not come from the reporter; nothing for what is hers, or ours."""
    return "" if submission is None or submission.standing == Standing.HERS else str(submission.standing)


@base.staff_api
@require_POST
def file_body(request: HttpRequest, person: Person, handle: str, file: str) -> HttpResponseBase:
    """The sealed body of an attachment. An original needs a reason: ``{"reason"}``."""
    body = Body.read(request.body)
    path = actions.file_body(person, handle, file, reason=body.code("reason", ""))
    if path is None:
        return base.nothing()
    return FileResponse(path.open("rb"), content_type="application/octet-stream")


@base.staff_api
@require_GET
def new_case(request: HttpRequest, person: Person, handle: str) -> JsonResponse:  # noqa: ARG001
    """To whom the compartments of a case made of this report are wrapped; recovery is in the readers' note."""
    found = record_pages.new_case_holders(person, handle, on=base.today())
    if found is None:
        return base.nothing()
    names = base.names_of(row[0] for rows in found.values() for row in rows)
    parts = {one.code: [holder_json(row, names) for row in rows] for one, rows in found.items()}
    return JsonResponse({"holders": parts})


@base.staff_api
@require_GET
def next_epoch(request: HttpRequest, person: Person, handle: str, compartment: str) -> JsonResponse:  # noqa: ARG001
    """To whom a new epoch of a compartment is wrapped, its number, and the reporter's key where she reads."""
    part = next((one for one in Compartment if one.code == compartment), None)
    found = record_pages.epoch_holders(person, handle, part, on=base.today()) if part else None
    current = (
        StoredCompartment.objects.select_related("record")
        .filter(record__handle=handle, compartment=int(part), until=None)
        .first()
        if part and found is not None
        else None
    )
    if found is None or part is None or current is None:
        return base.nothing()
    record, names = current.record, base.names_of(row[0] for row in found)
    hers = record.reporter_key if part in REPORTERS[Record.of(record.kind)] else None
    return JsonResponse(
        {
            "epoch": number_of_next(record, part),
            "holders": [holder_json(row, names) for row in found],
            "reporter": bytes(hers).hex() if hers else "",
        }
    )


def holder_json(row: Any, names: Mapping[str, str]) -> dict[str, str]:
    """A holder as the script checks it against the readers' note, with the name that it says where that fails."""
    return {"id": row[0], "x25519": row[1], "name": names.get(row[0], "")}


def kind_number(kind: str) -> int:
    """The number of a kind of record in places."""
    return int(Record.of(kind))
