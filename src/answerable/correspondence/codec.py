"""Each thing of a correspondence, from the fields of its file and back to them in their fixed order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable

from answerable.correspondence.characters import CONTROLS
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import HELD, UNKNOWN, Document, Held, Letter, Party
from answerable.correspondence.questions import (
    ANSWER_STATUSES,
    ANSWERS,
    TEXT_STATUSES,
    Answer,
    Assessment,
    Claim,
    Correction,
    Rejoinder,
    Slot,
    Unplaced,
)
from answerable.correspondence.shapes import LANGUAGE, LONG, Shape, number_of
from answerable.correspondence.statements import COMPLETE, MADE_HOW, Statement, Version
from answerable.correspondence.yaml_text import Node, Value

FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(\.[A-Za-z0-9_-]{1,40}){0,3}\.(txt|pdf)")
#: Only what a reader can follow safely: never a script's or a file's address.
URL = re.compile(r"https?://[^\s<>\"'\\\x00-\x20\x7f-\x9f\u200b-\u206f]{1,490}")
KEY = re.compile(r"(letter|question|unplaced|claim|assessment|rejoinder|version|correction):[A-Za-z0-9_.:-]{1,140}")

#: Gives the bytes of a named file beside the one being read; the second argument is the place that names it.
Files = Callable[[str, str], bytes]
#: What is published as one entry. A statement here has exactly one version.
Unit = Letter | Slot | Unplaced | Claim | Assessment | Rejoinder | Correction | Statement


def key_of(unit: Unit) -> str:
    """The unit's key in the published record, such as ``letter:L3``."""
    return unit.versions[0].key if isinstance(unit, Statement) else unit.key


def plain_text(name: str, content: bytes, place: str) -> str:
    """The words of a ``.txt`` file; "" for a PDF, whose words are not read. Raises `CorrespondenceError` otherwise."""
    beside = place[: place.rfind("/") + 1] + name
    if not content:
        raise CorrespondenceError(f"{name} is empty", where=place, todo="hold its words, or name another file")
    if not name.endswith(".txt"):
        if not content.startswith(b"%PDF-"):
            raise CorrespondenceError(f"{name} is no PDF", where=place, todo="save it as PDF, or as .txt in UTF-8")
        return ""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorrespondenceError(
            "not UTF-8 text", where=f"{beside}:{line}", todo=f"named by {place}; save it as UTF-8"
        ) from None
    if bad := CONTROLS.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        raise CorrespondenceError(
            f"the control character U+{ord(bad[0]):04X} is not allowed in plain text", where=f"{beside}:{line}"
        )
    return text


def party_from(code: str, node: Node) -> Party:
    """One party of ``correspondence.yaml``."""
    shape = Shape(node, f"party {code}")
    party = Party(code, shape.text("name"), shape.text("office"))
    shape.done()
    return party


def letter_from(label: str, node: Node, files: Files) -> Letter:
    """A letter of ``letters/<label>.yaml``."""
    shape = Shape(node, f"letter {label}")
    dated, why = shape.day_or_reason()
    held: Held = shape.choice("held", HELD)
    documents = shape.each("documents", lambda item: _document(item, held, files), required=True)
    letter = Letter(
        label=label,
        dated=dated,
        dated_why=why,
        sent=shape.day("sent"),
        received=shape.day("received"),
        from_=shape.code("from"),
        to=shape.code("to"),
        on_behalf=shape.maybe_code("on_behalf"),
        in_reply_to=shape.labels("in_reply_to"),
        subject=shape.text("subject"),
        language=shape.matching("language", LANGUAGE, "a language tag such as en"),
        obligor=shape.maybe_code("obligor"),
        due=shape.day("due"),
        rule=shape.maybe("rule"),
        summary=shape.text("summary", LONG),
        summary_by=shape.text("summary_by"),
        source=shape.text("source", LONG),
        held=held,
        documents=documents,
        text=next(
            (plain_text(d.file, d.content, node.place) for d in documents if d.file and d.file[-4:] == ".txt"), ""
        ),
        notes=shape.maybe("notes", LONG),
    )
    shape.done()
    return letter


def _document(node: Node, held: Held, files: Files) -> Document:
    shape = Shape(node, "a document")
    title = shape.text("title")
    language = shape.matching("language", LANGUAGE, "a language tag such as en")
    url = shape.maybe_matching("url", URL, "an address that begins with https:// or http://")
    file = shape.matching("file", FILE, "the name of a .txt or .pdf file beside this one")
    shape.done()
    content = files(file, node.place)
    plain_text(file, content, node.place)
    digest = hashlib.sha256(content).hexdigest()
    return Document(title, language, len(content), digest, held, url, file, content)


