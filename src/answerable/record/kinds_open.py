"""The kinds of open entries: what the record says in clear, and the rules between the fields of some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

#: Members that every open entry begins with.
HEADER = "v int, kind code, id id, at date, by"

_KEY = "purpose code(log, ack, state), name, vkey, effective date, reason code?"

#: Kind and own fields.
OPEN = {
    "log.opened": "origin, format code(open, sealed, survey), vkeys set<vkey>, tick_seconds int?, genesis_tick int?, "
    "slots int?, promise_hours int?, predecessor {origin, root, size}?",
    "log.anchored": "origin, head head, tick int?, case_heads hash?",
    "log.closed": "origin, final head, successor?",
    "schedule.changed": "origin, from_tick int, slots int",
    "tick.enlarged": "origin, tick int, multiple int",
    "policy.published": "origin, policy policy, effective date",
    "witness.changed": "witness code, change code(added, retired, silent), vkey, reason code",
    "key.added": _KEY,
    "key.retired": _KEY,
    "incident.published": "class code, origin?, ranges list<{from, to}>, text_sha256",
    "correspondence.letter": "letter label, dated date?, sent date?, received date?, from, to, on_behalf?,"
    " in_reply_to set<ref>, subject,"
    " documents list<{bytes, held code(document, excerpt), language, sha256, title, url}>,"
    " asks list<{sha256, slot}>, obligor?, due date?, rule?",
    "correspondence.question": "letter ref?, slot int?, dated date?,"
    " text_status code(full, partial, paraphrase, not_available),"
    " answer_status code(unanswered_confirmed, answered_claimed, answered_accepted, refused, not_individually_known),"
    " text_sha256?, evidence set<ref>",
    "correspondence.assessment": "letter ref, reply ref, assessor, dated date?,"
    " answers list<{answer code(full, partial, none), passage_sha256?, slot}>, supersedes ref?",
    "correspondence.rejoinder": "to ref, party, dated date?, document_sha256",
    "correspondence.claim": "speaker, dated date?, letter ref, count int?, of int, identified list<int>, opposes ref?",
    "correspondence.version": "statement label, speaker, occasion, dated date?, made_by, made_how code, language, "
    "complete code, document_sha256",
    "correspondence.correction": "of ref, text_sha256, reason",
    "deadline.missed": "obligation ref, slots list<int>, due date, obligor, seen head",
    "procedure.published": "name code, version, digest hash, effective date, supersedes ref?",
    "finding.published": "report_sha256, inputs set<ref>",
    "publication.plan": "plan code, survey code?, plan_sha256, supersedes ref?",
    "publication.table": "release code, table code, csv_sha256, counts list<{count, status}>, audit_sha256,"
    " inputs list<{origin, root, size}>",
    "publication.release": "release code, manifest_sha256, plan ref?, code_sha256, as_of date, supersedes ref?",
    "publication.withheld": "plan ref, table code, reason",
    "publication.correction": "of ref, figure, old, new, reason",
    "statement.counts": "period quarter, threshold int, received int, joined int, ended int, waiting int?, erased int?,"
    " recoveries int?, duties_open int, duties_late int, erased_by_authority int, slots_audited int",
    "slots.audited": "period quarter, from int, to int, opened int, erased int, orphaned int, failed int,"
    " report_sha256",
}

#: What a reader of the generated page wants to know beside the fields.
NOTES = {
    "log.opened": "`promise_hours` is null in a survey's log. A predecessor is named by a successor's first entry.",
    "log.anchored": "At least daily, for the register and each open survey log. `case_heads` is reserved and null.",
    "schedule.changed": "Published at least seven days before `from_tick`.",
    "tick.enlarged": "The tick took `multiple` times its slots.",
    "policy.published": "The whole policy file; tabs and line breaks are allowed, at most 32 KiB.",
    "incident.published": "`ranges` are indices, from the first to the one after the last. Class `orphans` names"
    " entries whose acts were lost.",
    "correspondence.letter": "`asks` hold only questions whose text is held. A due day counts only with its rule.",
    "correspondence.question": "`letter` and `slot` are both null for a question that has no known place.",
    "correspondence.assessment": "A passage may be missing only where the answer is `none`.",
    "correspondence.rejoinder": "The assessed party's reply, shown beside.",
    "deadline.missed": "`slots` are the asks that are overdue. Written by the clock.",
    "statement.counts": "A count below the threshold is null; `waiting` and `erased` are null together.",
    "slots.audited": "Slots `from` up to, not including, `to`.",
}

Rule = Callable[[Mapping[str, object]], str | None]


def _placed_or_not(entry: Mapping[str, object]) -> str | None:
    together = (entry["letter"] is None) == (entry["slot"] is None)
    return None if together else "letter and slot must both be given, or both be null for an unplaced question"


def _passages(entry: Mapping[str, object]) -> str | None:
    answers = entry["answers"]
    assert isinstance(answers, list)
    for answer in answers:
        if answer["passage_sha256"] is None and answer["answer"] != "none":
            return f"answers: slot {answer['slot']} is said to be answered without a passage that shows it"
    return None


def _reserved(entry: Mapping[str, object]) -> str | None:
    return None if entry["case_heads"] is None else "case_heads is reserved and must be null"


def _hidden_together(entry: Mapping[str, object]) -> str | None:
    together = (entry["waiting"] is None) == (entry["erased"] is None)
    return None if together else "waiting and erased must be null together, or neither"


#: What must hold between the fields of a kind, beyond the type of each.
RULES: dict[str, Rule] = {
    "correspondence.question": _placed_or_not,
    "correspondence.assessment": _passages,
    "log.anchored": _reserved,
    "statement.counts": _hidden_together,
}
