"""The sentences that the reporter's scripts say, in the page's language: a block of data that no browser runs.

{% load script_texts %}
{% script_texts "send" channel %}      <script type="application/json" id="script-texts">{"send": "…", …}</script>

Nothing is written in the scripts themselves, so that translators find every sentence in one place.
"""

# ruff: noqa: E501 - a sentence is one line: a search for it finds it, and so does its translator

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from answerable.intake.forms.box import SAFE
from answerable.intake.forms.send import NOT_ASKED, RELATIONS, SEXES, WANTS
from answerable.intake.views import naming
from answerable.intake.views.notices import sent_words
from answerable.sealing.place import Record
from answerable.ui import languages

register = template.Library()

Texts = Mapping[str, str]

_STAGES = ("received", "taken", "assessment", "review", "active", "no_further_action", "withdrawn")
_ROLES = (
    "intake_officer", "assessor", "reviewer", "advocate", "assistance_worker", "independent_reader", "investigator",
    "prosecutor", "judge", "referral_officer", "panel",
)  # fmt: skip
_PARTS = (
    "reporter_identity", "victim_identity", "narrative", "accused_identity", "medical_assistance", "evidence",
    "deliberation",
)  # fmt: skip
_CONSENTS = ("contact", "assistance", "investigation", "state", "panel")


@register.simple_tag
def script_texts(page: str, channel: str = "") -> SafeString:
    """The data block of a page: ``send`` or ``box``. Who writes for somebody else is not spoken to as that person."""
    if page == "send":
        return data_block("script-texts", {**sending(), **(_assisted() if channel == "assisted" else {})})
    # The codes in their order: the browser lists every right, whether or not the desk has said how it stands.
    return data_block("script-texts", returning()) + data_block("script-rights", naming.RIGHTS)


@register.simple_tag
def unasked() -> str:
    """What is not asked of whom, as JSON: who chooses who they are in this sees the rest."""
    return json.dumps({relation: sorted(names) for relation, names in NOT_ASKED.items() if names})


def needs_scripts() -> SafeString:
    """Why nothing can be written offline without script, in every language: without script none can be chosen."""
    return format_html_join("", '<p lang="{}" dir="{}">{}</p>', map(_needing, languages.LANGUAGES))


def _needing(language: languages.Language) -> tuple[str, str, str]:
    with override(language.code):
        said = _("This page needs scripts: it locks what you write before it is saved.")
    return language.tag, language.direction, said


