"""One record's page: facts and clocks from the server, what people wrote from the browser, and what may be done."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from answerable.casework import codes, missing, queries, record_pages, rulebook
from answerable.casework.actions.chains import rules as in_force
from answerable.casework.actions.reviewing import going_out
from answerable.casework.models import Decision, Person, Record
from answerable.casework.record_pages import EventRow, RecordPage
from answerable.casework.views import acts, base, reading, rule_texts, settling, texts
from answerable.sealing.place import Compartment

_KINDS = {"report": "report", "case": "case", "person": "file"}
#: The acts of the procedures that the page of a record offers, by the names it has for them.
_OFFERED = {
    "take": "open a case",
    "join": "join the report",
    "decide": "propose a first assessment",
    "review": "review the first assessment",
    "third": "review it a third time",
    "replace": "find a replacement",
    "hand_over": "offer to hand over",
    "recuse": "recuse",
    "recover": "recover a key",
    "answer": "answer the reporter",
    "contact": "keep in contact",
    "settle": "decide on what is left",
}


@base.staff
@require_GET
def record(request: HttpRequest, person: Person, handle: str, page: str) -> HttpResponse:
    """A report, a case or a victim file. Sealed or absent: the same answer, after the same one query."""
    found = record_pages.record_page(person, handle, on=base.today())
    if found is None or found.seen.record.kind != _KINDS[page]:
        return base.absent(request)
    return base.shown(request, person, "record", _context(person, found), about=_about(found))


def _context(person: Person, found: RecordPage) -> dict[str, Any]:
    seen = found.seen
    mine = found.owner is not None and found.owner.pk == person.pk
    decision = None if settling.about_what_is_left(found.decision) else found.decision
    joined = [_link(row, seen.on) for row in links(found)]
    return {
        "found": found,
        "record": seen.record,
        "kind": texts.KINDS[seen.record.kind],
        "stage": texts.STAGES.get(seen.record.stage, seen.record.stage),
        "my_roles": [texts.ROLES.get(role, role) for role in seen.roles],
        "owner": found.owner,
        "mine": mine,
        "parts": [_part(row, seen.record.kind) for row in found.compartments],
        "due": sorted(
            [*_duties(found), *(link for link in joined if link["due"])], key=lambda one: one["due"] or date.max
        ),
        "timeline": [_event(row, seen.record.kind) for row in found.timeline],
        "links": joined,
        "rules": {
            name: rule_texts.of_row(rulebook.of_act(in_force(), seen.record.kind, act))
            for name, act in _OFFERED.items()
        },
        "consents": [texts.CONSENTS.get(code, code) for code in found.consents],
        "can": _can(person, found, mine=mine),
        "joinable": _joinable(person, found),
        "grounds": texts.GROUNDS,
        "recovery_reasons": texts.RECOVERY_REASONS,
        "opening_reasons": texts.OPENING_REASONS,
        "decision": decision,
        "outcome": texts.OUTCOMES.get(decision.outcome) if decision else None,
        "standard": texts.STANDARDS.get(decision.standard) if decision else None,
        "cause": texts.CAUSES.get(decision.cause) if decision else None,
        "appeal_route": texts.APPEAL_ROUTES.get(decision.appeal_route) if decision else None,
        "settlement": settling.shown(person, found),
        "missing": [(row, texts.MISSING[row.what]) for row in missing.of_record(seen.record)],
        "doubts": [(row, texts.SENT[row.kind], texts.DOUBTS[row.standing]) for row in found.doubts],
    }


def _joinable(person: Person, found: RecordPage) -> list[Record]:
    """The person's own cases that a report that waits may join."""
    if not _can(person, found, mine=False)["take"]:
        return []
    owned = Record.objects.filter(kind="case", stage="assessment", ownerships__person=person, ownerships__until=None)
    return list(owned.order_by("name"))


def links(found: RecordPage) -> list[Record]:
    """What a record is joined with, as far as its reader may see it."""
    return [*found.reports, *([found.case] if found.case else [])]


