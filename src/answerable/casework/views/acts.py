"""Acts on a record: each is signed in the browser, checked here, and done by the action of its name.

``POST /desk/api/v1/records/<handle>/do/<act>/`` with a JSON body, ``X-Answerable-Act`` (the signed text) and
``X-Answerable-Signature``, both in base64. What a person may not see answers as what is not there, before anything of
the body is looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from answerable.casework import actions, gate, noted, queries, signing
from answerable.casework.errors import DoneAlreadyError
from answerable.casework.forms import body as read
from answerable.casework.forms.body import Body
from answerable.casework.models import Person, SignedAct
from answerable.casework.signing import Signed
from answerable.casework.views import base, keys
from answerable.sealing.place import THREAD, Compartment, Field, Record

#: What an act does with its body; gives the address to go to, or "" to stay on the page.
Does = Callable[[Person, str, Body, Signed], str]

_ADDRESS = {"report": "report", "case": "case", "file": "person"}


def address(kind: str, handle: str) -> str:
    """The page of a record."""
    return reverse(_ADDRESS[kind], args=[handle])


def _take(person: Person, handle: str, body: Body, signed: Signed) -> str:
    keys = body.each("keys", read.new_key)
    case = actions.take_report(person, handle, keys=keys, case=body.hexed("case", 16), signed=signed)
    return address("case", case.handle)


def _join(person: Person, handle: str, body: Body, signed: Signed) -> str:
    case = actions.join_report(person, handle, body.handle("case"), signed=signed)
    return address("case", case.handle)


def _offer(person: Person, handle: str, body: Body, signed: Signed) -> str:
    wraps = body.each("wraps", read.given)
    actions.offer_handover(person, handle, _person(body, "taker"), body.code("role"), wraps=wraps, signed=signed)
    return ""


def _accept(person: Person, handle: str, body: Body, signed: Signed) -> str:
    actions.accept_handover(person, body.handle("handover"), signed=signed)
    return address("case", handle)


def _decline(person: Person, handle: str, body: Body, signed: Signed) -> str:  # noqa: ARG001  # one shape for all
    actions.decline_handover(person, body.handle("handover"), signed=signed)
    return reverse("desk")


def _withdraw(person: Person, handle: str, body: Body, signed: Signed) -> str:  # noqa: ARG001  # one shape for all
    actions.withdraw_handover(person, body.handle("handover"), signed=signed)
    return ""


def _write(person: Person, handle: str, body: Body, signed: Signed) -> str:
    message = read.sealed(body, "message", Field.MESSAGE)
    actions.write_to_person(
        person,
        handle,
        message=message,
        offers_assistance=body.flag("offers_assistance", default=False),
        next_contact=body.day("next_contact"),
        signed=signed,
    )
    return ""


def _add(person: Person, handle: str, body: Body, signed: Signed) -> str:
    actions.add_value(person, handle, read.sealed(body, "value", Field.NOTE), signed=signed)
    return ""


def _tie(person: Person, handle: str, body: Body, signed: Signed) -> str:
    tied = body.flag("tied")
    actions.declare_tie(person, handle, tied, signed=signed)
    return reverse("desk") if tied else ""


def _recuse(person: Person, handle: str, body: Body, signed: Signed) -> str:
    actions.recuse(person, handle, ground=body.code("ground"), signed=signed)
    return reverse("desk")


def _propose(person: Person, handle: str, body: Body, signed: Signed) -> str:
    notices = {
        part.handle("report"): read.sealed(part, "notice", Field.NOTICE, Compartment.NARRATIVE)
        for part in body.each("notices", lambda one: one)
    }
    actions.propose_decision(
        person,
        handle,
        standard=body.code("standard", ""),
        outcome=body.code("outcome", ""),
        cause=body.code("cause", ""),
        reasons=read.sealed(body, "reasons", Field.REASONS, Compartment.DELIBERATION) if "reasons" in body else None,
        notices=notices,
        appeal_route=body.code("appeal_route", ""),
        appeal_until=body.day("appeal_until"),
        reviewer=_person(body, "reviewer") if body.handle("reviewer", "") else None,
        wraps=body.each("wraps", read.given),
        signed=signed,
    )
    return address("case", handle)


def _review(person: Person, _handle: str, body: Body, signed: Signed) -> str:
    actions.review_decision(
        person,
        body.handle("decision"),
        agrees=body.flag("agrees"),
        review=read.sealed(body, "review", Field.REVIEW, Compartment.DELIBERATION),
        notices=dict(body.each("notices", lambda one: (one.handle("report"), one.hexed("sha256", 32).hex()))),
        third=_person(body, "third") if body.handle("third", "") else None,
        wraps=body.each("wraps", read.given),
        signed=signed,
    )
    return reverse("desk")  # who reviewed has done so, and the case is not theirs to see any more


def _replace_reviewer(person: Person, handle: str, body: Body, signed: Signed) -> str:
    wraps = body.each("wraps", read.given)
    actions.replace_reviewer(person, handle, _person(body, "reviewer"), wraps=wraps, signed=signed)
    return address("case", handle)


def _propose_settlement(person: Person, handle: str, body: Body, signed: Signed) -> str:
    made = actions.propose_settlement(
        person,
        handle,
        outcome=body.code("outcome", ""),
        reasons=read.sealed(body, "reasons", Field.REASONS) if "reasons" in body else None,
        second=_person(body, "second") if body.handle("second", "") else None,
        signed=signed,
    )
    return address(made.record.kind, handle)


def _settle(person: Person, handle: str, body: Body, signed: Signed) -> str:
    review = read.sealed(body, "review", Field.REVIEW)
    made = actions.settle(person, body.handle("decision"), agrees=body.flag("agrees"), review=review, signed=signed)
    return address(made.record.kind, handle)


def _take_over(person: Person, handle: str, body: Body, signed: Signed) -> str:  # noqa: ARG001  # one shape for all
    actions.take_over(person, handle, signed=signed)
    return address("case", handle)


def _person(body: Body, name: str) -> Person:
    """Somebody who works here, by their handle. Raises `BodyError`."""
    found = Person.objects.filter(handle=body.handle(name), ended=None).first()
    if found is None:
        raise read.BodyError("this person does not work here", where=name, todo="choose another")
    return found


def _late(person: Person, handle: str, body: Body, signed: Signed) -> str:
    actions.take_up_late(person, handle, body.code("reason"), signed=signed)
    return ""


def _altered(person: Person, handle: str, body: Body, signed: Signed) -> str:
    actions.report_altered(person, handle, body.compartment(), body.thing("object"), signed=signed)
    return ""


def _take_up_altered(person: Person, handle: str, body: Body, signed: Signed) -> str:  # noqa: ARG001  # one shape
    actions.take_up_altered(person, body.handle("altered"), body.code("answer"), signed=signed)
    return ""


def _grant(person: Person, handle: str, body: Body, signed: Signed) -> str:
    wraps = body.each("wraps", read.epoch_wrap)
    actions.grant(person, handle, body.compartment(), _person(body, "to"), wraps, signed=signed)
    return ""


def _epoch(person: Person, handle: str, body: Body, signed: Signed) -> str:
    actions.new_epoch(person, handle, read.new_key(body), signed=signed)
    return ""


def _ask_recovery(person: Person, handle: str, body: Body, signed: Signed) -> str:
    asked = actions.request_recovery(person, handle, body.compartment(), body.code("reason"), signed=signed)
    return reverse("recovery", args=[asked.handle])


def _recover(person: Person, handle: str, body: Body, signed: Signed) -> str:  # noqa: ARG001  # one shape for all
    wrap = read.wrapped(body.part("wrap"))
    actions.use_recovery(person, body.handle("recovery"), wrap, body.words("members"), signed=signed)
    return reverse("desk")


#: Every act that a member of staff can do to a record, by the name of its action.
ACTS: Mapping[str, Does] = {
    "take_report": _take,
    "join_report": _join,
    "offer_handover": _offer,
    "accept_handover": _accept,
    "decline_handover": _decline,
    "withdraw_handover": _withdraw,
    "take_over": _take_over,
    "write_to_person": _write,
    "add_value": _add,
    "declare_tie": _tie,
    "recuse": _recuse,
    "propose_decision": _propose,
    "review_decision": _review,
    "replace_reviewer": _replace_reviewer,
    "propose_settlement": _propose_settlement,
    "settle": _settle,
    "take_up_late": _late,
    "report_altered": _altered,
    "take_up_altered": _take_up_altered,
    "grant": _grant,
    "new_epoch": _epoch,
    "request_recovery": _ask_recovery,
    "use_recovery": _recover,
}
#: Acts of somebody who was offered a record, and does not see it before they accept.
_OFFERED = frozenset({"accept_handover", "decline_handover"})
#: Acts on records that their doer is told the name of, and does not see before: the action itself says whose they are.
_NAMED = frozenset({"take_over", "take_up_late", "take_up_altered"})


@base.staff_api
@require_POST
def do(request: HttpRequest, person: Person, handle: str, act: str) -> JsonResponse:
    """Do one act. 404 for what is sealed or absent, 409 for what cannot be done now, and then nothing is written.

    The same bytes again, as a browser sends them that had no answer, are told that they were done (code ``done``).
    """
    does = ACTS.get(act)
    if does is None or not _reaches(person, handle, act, request):
        return base.nothing()
    if "desk_half" not in request.session:
        return base.locked()
    signed = _signed(request, person, handle, act)
    if SignedAct.objects.filter(nonce=signed.nonce, text=signed.text).exists():
        raise DoneAlreadyError("this was sent before", where=act, todo="see whether it is done already")
    return JsonResponse({"next": does(person, handle, Body.read(request.body), signed)})


def _reaches(person: Person, handle: str, act: str, request: HttpRequest) -> bool:
    """Whether the record is there for this person: one query, whatever the answer."""
    if act in _NAMED:
        return re.fullmatch("[0-9a-f]{32}", handle) is not None
    if act not in _OFFERED:
        return gate.find(person, handle) is not None
    try:
        offered = queries.offer(person, Body.read(request.body).handle("handover"))
    except read.BodyError:
        return False
    return offered is not None and offered.record.handle == handle


def _signed(request: HttpRequest, person: Person, handle: str, act: str) -> Signed:
    own = base.asking(person)
    if own.key_x is None:
        raise read.BodyError("you have no keys yet", where="keys", todo="make them on the page of keys")
    signer = signing.Signer(bytes.fromhex(str(base.deployment()["deployment"])), person.holder, bytes(own.key_ed))
    noted.check_signer(keys.noted_keys(), person.holder, signer.public)
    return signing.check(
        signer,
        act,
        bytes.fromhex(handle),
        text=_header(request, "X-Answerable-Act"),
        signature=_header(request, "X-Answerable-Signature"),
        body=request.body,
        today=base.today(),
    )


def _header(request: HttpRequest, name: str) -> bytes:
    try:
        return base64.b64decode(request.headers.get(name, ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def thread_of(kind: str) -> Compartment:
    """The compartment of the thread with the person who reported."""
    return THREAD[Record.of(kind)]