def slot_from(letter: str, node: Node) -> Slot:
    """One slot of ``questions/<letter>.yaml``."""
    shape = Shape(node, "a slot")
    slot = Slot(
        letter=letter,
        slot=shape.number("slot"),
        text=shape.maybe("text", LONG),
        text_status=shape.choice("text_status", TEXT_STATUSES),
        answer_status=shape.choice("answer_status", ANSWER_STATUSES),
        dated=shape.day("dated"),
        source=shape.text("source", LONG),
        query=shape.maybe("query", LONG),
        evidence=shape.labels("evidence"),
    )
    shape.done()
    return slot


def unplaced_from(node: Node) -> Unplaced:
    """One item of ``questions/unplaced.yaml``."""
    shape = Shape(node, "an unplaced question")
    unplaced = Unplaced(
        shape.label("id"),
        shape.text("paraphrase", LONG),
        shape.day("dated"),
        shape.text("source", LONG),
        shape.maybe("query", LONG),
    )
    shape.done()
    return unplaced


def claim_from(node: Node, about: str | None = None) -> Claim:
    """One claim of ``questions/<about>.yaml``; without ``about`` the field of that name says it."""
    shape = Shape(node, "a claim")
    claim = Claim(
        id=shape.label("id"),
        about=about or shape.label("about"),
        speaker=shape.code("speaker"),
        dated=shape.day("dated"),
        letter=shape.label("letter"),
        count=shape.maybe_number("count"),
        of=shape.number("of"),
        identified=shape.each("identified", lambda item: number_of(item, "identified")),
        says=shape.text("says", LONG),
        opposes=shape.maybe_label("opposes"),
        source=shape.text("source", LONG),
    )
    shape.done()
    return claim


def assessment_from(ident: str, node: Node) -> Assessment:
    """An assessment of ``assessments/<ident>.yaml``."""
    shape = Shape(node, f"assessment {ident}")
    assessment = Assessment(
        id=ident,
        letter=shape.label("letter"),
        reply=shape.label("reply"),
        assessor=shape.text("assessor"),
        dated=shape.day("dated"),
        answers=shape.each("answers", _answer, required=True),
        supersedes=shape.maybe_label("supersedes"),
    )
    shape.done()
    return assessment


def _answer(node: Node) -> Answer:
    shape = Shape(node, "an answer")
    answer = Answer(shape.number("slot"), shape.choice("answer", ANSWERS), shape.maybe("passage", LONG))
    shape.done()
    return answer


def rejoinder_from(ident: str, node: Node) -> Rejoinder:
    """A rejoinder of ``rejoinders/<ident>.yaml``."""
    shape = Shape(node, f"rejoinder {ident}")
    rejoinder = Rejoinder(ident, shape.label("to"), shape.code("party"), shape.day("dated"), shape.text("text", LONG))
    shape.done()
    return rejoinder


def correction_from(ident: str, node: Node) -> Correction:
    """A correction of ``corrections/<ident>.yaml``."""
    shape = Shape(node, f"correction {ident}")
    of = shape.matching("of", KEY, "the key of something published, such as letter:L3")
    correction = Correction(ident, of, shape.text("text", LONG), shape.text("reason"), shape.day("dated"))
    shape.done()
    return correction


def statement_from(ident: str, node: Node, files: Files) -> Statement:
    """A statement of ``statements/<ident>.yaml`` with its versions."""
    shape = Shape(node, f"statement {ident}")
    dated, why = shape.day_or_reason()
    statement = Statement(
        id=ident,
        speaker=shape.text("speaker"),
        office=shape.text("office"),
        occasion=shape.text("occasion"),
        dated=dated,
        dated_why=why,
        versions=shape.each("versions", lambda item: _version(item, files), required=True),
    )
    shape.done()
    return statement


def _version(node: Node, files: Files) -> Version:
    shape = Shape(node, "a version")
    file = shape.matching("file", FILE, "the name of a .txt file beside this one")
    content = files(file, node.place)
    version = Version(
        id=shape.label("id"),
        made_by=shape.text("made_by"),
        made_how=shape.choice("made_how", MADE_HOW),
        language=shape.matching("language", LANGUAGE, "a language tag such as en"),
        complete=shape.choice("complete", COMPLETE),
        source=shape.text("source", LONG),
        file=file,
        text=plain_text(file, content, node.place),
        sha256=hashlib.sha256(content).hexdigest(),
        note=shape.maybe("note", LONG),
        content=content,
    )
    shape.done()
    return version


