"""Names of codes on a page: roles, employers, countries, stages, duties, rights, consents, compartments."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from answerable.intake.views.visit import Visit
from answerable.sealing.place import Compartment, Record
from answerable.sealing.readers import Reader
from answerable.ui.templatetags.ui import language_name


def role_name(code: str) -> str:
    """Who somebody is, by what they do."""
    names = {
        "intake_officer": _("Intake officer: reads new reports and answers you"),
        "assessor": _("Assessor: decides what happens with a report"),
        "reviewer": _("Second reviewer: checks the assessor's decision"),
        "advocate": _("Victims' advocate: stands by the person who was harmed"),
        "assistance_worker": _("Assistance worker: arranges help, and does not see reports"),
        "independent_reader": _("Independent reader: named by the oversight panel"),
        "investigator": _("Investigator"),
        "prosecutor": _("Prosecutor"),
        "judge": _("Judge"),
        "referral_officer": _("Referral officer: writes to States"),
        "panel": _("Oversight panel"),
    }
    return names.get(code, code)


def deployment_name(code: str, visit: Visit) -> str:
    """The name that this deployment gives to an employer or a country, in the page's language where it has one."""
    facts: dict[str, Any] = getattr(settings, "ANSWERABLE_DEPLOYMENT", {})
    names = facts.get("names", {}).get(code, {})
    return str(names.get(visit.language.code) or names.get("en") or code)


def reader_label(reader: Reader, visit: Visit) -> str:
    """One reader in one line: role, employer, nationality, languages."""
    parts = [role_name(reader.role)]
    if reader.employer:
        parts.append(_("works for %(employer)s") % {"employer": deployment_name(reader.employer, visit)})
    if reader.nationality:
        parts.append(_("nationality: %(country)s") % {"country": deployment_name(reader.nationality, visit)})
    if reader.languages:
        parts.append(_("speaks %(languages)s") % {"languages": " / ".join(map(language_name, reader.languages))})
    return " · ".join(parts)


def named_reader(reader: Reader, visit: Visit) -> dict[str, str]:
    """A reader for the page that lists them: the line, and the mark by which a key can be compared."""
    return {"label": reader_label(reader, visit), "key": reader.x25519.hex()}


def stage_name(code: str) -> str:
    """Where things stand, in plain words."""
    names = {
        "received": _("It has been received."),
        "taken": _("An officer has taken charge of it."),
        "assessment": _("It is being assessed: what happened, and who must act."),
        "review": _("A second person is checking the decision."),
        "active": _("A case is open, and work on it goes on."),
        "no_further_action": _("It was decided to do nothing more."),
        "withdrawn": _("You took it back."),
    }
    return names.get(code, code)


def duty_name(code: str) -> str:
    """What somebody owes the person: as the opening of her entry names it, and as the desk's procedures do."""
    answer, offer = _("A person answers you"), _("Somebody offers you help")
    names = {
        "answer_the_reporter": answer,
        "offer_assistance": offer,
        "keep_in_contact": _("Somebody writes to you again"),
        "decide_on_what_is_left": _("A person decides about what is left of what you took back"),
    }
    return names.get(code, code.replace("_", " "))


#: Before whom a decision can be contested.
APPEALS = ("panel", "independent_reviewer", "court")


def appeal_words(route: str, *, over: bool = False) -> str:
    """That a decision can be contested, before whom and until when, with ``decided`` and ``until`` to fill in."""
    if over:
        return _("It was decided on %(decided)s. The time to contest this ended on %(until)s.")
    names = {
        "panel": _(
            "It was decided on %(decided)s. Until %(until)s you can contest this before the oversight panel. "
            "The office’s message says how."
        ),
        "independent_reviewer": _(
            "It was decided on %(decided)s. Until %(until)s you can contest this before an independent reviewer. "
            "The office’s message says how."
        ),
        "court": _(
            "It was decided on %(decided)s. Until %(until)s you can contest this before a court. "
            "The office’s message says how."
        ),
    }
    told = _(
        "It was decided on %(decided)s. Until %(until)s you can contest this. The office’s message says before whom."
    )
    return names.get(route, told)


