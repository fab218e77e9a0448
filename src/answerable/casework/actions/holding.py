"""What keeps something from being destroyed, whatever was decided: a hold, an open duty, an answer that is owed."""

from __future__ import annotations

import json

from django.db.models import Q

from answerable.casework.models import Act, Altered, Duty, Record

HOLD, DUTY, ALTERED = "a hold", "something that is still owed", "something altered that the panel has not answered"


def kept_back(record: Record) -> tuple[str, ...]:
    """Why nothing of ``record`` may be destroyed today; empty when it may. A hold of its case counts for it, too."""
    found = []
    if _held(record):
        found.append(HOLD)
    if Duty.objects.live().filter(record=record).exists():
        found.append(DUTY)
    if Altered.objects.filter(record=record, answered=None).exists():
        found.append(ALTERED)
    return tuple(found)


def _held(record: Record) -> bool:
    """Whether a step is held by an entry of the chain, or of the case's, that no later entry has lifted."""
    mine = Q(record=record) | Q(record__isnull=False, record=record.case_id)
    acts = Act.objects.filter(mine, kind__in=["hold.placed", "hold.lifted"]).select_related("outbox__event")
    held: set[tuple[int | None, str]] = set()
    for act in acts.order_by("record", "seq"):
        step = (act.record_id, str(json.loads(bytes(act.outbox.event.body))["step"]))
        (held.add if act.kind == "hold.placed" else held.discard)(step)
    return bool(held)
