"""From the fields of a form, as typed, to what they say: the same reading, and the same refusals, as a file's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from answerable.correspondence import codec
from answerable.correspondence.codec import Unit
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import Party
from answerable.correspondence.questions import Slot
from answerable.correspondence.shapes import CODE, LABEL, LANGUAGE, Shape, matching, text_of
from answerable.correspondence.yaml_text import Node, Value

Fields = Mapping[str, str]
#: Characters of a reviewer's remark.
REMARK = 2000


def units_of(kind: str, fields: Fields, content: bytes) -> list[Unit]:
    """What a draft of ``kind`` would publish. ``content`` are the bytes of its document.

    Raises `CorrespondenceError` whose ``where`` is the name of the form's field.
    """
    return _BUILDERS[kind](_typed(fields), content)


def heading_of(fields: Fields) -> tuple[str, tuple[str, ...]]:
    """The title and the languages from the fields of their form. Raises `CorrespondenceError` with the field."""
    typed = _typed(fields)
    shape = Shape(_node(_given(typed, "title") | _list(typed, "languages"), ""), "the correspondence")
    title = shape.text("title")
    languages = shape.each("languages", lambda item: matching(item, "languages", LANGUAGE, "tags such as en, ar"))
    if not languages or len(set(languages)) < len(languages):
        raise CorrespondenceError("name each language once, the first is that of the summaries", where="languages")
    return title, languages


def party_of(fields: Fields) -> Party:
    """A party from the fields of its form. Raises `CorrespondenceError` with the field."""
    typed = _typed(fields)
    if not CODE.fullmatch(typed.get("code", "")):
        raise CorrespondenceError("write small letters, digits and hyphens, such as code-blue", where="code")
    return codec.party_from(typed["code"], _node(_given(typed, "name", "office"), ""))


def remark_of(text: str) -> str:
    """A reviewer's remark. Raises `CorrespondenceError` when it says nothing, or too much."""
    said = _typed({"remark": text})["remark"]
    if not said:
        raise CorrespondenceError("say what should change", where="remark")
    return text_of(_node(said, "remark"), "remark", REMARK)


def _typed(fields: Fields) -> dict[str, str]:
    """What was typed, as a file would hold it: browsers end lines in two characters."""
    return {name: text.replace("\r\n", "\n").replace("\r", "\n").strip() for name, text in fields.items()}


def _node(value: Value, field: str) -> Node:
    """A node whose place is a form's field."""
    if isinstance(value, dict):
        return _At({name: _node(item, _field(field, name, value)) for name, item in value.items()}, field, 0)
    if isinstance(value, list):
        return _At([_node(item, field) for item in value], field, 0)
    return _At(value, field, 0)


def _field(within: str, name: str, beside: Mapping[str, Value]) -> str:
    """The form's field for member ``name`` of a thing, which may be one of a list of such things."""
    if within == "answers":
        return f"{'passage' if name == 'passage' else 'answer'}_{beside['slot']}"
    return {("versions", "id"): "version", ("versions", "file"): "version"}.get((within, name), name)


class _At(Node):
    """A node that came from a form: its place is the field's name alone."""

    @property
    def place(self) -> str:
        return self.file


def _given(fields: Fields, *names: str) -> dict[str, Value]:
    return {name: fields[name] for name in names if fields.get(name)}


def _list(fields: Fields, name: str) -> dict[str, Value]:
    """A list typed as words with commas or spaces between."""
    words = [word for word in re.split(r"[,\s]+", fields.get(name, "")) if word]
    return {name: list(words)} if words else {}


def _named(fields: Fields, name: str) -> str:
    if not LABEL.fullmatch(fields.get(name, "")):
        raise CorrespondenceError(
            "write a short name such as L9: letters, digits, full stop, hyphen or underscore", where=name
        )
    return fields[name]


def _file(fields: Fields, label: str) -> str:
    return f"{label}.{'pdf' if fields.get('media') == 'pdf' else 'txt'}"


