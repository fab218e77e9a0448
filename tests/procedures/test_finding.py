"""Findings: their ids outlive reformatting, their order is that of the files, their JSON has every member."""

from __future__ import annotations

import dataclasses
import json

import pytest

from answerable.procedures.errors import Place
from answerable.procedures.finding import LEAN_KINDS, Finding, Lean, NormReference, in_words, leans, ordered

NORM = NormReference("khare/sanction", "statements/khare.yaml", 9, "letter", says="shall be referred", source_line=4)
FINDING = Finding(
    "fault",
    "difference",
    "They differ.",
    norms=(NORM,),
    acts=("refer",),
    answers={"khare": "required", "connors": "silent", "other": "silent"},
    makers=("khare", "connors"),
    case={"credible": "yes"},
    readings={"connors/only": "strict"},
)


class TestId:
    def test_is_twelve_hex_digits_of_kind_norms_readings_acts_and_answers(self) -> None:
        text = (
            '{"acts":["refer"],"answers":{"connors":"silent","khare":"required"},"kind":"difference",'
            '"norms":["khare/sanction"],"readings":{"connors/only":"strict"}}'
        )
        import hashlib

        assert FINDING.id == hashlib.sha256(text.encode()).hexdigest()[:12]

    def test_outlives_lines_words_witnesses_and_the_answers_of_others(self) -> None:
        moved = dataclasses.replace(NORM, line=90, says="other words", source_line=None)
        same = dataclasses.replace(
            FINDING, norms=(moved,), text="Anew.", case={}, answers={**FINDING.answers, "other": "required"}
        )
        assert same.id == FINDING.id

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "contradiction"},
            {"norms": ()},
            {"acts": ()},
            {"readings": {}},
            {"answers": {"khare": "forbidden", "connors": "silent"}},
            {"about": "credible"},
        ],
    )
    def test_changes_with_what_was_found(self, change: dict[str, object]) -> None:
        assert dataclasses.replace(FINDING, **change).id != FINDING.id  # type: ignore[arg-type]


class TestJson:
    def test_has_every_member_and_is_json(self) -> None:
        data = dataclasses.replace(FINDING, about="pair", place=Place("vocabulary.yaml", 5)).data()
        assert list(json.loads(json.dumps(data))) == [
            "id", "severity", "kind", "text", "norms", "acts", "answers", "case", "facts_that_matter", "conduct",
            "readings", "leans_on", "details",
        ]  # fmt: skip
        assert data["details"] == {
            "about": "pair",
            "file": "vocabulary.yaml",
            "line": 5,
            "made_by": ["khare", "connors"],
        }

    def test_of_a_norm_has_says_or_gist(self) -> None:
        assert "gist" not in NORM.data()
        paraphrase = dataclasses.replace(NORM, says=None, gist="must refer", source_line=None).data()
        assert paraphrase["gist"] == "must refer"
        assert "says" not in paraphrase
        assert paraphrase["source_line"] is None


class TestOrder:
    def test_is_by_file_line_kind_and_act_as_declared(self) -> None:
        def at(file: str, line: int, kind: str, act: str) -> Finding:
            norm = NormReference(f"{file}/{line}", file, line, "s", says="x")
            return Finding("note", kind, "", norms=(norm,), acts=(act,))

        expected = (
            at("a.yaml", 2, "difference", "second"),
            at("a.yaml", 10, "contradiction", "first"),
            at("a.yaml", 10, "difference", "second"),
            at("a.yaml", 10, "difference", "first"),
            at("b.yaml", 1, "contradiction", "first"),
        )
        assert ordered(reversed(expected), ["second", "first"]) == expected

    def test_keeps_each_id_once(self) -> None:
        assert len(ordered([FINDING, dataclasses.replace(FINDING, case={})], [])) == 1


def test_leans_are_listed_once_by_kind() -> None:
    found = [Lean(kind, "x", "") for kind in reversed(LEAN_KINDS)] * 2
    assert [lean.kind for lean in leans(found)] == list(LEAN_KINDS)


def test_a_case_in_words() -> None:
    facts = {"credible": "yes", "open": "no", "accused": "staff_member", "yesish": "yes"}
    assert in_words(facts, ["credible", "open"]) == "credible, not open, accused = staff_member, yesish = yes"
    assert in_words({}, []) == "any case"
