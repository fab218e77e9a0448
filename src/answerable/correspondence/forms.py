"""The desk's forms, one per kind. They keep what was typed; `drafting` says what it means, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from answerable.correspondence.codec import key_of
from answerable.correspondence.letters import HELD
from answerable.correspondence.publishing import Published
from answerable.correspondence.questions import ANSWER_STATUSES, ANSWERS, TEXT_STATUSES
from answerable.correspondence.statements import COMPLETE, MADE_HOW
from answerable.correspondence.whole import Correspondence

MAX_UPLOAD = 20_000_000
DAY = _("Year-month-day, such as 2017-12-01. Leave empty when not known.")
HOW_DATED = _("Year-month-day, such as 2017-12-01; or the word unknown, with the reason below.")
SOURCE = _("Where this can be checked, and what is not held.")

#: Words shown for the codes that files and entries use.
WORDS: dict[str, Any] = {
    "document": _("the letter itself"),
    "excerpt": _("a passage that attests it"),
    "full": _("in full"),
    "partial": _("in part"),
    "none": _("not at all"),
    "paraphrase": _("in a paraphrase"),
    "not_available": _("words not available"),
    "unanswered_confirmed": _("unanswered, says the asker"),
    "answered_claimed": _("answered, says the addressee"),
    "answered_accepted": _("answered, the asker accepts it"),
    "refused": _("refused"),
    "not_individually_known": _("not individually known"),
    "recording": _("a recording"),
    "own_transcript": _("a transcript by one of the parties"),
    "official_transcript": _("the official transcript"),
    "quotation": _("a quotation"),
    "complete": _("complete"),
    "unknown": _("not known"),
}


def words(codes: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Choices for codes, with none chosen."""
    return [("", "—"), *[(code, WORDS[code]) for code in codes]]


def line(label: Any, help_text: Any = "", *, required: bool = True, **more: Any) -> forms.CharField:
    """One line of text."""
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=500, **more)


def day(label: Any, help_text: Any = DAY) -> forms.CharField:
    """A calendar day, as text, because it may be unknown."""
    return line(label, help_text, required=False)


