"""What each thing of a correspondence says in the record: the kind and the fields of its entry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from answerable.correspondence.codec import Unit, key_of
from answerable.correspondence.errors import CorrespondenceError
from answerable.correspondence.letters import Letter
from answerable.correspondence.questions import Assessment, Claim, Correction, Rejoinder, Slot, Unplaced

#: Gives the leaf hash, in hex, of the latest entry under a key. Raises `CorrespondenceError` when there is none.
Ref = Callable[[str], str]
#: Gives the words by which the record names a party, from its code.
Office = Callable[[str], str]
#: Statuses whose words are the letter's own.
OWN_WORDS = ("full", "partial")


def needs(unit: Unit) -> set[str]:
    """The keys of what must be in the record before ``unit``, because its entry refers to them."""
    match unit:
        case Letter():
            return {f"letter:{label}" for label in unit.in_reply_to}
        case Slot():
            return {f"letter:{label}" for label in (unit.letter, *unit.evidence)}
        case Claim():
            opposed = {f"claim:{unit.opposes}"} if unit.opposes else set()
            return {f"letter:{unit.letter}", *opposed}
        case Assessment():
            old = {f"assessment:{unit.supersedes}"} if unit.supersedes else set()
            return {f"letter:{unit.letter}", f"letter:{unit.reply}", *old}
        case Rejoinder():
            return {f"assessment:{unit.to}"}
        case Correction():
            return {unit.of}
        case _:
            return set()


def in_order(units: Iterable[Unit], known: Iterable[str] = ()) -> Iterator[Unit]:
    """The units, each after what its entry refers to. Raises `CorrespondenceError` for a circle or a missing one."""
    waiting = {key_of(unit): unit for unit in units}
    done = set(known)
    while waiting:
        ready = [key for key, unit in waiting.items() if needs(unit) - {key} <= done - waiting.keys()]
        if not ready:
            key, unit = next(iter(waiting.items()))
            lacking = ", ".join(sorted(needs(unit) - done)) or "each other"
            raise CorrespondenceError(f"{key} refers to {lacking}, which must be published before it")
        for key in ready:
            yield waiting.pop(key)
            done.add(key)


def entry(unit: Unit, ref: Ref, office: Office, asks: Iterable[Slot] = ()) -> tuple[str, dict[str, Any]]:
    """The kind and own fields of the unit's entry; ``asks`` are the questions published with a letter."""
    match unit:
        case Letter():
            return "correspondence.letter", _letter(unit, ref, office, asks)
        case Slot() | Unplaced():
            return "correspondence.question", _question(unit, ref)
        case Claim():
            return "correspondence.claim", {
                "speaker": office(unit.speaker),
                "dated": unit.dated,
                "letter": ref(f"letter:{unit.letter}"),
                "count": unit.count,
                "of": unit.of,
                "identified": list(unit.identified),
                "opposes": ref(f"claim:{unit.opposes}") if unit.opposes else None,
            }
        case Assessment():
            return "correspondence.assessment", {
                "letter": ref(f"letter:{unit.letter}"),
                "reply": ref(f"letter:{unit.reply}"),
                "assessor": unit.assessor,
                "dated": unit.dated,
                "answers": [
                    {"slot": a.slot, "answer": a.answer, "passage_sha256": sha256(a.passage)} for a in unit.answers
                ],
                "supersedes": ref(f"assessment:{unit.supersedes}") if unit.supersedes else None,
            }
        case Rejoinder():
            return "correspondence.rejoinder", {
                "to": ref(f"assessment:{unit.to}"),
                "party": office(unit.party),
                "dated": unit.dated,
                "document_sha256": sha256(unit.text),
            }
        case Correction():
            return "correspondence.correction", {
                "of": ref(unit.of),
                "text_sha256": sha256(unit.text),
                "reason": unit.reason,
            }
        case _:
            (version,) = unit.versions
            return "correspondence.version", {
                "statement": unit.id,
                "speaker": unit.speaker,
                "occasion": unit.occasion,
                "dated": unit.dated,
                "made_by": version.made_by,
                "made_how": version.made_how,
                "language": version.language,
                "complete": version.complete,
                "document_sha256": version.sha256,
            }


def sha256(text: str | None) -> str | None:
    """The hash by which an entry names words it does not hold."""
    return None if text is None else hashlib.sha256(text.encode("utf-8")).hexdigest()


def _letter(letter: Letter, ref: Ref, office: Office, asks: Iterable[Slot]) -> dict[str, Any]:
    own = sorted((slot for slot in asks if slot.text_status in OWN_WORDS), key=lambda slot: slot.slot)
    return {
        "letter": letter.label,
        "dated": letter.dated,
        "sent": letter.sent,
        "received": letter.received,
        "from": office(letter.from_),
        "to": office(letter.to),
        "on_behalf": office(letter.on_behalf) if letter.on_behalf else None,
        "in_reply_to": sorted(ref(f"letter:{label}") for label in letter.in_reply_to),
        "subject": letter.subject,
        "documents": [
            {
                "bytes": document.bytes,
                "held": document.held,
                "language": document.language,
                "sha256": document.sha256,
                "title": document.title,
                "url": document.url or "",
            }
            for document in letter.documents
        ],
        "asks": [{"sha256": sha256(slot.text), "slot": slot.slot} for slot in own],
        "obligor": office(letter.obligor) if letter.obligor else None,
        "due": letter.due,
        "rule": letter.rule,
    }


def _question(unit: Slot | Unplaced, ref: Ref) -> dict[str, Any]:
    if isinstance(unit, Unplaced):
        return {
            "letter": None,
            "slot": None,
            "dated": unit.dated,
            "text_status": "paraphrase",
            "answer_status": "not_individually_known",
            "text_sha256": sha256(unit.paraphrase),
            "evidence": [],
        }
    return {
        "letter": ref(f"letter:{unit.letter}"),
        "slot": unit.slot,
        "dated": unit.dated,
        "text_status": unit.text_status,
        "answer_status": unit.answer_status,
        "text_sha256": sha256(unit.text),
        "evidence": sorted(ref(f"letter:{label}") for label in unit.evidence),
    }


def offices(parties: Mapping[str, str]) -> Office:
    """An `Office` over a mapping from code to office."""

    def office(code: str) -> str:
        if code not in parties:
            raise CorrespondenceError(f"no party {code!r}", todo="name it among the parties first")
        return parties[code]

    return office