def due_state(code: str) -> str:
    """How a duty or a right stands."""
    names = {
        "open": _("still to come"),
        "waiting": _("still to come"),
        "overdue": _("late"),
        "done": _("done"),
    }
    return names.get(code, code.replace("_", " "))


#: The ten rights of the Victims' Rights Statement (2023), as the desk's procedures name them.
RIGHTS = (
    "respect", "assistance_and_support", "justice_and_accountability", "decide_involvement", "information", "be_heard",
    "privacy", "protection", "remedy", "complain_about_treatment",
)  # fmt: skip
#: What can be owed, and how it can stand.
DUTIES = (
    "answer_the_reporter", "offer_assistance", "keep_in_contact",
    "decide_on_what_is_left",
)  # fmt: skip
STATES = ("open", "waiting", "overdue", "done")


def right_name(code: str) -> str:
    """A right of the person."""
    names = {
        "respect": _("To be treated with respect, in your language, by somebody of the sex you choose"),
        "assistance_and_support": _("To get help and support, whatever becomes of your report"),
        "justice_and_accountability": _("To see those responsible held to account, and to contest a decision"),
        "decide_involvement": _("To decide for yourself whether and how you take part"),
        "information": _("To know where things stand"),
        "be_heard": _("To be heard before something is decided"),
        "privacy": _("To have your name and your story kept private"),
        "protection": _("To be protected from harm and from revenge"),
        "remedy": _("To seek a remedy, support for a child included"),
        "complain_about_treatment": _("To complain about how you are treated"),
    }
    return names.get(code, code.replace("_", " "))


def consent_name(code: str) -> str:
    """What somebody agreed to."""
    names = {
        "contact": _("Write to me and ask me questions"),
        "assistance": _("Tell assistance workers what help I need"),
        "investigation": _("Give my account to investigators"),
        "state": _("Give my account to the authorities of a State"),
        "panel": _("Let the oversight panel read my account"),
    }
    return names.get(code, code.replace("_", " "))


def compartment_name(code: str) -> str:
    """A part of a record."""
    names = {
        "reporter_identity": _("your name and contact"),
        "victim_identity": _("your name and contact"),
        "narrative": _("what you wrote, and your messages"),
        "accused_identity": _("whom you named"),
        "medical_assistance": _("what help you need"),
        "evidence": _("your files"),
        "deliberation": _("notes on the decision"),
    }
    return names.get(code, code)


def given(record: Record) -> tuple[tuple[Compartment, str, str], ...]:
    """What she can read again of the short answers that she gave at first: where each lies, its name, its label."""
    told, own = Compartment.NARRATIVE, Compartment.REPORTER_IDENTITY
    if record is Record.FILE:
        own = Compartment.VICTIM_IDENTITY
    name, contact = _("Your name, or any name to call you by"), _("A safe way to reach you")
    reached = ((own, "name", name), (own, "contact", contact), (own, "safe_times", _("Safe times, and what to avoid")))
    if record is Record.FILE:
        return (*reached, (own, "age", _("Age of the person who needs help")))
    return (
        (told, "where", _("Where?")),
        (told, "when", _("When?")),
        *reached,
        (own, "tie", _("How you know the person who did it")),
        (told, "age", _("Age of the person who was harmed")),
    )


def unseen(record: Record) -> str:
    """What she cannot read again of what she sent, and why: the access table gives it to nobody but those who work
    with it."""
    if record is Record.FILE:
        return _(
            "What you wrote about the help you need can be opened only by those who help you. It is not shown here, "
            "not even to you. You can add to it: write a message."
        )
    return _(
        "Whom you named, and the files you sent, can be opened only by those who work on your report. They are not "
        "shown here, not even to you. You can add to them: write a message."
    )
