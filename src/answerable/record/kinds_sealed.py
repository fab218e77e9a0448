"""The kinds of sealed events: what the register commits to. Their fields are codes, days, hashes and references."""

from __future__ import annotations

#: Members that every event of a case begins with.
CASE_HEADER = (
    "v int, kind code, case id, seq int, prev hash?, at date, by code, procedure {act, digest, name, version}?,"
    " after head"
)
#: Members that the kinds without a case begin with.
BARE_HEADER = "v int, kind code"

_REPORT = "channel code, ciphertext_sha256, consent set<code>, policy ref, obligation duty?"
_HOLD = "step code, reasons_sha256, review date?"
_REASONS = "step code, document_sha256, obligation duty?"

#: Events of a case: kind and own fields.
CASE = {
    "report.received": _REPORT,
    "help.received": _REPORT,
    "report.joined": "report hash",
    "owner.changed": "from code?, to code, accepted date?",
    "case.stage": "track code, from code, to code, reason code, document_sha256 set<hash>, obligation duty?",
    "decision.made": "act code, standard code, outcome code, deciders set<code>, reviewer code?, reasons_sha256, "
    "dissent int, notice duty?, appeal_until date?",
    "consent.changed": "recipient code, purposes set<code>, fields set<code>, until date?, document_sha256?",
    "message.sealed": "direction code, ciphertext_sha256, obligation duty?",
    "evidence.moved": "item_sha256, from code?, to code, signature_sha256",
    "measure.taken": "measure code, from date, until date?, document_sha256?",
    "right.claimed": "right code, obligation duty",
    "recusal.recorded": "role code, ground code, document_sha256?",
    "hold.placed": _HOLD,
    "hold.lifted": _HOLD,
    "reasons.asked": _REASONS,
    "reasons.given": _REASONS,
    "share.sent": "recipient code, purpose code, basis code, fields set<code>, document_sha256",
    "referral.sent": "to_state state, track code, basis code,"
    " asks set<code(inform, investigate, safeguard, prosecute, report-back, waiver, chase)>, document_sha256,"
    " obligation duty",
    "referral.acknowledged": "referral hash, state state, note_sha256?",
    "referral.answered": "referral hash, state state, document_sha256, answers list<{answer, ask}>, obligation duty?",
    "deadline.missed": "obligation_of hash, obligation duty, obligor code, seen head",
    "recovery.used": "compartment code, beneficiary code, members set<code>",
    "case.shredded": "compartment code, reason code, authority_sha256",
}

#: Events of no case: kind and own fields.
BARE = {
    "intake.sealed": "at date, door code, ciphertext_sha256",
    "case.erased": "at date, by code, entries set<hash>, reason code(withdrawal, retention, court), authority_sha256,"
    " approvals set<code>, complete_by date",
    "reads.head": "tick int, head hash, count int",
    "pad": "tick int, ordinal int",
}

#: What a reader of the generated page wants to know beside the fields.
NOTES = {
    "report.received": "The first event of a report's chain.",
    "help.received": "The first event of a victim file's chain.",
    "report.joined": "`report` is the commitment of the case's `report.received`; a case's chain begins with one.",
    "intake.sealed": "A later message or file, committed before staff can see it.",
    "consent.changed": "Empty `purposes`: withdrawn.",
    "referral.acknowledged": "`referral` is the commitment of the `referral.sent`; a null note: unsigned.",
    "referral.answered": "`referral` is the commitment of the `referral.sent`.",
    "deadline.missed": "`obligation_of` is the commitment of the event that created the duty. Written by the clock.",
    "case.erased": "`entries` are commitments.",
    "reads.head": "`head` ends the chain of the day's reads.",
    "pad": "A free slot; recomputed from the period key.",
}
