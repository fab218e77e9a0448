"""Words for the codes that the desk counts in, in the page's language."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from answerable.sealing.place import Compartment

KINDS: Mapping[str, Any] = {"report": _("report"), "case": _("case"), "file": _("request for help")}

#: What the reporter hands in.
SENT: Mapping[str, Any] = {
    "report": _("report"),
    "help": _("request for help"),
    "addition": _("addition"),
    "withdrawal": _("withdrawal"),
    "consent": _("choice of consents"),
}

#: Why something may not come from the reporter.
DOUBTS: Mapping[str, Any] = {
    "unsigned": _("Not signed with the reporter’s key: it may not come from them. Nothing in it has taken effect."),
    "former": _(
        "Signed with a key that the reporter has replaced: it may come from somebody who knew their old words. Nothing"
        " in it has taken effect."
    ),
    "beside": _(
        "Signed with the key of another submission under the same number, not with that of the first: one of the two"
        " may not come from the reporter. Nothing in it has taken effect."
    ),
}

STAGES: Mapping[str, Any] = {
    "received": _("received"),
    "taken": _("taken"),
    "assessment": _("in assessment"),
    "review": _("second review"),
    "active": _("active"),
    "no_further_action": _("ended: no further action"),
    "withdrawn": _("withdrawn"),
    "final": _("final"),
    "archived": _("archived"),
    "ended": _("ended"),
}

ROLES: Mapping[str, Any] = {
    "reporter": _("the person who reported"),
    "intake_officer": _("intake officer"),
    "independent_reader": _("independent reader"),
    "assessor": _("assessor"),
    "reviewer": _("second reviewer"),
    "advocate": _("victims’ advocate"),
    "assistance_worker": _("assistance worker"),
    "investigator": _("investigator"),
    "prosecutor": _("prosecutor"),
    "judge": _("judge"),
    "referral_officer": _("referral officer"),
    "panel": _("panel"),
    "court_registrar": _("court registrar"),
    "statistician": _("statistician"),
    "administrator": _("administrator"),
    "clock": _("the clock"),
}

#: The reporter of a request for help.
ASKING = _("the person who asks for help")

#: Parties of the procedures, by which a duty is owed.
BEARERS: Mapping[str, Any] = {
    "reception": _("intake"),
    "assessment": _("assessment"),
    "second_review": _("second review"),
    "assistance": _("those who give help"),
    "services": _("those who keep the record of help"),
    "accountable_owner": _("whoever answers for it"),
}

COMPARTMENTS: Mapping[Compartment, tuple[Any, Any]] = {
    Compartment.REPORTER_IDENTITY: (_("Who reported"), _("Name, contact, tie to the person accused.")),
    Compartment.VICTIM_IDENTITY: (
        _("Who asks for help"),
        _("Name, age, contact, wishes; the thread with this person."),
    ),
    Compartment.NARRATIVE: (_("What was said"), _("The account, and the thread with the person who reported.")),
    Compartment.ACCUSED_IDENTITY: (
        _("Who is accused"),
        _("As alleged. After the name has opened you are asked about ties."),
    ),
    Compartment.MEDICAL_ASSISTANCE: (_("Needs and assistance"), _("Health, shelter, safety, services.")),
    Compartment.EVIDENCE: (
        _("Evidence"),
        _("What was attached. You see cleaned copies; an original opens with a reason."),
    ),
    Compartment.DELIBERATION: (_("Deliberation"), _("Notes, reasons and reviews of those who decide.")),
}

STANDARDS: Mapping[str, Any] = {
    "credible": _("credible"),
    "prima_facie": _("prima facie"),
    "sufficient_evidence": _("sufficient evidence"),
    "well_founded": _("well-founded"),
    "substantiated": _("substantiated"),
    "reason_to_believe": _("reason to believe"),
}

OUTCOMES: Mapping[str, Any] = {
    "proceed": _("proceed: the case becomes active"),
    "no_further_action": _("no further action"),
    "not_credible": _("not credible"),
    "not_substantiated": _("not substantiated"),
    "closed_other": _("closed for another reason"),
}

CAUSES: Mapping[str, Any] = {
    "person_unidentified": _("the person could not be identified"),
    "distant_recall": _("it lies far back"),
    "withdrawn": _("it was withdrawn"),
    "conflicting_accounts": _("accounts conflict"),
}

APPEAL_ROUTES: Mapping[str, Any] = {
    "panel": _("the panel"),
    "independent_reviewer": _("an independent reviewer"),
    "court": _("a court"),
}

GROUNDS: Mapping[str, Any] = {
    "conflict": _("a conflict of interest"),
    "kin": _("family"),
    "employer": _("same employer, unit or posting"),
    "nationality": _("nationality"),
    "other": _("another ground"),
}

OPENING_REASONS: Mapping[str, Any] = {
    "no_cleaned_copy": _("there is no cleaned copy"),
    "metadata_is_evidence": _("what the file says of itself is evidence"),
    "copy_unreadable": _("the cleaned copy cannot be read"),
    "asked_by_reporter": _("the person who reported asked for it"),
}

LATE_REASONS: Mapping[str, Any] = {
    "taken_up_with_owner": _("it was taken up with whoever owes it"),
    "replacement_asked": _("somebody else was asked to take over"),
    "done_since": _("it has been done since"),
    "other": _("something else"),
}

#: What is missing since a database was restored, and what that means.
MISSING: Mapping[str, Any] = {
    "submission": _("handed in, and it cannot be given to this desk again; who sent it still opens it"),
    "answer": _("sent to the person: its text is with them, and not here"),
    "key": _("a key that nobody here holds; ask the person to send again what was sealed to it"),
    "mailbox": _("here, and not in the person’s box any more"),
    "erased": _("erased, here again, and read here: two people decide about it"),
    "entry": _("promised to somebody, and neither side holds anything of it"),
}

ALTERED_ANSWERS: Mapping[str, Any] = {
    "put_back": _("what was there has been put back"),
    "explained": _("there is an explanation, and nothing is lost"),
    "inquiry_begun": _("an inquiry has begun"),
    "other": _("something else"),
}

RECOVERY_REASONS: Mapping[str, Any] = {
    "lost_passphrase": _("a passphrase was lost"),
    "no_holder_left": _("nobody who holds the key is left"),
    "holder_unavailable": _("whoever holds the key cannot be reached"),
}

CONSENTS: Mapping[str, Any] = {
    "assistance": _("to be offered assistance"),
    "contact": _("to be contacted"),
    "investigation": _("that it is used in an investigation"),
    "panel": _("that the panel sees it"),
    "state": _("that a State is told"),
}

EVENTS: Mapping[str, Any] = {
    "report.received": _("Report received"),
    "help.received": _("Request for help received"),
    "intake.sealed": _("More was handed in"),
    "report.joined": _("Report joined to the case"),
    "owner.changed": _("Owner changed"),
    "offered": _("Offered for hand-over"),
    "case.stage": _("Stage changed"),
    "decision.made": _("Decision made"),
    "consent.changed": _("Consent changed"),
    "message.sealed": _("Message"),
    "right.claimed": _("A right was claimed"),
    "recusal.recorded": _("Recusal"),
    "deadline.missed": _("A duty was missed"),
    "recovery.used": _("Opened by recovery"),
    "reasons.asked": _("Reasons asked"),
    "reasons.given": _("Reasons given"),
    "hold.placed": _("Hold placed"),
    "hold.lifted": _("Hold lifted"),
}

DIRECTIONS: Mapping[str, Any] = {
    "to_reporter": _("to the person"),
    "from_reporter": _("from the person"),
    "in": _("from the person"),
    "out": _("to the person"),
}

#: Steps of which reasons are given, as entries of the register name them.
STEPS: Mapping[str, Any] = {"second_review": _("second review"), "third_review": _("third review")}

#: Acts that duties are about, by their names in the desk's procedures. A test holds them to those.
ACTS: Mapping[str, Any] = {
    "answer the reporter": _("answer the reporter"),
    "archive the report": _("archive the report"),
    "become the owner": _("become the owner"),
    "change consents": _("change consents"),
    "decide on what is left": _("decide on what is left"),
    "end the assistance": _("end the assistance"),
    "find a replacement": _("find a replacement"),
    "give effect to the assessment": _("give effect to the assessment"),
    "give notice": _("give notice"),
    "hear from the reporter": _("hear from the reporter"),
    "join the report": _("join the report"),
    "keep in contact": _("keep in contact"),
    "offer assistance": _("offer assistance"),
    "offer to hand over": _("offer to hand over"),
    "open a case": _("open a case"),
    "propose a first assessment": _("propose a first assessment"),
    "record a withdrawal": _("record a withdrawal"),
    "receive the report": _("receive the report"),
    "receive the request for help": _("receive the request for help"),
    "recover a key": _("recover a key"),
    "recuse": _("recuse"),
    "return the assessment": _("return the assessment"),
    "review it a third time": _("review it a third time"),
    "review the first assessment": _("review the first assessment"),
    "take up what is late": _("take up what is late"),
}


def code(word: str) -> Any:
    """Words for a code of a role, a stage, an outcome, a ground, a duty or a direction; else the code as it stands."""
    for known in (ROLES, STAGES, OUTCOMES, GROUNDS, CONSENTS, DIRECTIONS, STEPS):
        if word in known:
            return known[word]
    # Entries name a duty by its act, with lines between its words.
    if (named := word.replace("_", " ")) in ACTS:
        return ACTS[named]
    return next((name for part, (name, _about) in COMPARTMENTS.items() if part.code == word), word)


def act(code: str) -> Any:
    """Words for what a duty is about; the procedure's own where there are no others."""
    return ACTS.get(code, code)


def compartment(which: Compartment) -> Any:
    """A compartment's name."""
    return COMPARTMENTS[which][0]


def b64(data: Any) -> str:
    """Standard base64 of a stored value."""
    return base64.b64encode(bytes(data)).decode("ascii")