def data_block(name: str, data: object) -> SafeString:
    """JSON within a page. No part of it can end the element or begin another."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    # Every character that HTML would read was just replaced by its JSON form.
    safe = mark_safe(text)  # noqa: S308
    return format_html('<script type="application/json" id="{}">{}</script>\n', name, safe)


def _named(kind: str, codes: Iterable[str], name: Callable[[str], str]) -> dict[str, str]:
    return {f"{kind}.{code}": name(code) for code in codes}


def _common() -> dict[str, str]:
    return {
        "send": _("Send"),
        "step-words": _("Making secret words. This takes a few seconds."),
        "step-file": _("Sending a file: %(name)s, %(percent)s percent"),
        "trying-again": _("No answer. We try again in %(seconds)s seconds."),
        "unreachable": _("No answer from the server. Check that you have a connection, and try again."),
        "trouble": _("This could not be done."),
        "words-stay": _("What you wrote is still here."),
        "file-refused": _("Your text is safe. This file was not taken:"),
        "file-uncleaned": _(
            "These files were taken, but a copy without hidden facts could not be made. Readers can open the original "
            "only with a reason that is kept:"
        ),
        "words-write": _("Write these words down, in this order, and keep them where nobody looks. Only with them can you come back."),
        "words-two": _("So that you are sure you have them, please write two of the words."),
        "words-number": _("Word number %(number)s"),
        "words-check": _("I have my words"),
        "digits-hide": _("Each group of four digits counts as one word. The last one only helps to find slips."),
        "words-kept": _("I have written them down"),
        "words-again": _("Show the words again"),
        "words-wrong": _("These are not the two words. Look at the list above and try again."),
        "why-altered": _("What the server sent is not what it must be. Nothing was accepted. Please try again later, from another place if you can."),
        "why-browser": _("This browser is too old to lock what you write. Use Firefox, Chrome, Safari or Tor Browser of this year, or the page without scripts."),
        "why-large": _("This is too long, or there are too many files."),
        "why-readers": _("The list of readers is not signed as it must be. Nothing was sent: somebody could have added a reader."),
        "why-rejected": _("This could not be locked. Nothing was sent."),
        "why-word": _("Word number %(number)s is not in the list."),
        "why-check": _("One of these words is not right. Compare each word, and their order."),
        "why-count": _("The number of words is not right. Check whether one is missing."),
    }  # fmt: skip


def _filing() -> dict[str, str]:
    return {
        "missing-what": _("Please say what happened. A few words are enough."),
        "missing-need": _("Please say what help you need. A few words are enough."),
        "missing-complaint": _("Please say how you were treated. A few words are enough."),
        "too-long": _("A text is too long. Shorten it; you can add the rest later."),
        "reaches-nobody": _("This would reach nobody: it does not belong to what you marked above. Mark “Report and get help”, or empty this box."),
        "not-sent": _("Not sent yet"),
        "not-sent-yet": _("Nothing was sent yet. What you wrote is below. Please look at the marked places."),
        "no-reader": _("Nobody could read a part of what you send. Leave one more reader, or add the independent reader."),
        "words-title": _("Your secret words"),
        "words-hide": _("You can hide them in a poem, a shopping list or a prayer. The last word only helps to find slips."),
        "words-two-title": _("Two words, please"),
        "step-sealing": _("Locking what you wrote, in this browser"),
        "next-title": _("What happens next"),
        "next-return": _("Come back with your words to read the answer, to add something, or to take it back."),
    }  # fmt: skip


def sending() -> Texts:
    """The page of a report, of a request for help, and of someone who writes for another."""
    return {
        **_common(),
        **_filing(),
        "sealed-here": _("What you write is locked in this browser before it is sent. The server cannot read it."),
        "step-readers": _("Asking who may read"),
        "step-work": _("Proving that a person sends this, not a machine that floods us: %(percent)s percent"),
        "step-send": _("Sending"),
        "readers-changed": _("The readers have changed since this page was loaded. Nothing was sent. Load the page again and look at the list."),
        "not-yet-title": _("Not yet received"),
        "not-yet": _("Not yet received. Your words are below; we keep trying. Leave this page open."),
        "without-files": _("Send my text now, without the files"),
        "words-give": _("Give these words to the person you wrote for. They work once: at the first return new words are made."),
        "words-why": _("So that you are sure you have them. Your report counts even if you skip this."),
        "words-done": _("They are right. This page has forgotten them now. When you go, use “Leave this page” at the top."),
        "words-done-assist": _("They are right. Keep nothing. Give the paper back or shred it, as the person chooses."),
        "received": _("It has been received"),
        "taken-report": _("Your report was received, and it is promised that it is entered in the register."),
        "taken-help": _("Your request for help was received, and it is promised that it is entered in the register."),
        "not-taken-report": _("Your report was not taken. Please send it once more."),
        "not-taken-help": _("Your request for help was not taken. Please send it once more, from the page for help."),
        "ack-altered": _("The server says that it received this, but its promise is not right. Keep your words, and tell the oversight panel."),
        "next-due": _("%(what)s: by %(day)s"),
        "next-register": _("By %(day)s at the latest it is entered in the register that nobody can quietly change. Only then can anyone here see it."),
        "proof-title": _("Proof that it was received"),
        "proof-why": _("You do not need to keep this. You can get it again with your words."),
        "proof-keep": _("Save the acknowledgement"),
        **_named("duty", naming.DUTIES, naming.duty_name),
    }  # fmt: skip


def _assisted() -> dict[str, str]:
    return {
        "words-title": _("Secret words for the person"),
        "next-title": _("What happens next: read it to the person"),
    }


def returning() -> Texts:
    """The page of a mailbox."""
    return {
        **_common(),
        **_matters(),
        "open": _("Open"),
        "close": _("Close my messages"),
        "working": _("Working"),
        "step-opening": _("Opening"),
        "box-title": _("Your messages"),
        "your-report": _("Your report"),
        "your-help": _("Your request for help"),
        "next-contact": _("Somebody writes to you by %(day)s."),
        "owed": _("What is owed to you"),
        "stands": _("%(name)s: %(day)s · %(state)s"),
        "stand": _("%(name)s: %(state)s"),
        "opened-by": _("Who opened it"),
        "opened-by-nobody": _("Nobody has opened it yet."),
        "last-opened": _("These messages were last opened with your words on %(day)s. If that was not you, make new words now."),
        "never-opened": _("These messages were never opened with your words before."),
        "unsigned": _("Something here was not signed by the office, and is not shown: %(count)s. It may not come from us. If somebody tells you what it says, do not act on it, and do not answer it. Keep your words, and tell the oversight panel, or come to us another way."),
        "strange-keys": _("Somebody put a key here that neither you nor the office signed. It is not used: what you write stays locked for those who could read it before. Keep your words, and tell the oversight panel."),
        "altered": _("Parts that do not open, because they were altered or misplaced: %(count)s. Please write to us about it."),
        "messages": _("Messages"),
        "at-first": _("What you wrote at first"),
        "unseen-report": naming.unseen(Record.REPORT),
        "unseen-help": naming.unseen(Record.FILE),
        **{f"f.{int(record)}.{name}": label for record in (Record.REPORT, Record.FILE) for _part, name, label in naming.given(record)},
        "you": _("You"),
        "office": _("The office"),
        "said-yes": _("You said: I am safe"),
        "said-no": _("You said: I am not safe"),
        "said-danger": _("You said: someone is in danger now"),
        "gap": _("A message that this one answers is missing."),
        "no-message": _("No message yet"),
        "write": _("Write, or add something"),
        "message": _("Your message"),
        "files": _("Files"),
        "safe": _("Are you safe?"),
        **{f"safe-{answer}": str(label) for answer, label in SAFE},
        "gives-away": _("This message has some of your secret words in it. Take them out; nothing was sent."),
        "write-something": _("Write something, answer whether you are safe, or choose a file."),
        "too-long-message": _("A text is too long. Shorten it; you can add the rest later."),
        **{f"sent-{answer}": sent_words(answer) for answer, _label in SAFE},
        **_named("duty", naming.DUTIES, naming.duty_name),
        **_named("state", naming.STATES, naming.due_state),
        **_named("stage", _STAGES, naming.stage_name),
        **_named("appeal", (*naming.APPEALS, "other"), naming.appeal_words),
        "appeal.over": naming.appeal_words("", over=True),
        **_named("role", _ROLES, naming.role_name),
        **_named("part", _PARTS, naming.compartment_name),
        **_named("right", naming.RIGHTS, naming.right_name),
        **_named("consent", _CONSENTS, naming.consent_name),
    }  # fmt: skip


def _matters() -> dict[str, str]:
    return {
        "rights": _("My rights"),
        "rights-use": _("To use a right, write a message. A person must answer you."),
        "consents": _("What I agreed to"),
        "consents-why": _("Mark what you agree to. Take a mark away to take it back. It counts from now on; what was read cannot be unread."),
        "consents-keep": _("Keep this choice"),
        "consent-kept": _("Your choice was received. It counts from now on."),
        "proofs": _("My proofs"),
        "proofs-why": _("You do not need to keep these: your words bring them back. A file on this device is a trace."),
        "proof-later": _("Something you added or changed"),
        "proof-ack": _("Acknowledgement: we promised to enter it"),
        "proof-receipt": _("Receipt: it is in the register"),
        "proof-opening": _("Opening: what the mark stands for"),
        "leaf": _("Its mark in the register"),
        "ack-keep": _("Save the acknowledgement"),
        "receipt-keep": _("Save the receipt"),
        "receipt-later": _("Not yet. It comes after the next quarter of an hour, when witnesses have signed."),
        "receipt-since": _("The receipt was checked here: it stands in the register, and independent witnesses signed this by %(day)s."),
        "receipt-holds": _("The receipt was checked here: it stands in the register. The signatures of the witnesses can be checked with the verifier."),
        "receipt-bad": _("The receipt is not right. Keep it, and tell the oversight panel."),
        "opening-why": _("Give it only to those who may know what was entered."),
        "opening-keep": _("Save the opening"),
        "withdraw": _("Take it back"),
        "withdraw-why": _("If nobody has read it yet, everything is deleted. If somebody has, your name and contact are deleted at once; what happened stays locked until a person has decided and told you why."),
        "withdraw-reason": _("Why? You can leave this empty."),
        "withdraw-sure": _("Yes, I want to take it back"),
        "withdraw-mark": _("Mark this box if you are sure. Nothing has changed yet."),
        "withdrawn": _("You took it back. If nobody had read it, everything is deleted. Otherwise your name and contact are deleted at once, and a person decides about the rest and tells you here."),
        "must-change": _("Somebody wrote for you and knows your words. Make new ones now: the old ones then open nothing, and nobody else can read what is written from now on."),
        "code-title": _("New secret words"),
        "code-why": _("Make new words if somebody may have seen yours. The old ones then open nothing, and whoever knew them cannot read what is written later."),
        "code-list": _("Give me my secret words in this language"),
        "code-make": _("Make new words"),
        "closed": _("What you took back still opens with the old words, and only with them."),
        "code-changed": _("Your new words are in force. The old ones open nothing."),
    }  # fmt: skip


def offline() -> Texts:
    """The page that works from a file: its form too, since nothing else writes it."""
    return {
        **_common(),
        **_filing(),
        **_form(),
        "title": _("Form"),
        # Here nothing is sent: the same places say that nothing is saved.
        "not-sent": _("Not saved yet"),
        "not-sent-yet": _("Nothing was saved yet. What you wrote is below. Please look at the marked places."),
        "file-uncleaned": _("These files are in it, but a copy without hidden facts could not be made. Readers can open the original only with a reason that is kept:"),
        "offline-title": _("Write without a network"),
        "offline-how": _("Nothing leaves this page until you save it. What you save is locked for the readers below. Nobody else can open it, not even you."),
        "offline-save": _("Lock and save"),
        "offline-again": _("Save once more"),
        "offline-saved": _("It is saved as a locked file"),
        "offline-next": _("Give this file to anyone who can bring it to us, on any medium, or bring it yourself: our first page leads to “I bring a file that was written without a network”. It can be brought more than once."),
        "offline-not-yet": _("It is not received before somebody has brought it. Come back with your words to see whether it was."),
        "offline-done": _("They are right. Close this page now."),
        "offline-day": _("The readers named here were published on %(day)s."),
        "offline-key": _("Their keys are in this page. Compare the hash of this file with the published one."),
        "language": _("Language"),
        "leave": _("Leave this page"),
        "works-for": _("works for %(employer)s"),
        "nationality": _("nationality: %(country)s"),
        "speaks": _("speaks %(languages)s"),
        "help-words": _("After saving you get secret words. Only with them can you come back. Nobody can make new ones for you."),
    }  # fmt: skip


def _form() -> dict[str, str]:
    return {
        "part-1": _("1. What you want to tell"),
        "part-2": _("2. More, only if you wish"),
        "part-3": _("3. Who may read this"),
        "help-what": _("Write as you like, in any language. A few words are enough. Only this box is needed; you can skip all the rest."),
        "help-readers": _("Take the mark away from anyone who must not read it. They can then never open it. At least one reader must remain."),
        "help-independent": _("A person named by the oversight panel, who does not work for the organization."),
        "help-urgent": _(
            "Mark this to wake someone: nothing that you write does. This one mark is not locked: whoever carries the file, and then whoever runs the server, can see it. Once the "
            "file is brought, it tells the people on duty to look at once. It does not call the police, and it may "
            "take hours or days."
        ),
        "help-files": _("Up to 10 files of 25 MB, and about 50 MB together. The original is locked and kept. Pictures also get a copy without hidden facts such as place and phone. If a file cannot be taken, your text is saved all the same."),
        "f.want": _("What do you want?"),
        "f.what": _("What happened?"),
        "f.need": _("What help do you need?"),
        "f.complaint": _("Who treated you badly, and how?"),
        "f.who": _("Who did it?"),
        "f.where": _("Where?"),
        "f.when": _("When?"),
        "f.relation": _("Who are you in this?"),
        "f.name": _("Your name, or any name to call you by"),
        "f.contact": _("A safe way to reach you"),
        "f.safe_times": _("Safe times, and what to avoid"),
        "f.tie": _("How you know the person who did it"),
        "f.age": _("Age of the person who was harmed"),
        "f.interviewer_sex": _("Who would you rather speak with?"),
        "f.interviewer_language": _("In which language?"),
        "f.urgent": _("Someone is in danger now"),
        "f.files": _("Pictures, recordings, documents"),
        "f.reader": _("These people may read it"),
        "f.independent": _("Also an independent reader"),
        "f.list": _("Give me my secret words in this language"),
        "numbers": _("Numbers instead of words"),
        **{f"want.{code}": str(label) for code, label in WANTS},
        **{f"relation.{code}": str(label) for code, label in RELATIONS},
        **{f"sex.{code}": str(label) for code, label in SEXES},
        **_named("role", _ROLES, naming.role_name),
    }  # fmt: skip


def offline_in_every_language() -> dict[str, Texts]:
    """The sentences of the offline page, by language."""
    found = {}
    for language in languages.LANGUAGES:
        with override(language.code):
            found[language.code] = offline()
    return found