def _part(row: Any, kind: str) -> dict[str, Any]:
    name, about = texts.COMPARTMENTS[row.compartment]
    if kind == "case" and row.compartment == Compartment.NARRATIVE:
        about = _("Statements and notes of this case. What the person wrote is in the report.")
    thread = row.compartment == acts.thread_of(kind)
    return {
        "row": row,
        "code": row.compartment.code,
        "name": name,
        "about": about,
        "thread": thread and kind != "case",
        "notes": row.may_add and not (thread and kind != "case"),
        "evidence": row.compartment == Compartment.EVIDENCE,
    }


def _duties(found: RecordPage) -> list[dict[str, Any]]:
    """What is owed in the record itself."""
    return [
        {
            "due": row.due,
            "act": texts.act(row.act),
            "after": texts.act(row.after) if row.after else "",
            "by": texts.BEARERS.get(row.bearer, row.bearer),
            "late": row.due is not None and row.due < found.seen.on,
            "rule": rule_texts.of_duty(row.procedure, row.act, row.after, row.source),
        }
        for row in found.duties
    ]


def _link(row: Record, on: date) -> dict[str, Any]:
    """What the record is joined with, and what is due there first."""
    due = None if row.next_due == date.max else row.next_due
    rule = rulebook.of_act(in_force(), row.kind, row.next_act) if row.next_act else None
    return {
        "rule": rule_texts.of_row(rule),
        "row": row,
        "address": acts.address(row.kind, row.handle),
        "kind": texts.KINDS[row.kind],
        "stage": texts.STAGES.get(row.stage, row.stage),
        "due": due,
        "act": texts.act(row.next_act) if row.next_act else "",
        "late": due is not None and due < on,
    }


def _event(row: EventRow, kind: str) -> dict[str, Any]:
    rules = in_force()
    act = row.act or row.code.replace("_", " ")
    offered = row.act == _OFFERED["hand_over"]
    return {
        "row": row,
        "code": settling.OUTCOMES.get(row.code) or texts.code(row.code),
        "kind": texts.EVENTS.get("offered" if offered else row.kind, row.kind),
        "role": texts.ASKING if kind == Record.Kind.FILE and row.role == "reporter" else texts.code(row.role),
        "rule": rule_texts.of_row(rulebook.of_event(rules, kind, row.kind, row.procedure, act)),
        "other": row.digest not in ("", rules.collection.digest),
    }


def _can(person: Person, found: RecordPage, *, mine: bool) -> dict[str, bool]:
    """What this page offers. The actions decide again; a button that is missing is no protection."""
    seen, kind = found.seen, found.seen.record.kind
    officer = bool({"intake_officer", "independent_reader"} & set(seen.roles))
    decision = found.decision
    return {
        "take": kind == "report" and officer and seen.record.stage == "received" and seen.record.case_id is None,
        "write": any(row.may_add and row.compartment == acts.thread_of(kind) for row in found.compartments)
        and kind != "case"
        and seen.record.stage != "withdrawn",
        "hand_over": mine and kind == "case" and found.handover is None,
        "withdraw_offer": found.handover is not None and found.handover.giver_id == person.pk,
        "decide": kind == "case"
        and seen.record.stage == "assessment"
        and bool(seen.may(Compartment.DELIBERATION, "decide"))
        and (decision is None or decision.state == Decision.State.RETURNED),
        "review": decision is not None
        and kind == "case"
        and decision.state in (Decision.State.PROPOSED, Decision.State.DISPUTED)
        and person.pk in (decision.reviewer_id if decision.agrees is None else None, decision.third_id),
        "replace": kind == "case" and mine and Decision.objects.unreviewed().filter(record=seen.record).exists(),
        "tie": bool(found.tie_asked),
    }


def _about(found: RecordPage) -> dict[str, Any]:
    """What the script needs to know of the record: ids, keys to seal to, what is held."""
    record: Record = found.seen.record
    return {
        "record": record.handle,
        "kind": reading.kind_number(record.kind),
        "parts": [part_json(row) for row in found.compartments],
        "report_parts": {
            report.record.handle: part_json(row)
            for report in found.report_parts
            for row in report.compartments
            if row.compartment == acts.thread_of("report") and row.may_add
        },
        "reasons": {code: str(words) for code, words in texts.OPENING_REASONS.items()},
    }


def part_json(row: Any) -> dict[str, Any]:
    """A compartment as the script and the file of facts have it."""
    return {"compartment": row.compartment.code, "epoch": row.epoch, "public": row.public, "held": row.held}