def _letter(fields: Fields, content: bytes) -> list[Unit]:
    label = _named(fields, "label")
    document = _given(fields, "title", "url") | {"language": fields.get("language", ""), "file": _file(fields, label)}
    value: dict[str, Value] = {
        **_given(fields, "dated", "dated_why", "sent", "received", "from", "to", "on_behalf", "subject", "language"),
        **_given(fields, "obligor", "due", "rule", "summary", "summary_by", "source", "held", "notes"),
        **_list(fields, "in_reply_to"),
        "documents": [document],
    }
    letter = codec.letter_from(label, _node(value, ""), lambda _name, _place: content)
    asked = [line.strip() for line in fields.get("questions", "").splitlines() if line.strip()]
    if asked and letter.held != "document":
        raise CorrespondenceError("its own words can be entered only when the letter itself is held", where="questions")
    source = f"The letter itself ({letter.label})"
    slots = [
        Slot(label, number, text, "full", "not_individually_known", None, source)
        for number, text in enumerate(asked, 1)
    ]
    return [letter, *slots]


def _question(fields: Fields, _content: bytes) -> list[Unit]:
    value = _given(fields, "slot", "text", "text_status", "answer_status", "dated", "source", "query")
    return [codec.slot_from(_named(fields, "letter"), _node(value | _list(fields, "evidence"), ""))]


def _unplaced(fields: Fields, _content: bytes) -> list[Unit]:
    return [codec.unplaced_from(_node(_given(fields, "id", "paraphrase", "dated", "source", "query"), ""))]


def _claim(fields: Fields, _content: bytes) -> list[Unit]:
    value = _given(fields, "id", "about", "speaker", "dated", "letter", "count", "of", "says", "opposes", "source")
    return [codec.claim_from(_node(value | _list(fields, "identified"), ""))]


def _assessment(fields: Fields, _content: bytes) -> list[Unit]:
    answers: list[Value] = []
    for name, answer in fields.items():
        if name.startswith("answer_") and answer:
            number = name.removeprefix("answer_")
            answers.append({"slot": number, "answer": answer} | _passage(fields, number))
    if not answers:
        raise CorrespondenceError("say of one question at least how far the reply answers it", where="reply")
    answers.sort(key=lambda item: int(str(item["slot"])) if isinstance(item, dict) else 0)
    value = _given(fields, "letter", "reply", "assessor", "dated", "supersedes") | {"answers": answers}
    return [codec.assessment_from(_named(fields, "id"), _node(value, ""))]


def _passage(fields: Fields, number: str) -> dict[str, Value]:
    return {"passage": fields[f"passage_{number}"]} if fields.get(f"passage_{number}") else {}


def _rejoinder(fields: Fields, _content: bytes) -> list[Unit]:
    return [codec.rejoinder_from(_named(fields, "id"), _node(_given(fields, "to", "party", "dated", "text"), ""))]


def _correction(fields: Fields, _content: bytes) -> list[Unit]:
    return [codec.correction_from(_named(fields, "id"), _node(_given(fields, "of", "text", "reason", "dated"), ""))]


def _statement(fields: Fields, content: bytes) -> list[Unit]:
    if content.startswith(b"%PDF-"):
        raise CorrespondenceError("a version's words are compared, so they must be plain text", where="upload")
    version: dict[str, Value] = {
        **_given(fields, "made_by", "made_how", "language", "complete", "source", "note"),
        "id": fields.get("version", ""),
        "file": f"{_named(fields, 'version')}.txt",
    }
    value = _given(fields, "speaker", "office", "occasion", "dated", "dated_why") | {"versions": [version]}
    return [codec.statement_from(_named(fields, "id"), _node(value, ""), lambda _name, _place: content)]


_BUILDERS: Mapping[str, Callable[[Fields, bytes], list[Unit]]] = {
    "letter": _letter,
    "question": _question,
    "unplaced": _unplaced,
    "claim": _claim,
    "assessment": _assessment,
    "rejoinder": _rejoinder,
    "statement": _statement,
    "correction": _correction,
}
