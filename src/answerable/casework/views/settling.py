"""What was taken back leaves something, on its page: proposed by one who may decide it, decided with another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from answerable.casework import queries
from answerable.casework.actions.holding import ALTERED, DUTY, HOLD, kept_back
from answerable.casework.actions.settling import KEEP, PARTS, SHRED, lapsed, waiting_settlements
from answerable.casework.models import Decision, Person
from answerable.casework.models.acts import WITHDRAWN
from answerable.casework.record_pages import RecordPage
from answerable.sealing.place import Record

OUTCOMES: Mapping[str, Any] = {
    KEEP: _("keep it sealed as it is: every opening goes on being noted"),
    SHRED: _("shred it: its keys are destroyed, and nobody opens it again"),
}
#: What keeps something from being destroyed.
HELD: Mapping[str, Any] = {
    HOLD: _("a hold is lifted"),
    DUTY: _("what is still owed here is done"),
    ALTERED: _("the panel answers what was found altered"),
}


def about_what_is_left(decision: Decision | None) -> bool:
    """Whether a decision is about what something taken back leaves, and not about what it says."""
    return decision is not None and decision.act_code == WITHDRAWN


def shown(person: Person, found: RecordPage) -> dict[str, Any] | None:
    """What the page of what was taken back says of the rest, and offers; None for every other record, and for who may
    neither read the rest nor decide about it."""
    record = found.seen.record
    part = PARTS.get(Record.of(record.kind))
    if part is None or record.stage != "withdrawn":
        return None
    deciding = found.seen.roles_with(part, "add")
    if record.kind == "file" and not deciding:
        return None
    decision = found.decision if about_what_is_left(found.decision) else None
    state = decision.state if decision else None
    gone = decision is not None and lapsed(decision, found.seen.on)
    waits = state == Decision.State.PROPOSED and not gone
    # The action decides again: a form that is missing protects nothing.
    proposes = bool(deciding) and not waits and state != Decision.State.MADE
    return {
        "part": part.code,
        "help": record.kind == "file",
        "made": decision.made if decision else None,
        "handle": decision.handle if decision else "",
        "outcome": OUTCOMES.get(decision.outcome, "") if decision else "",
        "by": decision.proposer if decision else None,
        "second": decision.reviewer if decision else None,
        "answers": waits and decision is not None and decision.reviewer_id == person.pk,
        "waits": waits,
        "returned": state == Decision.State.RETURNED,
        "lapsed": gone,
        "proposes": proposes,
        "seconds": queries.seconds(found.seen, deciding) if proposes else [],
        "outcomes": OUTCOMES,
        **_became(decision),
    }


def _became(decision: Decision | None) -> dict[str, Any]:
    """Of what was decided: whether it stays, or went and when, or is due to go and what it waits for."""
    if decision is None or decision.made is None:
        return {}
    if decision.outcome == KEEP:
        return {"stays": True}
    if decision.pk in [one.pk for one in waiting_settlements()]:
        return {"due": decision.made, "held": [HELD[why] for why in kept_back(decision.record)]}
    gone = decision.record.acts.filter(kind="case.shredded").order_by("-seq").first()
    return {"gone": gone.on if gone else decision.made}