@base.staff
@require_GET
def hand_over(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Offer a case to somebody: their browser can open it as soon as they accept."""
    found = record_pages.record_page(person, handle, on=base.today())
    if found is None or found.seen.record.kind != "case":
        return base.absent(request)
    choices = [row for row in queries.takers(person, handle, on=base.today()) if row.role != "reviewer"]
    about = _about(found) | {**_choosing(found, choices)}
    context = {
        "found": found,
        "record": found.seen.record,
        "choices": [_choice(row) for row in choices],
        "rule": rule_texts.of_row(rulebook.of_act(in_force(), "case", _OFFERED["hand_over"])),
    }
    return base.shown(request, person, "hand_over", context, about=about)


def _choice(row: Any) -> dict[str, Any]:
    return {"handle": row.person.handle, "name": row.person.user.get_username(), "role": row.role,
            "words": texts.ROLES.get(row.role, row.role)}  # fmt: skip


def people_json(choices: Any) -> dict[str, str]:
    """Holder ids with their X25519 keys, which the browser checks against the readers' note."""
    return {row.person.handle: bytes(row.person.keys.x25519).hex() for row in choices if row.person.keys is not None}


def _choosing(found: RecordPage, choices: Any) -> dict[str, Any]:
    """What the script needs to wrap keys for whoever is chosen."""
    names = {row.person.handle: row.person.user.get_username() for row in choices}
    return {"people": people_json(choices), "names": names, "offered": _offered(found, choices)}


def _offered(found: RecordPage, choices: Any) -> dict[str, list[dict[str, Any]]]:
    """Per role that may take over: which compartments of which records its key is to be given."""
    own = found.seen
    parts = [(own.record, row) for row in found.compartments]
    parts += [(report.record, row) for report in found.report_parts for row in report.compartments]

    roles = sorted({row.role for row in choices})
    # Whoever takes a case over owns it; whoever reviews it does not.
    facts = {role: {"own_body"} | ({"own"} if role != "reviewer" else set()) for role in roles}

    def reads(role: str, record: Record, row: Any) -> bool:
        code = row.compartment.code
        return bool(
            own.table.allowed(role, record.kind, code, "read", stage=own.record.stage, on=own.on, facts=facts[role])
        )

    return {
        role: [
            {"record": record.handle, "kind": reading.kind_number(record.kind), "compartment": row.compartment.code}
            for record, row in parts
            if row.held and row.may_grant and reads(role, record, row)
        ]
        for role in roles
    }


def _notices(found: RecordPage) -> list[dict[str, Any]]:
    """What a proposed assessment would send, and where it is sealed: whoever agrees reads it first."""
    sent = going_out(found.decision) if found.decision else []
    return [
        {"record": one.record, "version": str(one.version), "part": Compartment(one.compartment).code} for one in sent
    ]


@base.staff
@require_GET
def decide(request: HttpRequest, person: Person, handle: str) -> HttpResponse:
    """Propose a first assessment, or review the one that was proposed."""
    found = record_pages.record_page(person, handle, on=base.today())
    if found is None or found.seen.record.kind != "case":
        return base.absent(request)
    can = _can(person, found, mine=found.owner is not None and found.owner.pk == person.pk)
    choices = [row for row in queries.takers(person, handle, on=base.today()) if row.role == "reviewer"]
    if can["replace"] and found.decision:
        choices = [row for row in choices if row.person.pk != found.decision.reviewer_id]
    about = _about(found) | {**_choosing(found, choices)}
    context = {
        **_context(person, found),
        "can": can,
        "choices": [_choice(row) for row in choices],
        "standards": {code: texts.STANDARDS[code] for code in codes.STANDARDS},
        "outcomes": {code: texts.OUTCOMES[code] for code in codes.OUTCOMES},
        "causes": {code: texts.CAUSES[code] for code in codes.CAUSES},
        "routes": {code: texts.APPEAL_ROUTES[code] for code in codes.APPEAL_ROUTES},
        "negative": codes.NEGATIVE,
        "notices": _notices(found) if can["review"] else [],
    }
    return base.shown(request, person, "decide", context, about=about)