def _fields(*pairs: tuple[str, Value | int | Iterable[str] | None]) -> dict[str, Value]:
    """A mapping in the order given, without what is absent or empty; numbers as text."""
    fields: dict[str, Value] = {}
    for name, value in pairs:
        if isinstance(value, tuple):
            value = list(value)
        if value is None or value == []:
            continue
        fields[name] = str(value) if isinstance(value, int) else value  # type: ignore[assignment]  # tuples are lists now
    return fields


def party_value(party: Party) -> Value:
    """The fields of a party."""
    return _fields(("name", party.name), ("office", party.office))


def letter_value(letter: Letter) -> dict[str, Value]:
    """The fields of a letter's file."""
    documents: list[Value] = [
        _fields(("title", d.title), ("language", d.language), ("url", d.url), ("file", d.file))
        for d in letter.documents
    ]
    return _fields(
        ("dated", letter.dated or UNKNOWN),
        ("dated_why", letter.dated_why),
        ("sent", letter.sent),
        ("received", letter.received),
        ("from", letter.from_),
        ("to", letter.to),
        ("on_behalf", letter.on_behalf),
        ("in_reply_to", letter.in_reply_to),
        ("subject", letter.subject),
        ("language", letter.language),
        ("obligor", letter.obligor),
        ("due", letter.due),
        ("rule", letter.rule),
        ("summary", letter.summary),
        ("summary_by", letter.summary_by),
        ("source", letter.source),
        ("held", letter.held),
        ("documents", documents),
        ("notes", letter.notes),
    )


def slot_value(slot: Slot) -> dict[str, Value]:
    """The fields of one slot."""
    return _fields(
        ("slot", slot.slot),
        ("text", slot.text),
        ("text_status", slot.text_status),
        ("answer_status", slot.answer_status),
        ("dated", slot.dated),
        ("source", slot.source),
        ("query", slot.query),
        ("evidence", slot.evidence),
    )


def unplaced_value(item: Unplaced) -> dict[str, Value]:
    """The fields of an unplaced question."""
    return _fields(
        ("id", item.id),
        ("paraphrase", item.paraphrase),
        ("dated", item.dated),
        ("source", item.source),
        ("query", item.query),
    )


def claim_value(claim: Claim, *, about: bool = False) -> dict[str, Value]:
    """The fields of a claim; with ``about`` also the letter whose questions it is about."""
    return _fields(
        ("id", claim.id),
        ("about", claim.about if about else None),
        ("speaker", claim.speaker),
        ("dated", claim.dated),
        ("letter", claim.letter),
        ("count", claim.count),
        ("of", claim.of),
        ("identified", [str(slot) for slot in claim.identified]),
        ("says", claim.says),
        ("opposes", claim.opposes),
        ("source", claim.source),
    )


def assessment_value(item: Assessment) -> dict[str, Value]:
    """The fields of an assessment."""
    answers: list[Value] = [
        _fields(("slot", a.slot), ("answer", a.answer), ("passage", a.passage)) for a in item.answers
    ]
    return _fields(
        ("letter", item.letter),
        ("reply", item.reply),
        ("assessor", item.assessor),
        ("dated", item.dated),
        ("answers", answers),
        ("supersedes", item.supersedes),
    )


def rejoinder_value(item: Rejoinder) -> dict[str, Value]:
    """The fields of a rejoinder."""
    return _fields(("to", item.to), ("party", item.party), ("dated", item.dated), ("text", item.text))


def correction_value(item: Correction) -> dict[str, Value]:
    """The fields of a correction."""
    return _fields(("of", item.of), ("text", item.text), ("reason", item.reason), ("dated", item.dated))


def statement_value(item: Statement) -> dict[str, Value]:
    """The fields of a statement's file."""
    versions: list[Value] = [
        _fields(
            ("id", v.id),
            ("made_by", v.made_by),
            ("made_how", v.made_how),
            ("language", v.language),
            ("complete", v.complete),
            ("source", v.source),
            ("file", v.file),
            ("note", v.note),
        )
        for v in item.versions
    ]
    return _fields(
        ("speaker", item.speaker),
        ("office", item.office),
        ("occasion", item.occasion),
        ("dated", item.dated or UNKNOWN),
        ("dated_why", item.dated_why),
        ("versions", versions),
    )
