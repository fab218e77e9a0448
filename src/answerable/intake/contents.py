"""What is written inside sealed values: the person's own words, as JSON with sorted keys and no spaces."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from answerable.sealing.place import Compartment, Record

#: What someone may want, and what that makes: a report, a request for help, or both.
WANTS: Mapping[str, tuple[Record, ...]] = {
    "report": (Record.REPORT,),
    "complain": (Record.REPORT,),
    "help": (Record.FILE,),
    "both": (Record.REPORT, Record.FILE),
}

#: The answer to whether she is safe that wakes somebody: the envelope says it in clear, as a first one may.
DANGER = "danger"


def written(value: Mapping[str, Any]) -> bytes:
    """A value's JSON: UTF-8, keys sorted, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


@dataclass(frozen=True)
class Upload:
    """A file that came with a form, in memory."""

    name: str
    type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Answers:
    """What somebody wrote in the form. ``texts`` are the free words by field name; what is missing was not answered."""

    want: str
    language: str
    urgent: bool
    independent: bool
    struck: tuple[bytes, ...]
    texts: Mapping[str, str] = field(repr=False)
    files: Sequence[Upload] = ()

    def text(self, name: str) -> str:
        """The words of one field, or nothing."""
        return self.texts.get(name, "")


def forms(record: Record, answers: Answers) -> dict[Compartment, bytes]:
    """The form of each compartment of a record. All are made, so that every record has the same shape."""
    if record is Record.REPORT:
        return {
            Compartment.REPORTER_IDENTITY: written(
                {**_picked(answers, "name", "contact", "safe_times", "tie"), "v": 1}
            ),
            Compartment.NARRATIVE: written(_narrative(answers)),
            Compartment.ACCUSED_IDENTITY: written({**_picked(answers, "who"), "v": 1}),
            Compartment.EVIDENCE: written({"v": 1}),
        }
    identity = {**_picked(answers, "name", "contact", "safe_times", "age"), "language": answers.language, "v": 1}
    return {
        Compartment.VICTIM_IDENTITY: written(identity),
        Compartment.MEDICAL_ASSISTANCE: written({**_picked(answers, "need"), "v": 1}),
    }


def _picked(answers: Answers, *names: str) -> dict[str, str]:
    return {name: answers.text(name) for name in names}


def _narrative(answers: Answers) -> dict[str, Any]:
    found: dict[str, Any] = {
        **_picked(answers, "what", "when", "where", "relation", "age"),
        "want": answers.want,
        "urgent": answers.urgent,
        "interviewer": {
            "sex": answers.text("interviewer_sex"),
            "language": answers.text("interviewer_language"),
        },
        "v": 1,
    }
    if answers.text("complaint"):
        found["complaint"] = answers.text("complaint")
    return found


def message(text: str, day: str, after: bytes | None, check_in: str = "") -> bytes:
    """A message of hers. ``after`` is the last sealed message that she had seen: what was lost or moved shows."""
    found: dict[str, Any] = {
        "v": 1,
        "from": "reporter",
        "day": day,
        "text": text,
        "after": sha256(after).hexdigest() if after is not None else "",
    }
    if check_in:
        found["check_in"] = check_in
    return written(found)
