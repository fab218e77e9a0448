"""One recovery: the request that panel members are given, and the page that takes their files, in the browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from answerable.casework import actions, queries
from answerable.casework.forms.body import Body
from answerable.casework.models import Person
from answerable.casework.views import base, texts
from answerable.sealing.place import Compartment


@base.staff
@require_GET
def recovery(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """For whoever asked: the request to hand on, and where members' files are checked and combined."""
    material = actions.recovery_material(person, handle)
    if material is None:
        return base.absent(request)
    found = material.recovery
    about = {
        "recovery": found.handle,
        "record": found.record.handle,
        "epoch": found.epoch,
        "partials": [part.member for part in material.partials],
    }
    context = {
        "recovery": found,
        "part": texts.compartment(Compartment(found.compartment)),
        "reason": texts.RECOVERY_REASONS.get(found.reason, found.reason),
    }
    return base.shown(request, person, "recovery", context, about=about)


@base.staff_api
@require_GET
def request_file(request: HttpRequest, person: Person, handle: str) -> HttpResponse:  # noqa: ARG001  # Django's own
    """The bytes that members' answers are bound to: always the same for one recovery."""
    found = queries.recovery_request(person, handle)
    if found is None:
        return base.nothing()
    response = HttpResponse(found, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="request-{handle[:8]}.json"'
    return response


@base.staff_api
@require_POST
def partials(request: HttpRequest, person: Person, handle: str) -> JsonResponse:
    """Keep one member's file, which only whoever asked can open: ``{"member": 1 to 255, "sealed", …}``."""
    if actions.recovery_material(person, handle) is None:
        return base.nothing()
    body = Body.read(request.body)
    actions.add_partial(handle, f"member-{body.number('member')}", body.octets("sealed"))
    return JsonResponse({}, status=201)
