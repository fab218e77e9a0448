"""The desk's first page: what is mine to do, oldest due first; reports that wait; cases with their clocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from answerable.casework import missing, queries, record_pages, stuck
from answerable.casework.actions.lateness import TAKE_UP
from answerable.casework.models import Person
from answerable.casework.views import acts, base, rule_texts, texts

#: Rows on one page, and duties on the first.
ROWS, OWED = 50, 20
#: The longest part of a record's name that is looked for.
NAME = 40
_AFTER = re.compile(r"[A-Za-z0-9_.~-]{1,200}", re.ASCII)


@require_GET
def home(request: HttpRequest) -> HttpResponseRedirect:  # noqa: ARG001  # Django's own signature
    """The party's root leads to the desk."""
    return redirect("desk")


@base.staff_first
@require_GET
def desk(request: HttpRequest, person: Person) -> HttpResponse:
    """At most eight queries, however many records there are."""
    asked = request.GET.get("after", "")
    after = asked if _AFTER.fullmatch(asked) else None
    chosen = {name: value for name, value in _filters(request).items() if value}
    on = base.today()
    queue = queries.queue(person, on=on, after=after, limit=ROWS, **chosen)
    own = base.waiting_for(person)
    context: dict[str, Any] = {
        "rows": [_row(row) for row in queue.rows],
        "next": queue.next,
        "first": after is None,
        "chosen": chosen,
        "kinds": texts.KINDS,
        "stages": texts.STAGES,
        "today": on,
    }
    if after is None:
        danger = queries.in_danger(person, on=on, limit=ROWS + 1)
        context["danger"], context["more_danger"] = [_row(row) for row in danger[:ROWS]], len(danger) > ROWS
        owed = queries.duties(person, on=on, limit=OWED + 1)
        context["duties"], context["more_owed"] = _duties(owed[:OWED]), len(owed) > OWED
        context["none_below"] = not queue.rows
        context["offers"] = queries.offers(person) if own.offered else []
        context["ownerless"] = own.replaces
        context["unreviewed"] = queries.unreviewed(person) if own.unreviewed else []
        context["grants"] = len(record_pages.grants_wanted(person, on=on))
        context["settlements"] = queries.settlements(person, on=on) if own.settles else []
        context["altered"] = [_altered(row) for row in queries.altered(person, on=on)] if own.altered_waits else []
        context["stuck"] = [_stuck(row) for row in stuck.late(person, on=on)] if own.watches else []
        gone = missing.shown(person, on=on) if own.misses else []
        context["missing"] = [(row, texts.MISSING[row.what]) for row in gone]
        context["late_reasons"], context["altered_answers"] = texts.LATE_REASONS, texts.ALTERED_ANSWERS
    tie = queries.pending_tie(person) if own.tie_waits else None
    context["tie"] = (tie, acts.address(tie.kind, tie.handle)) if tie else None
    return base.shown(request, person, "desk", context)


@base.staff
@require_GET
def replacements(request: HttpRequest, person: Person) -> HttpResponse:
    """Cases whose owner stood back or left: their names, for a colleague of the same role to take over."""
    rows = [_row(row) for row in queries.replacements(person, on=base.today())]
    return base.shown(request, person, "replacements", {"rows": rows})


def _filters(request: HttpRequest) -> dict[str, str]:
    """Filters over plain facts; anything that is no known code filters nothing."""
    kind, stage = request.GET.get("kind", ""), request.GET.get("stage", "")
    name = " ".join(request.GET.get("name", "").replace("\0", "").split())[:NAME]
    return {
        "kind": kind if kind in texts.KINDS else "",
        "stage": stage if stage in texts.STAGES else "",
        "name": name,
    }


def _row(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "address": acts.address(row.kind, row.handle),
        "kind": texts.KINDS[row.kind],
        "stage": texts.STAGES.get(row.stage, row.stage),
        "act": texts.act(row.next_act) if row.next_act else "",
    }


def _duties(owed: Sequence[queries.DutyRow]) -> list[dict[str, Any]]:
    """What is owed. Everything late of a record is taken up by one act, so it stands there once, with what is late."""
    shown: list[dict[str, Any]] = []
    # All of it, whether it is among the oldest or not: whoever takes it up signs for everything that stands there.
    late = queries.late_in({row.handle for row in owed if row.act == TAKE_UP})
    taken_up: set[str] = set()
    for row in owed:
        item = _owed(row)
        if item["take_up"]:
            if row.handle in taken_up:
                continue
            taken_up.add(row.handle)
            item["afters"] = [texts.act(after) for after in late.get(row.handle, ()) if after]
        shown.append(item)
    return shown


def _owed(row: queries.DutyRow) -> dict[str, Any]:
    return {
        "row": row,
        "address": acts.address(row.kind, row.handle),
        "act": texts.act(row.act),
        "afters": [texts.act(row.after)] if row.after else [],
        "take_up": row.act == TAKE_UP,
        "rule": rule_texts.of_duty(row.procedure, row.act, row.after, row.source),
    }


def _altered(row: queries.AlteredRow) -> dict[str, Any]:
    return {"row": row, "kind": texts.KINDS[row.kind], "part": texts.compartment(row.compartment)}


def _stuck(row: stuck.LateRow) -> dict[str, Any]:
    bearer = texts.BEARERS.get(row.bearer, row.bearer)
    rule = rule_texts.said(row.procedure, row.act, row.source)
    return {"row": row, "kind": texts.KINDS[row.kind], "act": texts.act(row.act), "bearer": bearer, "rule": rule}
