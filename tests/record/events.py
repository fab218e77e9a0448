"""Events for the tests of this folder: the smallest honest one of each kind, and the letters of the shipped record."""

from __future__ import annotations

import hashlib
from typing import Any

from answerable.record import kinds
from answerable.record.fields import Field
from answerable.record.keys import VerifierKey
from answerable.record.kinds import Kind
from answerable.record.obligations import Covered
from answerable.record.tree import leaf_hash

ORIGIN = "ledger.example.org/register"
HASH = hashlib.sha256(b"something").hexdigest()
ROOT = "RZfKKPRcUnSUfR5NmW3B5uRuf7ZwqmBMOCZ4zQfEz7A="
HEAD = {"root": ROOT, "size": 7}
#: The generator point of Ed25519 is a public key nobody signs with.
VKEY = str(VerifierKey.make("ledger.example.org/record", 1, bytes.fromhex("58" + "66" * 31)))

_BY_TYPE: dict[str, Any] = {
    "date": "2026-11-21",
    "hash": HASH,
    "ref": HASH,
    "id": "0123456789abcdef0123456789abcdef",
    "code": "a-code",
    "label": "L1",
    "state": "KEN",
    "quarter": "2026-Q4",
    "int": 1,
    "text": "Some words, не только English.",
    "policy": "log x\nquorum none\n",
    "vkey": VKEY,
    "base64": ROOT,
    "head": HEAD,
    "duty": {"due": None, "duty": "answer"},
}


def value_of(field: Field) -> Any:
    """A value that this field accepts."""
    spec = field.type.spec
    if spec.startswith("code("):
        return spec[5:-1].split(",")[0]
    if spec.startswith(("set<", "list<", "{")):
        return [] if spec[0] != "{" else {"act": "ask", "digest": HASH, "name": "n", "version": "1"}
    return _BY_TYPE[spec]


def smallest(kind: Kind, /, **changes: Any) -> dict[str, Any]:
    """The smallest event of ``kind``: null wherever that is allowed, empty lists, the given changes."""
    event = {field.name: None if field.optional else value_of(field) for field in kind.fields}
    first = {"seq": 0} if kind.header == "case" else {}
    return event | {"v": 1, "kind": kind.name} | first | changes


def open_event(kind: str, /, **changes: Any) -> dict[str, Any]:
    """An open entry's members."""
    return smallest(kinds.OPEN[kind], **changes)


def case_event(case: str, seq: int, prev: str | None, **changes: Any) -> dict[str, Any]:
    """A sealed event of a case."""
    return smallest(kinds.SEALED["right.claimed"], case=case, seq=seq, prev=prev, **changes)


class Record:
    """Open entries in their order, each under its leaf hash."""

    def __init__(self, covered: str | None = "2026-11-22") -> None:
        self.entries: list[Covered] = []
        self.covered = covered

    def add(self, kind: str, /, covered: str | None = None, **fields: Any) -> str:
        """Record an entry and return its reference."""
        entry = open_event(kind, id=f"{len(self.entries):032x}", **fields)
        leaf = leaf_hash(kinds.encode_open(entry))
        self.entries.append((leaf, entry, covered or self.covered))
        return leaf.hex()

    def letter(self, label: str, dated: str | None, sender: str, to: str, *answers: str, **fields: Any) -> str:
        """Record a letter."""
        fields = {"from": sender, "in_reply_to": sorted(answers), **fields}
        return self.add("correspondence.letter", letter=label, dated=dated, to=to, **fields)


SG, USG, CODE_BLUE = "Secretary-General", "USG Field Support", "Code Blue"


def shipped() -> tuple[Record, dict[str, str]]:
    """The eight letters of 2017 and 2018, the register of 23 questions, and the references of the letters."""
    record = Record()
    refs: dict[str, str] = {}
    refs["L1"] = record.letter("L1", "2017-11-22", CODE_BLUE, SG, obligor=SG)
    refs["L2"] = record.letter("L2", "2017-11-28", USG, CODE_BLUE, refs["L1"])
    refs["L3"] = record.letter("L3", "2017-12-01", CODE_BLUE, USG, obligor=USG)
    refs["L4"] = record.letter("L4", "2017-12-15", CODE_BLUE, SG, obligor=SG)
    refs["L5"] = record.letter("L5", "2017-12-19", USG, CODE_BLUE, refs["L3"], received="2017-12-20")
    refs["L6"] = record.letter("L6", "2017-12-22", CODE_BLUE, USG, refs["L5"], obligor=USG)
    refs["L7"] = record.letter("L7", "2017-12-22", USG, CODE_BLUE, refs["L6"])
    refs["L8"] = record.letter("L8", "2018-03-16", CODE_BLUE, USG, obligor=USG)
    for slot in range(1, 24):
        known = slot == 8
        record.add(
            "correspondence.question",
            letter=refs["L3"],
            slot=slot,
            dated="2017-12-22" if known else None,
            text_status="paraphrase" if known else "not_available",
            answer_status="unanswered_confirmed" if known else "not_individually_known",
        )
    return record, refs
