"""Rules in words: what an act rests on, within what time, and where the page of rules has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from answerable.casework import rulebook
from answerable.casework.views import texts
from answerable.procedures.fields import NOT_CHECKED, NOT_STATED
from answerable.procedures.limit import Limit

PROCEDURES: Mapping[str, Any] = {
    "intake": _("Reports"),
    "assessment": _("First assessment of a case"),
    "help": _("Requests for help"),
    "withdrawal": _("After a report was taken back"),
    "withdrawal-of-help": _("After a request for help was taken back"),
}

STATUSES: Mapping[str, Any] = {
    "constructed": _("worked out from what is known"),
    "proposed": _("proposed"),
    "adopted": _("adopted"),
    "observed": _("as it was seen to be done"),
}

#: Reasons of our own, as the procedures that come with the desk give them. A test holds them to those.
REASONS: Mapping[str, Any] = {
    "a case joins one or more reports": _("a case joins one or more reports"),
    "a case is assessed within ten working days": _("a case is assessed within ten working days"),
    "a decision is told in the act that makes it": _("a decision is told in the act that makes it"),
    "a hand-over is accepted or it did not happen": _("a hand-over is accepted, or it did not happen"),
    "a person answers within five working days": _("a person answers within five working days"),
    "a stage changes only through an act and nothing ends without a person and a reason": _(
        "a stage changes only through an act, and nothing ends without a person and a reason"
    ),
    "assistance is offered at once and waits for no finding": _(
        "assistance is offered at once and waits for no finding"
    ),
    "consent is hers to give and to take back": _("consent is theirs to give and to take back"),
    "every report is entered before anyone reads it": _("every report is entered before anyone reads it"),
    "every request is entered before anyone reads it": _("every request is entered before anyone reads it"),
    "exactly one person answers for a case": _("exactly one person answers for a case"),
    "identity is erased at once": _("identity is erased at once"),
    "no assessment stands on one person": _("no assessment stands on one person"),
    "no case stays without someone who answers for it": _("no case stays without someone who answers for it"),
    "no report waits without an owner": _("no report waits without an owner"),
    "the next contact is never more than thirty days away": _("the next contact is never more than thirty days away"),
    "the panel helps to open what nobody can open any more": _("the panel helps to open what nobody can open any more"),
    "what is closed for good asks for nothing more": _("what is closed for good asks for nothing more"),
    "what she writes is answered within five working days": _("what they write is answered within five working days"),
    "what two of three do not hold is assessed anew": _("what two of three do not hold is assessed anew"),
    "what was already read is not forgotten without a decision": _(
        "what was already read is not forgotten without a decision"
    ),
    "where two disagree a third decides": _("where two disagree, a third decides"),
    "whoever cannot be impartial stands back without asking": _(
        "whoever cannot be impartial stands back without asking"
    ),
}

#: Where no rule says so, or none was looked for.
SILENT: Mapping[str, Any] = {
    NOT_STATED: _("no rule says this"),
    NOT_CHECKED: _("whether a rule says this has not been checked"),
}
#: What stands behind a duty that lateness opened.
LATE = _("what is late is taken up by somebody who did not owe it")

_WORDS: Mapping[str, Any] = {
    "not stated": _("no time is stated"),
    "not checked": _("the time has not been checked"),
    "without delay": _("without delay"),
    "immediately": _("immediately"),
}


@dataclass(frozen=True)
class Said:
    """A rule for a line of a page: where the page of rules has it; whether it is our own; its words, translated
    (``words``) or as its file has them (``quoted``)."""

    anchor: str
    ours: bool
    words: Any
    quoted: str


def said(procedure: str, act: str, source: str) -> Said:
    """The rule behind an act of a procedure, whose source (`rests_on_text`) is known already."""
    ours = source.startswith(rulebook.OURS)
    plain = source.removeprefix(rulebook.OURS)
    words = REASONS.get(plain) if ours else SILENT.get(source)
    return Said(rulebook.anchor(procedure, act) if procedure else "", ours, words, "" if words else plain)


def of_duty(procedure: str, act: str, after: str, source: str) -> Said:
    """The rule behind a clock: that of its act; of one that lateness opened, what the act that is late says of it."""
    if not after:
        return said(procedure, act, source)
    return Said(rulebook.anchor(procedure, after), source == NOT_STATED, LATE, "")


def of_row(row: rulebook.RuleRow | None) -> Said | None:
    """The same of a row of the page of rules."""
    return said(row.procedure, row.act, row.source) if row else None


def limit(found: Limit | None) -> str:
    """A limit in words: ``10 working days from: receive the report``. Nothing for an act that has none."""
    if found is None:
        return ""
    if found.word:
        return str(_WORDS[found.word])
    words = _amount(found.amount or 0, found.unit or "days")
    if found.of:
        words = gettext("%(limit)s from: %(act)s") % {"limit": words, "act": texts.act(found.of)}
    return gettext("%(limit)s, normally") % {"limit": words} if found.normally else words


def _amount(count: int, unit: str) -> str:
    said = {
        "hours": ngettext("%(count)s hour", "%(count)s hours", count),
        "days": ngettext("%(count)s day", "%(count)s days", count),
        "working days": ngettext("%(count)s working day", "%(count)s working days", count),
        "weeks": ngettext("%(count)s week", "%(count)s weeks", count),
        "months": ngettext("%(count)s month", "%(count)s months", count),
        "years": ngettext("%(count)s year", "%(count)s years", count),
    }
    return said[unit] % {"count": str(count)}