def block(label: Any, help_text: Any = "", *, required: bool = True, rows: int = 4) -> forms.CharField:
    """Several lines of text."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=20_000, widget=widget)


def pick(
    label: Any, choices: list[tuple[str, Any]], help_text: Any = "", *, required: bool = True
) -> forms.ChoiceField:
    """One of several."""
    return forms.ChoiceField(label=label, help_text=help_text, required=required, choices=choices)


class Words(forms.Form):
    """The words of a document: pasted, or a file."""

    words = block(_("Its words"), _("Paste them, or choose a file below."), required=False, rows=8)
    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("Plain text in UTF-8, or PDF. At most 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.pdf"}),
    )

    def content(self) -> tuple[bytes | None, str]:
        """The bytes given now (None: none, keep what there is) and whether they are "txt" or "pdf"."""
        upload = self.cleaned_data.get("upload")
        if upload is not None:
            data = bytes(upload.read())
            return data, "pdf" if data.startswith(b"%PDF-") else "txt"
        typed = str(self.cleaned_data.get("words") or "").replace("\r\n", "\n").strip()
        return (f"{typed}\n".encode() if typed else None), "txt"

    def clean_upload(self) -> Any:
        """Refuse files that are too large, and what is neither text nor PDF."""
        upload = self.cleaned_data.get("upload")
        if upload is None:
            return None
        if upload.size > MAX_UPLOAD:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        start = upload.read()
        upload.seek(0)
        if not start.startswith(b"%PDF-"):
            try:
                start.decode("utf-8")
            except UnicodeDecodeError:
                raise forms.ValidationError(_("The file is neither UTF-8 text nor PDF.")) from None
        return upload


def form_for(kind: str, now: Published, asked: dict[str, str]) -> type[forms.Form]:
    """The form class of a kind. ``asked`` are words of the address: the letter and the reply of an assessment."""
    fields = _FORMS[kind](now.correspondence, asked)
    base = Words if kind in ("letter", "statement") else forms.Form
    return type(f"{kind.title()}Form", (base,), fields)


def _parties(now: Correspondence, *, empty: bool = True) -> list[tuple[str, Any]]:
    return [*([("", "—")] if empty else []), *[(party.code, party.office) for party in now.parties]]


def _letters(now: Correspondence) -> list[tuple[str, Any]]:
    return [("", "—"), *[(letter.label, f"{letter.label} · {letter.subject}") for letter in now.letters]]


def _letter(now: Correspondence, _asked: dict[str, str]) -> dict[str, forms.Field]:
    return {
        "label": line(_("Short name"), _("Such as L9. It stays with the letter.")),
        "dated": line(_("Date of the letter"), HOW_DATED),
        "dated_why": line(_("Why the date is not known"), required=False),
        "sent": day(_("Sent on")),
        "received": day(_("Received on")),
        "from": pick(_("From"), _parties(now)),
        "to": pick(_("To"), _parties(now)),
        "on_behalf": pick(_("On behalf of"), _parties(now), _("Only where the letter says so."), required=False),
        "in_reply_to": line(_("In reply to"), _("Short names of letters, with commas."), required=False),
        "subject": line(_("Subject")),
        "language": line(_("Language"), _("A tag such as en, ar or fr."), initial="en"),
        "obligor": pick(_("Office asked for an answer"), _parties(now), _("Starts its clock."), required=False),
        "due": day(_("Answer due on"), _("Only where a rule says so.")),
        "rule": line(
            _("The rule that sets the day"), _("Its words or its name; or: asked, not binding."), required=False
        ),
        "questions": block(
            _("Questions it asks"),
            _("One on each line, in the letter's own words; only when the letter itself is held."),
            required=False,
        ),
        "summary": block(_("Summary"), _("In your own words.")),
        "summary_by": line(_("Summary by")),
        "source": block(_("Source"), SOURCE, rows=2),
        "held": pick(_("What is held"), words(HELD)),
        "title": line(_("Title of the document or passage")),
        "url": line(_("Address of the document"), required=False),
        "notes": block(_("Notes"), required=False, rows=2),
    }


def _question(now: Correspondence, _asked: dict[str, str]) -> dict[str, forms.Field]:
    return {
        "letter": pick(_("Letter"), _letters(now)),
        "slot": line(_("Number of the question")),
        "text_status": pick(_("Its words are known"), words(TEXT_STATUSES)),
        "text": block(_("Words"), _("Empty when not available."), required=False),
        "answer_status": pick(_("Answer"), words(ANSWER_STATUSES)),
        "dated": day(_("Said on")),
        "source": block(_("Source"), SOURCE, rows=2),
        "evidence": line(_("Letters that show it"), _("Short names, with commas."), required=False),
        "query": line(_("Query of the procedures"), required=False),
    }


def _unplaced(_now: Correspondence, _asked: dict[str, str]) -> dict[str, forms.Field]:
    return {
        "id": line(_("Short name"), _("Such as 3.")),
        "paraphrase": block(_("Paraphrase")),
        "dated": day(_("Asked on")),
        "source": block(_("Source"), SOURCE, rows=2),
        "query": line(_("Query of the procedures"), required=False),
    }


def _claim(now: Correspondence, _asked: dict[str, str]) -> dict[str, forms.Field]:
    opposed = [("", "—"), *[(claim.id, claim.id) for claim in now.claims]]
    return {
        "id": line(_("Short name")),
        "about": pick(_("About the questions of"), _letters(now)),
        "letter": pick(_("Made in the letter"), _letters(now)),
        "speaker": pick(_("Made by"), _parties(now)),
        "dated": day(_("Made on")),
        "count": line(_("How many"), _("Empty when no number is claimed."), required=False),
        "of": line(_("Of how many")),
        "identified": line(_("Which, by number"), _("With commas; empty when none is named."), required=False),
        "says": block(_("What it says, quoted")),
        "opposes": pick(_("Contradicts"), opposed, required=False),
        "source": block(_("Source"), SOURCE, rows=2),
    }


def _assessment(now: Correspondence, asked: dict[str, str]) -> dict[str, forms.Field]:
    old = [("", "—"), *[(item.id, item.id) for item in now.assessments]]
    fields: dict[str, forms.Field] = {
        "id": line(_("Short name")),
        "letter": pick(_("Letter that asks"), _letters(now), initial_choice(asked, "letter")),
        "reply": pick(_("Letter that replies"), _letters(now)),
        "assessor": line(_("Who judges")),
        "dated": day(_("Judged on")),
        "supersedes": pick(_("Replaces"), old, required=False),
    }
    fields["letter"].initial, fields["reply"].initial = asked.get("letter", ""), asked.get("reply", "")
    for slot in now.slots:
        if slot.letter == asked.get("letter"):
            name = _("Question %(number)s: answered") % {"number": slot.slot}
            asks = format_html('<bdi lang="{}">{}</bdi>', next(iter(now.languages), "en"), slot.text or "")
            fields[f"answer_{slot.slot}"] = pick(name, words(ANSWERS), asks if slot.text else "", required=False)
            passage = _("Question %(number)s: the passage that shows it") % {"number": slot.slot}
            fields[f"passage_{slot.slot}"] = block(passage, required=False, rows=2)
    return fields


def initial_choice(asked: dict[str, str], name: str) -> Any:
    """Help for the letter of an assessment, while its questions are not on the page yet."""
    return "" if asked.get(name) else _("Choose it and save; its questions then follow on this page.")


def _rejoinder(now: Correspondence, _asked: dict[str, str]) -> dict[str, forms.Field]:
    return {
        "id": line(_("Short name")),
        "to": pick(_("In answer to the assessment"), [("", "—"), *[(item.id, item.id) for item in now.assessments]]),
        "party": pick(_("By"), _parties(now)),
        "dated": day(_("Dated")),
        "text": block(_("Its words"), rows=8),
    }


def _statement(_now: Correspondence, _asked: dict[str, str]) -> dict[str, forms.Field]:
    return {
        "id": line(_("Short name of the utterance"), _("The same for every version of it.")),
        "speaker": line(_("Speaker")),
        "office": line(_("Office")),
        "occasion": line(_("Occasion")),
        "dated": line(_("Said on"), HOW_DATED),
        "dated_why": line(_("Why the date is not known"), required=False),
        "version": line(_("Short name of this version")),
        "made_by": line(_("Version made by")),
        "made_how": pick(_("Made as"), words(MADE_HOW)),
        "language": line(_("Language"), _("A tag such as en, ar or fr."), initial="en"),
        "complete": pick(_("Extent"), words(COMPLETE)),
        "source": block(_("Source"), SOURCE, rows=2),
        "note": block(_("Note"), required=False, rows=2),
    }


def _correction(now: Correspondence, asked: dict[str, str]) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "id": line(_("Short name")),
        "of": pick(_("Corrects"), [("", "—"), *[(key, key) for key in map(key_of, now.units())]]),
        "text": block(_("What is right")),
        "reason": line(_("What was wrong, and how that came")),
        "dated": day(_("Dated")),
    }
    fields["of"].initial = asked.get("of", "")
    return fields


_FORMS: dict[str, Callable[[Correspondence, dict[str, str]], dict[str, forms.Field]]] = {
    "letter": _letter,
    "question": _question,
    "unplaced": _unplaced,
    "claim": _claim,
    "assessment": _assessment,
    "rejoinder": _rejoinder,
    "statement": _statement,
    "correction": _correction,
}


class HeadingForm(forms.Form):
    """Naming the correspondence."""

    title = line(_("Title"), _("As the public pages will show it."))
    languages = line(
        _("Languages"), _("Tags such as en, ar or fr, with commas; first the language your summaries are written in.")
    )


class PartyForm(forms.Form):
    """Naming a party."""

    code = line(_("Code"), _("Such as code-blue."))
    name = line(_("Name in full"))
    office = line(_("Office, as the record names it"), _("Such as Secretary-General. An office, not a person."))
