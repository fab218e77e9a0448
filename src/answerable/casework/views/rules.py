"""The page of rules: what each procedure of this desk says of each act, so that every clock and step names its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from answerable.casework import rulebook
from answerable.casework.actions.chains import rules as in_force
from answerable.casework.models import Person
from answerable.casework.views import base, rule_texts, texts


@base.staff
@require_GET
def rules(request: HttpRequest, person: Person) -> HttpResponse:
    """Every act of every procedure in force: whose it is, within what time, and the rule it rests on."""
    found = in_force()
    context = {
        "digest": found.collection.digest,
        "chapters": [
            {
                "chapter": one,
                "title": rule_texts.PROCEDURES.get(one.name, one.name),
                "status": rule_texts.STATUSES.get(one.status, one.status),
                "rows": [_row(row) for row in one.rows],
            }
            for one in rulebook.chapters(found)
        ],
    }
    return base.shown(request, person, "rules", context)


def _row(row: rulebook.RuleRow) -> dict[str, Any]:
    return {
        "row": row,
        "act": texts.act(row.act),
        "by": texts.BEARERS.get(row.by, row.by),
        "within": rule_texts.limit(row.within),
        "needs": [texts.act(act) for act in row.needs],
        "not_while_open": [texts.act(act) for act in row.not_while_open],
        "others": [texts.act(act) for act in row.others],
        "starts": [_owes(one) for one in row.starts],
        "late": [_owes(one) for one in row.late],
        "rule": rule_texts.of_row(row),
    }


def _owes(one: rulebook.Owes) -> dict[str, Any]:
    return {
        "by": texts.BEARERS.get(one.by, one.by),
        "act": texts.act(one.act),
        "within": rule_texts.limit(one.within),
    }
