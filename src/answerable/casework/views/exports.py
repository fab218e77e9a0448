"""The facts of one record as JSON: a file to keep, and the same through the interface."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.casework import record_pages
from answerable.casework.models import Person, Record
from answerable.casework.record_pages import RecordPage
from answerable.casework.views import base, records


@base.staff
@require_GET
def export(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Everything about a record that this person may see, as JSON: facts as they are, the rest as ciphertext."""
    found = record_pages.record_page(person, handle, on=base.today())
    if found is None:
        return base.absent(request)
    body = json.dumps(exported(found), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.seen.record.kind}-{handle[:8]}.json"'
    return response


def exported(found: RecordPage) -> dict[str, Any]:
    """The plain facts of a record page: codes and days, as the record counts them."""
    record: Record = found.seen.record
    return {
        "v": 1,
        "note": _("What people wrote is not in this file: it opens in the browsers of those addressed alone."),
        "record": {
            "handle": record.handle,
            "kind": record.kind,
            "name": record.name,
            "stage": found.seen.record.stage,
            "opened": record.opened.isoformat(),
            "urgent": record.urgent,
            "language": record.language,
            "consents": list(found.consents),
        },
        "owner": found.owner.handle if found.owner else None,
        "linked": [{"kind": row.kind, "handle": row.handle, "name": row.name} for row in records.links(found)],
        "duties": [
            {"act": row.act, "due": row.due.isoformat() if row.due else None, "state": row.state, "source": row.source}
            for row in found.duties
        ],
        "events": [
            {"seq": row.seq, "day": row.day.isoformat(), "kind": row.kind, "code": row.code, "role": row.role}
            | ({"procedure": row.procedure, "act": row.act, "digest": row.digest} if row.procedure else {})
            for row in found.timeline
        ],
        "compartments": [records.part_json(row) for row in found.compartments],
    }
